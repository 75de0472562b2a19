"""What there is to count of a poll: each poll has one outcome, and each entry is published, revised or seen."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest
from invented import NOW, URL, a_feed, item, rss
from test_poll_task import SETTINGS, Desk

from dateline.errors import FetchError
from dateline.poller import metrics
from dateline.poller.fetch import Gone
from dateline.poller.pending import Pending, Visit, VisitOutcome, decide_visit, failure
from dateline.poller.registry import Registry
from dateline.poller.schedule import Failed


@pytest.mark.parametrize(
    ("failed", "outcome"),
    [
        (Failed("", kind="status", status=404), "http_error"),
        (Failed("", kind="status", status=429), "throttled"),
        (Failed("", kind="status", status=503), "throttled"),
        (Failed("", kind="resting"), "throttled"),
        (Failed("", kind="timeout"), "timeout"),
        (Failed("", kind="dns"), "network_error"),
        (Failed("", kind="redirect"), "network_error"),
        (Failed("", kind="size"), "too_large"),
        (Failed("", kind="parse"), "parse_error"),
        (Failed("", kind="refused"), "refused"),
        (Failed("an error of ours; see the log"), "error"),
    ],
)
def test_a_failure_counts_by_its_kind(failed, outcome):
    assert failure(failed) == outcome
    assert outcome in get_args(VisitOutcome)


def counts():
    """What the poller has counted so far."""
    names = {
        "fetches": ("dateline_poller_fetches_total", get_args(VisitOutcome)),
        "entries": ("dateline_poller_entries_total", ("published", "revised", "seen")),
    }
    return {
        (what, outcome): metrics.REGISTRY.get_sample_value(name, {"outcome": outcome})
        for what, (name, outcomes) in names.items()
        for outcome in outcomes
    }


def since(before):
    """What was counted since, without what was not."""
    return {key: value - before[key] for key, value in counts().items() if value != before[key]}


async def test_each_poll_and_each_entry_counts_once_whatever_crashes():
    before = counts()
    desk = Desk(a_feed(), documents={URL: rss(item(1), item(2))})
    async with desk.polling():
        await desk.polls(1)
        desk.fetcher.answers[URL] = rss(item(1, text="corrected"), item(2), item(3))
        desk.seconds += 100_000
        await desk.polls(2)
        desk.seconds += 100_000
        await desk.polls(3)
        desk.fetcher.answers[URL] = FetchError("timeout", "too late")
        desk.seconds += 100_000
        await desk.polls(4)
        desk.fetcher.answers[URL] = Gone()
        desk.seconds += 200_000
        await desk.polls(5)
        await desk.quiet()
    assert since(before) == {
        ("fetches", "new"): 2,
        ("fetches", "not_modified"): 1,
        ("fetches", "timeout"): 1,
        ("fetches", "gone"): 1,
        ("entries", "published"): 3,
        ("entries", "revised"): 1,
        ("entries", "seen"): 1,
    }


async def test_entries_that_come_in_slices_count_once():
    before = counts()
    desk = Desk(a_feed(page="always"), documents={URL: rss(*(item(number) for number in range(20)))})
    async with desk.polling():
        await desk.polls(1)
        await desk.quiet()
    assert since(before) == {("fetches", "new"): 1, ("entries", "published"): 20}


def discovered():
    return metrics.REGISTRY.get_sample_value("dateline_poller_discovery_seconds_count")


async def test_how_soon_an_entry_is_found_counts_for_feeds_polled_before_only():
    date = (NOW - timedelta(seconds=5)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    before = discovered()
    desk = Desk(a_feed(), documents={URL: rss(item(1, more=f"<pubDate>{date}</pubDate>"))})
    async with desk.polling():
        await desk.polls(1)
        assert discovered() == before
        later = (NOW + timedelta(seconds=99_990)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        desk.fetcher.answers[URL] = rss(item(1, more=f"<pubDate>{date}</pubDate>"), item(2, more=f"<pubDate>{later}</pubDate>"))
        desk.seconds += 100_000
        await desk.polls(2)
        await desk.quiet()
    assert discovered() == before + 1


async def test_a_task_has_work_while_a_feed_is_polled_and_none_between_polls():
    desk = Desk(a_feed(), documents={URL: rss(item(1))})
    gate = desk.fetcher.hold(URL)
    async with desk.polling():
        await desk.until(lambda: desk.fetcher.asked)
        (task,) = desk.tasks
        assert (task.waits, task.in_flight, task.overdue) == (True, 1, 0)
        gate.set()
        await desk.polls(1)
        await desk.until(lambda: not task.waits)
        assert (task.in_flight, task.overdue) == (0, 0)
        await desk.until(lambda: task.survey is not None)


async def test_a_poller_that_stops_starts_no_poll():
    desk = Desk(a_feed(), documents={URL: rss(item(1))})
    async with desk.polling():
        await desk.polls(1)
        (task,) = desk.tasks
        await task.settle()
        desk.seconds += 100_000
        await desk.quiet()
        assert len(desk.fetcher.asked) == 1


async def test_what_is_overdue_is_counted():
    desk = Desk(a_feed(), documents={URL: rss(item(1))}, settings=SETTINGS)
    async with desk.polling():
        await desk.polls(1)
        (task,) = desk.tasks
        await task.settle()
        desk.seconds += 100_000
        assert task.overdue == 1


def test_a_feed_that_was_removed_meanwhile_counts_as_dropped():
    pending = Pending()
    visit = Visit(a_feed(), Failed("late"), None, NOW)
    decide_visit(visit, Registry(), pending, SETTINGS.poller, scale_seconds=600, dice=0.5, partition=0)
    assert [told.outcome for told in pending.told] == ["dropped"]
