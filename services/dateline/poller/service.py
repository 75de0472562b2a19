"""The poller's loop: feeds fall due, are fetched and read at the same time, and are decided in order by one writer per partition.

Time and the network are its input. What is decided (articles, changed states, plans) is committed in one transaction; HTTP never
happens inside one. A crash before the commit means: polled again with the old validators, published once.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import structlog

from dateline.envelope import envelope, raw_event_id
from dateline.errors import FetchError, NotAFeed, TooLarge, TransientError
from dateline.events import Feed, FeedPlan, FeedState, Http, RawArticle, Withdrawal, encode
from dateline.log.dead_letters import KEPT_BYTES, refused_output
from dateline.log.port import RECORD_BYTES, Output
from dateline.log.service import Service
from dateline.log.task import READ_WAIT_SECONDS, Task, transact
from dateline.log.tasks import end, together
from dateline.poller import moves
from dateline.poller.budget import Allowance, Budget
from dateline.poller.decide import Validators, decide_poll
from dateline.poller.document import Document, Limits
from dateline.poller.feeds import FEEDS, FEEDS_STATE, PLAN_SUFFIX
from dateline.poller.fetch import Fetched, Fetcher, Gone, NotModified
from dateline.poller.identity import without_secrets
from dateline.poller.queue import PollQueue
from dateline.poller.read import read_document
from dateline.poller.registry import Registry
from dateline.poller.remember import remember
from dateline.poller.schedule import (
    Failed,
    Outcome,
    Polled,
    Retired,
    asks_whole_body,
    next_poll,
    place_of,
    resume,
)
from dateline.settings import feed_secrets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from dateline.log.client import Cluster
    from dateline.log.port import PartitionLog
    from dateline.log.service import OpenLog
    from dateline.settings import PollerSettings, Settings

logger = structlog.get_logger()

NAME = "poller"
RAW = "articles.raw"
WITHDRAWALS = "withdrawals"
RAW_TYPE = "io.dateline.article.raw.v1"
# Results without articles wait this long for company; results with articles are committed at once.
GATHER_SECONDS = 1.0
# After this long without a poll, the position in `feeds` alone is committed, so that no lag is shown where none is.
IDLE_SECONDS = 5.0
# At most this many results share a transaction: with 2,000 short entries each they still fit its deadline.
MOST_RESULTS = 50
# How often K is solved anew: rates halve within a day, and solving takes a millisecond or two.
SOLVE_SECONDS = 60.0
# How often states are looked for whose feeds were removed a week ago, and how many go in one transaction.
FORGET_EVERY_SECONDS = 3600.0
MOST_FORGOTTEN = 500
# Feeds queued after a restore before others get a turn.
_QUEUED_AT_ONCE = 1000


class Read(NamedTuple):
    """A body that was read, with what the next visit sends back."""

    document: Document
    http: Http
    validators: Validators


class Visit(NamedTuple):
    """One finished poll, to be decided by the writer."""

    feed: Feed
    outcome: Outcome
    read: Read | None
    # When the answer was complete, aware UTC.
    at: datetime
    # Where permanent redirects alone led, null where there were none.
    moved_to: str | None = None
    # What answered, null where that is the address that was visited.
    served_by: str | None = None
    # Whether it sent no validators.
    unconditional: bool = False


class Notice(NamedTuple):
    """What operators are told once it is committed: an event and its feed."""

    event: str
    feed: Feed


@dataclass
class Pending:
    """What a transaction will change, seen by the later decisions of the same transaction."""

    outputs: list[Output] = field(default_factory=list)
    states: dict[str, FeedState] = field(default_factory=dict)
    plans: dict[str, FeedPlan] = field(default_factory=dict)
    # Ids of feeds removed long ago, whose states go.
    forgotten: list[str] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    articles: int = 0


def decide_visit(
    visit: Visit, registry: Registry, pending: Pending, settings: PollerSettings, *, scale_seconds: float, dice: float, partition: int
) -> None:
    """Add to `pending` what a visit changes; a feed that was removed or moved meanwhile changes nothing.

    `scale_seconds` is the budget's K, `dice` as for next_poll.
    """
    feed = registry.feeds.get(visit.feed.id)
    if feed is None or feed.url != visit.feed.url:
        return
    before, plan_before = pending.states.get(feed.id) or registry.state(feed.id), registry.plans.get(feed.id)
    outcome, state = visit.outcome, before
    if visit.read is not None:
        outcome, state = _decide_body(visit, visit.read, before, registry, pending)
    elif isinstance(outcome, Polled):  # what it served is what it served before
        state = moves.after_answer(before, visit.moved_to, scope=feed.scope, same_entries=True, now=int(visit.at.timestamp()))
    if state != before:
        pending.states[feed.id] = state
        pending.outputs.append(Output(FEEDS_STATE, feed.id.encode(), encode(state), (), partition))
    plan = next_poll(feed, outcome, plan_before, state, settings, scale_seconds=scale_seconds, now=visit.at, dice=dice)
    pending.plans[feed.id] = plan
    pending.outputs.append(Output(FEEDS_STATE, (feed.id + PLAN_SUFFIX).encode(), encode(plan), (), partition))


def _decide_body(visit: Visit, read: Read, before: FeedState, registry: Registry, pending: Pending) -> tuple[Outcome, FeedState]:
    """Add what a body brings to `pending`; returns the outcome, which says now whether entries were missed, and the new state."""
    document, http, validators = read
    feed, plan = registry.feeds[visit.feed.id], registry.plans.get(visit.feed.id)
    siblings = registry.siblings(feed, pending.states)
    decision = decide_poll(feed, before, siblings, document, http=http, validators=validators, now=visit.at)
    pending.outputs += [article_output(article) for article in decision.articles]
    pending.outputs += [withdrawal_output(article, visit.at) for article in decision.withdrawn]
    pending.articles += len(decision.articles)
    state, missed, lied = remember(
        before,
        plan,
        document,
        decision,
        scope=feed.scope,
        moved_to=visit.moved_to,
        served_by=visit.served_by,
        unconditional=visit.unconditional,
        now=visit.at,
    )
    happened = {
        "entries may have been missed": missed and not (plan is not None and plan.missed),
        "304 not believed any more": lied,
        "permanent redirect adopted": state.url != before.url,
    }
    pending.notices += [Notice(event, feed) for event, holds in happened.items() if holds]
    return Polled(whole=True, fresh_seconds=_fresh_seconds(visit.outcome), missed=missed), state


def _fresh_seconds(outcome: Outcome) -> float | None:
    return outcome.fresh_seconds if isinstance(outcome, Polled) else None


def article_output(article: RawArticle) -> Output:
    """The record of a raw article."""
    headers = envelope(RAW_TYPE, raw_event_id(article), source=f"poller/{article.feed.id}", subject=article.id, time=article.fetched_at)
    return Output(RAW, article.id.encode(), encode(article), headers)


def withdrawal_output(article: str, at: datetime) -> Output:
    """The order to withdraw an article that its own feed deleted."""
    order = Withdrawal(subject=article, kind="article", reason="deleted by its feed (RFC 6721)", at=at)
    return Output(WITHDRAWALS, article.encode(), encode(order))


class PollTask(Task):
    """Leads one partition of `feeds`: polls its feeds and commits what they bring."""

    def __init__(
        self,
        open_log: Callable[[], PartitionLog],
        partition: int,
        *,
        fetcher: Fetcher,
        settings: Settings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(open_log, partition, service=NAME)
        self._fetcher, self._clock = fetcher, clock
        self._settings = settings.poller
        self._deadline_seconds = settings.kafka.transaction_deadline_seconds
        self._share = settings.poller.requests_per_second / settings.kafka.feeds_partitions
        self._limits = Limits.of(settings.poller)
        self._registry = Registry(partition, settings.kafka.feeds_partitions)
        self._queue, self._budget, self._allowance = PollQueue(), Budget(), Allowance(self._share)
        self._scale_seconds, self._short = self._settings.min_interval_seconds, False
        self._forget_at = 0.0
        self._polling: set[str] = set()
        self._polls: set[asyncio.Task[None]] = set()
        self._most_bytes = RECORD_BYTES
        self._committed_position: int | None = None
        self._results: asyncio.Queue[Visit] = asyncio.Queue()
        self._wake = asyncio.Event()

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
            await together(self._follow_feeds(log), self._share_out(), self._dispatch(), self._write(log))
        finally:
            await end(self._polls)

    def incarnation_ended(self) -> None:
        self._polling.clear()
        self._results = asyncio.Queue()
        self._forget_at = 0.0

    async def _catch_up(self, log: PartitionLog, topic: str) -> None:
        """Apply what is committed from where we stand to the last stable offset; from the beginning on a fresh task."""
        bounds = await log.bounds(topic)
        position = max(self._registry.positions.get(topic, bounds.first), bounds.first)
        while position < bounds.stable:
            batch = await log.read(topic, position, wait_seconds=READ_WAIT_SECONDS, limit=2000)
            self._registry.apply(topic, batch.records)
            position = batch.position
        self._registry.positions[topic] = position

    async def _plan_restored(self) -> None:
        """Queue every feed and count it in the budget; those that fell due while nobody polled are spread out."""
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
            for feed_id in self._registry.apply(FEEDS, batch.records):
                self._requeue(feed_id)
            self._registry.positions[FEEDS] = batch.position
            self._wake.set()

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
            feed_id = self._queue.pop_due(self._clock())
            if feed_id is None:
                await self._sleep_until_due()
                continue
            feed = self._registry.feeds.get(feed_id)
            if feed is None or feed.paused or feed_id in self._polling:
                continue
            self._allowance.take(loop.time())
            self._polling.add(feed_id)
            poll = asyncio.create_task(self._poll(feed, self._registry.state(feed_id)))
            self._polls.add(poll)
            poll.add_done_callback(self._polls.discard)

    async def _sleep_until_due(self) -> None:
        due = self._queue.next_due()
        self._wake.clear()
        timeout = READ_WAIT_SECONDS if due is None else min(READ_WAIT_SECONDS, max(0.01, due - self._clock()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):  # not wait_for, which in Python 3.11 can lose a cancellation
                await self._wake.wait()

    async def _poll(self, feed: Feed, state: FeedState) -> None:
        """Fetch and read one feed; whatever goes wrong with it is an outcome."""
        started = self._clock()
        try:
            visit = await self._visit(feed, state)
        except FetchError as error:
            failed = Failed(str(error), error.retry_after_seconds, error.kind, error.status)
            visit = Visit(feed, failed, None, self._now())
        except NotAFeed as error:
            visit = Visit(feed, Failed(str(error), kind="parse"), None, self._now())
        except Exception:  # a bug met by one feed must not stop the others
            logger.exception("feed cannot be handled", feed=feed.id)
            visit = Visit(feed, Failed("an error of ours; see the log"), None, self._now())
        outcome, read = visit.outcome, visit.read
        level = logger.warning if isinstance(outcome, Failed) else logger.info
        level(
            "feed polled",
            feed=_shown(feed),
            outcome=type(outcome).__name__.lower(),
            entries=len(read.document.entries) if read else None,
            error=outcome.reason if isinstance(outcome, Failed) else None,
            seconds=round(self._clock() - started, 3),
        )
        await self._results.put(visit)

    async def _visit(self, feed: Feed, state: FeedState) -> Visit:
        unconditional = asks_whole_body(state, self._registry.plans.get(feed.id), now=self._clock())
        etag, last_modified = (None, None) if unconditional else (state.etag, state.last_modified)
        answer = await self._fetcher.fetch(
            feed.url,
            etag=etag,
            last_modified=last_modified,
            validators_from=state.served_by,
            moved_to=state.url,
            headers=feed.headers,
            scope=feed.scope,
        )
        at = self._now()
        match answer:
            case NotModified():
                return Visit(feed, Polled(whole=False, fresh_seconds=answer.fresh_seconds), None, at, answer.moved_to)
            case Gone():
                return Visit(feed, Retired(), None, at)
            case Fetched() as fetched:
                read = await self._read(fetched, state, at)
                served_by = None if fetched.url == (state.url or feed.url) else fetched.url
                return Visit(feed, Polled(fresh_seconds=fetched.fresh_seconds), read, at, fetched.moved_to, served_by, unconditional)

    async def _read(self, fetched: Fetched, state: FeedState, at: datetime) -> Read | None:
        """The document; None where the body is the one read last time and its validators are too."""
        body_hash = hashlib.blake2b(fetched.body, digest_size=16).hexdigest()
        validators = Validators(fetched.etag, fetched.last_modified, body_hash)
        if validators == Validators(state.etag, state.last_modified, state.body_hash):
            return None
        document = await asyncio.to_thread(
            read_document, fetched.body, url=fetched.url, content_type=fetched.content_type, now=at, limits=self._limits
        )
        http = Http(status=fetched.status, url=without_secrets(fetched.url), content_type=fetched.content_type)
        return Read(document, http, validators)

    async def _write(self, log: PartitionLog) -> None:
        """Decide finished visits in order and commit them together; only then advance what we know."""
        while True:
            pending, visits = await self._gather()
            if pending.outputs or self._committed_position != self._registry.positions[FEEDS]:
                await self._commit(log, pending)
            for visit in visits:
                self._polling.discard(visit.feed.id)
                self._requeue(visit.feed.id)
            self._wake.set()
            self._progressed(pending)

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
        while len(visits) < MOST_RESULTS:
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
        """Write what was decided; a broker that refuses an article as too large is asked for less next time."""
        outputs = [self._within(output) for output in pending.outputs]
        position = self._registry.positions[FEEDS]
        try:
            ends = await transact(log, outputs, position, deadline_seconds=self._deadline_seconds)  # 4
        except TooLarge as error:
            largest = max((len(output.value or b"") for output in outputs), default=0)
            self._most_bytes = max(KEPT_BYTES, largest // 2)
            raise TransientError(f"{error}; articles over {self._most_bytes} bytes go to dead-letters from now on") from error
        self._advance(pending, ends)  # 5
        self._committed_position = position
        self.status.commits += 1

    def _within(self, output: Output) -> Output:
        size = len(output.value or b"")
        if output.topic != RAW or size <= self._most_bytes:
            return output
        error = TooLarge(f"an article of {size} bytes is over the {self._most_bytes} that the broker takes")
        return refused_output(output, error, service=NAME, partition=self.status.partition)

    def _decide(self, visit: Visit, pending: Pending) -> None:
        dice, partition, scale = random.random(), self.status.partition, self._scale_seconds  # noqa: S311 - jitter
        try:
            decide_visit(visit, self._registry, pending, self._settings, scale_seconds=scale, dice=dice, partition=partition)
        except Exception:  # a bug met by one feed must not stop the others
            logger.exception("feed cannot be decided", feed=visit.feed.id)
            failed = visit._replace(outcome=Failed("an error of ours; see the log"), read=None)
            decide_visit(failed, self._registry, pending, self._settings, scale_seconds=scale, dice=dice, partition=partition)

    def _advance(self, pending: Pending, ends: dict[str, int]) -> None:
        for feed_id in pending.forgotten:
            self._registry.forget(feed_id)
        for feed_id, state in pending.states.items():
            self._registry.apply_state(feed_id, state)
        for feed_id, plan in pending.plans.items():
            self._registry.apply_plan(feed_id, plan)
        self._registry.positions[FEEDS_STATE] = ends.get(FEEDS_STATE, self._registry.positions[FEEDS_STATE])
        for event, feed in pending.notices:
            logger.warning(event, feed=_shown(feed))

    def _progressed(self, pending: Pending) -> None:
        self.status.records += pending.articles
        self.status.position = self._registry.positions[FEEDS]
        self.status.progressed_at = time.monotonic()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _shown(feed: Feed) -> str:
    return feed.id if feed.private else without_secrets(feed.url)


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

    def make_task(partition: int) -> PollTask:
        return PollTask(lambda: open_log(NAME, FEEDS, partition), partition, fetcher=fetcher, settings=settings)

    try:
        yield Service(cluster, name=NAME, topic=FEEDS, make_task=make_task)
    finally:
        await fetcher.close()
