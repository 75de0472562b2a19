"""What an article's feed left open and its page declares: dates, people, address, pictures, keywords, rights."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from dateline.events import Author, Image, Rights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dateline.enricher.page import ReadPage
    from dateline.enricher.page_metadata import PageMetadata
    from dateline.events import Precision, RawArticle

__all__ = ["article_images", "article_rights", "forbids_excerpts", "with_page_facts"]

# Clocks of publishers go wrong by minutes; an hour ahead is a mistake in the zone or an embargo.
AHEAD = timedelta(hours=1)
# Earlier years come from empty fields (0001, 1601, 1970), not from the web.
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
LONGEST_DATE = 60


def with_page_facts(raw: RawArticle, page: ReadPage) -> RawArticle:
    """The article with dates and authors from its page where its feed has none, each flagged; nothing that the feed has is touched."""
    flags = list(raw.flags)
    published, updated = _first_date(page.metadata.published), _first_date(page.metadata.updated)
    filled = raw
    if raw.published_at is None and "date_impossible" not in flags and published is not None:
        filled = replace(filled, published_at=published.at, published_precision=published.precision)
        flags += ["date_from_page", *_doubts(published, raw.fetched_at)]
    if raw.updated_at is None and updated is not None and (raw.published_at is None or updated.at > raw.published_at):
        filled = replace(filled, updated_at=updated.at)
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
    directives = {"".join(directive.split()).lower() for directive in (robots or "").split(",")}
    return not directives.isdisjoint(_NO_EXCERPT)


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
    """A date as ISO 8601 or RFC 5322 write it; without a zone it is read as UTC; null for anything else, never shifted."""
    plain = text.strip()
    if len(plain) > LONGEST_DATE:
        return None
    try:
        moment = datetime.fromisoformat(_regular(plain)) if _ISO.match(plain) else parsedate_to_datetime(plain)
        at = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return _Date(at, _precision(plain), moment.tzinfo is None) if at >= EARLIEST else None


def _regular(text: str) -> str:
    """ISO 8601 as Python reads it, from what databases print."""
    odd = _ODD_ISO.fullmatch(text)
    return text if odd is None else f"{odd[1]}T{odd[2]}{'+00:00' if odd[3] in ('Z', 'UTC') else odd[3] or ''}"


def _precision(text: str) -> Precision:
    colons = _CLOCK.search(text)
    return "day" if colons is None else "second" if colons["second"] else "minute"


def _doubts(date: _Date, now: datetime) -> list[str]:
    return ["date_naive"] * (date.naive and date.precision != "day") + ["date_in_future"] * (date.at > now + AHEAD)


_NO_EXCERPT = frozenset(("nosnippet", "max-snippet:0", "noai"))
_ISO = re.compile(r"\d{4}-?\d\d-?\d\d")
# A blank for the T, and one before the zone, as databases print them.
_ODD_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[ T]+(\d\d:\d\d(?::\d\d)?(?:\.\d+)?)\s*(Z|UTC|[+-]\d\d:?\d\d)?")
_CLOCK = re.compile(r"\d\d:\d\d(?P<second>:\d\d)?")
