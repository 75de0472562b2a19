"""How the budget is shared, and that it is kept."""

from __future__ import annotations

import random
import time
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.poller.budget import Allowance, Budget, Place, place_by_rate, weight

BOUNDS = {"least_seconds": 300.0, "most_seconds": 86400.0}


def interval(scale: float, place: Place) -> float:
    return place.fixed_seconds or min(max(scale / weight(place), BOUNDS["least_seconds"]), BOUNDS["most_seconds"])


places = st.one_of(
    st.builds(place_by_rate, st.floats(0, 1e5), st.integers(-9, 9)),
    st.builds(lambda seconds: Place(fixed_seconds=seconds), st.floats(60, 1e6)),
)


@given(st.lists(st.tuples(places, st.integers(1, 1000)), max_size=20), st.floats(0.001, 1000))
def test_all_intervals_together_take_the_budget_and_never_more_while_it_does(many: list[tuple[Place, int]], share: float) -> None:
    budget = Budget()
    for number, (place, count) in enumerate(many):
        for other in range(min(count, 20)):
            budget.put(f"{number}/{other}", place)
    solution = budget.solve(share, **BOUNDS)
    taken = sum(min(count, 20) / interval(solution.scale_seconds, place) for place, count in many)
    assert solution.requests_per_second == pytest.approx(taken)
    assert solution.short or taken <= share * (1 + 1e-6)
    movable = [place for place, _ in many if place.fixed_seconds is None]
    idle = all(interval(solution.scale_seconds, place) == pytest.approx(BOUNDS["least_seconds"]) for place in movable)
    assert solution.short or idle or taken == pytest.approx(share, rel=1e-3)


def test_a_feed_counts_once_wherever_it_goes() -> None:
    budget = Budget()
    budget.put("a", place_by_rate(5, 0))
    budget.put("a", Place(fixed_seconds=100.0))
    assert budget.solve(10, **BOUNDS).requests_per_second == pytest.approx(0.01)
    budget.put("a", None)
    assert budget.solve(10, **BOUNDS).requests_per_second == pytest.approx(0)


def test_each_step_of_priority_halves_the_interval_up_to_three() -> None:
    seconds = [interval(3600.0 * 8, place_by_rate(0.5, priority)) / 3600 for priority in (-9, -3, -1, 0, 1, 3, 9)]
    assert seconds == [24, 24, 16, 8, 4, 1, 1]


def test_a_budget_too_small_even_for_the_longest_interval_is_short() -> None:
    budget = Budget()
    for number in range(100):
        budget.put(str(number), place_by_rate(1, 0))
    assert budget.solve(50 / 86400, **BOUNDS).short
    assert not budget.solve(101 / 86400, **BOUNDS).short


@pytest.mark.heavy
def test_solving_costs_what_the_places_do_and_not_the_feeds() -> None:
    budget, dice = Budget(), random.Random(1)
    kinds = [place_by_rate(dice.lognormvariate(1, 2), dice.choice((0, 0, 0, 1, -1))) for _ in range(2000)]
    for number in range(50_000):
        budget.put(str(number), kinds[number % len(kinds)])
    began = time.process_time()
    budget.solve(300.0, **BOUNDS)
    assert time.process_time() - began < 0.05


@given(st.floats(0.1, 500), st.lists(st.floats(0, 0.2), min_size=50, max_size=400))
def test_no_minute_takes_more_than_the_share_and_its_burst(share: float, pauses: list[float]) -> None:
    allowance, now, starts = Allowance(share), 0.0, []
    for pause in pauses:
        now += pause
        while allowance.wait_seconds(now) == 0.0 and len(starts) < 5000:
            allowance.take(now)
            starts.append(now)
    window = 5.0
    for first in range(0, len(starts), 7):
        inside = bisect_left(starts, starts[first] + window) - first
        assert inside <= share * (window + Allowance.BURST_SECONDS) + 1.001
