"""The orders to withdraw as every task of this process knows them, and a partition's log through which nothing passes that they name.

The orders of all partitions of `withdrawals` are read from the beginning, and on to the stable end whenever it matters.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol

import structlog

from dateline.events import UNREADABLE, Withdrawal, decode, encode
from dateline.log.port import BATCH_RECORDS, Output
from dateline.log.spans import NoSpans
from dateline.withdrawn import Withdrawn, order_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dateline.log.port import Batch, Bounds, Committed, PartitionLog, Record, TopicLog
    from dateline.log.spans import Spans

logger = structlog.get_logger()

WITHDRAWALS = "withdrawals"
# The orders are there already when a read is asked for, so this is only how long a broker in trouble is waited for at a time.
READ_WAIT_SECONDS = 1.0


class Withdrawals:
    """The table of one process; its tasks share it."""

    def __init__(self, open_topic: Callable[[], TopicLog]) -> None:
        """`open_topic` opens `withdrawals`, again after any error; nothing is read before the first `catch_up`."""
        self.orders = Withdrawn()
        self._open_topic = open_topic
        self._log: TopicLog | None = None
        self._positions: dict[int, int] = {}
        # Rounds of reading that were begun, and the last one that came to its end.
        self._begun = self._ended = 0
        self._ended_at = float("-inf")
        self._reading = asyncio.Lock()

    async def catch_up(self, *, within_seconds: float = 0.0) -> None:
        """Know every order that is stable now; or that was so long ago, which costs nothing where somebody has asked since.

        Tasks that ask at the same time share a round, if it begins after they asked.
        """
        if time.monotonic() - self._ended_at < within_seconds:
            return
        begun = self._begun
        async with self._reading:
            if self._ended > begun:
                return
            self._begun += 1
            asked_at = time.monotonic()
            try:
                await self._read_to_stable_end()
            except BaseException:
                await self.close()
                raise
            self._ended, self._ended_at = self._begun, asked_at

    async def close(self) -> None:
        """Drop the reader; what was read stays known."""
        log, self._log = self._log, None
        if log is not None:
            await log.close()

    async def _read_to_stable_end(self) -> None:
        log = self._log = self._log or self._open_topic()
        ends = await log.stable()
        if new := ends.keys() - self._positions.keys():
            first = await log.first({})
            self._positions |= {number: first[number] for number in new}
        while any(self._positions[number] < end for number, end in ends.items()):
            batch = await log.read(self._positions, wait_seconds=READ_WAIT_SECONDS)
            for record in batch.records:
                self._apply(record)
            self._positions = dict(batch.positions)

    def _apply(self, record: Record) -> None:
        if record.value is None:
            return  # nobody of ours takes an order back
        try:
            self.orders.add(decode(record.value, Withdrawal))
        except (*UNREADABLE, ValueError) as error:
            logger.warning("order ignored", topic=record.topic, partition=record.partition, offset=record.offset, error=str(error))


def order_output(order: Withdrawal) -> Output:
    """The record of an order. ValueError where it names no article."""
    return Output(WITHDRAWALS, order_key(order).encode(), encode(order))


class Guard(Protocol):
    """What passes to the log."""

    async def prepare(self) -> None:
        """The lease is ours, nothing has been decided."""
        ...

    async def admit(self, outputs: Sequence[Output]) -> Sequence[Output]:
        """What is to be sent in place of these."""
        ...

    async def confirm(self, sent: Sequence[Output]) -> None:
        """All of these are written, and not committed. TransientError where one must not pass any more."""
        ...


class GuardedLog:
    """A partition's log with a guard before and behind `send`; otherwise the log.

    `spans`, for which it begins traces here, and `tell` are given what is committed, as it was sent: only what the guard has let pass.
    """

    def __init__(
        self, log: PartitionLog, guard: Guard, spans: Spans | None = None, tell: Callable[[Sequence[Output]], None] = lambda _: None
    ) -> None:
        self._log, self._guard, self._spans, self._tell = log, guard, spans or NoSpans(), tell
        self._sent: Sequence[Output] = ()
        # How many records of each topic the last transaction has written, once it is committed.
        self.written: Mapping[str, int] = {}

    async def fence(self) -> None:
        await self._log.fence()
        await self._guard.prepare()

    async def send(self, outputs: Sequence[Output]) -> dict[str, int]:
        admitted = self._sent = self._spans.begun(await self._guard.admit(outputs))
        ends = await self._log.send(admitted)
        await self._guard.confirm(admitted)
        return ends

    async def committed(self) -> Committed | None:
        return await self._log.committed()

    async def bounds(self, topic: str, *, since_ms: int | None = None) -> Bounds:
        return await self._log.bounds(topic, since_ms=since_ms)

    async def read(self, topic: str, position: int, *, wait_seconds: float, limit: int = BATCH_RECORDS) -> Batch:
        return await self._log.read(topic, position, wait_seconds=wait_seconds, limit=limit)

    async def release(self, topic: str) -> None:
        await self._log.release(topic)

    async def begin(self) -> None:
        await self._log.begin()

    async def commit(self, offset: int | None, *, attempts: int = 0, note: str = "") -> None:
        await self._log.commit(offset, attempts=attempts, note=note)
        sent, self._sent = self._sent, ()
        self.written = _by_topic(sent)
        self._spans.sent(sent)
        self._tell(sent)

    async def close(self) -> None:
        await self._log.close()


def written_by(log: PartitionLog, outputs: Sequence[Output]) -> Mapping[str, int]:
    """How many records of each topic a log's last transaction, which was handed these outputs and is committed, has written."""
    return log.written if isinstance(log, GuardedLog) else _by_topic(outputs)


def _by_topic(outputs: Sequence[Output]) -> Mapping[str, int]:
    return Counter(output.topic for output in outputs)
