"""A feed document as read: what the parser, the fallback and the decision hand to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dateline.events import Entry, FeedHints, Page, Precision, Timestamp
from dateline.poller.bases import LONGEST_ADDRESS
from dateline.poller.dates import MISSING, read_date

if TYPE_CHECKING:
    from datetime import datetime

    from dateline.settings import PollerSettings

# Each article carries its feed's. The longest title of a real feed has 200 characters, and no language tag has 100 (RFC 5646 §4.4).
_TITLE_CHARACTERS, _LANGUAGE_CHARACTERS = 500, 100

# One that says nothing, to be filled with what is known.
SILENT_ENTRY = Entry(
    guid=None,
    guid_is_permalink=None,
    link=None,
    title=None,
    summary=None,
    content=None,
    authors=[],
    categories=[],
    rights=None,
    language=None,
    source=None,
    enclosures=[],
    media=[],
    links=[],
    published_raw=None,
    updated_raw=None,
    position=0,
    extensions={},
)


class ParsedEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An entry as served, with its dates understood, what was doubtful about it, and the page it links to where that was fetched."""

    entry: Entry
    published_at: Timestamp | None
    published_precision: Precision | None
    updated_at: Timestamp | None
    flags: tuple[str, ...] = ()
    page: Page | None = None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What one body said. `flags` hold for every entry; `entries` are those served, also where one says nothing.

    `encoding` is the one it was read in, as the web calls it, `encoding_origin` what named it. `deleted` are ids of entries that
    the publisher takes back (RFC 6721), `sitemaps` the addresses that a sitemap index lists, `hints` how often it asks to be visited.
    """

    format: str
    title: str | None
    link: str | None
    language: str | None
    encoding: str
    encoding_origin: str = "content"
    entries: tuple[ParsedEntry, ...]
    deleted: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    hints: FeedHints | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much of a document is read; settings of the same names give the reasons. What is left out is flagged `truncated`."""

    max_body_bytes: int = 8 << 20
    max_entries: int = 2000
    max_scalar_characters: int = 64 << 10
    max_text_characters: int = 2 << 20
    max_list_items: int = 1000
    max_extensions: int = 100
    max_depth: int = 16
    max_page_characters: int = 450_000
    keep_email_addresses: bool = False

    @classmethod
    def of(cls, settings: PollerSettings) -> Limits:
        """The limits that the settings ask for."""
        return cls(**{name: getattr(settings, name) for name in cls.__dataclass_fields__})


class About(NamedTuple):
    """What a document says of itself, no longer than each of its articles can carry; `truncated`: it said more."""

    title: str | None
    link: str | None
    language: str | None
    truncated: bool


def about(title: str | None, link: str | None, language: str | None, limits: Limits) -> About:
    """What a document says of itself, within its limits. A longer link is none: cut, it would lead elsewhere."""
    most = limits.max_scalar_characters
    kept = (
        None if title is None else title[: min(_TITLE_CHARACTERS, most)],
        None if link is None or len(link) > min(LONGEST_ADDRESS, most) else link,
        None if language is None else language[: min(_LANGUAGE_CHARACTERS, most)],
    )
    return About(*kept, truncated=kept != (title, link, language))


def says_something(entry: Entry) -> bool:
    """Whether there is anything in an entry by which it can be followed, read, seen or heard."""
    return any((entry.guid, entry.link, entry.title, entry.summary, entry.content, entry.enclosures, entry.media))


def dated(entry: Entry, *, now: datetime, flags: tuple[str, ...] = ()) -> ParsedEntry:
    """The entry with its dates understood; doubts about the publication date read `date_…`, about the other `updated_…`."""
    published = MISSING if entry.published_raw is None else read_date(entry.published_raw, now=now)
    updated = MISSING if entry.updated_raw is None else read_date(entry.updated_raw, now=now)
    if published.doubts or updated.doubts:
        flags = (*flags, *(f"date_{doubt}" for doubt in published.doubts), *(f"updated_{doubt}" for doubt in updated.doubts))
    return ParsedEntry(
        entry=entry,
        published_at=published.at,
        published_precision=published.precision,
        updated_at=updated.at,
        flags=flags,
    )
