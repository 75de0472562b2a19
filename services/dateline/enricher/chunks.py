"""What passes between the enricher's loop and a worker process: chunks of records one way, an outcome for each the other way.

A frame is its length in four bytes and MessagePack. Nothing in it can be called, whatever a page has made of the process that wrote it.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from dateline.enricher.agencies import Agency  # noqa: TC001 - msgspec reads the annotations
from dateline.errors import HandlerFailed, RaisedElsewhere, RecordError
from dateline.log.port import RECORD_BYTES, Output

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dateline.log.port import Record

__all__ = [
    "LARGEST_FRAME_BYTES",
    "LENGTH_BYTES",
    "READY",
    "Briefing",
    "Item",
    "LogWishes",
    "answer_frame",
    "briefing_frame",
    "briefing_in",
    "chunk_frame",
    "chunks_of",
    "content_bytes",
    "frame",
    "outcome_of_bug",
    "outcomes_in",
    "records_in",
]

# Some 20 ms of thinking, be it a page or sixteen texts: the two processes speak so seldom that it costs a hundredth of that, and
# another partition's chunk waits no longer than that for its turn.
CHUNK_RECORDS = 16
CHUNK_BYTES = 256 << 10

LENGTH_BYTES = 4
# As many outputs as a chunk has records, none over what fits a record, and their headers: more is no answer of ours.
LARGEST_FRAME_BYTES = CHUNK_RECORDS * (RECORD_BYTES + (64 << 10))
# What a worker says when it has loaded all that it needs.
READY = b"ready"


class LogWishes(Struct, frozen=True, kw_only=True):
    """The settings of the logs, for a process that does not read settings."""

    level: str
    format: str


class Briefing(Struct, frozen=True, kw_only=True):
    """The first frame to a worker: whatever it is to know, once. `function` is `module:name`, called with item, agencies, partitions."""

    function: str
    agencies: tuple[Agency, ...]
    partitions: int
    memory_bytes: int
    deadline_seconds: float
    log: LogWishes


class Item(Struct, frozen=True, array_like=True):
    """What a worker is given of a record."""

    value: bytes | None
    # Kafka knows headers without a value, though nobody of ours writes one.
    headers: list[tuple[str, bytes | None]]


class _Written(Struct, frozen=True, array_like=True):
    """An Output; a worker leaves the time to the log."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    partition: int | None
    facts: tuple[str, ...]


class _Refused(Struct, frozen=True):
    """A RecordError, and what stood behind it."""

    kind: str
    text: str
    cause: str
    trace: str


def chunks_of(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """The records in order, cut where a chunk has its number or its bytes; one that is larger than a chunk is one by itself."""
    start = size = 0
    for index, record in enumerate(records):
        length = len(record.value or b"")
        if index > start and (index - start == CHUNK_RECORDS or size + length > CHUNK_BYTES):
            yield records[start:index]
            start, size = index, 0
        size += length
    if start < len(records):
        yield records[start:]


def chunk_frame(records: Sequence[Record]) -> bytes:
    """A chunk as it is sent."""
    return frame(_encoder.encode([Item(record.value, list(record.headers)) for record in records]))


def records_in(content: bytes) -> list[Item]:
    """What a worker reads in a chunk."""
    return _items.decode(content)


def answer_frame(outcomes: Iterable[Sequence[Output] | RecordError]) -> bytes:
    """A worker's answer as it is sent: one outcome per record, in order."""
    said = [_refused(outcome) if isinstance(outcome, RecordError) else [_written(output) for output in outcome] for outcome in outcomes]
    return frame(_encoder.encode(said))


def outcomes_in(content: bytes, records: Sequence[Record]) -> list[Sequence[Output] | RecordError]:
    """What the loop reads in an answer to a chunk of `records`; ValueError where it is none."""
    try:
        answer = _answers.decode(content)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not an answer: {error}") from error
    if len(answer) != len(records):
        raise ValueError(f"{len(answer)} outcomes for {len(records)} records")
    return [_error(said) if isinstance(said, _Refused) else [_output(written) for written in said] for said in answer]


def outcome_of_bug(error: Exception) -> RecordError:
    """What becomes of a record that a bug of ours has met."""
    failed = HandlerFailed(f"{type(error).__name__}: {error}")
    failed.__cause__ = error
    return failed


def briefing_frame(briefing: Briefing) -> bytes:
    """The first frame as it is sent."""
    return frame(_encoder.encode(briefing))


def briefing_in(content: bytes) -> Briefing:
    """What a worker reads in the first frame."""
    return msgspec.msgpack.decode(content, type=Briefing)


def frame(content: bytes) -> bytes:
    """Content with its length before it."""
    return len(content).to_bytes(LENGTH_BYTES, "big") + content


def content_bytes(length: bytes) -> int:
    """How many bytes of content follow these four; ValueError where no frame of ours is so long."""
    size = int.from_bytes(length, "big")
    if size > LARGEST_FRAME_BYTES:
        raise ValueError(f"a frame of {size} bytes")
    return size


def _written(output: Output) -> _Written:
    return _Written(output.topic, output.key, output.value, list(output.headers), output.partition, output.facts)


def _output(written: _Written) -> Output:
    return Output(written.topic, written.key, written.value, tuple(written.headers), written.partition, facts=written.facts)


def _refused(error: RecordError) -> _Refused:
    cause = error.__cause__ or error
    name = f"{type(cause).__module__}.{type(cause).__qualname__}"
    return _Refused(type(error).__name__, str(error), name, "".join(traceback.format_exception(cause)))


def _error(refused: _Refused) -> RecordError:
    kinds = {kind.__name__: kind for kind in RecordError.__subclasses__()}
    error = kinds.get(refused.kind, HandlerFailed)(refused.text)
    error.__cause__ = RaisedElsewhere(refused.cause, refused.trace)
    return error


_encoder = msgspec.msgpack.Encoder()
_items = msgspec.msgpack.Decoder(list[Item])
_answers = msgspec.msgpack.Decoder(list[list[_Written] | _Refused])
