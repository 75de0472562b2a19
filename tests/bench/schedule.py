"""The schedule on a simulated web, without network or clock, and what a million feeds take in one process.

The simulation runs the real decisions (poller/schedule.py, rate, budget, queue) over feeds whose publication times repeat those of real
ones, with bursts, outages, and documents that hold so many entries and no more. The same web is then polled at one fixed interval with
the same number of requests. Entries count from the second week on, when the rates are known.
"""

from __future__ import annotations

import base64
import math
import os
import random
import sys
import time
from bisect import bisect_left, bisect_right
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, NamedTuple

import psutil
from msgspec.structs import replace

from dateline.errors import NotAFeed
from dateline.events import Feed, FeedPlan, FeedState, encode
from dateline.poller.budget import Allowance, Budget
from dateline.poller.identity import feed_id
from dateline.poller.parse import parse_document
from dateline.poller.queue import PollQueue
from dateline.poller.rate import paced
from dateline.poller.read import read_document
from dateline.poller.registry import Registry
from dateline.poller.ring import LEAST_SLOTS, SLOT_BYTES
from dateline.poller.schedule import Failed, Outcome, Polled, may_have_missed, next_poll, place_of
from dateline.poller.topics import FEEDS, FEEDS_STATE, PLAN_SUFFIX
from dateline.settings import PollerSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dateline.log.port import Record
    from dateline.poller.document import Document

START = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())
HOUR, DAY = 3600, 86_400
LEARNING_DAYS, DAYS = 7, 21
SETTINGS = PollerSettings()
# Polls a feed and day: the hourly budget of the promise, and half and twice as many.
BUDGETS = (12, 24, 48)
# As a task reads them.
BATCH = 2000
# Fewer dates say nothing about a rhythm.
LEAST_DATES = 10
INVENTED_FEEDS = 250
# What publishes so many entries a day is looked at alone too: there the schedule has little to take from the slow ones.
NEWS_A_DAY = 4
# Twice the ten entries of a real feed's document at the median; and what a feed has after months.
TYPICAL_RING, FULL_RING = 20, LEAST_SLOTS


class Publisher(NamedTuple):
    """A feed of the simulated web: when it publishes (sorted Unix seconds), how many entries it shows, when it is away."""

    feed: Feed
    times: list[int]
    window: int
    away: list[tuple[int, int]]

    def document(self, now: float) -> tuple[int, int]:
        """The entries on show, as a range of `times`."""
        end = bisect_right(self.times, now)
        return max(0, end - self.window), end

    def is_away(self, now: float) -> bool:
        return any(begin <= now < end for begin, end in self.away)


# ── the web ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def real_rhythms(folder: Path) -> Iterator[tuple[list[int], int]]:
    """Publication times and document lengths of real feeds; those that give days without hours are left out."""
    now = datetime.now(UTC)
    for path in sorted(folder.iterdir()):
        try:
            document = read_document(path.read_bytes(), url="https://publisher.example/", content_type=None, now=now)
        except (NotAFeed, OSError):
            continue
        exact = {parsed.published_at for parsed in document.entries if parsed.published_at and parsed.published_precision != "day"}
        times = sorted(int(time.timestamp()) for time in exact)
        if len(times) >= LEAST_DATES and times[-1] - times[0] >= 6 * HOUR and sum(not moment % DAY for moment in times) < len(times) / 2:
            yield times, len(document.entries)


def invented_rhythms(dice: random.Random) -> Iterator[tuple[list[int], int]]:
    """Feeds from one entry a week to hundreds a day, by day more than by night and on Sundays less."""
    for _ in range(INVENTED_FEEDS):
        a_day, moment, times = min(dice.lognormvariate(1.6, 1.5), 400.0), 0.0, []
        while len(times) < 2 * LEAST_DATES or (moment < 14 * DAY and len(times) < 3000):
            moment += dice.expovariate(a_day / DAY)
            asleep = moment % DAY < 6 * HOUR or moment // DAY % 7 == 6
            if not asleep or dice.random() < 0.2:
                times.append(int(moment))
        yield times, dice.choice((10, 15, 20, 25, 30, 50, 100))


def the_web(rhythms: Iterable[tuple[list[int], int]], dice: random.Random) -> list[Publisher]:
    web = []
    for number, (times, window) in enumerate(rhythms):
        url = f"https://publisher-{number}.example/rss"
        feed = Feed(id=feed_id(url), url=url, scope=f"publisher-{number}.example", added_at=datetime.fromtimestamp(START, UTC))
        published = sorted({*_repeated(times, dice), *_bursts(window, dice)})
        web.append(Publisher(feed, published, window, _outages(dice)))
    return web


