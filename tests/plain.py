"""What tests build on: an entry that says nothing but what a test names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from dateline.poller.document import SILENT_ENTRY

if TYPE_CHECKING:
    from dateline.events import Entry


def plain_entry(**fields: Any) -> Entry:
    """An entry with these fields and no others."""
    return replace(SILENT_ENTRY, **fields)
