"""Dates as feeds write them: RFC 822 and its many variants, ISO 8601, seconds since 1970, months by name in many languages.

Nothing is guessed: a date that cannot be or cannot be read is null and doubted as `impossible`; one without a time zone is
read as UTC (in Korean as Korea's, which has one) and doubted as `naive`; one that lies ahead is kept and doubted as `in_future`.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from dateline.events import Precision

# Clocks of publishers go wrong by minutes; an hour ahead is a mistake in the zone or an embargo.
_AHEAD = timedelta(hours=1)
# Longer is no date, and not worth reading.
LONGEST = 100
# Earlier years come from empty fields (0001, 1601, 1899), not from the web.
EARLIEST_YEAR = 1900
# What an empty field becomes where it is read as a number.
_EPOCH_BEGINS = datetime(1970, 1, 1, tzinfo=UTC)

_MONTHS = dict(zip("jan feb mar apr may jun jul aug sep oct nov dec".split(), range(1, 13), strict=True))  # noqa: SIM905 - as one reads it
_MONTH_DIGITS = {name.title(): f"{number:02}" for name, number in _MONTHS.items()}
# How month names begin in languages whose publishers write them into feeds, without accents (Unicode CLDR; Greek and Hungarian as
# feedparser knows them). Names that mean different months in two languages (listopad) are left out. The longest beginning counts.
_STEMS = {
    1: "jan gen ene ιαν янв",
    2: "feb fev φεβ фев",
    3: "mar maa mrt μαρ мар",
    4: "apr avr abr huh απρ апр",
    5: "may mai mei maj mag toukok μαι май мая",
    6: "jun juin giu kesak ιουν ιον июн",
    7: "jul juil lug heinak ιουλ ιολ июл",
    8: "aug aou ago elok αυγ авг",
    9: "sep set szept syysk σεπ сен",
    10: "oct okt ott out lokak οκτ окт",
    11: "nov marras νοε ноя",
    12: "dec dez dic des jouluk δεκ дек",
}
_BY_STEM = sorted(((stem, number) for number, stems in _STEMS.items() for stem in stems.split()), key=lambda pair: -len(pair[0]))
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
_ZONE = r"\(?(?P<zone>(?:GMT|UTC)?\s?[+-]\d{1,2}:?(?:\d\d)?|[A-Za-z]{1,5}|[A-Z][a-z]{2,10}/[A-Za-z_]{2,20})?\)?(?:\s*\([^)]*\))?"
_LETTER = r"[^\W\d_]"
_WEEKDAY = rf"(?:{_LETTER}{{2,15}}\.?(?:,\s*|\s+))?"
_MONTH = rf"(?P<month>{_LETTER}{{3,15}})"
_ORDINAL = r"(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form + r"\s*\Z")
    for form in (
        # RFC 822 §5, RFC 5322 §3.3 and what is written instead of them: Tue, 05 Mar 2024 10:00:00 +0100
        rf"{_WEEKDAY}(?P<day>\d{{1,2}}){_ORDINAL}\.?[ -](?:de )?{_MONTH}\.?,?[ -](?:de )?(?P<year>\d{{2,4}})(?:,?\s+{_CLOCK}\s*{_ZONE})?",
        # March 5, 2024 10:00 EST
        rf"{_WEEKDAY}{_MONTH}\.?\s+(?P<day>\d{{1,2}}){_ORDINAL},?\s+(?P<year>\d{{4}})(?:,?\s+{_CLOCK}\s*{_ZONE})?",
        # asctime: Tue Mar  5 10:00:00 2024, or with a zone before the year
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_CLOCK}\s*{_ZONE}\s+(?P<year>\d{{4}})",
        # ISO 8601 with blanks, a named zone or a named month: 2024-03-05 10:00:00 UTC, 2024-március-5T10:00+01:00
        rf"(?P<year>\d{{4}})[-/](?P<month>\d\d?|{_LETTER}{{3,15}})[-/](?P<day>\d\d?)(?:(?:\s+|T){_CLOCK}\s*{_ZONE})?",
        # 2024. március 5. 10:00
        rf"(?P<year>\d{{4}})\.?\s+{_MONTH}\s+(?P<day>\d{{1,2}})\.?(?:,?\s+{_CLOCK}\s*{_ZONE})?",
    )
)
_KOREAN_HALVES = {"오전": "AM", "오후": "PM"}
# Korean forms (feedparser's OnBlog and Nate), which leave out the one zone they can mean.
_KOREAN_FORMS = (
    re.compile(
        r"(?P<year>\d{4})년\s*(?P<month>\d\d?)월\s*(?P<day>\d\d?)일(?:\s+(?P<half>오전|오후))?\s+(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?\Z"
    ),
    re.compile(
        r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\s+(?P<half>오전|오후)\s+(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?\Z"
    ),
)
_KOREAN_ZONE = "+0900"
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?P<minute>[T ]\d\d:\d\d(?P<second>:\d\d(?:[.,]\d+)?)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?\Z", re.ASCII)
_COMPACT = re.compile(r"(?:19|20)\d{6}T?\d{4}(?P<second>\d\d)?(?P<zone>Z)?\Z", re.ASCII)
# Seconds since 1970, or a thousand times as many, since September 2001: fewer digits are dates written otherwise, or numbers of articles.
_EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?\Z", re.ASCII)
# A day and an hour in ten digits, which as seconds would lie in 2030 or later.
_COMPACT_HOUR = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])\Z", re.ASCII)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d\d)?\Z")
# The two forms that nine of ten dates have, by length: RFC 822 with GMT and with an offset; the shortest ISO 8601 with a zone.
_RFC_WITH_GMT, _RFC_WITH_OFFSET, _SHORTEST_ISO = 29, 31, 20
_LONGEST_SECONDS = 10
_NOON = 12


class ReadDate(Struct, frozen=True, gc=False):
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
    assumed = False
    try:
        moment = _common(text)
        precision: Precision = "second"
        if moment is None:
            moment, precision, assumed = _read(text)
        naive = moment.tzinfo is None
        at = moment if moment.tzinfo is UTC else moment.replace(tzinfo=UTC) if naive else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return IMPOSSIBLE
    if at.year < EARLIEST_YEAR or at == _EPOCH_BEGINS:
        return IMPOSSIBLE
    ahead = at > now and at - now > _AHEAD
    if ahead and _COMPACT_HOUR.match(text):
        return IMPOSSIBLE
    return ReadDate(at, precision, ("naive",) * (naive or assumed) + ("in_future",) * ahead if naive or assumed or ahead else ())


def _common(text: str) -> datetime | None:
    """The moment where a date has the form of nine in ten, at a fifth of the cost; None where it has not."""
    length = len(text)
    if length in (_RFC_WITH_GMT, _RFC_WITH_OFFSET) and text[3:5] == ", " and text[7] == text[11] == text[16] == text[25] == " ":
        zone = text[26:]
        month = _MONTH_DIGITS.get(text[8:11])
        if month is None or (length == _RFC_WITH_GMT and zone != "GMT"):
            return None
        text = f"{text[12:16]}-{month}-{text[5:7]}T{text[17:25]}{'Z' if zone == 'GMT' else zone}"
    elif length < _SHORTEST_ISO or text[4] != "-" or text[10] != "T" or (text[-1] != "Z" and text[-6] not in "+-") or text[16] in "+-":
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _read(text: str) -> tuple[datetime, Precision, bool]:
    """A moment, naive where no zone is given, and whether its zone is assumed. ValueError where the text is no date that can be."""
    iso = _ISO.match(text)
    if iso is not None:
        return datetime.fromisoformat(text), "second" if iso["second"] else "minute" if iso["minute"] else "day", False
    for form in _FORMS:
        match = form.match(text)
        if match is not None:
            return (*_from_match(match.groupdict()), False)
    for form in _KOREAN_FORMS:
        match = form.match(text)
        if match is not None:
            return (*_from_match(match.groupdict() | {"zone": _KOREAN_ZONE}), True)
    compact = _COMPACT.match(text)
    if compact is not None:
        written = "%Y%m%d%H%M%S" if compact["second"] else "%Y%m%d%H%M"
        moment = datetime.strptime(text.replace("T", "").removesuffix("Z"), written)  # noqa: DTZ007 - naive is what it is
        return moment.replace(tzinfo=UTC) if compact["zone"] else moment, "second" if compact["second"] else "minute", False
    if _EPOCH.match(text):
        whole = text.partition(".")[0]
        return datetime.fromtimestamp(float(text) / (1 if len(whole) <= _LONGEST_SECONDS else 1000), UTC), "second", False
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
    if text.isdigit():
        return int(text)
    number = _MONTHS.get(text[:3].lower()) if text.isascii() and len(text) == 3 else None  # noqa: PLR2004 - as RFC 822 writes it
    return _named_month(text) if number is None else number


def _named_month(text: str) -> int:
    """The month whose name begins so in some language; ValueError where none does."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter))
    for stem, number in _BY_STEM:
        if plain.startswith(stem):
            return number
    raise ValueError(text)


def _hour(hour: int, half: str | None) -> int:
    if half is None or hour > _NOON:
        return hour
    return hour % _NOON + (_NOON if _KOREAN_HALVES.get(half, half)[0] in "Pp" else 0)


def _zone(text: str) -> timezone | None:
    """The zone, None where its name means several or none (RFC 5322 §4.3: unknown names say nothing)."""
    offset = _OFFSET.match(text)
    if offset is None:
        return _ZONES.get(text.upper())
    minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
    return timezone(timedelta(minutes=-minutes if offset["sign"] == "-" else minutes))
