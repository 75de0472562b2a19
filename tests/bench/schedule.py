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
from datetime import UTC, datetime, timedelta
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


class Promise(NamedTuple):
    """What is promised, the bound and the figure as shown, and whether it holds."""

    what: str
    bound: str
    figure: str
    holds: bool


# ── the web ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def simulate(web: list[SimulatedFeed]) -> list[Promise]:
    """Poll a web by the schedule and at one interval; print what each achieved, return what is promised of it."""
    share = len(web) / HOUR
    ours = _score(web, Poller(web, requests_per_second=share, days=DAYS))
    every = round(len(web) * DAYS * DAY / ours.requests)
    # A fixed interval takes the requests it needs; a budget without slack would make its jitter late.
    fixed = _score(web, Poller(web, requests_per_second=2 * share, days=DAYS, every=every))
    print(f"{'':24}requests  most a minute  articles   complete  revisions  minutes' delay: median    mean")
    for name, score in (("schedule", ours), (f"every {every} s", fixed)):
        print(
            f"{name:22}{score.requests:10}{score.most_a_minute:15}{score.expected:10}{100 * score.completeness():10.3f} %"
            f"{score.revisions:11}{median(score.delays) / 60:24.1f}{fmean(score.delays) / 60:8.1f}"
        )
    return list(_promises(ours, fixed))


def _score(web: list[SimulatedFeed], poller: Poller) -> Score:
    return judge(web, poller.run(), since=START, known=START + LEARNING_DAYS * DAY, until=START + (DAYS - LAST_DAYS) * DAY)


def _promises(ours: Score, fixed: Score) -> Iterator[Promise]:
    complete, most = ours.completeness(), f"< {MOST_DELAY_SHARE}"
    yield Promise(
        "share of articles that come out",
        f">= {100 * LEAST_COMPLETENESS} %",
        f"{100 * complete:.3f} % ({ours.missing} of {ours.expected} missing)",
        complete >= LEAST_COMPLETENESS,
    )
    for what, average in (("mean", fmean), ("median", median)):
        ratio = average(ours.delays) / average(fixed.delays)
        yield Promise(f"{what} delay against a fixed interval", most, f"{ratio:.2f}", ratio < MOST_DELAY_SHARE)
    requests = ours.requests / fixed.requests
    yield Promise("requests against a fixed interval", "<= 1.01", f"{requests:.3f}", requests <= 1.01)
    wrong = {
        "articles published twice": ours.twice,
        "articles with revisions out of order": ours.disordered,
        "earlier texts published again": ours.flip_flops,
        "last texts not published": ours.stale,
    }
    for what, count in wrong.items():
        yield Promise(what, "0", f"{count}", count == 0)
    yield Promise("most requests in any 60 s", f"<= {ours.minute_bound}", f"{ours.most_a_minute}", ours.most_a_minute <= ours.minute_bound)


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


def weigh(count: int, slots: int) -> tuple[House, float]:
    """A house filled with so many feeds, and the resident bytes that each takes; prints them, and how long reading them took."""
    house, before, seconds = House(), _resident(), 0.0
    made = records(count, slots)
    while batch := [one for one, _ in zip(made, range(BATCH), strict=False)]:
        began = time.process_time()
        house.restore(batch)
        seconds += time.process_time() - began
        del batch
    each = (_resident() - before) / count
    print(
        f"{count} feeds with rings of {slots}: {each:.0f} resident bytes a feed, "
        f"{seconds / count * 100_000:.1f} s of CPU to restore 100,000"
    )
    return house, each


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


def a_million() -> Promise:
    """Measure what a million feeds take; returns what is promised of it."""
    house, each = weigh(1_000_000, TYPICAL_RING)
    weigh(100_000, FULL_RING)  # while the million stays, so that nothing it leaves is taken again
    decide(house)
    return Promise("resident bytes a feed, of a million", f"<= {MOST_FEED_BYTES}", f"{each:.0f}", each <= MOST_FEED_BYTES)


def report(folder: Path | None) -> bool:
    """Measure and print everything; returns whether all promises hold."""
    rhythms = list(real_rhythms(folder)) if folder is not None and folder.is_dir() else []
    named = f"{len(rhythms)} feeds in {folder}" if rhythms else "invented feeds; name a folder of real ones with SAMPLES="
    web = the_web(rhythms or list(invented_rhythms(random.Random(1))), feeds=FEEDS_SIMULATED, days=DAYS, seed=1)
    scopes = len({feed.feed.scope for feed in web})
    print(f"{len(web)} feeds of {scopes} publishers for {DAYS} days, one visit an hour to each on average; rhythms of {named}\n")
    promises = simulate(web)
    print()
    promises.append(a_million())
    print(f"\n{'promised':40}{'bound':>12}   measured")
    for promise in promises:
        print(f"{promise.what:40}{promise.bound:>12}   {promise.figure}{'' if promise.holds else '   BROKEN'}")
    for broken in (promise for promise in promises if not promise.holds):
        print(f"{broken.what}: {broken.figure} where {broken.bound} is promised", file=sys.stderr)
    return all(promise.holds for promise in promises)


if __name__ == "__main__":
    sys.exit(0 if report(Path(sys.argv[1]) if len(sys.argv) > 1 else None) else 1)
