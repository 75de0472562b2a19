"""Short visits to the log from the command line: read a topic, follow it, write a few records."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from dateline.errors import ConfigurationError, KafkaUnavailable
from dateline.log.client import CLIENT_BATCH_BYTES, REQUEST_BYTES, Cluster, admin, drop, translated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from dateline.log.port import Output, Record

# A command that finds no broker says so within 15 s; this leaves it time to say it.
CONNECT_SECONDS = 10.0
# A topic that was created a moment ago is not known to every broker yet.
METADATA_PAUSES_SECONDS = (0.0, 0.1, 0.3, 0.6)
_place = DefaultPartitioner()


def partition_of(key: bytes, partitions: int) -> int:
    """Where Kafka's own clients put a key: murmur2 over the number of partitions."""
    numbers = list(range(partitions))
    return int(_place(key, numbers, numbers))


@asynccontextmanager
async def reader(cluster: Cluster, topic: str) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    """A committed reader of every partition of a topic (short name)."""
    places = await places_of(cluster, topic)
    consumer = AIOKafkaConsumer(
        **cluster.client_options(),
        group_id=None,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=200,
    )
    try:
        await _connected(consumer, cluster)
        consumer.assign(places)
        yield consumer, places
    finally:
        await drop(consumer.stop())


async def places_of(cluster: Cluster, topic: str) -> list[TopicPartition]:
    """Every partition of a topic (short name); ConfigurationError when there is none after a moment of asking again."""
    name = cluster.topic(topic)
    async with admin(cluster) as client:
        for pause in METADATA_PAUSES_SECONDS:
            await asyncio.sleep(pause)
            with translated():
                (found,) = await client.describe_topics([name])
            if found["error_code"] == 0 and found["partitions"]:
                return [TopicPartition(name, number) for number in sorted(part["partition"] for part in found["partitions"])]
    raise ConfigurationError(f"there is no topic {name}; create it with: dateline topics --apply")


async def read_whole(cluster: Cluster, topic: str) -> list[Record]:
    """Every committed record up to now, in order per partition."""
    return [record async for record in read_each(cluster, topic)]


async def read_each(cluster: Cluster, topic: str) -> AsyncIterator[Record]:
    """Every committed record up to now, in order per partition, one after the other: a topic need not fit into memory."""
    async with reader(cluster, topic) as (consumer, places):
        with translated():
            ends = await consumer.end_offsets(places)
            await consumer.seek_to_beginning(*places)
            while any([await consumer.position(place) < ends[place] for place in places]):
                for place, found in (await consumer.getmany(timeout_ms=200)).items():
                    for record in found:
                        if record.offset < ends[place]:
                            yield record


async def follow(cluster: Cluster, topic: str, start: dict[int, int] | None) -> AsyncIterator[Record]:
    """Committed records as they come, from the offsets given or from now on; never ends by itself."""
    async with reader(cluster, topic) as (consumer, places):
        with translated():
            if start is None:
                await consumer.seek_to_end(*places)
            else:
                for place in places:
                    consumer.seek(place, start.get(place.partition, 0))
            while True:
                for found in (await consumer.getmany(timeout_ms=500)).values():
                    for record in found:
                        yield record


async def partitions_of(cluster: Cluster, topic: str) -> int:
    """How many partitions a topic (short name) has."""
    return len(await places_of(cluster, topic))


async def publish(cluster: Cluster, outputs: Sequence[Output]) -> None:
    """Write a few records that belong to no transaction, acknowledged by all replicas."""
    producer = AIOKafkaProducer(
        **cluster.client_options(),
        enable_idempotence=True,
        compression_type="zstd",
        max_batch_size=CLIENT_BATCH_BYTES,
        max_request_size=REQUEST_BYTES,
    )
    try:
        await _connected(producer, cluster)
        with translated():
            sent = [await _send(producer, cluster, output) for output in outputs]
            await asyncio.wait_for(asyncio.gather(*sent), CONNECT_SECONDS)
    finally:
        await drop(producer.stop())


async def _send(producer: AIOKafkaProducer, cluster: Cluster, output: Output) -> Any:
    return await producer.send(
        cluster.topic(output.topic), output.value, key=output.key, partition=output.partition, headers=list(output.headers)
    )


async def _connected(client: Any, cluster: Cluster) -> None:
    try:
        await asyncio.wait_for(client.start(), CONNECT_SECONDS)
    except (KafkaError, OSError, TimeoutError) as error:
        raise KafkaUnavailable(cluster.settings.bootstrap, type(error).__name__) from error
