"""The poller's loop: feeds fall due, are fetched and read at the same time, and are decided in order by one writer per partition.

Time and the network are its input. What is decided (articles, changed states, plans) is committed in one transaction; HTTP never
happens inside one. A crash before the commit means: polled again with the old validators, published once.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from dateline.errors import TooLarge, TransientError
from dateline.log.dead_letters import KEPT_BYTES, refused_output
from dateline.log.dead_letters import TOPIC as DEAD_LETTERS
from dateline.log.metrics import count_dead_letters
from dateline.log.port import RECORD_BYTES, Output
from dateline.log.service import Service
from dateline.log.spans import spans_of
from dateline.log.task import READ_WAIT_SECONDS, Task
from dateline.log.tasks import end, together
from dateline.log.topic_log import KafkaTopicLog
from dateline.log.visit import partition_of
from dateline.log.withdrawals import WITHDRAWALS, GuardedLog, Withdrawals
from dateline.poller.budget import Allowance, Budget
from dateline.poller.fetch import Fetcher
from dateline.poller.guard import RawGuard
from dateline.poller.identity import shown
from dateline.poller.metrics import REGISTRY, SCHEDULE_DELAY, count_visits
from dateline.poller.pages import PageReader
from dateline.poller.pending import Pending, Visit, decide_visit
from dateline.poller.queue import PollQueue
from dateline.poller.registry import Registry
from dateline.poller.schedule import Failed, place_of, resume
from dateline.poller.shown import shown_feeds
from dateline.poller.survey import Survey
from dateline.poller.topics import FEEDS, FEEDS_STATE, PLAN_SUFFIX, RAW
from dateline.poller.visitor import Visitor
from dateline.settings import feed_secrets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from dateline.events import Feed
    from dateline.log.client import Cluster
    from dateline.log.port import PartitionLog
    from dateline.log.service import OpenLog
    from dateline.poller.pages import Reads
    from dateline.settings import Settings

logger = structlog.get_logger()

NAME = "poller"
# Results without articles wait this long for company; results with articles are committed at once.
GATHER_SECONDS = 1.0
# After this long without a poll, the position in `feeds` alone is committed, so that no lag is shown where none is.
IDLE_SECONDS = 5.0
# At most this many results share a transaction, with 2,000 short entries each they still fit its deadline; and no more once their
# articles have so many bytes, as those with pages soon do.
MOST_RESULTS = 50
MOST_BYTES = 8 << 20
# How often K is solved anew: rates halve within a day, and solving takes a millisecond or two.
SOLVE_SECONDS = 60.0
# How often states are looked for whose feeds were removed a week ago, and how many go in one transaction.
FORGET_EVERY_SECONDS = 3600.0
MOST_FORGOTTEN = 500
# A feed polled later than this after it was due is overdue: a busy loop and a full line at a host are seconds.
OVERDUE_SECONDS = 60.0
# Between two looks at all feeds, and never less than so many times what the last one took.
SURVEY_SECONDS = 10.0
SURVEY_REST = 200
# Looked at before others get a turn: some 10 ms.
_SURVEYED_AT_ONCE = 500
# Feeds queued after a restore before others get a turn.
_QUEUED_AT_ONCE = 1000


class PollTask(Task):
    """Leads one partition of `feeds`: polls its feeds and commits what they bring."""

    def __init__(
        self,
        open_log: Callable[[], PartitionLog],
        partition: int,
        *,
        fetcher: Fetcher,
        pages: Reads,
        settings: Settings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(open_log, partition, service=NAME, topic=FEEDS, deadline_seconds=settings.kafka.transaction_deadline_seconds)
        self._clock = clock
        self._settings = settings.poller
        self._visitor = Visitor(fetcher, pages, settings.poller, clock)
        self._share = settings.poller.requests_per_second / settings.kafka.feeds_partitions
        self._registry = Registry(partition, lambda scope: partition_of(scope.encode(), settings.kafka.feeds_partitions))
        self._queue, self._budget, self._allowance = PollQueue(), Budget(), Allowance(self._share)
        self._scale_seconds, self._short = self._settings.min_interval_seconds, False
        self._forget_at = 0.0
        self._polling: set[str] = set()
        self._polls: set[asyncio.Task[None]] = set()
        self._most_bytes = RECORD_BYTES
        self._committed_position: int | None = None
        self._results: asyncio.Queue[Visit] = asyncio.Queue(MOST_RESULTS)
        self._wake = asyncio.Event()
        # Who is polled may wait in line for a host, and then for pages.
        slowest = 1 / settings.poller.host_requests_per_second + settings.poller.timeout_seconds + settings.poller.page_deadline_seconds
        self.patience_seconds = max(Task.patience_seconds, 3 * slowest)
        self.survey: Survey | None = None

    @property
    def waits(self) -> bool:
        """Whether a feed is being polled, or is due and may be."""
        due = self._queue.next_due()
        may = due is not None and due <= self._clock() and self._allowance.wait_seconds(asyncio.get_running_loop().time()) == 0
        return super().waits or may or bool(self._polling)

    @property
    def in_flight(self) -> int:
        """How many feeds are being polled."""
        return len(self._polling)

    @property
    def overdue(self) -> int:
        """How many feeds should have been polled more than a minute ago."""
        return self._queue.overdue(self._clock() - OVERDUE_SECONDS)

    async def lead(self, log: PartitionLog) -> None:
        self.status.phase = "fencing"
        await log.fence()  # 1
        self.status.phase = "restoring"
        for topic in (FEEDS, FEEDS_STATE):  # 2 and 3: the state is its own position
            await self._catch_up(log, topic)
        await log.release(FEEDS_STATE)
        await self._plan_restored()
        self.status.phase = "running"
        try:
            await together(self._follow_feeds(log), self._share_out(), self._look_over(), self._dispatch(), self._write(log))
        finally:
            await end(self._polls)

    def incarnation_ended(self) -> None:
        self._polling.clear()
        self._results = asyncio.Queue(MOST_RESULTS)
        self._forget_at = 0.0
        self._committed_position = None  # so that a commit shows soon that the log takes them again

    async def _catch_up(self, log: PartitionLog, topic: str) -> None:
        """Apply what is committed from where we stand to the last stable offset; from the beginning on a fresh task."""
        bounds = await log.bounds(topic)
        first = position = max(self._registry.positions.get(topic, bounds.first), bounds.first)
        while position < bounds.stable:
            self.status.restores((position - first) / (bounds.stable - first))
            batch = await log.read(topic, position, wait_seconds=READ_WAIT_SECONDS, limit=2000)
            self._registry.apply(topic, batch.records)
            position = batch.position
        self._registry.positions[topic] = position

    async def _plan_restored(self) -> None:
        """Queue every feed and count it in the budget; those that fell due while nobody polled are spread out."""
        # Anew: feeds were removed and paused while nobody looked.
        self._queue, self._budget = PollQueue(), Budget()
        now = self._now()
        plans = self._registry.plans
        overdue = sum(feed_id not in plans for feed_id in self._registry.feeds)
        overdue += sum(plan.next <= now.timestamp() for plan in plans.values())
        for count, (feed_id, feed) in enumerate(self._registry.feeds.items(), start=1):
            plan = plans.get(feed_id)
            self._budget.put(feed_id, place_of(feed, self._registry.state(feed_id), plan, now=now.timestamp()))
            if not feed.paused:
                due = resume(plan, now=now, overdue=overdue, requests_per_second=self._share, dice=random.random())  # noqa: S311 - spreading
                self._queue.push(feed_id, due, feed.priority)
            if not count % _QUEUED_AT_ONCE:
                await asyncio.sleep(0)
        self._solve()

    async def _share_out(self) -> None:
        """Solve the budget anew every minute: feeds come, go, and publish more or less."""
        while True:
            await asyncio.sleep(SOLVE_SECONDS)
            self._solve()

    def _solve(self) -> None:
        least, most = self._settings.min_interval_seconds, self._settings.max_interval_seconds
        solution = self._budget.solve(self._share, least_seconds=least, most_seconds=most)
        self._scale_seconds = solution.scale_seconds
        if solution.short and not self._short:
            logger.warning(
                "budget too small for these feeds; raise DATELINE_POLLER__REQUESTS_PER_SECOND or DATELINE_POLLER__MAX_INTERVAL_SECONDS",
                partition=self.status.partition,
                wanted_per_second=round(solution.requests_per_second, 3),
                share_per_second=round(self._share, 3),
            )
        self._short = solution.short

    async def _follow_feeds(self, log: PartitionLog) -> None:
        """Take note of feeds as they are added, changed and removed."""
        while True:
            batch = await log.read(FEEDS, self._registry.positions[FEEDS], wait_seconds=READ_WAIT_SECONDS, limit=2000)
            self.status.saw(batch, time.time())
            for feed_id in self._registry.apply(FEEDS, batch.records):
                self._requeue(feed_id)
            self._registry.positions[FEEDS] = self.status.position = batch.position
            self._meter.consumed.inc(len(batch.records))
            self._wake.set()

    async def _look_over(self) -> None:
        """See how all feeds are doing, again and again, and spend no more than a two-hundredth of the time on it."""
        while True:
            began = asyncio.get_running_loop().time()
            worked_seconds = 0.0
            survey = Survey(now=self._clock())
            for number, feed_id in enumerate(list(self._registry.feeds), start=1):
                feed = self._registry.feeds.get(feed_id)
                if feed is not None:
                    survey.see(feed, self._registry.state(feed_id), self._registry.plans.get(feed_id))
                if not number % _SURVEYED_AT_ONCE:
                    worked_seconds += asyncio.get_running_loop().time() - began
                    await asyncio.sleep(0)
                    began = asyncio.get_running_loop().time()
            self.survey = survey
            worked_seconds += asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(SURVEY_SECONDS, SURVEY_REST * worked_seconds))

    def _requeue(self, feed_id: str) -> None:
        """Plan a feed by what is committed of it, and count it in the budget."""
        feed, plan = self._registry.feeds.get(feed_id), self._registry.plans.get(feed_id)
        if feed is None or feed.paused:
            self._queue.remove(feed_id)
            self._budget.put(feed_id, None)
            return
        self._budget.put(feed_id, place_of(feed, self._registry.state(feed_id), plan, now=self._clock()))
        if feed_id not in self._polling:
            self._queue.push(feed_id, max(self._clock(), plan.next if plan else 0), feed.priority)

    async def _dispatch(self) -> None:
        """Start what is due, no faster than this partition's share of the budget, one poll per feed at a time."""
        loop = asyncio.get_running_loop()
        while True:
            # At least one turn for the others between two polls, however large the budget.
            await asyncio.sleep(self._allowance.wait_seconds(loop.time()))
            due = None if self._settling else self._queue.pop_due(self._clock())
            if due is None:
                await self._sleep_until_due()
                continue
            feed = self._registry.feeds.get(due.feed_id)
            if feed is None or feed.paused or feed.id in self._polling:
                continue
            self._allowance.take(loop.time())
            SCHEDULE_DELAY.observe(max(0.0, self._clock() - due.at))
            self._polling.add(feed.id)
            poll = asyncio.create_task(self._poll(feed))
            self._polls.add(poll)
            poll.add_done_callback(self._polls.discard)

    async def _sleep_until_due(self) -> None:
        due = self._queue.next_due()
        self._wake.clear()
        timeout = READ_WAIT_SECONDS if due is None else min(READ_WAIT_SECONDS, max(0.01, due - self._clock()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):  # not wait_for, which in Python 3.11 can lose a cancellation
                await self._wake.wait()

    async def _poll(self, feed: Feed) -> None:
        await self._results.put(await self._visitor.visit(feed, self._registry, self._results.put))

    async def _write(self, log: PartitionLog) -> None:
        """Decide finished visits in order and commit them together; only then advance what we know."""
        while True:
            pending, visits = await self._gather()
            if pending.outputs or self._committed_position != self._registry.positions[FEEDS]:
                await self._commit(log, pending)
            for visit in visits:
                if visit.ended:
                    self._polling.discard(visit.feed.id)
                    self._requeue(visit.feed.id)
            self._wake.set()
            self.status.records += pending.articles
            count_visits(pending.told)
            if visits:
                self._moved()

    async def _gather(self) -> tuple[Pending, list[Visit]]:
        """Results of at most a second; at once when articles are waiting, and none when nothing was polled for a while."""
        pending = self._forgetting()
        visits: list[Visit] = []
        first = await _next_within(self._results, IDLE_SECONDS)
        if first is None:
            return pending, visits
        visits.append(first)
        self._decide(first, pending)
        deadline = time.monotonic() + GATHER_SECONDS
        while len(visits) < MOST_RESULTS and pending.size < MOST_BYTES:
            patience = 0.0 if pending.articles else deadline - time.monotonic()
            visit = await _next_within(self._results, patience)
            if visit is None:
                break
            visits.append(visit)
            self._decide(visit, pending)
        return pending, visits

    def _forgetting(self) -> Pending:
        """Now and then: tombstones for what is kept of feeds that were removed a week ago."""
        pending, now = Pending(), self._clock()
        if now < self._forget_at:
            return pending
        self._forget_at = now + FORGET_EVERY_SECONDS
        pending.forgotten = self._registry.outlived(now, most=MOST_FORGOTTEN)
        for feed_id in pending.forgotten:
            for key in (feed_id, feed_id + PLAN_SUFFIX):
                pending.outputs.append(Output(FEEDS_STATE, key.encode(), None, (), self.status.partition))
        return pending

    async def _commit(self, log: PartitionLog, pending: Pending) -> None:
        """Write what was decided; a broker that refuses a record as too large is asked for less next time."""
        outputs = [self._within(output) for output in pending.outputs]
        position = self._registry.positions[FEEDS]
        try:
            ends = await self.transact(log, outputs, position)  # 4
        except TooLarge as error:
            largest = max((len(output.value or b"") for output in outputs), default=0)
            self._most_bytes = max(KEPT_BYTES, largest // 2)
            raise TransientError(
                f"{error}; from now on articles over {self._most_bytes} bytes go to dead-letters, and a feed whose state is larger fails"
            ) from error
        self._advance(pending, ends)  # 5
        self._committed_position = position
        refused = [output for output in outputs if output.topic == DEAD_LETTERS]
        self.status.dead_letters += len(refused)
        count_dead_letters([TooLarge()] * len(refused))
        self.status.committed(self._clock())

    def _within(self, output: Output) -> Output:
        size = len(output.value or b"")
        if output.topic != RAW or size <= self._most_bytes:
            return output
        error = TooLarge(f"an article of {size} bytes is over the {self._most_bytes} that the broker takes")
        return refused_output(output, error, service=NAME, partition=self.status.partition)

    def _decide(self, visit: Visit, pending: Pending) -> None:
        """Add what a visit changes; one that cannot be decided or written is a failed visit, which changes its feed's plan alone."""
        before = pending.mark(visit.feed.id)
        try:
            self._add(visit, pending)
            failed = self._too_large(pending.outputs[before.outputs :])
        except Exception:  # a bug met by one feed must not stop the others
            logger.exception("feed cannot be decided", feed=visit.feed.id)
            failed = Failed("an error of ours; see the log")
        if failed is not None:
            pending.back_to(before)
            self._add(visit._replace(outcome=failed, read=None), pending)

    def _add(self, visit: Visit, pending: Pending) -> None:
        dice, partition, scale = random.random(), self.status.partition, self._scale_seconds  # noqa: S311 - jitter
        decide_visit(visit, self._registry, pending, self._settings, scale_seconds=scale, dice=dice, partition=partition)

    def _too_large(self, outputs: Sequence[Output]) -> Failed | None:
        """How a visit fails whose state no record takes: in the transaction it would have every feed's visit undone, again and again.

        Articles are not meant, which go to dead-letters one by one.
        """
        size = max((len(output.value or b"") + len(output.key or b"") for output in outputs if output.topic != RAW), default=0)
        if size <= self._most_bytes:
            return None
        return Failed(f"what is to be remembered of the feed does not fit a record: {size} bytes, and {self._most_bytes} are taken")

    def _advance(self, pending: Pending, ends: dict[str, int]) -> None:
        for feed_id in pending.forgotten:
            self._registry.forget(feed_id)
        for feed_id, state in pending.states.items():
            self._registry.apply_state(feed_id, state)
        for feed_id, plan in pending.plans.items():
            self._registry.apply_plan(feed_id, plan)
        self._registry.positions[FEEDS_STATE] = ends.get(FEEDS_STATE, self._registry.positions[FEEDS_STATE])
        for event, feed in pending.notices:
            logger.warning(event, feed=shown(feed))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


async def _next_within(results: asyncio.Queue[Visit], seconds: float) -> Visit | None:
    """The next result, waiting at most so long; None when there is none."""
    if not results.empty():
        return results.get_nowait()
    if seconds <= 0:
        return None
    try:
        async with asyncio.timeout(seconds):
            return await results.get()
    except TimeoutError:
        return None


@contextlib.asynccontextmanager
async def poller(settings: Settings, cluster: Cluster, open_log: OpenLog) -> AsyncIterator[Service]:
    """The service, ready to run."""
    fetcher = Fetcher(settings.poller, secrets=feed_secrets(), tasks=settings.kafka.feeds_partitions)
    pages = PageReader(fetcher, settings.poller, lambda: datetime.now(UTC))
    withdrawals = Withdrawals(lambda: KafkaTopicLog(cluster, WITHDRAWALS))
    spans = spans_of(NAME)

    def make_task(partition: int) -> PollTask:
        def open_guarded() -> GuardedLog:
            return GuardedLog(open_log(NAME, FEEDS, partition), RawGuard(withdrawals), spans)

        return PollTask(open_guarded, partition, fetcher=fetcher, pages=pages, settings=settings)

    try:
        service = Service(
            cluster,
            name=NAME,
            topic=FEEDS,
            make_task=make_task,
            metrics=REGISTRY,
            shows=shown_feeds(lambda: [task for task in service.tasks() if isinstance(task, PollTask)]),
        )
        yield service
    finally:
        await withdrawals.close()
        await pages.close()
        await fetcher.close()
