"""What an article's feed left open and its page declares: dates, people, address, pictures, keywords, rights."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from dateline.events import Author, Image, Rights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dateline.enricher.page import ReadPage
    from dateline.enricher.page_metadata import PageMetadata
    from dateline.events import Precision, RawArticle

__all__ = ["article_images", "article_rights", "forbids_excerpts", "snippet_characters", "with_page_facts"]

# Clocks of publishers go wrong by minutes; an hour ahead is a mistake in the zone or an embargo.
AHEAD = timedelta(hours=1)
# Earlier years come from empty fields (0001, 1601, 1970), not from the web.
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
LONGEST_DATE = 60
NOON = 12


def with_page_facts(raw: RawArticle, page: ReadPage) -> RawArticle:
    """The article with dates and authors from its page where its feed has none, each flagged; nothing that the feed has is touched."""
    flags = list(raw.flags)
    published, updated = _first_date(page.metadata.published), _first_date(page.metadata.updated)
    filled = raw
    if raw.published_at is None and "date_impossible" not in flags and published is not None:
        filled = replace(filled, published_at=published.at, published_precision=published.precision)
        flags += ["date_from_page", *_doubts("date", published, raw.fetched_at)]
    if raw.updated_at is None and updated is not None and (raw.published_at is None or updated.at > raw.published_at):
        filled = replace(filled, updated_at=updated.at)
        flags += ["updated_from_page", *_doubts("updated", updated, raw.fetched_at)]
    if not raw.entry.authors and page.metadata.authors:
        authors = [Author(name=name, uri=None) for name in page.metadata.authors]
        filled = replace(filled, entry=replace(raw.entry, authors=authors))
        flags.append("authors_from_page")
    return replace(filled, flags=list(dict.fromkeys(flags)))


def article_rights(raw: RawArticle, metadata: PageMetadata) -> Rights:
    """What feed and page state; nobody's silence is a permission."""
    page = raw.page.rights if raw.page else None
    free = (page.is_accessible_for_free if page else None, metadata.is_free)
    return Rights(
        is_accessible_for_free=False if False in free else True if True in free else None,
        license=next((link.href for link in raw.entry.links if link.rel == "license"), None) or metadata.license,
        notice=raw.entry.rights or metadata.notice,
        tdm_reserved=page.tdm_reserved if page else None,
    )


def forbids_excerpts(robots: str | None) -> bool:
    """Whether robots directives forbid to show any of a page's text (nosnippet, max-snippet:0) or its use by machines (noai)."""
    return not _directives(robots).isdisjoint(_NO_EXCERPT)


def snippet_characters(robots: str | None) -> int | None:
    """How much of a page's text robots directives let be shown; the least where they say several, null where they set no limit."""
    limits = [int(found[1]) for directive in _directives(robots) if (found := _MOST_SHOWN.fullmatch(directive))]
    return min(limits, default=None)


def _directives(robots: str | None) -> set[str]:
    return {"".join(directive.split()).lower() for directive in (robots or "").split(",")}


def article_images(raw: RawArticle, metadata: PageMetadata) -> list[Image]:
    """The feed's pictures, once each, else the page's; a picture's credit says who made the picture."""
    return list(_attached(raw)) or list(metadata.images)


def _attached(raw: RawArticle) -> Iterator[Image]:
    credited = [(media.url, media.type, media.credit) for media in raw.entry.media]
    attached = [(file.url, file.type, None) for file in raw.entry.enclosures]
    seen = set()
    for url, media_type, credit in (*credited, *attached):
        if url and url not in seen and (media_type or "").lower().startswith("image"):
            seen.add(url)
            yield Image(url=url, credit=credit)


# ── dates ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Date(NamedTuple):
    at: datetime
    precision: Precision
    naive: bool


def _first_date(declared: Iterable[str]) -> _Date | None:
    return next((date for text in declared if (date := _date(text)) is not None), None)


def _date(text: str) -> _Date | None:
    """A date as ISO 8601, RFC 5322 or English print it; without a zone it is read as UTC; null for anything else, never shifted."""
    plain = text.strip()
    found = next(filter(None, (form.fullmatch(plain) for form in _FORMS)), None) if len(plain) <= LONGEST_DATE else None
    if found is None:
        return None
    try:
        moment = _moment(found.groupdict())
        at = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    precision: Precision = "day" if found["hour"] is None else "second" if found["second"] else "minute"
    return _Date(at, precision, moment.tzinfo is None) if at >= EARLIEST else None


def _moment(parts: dict[str, str | None]) -> datetime:
    """The moment in its zone, naive without one; ValueError where it cannot be."""
    zone, month = parts["zone"], parts["month"] or ""
    return datetime(
        int(parts["year"] or ""),
        int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1,
        int(parts["day"] or ""),
        _hour(int(parts["hour"] or 0), parts.get("half")),
        int(parts["minute"] or 0),
        int(parts["second"] or 0),
        int((parts.get("fraction") or "")[:6].ljust(6, "0")),
        tzinfo=_zone(zone) if zone else None,
    )


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= NOON:
        raise ValueError(hour)
    return hour % NOON + (NOON if half[0] in "Pp" else 0)


def _zone(text: str) -> timezone:
    """An offset or a name that means one thing; ValueError for any other name, since its time may be any."""
    offset = _OFFSET.fullmatch(text)
    if offset is None and text.upper() not in _ZONES:
        raise ValueError(text)
    if offset is None:
        return timezone(timedelta(hours=_ZONES[text.upper()]))
    minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
    return timezone(timedelta(minutes=-minutes if offset["sign"] == "-" else minutes))


def _doubts(name: str, date: _Date, now: datetime) -> list[str]:
    return [f"{name}_naive"] * (date.naive and date.precision != "day") + [f"{name}_in_future"] * (date.at > now + AHEAD)


_NO_EXCERPT = frozenset(("nosnippet", "max-snippet:0", "noai"))
# -1 is no limit.
_MOST_SHOWN = re.compile(r"max-snippet:(\d{1,9})", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# RFC 5322 §4.3, and what Europe's systems print.
_ZONES = {"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_ZONES |= {"WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3}
_OFFSET = re.compile(r"(?:GMT|UTC)?\s?(?P<sign>[+-])(?P<hours>\d\d?)(?::?(?P<minutes>[0-5]\d))?", re.ASCII | re.IGNORECASE)
_ZONE = r"(?P<zone>(?:GMT|UTC)?\s?[+-]\d\d(?::?\d\d)?|(?:GMT|UTC)[+-]\d|[A-Z]{1,5})?(?:\s*\([^()]*\))?"
_CLOCK = r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?\s*(?P<half>[AP](?:M|\.M\.))?"
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[A-Z]{0,6},?\s+)?"
_MONTH = (
    r"(?P<month>(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?))\.?"
)
_FORMS = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        # A blank for the T, and one before the zone, as databases print them.
        rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)(?:(?:T|\s+){_CLOCK}\s*{_ZONE})?",
        rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)(?:T(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?{_ZONE})?",
        # Fri, 27 Feb 2026 10:00:00 +0100
        rf"{_WEEKDAY}(?P<day>\d\d?)[\s-]{_MONTH}[\s-](?P<year>\d{{4}})(?:,?\s+{_CLOCK}\s*{_ZONE})?",
        # February 27, 2026 05:30 PM
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d\d?),?\s+(?P<year>\d{{4}})(?:,?\s+{_CLOCK}\s*{_ZONE})?",
        # Fri Feb 27 10:00:00 UTC 2026
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d\d?)\s+{_CLOCK}\s*{_ZONE}\s+(?P<year>\d{{4}})",
    )
)
