"""The last hours of one language group: its decisions in log order, found by article, by story and by text, in 900 bytes each.

A decision is added at once and can be taken back until it is committed. What is found depends on the decisions inside the window alone, so
that a window restored from the log finds what the one that lived on finds.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

import xxhash

from dateline.sink.index import Index
from dateline.sink.places import Places
from dateline.sink.rows import BLOCK_ROWS, NO_TIME, Row, Rows
from dateline.sink.sketches import numbers_agree, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.events import StoryOrigin
    from dateline.sink.index import Change as IndexChange
    from dateline.sink.places import Change as PlaceChange
    from dateline.sink.sketches import Sample

__all__ = ["Alike", "Limits", "View", "Window"]

# The table of shingles is laid out anew when the window is full of articles, for half as many more, and when three quarters are empty, for
# half as many. Its room stands in each record, so that a restored table is the same.
LEAST_ROOM = 2048
# Of a million replayed rows the table is laid out once, in 3 s; a hundred are added to it in 1 ms.
FEW_REPLAYED = 1000
# Numbers of rows must fit 32 bits; a group that gets this far counts from zero again.
RENUMBERED_AT = 1 << 31


class Limits(NamedTuple):
    """How long a window may be, in microseconds, and how full, in articles: the oldest make room."""

    length: int
    articles: int


class Alike(NamedTuple):
    """An earlier decision on a text that shares shingles; `share` is of the smaller text, in ten-thousandths."""

    number: int
    row: Row
    share: int
    numbers_agree: bool


class _Added(NamedTuple):
    """What takes one decision back."""

    first: int
    clock: int
    table: Index
    entries: IndexChange
    places: list[tuple[Places, PlaceChange]]


class Window:
    """Rows from `first` to `end`, the clock of the newest, and what finds them."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.first = self.end = 0
        self.clock = NO_TIME
        self.rows = Rows()
        self.index = Index(LEAST_ROOM)
        # The last decision on each article; in each story of more than one article; and decisions that are an article's last no more.
        self.articles, self.stories, self.seen = Places(), Places(), Places()
        self._added: list[_Added] = []
        # Rows at the end that the table does not lead to yet, and the room it is to have.
        self._replayed, self._replayed_room = 0, LEAST_ROOM

    def __len__(self) -> int:
        return self.end - self.first

    def at(self, first_seen: int) -> View:
        """The window as an article finds it that was first seen then: the clock is the running maximum, and decides what is forgotten."""
        if self._replayed:
            self._index_replayed()
        first, clock = self._moved_to(first_seen)
        return View(self, first, clock, self._room(self.end + 1 - first))

    def add(self, view: View, row: Row, sample: Sample, proofs: Sequence[StoryOrigin]) -> None:
        """The next decision, made on a view of this window as it is."""
        index = self.index
        if view.room != index.room:
            self.index = Index(view.room, self.rows.all_sketches(view.first, self.end))
        entries = self.index.add(self.end, self.index.buckets(sample))
        places = self._put(view.first, row, sample, proofs)
        self._added.append(_Added(self.first, self.clock, index, entries, places))
        self.first, self.end, self.clock = view.first, self.end + 1, view.clock

    def replay(self, row: Row, sample: Sample, proofs: Sequence[StoryOrigin], room: int) -> None:
        """The next decision as it was committed, with the room that the table has from there on. It cannot be taken back."""
        first, clock = self._moved_to(row.clock)
        self._put(first, row if row.clock == clock else row._replace(clock=clock), sample, proofs)
        self._replayed_room = room
        self._replayed += 1
        self.first, self.end, self.clock = first, self.end + 1, clock

    def commit(self) -> None:
        """What was added stays."""
        self._added.clear()
        self.rows.drop_before(self.first)
        if self.end >= RENUMBERED_AT and self.first >= BLOCK_ROWS:
            self._renumber(self.first // BLOCK_ROWS * BLOCK_ROWS)

    def take_back(self) -> None:
        """What was added since the last commit never was."""
        for added in reversed(self._added):
            for places, change in added.places:
                places.take_back(change)
            self.index.take_back(added.entries)
            self.first, self.clock, self.index = added.first, added.clock, added.table
            self.end -= 1
        self._added.clear()

    def nbytes(self) -> int:
        """Bytes of everything that grows with the window."""
        return sum(part.nbytes() for part in (self.rows, self.index, self.articles, self.stories, self.seen))

    def _moved_to(self, first_seen: int) -> tuple[int, int]:
        """The first row that is still seen, and the clock."""
        clock = max(self.clock, first_seen)
        first, horizon = max(self.first, self.end + 1 - self.limits.articles), clock - self.limits.length
        if first < self.end and self.rows.clock(first) < horizon:
            first = bisect_left(range(self.end), horizon, lo=first, key=self.rows.clock)
        return first, clock

    def _put(self, first: int, row: Row, sample: Sample, proofs: Sequence[StoryOrigin]) -> list[tuple[Places, PlaceChange]]:
        rows, number, view = self.rows, self.end, View(self, first, row.clock, 0)
        change, previous = self.articles.put(_tag(row.article), number, first, lambda other: rows.article(other) == row.article)
        changes = [(self.articles, change)]
        listed = view.listed_number(row.story)
        if row.story != row.article or listed is not None:
            earlier = view.story_number(row.story)
            change, _ = self.stories.put(_tag(row.story), number, first, lambda other: rows.story(other) == row.story)
            changes.append((self.stories, change))
        else:
            earlier = previous if previous is not None and rows.story(previous) == row.story else None
        if previous is not None:
            change, _ = self.seen.put(rows[previous].seen & _LOW_HALF, previous, first, lambda _: False)
            changes.append((self.seen, change))
        if earlier is not None and proofs and list(rows.proofs(earlier)) == list(proofs):
            proofs = rows.proofs(earlier)  # the same for all copies of a story are kept once
        rows.put(number, row, sample, proofs)
        return changes

    def _index_replayed(self) -> None:
        """Let the table lead to what was replayed."""
        begin = max(self.first, self.end - self._replayed)
        if self._replayed_room == self.index.room and self._replayed <= FEW_REPLAYED:
            self.index.add_all(self.rows.all_sketches(begin, self.end))
        else:
            self.index = Index(self._replayed_room, self.rows.all_sketches(self.first, self.end))
        self._replayed = 0

    def _room(self, articles: int) -> int:
        room = self.index.room
        if articles > room:
            return room + room // 2 + 1
        return max(LEAST_ROOM, room // 2) if 4 * articles < room else room

    def _renumber(self, shift: int) -> None:
        for part in (self.rows, self.index, self.articles, self.stories, self.seen):
            part.renumber(shift)
        self.first -= shift
        self.end -= shift


class View(NamedTuple):
    """A window at one moment of the log's clock: what that has left behind is not seen. `room` is what the next record says."""

    window: Window
    first: int
    clock: int
    room: int

    def has_seen(self, article: bytes, seen: int) -> bool:
        """Whether a decision with this key has been made on an article."""
        number, rows = self.article_number(article), self.window.rows
        if number is None:
            return False
        return (
            rows[number].seen == seen
            or self.window.seen.find(seen & _LOW_HALF, self.first, lambda other: rows[other].seen == seen) is not None
        )

    def article(self, article: bytes) -> Row | None:
        """The last decision on an article."""
        number = self.article_number(article)
        return None if number is None else self.window.rows[number]

    def story(self, story: bytes) -> tuple[Row, Sequence[StoryOrigin]] | None:
        """The last decision in a story, which says how the story stands, and what its copies prove."""
        number = self.story_number(story)
        return None if number is None else (self.window.rows[number], self.window.rows.proofs(number))

    def article_number(self, article: bytes) -> int | None:
        """The row of the last decision on an article."""
        return self.window.articles.find(_tag(article), self.first, lambda number: self.window.rows.article(number) == article)

    def story_number(self, story: bytes) -> int | None:
        """The row of the last decision in a story."""
        number = self.listed_number(story)
        if number is not None:
            return number
        number = self.article_number(story)
        return number if number is not None and self.window.rows.story(number) == story else None

    def listed_number(self, story: bytes) -> int | None:
        """The same, if the story is in the table of stories, as each is that has had another article than its first."""
        rows = self.window.rows
        return self.window.stories.find(_tag(story), self.first, lambda number: rows.story(number) == story)

    def alike(self, sample: Sample, least: int) -> list[Alike]:
        """Earlier texts of which the sample has this share or that have it of the sample, in log order."""
        rows = self.window.rows
        alike = []
        for number in sorted(self.window.index.look_up(sample, self.first)):
            row = rows[number]
            common = share(sample.hashes, rows.sketch(number, row))
            if common >= least:
                alike.append(Alike(number, row, common, numbers_agree(sample.numbers, rows.numbers(number, row))))
        return alike


def _tag(key: bytes) -> int:
    return xxhash.xxh32_intdigest(key)


_LOW_HALF = 0xFFFFFFFF
