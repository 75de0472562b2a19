"""Which feed is due next: a heap that forgets outdated entries."""

from __future__ import annotations

import heapq


class PollQueue:
    """Feeds by the time they are due, in Unix seconds; O(log n) each way."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._due)

    def push(self, feed_id: str, due: float) -> None:
        """Plan a feed, or plan it anew."""
        self._due[feed_id] = due
        heapq.heappush(self._heap, (due, feed_id))
        if len(self._heap) > 64 + 4 * len(self._due):
            # Feeds planned anew leave their old entries behind; once they are most of the heap, it is built again.
            self._heap = [(time, feed) for feed, time in self._due.items()]
            heapq.heapify(self._heap)

    def remove(self, feed_id: str) -> None:
        """Forget a feed."""
        self._due.pop(feed_id, None)

    def next_due(self) -> float | None:
        """When the next feed is due; None when there is none."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: float) -> str | None:
        """The feed that has been due longest, taken out; None when none is due."""
        due = self.next_due()
        if due is None or due > now:
            return None
        _, feed_id = heapq.heappop(self._heap)
        del self._due[feed_id]
        return feed_id
