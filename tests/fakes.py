"""A log in memory whose crashes are elements of its input, and a clock that stands still.

    log = FakeLog([raw("a"), CRASH, raw("b")])
    await drain(log, lambda: StreamTask(log.open, 0, service="relay", topic="in", handler=handler))
    assert log.values("out") == [b"a", b"b"]

`FakeTopics` is the cluster: records with their transactions, epochs, committed offsets. A `FakeLog` is one partition's way to it;
each `open` is a new incarnation. As on a broker, fencing aborts what was left open, a fenced incarnation raises `Moved`, an open
transaction holds readers back, and every end of a transaction takes an offset.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from dateline.errors import Moved, TooLarge, TransientError
from dateline.log.port import BATCH_BYTES, BATCH_RECORDS, Batch, Bounds, Committed, Output, TopicBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# The timestamp of the record at offset 0; each offset is a second later.
FIRST_TIMESTAMP_MS = 1_767_225_600_000
# Where a fault can strike, in the order a task passes. At after_commit the transaction is committed and the reply is lost.
POINTS = ("fence", "committed", "read", "send", "before_commit", "after_commit")


class Killed(BaseException):
    """The process is gone: nothing after this runs in it."""


class Fault(NamedTuple):
    """What goes wrong once, at the first passing of `point` after everything before it in the input has been read and handled."""

    point: str = "read"
    kills: bool = False


CRASH, KILL = Fault(), Fault(kills=True)


def raw(value: str, *, key: str | None = None, headers: Mapping[str, str] | None = None) -> Output:
    """A record of the input; its key is its value unless given."""
    named = tuple((name, text.encode()) for name, text in (headers or {}).items())
    return Output("in", (value if key is None else key).encode(), value.encode(), named)


class FakeRecord(NamedTuple):
    """What was read: one record with its place."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def received(*values: str | bytes, partition: int = 0, headers: Sequence[tuple[str, bytes]] = ()) -> list[FakeRecord]:
    """A batch of `articles.raw`."""
    whole = (value if isinstance(value, bytes) else value.encode() for value in values)
    return [FakeRecord("articles.raw", partition, offset, 0, b"key", value, headers) for offset, value in enumerate(whole)]


@dataclass
class Transaction:
    """A transaction and the partitions it has written to."""

    state: str = "open"
    touched: list[tuple[str, int]] = field(default_factory=list)


DECIDED = Transaction("committed")


class FakeTopics:
    """A cluster: what every incarnation on it shares. Topics are there as soon as they are named."""

    def __init__(self, *, partitions: int = 1, largest: Mapping[str, int] | None = None) -> None:
        self.partitions = partitions
        # The most bytes the broker takes of one value, per topic.
        self.largest = largest or {}
        self.places: dict[tuple[str, int], list[tuple[FakeRecord | None, Transaction]]] = defaultdict(list)
        self.committed: dict[tuple[str, str, int], Committed] = {}
        self.epochs: dict[tuple[str, str, int], int] = defaultdict(int)
        self.left_open: dict[tuple[str, str, int], Transaction] = {}

    def place_of(self, key: bytes) -> int:
        """Where a key stands in every topic."""
        return crc32(key) % self.partitions

    def append(self, place: tuple[str, int], output: Output, transaction: Transaction = DECIDED) -> int:
        """Write one record; the offset after it."""
        slots = self.places[place]
        timestamp = output.timestamp_ms or FIRST_TIMESTAMP_MS + len(slots) * 1000
        slots.append((FakeRecord(*place, len(slots), timestamp, output.key, output.value, tuple(output.headers)), transaction))
        return len(slots)

    def end(self, transaction: Transaction, state: str) -> None:
        """Commit or abort; the marker takes an offset in every partition that was written to."""
        transaction.state = state
        for place in dict.fromkeys(transaction.touched):
            self.places[place].append((None, DECIDED))

    def stable(self, topic: str, partition: int) -> int:
        """The last stable offset."""
        slots = self.places[topic, partition]
        return next((offset for offset, (_, transaction) in enumerate(slots) if transaction.state == "open"), len(slots))

    def records(self, topic: str, partition: int = 0) -> list[FakeRecord]:
        """What a reader of committed records finds."""
        slots = self.places[topic, partition][: self.stable(topic, partition)]
        return [record for record, transaction in slots if record is not None and transaction.state == "committed"]


