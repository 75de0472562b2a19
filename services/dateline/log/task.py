"""One partition is one task: it leads the partition until it is fenced, and starts again from the fence after any fault.

    1. fence: what a former owner left open is aborted and it can write no more
    2. read the committed offset (never before 1)
    3. bring the state to exactly that offset
    4. read a batch, decide, then one bounded transaction: send, await every send, add the offset, commit
    5. only after the commit advance the state in memory

The producer is crash-only: nothing is aborted or repaired, a new incarnation starts at 1.
"""

from __future__ import annotations

import asyncio
import random
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import structlog

from dateline.envelope import traced
from dateline.errors import (
    ConfigurationError,
    HandlerFailed,
    Moved,
    NoCommittedOffset,
    NoLongerKept,
    ProcessKilled,
    RecordError,
    TooLarge,
    TransientError,
)
from dateline.log.dead_letters import dead_letter
from dateline.log.metrics import Meter, count_dead_letters
from dateline.log.movement import tell_movement_to
from dateline.log.port import BATCH_RECORDS, RECORD_BYTES
from dateline.log.spans import spans_of
from dateline.log.withdrawals import written_by

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dateline.log.port import Batch, Committed, Output, PartitionLog, Record

    # Told a committed batch: its records, and what became of each.
    Count = Callable[[Sequence[Record], Sequence[Sequence[Output] | RecordError]], None]

logger = structlog.get_logger()

# How long a read waits for the first record; short enough to notice a stop, long enough to cost nothing.
READ_WAIT_SECONDS = 1.0
# A partition quiet for this long has its last control record committed too: retention then never passes a committed offset.
IDLE_COMMIT_SECONDS = 10.0
# A restore that takes longer says how far it is, and again each time this has passed.
RESTORE_REPORT_SECONDS = 5.0
# A process that dies this often at one record sets it aside.
MAX_ATTEMPTS = 3
# The first wait after a fault is about one metadata refresh; the longest keeps a broker that comes back waiting little.
FIRST_BACKOFF_SECONDS = 0.05
LAST_BACKOFF_SECONDS = 5.0
# The phase of a task that has done all it was asked for, and rests.
FINISHED = "finished"


@dataclass(slots=True)
class TaskStatus:
    """What a task is doing, for operators. Times are Unix seconds, `progressed_at` alone is monotonic."""

    partition: int
    phase: str = "opening"
    # How much of the last restore is done, 0 to 1.
    restored_share: float = 0.0
    # The next record that is not committed yet, and the last stable offset as far as we were told.
    position: int | None = None
    stable: int | None = None
    # When the oldest record that waits was written.
    waiting_since: float | None = None
    # When the broker last answered a read, and when we last committed.
    answered_at: float | None = None
    committed_at: float | None = None
    # Why the task is not at work, from a fault until something comes of it again.
    backoff: str | None = None
    commits: int = 0
    records: int = 0
    dead_letters: int = 0
    restarts: int = 0
    last_error: str | None = None
    progressed_at: float = field(default_factory=time.monotonic)

    @property
    def lag_records(self) -> int:
        """Offsets from our position to what is stable, 0 when caught up: control records that end a partition are passed too."""
        return 0 if self.position is None or self.stable is None else max(0, self.stable - self.position)

    def lag_seconds(self, now: float) -> float:
        """Age of the oldest record that waits, 0 when caught up; `now` in Unix seconds."""
        return max(0.0, now - self.waiting_since) if self.lag_records and self.waiting_since is not None else 0.0

    def restores(self, share: float) -> None:
        """Take note of how much of a restore is done, 0 to 1."""
        self.phase, self.restored_share = f"restoring {int(100 * share)} %", share

    def saw(self, batch: Batch, now: float) -> None:
        """Take note of what a read has told; `now` in Unix seconds."""
        had_lag = self.lag_records > 0
        self.stable = self.stable if batch.stable is None else batch.stable
        self.answered_at = self.answered_at if batch.answered_at is None else batch.answered_at
        if batch.records:
            self.waiting_since = batch.records[0].timestamp / 1000
        elif not had_lag:
            self.waiting_since = now

    def committed(self, now: float) -> None:
        """Take note of a commit; `now` in Unix seconds."""
        self.commits += 1
        self.committed_at, self.backoff = now, None
        self.progressed_at = time.monotonic()


