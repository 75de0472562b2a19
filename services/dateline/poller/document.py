"""A feed document as read: what the parser, the fallback and the decision hand to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from dateline.events import Entry, Precision, Timestamp  # noqa: TC001 - msgspec reads the annotations
from dateline.poller.dates import read_date

if TYPE_CHECKING:
    from datetime import datetime

    from dateline.settings import PollerSettings


class ParsedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as served, with its dates understood and what was doubtful about it."""

    entry: Entry
    published_at: Timestamp | None
    published_precision: Precision | None
    updated_at: Timestamp | None
    flags: tuple[str, ...] = ()


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What one body said. `encoding` is the one it was read in; `flags` hold for every entry."""

    format: str
    title: str | None
    link: str | None
    language: str | None
    encoding: str
    entries: tuple[ParsedEntry, ...]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much of a document is read. More entries or longer texts are left out and flagged `truncated`."""

    max_entries: int = 2000
    keep_email_addresses: bool = False
    # Titles, names, dates; the longest honest one seen has 2 kB.
    scalar_characters: int = 64 << 10
    # Summaries and contents; a record holds less than half of it, the rest is cut when the record is made.
    text_characters: int = 2 << 20

    @classmethod
    def of(cls, settings: PollerSettings) -> Limits:
        """The limits that the settings ask for."""
        return cls(max_entries=settings.max_entries, keep_email_addresses=settings.keep_email_addresses)


def dated(entry: Entry, *, now: datetime, flags: tuple[str, ...] = ()) -> ParsedEntry:
    """The entry with its dates understood; doubts about the publication date read `date_…`, about the other `updated_…`."""
    published = read_date(entry.published_raw, now=now)
    updated = read_date(entry.updated_raw, now=now)
    return ParsedEntry(
        entry=entry,
        published_at=published.at,
        published_precision=published.precision,
        updated_at=updated.at,
        flags=(*flags, *(f"date_{doubt}" for doubt in published.doubts), *(f"updated_{doubt}" for doubt in updated.doubts)),
    )
