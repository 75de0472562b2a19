"""Bounded reads of the log: all or some partitions of a topic, from a moment on, up to its end as it is now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dateline.errors import KafkaUnavailable, TransientError
from dateline.log.client import translated
from dateline.log.contact import Patience
from dateline.log.visit import CONNECT_SECONDS, reader

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Sequence

    from aiokafka import AIOKafkaConsumer, TopicPartition

    from dateline.log.client import Cluster
    from dateline.log.port import Record


def _untold(read: int, total: int) -> None:
    """Nobody asks how far it is."""


async def read_each(
    cluster: Cluster,
    topic: str,
    *,
    partitions: Collection[int] | None = None,
    since_ms: int | None = None,
    told: Callable[[int, int], None] = _untold,
) -> AsyncGenerator[Record]:
    """Committed records of a topic (short name), in order per partition and one after the other: a topic need not fit into memory.

    `partitions` null reads all of them. `since_ms`, Unix milliseconds, begins at the first record that is not older. `told` hears how
    many offsets of how many are behind it. KafkaUnavailable where the broker goes away meanwhile.
    """
    try:
        async with reader(cluster, topic) as (consumer, places):
            wanted = [place for place in places if partitions is None or place.partition in partitions]
            if not wanted:
                return
            consumer.assign(wanted)
            with translated():
                async with asyncio.timeout(CONNECT_SECONDS):
                    ends = await consumer.end_offsets(wanted)
                    starts = await _starts(consumer, wanted, since_ms)
            async for record in _between(consumer, starts, ends, told):
                yield record
    except TransientError as error:
        raise KafkaUnavailable(cluster.settings.bootstrap, str(error)) from error


async def read_whole(cluster: Cluster, topic: str) -> list[Record]:
    """Every committed record up to now, in order per partition; KafkaUnavailable where the broker goes away meanwhile."""
    return [record async for record in read_each(cluster, topic)]


async def _starts(consumer: AIOKafkaConsumer, places: Sequence[TopicPartition], since_ms: int | None) -> dict[TopicPartition, int]:
    if since_ms is None:
        first: dict[TopicPartition, int] = await consumer.beginning_offsets(places)
        return first
    ends = await consumer.end_offsets(places)
    found = await consumer.offsets_for_times(dict.fromkeys(places, since_ms))
    return {place: ends[place] if found[place] is None else found[place].offset for place in places}


async def _between(
    consumer: AIOKafkaConsumer,
    starts: dict[TopicPartition, int],
    ends: dict[TopicPartition, int],
    told: Callable[[int, int], None],
) -> AsyncGenerator[Record]:
    for place, start in starts.items():
        consumer.seek(place, start)
    reached, patience = dict(starts), Patience(consumer)
    total = sum(max(0, ends[place] - start) for place, start in starts.items())
    while any(position < ends[place] for place, position in reached.items()):
        with translated():
            found = await consumer.getmany(timeout_ms=200)
            reached = {place: await consumer.position(place) for place in reached}
        for place, records in found.items():
            for record in records:
                if record.offset < ends[place]:
                    yield record
        patience.with_read(reached, found=bool(found))
        told(sum(min(position, ends[place]) - starts[place] for place, position in reached.items()), total)
