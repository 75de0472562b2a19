"""The promises of the schedule: on a simulated web, without network or clock, and with a million feeds in one process.

The simulated web (simulated_web.py) is polled for a week by the poller's own decisions (completeness.py), with as many requests as
one visit an hour to each feed takes, and then at one fixed interval with the same number of requests. What is promised is compared
with what came out, and a broken promise ends with exit code 1. `python -m tests.bench.schedule [folder of feeds]`
"""

from __future__ import annotations

import base64
import os
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, NamedTuple

import psutil

from dateline.events import Feed, FeedPlan, FeedState, encode
from dateline.poller.budget import Budget
from dateline.poller.identity import feed_id
from dateline.poller.queue import PollQueue
from dateline.poller.registry import Registry
from dateline.poller.ring import LEAST_SLOTS, SLOT_BYTES
from dateline.poller.schedule import Polled, next_poll, place_of
from dateline.poller.topics import FEEDS, FEEDS_STATE, PLAN_SUFFIX

from .completeness import SETTINGS, Poller, Score, Stored, judge
from .simulated_web import DAY, HOUR, START, invented_rhythms, real_rhythms, the_web

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dateline.log.port import Record
    from dateline.poller.budget import Solution

    from .simulated_web import SimulatedFeed

FEEDS_SIMULATED, DAYS = 1000, 7
# Articles count as late or on time once their feeds' rates are known; what came in on the last day may still be on its way at the end.
LEARNING_DAYS, LAST_DAYS = 1, 1
# As read by a task when it restores.
BATCH = 2000
# Twice the ten entries of a real feed's document at the median; and what a feed has after months.
TYPICAL_RING, FULL_RING = 20, LEAST_SLOTS

LEAST_COMPLETENESS = 0.999
MOST_DELAY_SHARE = 0.9
MOST_FEED_BYTES = 1500
# The fixed interval is found to the second, and its jitter evens out.
MOST_REQUESTS_SHARE = 1.01


class Row(NamedTuple):
    """A line of the table: what is measured, what is promised of it, what came out, and for comparison at a fixed interval."""

    what: str
    figure: str
    fixed: str = ""
    promised: str = ""
    holds: bool = True


# ── the web ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def simulate(web: list[SimulatedFeed]) -> list[Row]:
    """Poll a web by the schedule, and at one interval with as many requests, whatever publishers ask for."""
    share = len(web) / HOUR
    ours = _score(web, Poller(web, requests_per_second=share, days=DAYS))
    every = round(len(web) * DAYS * DAY / ours.requests)
    # A fixed interval takes the requests it needs; a budget without slack would make its jitter late.
    fixed = _score(web, Poller(web, requests_per_second=2 * share, days=DAYS, every=every))
    return [*_rows_of_reach(ours, fixed), *_rows_of_order(ours, fixed), *_rows_of_requests(ours, fixed)]


def _score(web: list[SimulatedFeed], poller: Poller) -> Score:
    return judge(web, poller.run(), since=START, known=START + LEARNING_DAYS * DAY, until=START + (DAYS - LAST_DAYS) * DAY)


def _rows_of_reach(ours: Score, fixed: Score) -> Iterator[Row]:
    yield Row(
        f"% of {ours.expected} articles that came out",
        f"{100 * ours.completeness():.3f}",
        f"{100 * fixed.completeness():.3f}",
        f">= {100 * LEAST_COMPLETENESS}",
        ours.completeness() >= LEAST_COMPLETENESS,
    )
    for name, average in (("mean", fmean), ("median", median)):
        mine, other = average(ours.delays) / 60, average(fixed.delays) / 60
        promised = f"< {MOST_DELAY_SHARE} x fixed"
        yield Row(f"{name} delay, minutes", f"{mine:.1f}, {mine / other:.2f} x", f"{other:.1f}", promised, mine < MOST_DELAY_SHARE * other)


def _rows_of_order(ours: Score, fixed: Score) -> Iterator[Row]:
    yield Row("revisions", f"{ours.revisions}", f"{fixed.revisions}")
    faults = {
        "articles published twice": (ours.twice, fixed.twice),
        "articles with revisions out of order": (ours.disordered, fixed.disordered),
        "earlier texts published again": (ours.flip_flops, fixed.flip_flops),
        "last texts not published": (ours.stale, fixed.stale),
    }
    for what, (mine, other) in faults.items():
        yield Row(what, f"{mine}", f"{other}", "0", mine == other == 0)


