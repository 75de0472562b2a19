"""Which feed is due next: a calendar of whole seconds that forgets outdated entries."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where more is due than the budget allows, a step of priority is worth this much of a feed's wait; nobody waits for ever.
PRIORITY_SECONDS = 600
_MOST_PRIORITY = 3


class Due(NamedTuple):
    """A feed that is due, and since when, Unix seconds."""

    feed_id: str
    at: int


class _Second(NamedTuple):
    """The feeds entered for one second; `at` is one number object for all of them."""

    at: int
    feeds: list[str]


class _Calendar:
    """The feeds of one priority: a heap of seconds, and who is due in each."""

    def __init__(self) -> None:
        self._seconds: dict[int, _Second] = {}
        self._heap: list[int] = []

    def enter(self, feed_id: str, at: int) -> int:
        """Enter a feed for a second; returns the number that stands for it here."""
        second = self._seconds.get(at)
        if second is None:
            second = self._seconds[at] = _Second(at, [])
            heapq.heappush(self._heap, at)
        second.feeds.append(feed_id)
        return second.at

    def first(self, due: dict[str, int]) -> int | None:
        """The first second with a feed that `due` has there; what is outdated before it is dropped."""
        while self._heap:
            at, feeds = self._seconds[self._heap[0]]
            while feeds and due.get(feeds[-1]) != at:
                feeds.pop()
            if feeds:
                return at
            del self._seconds[heapq.heappop(self._heap)]
        return None

    def before(self, now: float) -> Iterator[_Second]:
        """The seconds before `now`, with outdated entries."""
        return (second for at, second in self._seconds.items() if at < now)

    def take_first(self) -> str:
        """The feed that `first` has found, taken out."""
        return self._seconds[self._heap[0]].feeds.pop()


class PollQueue:
    """Feeds by the second they are due; O(log n) each way.

    A feed costs a dictionary's slot and a list's: a million of them about 60 MB. Times are Unix seconds, cut to whole ones.
    """

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        # One for each priority that is met.
        self._calendars: dict[int, _Calendar] = {}

    def __len__(self) -> int:
        return len(self._due)

    def push(self, feed_id: str, due: float, priority: int = 0) -> None:
        """Plan a feed, or plan it anew."""
        priority = max(-_MOST_PRIORITY, min(priority, _MOST_PRIORITY))
        calendar = self._calendars.get(priority)
        if calendar is None:
            calendar = self._calendars[priority] = _Calendar()
        self._due[feed_id] = calendar.enter(feed_id, int(due))

    def remove(self, feed_id: str) -> None:
        """Forget a feed."""
        self._due.pop(feed_id, None)

    def next_due(self) -> float | None:
        """When the next feed is due; None when there is none."""
        firsts = (calendar.first(self._due) for calendar in self._calendars.values())
        return min((first for first in firsts if first is not None), default=None)

    def overdue(self, now: float) -> int:
        """How many feeds were due before `now`; costs a look at each second that somebody is entered for."""
        due = self._due
        return sum(
            sum(due.get(feed) == at for feed in set(feeds)) for calendar in self._calendars.values() for at, feeds in calendar.before(now)
        )

    def pop_due(self, now: float) -> Due | None:
        """The feed that has been due longest, taken out; of several, a higher priority comes first. None when none is due."""
        best: tuple[int, _Calendar] | None = None
        for priority, calendar in self._calendars.items():
            first = calendar.first(self._due)
            if first is not None and first <= now and (best is None or first - PRIORITY_SECONDS * priority < best[0]):
                best = first - PRIORITY_SECONDS * priority, calendar
        if best is None:
            return None
        feed_id = best[1].take_first()
        return Due(feed_id, self._due.pop(feed_id))
