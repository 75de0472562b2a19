"""What tests against a real broker share: topics of their own, writing, reading everything back, a newsroom, and workers to kill."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from dateline.log.client import Cluster
from dateline.settings import KafkaSettings

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FOLDER = Path(__file__).parent


def new_cluster(bootstrap: str, **settings: object) -> Cluster:
    """A cluster whose names meet nobody else's."""
    return Cluster(KafkaSettings(bootstrap=bootstrap, topic_prefix=f"t{uuid.uuid4().hex[:10]}", **settings))


def environment(cluster: Cluster) -> dict[str, str]:
    """The settings of a service's process on this cluster: feeds on loopback, each polled every second."""
    return {
        "DATELINE_KAFKA__BOOTSTRAP": cluster.settings.bootstrap,
        "DATELINE_KAFKA__TOPIC_PREFIX": cluster.settings.topic_prefix,
        "DATELINE_KAFKA__FEEDS_PARTITIONS": str(cluster.settings.feeds_partitions),
        "DATELINE_KAFKA__ARTICLES_PARTITIONS": str(cluster.settings.articles_partitions),
        "DATELINE_OPS__PORT": "0",
        "DATELINE_POLLER__ALLOW_NETWORKS": "127.0.0.0/8",
        "DATELINE_POLLER__REQUESTS_PER_SECOND": "200",
        "DATELINE_POLLER__HOST_REQUESTS_PER_SECOND": "50",
        "DATELINE_POLLER__MIN_INTERVAL_SECONDS": "1",
        "DATELINE_POLLER__TIMEOUT_SECONDS": "5",
    }


async def create_topics(cluster: Cluster, *names: str, partitions: int = 4) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=cluster.settings.bootstrap)
    try:
        await client.start()
        await client.create_topics([NewTopic(cluster.topic(name), partitions, 1) for name in names])
        while not {cluster.topic(name) for name in names} <= set(await client.list_topics()):
            await asyncio.sleep(0.05)
    finally:
        await client.close()


async def group_is_whole(cluster: Cluster, service: str, *, members: int, budget_seconds: float = 30.0) -> None:
    """Wait until the service's group has so many members and no rebalance is under way."""
    client = AIOKafkaAdminClient(bootstrap_servers=cluster.settings.bootstrap)
    try:
        await client.start()
        async with asyncio.timeout(budget_seconds):
            while True:
                (answer,) = await client.describe_consumer_groups([cluster.group(service)])
                ((_, _, state, _, _, found, *_),) = answer.groups
                if state == "Stable" and len(found) == members:
                    return
                await asyncio.sleep(0.1)
    finally:
        await client.close()


