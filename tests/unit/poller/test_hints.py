"""What a document says of when it wants to be visited."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from invented import item, read, rss

from dateline.events import FeedHints
from dateline.poller.hints import open_from, read_hints

# A Thursday, noon.
NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC).timestamp()
HOUR, DAY = 3600, 86400
SY = "http://purl.org/rss/1.0/modules/syndication/"


def test_hints_are_read_from_the_channel() -> None:
    head = f"""<ttl> 90 </ttl><sy:updatePeriod xmlns:sy="{SY}">
      hourly </sy:updatePeriod><sy:updateFrequency xmlns:sy="{SY}">2</sy:updateFrequency>
      <skipHours><hour>0</hour><hour>5</hour><!-- night --></skipHours><skipDays><day>Saturday</day><day>Sunday</day></skipDays>"""
    hints = read(rss(item(1), head=head)).hints
    assert hints == FeedHints(ttl_seconds=5400, sy_seconds=1800, skip_hours=0b100001, skip_days=0b1100000)


def test_a_document_without_hints_has_none_and_what_an_entry_says_is_no_hint() -> None:
    assert read(rss(item(1, more="<ttl>5</ttl>"))).hints is None
    assert read(b'{"version": "https://jsonfeed.org/version/1.1", "title": "Gazette", "ttl": 5, "items": []}').hints is None


@pytest.mark.parametrize(
    "texts",
    [
        {"ttl": "soon"},
        {"ttl": "-5"},
        {"ttl": "0"},
        {"ttl": "9" * 5000},
        {"sy:updateperiod": "whenever"},
        {"sy:updateperiod": "daily", "sy:updatefrequency": "0"},
        {"sy:updateperiod": "always"},
        {"skiphours": "25 x -1 ²"},
        {"skiphours": " ".join(str(hour) for hour in range(24))},
        {"skipdays": "monday tuesday wednesday thursday friday saturday sunday"},
        {},
    ],
)
def test_what_cannot_be_meant_says_nothing(texts: dict[str, str]) -> None:
    assert read_hints(texts) is None


@pytest.mark.parametrize(
    ("period", "frequency", "seconds"),
    [("hourly", None, HOUR), (None, "2", DAY / 2), ("Weekly", "0.5", 14 * DAY), ("dayly", "24", HOUR), ("yearly", "1", 365 * DAY)],
)
def test_the_syndication_module_gives_a_period_and_how_often_in_it(period: str | None, frequency: str | None, seconds: float) -> None:
    texts = {"sy:updateperiod": period, "sy:updatefrequency": frequency}
    assert read_hints({name: text for name, text in texts.items() if text}) == FeedHints(sy_seconds=int(seconds))


def test_hours_and_days_to_skip_are_waited_for_a_day_at_most() -> None:
    night = FeedHints(skip_hours=0b111 << 12)
    assert open_from(NOON - 60, night) == NOON - 60
    assert open_from(NOON + 60, night) == NOON + 3 * HOUR
    thursday, weekdays = FeedHints(skip_days=1 << 3), FeedHints(skip_days=0b11111)
    assert open_from(NOON, thursday) == NOON + 12 * HOUR
    assert open_from(NOON, weekdays) == NOON + 24 * HOUR
