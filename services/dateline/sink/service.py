"""The sink's loop: enriched articles in; stories and news events out, in one transaction."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog
from faststream import Context

from dateline.envelope import news_envelope
from dateline.errors import KafkaUnavailable, RecordError, TransientError, Undecodable
from dateline.events import UNREADABLE, EnrichedArticle, StoryRecord, decode, encode
from dateline.log.handlers import Handler, Outcomes, batches, publishes, stream_broker
from dateline.log.port import Output
from dateline.log.service import Service
from dateline.log.task import READ_WAIT_SECONDS, StreamTask
from dateline.log.topic_log import KafkaTopicLog
from dateline.log.withdrawals import WITHDRAWALS, GuardedLog, Withdrawals
from dateline.sink.guard import NewsGuard
from dateline.sink.latest import LatestEvents
from dateline.sink.metrics import REGISTRY, count_events
from dateline.sink.normalize import normalize
from dateline.sink.stories import Stories

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from dateline.log.client import Cluster
    from dateline.log.port import PartitionLog, Record
    from dateline.log.service import OpenLog
    from dateline.settings import Settings, SinkSettings

logger = structlog.get_logger()

NAME = "sink"
ENRICHED, STORIES, NEWS = "articles.enriched", "stories", "news"
# Decided without letting others run, as in the enricher; a decision costs a tenth of an enrichment.
SLICE = 50
# Replayed between two awaits, some 60 ms.
RESTORED_AT_ONCE = 2000
# Who looks at the latest events sees no withdrawn one for longer than this, and waits for the orders no longer than that.
ORDERS_FRESH_SECONDS, ORDERS_WAIT_SECONDS = 2.0, 1.0


class StoriesOfPartition:
    """The stories of one partition as a task's state: what is committed, and what the batch has decided since."""

    def __init__(self, settings: SinkSettings) -> None:
        self.stories = Stories(settings.window_hours, articles=settings.window_articles)
        self._position: int | None = None

    async def restore(self, log: PartitionLog, offset: int, progress: Callable[[float], None]) -> None:  # noqa: ARG002 - its own records say how far it is
        """Replay committed decisions from where we stand; all that are kept on a fresh task, since groups share no clock."""
        self.stories.take_back()
        bounds = await log.bounds(STORIES)
        # Retention may have passed a partition that was quiet for long: what it dropped, the window has dropped too.
        first = position = bounds.first if self._position is None else max(self._position, bounds.first)
        ignored = 0
        while position < bounds.stable:
            found = await log.read(STORIES, position, wait_seconds=READ_WAIT_SECONDS, limit=RESTORED_AT_ONCE)
            ignored += sum(not self._apply(record) for record in found.records)
            self.stories.commit()
            position = self._position = found.position
            progress((position - first) / (bounds.stable - first))
        self._position = position
        if ignored:
            # Of another version, as a rule: what they decided stands, and is unknown here.
            logger.error("decisions ignored that cannot be read", topic=STORIES, records=ignored, before=position)
        await log.release(STORIES)

    def _apply(self, record: Record) -> bool:
        """Whether the record could be read."""
        try:
            self.stories.apply(decode(record.value, StoryRecord))
        except UNREADABLE:
            return False
        return True

    def advance(self, ends: Mapping[str, int]) -> None:
        """The batch is committed."""
        self.stories.commit()
        self._position = ends.get(STORIES, self._position)

    def discard(self) -> None:
        """The batch is not committed."""
        self.stories.take_back()


def handler() -> Handler:
    """The batch handler over `articles.enriched`."""
    broker = stream_broker()

    @publishes(broker, NEWS)
    @batches(broker, ENRICHED)
    async def normalize_batch(records: Any, state: Any = Context("state")) -> Any:
        state.discard()
        outcomes: list[Sequence[Output] | RecordError] = []
        for count, record in enumerate(records, start=1):
            outcomes.append(normalize_record(record, state.stories))
            if count % SLICE == 0:
                await asyncio.sleep(0)
        return Outcomes(outcomes)

    return Handler(broker)


def normalize_record(record: Record, stories: Stories) -> Sequence[Output] | RecordError:
    """What becomes of one enriched article: its story's record and its news event, nothing if it was decided before."""
    try:
        article = decode(record.value, EnrichedArticle)
    except UNREADABLE as error:
        undecodable = Undecodable(f"not an EnrichedArticle: {error}")
        undecodable.__cause__ = error
        return undecodable
    story = stories.decide(article, (record.key or b"").decode(), record.offset)
    if story is None:
        return ()
    return story_output(story, record.partition), news_output(article, story, record.headers)


def story_output(story: StoryRecord, partition: int) -> Output:
    """The record of a decision, beside its input, with the log's own clock as its time."""
    clock_ms = int(story.clock.timestamp() * 1000)
    return Output(STORIES, story.article.encode(), encode(story), (), partition, clock_ms)


def news_output(article: EnrichedArticle, story: StoryRecord, received: Sequence[tuple[str, bytes]]) -> Output:
    """The record that subscribers read."""
    event = normalize(article, story)
    headers = news_envelope(event, time=article.fetched_at, received=received)
    # A date of a day or in the future says nothing of how old it is, and a later text was not published then.
    exact = article.published_precision in ("second", "minute") and event.revision == 0
    facts = (event.story.role, article.fetched_at, event.published_at if exact else None)
    return Output(NEWS, event.id.encode(), encode(event), headers, facts=facts)


@asynccontextmanager
async def sink(settings: Settings, cluster: Cluster, open_log: OpenLog) -> AsyncIterator[Service]:
    """The service, ready to run."""
    batch_handler = handler()
    await batch_handler.start()
    latest = LatestEvents()
    withdrawals = Withdrawals(lambda: KafkaTopicLog(cluster, WITHDRAWALS))

    def count(_: Sequence[Record], outcomes: Sequence[Sequence[Output] | RecordError]) -> None:
        count_events(outcomes, now=datetime.now(UTC))

    def remember(committed: Sequence[Output]) -> None:
        latest.extend([output for output in committed if output.topic == NEWS], datetime.now(UTC))

    def make_task(partition: int) -> StreamTask:
        return StreamTask(
            lambda: GuardedLog(open_log(NAME, ENRICHED, partition), NewsGuard(withdrawals), tell=remember),
            partition,
            service=NAME,
            topic=ENRICHED,
            handler=batch_handler,
            state=StoriesOfPartition(settings.sink),
            deadline_seconds=settings.kafka.transaction_deadline_seconds,
            count=count,
        )

    async def shown() -> list[dict[str, Any]]:
        # A sink with nothing to write reads no orders. While they cannot be read, those that are known have to do.
        with contextlib.suppress(TimeoutError, TransientError, KafkaUnavailable):
            await asyncio.wait_for(withdrawals.catch_up(within_seconds=ORDERS_FRESH_SECONDS), ORDERS_WAIT_SECONDS)
        return latest.shown(withdrawals.orders)

    try:
        yield Service(cluster, name=NAME, topic=ENRICHED, make_task=make_task, metrics=REGISTRY, shows={"events": shown})
    finally:
        await withdrawals.close()