class State(Protocol):
    """What a task remembers of its partition; it advances only after a commit."""

    async def restore(self, log: PartitionLog, offset: int, progress: Callable[[float], None]) -> None:
        """Bring the state to exactly `offset`, reading only what it has not applied yet; `progress` is told the share that is done."""
        ...

    def advance(self, ends: Mapping[str, int]) -> None:
        """The pending decisions are committed; `ends` are the positions after our own writes, per topic."""
        ...

    def discard(self) -> None:
        """The pending decisions were not committed: forget them."""
        ...


class Stateless:
    """The state of a task that decides each record alone."""

    async def restore(self, log: PartitionLog, offset: int, progress: Callable[[float], None]) -> None:
        """Nothing to restore."""

    def advance(self, ends: Mapping[str, int]) -> None:
        """Nothing to advance."""

    def discard(self) -> None:
        """Nothing to forget."""


class BatchHandler(Protocol):
    """Decides a batch: one outcome per record."""

    async def __call__(self, records: Sequence[Record], state: object) -> Sequence[Sequence[Output] | RecordError]: ...


async def transact(
    log: PartitionLog, outputs: Sequence[Output], offset: int | None, *, attempts: int = 0, note: str = "", deadline_seconds: float
) -> dict[str, int]:
    """One bounded transaction; returns the positions after our own writes. A late one is a TransientError: nobody knows its end."""
    try:
        async with asyncio.timeout(deadline_seconds):
            await log.begin()
            ends = await log.send(outputs) if outputs else {}
            await log.commit(offset, attempts=attempts, note=note)
            return ends
    except TimeoutError as error:
        raise TransientError(f"a transaction took longer than {deadline_seconds:g} s") from error


class Task(ABC):
    """Crash-only leadership of one partition."""

    # A task of which nothing comes for so long while work waits has stalled: several times what a broker's restart takes.
    patience_seconds = 300.0

    def __init__(
        self, open_log: Callable[[], PartitionLog], partition: int, *, service: str, topic: str, deadline_seconds: float = 20.0
    ) -> None:
        self._open_log = open_log
        self._service, self._topic = service, topic
        self._deadline_seconds = deadline_seconds
        self._meter = Meter(service, topic)
        self._settling = False
        self._between_transactions = asyncio.Event()
        self._between_transactions.set()
        self.status = TaskStatus(partition)

    @property
    def waits(self) -> bool:
        """Whether there is work to do."""
        return self.status.phase != "running" or self.status.lag_records > 0

    async def settle(self) -> None:
        """Begin no transaction any more, and wait until the one that is open has ended."""
        self._settling = True
        await self._between_transactions.wait()

    async def transact(self, log: PartitionLog, outputs: Sequence[Output], offset: int | None, *, attempts: int = 0) -> dict[str, int]:
        """One bounded transaction, as `transact` does it, counted; never returns once the task is to stop."""
        if self._settling:
            await asyncio.get_running_loop().create_future()  # whoever asked for the stop cancels us
        self._between_transactions.clear()
        began = time.monotonic()
        try:
            ends = await transact(log, outputs, offset, attempts=attempts, deadline_seconds=self._deadline_seconds)
        except Moved:
            self._meter.fenced.inc()
            raise
        except BaseException:
            self._meter.aborted.inc()
            raise
        finally:
            self._between_transactions.set()
        self._meter.transaction(written_by(log, outputs), time.monotonic() - began)
        return ends

    @abstractmethod
    async def lead(self, log: PartitionLog) -> None:
        """Steps 1 to 5, for ever; any exception ends this incarnation."""

    def incarnation_ended(self) -> None:  # noqa: B027 - nothing to forget unless a task says so
        """Forget what was not committed."""

    async def run(self) -> None:
        """Lead until cancelled. Raises Moved when another owner took the partition, ConfigurationError when nobody can go on."""
        tell_movement_to(self._moved)
        backoff = FIRST_BACKOFF_SECONDS
        while True:
            commits = self.status.commits
            log = self._open_log()
            try:
                await self.lead(log)
            except (Moved, ConfigurationError):
                raise
            except Exception as error:  # noqa: BLE001 - crash-only: whatever it was, start again from the fence
                self._report(error)
            finally:
                self.incarnation_ended()
                await log.close()
            backoff = FIRST_BACKOFF_SECONDS if self.status.commits > commits else min(backoff * 2, LAST_BACKOFF_SECONDS)
            self.status.phase = "backoff"
            await asyncio.sleep(backoff * (1 + random.random()))  # noqa: S311 - jitter, not a secret

    def _moved(self) -> None:
        self.status.progressed_at = time.monotonic()

    def _report(self, error: Exception) -> None:
        self.status.restarts += 1
        self.status.last_error = self.status.backoff = str(error) or type(error).__name__
        foreseen = isinstance(error, TransientError | RecordError)
        (self._meter.transient_restarts if foreseen else self._meter.bug_restarts).inc()
        logger.warning(
            "task restarts",
            service=self._service,
            partition=self.status.partition,
            error=self.status.last_error,
            exc_info=None if foreseen else error,
        )


