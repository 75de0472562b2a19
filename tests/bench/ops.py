"""What metrics, logs and the look at everything cost: each service's loop at full throughput with all of it, and without, in turn.

The loops run on a log that costs nothing, and the poller's publishers answer at once from memory, so that the shares are larger than
they are beside Kafka and the network.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from prometheus_client import Counter, Gauge, Histogram
from tests.bench.enrich import articles
from tests.fakes import FakeRecord, FakeTopicLog, FakeTopics

from dateline.enricher.agencies import load_agencies
from dateline.enricher.metrics import count_articles
from dateline.enricher.record import enrich_record
from dateline.events import Feed
from dateline.log.port import Batch, Bounds, Committed
from dateline.log.task import StreamTask
from dateline.ops.batch_histogram import BatchHistogram
from dateline.ops.logs import configure_logs
from dateline.overview import Overview
from dateline.poller.feeds import feed_record
from dateline.poller.fetch import Fetched, NotModified
from dateline.poller.identity import feed_id, scope_of
from dateline.poller.service import PollTask
from dateline.settings import LogSettings, OpsSettings, Settings
from dateline.sink import service as sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NOW = datetime(2026, 1, 1, tzinfo=UTC)
# So often with and without, in turn and in changing order; of each the fastest third counts, which others on the machine disturbed least.
REPEATS = 24
# The most that may be spent on telling how it goes.
MOST_SHARE = 0.03
# An article takes the enricher fifty times as long as the sink.
ARTICLES, THOUGHT_OVER = 1000, 50
FEEDS, ROUNDS, CHANGED = 200, 4, 0.3


class FreeLog:
    """A partition's log in memory that keeps nothing of what is written."""

    def __init__(self, topic: str, records: Sequence[FakeRecord], *, waits: bool = False) -> None:
        self._topic, self._records, self._waits = topic, records, waits
        self.done = asyncio.Event()

    async def fence(self) -> None: ...
    async def begin(self) -> None: ...
    async def close(self) -> None: ...
    async def release(self, topic: str) -> None: ...

    async def committed(self) -> Committed:
        return Committed(0)

    async def bounds(self, topic: str, *, since_ms: int | None = None) -> Bounds:
        return Bounds(0, len(self._records) if topic == self._topic and self._waits else 0)

    async def read(self, topic: str, position: int, *, wait_seconds: float, limit: int = 200) -> Batch:
        batch = self._records[position : position + limit] if topic == self._topic else []
        if not batch:
            if not self._waits:
                self.done.set()
            await asyncio.sleep(wait_seconds)
        return Batch(batch, position + len(batch), len(self._records), time.time())

    async def send(self, outputs: Sequence[Any]) -> dict[str, int]:
        return {}

    async def commit(self, offset: int | None, *, attempts: int = 0, note: str = "") -> None: ...


@contextlib.contextmanager
def telling(*, told: bool) -> Iterator[None]:
    """With metrics counted and logs written, or with neither."""
    methods = [(Counter, "inc"), (Histogram, "observe"), (BatchHistogram, "observe_all"), (Gauge, "set")]
    kept = [getattr(kind, name) for kind, name in methods]
    configure_logs(LogSettings(level="info" if told else "error", format="json"))
    if not told:
        for kind, name in methods:
            setattr(kind, name, lambda *_: None)
    try:
        yield
    finally:
        for (kind, name), method in zip(methods, kept, strict=True):
            setattr(kind, name, method)


async def measured(task: Any, done: Callable[[], Any], *, told: bool, name: str, topic: str) -> float:
    """CPU seconds that a task takes until `done`, with the process looking at itself once a second where all is told."""
    overview = Overview(OpsSettings(), [name], SimpleNamespace(answered_at=time.time()))
    overview.services = [SimpleNamespace(name=name, topic=topic, joined=True, tasks=lambda: [task], metrics=None, shows={})]
    began = time.process_time()
    running = [asyncio.create_task(task.run())]
    if told:
        running.append(asyncio.create_task(overview.watch()))
    await done()
    for one in running:
        one.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    return time.process_time() - began


# ── the three loops ──────────────────────────────────────────────────────────────────────────────────────────────────


async def enricher(records: Sequence[FakeRecord], agencies: Any, *, told: bool) -> float:
    log = FreeLog("articles.raw", records)

    async def decide(batch: Sequence[Any], _: object) -> list[Any]:
        return [enrich_record(record, agencies, 6) for record in batch]

    count = count_articles if told else None
    task = StreamTask(lambda: log, 0, service="enricher", topic="articles.raw", handler=decide, count=count)
    return await measured(task, log.done.wait, told=told, name="enricher", topic="articles.raw")


