"""Where things stand: an exact table from 32-bit tags to row numbers, in 12 bytes a thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Change", "Places"]

LEAST_SIZE = 1024
# Fuller than this, probing takes too many steps; what is dead counts until the table is laid out anew.
FULLEST = 0.8
FRESH = 0.6
# Free places behind the last, so that no probe needs to turn round at the end.
TAIL = 256
_TAG_BITS = 32
_NUMBER_MASK = (1 << _TAG_BITS) - 1


class Change(NamedTuple):
    """The table, its size and its count of used places as they were, and one entry as it was, in the table that it was written to."""

    table: memoryview
    size: int
    used: int
    written: memoryview
    place: int
    before: int


class Places:
    """Open addressing with linear probing. An entry is a tag (upper half) and a number + 1; a tag's place rises with the tag.

    Numbers below `first` are dead: they are passed over, and their places are taken by new entries.
    """

    def __init__(self) -> None:
        self._table, self._size, self._used = _empty(LEAST_SIZE), LEAST_SIZE, 0

    def find(self, tag: int, first: int, is_it: Callable[[int], bool]) -> int | None:
        """The number under this tag that is not dead and that `is_it`."""
        table, place = self._table, (tag * self._size) >> _TAG_BITS
        while entry := table[place]:
            number = (entry & _NUMBER_MASK) - 1
            if entry >> _TAG_BITS == tag and number >= first and is_it(number):
                return number
            place += 1
        return None

    def put(self, tag: int, number: int, first: int, is_it: Callable[[int], bool]) -> tuple[Change, int | None]:
        """Let the tag lead to `number` instead of to the one that `is_it`, if there is one. Gives what takes it back, and that one."""
        # Before it is laid out anew: what is dead only as of this `first` must live again if this is taken back.
        as_it_was = self._table, self._size, self._used
        if self._used >= FULLEST * self._size:
            self._lay_out(first)
        table, place = self._table, (tag * self._size) >> _TAG_BITS
        dead = old = None
        while entry := table[place]:
            found = (entry & _NUMBER_MASK) - 1
            if found < first:
                dead = place if dead is None else dead
            elif entry >> _TAG_BITS == tag and is_it(found):
                dead, old = place, found
                break
            place += 1
        place = place if dead is None else dead
        change = Change(*as_it_was, table, place, table[place])
        self._used += not table[place]
        table[place] = (tag << _TAG_BITS) | (number + 1)
        if place >= len(table) - 1:
            self._lay_out(first)
        return change, old

    def take_back(self, change: Change) -> None:
        """Undo the newest change."""
        change.written[change.place] = change.before
        self._table, self._size, self._used = change.table, change.size, change.used

    def renumber(self, shift: int) -> None:
        """Let every number be smaller by `shift`; those below are gone."""
        self._lay_out(shift)
        entries = np.frombuffer(self._table, np.uint64)
        np.subtract(entries, np.uint64(shift), out=entries, where=entries > 0)

    def nbytes(self) -> int:
        """Bytes of the table."""
        return self._table.nbytes

    def _lay_out(self, first: int) -> None:
        """The living entries in a new table with room: by rising tags, each at its place or behind the one before."""
        entries = np.frombuffer(self._table, np.uint64)
        entries = np.sort(entries[(entries & np.uint64(_NUMBER_MASK)) > first])
        self._size, self._used = max(LEAST_SIZE, int(len(entries) / FRESH)), len(entries)
        own = (((entries >> np.uint64(_TAG_BITS)) * np.uint64(self._size)) >> np.uint64(_TAG_BITS)).astype(np.int64)
        order = np.arange(len(entries))
        taken = np.maximum.accumulate(own - order) + order
        self._table = _empty(max([self._size, *taken[-1:].tolist()]))
        np.frombuffer(self._table, np.uint64)[taken] = entries


def _empty(size: int) -> memoryview:
    return memoryview(bytearray(8 * (size + TAIL))).cast("Q")
