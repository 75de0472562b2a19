"""When a feed is polled again, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from invented import NOW, a_feed

from dateline.events import FeedPlan, encode
from dateline.poller.schedule import Failed, Outcome, Polled, Retired, next_poll, resume, retry_after_seconds
from dateline.settings import PollerSettings

SETTINGS = PollerSettings.model_validate({"min_interval_seconds": 600})
MOMENT = int(NOW.timestamp())
DAY = 86400


def plan(outcome: Outcome, *, every: int | None = None, errors: int = 0, dice: float = 0.5) -> tuple[int, str, int]:
    before = FeedPlan(last=0, next=0, rule="interval", errors=errors)
    after = next_poll(a_feed(every=every), outcome, before, SETTINGS, now=NOW, dice=dice)
    assert len(encode(after)) <= 200
    return after.next - after.last, after.rule, after.errors


def test_a_feed_that_answers_is_polled_at_its_interval() -> None:
    assert plan(Polled()) == (600, "interval", 0)
    assert plan(Polled(), every=10) == (10, "every", 0)
    assert plan(Polled(), errors=7) == (600, "interval", 0)


def test_feeds_added_together_drift_apart() -> None:
    assert [plan(Polled(), dice=dice)[0] for dice in (0.0, 0.25, 0.999)] == [540, 570, 660]


def test_a_feed_that_keeps_failing_is_polled_daily_and_never_dropped() -> None:
    waits = [plan(Failed("the host's name cannot be resolved"), errors=errors)[0] for errors in range(10)]
    assert waits[:3] == [1200, 2400, 4800]
    assert waits[-1] == DAY
    assert plan(Failed("x"), errors=10**6)[0] == DAY
    assert plan(Failed("x"), every=2 * DAY)[0] == 2 * DAY


def test_retry_after_is_a_lower_bound_and_a_week_at_most_is_believed() -> None:
    assert plan(Failed("429 Too Many Requests", 7200.0)) == (7200, "retry_after", 1)
    assert plan(Failed("429 Too Many Requests", 10.0)) == (1200, "errors", 1)
    assert plan(Failed("429 Too Many Requests", 10.0**9)) == (7 * DAY, "retry_after", 1)


def test_a_feed_that_is_gone_is_looked_at_once_a_month() -> None:
    assert plan(Retired()) == (30 * DAY, "gone", 1)


def test_a_long_reason_is_cut_so_that_a_plan_stays_small() -> None:
    assert plan(Failed("ö" * 500))[1] == "errors"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("Thu, 05 Mar 2026 12:02:00 GMT", 120.0),
        ("Thu, 05 Mar 2026 11:00:00 GMT", 0.0),
        ("9" * 400, 7.0 * DAY),
        ("soon", None),
        ("", None),
        (None, None),
        ("-5", None),
        ("Thu, 05 Mar 2026 12:02:00 -0000", None),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, now=NOW) == seconds


def test_feeds_overdue_after_a_restore_are_spread_over_what_the_budget_needs() -> None:
    due = FeedPlan(last=0, next=MOMENT - 5, rule="interval")
    times = [resume(due, now=NOW, overdue=101, requests_per_second=10, dice=dice) for dice in (0.0, 0.5, 0.9)]
    assert times == [MOMENT, MOMENT + 5, MOMENT + 9]
    later = FeedPlan(last=0, next=MOMENT + 60, rule="interval")
    assert resume(later, now=NOW, overdue=101, requests_per_second=10, dice=0.5) == MOMENT + 60
    assert resume(None, now=NOW + timedelta(0), overdue=1, requests_per_second=10, dice=0.9) == MOMENT