class StreamTask(Task):
    """Reads a partition, has every batch decided, and commits outputs and offset together."""

    def __init__(
        self,
        open_log: Callable[[], PartitionLog],
        partition: int,
        *,
        service: str,
        topic: str,
        handler: BatchHandler,
        state: State | None = None,
        deadline_seconds: float = 20.0,
        count: Count | None = None,
    ) -> None:
        """`count` is told each batch's outcomes once they are committed."""
        super().__init__(open_log, partition, service=service, topic=topic, deadline_seconds=deadline_seconds)
        self._handler, self._state, self._count = handler, state or Stateless(), count
        self._spans = spans_of(service)
        self._position = self._committed = -1
        # The first batch of a fresh task is counted before it is tried, so that a record that kills the process is found.
        self._counted = False
        self._attempts = 0
        self._singly = 0
        self._condemned: dict[int, RecordError] = {}

    async def lead(self, log: PartitionLog) -> None:
        self.status.phase = "fencing"
        await log.fence()  # 1
        committed = await log.committed()  # 2
        if committed is None:
            raise NoCommittedOffset(self._service, self._topic, self.status.partition)
        await self._restore(log, committed.offset)  # 3
        self._adopt(committed)
        self.status.phase = "running"
        while True:
            batch = await self._read(log)
            self.status.saw(batch, time.time())
            if batch.records:
                await self._handle(log, batch)
            else:
                await self._rest(log, batch)
            self.status.position = self._position

    def incarnation_ended(self) -> None:
        self._state.discard()

    async def _read(self, log: PartitionLog) -> Batch:
        limit = 1 if self._singly else BATCH_RECORDS
        try:
            return await log.read(self._topic, self._position, wait_seconds=READ_WAIT_SECONDS, limit=limit)
        except NoLongerKept as error:
            reason = f"stands at {self._position}, which is no longer kept,"
            raise NoCommittedOffset(self._service, self._topic, self.status.partition, reason=reason) from error

    async def _restore(self, log: PartitionLog, offset: int) -> None:
        """Show and log how far it is: a partition that waits for a million records is no partition that hangs."""
        self.status.phase = "restoring"
        began = told = time.monotonic()

        def progress(share: float) -> None:
            nonlocal told
            self.status.restores(share)
            self.status.progressed_at = now = time.monotonic()
            if now - told >= RESTORE_REPORT_SECONDS:
                told = now
                logger.info(self.status.phase, service=self._service, partition=self.status.partition)

        await self._state.restore(log, offset, progress)
        seconds = time.monotonic() - began
        if seconds >= RESTORE_REPORT_SECONDS:
            logger.info("restored", service=self._service, partition=self.status.partition, seconds=round(seconds, 1))

    def _adopt(self, committed: Committed) -> None:
        # Where we stood already, the attempts on the log may be our own, and those are no deaths.
        if committed.offset != self._position:
            self._attempts = committed.attempts
        self._position = self._committed = self.status.position = committed.offset

    async def _rest(self, log: PartitionLog, batch: Batch) -> None:
        """Nothing to do. Past the control records that end a quiet partition, commit where we stand, so that no lag is shown."""
        self._position = batch.position
        if batch.stable is not None and batch.stable <= batch.position:
            self.status.backoff = None  # nothing waits for what was away
        idle_seconds = time.monotonic() - self.status.progressed_at
        if self._committed != batch.position and idle_seconds > IDLE_COMMIT_SECONDS:
            await self.transact(log, [], batch.position)
            self._committed = batch.position

    async def _handle(self, log: PartitionLog, batch: Batch) -> None:
        began_ns = time.time_ns()
        if not self._counted:
            await self._count_attempt(log, batch)
            if self._singly:
                return
        try:
            outcomes = await self._decide(batch.records)
        except TransientError:
            await self._withdraw_attempt(log)
            raise
        if outcomes is None:
            return
        outputs = self._outputs(batch.records, outcomes)
        try:
            await self._commit(log, outputs, batch)  # 4
        except RecordError as error:
            self._suspect(batch.records, error)
            raise TransientError(f"an output was refused: {error}") from error
        self._tell(batch.records, outcomes, began_ns)

    def _tell(self, records: Sequence[Record], outcomes: Sequence[Sequence[Output] | RecordError], began_ns: int) -> None:
        """Count what is committed now, and only now."""
        self._spans.handled(records, outcomes, began_ns)
        errors = [outcome for outcome in outcomes if isinstance(outcome, RecordError)]
        self.status.dead_letters += len(errors)
        count_dead_letters(errors)
        self._meter.consumed.inc(len(records))
        if self._count is not None:
            self._count(records, outcomes)

    async def _count_attempt(self, log: PartitionLog, batch: Batch) -> None:
        """Before the first try of a fresh task, write down that it tries; the record that killed its forerunners is set aside."""
        first = batch.records[0]
        if self._attempts >= MAX_ATTEMPTS:
            self._condemned[first.offset] = ProcessKilled(f"the process died {self._attempts} times while handling this record")
        else:
            await self.transact(log, [], self._position, attempts=self._attempts + 1)
        if self._attempts:
            self._singly = BATCH_RECORDS
        self._counted = True

    async def _withdraw_attempt(self, log: PartitionLog) -> None:
        """Something is away and this process lives: a try that was counted and had no end yet was no death."""
        if self.status.commits:
            return
        await self.transact(log, [], self._position, attempts=self._attempts)
        self._counted = False

    async def _decide(self, records: Sequence[Record]) -> Sequence[Sequence[Output] | RecordError] | None:
        """One outcome per record; None when the batch is to be done again one by one."""
        if len(records) == 1 and records[0].offset in self._condemned:
            return [self._condemned[records[0].offset]]
        try:
            outcomes = await self._handler(records, self._state)
            _check_count(outcomes, records)
        except TransientError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug of ours must not stop the partition
            self._suspect(records, error)
            self._state.discard()
            return None
        oversized = next(
            (output for outputs in outcomes if not isinstance(outputs, RecordError) for output in outputs if _oversized(output)), None
        )
        if oversized is not None:
            self._suspect(
                records, TooLarge(f"an output of {len(oversized.value or b'')} bytes for {oversized.topic} is over {RECORD_BYTES}")
            )
            self._state.discard()
            return None
        return outcomes

    def _suspect(self, records: Sequence[Record], error: Exception) -> None:
        """Somewhere in these records is one that cannot be handled: alone it is condemned, in company they are tried one by one."""
        if len(records) > 1:
            self._singly = len(records)
            return
        guilty: RecordError = error if isinstance(error, RecordError) else HandlerFailed(f"{type(error).__name__}: {error}")
        if guilty is not error:
            guilty.__cause__ = error
        self._condemned[records[0].offset] = guilty
        self._singly = max(self._singly, 1)

    def _outputs(self, records: Sequence[Record], outcomes: Sequence[Sequence[Output] | RecordError]) -> list[Output]:
        outputs: list[Output] = []
        for record, outcome in zip(records, outcomes, strict=True):
            if isinstance(outcome, RecordError):
                outputs.append(dead_letter(record, outcome, service=self._service))
                logger.warning(
                    "record dead-lettered",
                    service=self._service,
                    topic=record.topic,
                    partition=record.partition,
                    offset=record.offset,
                    error=str(outcome),
                    **traced(record.headers),
                )
            else:
                outputs.extend(outcome)
        return outputs

    async def _commit(self, log: PartitionLog, outputs: Sequence[Output], batch: Batch) -> None:
        singly = max(0, self._singly - len(batch.records))
        ends = await self.transact(log, outputs, batch.position, attempts=1 if singly else 0)
        self._state.advance(ends)  # 5
        self._position = self._committed = batch.position
        self._singly = singly
        self._condemned.pop(batch.records[0].offset, None)
        self.status.records += len(batch.records)
        self.status.position, self.status.waiting_since = batch.position, batch.records[-1].timestamp / 1000
        self.status.committed(time.time())


def _check_count(outcomes: Sequence[object], records: Sequence[Record]) -> None:
    if len(outcomes) != len(records):
        raise AssertionError(f"handler gave {len(outcomes)} outcomes for {len(records)} records")


def _oversized(output: Output) -> bool:
    return len(output.value or b"") + len(output.key or b"") > RECORD_BYTES