class FakeLog:
    """One partition of one service: its input with faults in it, and `open` for each incarnation."""

    def __init__(
        self,
        entries: Sequence[Output | Fault] = (),
        *,
        topics: FakeTopics | None = None,
        service: str = "relay",
        topic: str = "in",
        partition: int = 0,
        start: Committed | None = Committed(0),
    ) -> None:
        self.topics = topics or FakeTopics()
        self.lease, self.input = (service, topic, partition), (topic, partition)
        # Faults that have not struck, each with the offset that must have been reached before.
        self.faults: list[tuple[int, Fault]] = []
        self.reached = 0
        self.idle = asyncio.Event()
        # What was committed, in order, over all incarnations.
        self.commits: list[Committed | None] = []
        if start is not None:
            self.topics.committed[self.lease] = start
        self.feed(*entries)

    def feed(self, *entries: Output | Fault) -> None:
        """More input."""
        for entry in entries:
            if isinstance(entry, Fault):
                self.faults.append((len(self.topics.places[self.input]), entry))
            else:
                self.topics.append(self.input, entry)

    def open(self) -> Incarnation:
        """A new incarnation, not fenced yet."""
        return Incarnation(self)

    def values(self, topic: str) -> list[bytes | None]:
        """Committed values of this partition of a topic."""
        return [record.value for record in self.topics.records(topic, self.input[1])]

    @property
    def committed(self) -> Committed | None:
        """Where the group stands."""
        return self.topics.committed.get(self.lease)


class Incarnation:
    """`PartitionLog` in memory."""

    def __init__(self, log: FakeLog) -> None:
        self._log, self._topics, self._lease, self._partition = log, log.topics, log.lease, log.input[1]
        self._epoch = 0
        self._open = Transaction("none")

    async def fence(self) -> None:
        self._pass("fence")
        self._topics.epochs[self._lease] += 1
        self._epoch = self._topics.epochs[self._lease]
        if left_open := self._topics.left_open.pop(self._lease, None):
            self._topics.end(left_open, "aborted")

    async def committed(self) -> Committed | None:
        self._pass("committed")
        return self._topics.committed.get(self._lease)

    async def bounds(self, topic: str, *, since_ms: int | None = None) -> Bounds:
        stable = self._topics.stable(topic, self._partition)
        young = (record.offset for record in self._topics.records(topic, self._partition) if record.timestamp >= (since_ms or 0))
        return Bounds(0 if since_ms is None else next(young, stable), stable)

    async def read(self, topic: str, position: int, *, wait_seconds: float, limit: int = BATCH_RECORDS) -> Batch:
        await asyncio.sleep(0)
        end = self._topics.stable(topic, self._partition)
        if (topic, self._partition) == self._log.input:
            self._log.reached = max(self._log.reached, position)
            self._pass("read")
            # A fault between two records parts the batch.
            end = min([end, *(at for at, _ in self._log.faults if at > position)])
            if position >= end:
                self._log.idle.set()
                await asyncio.sleep(wait_seconds)
        records = [record for record in self._topics.records(topic, self._partition) if position <= record.offset < end]
        size = 0
        told = self._topics.stable(topic, self._partition), time.time()
        for count, record in enumerate(records):
            size += len(record.value or b"")
            if count and (count == limit or size > BATCH_BYTES):
                return Batch(records[:count], record.offset, *told)
        return Batch(records, max(position, end), *told)

    async def release(self, topic: str) -> None:
        """Nothing is held open in memory."""

    async def begin(self) -> None:
        self._check_lease()
        self._open = self._topics.left_open[self._lease] = Transaction()

    async def send(self, outputs: Sequence[Output]) -> dict[str, int]:
        self._check_lease()
        ends: dict[str, int] = {}
        for count, output in enumerate(outputs):
            if count == len(outputs) // 2:
                self._pass("send")
            if len(output.value or b"") > self._topics.largest.get(output.topic, 1 << 20):
                raise TooLarge(f"the broker refused a record for {output.topic}")
            by_key = self._topics.place_of(output.key or b"")
            partition = by_key if output.partition is None else output.partition
            self._open.touched.append((output.topic, partition))
            end = self._topics.append((output.topic, partition), output, self._open)
            if partition == self._partition:
                ends[output.topic] = end
        return ends

    async def commit(self, offset: int | None, *, attempts: int = 0, note: str = "") -> None:
        self._check_lease()
        self._pass("before_commit")
        del self._topics.left_open[self._lease]
        self._topics.end(self._open, "committed")
        self._log.commits.append(None if offset is None else Committed(offset, attempts, note))
        if offset is not None:
            self._topics.committed[self._lease] = Committed(offset, attempts, note)
        self._pass("after_commit")

    async def close(self) -> None:
        self._epoch = -1

    def _check_lease(self) -> None:
        assert self._epoch > 0, "not fenced yet, or closed"
        if self._epoch != self._topics.epochs[self._lease]:
            raise Moved("the broker fenced our producer")

    def _pass(self, point: str) -> None:
        for index, (at, fault) in enumerate(self._log.faults):
            if fault.point == point and at <= self._log.reached:
                del self._log.faults[index]
                raise Killed if fault.kills else TransientError(f"fault at {point}")


