"""Rest for hosts that ask for it, and rates for those outside a feed's scope."""

from __future__ import annotations

import asyncio

from dateline.poller.politeness import MOST_REST_SECONDS, Admission, Rests

HOST = "gazette.example:443"


def test_one_feed_that_is_sent_away_leaves_its_host_to_the_others() -> None:
    rests = Rests()
    rests.asked(HOST, "a", 60, now=0)
    rests.asked(HOST, "a", 90, now=10)
    assert rests.seconds_left(HOST, now=20) == 0


def test_a_second_feed_that_is_sent_away_makes_the_host_rest_until_the_time_it_names() -> None:
    rests = Rests()
    rests.asked(HOST, "a", 60, now=0)
    rests.asked(HOST, "b", 30, now=10)
    assert rests.seconds_left(HOST, now=20) == 20
    assert rests.seconds_left("other.example:443", now=20) == 0
    assert rests.seconds_left(HOST, now=41) == 0


def test_a_wish_made_while_a_host_rests_only_makes_the_rest_longer() -> None:
    rests = Rests()
    for feed, seconds in (("a", 60), ("b", 60), ("c", 5), ("a", 90)):
        rests.asked(HOST, feed, seconds, now=0)
    assert rests.seconds_left(HOST, now=0) == 90


def test_wishes_that_are_over_do_not_count_together_with_later_ones() -> None:
    rests = Rests()
    rests.asked(HOST, "a", 60, now=0)
    rests.asked(HOST, "b", 60, now=61)
    assert rests.seconds_left(HOST, now=62) == 0


def test_a_host_rests_for_a_day_at_most_and_not_for_a_wish_of_nothing() -> None:
    rests = Rests()
    rests.asked(HOST, "a", 0, now=0)
    rests.asked(HOST, "b", 7 * 86_400, now=0)
    assert rests.seconds_left(HOST, now=0) == 0
    rests.asked(HOST, "a", 7 * 86_400, now=0)
    assert rests.seconds_left(HOST, now=0) == MOST_REST_SECONDS


def test_of_wishes_without_end_the_oldest_are_forgotten() -> None:
    rests = Rests(remembered=10)
    for number in range(1000):
        for feed in ("a", "b"):
            rests.asked(f"{number}.example:80", feed, 60, now=0)
    assert sum(rests.seconds_left(f"{number}.example:80", now=0) > 0 for number in range(1000)) == 10
    assert rests.seconds_left("999.example:80", now=0) == 60


async def test_visits_from_outside_wait_for_their_rate_without_holding_back_the_hosts_own_feeds() -> None:
    admission = Admission(concurrency=10, host_requests_per_second=100, tasks=10)
    clock = asyncio.get_running_loop().time
    began = clock()
    started: dict[bool, list[float]] = {True: [], False: []}

    async def visit(*, outside: bool) -> None:
        async with admission.place(HOST, outside=outside):
            started[outside].append(clock() - began)

    await asyncio.gather(*(visit(outside=True) for _ in range(3)), *(visit(outside=False) for _ in range(3)))
    assert started[False][-1] < 0.09
    assert started[True][-1] >= 0.19


def test_a_host_outside_is_called_once_a_minute_at_least_and_never_faster_than_its_own_rate() -> None:
    assert Admission(concurrency=1, host_requests_per_second=1, tasks=6)._outside_spacing_seconds == 6
    assert Admission(concurrency=1, host_requests_per_second=1, tasks=1000)._outside_spacing_seconds == 60