async def produce(cluster: Cluster, topic: str, records: Iterable[tuple[bytes, bytes]], *, partition: int | None = None) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=cluster.settings.bootstrap, max_batch_size=1 << 18)
    try:
        await producer.start()
        sent = [await producer.send(cluster.topic(topic), value, key=key, partition=partition) for key, value in records]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def read_all(cluster: Cluster, topic: str, partitions: int = 4, *, committed: bool = True, check_crcs: bool = True) -> list:
    """Every record of a topic up to its end now, in order per partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=cluster.settings.bootstrap,
        isolation_level="read_committed" if committed else "read_uncommitted",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=100,
        check_crcs=check_crcs,
    )
    places = [TopicPartition(cluster.topic(topic), number) for number in range(partitions)]
    try:
        await consumer.start()
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        records: list = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for found in (await consumer.getmany(timeout_ms=20)).values():
                records.extend(found)
        return records
    finally:
        await consumer.stop()


async def copies(cluster: Cluster, topic: str) -> tuple[int, set[bytes]]:
    """How many aborted copies a read_uncommitted reader sees, and which processes wrote what is committed."""
    committed = await read_all(cluster, topic, cluster.settings.articles_partitions)
    places = {(record.partition, record.offset) for record in committed}
    # Behind the last committed record a transaction may still be open.
    last = dict(sorted(places))
    everything = await read_all(cluster, topic, cluster.settings.articles_partitions, committed=False)
    aborted = [
        record for record in everything if record.offset < last.get(record.partition, 0) and (record.partition, record.offset) not in places
    ]
    return len(aborted), {dict(record.headers)["worker"] for record in committed}


@dataclass
class Newsroom:
    """The newsroom as a process; `published` is the truth that services are held against."""

    url: str
    process: subprocess.Popen

    def published(self) -> set[bytes]:
        with urllib.request.urlopen(self.url, timeout=10) as answer:
            return {entry["link"].encode() for entry in orjson.loads(answer.read())}

    def publish_no_more(self) -> None:
        self.process.send_signal(signal.SIGUSR1)


@contextmanager
def newsroom(folder: Path, *, rate: float) -> Iterator[tuple[Newsroom, Path]]:
    """A newsroom with so many entries a second, and the list of its feeds."""
    opml = folder / "feeds.opml"
    process = subprocess.Popen([sys.executable, FOLDER / "newsroom_worker.py", str(rate), opml], stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http"), "the newsroom did not start"
        yield Newsroom(url, process), opml
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@dataclass
class Chaos:
    """Processes that are killed and stopped at random, and started again."""

    commands: Sequence[Sequence[str]]
    dice: random.Random
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None
    kills: int = 0
    stops: int = 0
    _workers: list[subprocess.Popen] = field(default_factory=list)
    _stopped: dict[int, float] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._output = self.log.open("ab") if self.log else subprocess.DEVNULL
        self._workers = [self._spawn(index) for index in range(len(self.commands))]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.send_signal(signal.SIGCONT)
            worker.kill()
        for worker in self._workers:
            worker.wait()
        if self.log:
            self._output.close()

    def _spawn(self, index: int) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, *self.commands[index]], env=os.environ | self.environment, stdout=self._output, stderr=self._output
        )

    def strike(self, *, kill_share: float = 0.65, stop_seconds: tuple[float, float] = (7.0, 11.0), among: Sequence[int] = ()) -> None:
        """Kill one worker (of those numbered) and start it anew, or stop one for longer than the session timeout."""
        self.wake()
        index = self.dice.choice(among or range(len(self._workers)))
        if index in self._stopped:
            return
        if self.dice.random() < kill_share:
            self._kill(index)
        else:
            self._workers[index].send_signal(signal.SIGSTOP)
            self._stopped[index] = time.monotonic() + self.dice.uniform(*stop_seconds)
            self.stops += 1

    async def strike_inside(self, inside: Path, *, among: Sequence[int], within_seconds: float) -> None:
        """Kill one worker (of those numbered) while the folder `inside` says that it is in a transaction."""
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            self.wake()
            for index in among:
                if index not in self._stopped and (inside / str(self._workers[index].pid)).exists():
                    self._kill(index)
                    return
            await asyncio.sleep(0.02)

    def _kill(self, index: int) -> None:
        self._workers[index].kill()
        self._workers[index].wait()
        self._workers[index] = self._spawn(index)
        self.kills += 1

    def wake(self, *, all_of_them: bool = False) -> None:
        for index, until in list(self._stopped.items()):
            if all_of_them or time.monotonic() >= until:
                self._workers[index].send_signal(signal.SIGCONT)
                del self._stopped[index]

    def revive(self) -> None:
        """Start again whoever ended by itself; a worker that cannot run fails the test."""
        for index, worker in enumerate(self._workers):
            if worker.poll() is not None:
                raise AssertionError(f"worker {index} ended by itself with {worker.returncode}; see {self.log}")


@dataclass(frozen=True)
class Verdict:
    """What a reader of the output finds: each input once, or not."""

    expected: int
    lost: int
    duplicated: int

    @classmethod
    def of(cls, expected: Iterable[bytes], found: Iterable[bytes]) -> Verdict:
        wanted, seen = set(expected), Counter(found)
        return cls(len(wanted), len(wanted - set(seen)), sum(count - 1 for count in seen.values()))
