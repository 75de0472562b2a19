"""Operators see how many feeds are in each state, and of each state those that most need to be looked at."""

from __future__ import annotations

import orjson
import pytest
from invented import NOW, a_feed

from dateline.events import FeedPlan, FeedState
from dateline.poller.survey import SHOWN_FEEDS, Survey, worst
from dateline.showable import moment

SECONDS = NOW.timestamp()


def failing(number, errors, **fields):
    feed = a_feed(f"https://paper-{number}.example/rss", **fields)
    return feed, FeedState(id=feed.id), FeedPlan(last=int(SECONDS), next=int(SECONDS) + 60, rule="errors", errors=errors, error="503")


def surveyed(*feeds):
    survey = Survey(now=SECONDS)
    for feed in feeds:
        survey.see(*feed)
    return survey


def test_every_feed_counts_in_one_state():
    polled = a_feed("https://one.example/rss")
    survey = surveyed(
        failing(1, 3),
        (polled, FeedState(id=polled.id), FeedPlan(last=int(SECONDS), next=int(SECONDS) + 60, rule="rate")),
        (a_feed("https://two.example/rss"), None, None),
        (a_feed("https://three.example/rss", paused=True), None, None),
    )
    assert survey.counts == {"new": 1, "polled": 1, "quiet": 0, "failing": 1, "retired": 0, "paused": 1}


def test_those_that_fail_longest_come_first_over_all_partitions_and_no_more_than_asked():
    surveys = [surveyed(failing(1, 3), failing(2, 9)), surveyed(failing(3, 5))]
    assert [row["errors"] for row in worst(surveys, ["failing"], limit=2)] == [9, 5]
    assert worst(surveys, ["quiet", "no such state"], limit=9) == []


@pytest.mark.heavy
def test_however_many_feeds_fail_a_bounded_number_is_kept_and_they_are_the_worst():
    survey = surveyed(*(failing(number, number) for number in range(1, 10 * SHOWN_FEEDS)))
    rows = worst([survey], ["failing"], limit=10_000)
    assert [row["errors"] for row in rows] == list(range(10 * SHOWN_FEEDS - 1, 9 * SHOWN_FEEDS - 1, -1))
    assert survey.counts["failing"] == 10 * SHOWN_FEEDS - 1


def test_a_row_says_why_and_when_next_without_secrets_and_is_json():
    feed, state, plan = failing(1, 2, private=True)
    (row,) = worst([surveyed((feed, state, plan))], ["failing"], limit=5)
    assert row["url"] == feed.id
    assert (row["error"], row["rule"], row["next"]) == ("503", "errors", moment(SECONDS + 60))
    assert orjson.loads(orjson.dumps(row))["errors"] == 2


def test_a_number_that_is_no_time_is_null():
    assert moment(1e30) is None