def _repeated(times: list[int], dice: random.Random) -> Iterator[int]:
    """The same days again and again, at the same hours, from a week before the start."""
    period = math.ceil((times[-1] - times[0] + 1) / DAY) * DAY
    midnight = times[0] - times[0] % DAY
    first = START - 7 * DAY - dice.randrange(0, period, DAY)
    for begin in range(first, START + DAYS * DAY, period):
        for moment in times:
            at = begin + (moment - midnight)
            if START - 7 * DAY <= at < START + DAYS * DAY:
                yield at


def _bursts(window: int, dice: random.Random) -> Iterator[int]:
    """One feed in ten has an hour with as many entries as its document holds."""
    if dice.random() < 0.1:
        begin = START + dice.randrange(LEARNING_DAYS * DAY, (DAYS - 1) * DAY)
        yield from (begin + dice.randrange(HOUR) for _ in range(window))


def _outages(dice: random.Random) -> list[tuple[int, int]]:
    """One feed in five is away once, for one to six hours."""
    if dice.random() >= 0.2:
        return []
    begin = START + dice.randrange(DAYS * DAY)
    return [(begin, begin + dice.randrange(HOUR, 6 * HOUR))]


# ── polling it ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Run(NamedTuple):
    """What a way of polling achieved: waits of entries in seconds, by feed."""

    polls: int
    waits: list[list[float]]
    published: int
    most_a_minute: int

    def completeness(self) -> float:
        return sum(map(len, self.waits)) / self.published

    def delay_minutes(self) -> float:
        return fmean(wait for waits in self.waits for wait in waits) / 60

    def feed_delay_minutes(self) -> float:
        return fmean(fmean(waits) for waits in self.waits if waits) / 60

    def late_minutes(self) -> float:
        """What 95 of 100 entries stay below."""
        waits = sorted(wait for waits in self.waits for wait in waits)
        return waits[len(waits) * 95 // 100] / 60


class Simulation:
    """One partition's schedule over the web; `every` makes all intervals fixed."""

    def __init__(self, web: list[Publisher], *, polls_a_day: float, every: int | None = None) -> None:
        self._web = {publisher.feed.id: publisher for publisher in web}
        self._feeds = {key: replace(publisher.feed, every=every) for key, publisher in self._web.items()}
        self._states = {key: FeedState(id=key) for key in self._web}
        self._plans: dict[str, FeedPlan] = {}
        self._seen = dict.fromkeys(self._web, 0)
        self._waits: dict[str, list[float]] = {key: [] for key in self._web}
        # A fixed interval has the requests it needs; its jitter must not make it late.
        self._share = len(web) * polls_a_day / DAY * (1.0 if every is None else 2.0)
        self._dice = random.Random(2)
        self._budget, self._queue, self._allowance = Budget(), PollQueue(), Allowance(self._share)
        self._minute: deque[float] = deque()
        self.most_a_minute = self.polls = 0
        self._scale = 0.0

    def run(self) -> Run:
        now = float(START)
        for key, feed in self._feeds.items():
            self._budget.put(key, place_of(feed, self._states[key], None, now=now))
            self._queue.push(key, now + self._dice.random() * (feed.every or HOUR))
        solved = -math.inf
        while (due := self._queue.next_due()) is not None:
            now = max(due, now)
            now += self._allowance.wait_seconds(now)
            if now >= START + DAYS * DAY:
                break
            if now - solved >= 60:
                self._scale, solved = self._solve(), now
            key = self._queue.pop_due(now)
            if key is not None:
                self._allowance.take(now)
                self._poll(key, now)
        published = sum(len(p.times) - bisect_left(p.times, START + LEARNING_DAYS * DAY) for p in self._web.values())
        return Run(self.polls, list(self._waits.values()), published - self._still_on_show(now), self.most_a_minute)

    def _solve(self) -> float:
        solution = self._budget.solve(self._share, least_seconds=SETTINGS.min_interval_seconds, most_seconds=SETTINGS.max_interval_seconds)
        return solution.scale_seconds

    def _still_on_show(self, now: float) -> int:
        """Entries that were not met when the time was up, and would have been."""
        return sum(max(0, p.document(now)[1] - max(self._seen[key], p.document(now)[0])) for key, p in self._web.items())

    def _poll(self, key: str, now: float) -> None:
        self._count(now)
        publisher, feed, moment = self._web[key], self._feeds[key], datetime.fromtimestamp(now, UTC)
        outcome: Outcome = Polled(whole=False)
        if publisher.is_away(now):
            outcome = Failed("the host is away", kind="connect")
        elif publisher.document(now)[1] > self._seen[key] or key not in self._plans:
            outcome = self._read(key, publisher, moment)
        plan = next_poll(
            feed,
            outcome,
            self._plans.get(key),
            self._states[key],
            SETTINGS,
            scale_seconds=self._scale,
            now=moment,
            dice=self._dice.random(),
        )
        self._plans[key] = plan
        self._budget.put(key, place_of(feed, self._states[key], plan, now=now))
        self._queue.push(key, plan.next)

    def _read(self, key: str, publisher: Publisher, now: datetime) -> Polled:
        begin, end = publisher.document(now.timestamp())
        seen, before = self._seen[key], self._states[key]
        new = publisher.times[max(begin, seen) : end]
        document = _document(publisher.times[begin:end])
        missed = may_have_missed(before, end - begin, len(new))
        self._states[key] = replace(before, **paced(before, document, len(new), now)._asdict())
        self._seen[key] = end
        counted = START + LEARNING_DAYS * DAY
        self._waits[key] += [now.timestamp() - time for time in new if time >= counted]
        return Polled(missed=missed)

    def _count(self, now: float) -> None:
        self.polls += 1
        self._minute.append(now)
        while self._minute[0] <= now - 60:
            self._minute.popleft()
        self.most_a_minute = max(self.most_a_minute, len(self._minute))


_SHAPE = parse_document(b"<rss><channel><item><title>Story</title></item></channel></rss>", url="https://a.example/", now=datetime.now(UTC))


def _document(times: list[int]) -> Document:
    entry = _SHAPE.entries[0]
    dated = (replace(entry, published_at=datetime.fromtimestamp(at, UTC), published_precision="second") for at in times)
    return replace(_SHAPE, entries=tuple(dated))


def simulate(web: list[Publisher], budgets: Iterable[int]) -> None:
    """Poll a web by the schedule and at one interval; print what each achieved. Polls that the budget grants and nobody needs are saved."""
    entries = [len(p.times) / (DAYS + 7) for p in web]
    print(f"\n{len(web)} feeds, {sum(entries):.0f} entries a day, {median(entries):.1f} at the median feed; {DAYS} days")
    print("           polls a feed    minutes' delay: mean    95 %  by feed     complete  most requests a minute")
    for polls_a_day in budgets:
        ours = Simulation(web, polls_a_day=polls_a_day).run()
        every = round(len(web) * DAYS * DAY / ours.polls)
        fixed = Simulation(web, polls_a_day=polls_a_day, every=every).run()
        allowed = len(web) * polls_a_day / DAY * (60 + Allowance.BURST_SECONDS) + 1
        for name, run in (("schedule", ours), ("fixed", fixed)):
            limit = f" of {allowed:.1f} allowed" if run is ours else ""
            print(
                f"{name:>10} {run.polls / len(web) / DAYS:9.2f} a day {run.delay_minutes():20.1f} {run.late_minutes():7.1f} "
                f"{run.feed_delay_minutes():8.1f} {100 * run.completeness():10.3f} % {run.most_a_minute:8}{limit}"
            )
        print(f"{'ratio':>10} {ours.polls / fixed.polls:9.2f} {ours.delay_minutes() / fixed.delay_minutes():26.2f}")


# ── a million feeds ──────────────────────────────────────────────────────────────────────────────────────────────────


class Stored(NamedTuple):
    """A record as it stands on the log."""

    topic: str
    offset: int
    timestamp: int
    key: bytes
    value: bytes
    partition: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


def records(count: int, slots: int) -> Iterator[tuple[Record, Record, Record]]:
    """Feeds with their states and plans, made one by one so that they take no memory."""
    dice = random.Random(3)
    for number in range(count):
        # Three feeds to a publisher.
        scope = f"publisher-{number // 3}.example"
        url = f"https://www.{scope}/section/{number}/rss.xml"
        feed = Feed(id=feed_id(url), url=url, scope=scope, added_at=datetime.fromtimestamp(START, UTC) + timedelta(seconds=number))
        state = FeedState(
            id=feed.id,
            etag=f'"{dice.getrandbits(64):x}-{dice.getrandbits(40):x}"',
            last_modified="Thu, 05 Mar 2026 12:02:00 GMT",
            body_hash=f"{dice.getrandbits(128):032x}",
            title=f"The Publisher {number}: section",
            ring=base64.b64encode(os.urandom(SLOT_BYTES * slots)).decode(),
            rate=round(dice.lognormvariate(1, 1.5), 3),
            rate_at=START + number,
            newest=START + number,
            rhythm=base64.b85encode(os.urandom(28)).decode(),
            rhythm_since=START - number,
        )
        plan = FeedPlan(last=START + number % HOUR, next=START + HOUR + number % HOUR, rule="rate", body_at=START)
        key = feed.id.encode()
        yield (
            Stored(FEEDS, number, START * 1000, key, encode(feed)),
            Stored(FEEDS_STATE, number, START * 1000, key, encode(state)),
            Stored(FEEDS_STATE, number, START * 1000, key + PLAN_SUFFIX.encode(), encode(plan)),
        )


class House:
    """What a task holds of its feeds."""

    def __init__(self) -> None:
        self.registry, self.queue, self.budget = Registry(), PollQueue(), Budget()

    def restore(self, batch: Iterable[tuple[Record, Record, Record]]) -> None:
        ids = []
        for feed, state, plan in batch:
            ids += self.registry.apply(FEEDS, [feed])
            self.registry.apply(FEEDS_STATE, [state, plan])
        for key in ids:
            self.replan(key, self.registry.plans[key])

    def replan(self, key: str, plan: FeedPlan) -> None:
        feed, state = self.registry.feeds[key], self.registry.state(key)
        self.budget.put(key, place_of(feed, state, plan, now=START))
        self.queue.push(key, float(plan.next), feed.priority)


def weigh(count: int, slots: int) -> House:
    """Fill a house with so many feeds; print what each takes, and how long reading them took."""
    house, before, seconds = House(), _resident(), 0.0
    made = records(count, slots)
    while batch := [one for one, _ in zip(made, range(BATCH), strict=False)]:
        began = time.process_time()
        house.restore(batch)
        seconds += time.process_time() - began
        del batch
    print(
        f"{count} feeds with rings of {slots}: {(_resident() - before) / count:.0f} resident bytes a feed, "
        f"{seconds / count * 100_000:.1f} s of CPU to restore 100,000"
    )
    return house


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def decide(house: House, polls: int = 50_000) -> None:
    """The CPU of polls without news on a full house: which is due, when next, and what the budget makes of it."""
    least, most = SETTINGS.min_interval_seconds, SETTINGS.max_interval_seconds
    share = len(house.registry.feeds) / HOUR
    began = time.process_time()
    solution = house.budget.solve(share, least_seconds=least, most_seconds=most)
    solved = time.process_time() - began
    now = datetime.fromtimestamp(START + 2 * HOUR, UTC)
    dice, spent = random.Random(4), []
    for _ in range(polls):
        began = time.perf_counter()
        key = house.queue.pop_due(now.timestamp())
        if key is None:
            break
        feed, state = house.registry.feeds[key], house.registry.state(key)
        before = house.registry.plans[key]
        scale = solution.scale_seconds
        plan = next_poll(feed, Polled(whole=False), before, state, SETTINGS, scale_seconds=scale, now=now, dice=dice.random())
        house.registry.apply_plan(key, plan)
        house.replan(key, plan)
        spent.append(time.perf_counter() - began)
    print(f"{1e6 * median(spent):.0f} µs a poll decided (median of {len(spent)}), K solved in {1e3 * solved:.1f} ms")


def report(folder: Path | None) -> None:
    dice = random.Random(1)
    rhythms = list(real_rhythms(folder)) if folder else list(invented_rhythms(dice))
    print(f"rhythms of {folder or 'invented feeds; name a folder of real ones with SAMPLES='}")
    web = the_web(rhythms, dice)
    simulate(web, BUDGETS)
    simulate([publisher for publisher in web if len(publisher.times) >= NEWS_A_DAY * (DAYS + 7)], (24,))
    print()
    house = weigh(1_000_000, TYPICAL_RING)
    weigh(100_000, FULL_RING)  # while the million stays, so that nothing it leaves is taken again
    decide(house)


if __name__ == "__main__":
    report(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
