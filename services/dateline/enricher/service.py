"""The enricher's loop: raw articles in, enriched articles out, each decided alone."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from faststream import Context

from dateline.enricher.agencies import Agencies, load_agencies
from dateline.enricher.enrich import enrich
from dateline.enricher.language import language_group
from dateline.enricher.placement import partition_of_group
from dateline.envelope import enriched_event_id, envelope
from dateline.errors import RecordError, Undecodable
from dateline.events import UNREADABLE, EnrichedArticle, RawArticle, decode, encode
from dateline.log.handlers import Handler, Outcomes, batches, publishes, stream_broker
from dateline.log.port import Output
from dateline.log.service import Service
from dateline.log.task import StreamTask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from dateline.log.client import Cluster
    from dateline.log.port import Record
    from dateline.log.service import OpenLog
    from dateline.settings import Settings

NAME = "enricher"
RAW, ENRICHED = "articles.raw", "articles.enriched"
ENRICHED_TYPE = "io.dateline.article.enriched.v1"
# Decided without letting others run: a dozen milliseconds at about one each, so that heartbeats and readers are never late.
SLICE = 12


def handler(agencies: Agencies, partitions: int) -> Handler:
    """The batch handler over `articles.raw`; `partitions` is how many `articles.enriched` has."""
    broker = stream_broker()

    @publishes(broker, ENRICHED)
    @batches(broker, RAW)
    async def enrich_batch(records: Any, state: Any = Context("state")) -> Any:  # noqa: ARG001 - FastStream must not cast
        outcomes: list[Sequence[Output] | RecordError] = []
        for count, record in enumerate(records, start=1):
            outcomes.append(enrich_record(record, agencies, partitions))
            if count % SLICE == 0:
                await asyncio.sleep(0)
        return Outcomes(outcomes)

    return Handler(broker)


def enrich_record(record: Record, agencies: Agencies, partitions: int) -> Sequence[Output] | RecordError:
    """What becomes of one raw article: its enriched form, or why it cannot be read."""
    try:
        raw = decode(record.value, RawArticle)
    except UNREADABLE as error:
        undecodable = Undecodable(f"not a RawArticle: {error}")
        undecodable.__cause__ = error
        return undecodable
    try:
        return [enriched_output(enrich(raw, agencies), record.headers, partitions)]
    except RecordError as error:
        return error


def enriched_output(article: EnrichedArticle, received: Sequence[tuple[str, bytes]], partitions: int) -> Output:
    """The record of an enriched article, in the partition of its language group."""
    group = language_group(article.language.tag)
    headers = envelope(
        ENRICHED_TYPE,
        enriched_event_id(article),
        source=f"enricher/{article.feed.id}",
        subject=article.id,
        time=article.fetched_at,
        received=received,
    )
    return Output(ENRICHED, group.encode(), encode(article), headers, partition_of_group(group, partitions))


@asynccontextmanager
async def enricher(settings: Settings, cluster: Cluster, open_log: OpenLog) -> AsyncIterator[Service]:
    """The service, ready to run."""
    batch_handler = handler(load_agencies(settings.enricher.agencies), settings.kafka.articles_partitions)
    await batch_handler.start()

    def make_task(partition: int) -> StreamTask:
        return StreamTask(
            lambda: open_log(NAME, RAW, partition),
            partition,
            service=NAME,
            topic=RAW,
            handler=batch_handler,
            deadline_seconds=settings.kafka.transaction_deadline_seconds,
        )

    yield Service(cluster, name=NAME, topic=RAW, make_task=make_task)
