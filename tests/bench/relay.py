"""CPU per record of a relay through log/ against a bare aiokafka loop without transactions, same codec, in turn.

Each run is a process of its own that relays the same records from one topic to a fresh one; its user and system time are taken
between a tenth of the records and the end, so that start-up is left out.
"""

from __future__ import annotations

import asyncio
import random
import resource
import statistics
import subprocess
import sys
import uuid
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from faststream import Context

from dateline.log.client import Cluster, CommittedOffsets, KafkaPartitionLog, admin
from dateline.log.handlers import Handler, Outcomes, batches, publishes, stream_broker
from dateline.log.port import Output
from dateline.log.task import StreamTask
from dateline.log.topics import set_offsets
from dateline.settings import KafkaSettings

PARTITIONS = 4
REPEATS = 5
RECORDS = {1000: 60_000, 7500: 24_000}
WORDS = [f"word{number}" for number in range(2000)]


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def body(size: int, dice: random.Random) -> bytes:
    """Text of random words, which compresses about as news does."""
    return " ".join(dice.choices(WORDS, k=size // 7)).encode()[:size]


class Meter:
    """Takes the CPU time between a tenth of the records and the last."""

    def __init__(self, records: int) -> None:
        self.records, self.seen, self.first, self.last = records, 0, 0.0, 0.0

    def add(self, count: int) -> bool:
        before, self.seen = self.seen, self.seen + count
        tenth = self.records // 10
        if before < tenth <= self.seen:
            self.first, self.from_record = cpu_seconds(), self.seen
        self.last = cpu_seconds()
        return self.seen >= self.records

    @property
    def microseconds(self) -> float:
        return (self.last - self.first) / (self.records - self.from_record) * 1e6


async def through_log(cluster: Cluster, source: str, records: int) -> float:
    """Relay by tasks of ours, one per partition."""
    broker = stream_broker()

    @publishes(broker, "out")
    @batches(broker, source)
    async def relay(records: Any, state: Any = Context("state")) -> Any:
        return Outcomes([(Output("out", record.key, record.value, (), record.partition),) for record in records])

    handler = Handler(broker)
    await handler.start()
    offsets, meter, done = CommittedOffsets(cluster), Meter(records), asyncio.Event()

    class Counting(StreamTask):
        async def _commit(self, log: Any, outputs: Any, batch: Any) -> None:
            await super()._commit(log, outputs, batch)
            if meter.add(len(batch.records)):
                done.set()

    await set_offsets(cluster, "relay", source, dict.fromkeys(range(PARTITIONS), 0))
    tasks = [
        Counting(
            partial(KafkaPartitionLog, cluster, offsets, service="relay", topic=source, partition=partition),
            partition,
            service="relay",
            topic=source,
            handler=handler,
        )
        for partition in range(PARTITIONS)
    ]
    running = [asyncio.create_task(task.run()) for task in tasks]
    await done.wait()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await offsets.close()
    return meter.microseconds


async def bare(cluster: Cluster, source: str, records: int) -> float:
    """The shortest loop that reads, sends, awaits and commits; at least once, no transactions."""
    bootstrap = cluster.settings.bootstrap
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=f"bare-{uuid.uuid4().hex}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 << 20,
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type="zstd", max_batch_size=512 << 10, acks="all")
    await consumer.start()
    consumer.assign([TopicPartition(cluster.topic(source), number) for number in range(PARTITIONS)])
    await producer.start()
    meter, done = Meter(records), False
    while not done:
        found = await consumer.getmany(timeout_ms=500, max_records=200 * PARTITIONS)
        sent = [
            await producer.send(cluster.topic("out"), record.value, key=record.key, partition=record.partition)
            for batch in found.values()
            for record in batch
        ]
        await asyncio.gather(*sent)
        if sent:
            await consumer.commit()
            done = meter.add(len(sent))
    await consumer.stop()
    await producer.stop()
    return meter.microseconds


async def fill(cluster: Cluster, size: int) -> None:
    async with admin(cluster) as client:
        await client.create_topics([NewTopic(cluster.topic(name), PARTITIONS, 1) for name in ("in", "out", "dead-letters")])
        await asyncio.sleep(1)
    dice = random.Random(3)
    producer = AIOKafkaProducer(bootstrap_servers=cluster.settings.bootstrap, compression_type="zstd", max_batch_size=512 << 10)
    await producer.start()
    texts = [body(size, dice) for _ in range(500)]
    sent = [await producer.send(cluster.topic("in"), texts[n % 500], key=b"%d" % n, partition=n % PARTITIONS) for n in range(RECORDS[size])]
    await asyncio.gather(*sent)
    await producer.stop()


def child(kind: str, bootstrap: str, prefix: str, size: int) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.relay", kind, bootstrap, prefix, str(size)], stdout=subprocess.PIPE, text=True, check=True
    )
    return float(done.stdout)


def report(bootstrap: str) -> None:
    """Print CPU per record and the ratio, pair by pair."""
    for size, limit in ((1000, 1.6), (7500, 1.3)):
        prefix = f"bench{uuid.uuid4().hex[:8]}"
        asyncio.run(fill(Cluster(KafkaSettings(bootstrap=bootstrap, topic_prefix=prefix)), size))
        pairs = [(child("log", bootstrap, prefix, size), child("bare", bootstrap, prefix, size)) for _ in range(REPEATS)]
        ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(mine / other for mine, other in pairs)
        print(
            f"relay {size:>5} bytes: {ours:5.1f} µs a record through log/, {theirs:5.1f} µs in a bare loop, ratio {ratio:.2f} (≤ {limit})"
        )


if __name__ == "__main__":
    kind, bootstrap, prefix, size = sys.argv[1:]
    chosen = {"log": through_log, "bare": bare}[kind]
    print(asyncio.run(chosen(Cluster(KafkaSettings(bootstrap=bootstrap, topic_prefix=prefix)), "in", RECORDS[int(size)])))
