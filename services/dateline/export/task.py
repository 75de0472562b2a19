"""One partition of `news` is one task: it brings its events to an output, each once, whatever ends it.

    1. fence the partition's place in the output: a former owner can commit no more, what it left half done is finished
    2. read from the output which offset comes next (never before 1)
    3. read committed records from there, keep what is wanted, add it to the output
    4. commit what was added and the position after it, at once
    5. only after the commit go on

After any error it starts again at 1. The output owns the lease and the position; Kafka's group only places partitions.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeAlias

import orjson
import structlog

from dateline.errors import ConfigurationError, HandlerFailed, NoLongerKept, RecordError, Refused, Undecodable, Unmatchable
from dateline.events import UNREADABLE, NewsEvent, decode
from dateline.export.output import TOPIC, Delivery
from dateline.log.dead_letters import dead_letter
from dateline.log.metrics import count_dead_letters
from dateline.log.movement import movement
from dateline.log.port import BATCH_RECORDS
from dateline.log.task import FINISHED, IDLE_COMMIT_SECONDS, READ_WAIT_SECONDS, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dateline.export.match import Match
    from dateline.export.output import PartitionOutput
    from dateline.log.port import Batch, Output, PartitionLog, Record

logger = structlog.get_logger()

# Dead letters wait in memory and go in one transaction: no more than a batch may bring at once.
LETTERS = BATCH_RECORDS
# As long as a thread asks conditions before it hands over what it has: who cancels the task waits no longer than this and one event more.
SLICE_SECONDS = 0.1
# So many events at which a condition takes too long are the condition's fault and not theirs: no stream goes to dead-letters for it.
SLOW_IN_A_ROW = 20


# What becomes of a record: an event to deliver, why it is set aside, or nothing.
Outcome: TypeAlias = "Delivery | RecordError | None"


class ExportTask(Task):
    """Follows one partition of `news` into its place in an output."""

    def __init__(
        self,
        open_log: Callable[[], PartitionLog],
        partition: int,
        *,
        service: str,
        open_output: Callable[[PartitionLog, int], PartitionOutput],
        match: Match,
        once: bool = False,
        accept_gap: bool = False,
    ) -> None:
        super().__init__(open_log, partition, service=service, topic=TOPIC)
        self._open_output, self._match, self._accept_gap = open_output, match, accept_gap
        # Where to stop, with `once`: what is there when the partition is first opened.
        self._once, self._end = once, -1
        self._stopping = asyncio.Event()
        self.finished = asyncio.Event()
        # When the newest event that was committed was written to the log, Unix seconds.
        self.newest_seconds: float | None = None
        # Offsets that were read since the task began, and those that are left. Where files are published whole, commits come much later.
        self.passed = self.left = 0
        self._began: int | None = None
        self._slow_in_a_row = 0

    @property
    def waits(self) -> bool:
        """Whether there is work to do: none where all that was asked for is written."""
        return not self.finished.is_set() and super().waits

    def stop(self) -> None:
        """Commit what was added and rest: `finished` says when."""
        self._stopping.set()

    async def lead(self, log: PartitionLog) -> None:
        self.status.phase = "fencing"
        output = self._open_output(log, self.status.partition)
        # What was read is rightly not committed for as long as the output gathers.
        self.patience_seconds = Task.patience_seconds + output.patience_seconds
        try:
            position = await output.fence()  # 1, 2
            self.status.phase = "restoring"
            journey = Journey(output, await self._start(log, position, behind=output.behind))
            self.status.phase, self.status.position = "running", journey.position
            await self._follow(log, journey)
        finally:
            await output.close()

    async def _start(self, log: PartitionLog, position: int | None, *, behind: bool) -> int:
        """The offset to read first; ConfigurationError where events between the output and the log are gone."""
        bounds = await log.bounds(TOPIC)
        if self._once and self._end < 0:
            self._end = bounds.stable
        if position is None:
            return bounds.first
        is_kept = bounds.first <= position <= bounds.stable
        if is_kept and not behind:
            return position
        if not self._accept_gap:
            why = f"is kept from {bounds.first} to {bounds.stable}"
            raise self._gap(position, "its files do not reach (was an older state of them brought back?)" if behind else why)
        start = position if is_kept else bounds.first
        logger.warning("events are missing in the output", partition=self.status.partition, stands_at=position, goes_on_at=start)
        return start

    def _gap(self, position: int, kept: str) -> ConfigurationError:
        return ConfigurationError(
            f"the output stands at offset {position} of {TOPIC}/{self.status.partition}, which {kept}: the events between are gone; "
            "export to a fresh output, or go on without them with --accept-gap"
        )

    async def _follow(self, log: PartitionLog, journey: Journey) -> None:
        while True:
            self._look(journey)
            stop = self._stopping.is_set() or (self._once and journey.position >= self._end)
            if journey.due(stopping=stop):
                await self._commit(journey)  # 4, 5
            if stop:
                self.status.phase = FINISHED
                self.finished.set()
                await asyncio.Event().wait()
            batch = await self._read(log, journey)
            self.status.saw(batch, time.time())
            if batch.stable == batch.position == self.status.position:
                self.status.backoff = None  # nothing waits for what was away
            journey.advance(batch, *await self._added(journey.output, batch))  # 3

    def _look(self, journey: Journey) -> None:
        end = self._end if self._once else self.status.stable or 0
        self._began = journey.position if self._began is None else self._began
        self.passed, self.left = max(0, journey.position - self._began), max(0, end - journey.position)

    async def _read(self, log: PartitionLog, journey: Journey) -> Batch:
        try:
            return await log.read(TOPIC, journey.position, wait_seconds=journey.wait_seconds())
        except NoLongerKept as error:
            raise self._gap(journey.position, "is no longer kept") from error

    async def _added(self, output: PartitionOutput, batch: Batch) -> tuple[int, list[Output]]:
        """Add what is wanted of a batch: how many events, and the dead letters of what cannot be read, asked or written."""
        letters: list[Output] = []
        deliveries: list[Delivery] = []
        records = {record.offset: record for record in batch.records}
        for record, outcome in zip(batch.records, await self._outcomes(batch.records), strict=True):
            match outcome:
                case RecordError() as error:
                    letters.append(self._letter(record, error))
                case Delivery() as delivery:
                    deliveries.append(delivery)
        refused = await _add(output, deliveries)
        letters.extend(self._letter(records[offset], error) for offset, error in refused)
        return len(deliveries) - len(refused), letters

    async def _outcomes(self, records: Sequence[Record]) -> list[Outcome]:
        """What becomes of each record. Conditions are asked in a thread, so that a slow pattern holds up no heartbeat."""
        if not self._match:
            return [self._outcome(record) for record in records]
        outcomes: list[Outcome] = []
        while len(outcomes) < len(records):
            outcomes += await asyncio.to_thread(self._slice, records[len(outcomes) :])
            movement()
            if self._slow_in_a_row >= SLOW_IN_A_ROW:
                raise ConfigurationError(f"at {self._slow_in_a_row} events in a row {outcomes[-1]}")
        return outcomes

    def _slice(self, records: Sequence[Record]) -> list[Outcome]:
        """What becomes of the first records, as far as one comes in a moment; of one at least."""
        outcomes: list[Outcome] = []
        until = time.monotonic() + SLICE_SECONDS
        for record in records:
            outcomes.append(self._outcome(record))
            if time.monotonic() >= until or self._slow_in_a_row >= SLOW_IN_A_ROW:
                break
        return outcomes

    def _is_wanted(self, event: NewsEvent, value: bytes) -> bool:
        # A withdrawal passes whatever is asked: the copy it is about may have been wanted.
        if not self._match or event.status == "canceled":
            return True
        try:
            wanted = self._match(orjson.loads(value))
        except Unmatchable:
            self._slow_in_a_row += 1
            raise
        self._slow_in_a_row = 0
        return wanted

    def _outcome(self, record: Record) -> Outcome:
        """What becomes of a record: an event to deliver, nothing, or why it is set aside."""
        try:
            event = decode(record.value, NewsEvent)
            value = record.value or b""
            wanted = self._is_wanted(event, value)
        except UNREADABLE as error:
            undecodable = Undecodable(f"not a NewsEvent: {error}")
            undecodable.__cause__ = error
            return undecodable
        except RecordError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a bug of ours must not stop the partition
            failed = HandlerFailed(f"{type(error).__name__}: {error}")
            failed.__cause__ = error
            return failed
        return Delivery(record.offset, value, event) if wanted else None

    def _letter(self, record: Record, error: RecordError) -> Output:
        logger.warning(
            "record dead-lettered",
            service=self._service,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            error=str(error),
        )
        return dead_letter(record, error, service=self._service)._replace(facts=(error,))

    async def _commit(self, journey: Journey) -> None:
        await journey.output.commit(journey.position, journey.letters)
        self.status.position = journey.position
        self.status.records += journey.events
        self.status.dead_letters += len(journey.letters)
        count_dead_letters(error for letter in journey.letters for error in letter.facts)
        self.status.committed(time.time())
        self.newest_seconds = journey.newest_seconds or self.newest_seconds
        journey.committed()


class Journey:
    """How far an incarnation has read, and what of it waits to be committed."""

    def __init__(self, output: PartitionOutput, position: int) -> None:
        self.output, self.position = output, position
        self._committed = position
        self.committed()

    def committed(self) -> None:
        """All that was read is committed."""
        self._committed = self.position
        self.letters: list[Output] = []
        self.events = 0
        self.newest_seconds: float | None = None
        self._since: float | None = None

    def advance(self, batch: Batch, events: int, letters: Sequence[Output]) -> None:
        """A batch was read, and so many events of it were added to the output."""
        self.position = batch.position
        self.letters.extend(letters)
        self.events += events
        if batch.records:
            self.newest_seconds = batch.records[-1].timestamp / 1000
        if self._since is None and self.position != self._committed:
            self._since = time.monotonic()

    def due(self, *, stopping: bool) -> bool:
        """Whether to commit now. A partition that only has control records commits too, so that retention never passes it."""
        if self._since is None:
            return False
        full = self.output.full or len(self.letters) >= LETTERS
        return stopping or full or time.monotonic() - self._since >= self._patience()

    def wait_seconds(self) -> float:
        """How long a read may wait for a record."""
        if self._since is None:
            return READ_WAIT_SECONDS
        left = self._since + self._patience() - time.monotonic()
        return min(READ_WAIT_SECONDS, max(0.0, left))

    def _patience(self) -> float:
        return self.output.patience_seconds if self.events or self.letters else max(IDLE_COMMIT_SECONDS, self.output.patience_seconds)


async def _add(output: PartitionOutput, deliveries: Sequence[Delivery]) -> list[tuple[int, Refused]]:
    """Add events; the offsets of those that the output refuses, each with its reason, found by adding one after the other."""
    if not deliveries:
        return []
    try:
        await output.add(deliveries)
    except Refused as error:
        if len(deliveries) == 1:
            return [(deliveries[0].offset, error)]
        return [refused for delivery in deliveries for refused in await _add(output, [delivery])]
    return []
