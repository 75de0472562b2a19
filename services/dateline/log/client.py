"""The port on real Kafka: one producer as the lease and one small reader per topic, both thrown away on any error."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    InvalidProducerEpoch,
    KafkaError,
    MessageSizeTooLargeError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    ProducerClosed,
    ProducerFenced,
    RecordListTooLargeError,
    RecordTooLargeError,
)
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import OffsetAndMetadata

from dateline.errors import ConfigurationError, KafkaUnavailable, Moved, NoLongerKept, TooLarge, TransientError
from dateline.log.movement import movement
from dateline.log.port import BATCH_BYTES, BATCH_RECORDS, RECORD_BYTES, Batch, Bounds, Committed, Output
from dateline.log.tasks import to_the_end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Sequence

    from dateline.log.port import Record
    from dateline.settings import KafkaSettings

# A client that will not stop within this is abandoned: the next InitProducerId aborts what it left.
DISPOSE_SECONDS = 2.0
# How long a client may take to start before the task backs off and tries again.
START_SECONDS = 20.0
# The broker aborts a transaction left open for this long; above our own deadline (settings.transaction_deadline_seconds ≤ 25 s).
TRANSACTION_TIMEOUT_MS = 30_000
# Brokers hide KIP-890 verification behind NOT_ENOUGH_REPLICAS on produce; the client retries after this long.
# 5 ms instead of the default 100 takes the p95 of one hop from 123 to 25 ms.
RETRY_BACKOFF_MS = 5
# A batch of the client must fit the broker's 1 MiB with room for its overhead.
CLIENT_BATCH_BYTES = 512 << 10
REQUEST_BYTES = 1_000_000
FETCH_BYTES = 4 << 20
# What a record's framing and headers may add to its value.
FRAMING_BYTES = 16_384

# Without a handler of its own the client would print its retries to a command's stderr.
logging.getLogger("aiokafka").addHandler(logging.NullHandler())

_TOO_LARGE = (MessageSizeTooLargeError, RecordTooLargeError, RecordListTooLargeError)
_place = DefaultPartitioner()


@dataclass(frozen=True)
class Cluster:
    """Where the log is and how clients connect: made once from the settings."""

    settings: KafkaSettings

    def topic(self, name: str) -> str:
        """A topic's full name."""
        return f"{self.settings.topic_prefix}.{name}"

    def short(self, topic: str) -> str:
        """A topic's name without the prefix."""
        return topic.removeprefix(f"{self.settings.topic_prefix}.")

    def group(self, service: str) -> str:
        """The consumer group of a service."""
        return f"{self.settings.topic_prefix}.{service}"

    def client_options(self) -> dict[str, Any]:
        """Options every client of ours is made with."""
        settings = self.settings
        options: dict[str, Any] = {"bootstrap_servers": settings.bootstrap, "security_protocol": settings.security_protocol}
        if settings.security_protocol.startswith("SASL"):
            password = settings.sasl_password.get_secret_value() if settings.sasl_password else None
            options |= {
                "sasl_mechanism": settings.sasl_mechanism,
                "sasl_plain_username": settings.sasl_username,
                "sasl_plain_password": password,
            }
        if settings.security_protocol.endswith("SSL"):
            options["ssl_context"] = tls_context(settings)
        return options


def tls_context(settings: KafkaSettings) -> ssl.SSLContext:
    """The TLS side of the settings; ConfigurationError names the file that cannot be read."""
    try:
        context = ssl.create_default_context(cafile=settings.ssl_cafile)
        if settings.ssl_certfile:
            context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile)
    except OSError as error:
        raise ConfigurationError(f"DATELINE_KAFKA__SSL_*: a certificate file cannot be used: {error}") from error
    return context


@contextlib.contextmanager
def translated() -> Any:
    """Foreign errors become ours where they arise."""
    try:
        yield
    except (ProducerFenced, InvalidProducerEpoch) as error:
        raise Moved("the broker fenced our producer") from error
    except _TOO_LARGE as error:
        raise TooLarge(f"the broker refused a record: {error}") from error
    except (KafkaError, OSError, TimeoutError) as error:
        raise TransientError(f"{type(error).__name__}: {error}".rstrip(": ")) from error