class FakeTopicLog:
    """`TopicLog` in memory: every partition of one topic."""

    def __init__(self, topics: FakeTopics, topic: str) -> None:
        self._topics, self._topic = topics, topic

    async def first(self, since_ms: Mapping[int, int]) -> dict[int, int]:
        first = dict.fromkeys(range(self._topics.partitions), 0)
        for number, moment in since_ms.items():
            young = (record.offset for record in self._topics.records(self._topic, number) if record.timestamp >= moment)
            first[number] = next(young, self._topics.stable(self._topic, number))
        return first

    async def stable(self) -> dict[int, int]:
        return {number: self._topics.stable(self._topic, number) for number in range(self._topics.partitions)}

    async def sent(self) -> dict[int, int]:
        return {number: len(self._topics.places[self._topic, number]) for number in range(self._topics.partitions)}

    async def read(self, positions: Mapping[int, int], *, wait_seconds: float) -> TopicBatch:
        await asyncio.sleep(0)
        ends = {number: max(position, self._topics.stable(self._topic, number)) for number, position in positions.items()}
        records = [
            record
            for number, position in positions.items()
            for record in self._topics.records(self._topic, number)
            if position <= record.offset < ends[number]
        ]
        return TopicBatch(records, ends)

    async def close(self) -> None:
        """Nothing is held open in memory."""


async def drain(log: FakeLog, make_task: Callable[[], Any]) -> list[Any]:
    """Run a task, and a fresh one whenever the process dies, until all input is read; the tasks. Raises what a task raises."""
    tasks: list[Any] = []
    while True:
        log.idle.clear()
        tasks.append(make_task())
        running, idle = asyncio.ensure_future(tasks[-1].run()), asyncio.ensure_future(log.idle.wait())
        await asyncio.wait({running, idle}, return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        idle.cancel()
        ended, _ = await asyncio.gather(running, idle, return_exceptions=True)
        if isinstance(ended, asyncio.CancelledError):
            return tasks
        if not isinstance(ended, Killed):
            raise ended


class Clock:
    """A clock that stands still until told; calling it gives aware UTC."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> datetime:
        """Later by this much."""
        self.now += timedelta(seconds=seconds)
        return self.now
