"""When a feed is polled again, and why."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from invented import NOW, a_feed
from msgspec.structs import replace

from dateline.events import FeedHints, FeedPlan, FeedState, encode
from dateline.poller.schedule import (
    Failed,
    Outcome,
    Polled,
    Retired,
    asks_whole_body,
    error_weight,
    has_lied,
    may_have_missed,
    next_poll,
    place_of,
    resume,
    retry_after_seconds,
)
from dateline.settings import PollerSettings

SETTINGS = PollerSettings.model_validate({"min_interval_seconds": 600})
MOMENT = int(NOW.timestamp())
HOUR, DAY, WEEK = 3600, 86400, 7 * 86400
FRESH = FeedState(id=a_feed().id)


def planned(
    outcome: Outcome,
    *,
    every: int | None = None,
    weight: float = 0.0,
    state: FeedState = FRESH,
    scale_seconds: float = 1.0,
    dice: float = 0.5,
    now: datetime = NOW,
) -> FeedPlan:
    before = FeedPlan(last=0, next=0, rule="rate", errors=round(2 * weight), weight=weight, body_at=1)
    feed = a_feed(every=every)
    after = next_poll(feed, outcome, before, state, SETTINGS, scale_seconds=scale_seconds, now=now, dice=dice)
    assert len(encode(after)) <= 200
    return after


def plan(outcome: Outcome, **options: object) -> tuple[int, str, int]:
    after = planned(outcome, **options)  # type: ignore[arg-type]
    return after.next - after.last, after.rule, after.errors


def hinted(**hints: int) -> FeedState:
    return replace(FRESH, hints=FeedHints(**hints))


# --- the interval ---


def test_a_feed_that_answers_is_polled_at_its_interval() -> None:
    assert plan(Polled()) == (600, "rate", 0)
    assert plan(Polled(), every=10) == (10, "every", 0)
    assert plan(Polled(), weight=7.0) == (600, "rate", 0)


def test_the_interval_halves_where_the_rate_is_four_times_as_high_and_stays_between_its_bounds() -> None:
    seconds = {
        count: plan(Polled(), state=replace(FRESH, rate=count, rate_at=MOMENT), scale_seconds=8 * HOUR)[0]
        for count in (0.5, 3.5, 15.5, 1e6)
    }
    assert seconds == {0.5: 8 * HOUR, 3.5: 4 * HOUR, 15.5: 2 * HOUR, 1e6: 600}
    assert plan(Polled(), scale_seconds=1e9)[0] == DAY


def test_a_rate_fades_by_half_in_a_day() -> None:
    yesterday = replace(FRESH, rate=7.0, rate_at=MOMENT - DAY)
    assert plan(Polled(), state=yesterday, scale_seconds=8 * HOUR) == (4 * HOUR, "rate", 0)


def test_feeds_added_together_drift_apart() -> None:
    assert [plan(Polled(), dice=dice)[0] for dice in (0.0, 0.25, 0.999)] == [540, 570, 660]


# --- what publishers ask for ---


@pytest.mark.parametrize("dice", [0.0, 0.5, 0.999])
@pytest.mark.parametrize(
    ("state", "fresh_seconds", "least", "rule"),
    [
        (hinted(ttl_seconds=2 * HOUR), None, 2 * HOUR, "ttl"),
        (hinted(sy_seconds=2 * HOUR), None, 2 * HOUR, "sy"),
        (FRESH, 2.0 * HOUR, 2 * HOUR, "max_age"),
        (hinted(ttl_seconds=2 * HOUR, sy_seconds=3 * HOUR), 1.0 * HOUR, 3 * HOUR, "sy"),
        (hinted(ttl_seconds=9 * WEEK), None, DAY, "ttl"),
        (hinted(sy_seconds=9 * WEEK), 1e12, DAY, "sy"),
        (hinted(skip_hours=1 << 12), None, HOUR, "skip"),
        (hinted(skip_days=1 << NOW.weekday()), None, 12 * HOUR, "skip"),
    ],
)
def test_what_a_publisher_asks_for_is_a_lower_bound_of_a_day_at_most(
    state: FeedState, fresh_seconds: float | None, least: int, rule: str, dice: float
) -> None:
    seconds, decided, _ = plan(Polled(fresh_seconds=fresh_seconds), state=state, dice=dice)
    assert decided == rule
    assert least <= seconds <= 1.1 * least + 360


def test_hints_below_the_interval_change_nothing_and_an_interval_given_at_add_overrules_them() -> None:
    assert plan(Polled(fresh_seconds=60.0), state=hinted(ttl_seconds=60)) == (600, "rate", 0)
    assert plan(Polled(fresh_seconds=9999.0), state=hinted(ttl_seconds=HOUR, skip_hours=1 << 12), every=60) == (60, "every", 0)


# --- entries that may have been missed ---


@pytest.mark.parametrize(
    ("entries", "new", "missed"),
    [(20, 20, True), (20, 14, True), (20, 13, False), (5, 4, True), (4, 4, False), (0, 0, False)],
)
def test_a_document_of_which_less_than_a_third_was_seen_before_may_have_lost_entries(entries: int, new: int, *, missed: bool) -> None:
    assert may_have_missed(replace(FRESH, rate_at=MOMENT), entries, new) == missed
    assert not may_have_missed(FRESH, entries, new)


def test_after_missed_entries_a_feed_is_visited_in_half_the_time_but_not_below_the_least() -> None:
    state = replace(FRESH, rate=3.5, rate_at=MOMENT)
    after = planned(Polled(missed=True), state=state, scale_seconds=8 * HOUR)
    assert (after.next - after.last, after.rule, after.missed) == (2 * HOUR, "overlap", True)
    assert plan(Polled(missed=True), state=state)[:2] == (600, "overlap")
    assert plan(Polled(missed=True), state=replace(state, hints=FeedHints(ttl_seconds=DAY)))[1] == "ttl"
    assert plan(Polled(missed=True), every=60)[:2] == (60, "every")


# --- errors ---


def test_a_feed_that_keeps_failing_is_polled_daily_and_never_dropped() -> None:
    waits = [plan(Failed("the host's name cannot be resolved", kind="connect"), weight=weight)[0] for weight in (0.0, 0.5, 1.0, 200.0)]
    assert waits == [900, 1200, 1500, DAY]
    assert plan(Failed("x"), weight=10.0**6)[0] == DAY
    assert plan(Failed("x"), every=2 * DAY)[0] == 2 * DAY


@pytest.mark.parametrize(
    ("kind", "status", "weight"),
    [
        ("dns", None, 0.25),
        ("connect", None, 0.5),
        ("status", 503, 0.5),
        ("status", 404, 0.5),
        ("parse", None, 0.5),
        ("status", 403, 1.0),
        ("refused", None, 1.0),
        ("resting", None, 0.0),
    ],
)
def test_failures_weigh_by_their_class_and_add_up(kind: str, status: int | None, weight: float) -> None:
    failed = Failed("x", kind=kind, status=status)
    assert error_weight(failed) == weight
    assert planned(failed, weight=2.0).weight == 2.0 + weight
    assert planned(Polled(), weight=2.0).weight == 0.0


def test_retry_after_is_a_lower_bound_and_a_week_at_most_is_believed() -> None:
    assert plan(Failed("429 Too Many Requests", 7200.0)) == (7200, "retry_after", 1)
    assert plan(Failed("429 Too Many Requests", 10.0)) == (900, "errors", 1)
    assert plan(Failed("429 Too Many Requests", 7200.0), every=10) == (7200, "retry_after", 1)
    assert plan(Failed("429 Too Many Requests", 10.0**9)) == (7 * DAY, "retry_after", 1)


def test_a_feed_that_is_gone_is_looked_at_once_a_month() -> None:
    assert plan(Retired()) == (30 * DAY, "gone", 1)


def test_a_long_reason_is_cut_so_that_a_plan_stays_small() -> None:
    for character in 'ö"\\\x00':
        after = planned(Failed(character * 500, 7 * DAY), weight=98765.25)
        assert after.rule == "retry_after"
        assert after.error


# --- a 304 that is not true ---


def test_a_feed_that_only_answers_304_is_asked_for_its_body_once_a_week() -> None:
    body_at = planned(Polled()).body_at
    assert body_at == MOMENT
    before = FeedPlan(last=MOMENT, next=0, rule="rate", body_at=body_at)
    assert not asks_whole_body(FRESH, before, now=MOMENT + WEEK - 1)
    assert asks_whole_body(FRESH, before, now=MOMENT + WEEK)
    assert not asks_whole_body(FRESH, None, now=MOMENT)
    assert planned(Polled(whole=False)).body_at == 1
    assert asks_whole_body(replace(FRESH, distrusted=True), before, now=MOMENT)


@pytest.mark.parametrize(
    ("published", "lied"),
    [(MOMENT - DAY, True), (MOMENT - 4 * HOUR, True), (MOMENT - 2 * HOUR, False), (MOMENT - 9 * DAY, False), (None, False)],
)
def test_a_server_lied_that_said_304_long_after_it_had_something_new(published: int | None, *, lied: bool) -> None:
    before = FeedPlan(last=MOMENT, next=0, rule="rate", body_at=MOMENT - 8 * DAY)
    assert has_lied(before, published) == lied
    assert not has_lied(replace(before, errors=1), published)
    assert not has_lied(replace(before, body_at=MOMENT), published)
    assert not has_lied(None, published)


# --- the budget's view ---


def test_the_budget_counts_a_feed_by_its_rate_or_by_what_else_decides_and_a_failing_one_nowhere() -> None:
    by_rate, bound = FeedPlan(last=0, next=600, rule="rate"), FeedPlan(last=0, next=7200, rule="ttl")
    assert place_of(a_feed(), FRESH, None, now=MOMENT) == place_of(a_feed(), FRESH, by_rate, now=MOMENT)
    assert place_of(a_feed(priority=1), FRESH, by_rate, now=MOMENT) != place_of(a_feed(), FRESH, by_rate, now=MOMENT)
    fixed = [place_of(a_feed(), FRESH, bound, now=MOMENT), place_of(a_feed(every=60), FRESH, by_rate, now=MOMENT)]
    assert [place and place.fixed_seconds for place in fixed] == [7200, 60]
    assert place_of(a_feed(), FRESH, replace(by_rate, errors=1), now=MOMENT) is None
    assert place_of(a_feed(paused=True), FRESH, by_rate, now=MOMENT) is None


# --- headers and restores ---


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
    due = FeedPlan(last=0, next=MOMENT - 5, rule="rate")
    times = [resume(due, now=NOW, overdue=101, requests_per_second=10, dice=dice) for dice in (0.0, 0.5, 0.9)]
    assert times == [MOMENT, MOMENT + 5, MOMENT + 9]
    later = FeedPlan(last=0, next=MOMENT + 60, rule="rate")
    assert resume(later, now=NOW, overdue=101, requests_per_second=10, dice=0.5) == MOMENT + 60
    assert resume(None, now=NOW + timedelta(0), overdue=1, requests_per_second=10, dice=0.9) == MOMENT


def test_no_feed_waits_longer_after_a_restore_than_its_interval_or_ten_minutes() -> None:
    hourly = FeedPlan(last=MOMENT - HOUR - 5, next=MOMENT - 5, rule="rate")
    minutely = FeedPlan(last=MOMENT - 65, next=MOMENT - 5, rule="every")
    times = [resume(each, now=NOW, overdue=10**6, requests_per_second=1, dice=0.5) for each in (hourly, minutely, None)]
    assert times == [MOMENT + 300, MOMENT + 30, MOMENT + 300]
