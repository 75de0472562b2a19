"""Dates as feeds write them: RFC 822 and its many variants, ISO 8601, seconds since 1970.

Nothing is guessed: a date that cannot be or cannot be read is null and doubted as `impossible`; one without a time zone is
read as UTC and doubted as `naive`; one that lies ahead is kept and doubted as `in_future`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dateline.events import Precision

# Clocks of publishers go wrong by minutes; an hour ahead is a mistake in the zone or an embargo.
FUTURE_SECONDS = 3600.0
# Longer is no date, and not worth reading.
LONGEST = 100
# Earlier years come from empty fields (0001, 1601, 1899), not from the web.
EARLIEST_YEAR = 1900

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Names that mean one thing only, by hours from UTC. IST (India, Israel, Ireland) and the like are doubted as naive instead.
_ZONES_BY_HOURS = {
    0.0: "GMT UTC UT Z WET",
    1.0: "BST CET MEZ WEST",
    2.0: "CEST EET MESZ SAST",
    3.0: "EEST MSK",
    5.0: "PKT",
    7.0: "WIB",
    8.0: "HKT SGT AWST",
    9.0: "JST KST",
    9.5: "ACST",
    10.0: "AEST",
    11.0: "AEDT",
    12.0: "NZST",
    13.0: "NZDT",
    -3.0: "ADT",
    -4.0: "AST EDT",
    -5.0: "EST CDT",
    -6.0: "CST MDT",
    -7.0: "MST PDT",
    -8.0: "PST AKDT",
    -9.0: "AKST",
    -10.0: "HST",
}
_ZONES = {name: timezone(timedelta(hours=hours)) for hours, names in _ZONES_BY_HOURS.items() for name in names.split()}

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d{1,2})(?:[.,]\d+)?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
_ZONE = r"\(?(?P<zone>(?:GMT|UTC)?\s?[+-]\d{1,2}:?(?:\d\d)?|[A-Za-z]{1,5})?\)?(?:\s*\([^)]*\))?"
_WEEKDAY = r"(?:[A-Za-z]{2,9}\.?(?:,\s*|\s+))?"
_ORDINAL = r"(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form + r"\s*\Z")
    for form in (
        # RFC 822 §5, RFC 5322 §3.3 and what is written instead of them: Tue, 05 Mar 2024 10:00:00 +0100
        rf"{_WEEKDAY}(?P<day>\d{{1,2}}){_ORDINAL}[ -](?P<month>[A-Za-z]{{3,9}})\.?,?[ -](?P<year>\d{{2,4}})(?:,?\s+{_CLOCK}\s*{_ZONE})?",
        # March 5, 2024 10:00 EST
        rf"{_WEEKDAY}(?P<month>[A-Za-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}}){_ORDINAL},?\s+(?P<year>\d{{4}})(?:,?\s+{_CLOCK}\s*{_ZONE})?",
        # asctime: Tue Mar  5 10:00:00 2024, or with a zone before the year
        rf"{_WEEKDAY}(?P<month>[A-Za-z]{{3,9}})\s+(?P<day>\d{{1,2}})\s+{_CLOCK}\s*{_ZONE}\s+(?P<year>\d{{4}})",
        # ISO 8601 with blanks or a named zone: 2024-03-05 10:00:00 UTC
        rf"(?P<year>\d{{4}})[-/](?P<month>\d\d?)[-/](?P<day>\d\d?)(?:(?:\s+|T){_CLOCK}\s*{_ZONE})?",
    )
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?P<minute>[T ]\d\d:\d\d(?P<second>:\d\d(?:[.,]\d+)?)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?\Z")
_COMPACT = re.compile(r"(?:19|20)\d{12}\Z")
_EPOCH = re.compile(r"\d{9,10}(?:\d{3})?(?:\.\d+)?\Z")
_OFFSET = re.compile(r"(?:GMT|UTC)?\s?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d\d)?\Z")
_LONGEST_SECONDS = 10
_NOON = 12


class ReadDate(NamedTuple):
    """A moment in UTC, how precisely it was given, and what is doubtful about it: naive, in_future, impossible."""

    at: datetime | None
    precision: Precision | None
    doubts: tuple[str, ...]


MISSING = ReadDate(None, None, ())
IMPOSSIBLE = ReadDate(None, None, ("impossible",))


def read_date(raw: str | None, *, now: datetime) -> ReadDate:
    """The date as a moment in UTC; `now` is aware UTC and only tells what lies ahead."""
    text = raw.strip() if raw else ""
    if not text:
        return MISSING
    if len(text) > LONGEST:
        return IMPOSSIBLE
    try:
        moment, precision = _read(text)
        naive = moment.tzinfo is None
        at = moment.replace(tzinfo=UTC) if naive else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return IMPOSSIBLE
    if at.year < EARLIEST_YEAR or at.timestamp() == 0:
        return IMPOSSIBLE
    doubts = ("naive",) * naive + ("in_future",) * ((at - now).total_seconds() > FUTURE_SECONDS)
    return ReadDate(at, precision, doubts)


def _read(text: str) -> tuple[datetime, Precision]:
    """A moment, naive where no zone is given. ValueError where the text is no date that can be."""
    iso = _ISO.match(text)
    if iso is not None:
        return datetime.fromisoformat(text), "second" if iso["second"] else "minute" if iso["minute"] else "day"
    for form in _FORMS:
        match = form.match(text)
        if match is not None:
            return _from_match(match.groupdict())
    if _COMPACT.match(text):
        return datetime.strptime(text, "%Y%m%d%H%M%S"), "second"  # noqa: DTZ007 - naive is what it is
    if _EPOCH.match(text):
        whole = text.partition(".")[0]
        return datetime.fromtimestamp(float(text) / (1 if len(whole) <= _LONGEST_SECONDS else 1000), UTC), "second"
    raise ValueError(text)


def _from_match(parts: dict[str, str | None]) -> tuple[datetime, Precision]:
    zone = parts["zone"]
    moment = datetime(
        _year(parts["year"] or ""),
        _month(parts["month"] or ""),
        int(parts["day"] or 0),
        _hour(int(parts["hour"] or 0), parts["half"]),
        int(parts["minute"] or 0),
        # A leap second; datetime has none.
        59 if parts["second"] == "60" else int(parts["second"] or 0),
        tzinfo=_zone(zone) if zone else None,
    )
    return moment, "second" if parts["second"] else "minute" if parts["minute"] else "day"


def _year(digits: str) -> int:
    """RFC 5322 §4.3: two digits below 50 are in this century, the others and three digits count from 1900."""
    year = int(digits)
    if len(digits) == 2:  # noqa: PLR2004 - two digits are two digits
        return year + (2000 if year < 50 else 1900)  # noqa: PLR2004 - the RFC says so
    return year + 1900 if len(digits) == 3 else year  # noqa: PLR2004 - as above


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS.index(text[:3].lower()) + 1


def _hour(hour: int, half: str | None) -> int:
    if half is None or hour > _NOON:
        return hour
    return hour % _NOON + (_NOON if half[0] in "Pp" else 0)


def _zone(text: str) -> timezone | None:
    """The zone, None where its name means several or none (RFC 5322 §4.3: unknown names say nothing)."""
    offset = _OFFSET.match(text)
    if offset is None:
        return _ZONES.get(text.upper())
    minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
    return timezone(timedelta(minutes=-minutes if offset["sign"] == "-" else minutes))
