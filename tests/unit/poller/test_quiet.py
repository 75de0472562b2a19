"""Whether a silence is longer than a feed's rhythm makes likely."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from invented import NOW, a_feed
from msgspec.structs import replace

from dateline.events import FeedPlan, FeedState
from dateline.poller.quiet import FeedHealth, first_rhythm, health, quiet, with_news

HOUR, DAY = 3600, 86400
# A Monday, midnight.
START = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())


def lived(times: list[int]) -> FeedState:
    """A feed with a visit that brought news at each of these times."""
    rhythm, since = first_rhythm([], now=times[0])
    for time in times:
        rhythm, since = with_news(rhythm, since, now=time)
    return FeedState(id=a_feed().id, rhythm=rhythm, rhythm_since=since, newest=times[-1], rate_at=times[-1])


def office_hours(weeks: int) -> FeedState:
    """News every hour from 8 to 18 on working days."""
    return lived([START + day * DAY + hour * HOUR for day in range(7 * weeks) if day % 7 < 5 for hour in range(8, 18)])


def test_a_feed_that_publishes_in_office_hours_is_quiet_on_tuesday_and_not_over_the_weekend() -> None:
    state = office_hours(weeks=4)
    monday = START + 28 * DAY
    assert state.newest == monday - 3 * DAY + 17 * HOUR
    assert not quiet(state, monday + 8 * HOUR)
    assert quiet(state, monday + DAY)


def test_by_day_a_few_hours_are_enough_to_notice() -> None:
    state = lived([START + hour * HOUR // 2 for hour in range(2 * 24 * 28)])
    assert not quiet(state, state.newest + 3 * HOUR)
    assert quiet(state, state.newest + 4 * HOUR)


def test_a_feed_with_too_little_history_is_never_quiet() -> None:
    later = START + 10**9
    assert not quiet(FeedState(id=a_feed().id), later)
    assert not quiet(lived([START + hour * HOUR for hour in range(24 * 13)]), later)
    assert not quiet(lived([START + day * 4 * DAY for day in range(9)]), later)
    assert not quiet(replace(office_hours(4), rhythm="not a rhythm"), later)
    assert not quiet(replace(office_hours(4), rhythm=""), later)


def test_many_entries_at_once_are_one_sign_of_life() -> None:
    rhythm, _ = first_rhythm([START + second for second in range(50)], now=START + DAY)
    assert rhythm == first_rhythm([START], now=START + DAY)[0]


def test_old_habits_fade() -> None:
    """Hourly for two months, daily for three: judged by the daily life."""
    hourly = [START + hour * HOUR for hour in range(24 * 60)]
    daily = [START + day * DAY + 12 * HOUR for day in range(60, 240)]
    state = lived(hourly + daily)
    assert not quiet(state, state.newest + 3 * DAY)
    assert quiet(state, state.newest + 14 * DAY)


def test_fewer_than_one_in_a_hundred_random_feeds_is_called_quiet_in_a_gap_of_its_own() -> None:
    dice = random.Random(7)
    alarms = gaps = 0
    for _ in range(20):
        times, now = [], float(START)
        for _ in range(200):
            now += dice.expovariate(1 / (5 * HOUR))
            times.append(int(now))
        state = lived(times)
        for _ in range(50):
            gaps += 1
            alarms += quiet(state, state.newest + dice.expovariate(1 / (5 * HOUR)))
    assert alarms <= gaps / 100


def test_the_state_of_a_feed_follows_from_what_is_kept_of_it() -> None:
    now, plan = NOW.timestamp(), FeedPlan(last=5, next=9, rule="rate")
    silent = office_hours(4)
    assert health(a_feed(), None, None, now=now) == FeedHealth("new", int(now))
    assert health(a_feed(), None, plan, now=now) == FeedHealth("polled", 5)
    assert health(a_feed(), silent, plan, now=silent.newest + 30 * DAY) == FeedHealth("quiet", silent.newest)
    assert health(a_feed(), silent, replace(plan, errors=2), now=now).state == "failing"
    assert health(a_feed(), silent, replace(plan, errors=1, rule="gone"), now=now).state == "retired"
    assert health(a_feed(paused=True), silent, plan, now=now).state == "paused"
