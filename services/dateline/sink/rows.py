"""Decisions packed into rows of 688 bytes, in blocks that come and go with the window."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dateline.sink.sketches import FILLER, NUMBER_HASHES, SKETCH_HASHES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from dateline.events import StoryOrigin
    from dateline.sink.sketches import Sample

    Hashes = npt.NDArray[np.uint32]

__all__ = ["NO_ID", "NO_TIME", "Row", "Rows", "microseconds", "moment", "packed_id", "unpacked_id"]

# Rows of a block. A block is what memory is taken and given back by: 2.9 MB, of which only what is written is taken.
BLOCK_ROWS = 4096
# For an article that repeats none, and for the earliest publication where no copy is dated.
NO_ID, NO_TIME = bytes(16), -(1 << 63)

_HEAD = struct.Struct("<16s16s16sqqqQQQQIIHBBBx")
_SKETCH_BYTES, _NUMBERS_BYTES = 4 * SKETCH_HASHES, 4 * NUMBER_HASHES
ROW_BYTES = _HEAD.size + _SKETCH_BYTES + _NUMBERS_BYTES
_CLOCK = struct.Struct("<q")


class Row(NamedTuple):
    """What the window knows of one decision. Ids are 16 bytes, moments microseconds since 1970, hashes 64 bits with 0 for none."""

    article: bytes
    story: bytes
    of: bytes
    dated_at: int
    clock: int
    earliest: int
    seen: int
    titled: int
    address: int
    credit: int
    copies: int
    shingles: int
    similarity: int
    role: int
    sketch_length: int
    numbers_length: int


class _Block:
    """Rows one after the other, and the proofs of the few that have any."""

    __slots__ = ("data", "proofs", "sketches")

    def __init__(self) -> None:
        self.data = bytearray(BLOCK_ROWS * ROW_BYTES)
        self.sketches = np.ndarray((BLOCK_ROWS, SKETCH_HASHES), "<u4", self.data, _HEAD.size, (ROW_BYTES, 4))
        self.proofs: dict[int, Sequence[StoryOrigin]] = {}


class Rows:
    """Rows by their running number."""

    def __init__(self) -> None:
        self._blocks: dict[int, _Block] = {}

    def put(self, number: int, row: Row, sample: Sample, proofs: Sequence[StoryOrigin]) -> None:
        """Write a row over whatever stood there."""
        block = self._blocks.get(number // BLOCK_ROWS)
        if block is None:
            block = self._blocks[number // BLOCK_ROWS] = _Block()
        place = number % BLOCK_ROWS
        start = place * ROW_BYTES
        _HEAD.pack_into(block.data, start, *row)
        sketch = block.sketches[place]
        sketch[: row.sketch_length], sketch[row.sketch_length :] = sample.hashes, FILLER
        start += _HEAD.size + _SKETCH_BYTES
        block.data[start : start + 4 * row.numbers_length] = sample.numbers.tobytes()
        if proofs:
            block.proofs[place] = proofs
        elif place in block.proofs:
            del block.proofs[place]

    def __getitem__(self, number: int) -> Row:
        return Row._make(_HEAD.unpack_from(self._blocks[number // BLOCK_ROWS].data, number % BLOCK_ROWS * ROW_BYTES))

    def article(self, number: int) -> bytes:
        """The article of a row."""
        return self._field(number, 0, 16)

    def story(self, number: int) -> bytes:
        """The story of a row."""
        return self._field(number, 16, 32)

    def clock(self, number: int) -> int:
        """The clock of a row."""
        clock: int = _CLOCK.unpack_from(self._blocks[number // BLOCK_ROWS].data, number % BLOCK_ROWS * ROW_BYTES + 56)[0]
        return clock

    def _field(self, number: int, start: int, end: int) -> bytes:
        row = number % BLOCK_ROWS * ROW_BYTES
        return bytes(self._blocks[number // BLOCK_ROWS].data[row + start : row + end])

    def proofs(self, number: int) -> Sequence[StoryOrigin]:
        """What the story's copies proved as of a row."""
        return self._blocks[number // BLOCK_ROWS].proofs.get(number % BLOCK_ROWS, ())

    def sketch(self, number: int, row: Row) -> Hashes:
        """The hashes of a row's shingles."""
        return self._blocks[number // BLOCK_ROWS].sketches[number % BLOCK_ROWS, : row.sketch_length]

    def numbers(self, number: int, row: Row) -> Hashes:
        """The numbers of a row."""
        start = number % BLOCK_ROWS * ROW_BYTES + _HEAD.size + _SKETCH_BYTES
        return np.frombuffer(self._blocks[number // BLOCK_ROWS].data, "<u4", row.numbers_length, start)

    def all_sketches(self, first: int, end: int) -> Iterator[tuple[int, Hashes]]:
        """The sketches of rows `first` to `end`, block by block, with the number of each part's first row."""
        while first < end:
            place = first % BLOCK_ROWS
            count = min(BLOCK_ROWS - place, end - first)
            yield first, self._blocks[first // BLOCK_ROWS].sketches[place : place + count]
            first += count

    def drop_before(self, first: int) -> None:
        """Give back the memory of blocks that lie before a row."""
        for block in [block for block in self._blocks if block < first // BLOCK_ROWS]:
            del self._blocks[block]

    def renumber(self, shift: int) -> None:
        """Let every row have a number smaller by `shift`, a multiple of BLOCK_ROWS."""
        self._blocks = {block - shift // BLOCK_ROWS: data for block, data in self._blocks.items()}

    def nbytes(self) -> int:
        """Bytes of all blocks."""
        return sum(len(block.data) for block in self._blocks.values())


def packed_id(article: str) -> bytes:
    """A UUID's 16 bytes."""
    return bytes.fromhex(article.replace("-", ""))


def unpacked_id(packed: bytes) -> str:
    """A UUID from its 16 bytes."""
    digits = packed.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def microseconds(when: datetime) -> int:
    """Since 1970, exact for any year."""
    return (when - _EPOCH) // _MICROSECOND


def moment(since: int) -> datetime:
    """The moment that many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=since)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
