"""When a silence is longer than a feed's own rhythm makes likely, and how a feed is doing in one word.

The rhythm counts visits with news in the 28 blocks of six hours of a week, one byte each. Visits and not entries, so that ten
entries at once are one sign of life. Once sixty days are counted, all counts are halved and so is the time they stand for.
"""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dateline.events import Feed, FeedPlan, FeedState

BLOCK_SECONDS = 6 * 3600
BLOCKS = 28
WEEK_SECONDS = BLOCKS * BLOCK_SECONDS
# Counts are on average about thirty days old or less: a newsroom changes its habits with the season.
_FULL_SECONDS = 60 * 86_400
# A silence is remarkable when the rhythm would bring none like it in a thousand.
UNLIKELY = 0.001
_EXPECTED = -math.log(UNLIKELY)
# Less says nothing about a rhythm: two weeks, so that each block was met twice, and signs of life on ten visits.
LEAST_SECONDS = 2 * WEEK_SECONDS
LEAST_VISITS = 10
_MOST = 255
# 1970 began on a Thursday.
_MONDAY = 4 * 86_400


class FeedHealth(NamedTuple):
    """How a feed is doing, and since when, Unix seconds; null where that is not known."""

    state: Literal["new", "polled", "quiet", "failing", "retired", "paused"]
    since: int | None


def health(feed: Feed, state: FeedState | None, plan: FeedPlan | None, *, now: float) -> FeedHealth:
    """The state of a feed for lists and counts; `now` in Unix seconds."""
    if feed.paused:
        return FeedHealth("paused", None)
    if plan is None:
        return FeedHealth("new", int(feed.added_at.timestamp()))
    if plan.rule == "gone":
        return FeedHealth("retired", plan.last)
    if plan.errors:
        return FeedHealth("failing", None)
    if state is not None and quiet(state, now):
        return FeedHealth("quiet", state.newest)
    return FeedHealth("polled", plan.last)


def quiet(state: FeedState, now: float) -> bool:
    """Whether nothing new has come for longer than this feed's rhythm makes likely (p < .001, Poisson by hour of the week).

    Never true of a feed with less than two weeks or ten visits of history, or whose rhythm cannot be read.
    """
    counts = _unpacked(state.rhythm)
    heard_seconds = state.newest - state.rhythm_since
    if counts is None or not state.newest or heard_seconds < LEAST_SECONDS or sum(counts) < LEAST_VISITS:
        return False
    return _expected(counts, heard_seconds, state.newest, now) > _EXPECTED


def first_rhythm(dates: Iterable[int], *, now: int) -> tuple[str, int]:
    """The rhythm of a feed met for the first time, from its entries' dates (Unix seconds, past), and since when it counts."""
    known = sorted({date // 3600 for date in dates})
    counts = [0] * BLOCKS
    for hour in known:
        block = _block(hour * 3600)
        counts[block] = min(counts[block] + 1, _MOST)
    return _packed(counts), known[0] * 3600 if known else now


def with_news(rhythm: str, since: int, *, now: int) -> tuple[str, int]:
    """The rhythm after a visit that brought news, and since when it counts."""
    counts = _unpacked(rhythm)
    if counts is None:
        counts, since = [0] * BLOCKS, now
    block = _block(now)
    counts[block] = min(counts[block] + 1, _MOST)
    while now - since >= _FULL_SECONDS:
        counts = [count // 2 for count in counts]
        since = now - (now - since) // 2
    return _packed(counts), since


def _expected(counts: list[int], heard_seconds: float, start: float, end: float) -> float:
    """How many visits with news the rhythm brings between two times."""
    weeks, rest = divmod(max(end - start, 0.0), WEEK_SECONDS)
    met = weeks * sum(counts)
    at, left = start, rest
    while left > 0:
        piece = min(left, BLOCK_SECONDS - (at - _MONDAY) % BLOCK_SECONDS)
        met += counts[_block(at)] * piece / BLOCK_SECONDS
        at, left = at + piece, left - piece
    return met * WEEK_SECONDS / heard_seconds


def _block(moment: float) -> int:
    return int((moment - _MONDAY) % WEEK_SECONDS // BLOCK_SECONDS)


def _packed(counts: list[int]) -> str:
    return base64.b85encode(bytes(counts)).decode()


def _unpacked(rhythm: str) -> list[int] | None:
    try:
        counts = list(base64.b85decode(rhythm))
    except ValueError:
        return None
    return counts if len(counts) == BLOCKS else None
