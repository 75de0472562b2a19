"""How a trace reads topics: some partitions, from a moment on, each time with word of how far it is."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import msgspec

from dateline.cli.progress import progress
from dateline.events import UNREADABLE, decode
from dateline.explain.trace import Place
from dateline.log.reading import read_each
from dateline.log.visit import partition_of, partitions_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection

    from dateline.log.client import Cluster
    from dateline.log.port import Record

__all__ = ["BEFORE", "Topics", "decoded", "key_of", "place_of"]

# Clocks of pollers and brokers differ a little, and a first sight is older than its record by the poll's transaction.
BEFORE = timedelta(minutes=2)

T = TypeVar("T", bound=msgspec.Struct)


class Topics:
    """The topics of a cluster, by their short names; close what `read` gives where it is left early (contextlib.aclosing)."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._counts: dict[str, int] = {}

    async def partitions(self, topic: str) -> int:
        """How many partitions it has."""
        if topic not in self._counts:
            self._counts[topic] = await partitions_of(self.cluster, topic)
        return self._counts[topic]

    async def home(self, topic: str, key: str) -> int:
        """The partition of a key."""
        return partition_of(key.encode(), await self.partitions(topic))

    async def read(self, topic: str, partitions: Collection[int] | None = None, since: datetime | None = None) -> AsyncGenerator[Record]:
        """Committed records, of all partitions where none are named, from a little before `since`."""
        since_ms = None if since is None else int((since - BEFORE).timestamp() * 1000)
        with progress(f"searching {self.cluster.topic(topic)}", "records") as shown:
            async with aclosing(read_each(self.cluster, topic, partitions=partitions, since_ms=since_ms, told=shown.told)) as records:
                async for record in records:
                    yield record


def place_of(record: Record) -> Place:
    """Where and when a record was written."""
    at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    return Place(topic=record.topic, partition=record.partition, offset=record.offset, at=at)


def key_of(record: Record) -> str:
    """Its key as text."""
    return (record.key or b"").decode("utf-8", "replace")


def decoded(record: Record, kind: type[T]) -> T | None:
    """Its message; null where there is none that can be read."""
    try:
        return None if record.value is None else decode(record.value, kind)
    except UNREADABLE:
        return None
