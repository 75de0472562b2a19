"""What tests of the worker pool share: a briefing with deeds."""

from __future__ import annotations

from dateline.enricher.agencies import load_agencies
from dateline.enricher.chunks import Briefing, LogWishes

AGENCIES = load_agencies(None)


def deadly_briefing(function: str = "deadly:decide", *, deadline_seconds: float = 30.0, memory_bytes: int = 256 << 20) -> Briefing:
    return Briefing(
        function=function,
        agencies=AGENCIES.agencies,
        partitions=6,
        memory_bytes=memory_bytes,
        deadline_seconds=deadline_seconds,
        log=LogWishes(level="info", format="json"),
    )
