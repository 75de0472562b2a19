"""How often a document asks to be visited: RSS ttl, skipHours and skipDays, and the syndication module."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dateline.events import FeedHints

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Names of elements as poller/names.py gives them.
TEXTS = frozenset(("ttl", "sy:updateperiod", "sy:updatefrequency"))
LISTS = frozenset(("skiphours", "skipdays"))

# https://web.resource.org/rss/1.0/modules/syndication/; the last one is met in the wild and says what it means.
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 7 * 86_400, "monthly": 30 * 86_400, "yearly": 365 * 86_400, "dayly": 86_400}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBER = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*\Z", re.ASCII)
# All hours and all days written out take less.
_LONGEST_LIST = 400
_HOURS_A_DAY, _DAYS_A_WEEK = 24, 7


def read_hints(texts: Mapping[str, str]) -> FeedHints | None:
    """The hints from the texts of a document's elements, by name; lists have their parts separated by blanks.

    What cannot be read, and a list that leaves no hour or no day, says nothing. Null where nothing is said.
    """
    hints = FeedHints(
        ttl_seconds=_ttl(texts.get("ttl")),
        sy_seconds=_period(texts.get("sy:updateperiod"), texts.get("sy:updatefrequency")),
        skip_hours=_bits((_hour(word) for word in _words(texts, "skiphours")), _HOURS_A_DAY),
        skip_days=_bits((_day(word) for word in _words(texts, "skipdays")), _DAYS_A_WEEK),
    )
    return None if hints == FeedHints() else hints


def open_from(moment: float, hints: FeedHints) -> float:
    """The first time from `moment` on (Unix seconds) that lies in no hour or day to be skipped, at most a day later.

    Hours and days are UTC: the RSS 2.0 specification says GMT (https://www.rssboard.org/skip-hours-days).
    """
    if not hints.skip_hours and not hints.skip_days:
        return moment
    time = datetime.fromtimestamp(moment, UTC)
    for _ in range(_HOURS_A_DAY):
        if not (hints.skip_hours >> time.hour & 1 or hints.skip_days >> time.weekday() & 1):
            break
        time = time.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return time.timestamp()


def _ttl(text: str | None) -> int | None:
    minutes = _number(text)
    return round(60 * minutes) if minutes else None


def _period(period: str | None, frequency: str | None) -> int | None:
    if period is None and frequency is None:
        return None
    seconds = _PERIODS.get((period or "daily").strip().lower())
    times = 1.0 if frequency is None else _number(frequency)
    return round(seconds / times) if seconds and times else None


def _number(text: str | None) -> float | None:
    found = _NUMBER.match(text or "")
    return float(found[1]) if found else None


def _words(texts: Mapping[str, str], name: str) -> list[str]:
    return texts.get(name, "")[:_LONGEST_LIST].lower().split()


def _hour(word: str) -> int | None:
    """0 to 23; 24 is met too and is midnight."""
    return int(word) % _HOURS_A_DAY if word.isascii() and word.isdigit() and int(word) <= _HOURS_A_DAY else None


def _day(word: str) -> int | None:
    return _DAYS.index(word) if word in _DAYS else None


def _bits(numbers: Iterable[int | None], most: int) -> int:
    bits = 0
    for number in numbers:
        bits |= 0 if number is None else 1 << number
    return 0 if bits == (1 << most) - 1 else bits
