"""The last hours of one language group: decisions in log order, found by article, story and text."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dateline.events import StoryRecord

__all__ = ["View", "Window", "seen_key"]

SeenKey = tuple[str, int, str]
_Key = TypeVar("_Key")


class Window:
    """Decisions in log order. Each index leads to its newest record, so a record that leaves takes its own entries only."""

    __slots__ = ("articles", "clock", "records", "seen", "stories", "texts")

    def __init__(self) -> None:
        """Start empty, without a clock."""
        self.clock: datetime | None = None
        self.records: deque[StoryRecord] = deque()
        self.seen: dict[SeenKey, StoryRecord] = {}
        self.articles: dict[str, StoryRecord] = {}
        self.stories: dict[str, StoryRecord] = {}
        self.texts: dict[str, deque[StoryRecord]] = {}

    def add(self, record: StoryRecord) -> None:
        """The next decision; constant time."""
        self.clock = record.clock
        self.records.append(record)
        self.seen[seen_key(record)] = record
        self.articles[record.article] = record
        self.stories[record.story] = record
        self.texts.setdefault(record.fingerprint.content_hash, deque()).append(record)

    def drop_before(self, horizon: datetime) -> None:
        """Forget what is older; each record is dropped once, so that an insert costs the same however full the window is."""
        while self.records and self.records[0].clock < horizon:
            self._drop(self.records.popleft())

    def _drop(self, record: StoryRecord) -> None:
        _remove(self.seen, seen_key(record), record)
        _remove(self.articles, record.article, record)
        _remove(self.stories, record.story, record)
        copies = self.texts[record.fingerprint.content_hash]
        copies.popleft()  # the oldest record is the oldest of its text too
        if not copies:
            del self.texts[record.fingerprint.content_hash]


class View(NamedTuple):
    """What is committed and what the same batch has decided since, seen at one moment of the log's clock."""

    committed: Window
    pending: Window
    clock: datetime
    horizon: datetime

    @classmethod
    def at(cls, moment: datetime, committed: Window, pending: Window, length: timedelta) -> View:
        """The clock is the running maximum of `moment`; what it has left behind is not seen."""
        clock = max(filter(None, (moment, committed.clock, pending.clock)))
        return cls(committed, pending, clock, _earlier(clock, length))

    def has_seen(self, key: SeenKey) -> bool:
        """Whether this revision has been decided under these rules."""
        return self._alive(self.pending.seen.get(key) or self.committed.seen.get(key)) is not None

    def article(self, article: str) -> StoryRecord | None:
        """The last decision on an article."""
        return self._alive(self.pending.articles.get(article) or self.committed.articles.get(article))

    def story(self, story: str) -> StoryRecord | None:
        """The last decision in a story, which says how the story stands."""
        return self._alive(self.pending.stories.get(story) or self.committed.stories.get(story))

    def copies(self, content_hash: str) -> Iterator[StoryRecord]:
        """Decisions on articles with this text, the lowest offset first."""
        for window in (self.committed, self.pending):
            for record in window.texts.get(content_hash, ()):
                if record.clock >= self.horizon:
                    yield record

    def _alive(self, record: StoryRecord | None) -> StoryRecord | None:
        return record if record is not None and record.clock >= self.horizon else None


def seen_key(record: StoryRecord) -> SeenKey:
    """What makes a decision the same decision."""
    return record.article, record.revision, record.rules


def _remove(index: dict[_Key, StoryRecord], key: _Key, record: StoryRecord) -> None:
    if index.get(key) is record:
        del index[key]


def _earlier(moment: datetime, length: timedelta) -> datetime:
    try:
        return moment - length
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
