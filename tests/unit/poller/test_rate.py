"""How much a feed publishes, as its state remembers it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from invented import NOW, a_feed, item, read, rss
from msgspec.structs import replace

from dateline.events import FeedHints, FeedState
from dateline.poller.rate import decayed, paced

MOMENT = int(NOW.timestamp())
DAY = 86400
FRESH = FeedState(id=a_feed().id)


def dated(*days_ago: float) -> bytes:
    dates = [(NOW - timedelta(days=days)).strftime("%a, %d %b %Y %H:%M:%S +0000") for days in days_ago]
    return rss(*(item(number, more=f"<pubDate>{date}</pubDate>") for number, date in enumerate(dates)))


def test_a_count_fades_by_half_in_a_day_and_never_grows() -> None:
    assert [decayed(8.0, MOMENT, MOMENT + days * DAY) for days in (0, 1, 3)] == [8.0, 4.0, 1.0]
    assert decayed(8.0, MOMENT, MOMENT - DAY) == 8.0
    assert decayed(8.0, 0, 1e12) == pytest.approx(0.0)


def test_a_first_document_counts_by_its_dates_and_not_by_its_length() -> None:
    first = paced(FRESH, read(dated(0, 1, 2, 400, -3)), 5, NOW)
    assert (first.rate, first.rate_at, first.newest) == (1.75, MOMENT, MOMENT)
    undated = paced(FRESH, read(rss(*map(item, range(50)))), 50, NOW)
    assert (undated.rate, undated.newest) == (0.0, 0)


def test_later_only_new_entries_count() -> None:
    before = replace(FRESH, rate=4.0, rate_at=MOMENT - DAY, newest=MOMENT - DAY)
    after = paced(before, read(rss(*map(item, range(50)))), 3, NOW)
    assert (after.rate, after.rate_at, after.newest) == (5.0, MOMENT, MOMENT)


def test_without_news_nothing_is_written_anew_but_hints() -> None:
    before = replace(FRESH, rate=4.0, rate_at=MOMENT - DAY, newest=MOMENT - DAY, rhythm="x", rhythm_since=7)
    after = paced(before, read(rss(item(1), head="<ttl>60</ttl>")), 0, NOW)
    assert replace(before, **after._asdict()) == replace(before, hints=FeedHints(ttl_seconds=3600))


def test_an_entry_that_another_feed_of_the_scope_published_first_is_a_sign_of_life() -> None:
    before = replace(FRESH, rate=4.0, rate_at=MOMENT - DAY, newest=MOMENT - DAY)
    assert paced(before, read(dated(0.5)), 0, NOW).newest == MOMENT - DAY // 2
