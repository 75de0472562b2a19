"""Which texts share shingles with this one: a set-associative table from hashes to the newest rows that have them.

A text's 24 smallest hashes are its keys. Each key names one of the table's buckets, and a bucket holds the numbers of the last 8 rows
that came to it; the oldest makes room. Rows that two keys lead to are worth a look. So a look-up reads 24 cache lines, whatever is in
the window, and a shingle that everybody uses drives out only its like.

What a look-up finds depends on the rows since `first` and on the table's room alone: of rows before `first` nothing is seen, and they
are the first to make room. So a table that is laid out anew from the window finds what one that lived on finds.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dateline.sink.sketches import FILLER

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from dateline.sink.sketches import Sample

    Hashes = npt.NDArray[np.uint32]
    Places = npt.NDArray[np.intp]

__all__ = ["Change", "Index"]

# 16 find a hundredth fewer copies of half a text, 48 a hundredth more for a third of the time (measured, 33,000 articles).
KEYS = 24
# 4 ways lose two hundredths of the stories, 16 win nothing.
WAYS = 8
# Keys fill so much of a table that is full. A bucket has lost one in twelve of its rows by then, the oldest, and a row has 24 keys.
FILLED = 0.9
# With two keys in common a text is compared.
COMMON_KEYS = 2
# As many are compared, those with the most keys in common first. A ninth like them is a copy of one of the eight.
COMPARED = 8

# Knuth's multiplicative hash: keys are small numbers, being the smallest of their text.
_SPREAD = np.uint32(2654435769)


class Change(NamedTuple):
    """Entries as they were: their places in the table, row by row."""

    places: Places
    before: Hashes


class Index:
    """The table for a number of rows; numbers of rows rise."""

    def __init__(self, room: int, parts: Iterable[tuple[int, Hashes]] = ()) -> None:
        """With the rows that are given in parts: the number of each part's first row, and its sketches."""
        self.room = room
        self._table = np.zeros((int(room * KEYS / FILLED / WAYS) + 1, WAYS), np.uint32)
        self._size = np.uint32(len(self._table))
        self._asked: Sample | None = None
        self._answer: Places = _NO_BUCKETS
        fill = np.zeros(len(self._table), np.uint8)
        for first, part in reversed(list(parts)):
            self._fill(first, part[:, :KEYS], fill)

    def buckets(self, sample: Sample) -> Places:
        """Where a text's keys lead; it is looked up and then added, so the last answer is kept."""
        if self._asked is not sample:
            self._asked, self._answer = sample, self._buckets(sample.hashes[:KEYS])
        return self._answer

    def look_up(self, sample: Sample, first: int) -> list[int]:
        """Numbers of rows from `first` on that share keys, at most COMPARED, those that share the most first."""
        buckets = self.buckets(sample)
        found = self._table.take(buckets, axis=0).ravel()
        found.sort()
        found = found[found.searchsorted(np.uint32(first + 1)) :]
        if len(buckets) >= COMMON_KEYS:
            found = found[1:][found[1:] == found[:-1]]
        if not len(found):
            return []
        numbers = list(dict.fromkeys(found.tolist()))
        if len(numbers) > COMPARED:
            # Counter keeps the order of what it meets, so of rows that share as many keys the earlier come first.
            numbers = [number for number, _ in Counter(found.tolist()).most_common(COMPARED)]
        return [number - 1 for number in numbers]

    def add(self, number: int, buckets: Places) -> Change:
        """Let these buckets lead to a row. Gives what takes it back."""
        places = buckets * WAYS + self._table.take(buckets, axis=0).argmin(axis=1)
        entries = self._table.reshape(-1)
        before = entries.take(places)
        entries[places] = number + 1
        return Change(places, before)

    def add_all(self, parts: Iterable[tuple[int, Hashes]]) -> None:
        """Let the keys of some rows lead to them, which is not taken back: the number of each part's first row, and its sketches."""
        for first, part in parts:
            for place, keys in enumerate(part[:, :KEYS]):
                self.add(first + place, self._buckets(keys[keys != FILLER]))

    def take_back(self, change: Change) -> None:
        """Undo the newest change."""
        self._table.reshape(-1)[change.places] = change.before

    def renumber(self, shift: int) -> None:
        """Let every row have a number smaller by `shift`; those below are gone."""
        self._table = np.where(self._table > shift, self._table - np.uint32(shift), np.uint32(0))

    def nbytes(self) -> int:
        """Bytes of the table."""
        return self._table.nbytes

    def _buckets(self, keys: Hashes) -> Places:
        return ((keys * _SPREAD) % self._size).astype(np.intp)

    def _fill(self, first: int, keys: Hashes, fill: npt.NDArray[np.uint8]) -> None:
        """Let the keys of some rows lead to them, where newer ones have left room: `fill` says how much each bucket holds."""
        rows, columns = np.nonzero(keys != FILLER)
        pairs = (self._buckets(keys[rows, columns]) << 32) | (rows + (first + 1))
        pairs.sort()
        pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]]  # two keys of a row in one bucket take one place
        buckets = pairs >> 32
        ends = np.append(np.flatnonzero(buckets[1:] != buckets[:-1]) + 1, len(buckets))
        counts = np.diff(ends, prepend=0)
        ways = fill[buckets] + (np.repeat(ends, counts) - 1 - np.arange(len(pairs)))
        kept = ways < WAYS
        self._table[buckets[kept], ways[kept]] = pairs[kept] & 0xFFFFFFFF
        last = buckets[ends[ends > 0] - 1]
        fill[last] = np.minimum(WAYS, fill[last] + counts[ends > 0])


_NO_BUCKETS = np.zeros(0, np.intp)
