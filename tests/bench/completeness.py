"""The poller's decisions on a simulated web: which articles come out, how often, in which order and how late.

The steps are PollTask's (poller/service.py), with the network, the broker and the clock taken out: feeds fall due, are visited
within the budget, and finished visits are decided and committed by one writer. Now and then the poller dies in the middle of it and
another one restores what is on the log.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import defaultdict, deque
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from dateline.events import Http, RawArticle, decode, encode
from dateline.poller.budget import Allowance, Budget
from dateline.poller.decide import Validators
from dateline.poller.pending import Pending, Read, Visit, decide_visit
from dateline.poller.queue import PollQueue
from dateline.poller.registry import Registry
from dateline.poller.schedule import Failed, Polled, asks_whole_body, place_of, resume
from dateline.poller.topics import FEEDS, FEEDS_STATE, RAW
from dateline.settings import PollerSettings

from .simulated_web import DAY, HOUR, START, told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dateline.log.port import Record

    from .simulated_web import SimulatedFeed

SETTINGS = PollerSettings()
# As PollTask has it: K is solved anew every minute, and results without articles wait a second for company.
SOLVE_SECONDS, GATHER_SECONDS = 60.0, 1.0
# A visit takes a third of a second at the median, and one in a hundred ten.
MEDIAN_VISIT_SECONDS, VISIT_SIGMA = 0.33, 1.5
# How often the poller dies, and how long until another has its lease and the state.
LIFE_SECONDS, TAKEOVER_SECONDS = 9.7 * HOUR, 20.0
MINUTE_SECONDS = 60.0


class Stored(NamedTuple):
    """A record as it stands on the log."""

    topic: str
    offset: int
    timestamp: int
    key: bytes
    value: bytes | None
    partition: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


class Published(NamedTuple):
    """One record of articles.raw: which text of an article, under which id and revision, and when it was committed."""

    id: str
    revision: int
    text: int
    at: float


class Run(NamedTuple):
    """What one poller did: the records of each article in order, when it asked (sorted), and its share of the budget.

    `stale` are articles whose last published text is not the one that their feed served last.
    """

    published: dict[int, list[Published]]
    asked_at: list[float]
    requests_per_second: float
    stale: int


class Poller:
    """Polls all feeds of a web for some days; `every` makes all intervals fixed. Seconds are Unix seconds of the simulated web."""

    def __init__(self, web: list[SimulatedFeed], *, requests_per_second: float, days: int, every: int | None = None, seed: int = 2) -> None:
        self._web = {one.feed.id: one for one in web}
        self._dice = random.Random(seed)
        self._share, self._end = requests_per_second, float(START + days * DAY)
        feeds = (replace(one.feed, every=every) for one in web)
        # What is on the log, compacted.
        self._log = {(FEEDS, feed.id.encode()): encode(feed) for feed in feeds}
        self._asked_at: list[float] = []
        self._published: defaultdict[int, list[Published]] = defaultdict(list)
        # Which text of an article the feed that owns it served last.
        self._owners: dict[int, str] = {}
        self._served: dict[int, int] = {}
        self._scale_seconds, self._solved_at = SETTINGS.min_interval_seconds, -math.inf
        self._commit_at = self._dies_at = math.inf
        self._start(float(START))

    def run(self) -> Run:
        """Everything until the end, and then every feed once more, so that nothing that is still on show counts as missing."""
        while (moment := min(self._next_visit(), self._next_result(), self._commit_at, self._dies_at)) < self._end:
            self._now = moment
            if moment == self._dies_at:
                self._start(moment + TAKEOVER_SECONDS)
            elif moment == self._commit_at:
                self._commit()
            elif moment == self._next_result():
                self._gather(heapq.heappop(self._in_flight)[2])
            else:
                self._dispatch()
        asked = list(self._asked_at)
        self._sweep()
        stale = sum(self._published[number][-1].text != text for number, text in self._served.items())
        return Run(dict(self._published), asked, self._share, stale)

    def _start(self, now: float) -> None:
        """A fresh process: everything but the log is gone."""
        self._now, self._dies_at = now, now + LIFE_SECONDS
        self._registry, self._queue, self._budget, self._allowance = Registry(), PollQueue(), Budget(), Allowance(self._share)
        self._polling: set[str] = set()
        self._in_flight: list[tuple[float, int, Visit]] = []
        self._pending, self._ended, self._commit_at = Pending(), list[Visit](), math.inf
        for topic in (FEEDS, FEEDS_STATE):
            self._registry.apply(topic, _records(topic, self._log))
        moment, plans = datetime.fromtimestamp(now, UTC), self._registry.plans
        overdue = sum(key not in plans or plans[key].next <= now for key in self._web)
        for key, feed in self._registry.feeds.items():
            plan = plans.get(key)
            self._budget.put(key, place_of(feed, self._registry.state(key), plan, now=now))
            due = resume(plan, now=moment, overdue=overdue, requests_per_second=self._share, dice=self._dice.random())
            self._queue.push(key, due, feed.priority)

    def _next_visit(self) -> float:
        due = self._queue.next_due()
        return math.inf if due is None else max(due, self._now + self._allowance.wait_seconds(self._now))

    def _next_result(self) -> float:
        return self._in_flight[0][0] if self._in_flight else math.inf

    def _dispatch(self) -> None:
        due = self._queue.pop_due(self._now)
        if due is None or due.feed_id in self._polling:
            return
        key = due.feed_id
        self._allowance.take(self._now)
        self._asked_at.append(self._now)
        self._polling.add(key)
        visit = self._visit(key)
        heapq.heappush(self._in_flight, (visit.at.timestamp(), len(self._asked_at), visit))

    def _visit(self, key: str) -> Visit:
        """What a feed answers now; the answer comes a little later."""
        served, feed, state = self._web[key], self._registry.feeds[key], self._registry.state(key)
        at = datetime.fromtimestamp(self._now + self._dice.lognormvariate(math.log(MEDIAN_VISIT_SECONDS), VISIT_SIGMA), UTC)
        if served.is_away(self._now):
            return Visit(feed, Failed("the host is away", kind="connect"), None, at)
        unconditional = asks_whole_body(state, self._registry.plans.get(key), now=self._now)
        version = str(served.version(self._now))
        if state.etag == version and not unconditional:
            return Visit(feed, Polled(whole=False), None, at)
        http = Http(status=200, url=feed.url, content_type="application/rss+xml")
        read = None if state.etag == version else Read(served.document(self._now), http, Validators(version, None, version))
        return Visit(feed, Polled(), read, at, unconditional=unconditional)

    def _gather(self, visit: Visit) -> None:
        """Decide a finished visit; the transaction waits a second, or not at all once it has articles."""
        if self._now >= self._solved_at + SOLVE_SECONDS:
            self._solve()
        scale, dice = self._scale_seconds, self._dice.random()
        decide_visit(visit, self._registry, self._pending, SETTINGS, scale_seconds=scale, dice=dice, partition=0)
        self._ended.append(visit)
        self._commit_at = self._now if self._pending.articles else min(self._commit_at, self._now + GATHER_SECONDS)

    def _solve(self) -> None:
        least, most = SETTINGS.min_interval_seconds, SETTINGS.max_interval_seconds
        self._scale_seconds = self._budget.solve(self._share, least_seconds=least, most_seconds=most).scale_seconds
        self._solved_at = self._now

    def _commit(self) -> None:
        for output in self._pending.outputs:
            if output.topic == FEEDS_STATE:
                self._log[FEEDS_STATE, output.key or b""] = output.value or b""
            elif output.topic == RAW:
                self._note(decode(output.value or b"", RawArticle))
        for key, state in self._pending.states.items():
            self._registry.apply_state(key, state)
        for key, plan in self._pending.plans.items():
            self._registry.apply_plan(key, plan)
        for visit in self._ended:
            self._note_served(visit)
            self._polling.discard(visit.feed.id)
            self._requeue(visit.feed.id)
        self._pending, self._ended, self._commit_at = Pending(), [], math.inf

    def _requeue(self, key: str) -> None:
        feed, plan = self._registry.feeds[key], self._registry.plans[key]
        self._budget.put(key, place_of(feed, self._registry.state(key), plan, now=self._now))
        self._queue.push(key, max(self._now, plan.next), feed.priority)

    def _note(self, article: RawArticle) -> None:
        number, text = told(article)
        self._published[number].append(Published(article.id, article.revision.number, text, self._now))
        self._owners[number] = article.feed.id

    def _note_served(self, visit: Visit) -> None:
        for parsed in visit.read.document.entries if visit.read else ():
            number = parsed.entry.extensions["story"]
            if self._owners.get(number) == visit.feed.id:
                self._served[number] = parsed.entry.extensions["text"]

    def _sweep(self) -> None:
        """Every feed once more when the time is up, also those that are being visited."""
        self._start(self._end)
        for key in self._web:
            visit = self._visit(key)
            self._gather(visit._replace(at=datetime.fromtimestamp(self._end, UTC)))
            self._commit()


def _records(topic: str, log: dict[tuple[str, bytes], bytes]) -> Iterable[Record]:
    for offset, ((held_in, key), value) in enumerate(log.items()):
        if held_in == topic:
            yield Stored(topic, offset, START * 1000, key, value)


# ── what came of it ──────────────────────────────────────────────────────────────────────────────────────────────────


class Score(NamedTuple):
    """How well a poller did. `expected` are articles that could be had, `delays` seconds from then until they were published.

    `twice` are records too many of a first text, `disordered` articles whose revisions do not count up from 0 one by one under one
    id, `flip_flops` records of a text that is not later than the one before, `stale` articles whose feed served a text last that was
    not published last. `most_a_minute` are requests in any 60 s, of which `minute_bound` are the most that the budget grants.
    """

    expected: int
    missing: int
    twice: int
    disordered: int
    flip_flops: int
    stale: int
    revisions: int
    delays: list[float]
    requests: int
    most_a_minute: int
    minute_bound: int

    def completeness(self) -> float:
        """The share of expected articles that were published."""
        return 1.0 - self.missing / self.expected


def judge(web: list[SimulatedFeed], run: Run, *, since: float, known: float, until: float, least_seconds: float = 0.0) -> Score:
    """The score for articles that could be had first between `since` and `until`; those before `known` do not count as late.

    Those that could be had for no longer than `least_seconds` at a time are not expected. What was published of other articles counts
    too, where it is wrong. Unix seconds.
    """
    expected = {number: at for number, at in _expected(web, least_seconds).items() if since < at < until}
    reached = {number: run.published[number][0].at - at for number, at in expected.items() if number in run.published}
    records = run.published.values()
    return Score(
        expected=len(expected),
        missing=len(expected) - len(reached),
        twice=sum(_too_many(told) for told in records),
        disordered=sum(not _is_ordered(told) for told in records),
        flip_flops=sum(later.text <= one.text for told in records for one, later in pairwise(told)),
        stale=run.stale,
        revisions=sum(len(told) - 1 for told in records),
        delays=[delay for number, delay in reached.items() if expected[number] >= known],
        requests=len(run.asked_at),
        most_a_minute=most_within(run.asked_at, MINUTE_SECONDS),
        minute_bound=minute_bound(run.requests_per_second),
    )


def minute_bound(requests_per_second: float) -> int:
    """The most requests that the budget lets start within 60 s.

    The first one, and as many as fit at the budget's spacing into the minute and the burst, which is what was not used shortly before.
    A poller that dies and is followed within less than the spacing may start one more.
    """
    return 1 + math.floor(requests_per_second * (MINUTE_SECONDS + Allowance.BURST_SECONDS))


def most_within(moments: Iterable[float], seconds: float) -> int:
    """The most of these sorted moments that lie in a window of so many seconds, its end left out."""
    most, window = 0, deque[float]()
    for moment in moments:
        window.append(moment)
        while window[0] <= moment - seconds:
            window.popleft()
        most = max(most, len(window))
    return most


def _too_many(told: list[Published]) -> int:
    return max(0, sum(one.revision == 0 for one in told) - 1)


def _is_ordered(told: list[Published]) -> bool:
    return [one.revision for one in told] == list(range(len(told))) and len({one.id for one in told}) == 1


def _expected(web: list[SimulatedFeed], least_seconds: float) -> dict[int, int]:
    """When each article could be had first, in whichever feed and for more than so many seconds."""
    expected: dict[int, int] = {}
    for feed in web:
        for place, article in enumerate(feed.articles):
            for begin, end in feed.could_be_had(place):
                if end - begin > least_seconds:
                    expected[article.number] = min(begin, expected.get(article.number, begin))
    return expected
