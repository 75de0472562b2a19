"""A web of news feeds that is a pure function of time: what each feed serves at a moment, and from when on an article could be had.

Publication times repeat those of real documents by their hour of the week, or invented ones where there are none. On top come
bursts, outages, documents that show so many entries and no more, publishers whose feeds share articles, corrections, guids that
change, and feeds that are cut for a day. All times are whole Unix seconds.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from datetime import UTC, datetime
from itertools import count, cycle, islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from tests.plain import plain_entry

from dateline.errors import NotAFeed
from dateline.events import Feed, FeedHints
from dateline.poller.document import Document, ParsedEntry
from dateline.poller.identity import feed_id
from dateline.poller.read import read_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from dateline.events import RawArticle

HOUR, DAY, WEEK = 3600, 86_400, 7 * 86_400
# A Monday, so that hours of the week stay what they are.
START = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())
# 1970 began on a Thursday.
_FIRST_MONDAY = 4 * DAY
# Fewer dates say nothing about a rhythm.
LEAST_DATES = 10
INVENTED_RHYTHMS = 100
# How many feeds a publisher has, and how often.
FEEDS_OF_A_PUBLISHER, PUBLISHERS_WITH_THEM = (1, 2, 3, 5), (70, 15, 10, 5)
# What goes wrong once in a run, and for how many feeds; how many give no dates.
BURSTING, AWAY, CUT, ROTATING, UNDATED = 0.1, 0.2, 0.1, 0.1, 0.1
# Articles that are corrected at least once; each correction is followed by another as often.
CORRECTED = 0.15

Guids = Literal["address", "number", "changing", "none"]


class Rhythm(NamedTuple):
    """When a feed publishes (sorted), how many entries its document shows, and how often it asks to be visited."""

    times: list[int]
    window: int
    hints: FeedHints | None = None


class Article(NamedTuple):
    """A story of the simulated web and when its text was corrected, sorted."""

    number: int
    corrected: tuple[int, ...]

    def text(self, now: float) -> int:
        """Which text it has, from 0."""
        return bisect_right(self.corrected, now)


class Cut(NamedTuple):
    """From when to when a document shows only its `left` newest entries, and whether a parser sees that it is cut off."""

    begin: int
    end: int
    left: int
    flagged: bool


class Habits(NamedTuple):
    """How a feed writes its entries: what its guids are made of, when they all change (null: never), and whether it gives dates."""

    guids: Guids
    rotated_at: int | None
    dated: bool


class SimulatedFeed:
    """One feed: `at` and `articles` say when which article came in, sorted; `away` when it cannot be reached, from and to."""

    def __init__(
        self,
        feed: Feed,
        rhythm: Rhythm,
        showings: Sequence[tuple[int, Article]],
        *,
        away: tuple[int, int] | None,
        cut: Cut | None,
        habits: Habits,
    ) -> None:
        self.feed, self.window, self._hints = feed, rhythm.window, rhythm.hints
        self.at = [at for at, _ in showings]
        self.articles = [article for _, article in showings]
        self._away, self._cut, self._habits = away, cut, habits
        odd = {habits.rotated_at or 0, *(cut[:2] if cut else ())}
        self._changes = sorted({*self.at, *odd, *(moment for article in self.articles for moment in article.corrected)})

    def is_away(self, now: float) -> bool:
        """Whether nobody answers."""
        return self._away is not None and self._away[0] <= now < self._away[1]

    def version(self, now: float) -> int:
        """A number that changes with the document."""
        return bisect_right(self._changes, now)

    def on_show(self, now: float) -> list[Article]:
        """The articles of the document, newest first."""
        end = bisect_right(self.at, now)
        return self.articles[max(0, end - self._shows(now)) : end][::-1]

    def document(self, now: float) -> Document:
        """What it serves."""
        cut_off = self._is_cut(now) and self._cut is not None and self._cut.flagged
        begin = max(0, bisect_right(self.at, now) - self._shows(now))
        dates = self.at[begin : begin + self.window][::-1]
        return Document(
            format="rss20",
            title=self.feed.title,
            link=f"https://{self.feed.scope}/",
            language="en",
            encoding="utf-8",
            entries=tuple(self._entry(*shown, now) for shown in zip(count(), self.on_show(now), dates, strict=False)),
            hints=self._hints,
            flags=("cut_off",) if cut_off else (),
        )

    def could_be_had(self, place: int) -> Iterator[tuple[int, float]]:
        """From when to when the article at a place of `articles` was on show and the feed answered, from `START` on."""
        last = place + self.window
        begin, end = max(self.at[place], START), self.at[last] if last < len(self.at) else math.inf
        for hidden_from, hidden_to in sorted(self._hidden(place)):
            if begin < min(hidden_from, end):
                yield begin, min(hidden_from, end)
            begin = max(begin, hidden_to)
        if begin < end:
            yield begin, end

    def _hidden(self, place: int) -> Iterator[tuple[int, int]]:
        """When an article cannot be seen although the full document would show it."""
        if self._away is not None:
            yield self._away
        if self._cut is not None:
            below = place + self._cut.left
            if below < len(self.at) and self.at[below] < self._cut.end:
                yield max(self._cut.begin, self.at[below]), self._cut.end

    def _is_cut(self, now: float) -> bool:
        return self._cut is not None and self._cut.begin <= now < self._cut.end

    def _shows(self, now: float) -> int:
        return min(self._cut.left, self.window) if self._cut is not None and self._is_cut(now) else self.window

    def _entry(self, position: int, article: Article, at: int, now: float) -> ParsedEntry:
        text, published_at = article.text(now), datetime.fromtimestamp(at, UTC) if self._habits.dated else None
        entry = plain_entry(
            guid=self._guid(article, text, now),
            guid_is_permalink=False,
            link=self._link(article),
            title=f"Story {article.number}",
            summary=f"What {self.feed.title} says of story {article.number}, text {text}.",
            published_raw=published_at.isoformat() if published_at else None,
            position=position,
            extensions={"story": article.number, "text": text},
        )
        precision: Literal["second"] | None = "second" if published_at else None
        return ParsedEntry(entry=entry, published_at=published_at, published_precision=precision, updated_at=None)

    def _link(self, article: Article) -> str:
        """The same article in every feed of its publisher; only the first feed writes it without saying how the reader came."""
        link = f"https://www.{self.feed.scope}/story/{article.number}"
        return link if self.feed.title == "section-0" else f"{link}?utm_source={self.feed.title}"

    def _guid(self, article: Article, text: int, now: float) -> str | None:
        rotated = self._habits.rotated_at is not None and now >= self._habits.rotated_at
        suffix = "-moved" if rotated else ""
        match self._habits.guids:
            case "address":
                return f"https://{self.feed.scope}/?p={article.number}{suffix}"
            case "number":
                return f"{article.number}{suffix}"
            case "changing":
                return f"{article.number}-{text}{suffix}"
            case "none":
                return None


def told(article: RawArticle) -> tuple[int, int]:
    """Which article of the simulated web was published, and which text of it."""
    return article.entry.extensions["story"], article.entry.extensions["text"]


# ── rhythms ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def real_rhythms(folder: Path) -> Iterator[Rhythm]:
    """Publication times, document lengths and hints of real feeds; those that give days without hours are left out."""
    now = datetime.now(UTC)
    for path in sorted(folder.iterdir()):
        try:
            document = read_document(path.read_bytes(), url="https://publisher.example/", content_type=None, now=now)
        except (NotAFeed, OSError):
            continue
        exact = {parsed.published_at for parsed in document.entries if parsed.published_at and parsed.published_precision != "day"}
        times = sorted(int(time.timestamp()) for time in exact)
        if len(times) >= LEAST_DATES and times[-1] - times[0] >= 6 * HOUR and sum(not moment % DAY for moment in times) < len(times) / 2:
            yield Rhythm(times, len(document.entries), document.hints)


def invented_rhythms(dice: random.Random) -> Iterator[Rhythm]:
    """Feeds from one entry a week to hundreds a day, by day more than by night and on Sundays less."""
    for _ in range(INVENTED_RHYTHMS):
        a_day, moment = min(dice.lognormvariate(1.0, 1.5), 400.0), float(START)
        times: list[int] = []
        while len(times) < 2 * LEAST_DATES or (moment < START + 2 * WEEK and len(times) < 3000):
            moment += dice.expovariate(a_day / DAY)
            asleep = moment % DAY < 6 * HOUR or moment // DAY % 7 == 3
            if not asleep or dice.random() < 0.2:
                times.append(int(moment))
        hints = FeedHints(sy_seconds=HOUR) if dice.random() < 0.2 else None
        yield Rhythm(times, dice.choice((10, 10, 10, 15, 20, 25, 30, 50, 100)), hints)


# ── the web ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def the_web(rhythms: Iterable[Rhythm], *, feeds: int, days: int, seed: int, trouble: float = 1.0) -> list[SimulatedFeed]:
    """So many feeds that publish from `START` on for so many days, each rhythm used as often as the others.

    With more `trouble`, more feeds have bursts, outages, cuts and new guids: the shares above times this.
    """
    dice, end = _Dice(seed, trouble), START + days * DAY
    publishers = (_publisher(number, rhythm, end, dice) for number, rhythm in enumerate(cycle(rhythms)))
    return list(islice((feed for publisher in publishers for feed in publisher), feeds))


class _Dice(random.Random):
    """Dice that know how much trouble is wanted."""

    def __init__(self, seed: int, trouble: float) -> None:
        super().__init__(seed)
        self._trouble = trouble

    def strikes(self, share: float) -> bool:
        """Whether a feed has a trouble that such a share of feeds has."""
        return self.random() < share * self._trouble


def _publisher(number: int, rhythm: Rhythm, end: int, dice: _Dice) -> Iterator[SimulatedFeed]:
    """The feeds of one scope: the first has every article, the others share some of them, a little later."""
    times = sorted({*_repeated(rhythm, end, dice), *_burst(rhythm.window, end, dice)})
    articles = [(at, Article(number * 1_000_000 + place, tuple(_corrections(at, dice)))) for place, at in enumerate(times)]
    for section in range(dice.choices(FEEDS_OF_A_PUBLISHER, PUBLISHERS_WITH_THEM)[0]):
        url, scope = f"https://www.publisher-{number}.example/{section}/rss", f"publisher-{number}.example"
        feed = Feed(id=feed_id(url), url=url, scope=scope, title=f"section-{section}", added_at=datetime.fromtimestamp(START, UTC))
        chosen = articles if not section else [(at + dice.randrange(0, 1200), one) for at, one in articles if dice.random() < 0.4]
        yield SimulatedFeed(feed, rhythm, sorted(chosen), away=_outage(end, dice), cut=_cut(end, dice), habits=_habits(end, dice))


def _repeated(rhythm: Rhythm, end: int, dice: _Dice) -> Iterator[int]:
    """The same weeks (or days, of a document that holds less than a week) again and again, begun early enough to fill the document."""
    first, last = rhythm.times[0], rhythm.times[-1]
    unit = WEEK if last - first >= WEEK else DAY
    period = math.ceil((last - first + 1) / unit) * unit
    aligned = first - (first - _FIRST_MONDAY) % unit
    shift = dice.randrange(-HOUR // 2, HOUR // 2) - dice.randrange(0, period, unit)
    begin = START - period * (1 + math.ceil(rhythm.window / len(rhythm.times)))
    moments = [base + moment - aligned + shift for base in range(begin, end + period, period) for moment in rhythm.times]
    earlier = sorted(moment for moment in moments if moment < START)
    yield from earlier[-rhythm.window :]
    yield from (moment for moment in moments if START <= moment < end)


def _burst(window: int, end: int, dice: _Dice) -> Iterator[int]:
    """Now and then an hour with as many entries as a document holds."""
    begin = dice.randrange(START, end)
    if dice.strikes(BURSTING):
        yield from (begin + dice.randrange(HOUR) for _ in range(window))


def _corrections(at: int, dice: _Dice) -> Iterator[int]:
    while dice.random() < CORRECTED:
        at += 60 + int(dice.expovariate(1 / (2 * HOUR)))
        yield at


def _outage(end: int, dice: _Dice) -> tuple[int, int] | None:
    """For one to six hours."""
    begin = dice.randrange(START, end)
    return (begin, begin + dice.randrange(HOUR, 6 * HOUR)) if dice.strikes(AWAY) else None


def _cut(end: int, dice: _Dice) -> Cut | None:
    """For up to a day."""
    begin = dice.randrange(START + HOUR, end)
    length = dice.randrange(DAY // 4, DAY + 1)
    return Cut(begin, begin + length, dice.choice((0, 1, 3, 5)), flagged=dice.random() < 0.5) if dice.strikes(CUT) else None


def _habits(end: int, dice: _Dice) -> Habits:
    guids: Guids = dice.choices(("address", "number", "changing", "none"), (60, 25, 5, 10))[0]
    return Habits(guids, dice.randrange(START, end) if dice.strikes(ROTATING) else None, dated=dice.random() >= UNDATED)
