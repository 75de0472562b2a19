"""The ports to the log, so that services and tests know no Kafka client: a partition's for its task, a topic's for who reads all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# At most this much is read and decided at once: 200 records of 7.5 kB are 1.5 MB, far inside the transaction's deadline.
BATCH_RECORDS = 200
BATCH_BYTES = 4 << 20
# A record as encoded; a broker's default limit is 1 MiB for the whole batch with its overhead.
RECORD_BYTES = 900_000


class Record(Protocol):
    """What was read: one record with its place. Timestamps are Unix milliseconds."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Output(NamedTuple):
    """What is to be written. `topic` is a short name (no prefix); `partition` None places it by its key."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int | None = None
    timestamp_ms: int | None = None
    # What is counted of it once it is committed; not written.
    facts: tuple[Any, ...] = ()


class Batch(NamedTuple):
    """Records in order, and the position after them (past control records too, which hold no data).

    `stable` is the last stable offset as the broker last told it, `answered_at` when it did, Unix seconds; null before the first answer.
    """

    records: Sequence[Record]
    position: int
    stable: int | None = None
    answered_at: float | None = None


class Committed(NamedTuple):
    """The offset of the next record to handle, how often a process has died trying, and a word that was committed with it."""

    offset: int
    attempts: int = 0
    note: str = ""


class Bounds(NamedTuple):
    """First offset kept, and the last stable offset: every record before it is decided."""

    first: int
    stable: int


class PartitionLog(Protocol):
    """One partition's lease, readers and transaction. After any error: close it and open a new one."""

    async def fence(self) -> None:
        """Take the lease: whatever a former owner left open is aborted, and it can write no more."""
        ...

    async def committed(self) -> Committed | None:
        """Where the group stands; valid only after `fence`. None: never committed."""
        ...

    async def bounds(self, topic: str, *, since_ms: int | None = None) -> Bounds:
        """Where this partition of `topic` begins (or, with `since_ms`, its first record not older) and is stable."""
        ...

    async def read(self, topic: str, position: int, *, wait_seconds: float, limit: int = BATCH_RECORDS) -> Batch:
        """Committed records from `position` on, waiting at most `wait_seconds` for the first."""
        ...

    async def release(self, topic: str) -> None:
        """Done reading a topic: drop its reader, which would go on fetching."""
        ...

    async def begin(self) -> None:
        """Open a transaction."""
        ...

    async def send(self, outputs: Sequence[Output]) -> dict[str, int]:
        """Write and await every output; the position after the last one, per topic, for this partition."""
        ...

    async def commit(self, offset: int | None, *, attempts: int = 0, note: str = "") -> None:
        """Add the offset, with the attempts at the record there or a word of up to 200 letters, and commit; ends the transaction."""
        ...

    async def close(self) -> None:
        """Drop the clients within two seconds, whatever state they are in."""
        ...


class TopicBatch(NamedTuple):
    """Records in order per partition, and the position after them in each partition."""

    records: Sequence[Record]
    positions: Mapping[int, int]


class TopicLog(Protocol):
    """Every partition of one topic, read only, without a lease. After any error: close it and open a new one."""

    async def first(self, since_ms: Mapping[int, int]) -> dict[int, int]:
        """Where each partition begins, or of those named its first record not older (Unix milliseconds)."""
        ...

    async def stable(self) -> dict[int, int]:
        """The last stable offset of each partition: every record before it is decided."""
        ...

    async def sent(self) -> dict[int, int]:
        """The end of each partition, with what is written and may still be aborted."""
        ...

    async def read(self, positions: Mapping[int, int], *, wait_seconds: float) -> TopicBatch:
        """Committed records of the partitions named, from there on, waiting at most `wait_seconds` for the first."""
        ...

    async def close(self) -> None:
        """Drop the clients within two seconds, whatever state they are in."""
        ...
