"""What tests of the worker pool share: a briefing with deeds, and records that ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from articles import AGENCIES

from dateline.enricher.chunks import Briefing, LogWishes
from fakes import FakeRecord

if TYPE_CHECKING:
    from collections.abc import Sequence


def deadly_briefing(function: str = "deadly:decide", *, deadline_seconds: float = 30.0, memory_bytes: int = 256 << 20) -> Briefing:
    return Briefing(
        function=function,
        agencies=AGENCIES.agencies,
        partitions=6,
        memory_bytes=memory_bytes,
        deadline_seconds=deadline_seconds,
        log=LogWishes(level="info", format="json"),
    )


def records(*values: str | bytes, partition: int = 0, headers: Sequence[tuple[str, bytes]] = ()) -> list[FakeRecord]:
    whole = (value if isinstance(value, bytes) else value.encode() for value in values)
    return [FakeRecord("articles.raw", partition, offset, 0, b"key", value, headers) for offset, value in enumerate(whole)]
