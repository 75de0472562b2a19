"""Short visits to the log from the command line: read a topic, follow it, write a few records."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from dateline.errors import ConfigurationError, KafkaUnavailable, Moved, TransientError
from dateline.log.client import (
    CLIENT_BATCH_BYTES,
    REQUEST_BYTES,
    TRANSACTION_TIMEOUT_MS,
    Cluster,
    admin,
    drop,
    ignore_abandoned,
    translated,
)
from dateline.log.contact import Patience

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence

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


async def follow(
    cluster: Cluster,
    topic: str,
    start: dict[int, int] | None,
    *,
    ends: Mapping[int, int] | None = None,
    seconds: float | None = None,
) -> AsyncGenerator[Record]:
    """Committed records as they come, from the offsets given or from now on.

    Ends by itself before the offsets in `ends`, or after so many seconds; never where neither is given. KafkaUnavailable where the
    broker goes away meanwhile.
    """
    try:
        async with reader(cluster, topic) as (consumer, places):
            await _go_to(consumer, places, start)
            patience, deadline = Patience(consumer), math.inf if seconds is None else time.monotonic() + seconds
            while time.monotonic() < deadline and not await _are_reached(consumer, places, ends):
                with translated():
                    found = await consumer.getmany(timeout_ms=500)
                for place, records in found.items():
                    for record in records:
                        if ends is None or record.offset < ends.get(place.partition, 0):
                            yield record
                patience.with_read(places, found=bool(found))
    except TransientError as error:
        raise KafkaUnavailable(cluster.settings.bootstrap, str(error)) from error


async def _go_to(consumer: AIOKafkaConsumer, places: Sequence[TopicPartition], start: Mapping[int, int] | None) -> None:
    """To these offsets, or to the end."""
    with translated():
        if start is None:
            await consumer.seek_to_end(*places)
        else:
            for place in places:
                consumer.seek(place, start.get(place.partition, 0))


async def _are_reached(consumer: AIOKafkaConsumer, places: Sequence[TopicPartition], ends: Mapping[int, int] | None) -> bool:
    with translated():
        return ends is not None and all([await consumer.position(place) >= ends.get(place.partition, 0) for place in places])


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


@asynccontextmanager
async def lease(cluster: Cluster, name: str) -> AsyncIterator[Callable[[Sequence[Output]], Awaitable[None]]]:
    """The right to act as `name` alone: what is given to the function is written in one transaction, all of it or nothing.

    As with tasks, whoever takes it later takes it away: read what you decide by only after this. Moved where that has happened,
    KafkaUnavailable where the broker went away.
    """
    producer = AIOKafkaProducer(
        **cluster.client_options(),
        transactional_id=f"{cluster.settings.topic_prefix}.{name}",
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
        compression_type="zstd",
        max_batch_size=CLIENT_BATCH_BYTES,
        max_request_size=REQUEST_BYTES,
    )

    async def write(outputs: Sequence[Output]) -> None:
        try:
            with translated():
                async with asyncio.timeout(cluster.settings.transaction_deadline_seconds), producer.transaction():
                    await asyncio.gather(*[await _send(producer, cluster, output) for output in outputs])
        except Moved as error:
            raise Moved(
                f"another command for {name} began meanwhile, and this one has stopped: look again at what is left to do"
            ) from error
        except TransientError as error:
            raise KafkaUnavailable(cluster.settings.bootstrap, str(error)) from error

    asyncio.get_running_loop().set_exception_handler(ignore_abandoned)
    try:
        await _connected(producer, cluster)
        yield write
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
