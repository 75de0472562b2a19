"""The last hour in numbers, made of what is counted anyway."""

from __future__ import annotations

import math

import pytest

from dateline.ops.history import POINTS, STEP_SECONDS, History, Rates, quantile

POLLS, EVENTS = "dateline_poller_fetches_total", "dateline_sink_events_total"


def buckets(counts):
    """Cumulative counts of what is at most 1, at most 2, and all."""
    return list(zip((1.0, 2.0, math.inf), map(float, counts), strict=False))


def taken(*totals, gauges=None):
    history = History()
    for number, each in enumerate(totals):
        history.take(each, gauges or {}, at=1000.0 + 10 * number, clock=10.0 * number)
    return history.shown()


def test_a_rate_is_what_was_counted_between_two_looks():
    shown = taken({POLLS: 5.0}, {POLLS: 25.0}, {POLLS: 25.0}, gauges={"lag_records": 7})
    assert shown["at"] == [1010.0, 1020.0]
    assert shown["series"]["polls_per_second"] == [2.0, 0.0]
    assert shown["series"]["lag_records"] == [7, 7]


def test_what_this_process_does_not_count_is_null():
    assert taken({}, {})["series"]["events_per_second"] == [None]


def test_a_delay_is_the_quantile_of_what_came_between_two_looks():
    before = {"dateline_end_to_end_seconds_bucket{1.0}": 100.0, "dateline_end_to_end_seconds_bucket{+Inf}": 100.0}
    after = {"dateline_end_to_end_seconds_bucket{1.0}": 100.0, "dateline_end_to_end_seconds_bucket{+Inf}": 110.0}
    series = taken(before, after, after)["series"]
    assert series["end_to_end_p50_seconds"] == [1.0, None]


@pytest.mark.parametrize(
    ("share", "before", "after", "expected"),
    [
        (0.5, (0, 0, 0), (0, 10, 10), 1.5),
        (0.95, (0, 0, 0), (10, 10, 10), 0.95),
        (0.95, (0, 0, 0), (0, 0, 4), 2.0),
        (0.5, (7, 7, 7), (7, 9, 9), 1.5),
        (0.5, (7, 9, 9), (7, 9, 9), None),
        (0.5, (), (), None),
    ],
)
def test_a_quantile_lies_within_its_bucket(share, before, after, expected):
    assert quantile(buckets(before), buckets(after), share) == expected


def test_what_was_counted_in_the_hour_is_summed_from_its_points():
    history = History()
    for step in range(5):
        history.take({"dateline_dead_letters_total": 7.0 + step}, {}, at=step * 10.0, clock=step * 10.0)
    assert history.counted("dead_letters_per_second") == 4, "what was there before the first look is older"
    assert history.counted("polls_per_second") == 0


def test_what_was_counted_is_the_same_though_looks_come_late():
    history = History()
    for clock, total in ((0.0, 0.0), (10.9, 500.0), (75.0, 501.0), (86.0, 1001.0)):
        history.take({"dateline_dead_letters_total": total}, {}, at=clock, clock=clock)
    assert history.counted("dead_letters_per_second") == 1001


def test_counters_that_come_go_or_begin_anew_have_no_rate_below_nothing():
    rates = Rates()
    rates.take({"a": 10, "b": 5}, clock=0.0)
    rates.take({"a": 4, "c": 7}, clock=10.0)
    assert [rates.get(name) for name in "abc"] == [0.0, None, None]
    rates.take({"a": 9, "c": 7}, clock=10.0)
    assert rates.get("a") == 0.0, "two looks at one moment say nothing"
    rates.take({"a": 9, "c": 8}, clock=12.0)
    assert [rates.get(name) for name in "abc"] == [2.5, None, 0.5]


def test_an_hour_is_kept_and_no_more():
    history = History()
    for number in range(POINTS * 2):
        history.take({POLLS: float(number)}, {}, at=float(number), clock=number * STEP_SECONDS)
    shown = history.shown()
    assert len(shown["at"]) == POINTS == len(shown["series"]["polls_per_second"])
    assert POINTS * STEP_SECONDS == 3600
    assert shown["at"][-1] == POINTS * 2 - 1