def _rows_of_requests(ours: Score, fixed: Score) -> Iterator[Row]:
    most = MOST_REQUESTS_SHARE * fixed.requests
    yield Row("requests", f"{ours.requests}", f"{fixed.requests}", f"<= {MOST_REQUESTS_SHARE} x fixed", ours.requests <= most)
    within = ours.most_a_minute <= ours.minute_bound
    yield Row("requests in the busiest 60 s", f"{ours.most_a_minute}", f"{fixed.most_a_minute}", f"<= {ours.minute_bound}", within)


# ── a million feeds ──────────────────────────────────────────────────────────────────────────────────────────────────


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


class Weight(NamedTuple):
    """A house of so many feeds: resident bytes of each, and the CPU seconds that restoring a hundred thousand takes."""

    house: House
    feed_bytes: float
    restore_seconds: float


def weigh(count: int, slots: int) -> Weight:
    """Fill a house with so many feeds."""
    house, before, seconds = House(), _resident(), 0.0
    made = records(count, slots)
    while batch := [one for one, _ in zip(made, range(BATCH), strict=False)]:
        began = time.process_time()
        house.restore(batch)
        seconds += time.process_time() - began
        del batch
    return Weight(house, (_resident() - before) / count, seconds / count * 100_000)


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def decide(house: House, solution: Solution, polls: int = 50_000) -> float:
    """Median seconds that polls without news take on a full house: which is due, when next, and what the budget makes of it."""
    now = datetime.fromtimestamp(START + 2 * HOUR, UTC)
    dice, spent = random.Random(4), []
    for _ in range(polls):
        began = time.perf_counter()
        due = house.queue.pop_due(now.timestamp())
        if due is None:
            break
        key = due.feed_id
        feed, state = house.registry.feeds[key], house.registry.state(key)
        before, scale = house.registry.plans[key], solution.scale_seconds
        plan = next_poll(feed, Polled(whole=False), before, state, SETTINGS, scale_seconds=scale, now=now, dice=dice.random())
        house.registry.apply_plan(key, plan)
        house.replan(key, plan)
        spent.append(time.perf_counter() - began)
    return median(spent)


def a_million() -> list[Row]:
    """What a million feeds take in one process; a fresh one, in which nothing that the simulated web has left is used again."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(_rows_of_a_million).result()


def _rows_of_a_million() -> list[Row]:
    million = weigh(1_000_000, TYPICAL_RING)
    full = weigh(100_000, FULL_RING)  # while the million stays, so that nothing it leaves is taken again
    least, most = SETTINGS.min_interval_seconds, SETTINGS.max_interval_seconds
    began = time.process_time()
    solution = million.house.budget.solve(1_000_000 / HOUR, least_seconds=least, most_seconds=most)
    solved = time.process_time() - began
    each, promised = million.feed_bytes, f"<= {MOST_FEED_BYTES}"
    return [
        Row(f"resident bytes a feed, 1,000,000 with rings of {TYPICAL_RING}", f"{each:.0f}", "", promised, each <= MOST_FEED_BYTES),
        Row(f"resident bytes a feed, 100,000 with rings of {FULL_RING}", f"{full.feed_bytes:.0f}"),
        Row("CPU seconds to restore 100,000 of either", f"{million.restore_seconds:.1f}, {full.restore_seconds:.1f}"),
        Row("CPU milliseconds to solve K for 1,000,000", f"{1e3 * solved:.1f}"),
        Row("microseconds a poll decided of 1,000,000", f"{1e6 * decide(million.house, solution):.0f}"),
    ]


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────


def report(folder: Path | None) -> bool:
    """Measure and print everything; returns whether all promises are kept."""
    rhythms = list(real_rhythms(folder)) if folder is not None and folder.is_dir() else []
    named = f"{len(rhythms)} feeds in {folder}" if rhythms else "invented feeds; name a folder of real ones with SAMPLES="
    web = the_web(rhythms or list(invented_rhythms(random.Random(1))), feeds=FEEDS_SIMULATED, days=DAYS, seed=1)
    scopes = len({feed.feed.scope for feed in web})
    print(f"{len(web)} feeds of {scopes} publishers for {DAYS} days, one visit an hour to each on average; rhythms of {named}\n")
    print(f"{'':52}{'promised':>14}{'schedule':>14}{'fixed':>10}")
    broken = []
    for row in (*simulate(web), *a_million()):
        print(f"{row.what:52}{row.promised:>14}{row.figure:>14}{row.fixed:>10}{'' if row.holds else '   BROKEN'}".rstrip())
        broken += [] if row.holds else [row]
    for row in broken:
        print(f"promise broken: {row.what}: {row.figure}, promised {row.promised}", file=sys.stderr)
    return not broken


if __name__ == "__main__":
    sys.exit(0 if report(Path(sys.argv[1]) if len(sys.argv) > 1 else None) else 1)
