"""What tests build on: an entry that says nothing but what a test names."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from dateline.events import Entry

_SILENT = Entry(
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


def plain_entry(**fields: Any) -> Entry:
    """An entry with these fields and no others."""
    return replace(_SILENT, **fields)
