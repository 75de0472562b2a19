"""How one budget of requests a second is shared: K of K / √rate, solved over counts of feeds that publish about as much.

A feed's weight is the square root of its rate, in steps, times the factor of its priority: each step of priority halves the interval,
up to three steps either way. Feeds in the same place have the same interval, so that the sum over all is exact.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

# A feed that publishes nothing is visited as if half an entry a day were left of its count: it may begin again.
LEAST_COUNT = 0.5
# Steps of the rate in one octave: 1/8 is a step of 4 % in the interval, less than the jitter.
STEPS = 8
MOST_PRIORITY = 3
_MOST_STEP = 20 * STEPS
# Halvings of the range in which K is looked for: after forty it is known to more digits than a clock has.
_HALVINGS = 40


class Place(NamedTuple):
    """Where the budget counts a feed: by its rate (`step`) and priority, or with the interval that something else decides."""

    priority: int = 0
    step: int = 0
    fixed_seconds: float | None = None


class Solution(NamedTuple):
    """`scale_seconds` is K: the interval of a feed with one entry a day left of its count. `short`: the budget does not do for all."""

    scale_seconds: float
    requests_per_second: float
    short: bool


def place_by_rate(count: float, priority: int) -> Place:
    """The place of a feed with this decayed count of new entries."""
    step = round(STEPS * math.log2(max(count, 0.0) + LEAST_COUNT))
    return _shared(max(-MOST_PRIORITY, min(priority, MOST_PRIORITY)), min(step, _MOST_STEP))


_PLACES: dict[tuple[int, int], Place] = {}


def _shared(priority: int, step: int) -> Place:
    """One object for each place: a million feeds have a few hundred of them."""
    place = _PLACES.get((priority, step))
    if place is None:
        place = _PLACES[priority, step] = Place(priority, step)
    return place


def weight(place: Place) -> float:
    """What K is divided by."""
    return float(2.0 ** (place.step / (2 * STEPS) + place.priority))


class Budget:
    """Counts of feeds by place; solving costs what the places do, not the feeds."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}
        self._counts: Counter[Place] = Counter()
        self._fixed_per_second = 0.0

    def put(self, feed_id: str, place: Place | None) -> None:
        """Count a feed in its place, in place of where it was; None counts it nowhere (paused, failing, gone)."""
        old = self._places.pop(feed_id, None)
        if old is not None:
            self._count(old, -1)
        if place is not None:
            self._places[feed_id] = place
            self._count(place, 1)

    def _count(self, place: Place, change: int) -> None:
        if place.fixed_seconds is not None:
            self._fixed_per_second += change / place.fixed_seconds
            return
        self._counts[place] += change
        if not self._counts[place]:
            del self._counts[place]

    def solve(self, requests_per_second: float, *, least_seconds: float, most_seconds: float) -> Solution:
        """K such that all feeds together take `requests_per_second`, each at an interval within the two bounds."""
        weights = [(weight(place), count) for place, count in self._counts.items()]
        fixed = max(self._fixed_per_second, 0.0)
        if not weights:
            return Solution(least_seconds, fixed, short=fixed > requests_per_second)

        def load(scale: float) -> float:
            return fixed + sum(count / min(max(scale / heavy, least_seconds), most_seconds) for heavy, count in weights)

        low = least_seconds * min(heavy for heavy, _ in weights)
        high = most_seconds * max(heavy for heavy, _ in weights)
        if load(low) <= requests_per_second:
            return Solution(low, load(low), short=False)
        if load(high) > requests_per_second:
            return Solution(high, load(high), short=True)
        for _ in range(_HALVINGS):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if load(middle) > requests_per_second else (low, middle)
        return Solution(high, load(high), short=False)


class Allowance:
    """Requests one after another at a rate, never more in a minute than its share and `BURST_SECONDS` of it.

    Times are those of one clock that only goes forward, in seconds.
    """

    # As late as a busy loop wakes up; what is not used within it is lost.
    BURST_SECONDS = 0.05

    def __init__(self, requests_per_second: float) -> None:
        self._spacing_seconds = 1.0 / requests_per_second
        self._next = -math.inf

    def wait_seconds(self, now: float) -> float:
        """How long the next request has to wait; 0 when it may start."""
        return max(self._next - now, 0.0)

    def take(self, now: float) -> None:
        """Note that a request starts."""
        self._next = max(self._next, now - self.BURST_SECONDS) + self._spacing_seconds
