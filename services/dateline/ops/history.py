"""The last hour in numbers: a ring of points made of what is counted anyway, ten seconds apart."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from dateline.ops.metrics import bucket_counts

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

__all__ = ["RATES", "STEP_SECONDS", "History", "Rates", "quantile"]

STEP_SECONDS = 10.0
POINTS = 360

# What is shown as a rate, each by the counters that it is made of.
RATES = {
    "polls_per_second": ("dateline_poller_fetches_total",),
    "articles_per_second": tuple(f"dateline_poller_entries_total{{{outcome}}}" for outcome in ("published", "revised")),
    "enriched_per_second": ("dateline_enricher_articles_total{enriched}",),
    "events_per_second": tuple(f"dateline_sink_events_total{{{role}}}" for role in ("first", "duplicate", "excerpt", "revision")),
    "dead_letters_per_second": ("dateline_dead_letters_total",),
}
_DELAYS = {"discovery": "dateline_poller_discovery_seconds", "end_to_end": "dateline_end_to_end_seconds"}
_SHARES = {"p50": 0.5, "p95": 0.95}


class _Sample(NamedTuple):
    """What was counted, and when, monotonic seconds."""

    at: float
    totals: Mapping[str, float]


class _Point(NamedTuple):
    """When it was taken, Unix seconds, of how many seconds it tells, and what."""

    at: float
    seconds: float
    numbers: dict[str, float | None]


class History:
    """Points of the last hour; null where this process counts no such thing, or had none to count."""

    def __init__(self) -> None:
        self._points: deque[_Point] = deque(maxlen=POINTS)
        self._last: _Sample | None = None

    def take(self, totals: Mapping[str, float], gauges: Mapping[str, float], *, at: float, clock: float) -> None:
        """Add a point from what is counted now; `at` in Unix seconds, `clock` in monotonic ones."""
        last, self._last = self._last, _Sample(clock, totals)
        if last is not None and clock > last.at:
            numbers = {**_rates(last, self._last), **_delays(last.totals, totals), **gauges}
            self._points.append(_Point(at, clock - last.at, numbers))

    @property
    def latest(self) -> dict[str, float | None]:
        """The last point, empty before the first."""
        return self._points[-1].numbers if self._points else {}

    def counted(self, rate: str) -> int:
        """How many of what is shown as a rate there were in the last hour, up to the last point."""
        # A busy loop looks late: a point tells of the time that has passed.
        return round(sum((point.numbers.get(rate) or 0.0) * point.seconds for point in self._points))

    def shown(self) -> dict[str, Any]:
        """The hour by columns: `at` in Unix seconds, and a list of as many numbers for each name."""
        names = dict.fromkeys(name for point in self._points for name in point.numbers)
        return {
            "step_seconds": STEP_SECONDS,
            "at": [round(point.at, 1) for point in self._points],
            "series": {name: [_rounded(point.numbers.get(name)) for point in self._points] for name in names},
        }


class Rates:
    """How much each of many counters grew a second between the last two looks at them; counters come and go."""

    def __init__(self) -> None:
        self._counted: dict[Hashable, int] = {}
        self._looked_at: float | None = None
        self._rates: dict[Hashable, float] = {}

    def take(self, counted: Mapping[Hashable, int], *, clock: float) -> None:
        """Look at all counters; `clock` in seconds that only go forward. One that is less than before has begun anew."""
        seconds = None if self._looked_at is None else clock - self._looked_at
        if seconds is not None and seconds <= 0:
            return
        self._rates = {
            name: max(0, count - self._counted[name]) / seconds
            for name, count in counted.items()
            if seconds is not None and name in self._counted
        }
        self._counted, self._looked_at = dict(counted), clock

    def get(self, name: Hashable) -> float | None:
        """Null for a counter that was not there at both looks."""
        return self._rates.get(name)


def quantile(before: Sequence[tuple[float, float]], after: Sequence[tuple[float, float]], share: float) -> float | None:
    """A quantile of what a histogram has counted between two looks at it, within a bucket by a straight line, as Prometheus does it.

    Both are upper bounds with cumulative counts; null where nothing was counted.
    """
    earlier = dict(before)
    counts = [(bound, count - earlier.get(bound, 0.0)) for bound, count in after]
    total = counts[-1][1] if counts else 0.0
    if total <= 0:
        return None
    floor = below = 0.0
    for bound, count in counts:
        if count >= share * total:
            return floor if math.isinf(bound) else floor + (bound - floor) * (share * total - below) / (count - below)
        floor, below = bound, count
    return floor


def _rates(last: _Sample, this: _Sample) -> dict[str, float | None]:
    seconds = this.at - last.at
    return {
        name: sum(this.totals[counter] - last.totals.get(counter, 0.0) for counter in counters) / seconds
        if all(counter in this.totals for counter in counters)
        else None
        for name, counters in RATES.items()
    }


def _delays(last: Mapping[str, float], this: Mapping[str, float]) -> dict[str, float | None]:
    return {
        f"{name}_{label}_seconds": quantile(bucket_counts(last, histogram), bucket_counts(this, histogram), share)
        for name, histogram in _DELAYS.items()
        for label, share in _SHARES.items()
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)