@contextlib.asynccontextmanager
async def admin(cluster: Cluster) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client for one short visit; KafkaUnavailable when no broker answers within 10 s, or it goes away meanwhile."""
    client = AIOKafkaAdminClient(**cluster.client_options(), request_timeout_ms=10_000)
    try:
        await asyncio.wait_for(client.start(), 10.0)
    except (KafkaError, OSError, TimeoutError) as error:
        await drop(client.close())
        raise KafkaUnavailable(cluster.settings.bootstrap, type(error).__name__) from error
    try:
        yield client
    except TransientError as error:
        if _is_away(error.__cause__):
            raise KafkaUnavailable(cluster.settings.bootstrap, str(error)) from error
        raise
    finally:
        await drop(client.close())


def _is_away(error: BaseException | None) -> bool:
    """Whether that is what a broker says that is going, or says nothing any more; a refusal is not."""
    return isinstance(error, OSError | TimeoutError) or (isinstance(error, KafkaError) and bool(error.retriable))


def ignore_abandoned(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The loop's exception handler: what a dropped client's futures still have to say is of no interest, all else is reported."""
    if isinstance(context.get("exception"), KafkaError) and "future" in context:
        return
    loop.default_exception_handler(context)


_dropping: set[asyncio.Future[Any]] = set()


async def drop(stopping: Coroutine[Any, Any, Any]) -> None:
    """Wait for a client to stop, but not for long and not for its opinion."""
    task = asyncio.ensure_future(stopping)
    _dropping.add(task)
    task.add_done_callback(_forget)
    _, late = await asyncio.wait({task}, timeout=DISPOSE_SECONDS)
    for unfinished in late:
        unfinished.cancel()


def _forget(task: asyncio.Future[Any]) -> None:
    _dropping.discard(task)
    if not task.cancelled():
        task.exception()  # marks it as seen: what a dropped client still has to say is of no interest


async def drop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer and see that its connections go: stop() itself gives up half-way where a fetch is under way."""
    await to_the_end(_drop_consumer(consumer))


async def _drop_consumer(consumer: AIOKafkaConsumer) -> None:
    await drop(consumer.stop())
    await drop(consumer._client.close())  # noqa: SLF001 - nothing else reaches it


class CommittedOffsets:
    """Reads committed offsets; owns its admin client and makes a new one after any error."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._client: AIOKafkaAdminClient | None = None
        self._starting = asyncio.Lock()

    async def read(self, group: str, topic: str, partition: int) -> Committed | None:
        """The group's committed offset with its attempts; None when it never committed."""
        place = TopicPartition(topic, partition)
        client = await self._started()
        try:
            found = (await client.list_consumer_group_offsets(group, partitions=[place]))[place]
        except Exception:
            # The client is everybody's: perhaps another has made a new one by now.
            if self._client is client:
                await self.close()
            raise
        return Committed(found.offset, *_from_metadata(found.metadata)) if found.offset >= 0 else None

    async def close(self) -> None:
        """Drop the client; the next read makes another."""
        client, self._client = self._client, None
        if client is not None:
            await drop(client.close())

    async def _started(self) -> AIOKafkaAdminClient:
        async with self._starting:
            if self._client is None:
                client = AIOKafkaAdminClient(**self._cluster.client_options(), request_timeout_ms=10_000)
                try:
                    await client.start()
                except BaseException:
                    await drop(client.close())
                    raise
                self._client = client
            return self._client


def _metadata(attempts: int, note: str) -> str:
    """What is committed beside an offset: "attempts=2", "note=word" or nothing."""
    if note:
        return f"note={note}"
    return f"attempts={attempts}" if attempts else ""


def _from_metadata(metadata: str | None) -> tuple[int, str]:
    """Attempts and note, from what stands beside an offset."""
    name, _, value = (metadata or "").partition("=")
    attempts = int(value) if name == "attempts" and value.isdigit() else 0
    return attempts, value if name == "note" else ""