async def stories(records: Sequence[FakeRecord], *, told: bool) -> float:
    log = FreeLog("articles.enriched", records)
    settings = Settings()
    cluster = SimpleNamespace(settings=settings.kafka)
    sink.KafkaTopicLog = lambda _, topic: FakeTopicLog(FakeTopics(), topic)  # type: ignore[assignment,misc]
    async with sink.sink(settings, cluster, lambda *_: log) as service:  # type: ignore[arg-type]
        task = service._make_task(0)
        if not told:
            task._count = None
        return await measured(task, log.done.wait, told=told, name="sink", topic="articles.enriched")


class Publishers:
    """Feeds of twenty entries, of which a share has another one at each visit."""

    def __init__(self) -> None:
        self._dice, self._visits, self.polls = random.Random(5), dict[str, int](), 0

    async def fetch(self, url: str, *, etag: str | None = None, **_: Any) -> Fetched | NotModified:
        self.polls += 1
        visit = self._visits.setdefault(url, 0)
        if etag is not None and self._dice.random() > CHANGED:
            return NotModified(etag, None)
        self._visits[url] += 1
        items = "".join(
            f"<item><title>Story {number}</title><description>{'What happened at the harbour. ' * 10}</description>"
            f"<guid>{url}/{number}</guid><link>{url}/{number}</link></item>"
            for number in range(visit, visit + 20)
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Gazette</title>{items}</channel></rss>'.encode()
        return Fetched(200, url, body, "application/rss+xml", f'"{visit}"', None, None, len(body))


async def poller(*, told: bool, wrap: Callable[[Any], Any] = lambda log: log) -> float:
    """`wrap` puts something before the log, as the service does."""
    urls = [f"https://paper-{number}.example/rss" for number in range(FEEDS)]
    feeds = [feed_record(Feed(id=feed_id(url), url=url, scope=scope_of(url), added_at=NOW), 1) for url in urls]
    records = [FakeRecord("feeds", 0, offset, 0, feed.key, feed.value, ()) for offset, feed in enumerate(feeds)]
    settings = Settings(kafka={"feeds_partitions": 1}, poller={"requests_per_second": 1e9, "min_interval_seconds": 600})  # type: ignore[arg-type]
    publishers: Any = Publishers()
    pages: Any = SimpleNamespace()
    seconds = [NOW.timestamp()]
    log = FreeLog("feeds", records, waits=True)
    task = PollTask(lambda: wrap(log), 0, fetcher=publishers, pages=pages, settings=settings, clock=lambda: seconds[0])

    async def rounds() -> None:
        for number in range(1, ROUNDS + 1):
            while publishers.polls < FEEDS * number or task.in_flight:
                await asyncio.sleep(0.001)
            seconds[0] += 200_000

    return await measured(task, rounds, told=told, name="poller", topic="feeds")


def report() -> int:
    """Print the share of each loop's CPU; 1 where one is over the bound."""
    agencies = load_agencies(None)
    raw = [FakeRecord("articles.raw", 0, number, 0, b"%d" % number, value, ()) for number, value in enumerate(articles("text", ARTICLES))]
    outputs = [enrich_record(record, agencies, 6)[0] for record in raw]  # type: ignore[index]
    enriched = [
        FakeRecord("articles.enriched", 0, offset, 0, output.key, output.value, output.headers) for offset, output in enumerate(outputs)
    ]
    loops: dict[str, tuple[Callable[..., Any], int]] = {
        "poller": (poller, FEEDS * ROUNDS),
        "enricher": (lambda *, told: enricher(raw[:THOUGHT_OVER], agencies, told=told), THOUGHT_OVER),
        "sink": (lambda *, told: stories(enriched, told=told), ARTICLES),
    }
    worst = 0.0
    for name, (loop, count) in loops.items():
        taken: dict[bool, list[float]] = {True: [], False: []}
        for number in range(2 * REPEATS):
            told = number % 4 in (0, 3)
            taken[told].append(once(loop, told=told))
        on, off = (fastest(taken[told]) / count * 1e6 for told in (True, False))
        share = on / off - 1
        worst = max(worst, share)
        print(f"{name:>8}: {on:7.1f} µs of CPU each with metrics and logs, {off:7.1f} µs without: {share:+.1%} (≤ {MOST_SHARE:.0%})")
    return int(worst > MOST_SHARE)


def fastest(seconds: Sequence[float]) -> float:
    """The mean of the fastest third."""
    third = sorted(seconds)[: len(seconds) // 3]
    return sum(third) / len(third)


def once(loop: Callable[..., Any], *, told: bool) -> float:
    with telling(told=told):
        seconds: float = asyncio.run(loop(told=told))
    return seconds


if __name__ == "__main__":
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stderr(nowhere):
        code = report()
    raise SystemExit(code)