class KafkaPartitionLog:
    """`PartitionLog` on Kafka for one partition of one service."""

    def __init__(self, cluster: Cluster, offsets: CommittedOffsets, *, service: str, topic: str, partition: int) -> None:
        self._cluster, self._offsets = cluster, offsets
        self._service, self._group = service, cluster.group(service)
        self._topic, self._partition = topic, partition
        self._transactional_id = f"{cluster.settings.topic_prefix}.{service}.{topic}.{partition}"
        self._producer: AIOKafkaProducer | None = None
        self._readers: dict[str, _Reader] = {}

    async def fence(self) -> None:
        producer = self._producer = AIOKafkaProducer(
            **self._cluster.client_options(),
            transactional_id=self._transactional_id,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            retry_backoff_ms=RETRY_BACKOFF_MS,
            compression_type="zstd",
            max_batch_size=CLIENT_BATCH_BYTES,
            max_request_size=REQUEST_BYTES,
        )
        with translated():
            await asyncio.wait_for(producer.start(), START_SECONDS)

    async def committed(self) -> Committed | None:
        with translated():
            return await asyncio.wait_for(self._offsets.read(self._group, self._cluster.topic(self._topic), self._partition), START_SECONDS)

    async def bounds(self, topic: str, *, since_ms: int | None = None) -> Bounds:
        with translated():
            return await asyncio.wait_for((await self._reader(topic)).bounds(since_ms), START_SECONDS)

    async def read(self, topic: str, position: int, *, wait_seconds: float, limit: int = BATCH_RECORDS) -> Batch:
        with translated():
            try:
                return await (await self._reader(topic)).read(position, wait_seconds, limit)
            except (OffsetOutOfRangeError, NoOffsetForPartitionError) as error:
                raise NoLongerKept(topic, self._partition, position) from error

    async def release(self, topic: str) -> None:
        reader = self._readers.pop(topic, None)
        if reader is not None:
            await reader.close()

    async def begin(self) -> None:
        with translated():
            await self._lease.begin_transaction()

    async def send(self, outputs: Sequence[Output]) -> dict[str, int]:
        placed: dict[TopicPartition, list[Output]] = defaultdict(list)
        with translated():
            for output in outputs:
                _check_size(output)
                placed[await self._placed(output)].append(output)
            ends = await asyncio.gather(*[self._send_in_order(place, group) for place, group in placed.items()])
        return {
            self._cluster.short(place.topic): end for place, end in zip(placed, ends, strict=True) if place.partition == self._partition
        }

    async def commit(self, offset: int | None, *, attempts: int = 0, note: str = "") -> None:
        place = TopicPartition(self._cluster.topic(self._topic), self._partition)
        with translated():
            if offset is not None:
                await self._lease.send_offsets_to_transaction({place: OffsetAndMetadata(offset, _metadata(attempts, note))}, self._group)
            await self._lease.commit_transaction()

    async def close(self) -> None:
        await to_the_end(self._close())

    async def _close(self) -> None:
        readers, self._readers = self._readers, {}
        producer, self._producer = self._producer, None
        dropping = [reader.close() for reader in readers.values()]
        if producer is not None:
            dropping.append(_drop_producer(producer))
        await asyncio.gather(*dropping)

    @property
    def _lease(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise AssertionError("fence comes first")
        return self._producer

    async def _reader(self, topic: str) -> _Reader:
        reader = self._readers.get(topic)
        if reader is None:
            reader = self._readers[topic] = _Reader(self._cluster, TopicPartition(self._cluster.topic(topic), self._partition))
        await reader.start()
        return reader

    async def _placed(self, output: Output) -> TopicPartition:
        topic = self._cluster.topic(output.topic)
        if output.partition is not None:
            return TopicPartition(topic, output.partition)
        partitions = sorted(await self._lease.partitions_for(topic))
        return TopicPartition(topic, _place(output.key, partitions, partitions))

    async def _send_in_order(self, place: TopicPartition, outputs: Sequence[Output]) -> int:
        """Send to one partition by whole batches and await each: aiokafka's commit does not look at failed ones."""
        end = 0
        builder = self._lease.create_batch()
        for output in outputs:
            if not _append(builder, output):
                end = await self._deliver(builder, place)
                builder = self._lease.create_batch()
                _append(builder, output)
        return await self._deliver(builder, place) if builder.record_count() else end

    async def _deliver(self, builder: Any, place: TopicPartition) -> int:
        count = builder.record_count()
        delivered = await self._lease.send_batch(builder, place.topic, partition=place.partition)
        metadata = await delivered
        end: int = metadata.offset + count
        return end


def _append(builder: Any, output: Output) -> bool:
    appended = builder.append(key=output.key, value=output.value, timestamp=output.timestamp_ms, headers=list(output.headers))
    return appended is not None


def _check_size(output: Output) -> None:
    size = len(output.value or b"") + len(output.key or b"")
    headers = sum(len(name) + len(value or b"") for name, value in output.headers)
    if size > RECORD_BYTES or headers > FRAMING_BYTES * 2:
        raise TooLarge(f"a record of {size} bytes with {headers} bytes of headers for {output.topic} is over {RECORD_BYTES}")


class _Reader:
    """One partition of one topic, read committed from wherever asked."""

    def __init__(self, cluster: Cluster, place: TopicPartition) -> None:
        self._place = place
        self._consumer = AIOKafkaConsumer(
            **cluster.client_options(),
            group_id=None,
            isolation_level="read_committed",
            auto_offset_reset="none",
            enable_auto_commit=False,
            fetch_max_wait_ms=500,
            max_partition_fetch_bytes=FETCH_BYTES,
            retry_backoff_ms=RETRY_BACKOFF_MS * 10,
        )
        self._started = False
        self._position: int | None = None
        self._waiting: list[Record] = []

    async def start(self) -> None:
        if not self._started:
            self._consumer.assign([self._place])
            await asyncio.wait_for(self._consumer.start(), START_SECONDS)
            self._started = True

    async def bounds(self, since_ms: int | None) -> Bounds:
        first = (await self._consumer.beginning_offsets([self._place]))[self._place]
        stable = (await self._consumer.end_offsets([self._place]))[self._place]
        if since_ms is not None:
            found = (await self._consumer.offsets_for_times({self._place: since_ms}))[self._place]
            first = stable if found is None else found.offset
        return Bounds(first, stable)

    async def read(self, position: int, wait_seconds: float, limit: int) -> Batch:
        if position != self._position:
            self._consumer.seek(self._place, position)
            self._position, self._waiting = position, []
        records = self._waiting or await self._fetch(wait_seconds, limit)
        batch, self._waiting = _cut(records, limit)
        self._position = batch[-1].offset + 1 if self._waiting else await self._consumer.position(self._place)
        if batch:
            movement()
        answered_ms = self._consumer.last_poll_timestamp(self._place)
        stable = self._consumer.last_stable_offset(self._place)
        return Batch(batch, self._position, stable, None if answered_ms is None else answered_ms / 1000)

    async def close(self) -> None:
        await drop_consumer(self._consumer)

    async def _fetch(self, wait_seconds: float, limit: int) -> list[Record]:
        found = await self._consumer.getmany(self._place, timeout_ms=int(wait_seconds * 1000), max_records=limit)
        return list(found.get(self._place, []))


def _cut(records: list[Record], limit: int) -> tuple[list[Record], list[Record]]:
    """As many leading records as fit a batch (always one), and the rest."""
    size = 0
    for count, record in enumerate(records):
        size += len(record.value or b"")
        if count and (size > BATCH_BYTES or count >= limit):
            return records[:count], records[count:]
    return records, []


async def _drop_producer(producer: AIOKafkaProducer) -> None:
    """Crash-only: never abort, never flush; fail what waits, so that nothing of this incarnation lives on."""
    sender = producer._sender.sender_task if producer._sender else None  # noqa: SLF001 - stop() alone waits for a dead broker
    producer._message_accumulator.fail_all(ProducerClosed())  # noqa: SLF001 - futures would wait for ever
    if sender is not None:
        sender.cancel()
    await drop(producer.stop())
    if sender is not None:
        sender.cancel()
    await drop(producer.client.close())
