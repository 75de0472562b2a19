"""Which feed is due next."""

from __future__ import annotations

from dateline.poller.queue import PollQueue


def drained(queue: PollQueue, now: float) -> list[str]:
    found = []
    while (due := queue.pop_due(now)) is not None:
        found.append(due.feed_id)
    return found


def test_feeds_come_in_the_order_they_are_due_and_not_before() -> None:
    queue = PollQueue()
    for feed, due in (("c", 30.0), ("a", 10.0), ("b", 20.0)):
        queue.push(feed, due)
    assert (queue.next_due(), drained(queue, 20.0), len(queue), queue.next_due()) == (10.0, ["a", "b"], 1, 30.0)


def test_what_is_overdue_is_counted_once_and_only_what_still_is():
    queue = PollQueue()
    for due in (5.0, 10.0, 20.0):
        queue.push("a", due)
        queue.push("b", due, priority=1)
    queue.push("c", 7.0)
    queue.push("c", 7.0)
    queue.push("d", 8.0)
    queue.remove("d")
    assert [queue.overdue(now) for now in (7.0, 8.0, 20.0, 21.0)] == [0, 1, 1, 3]
    assert queue.pop_due(21.0) is not None
    assert queue.overdue(21.0) == 2


def test_a_feed_planned_anew_counts_once_and_a_removed_one_not_at_all() -> None:
    queue = PollQueue()
    for due in range(500):
        queue.push("a", float(due), priority=due % 3)
        queue.push("b", float(due))
    queue.remove("b")
    assert drained(queue, 498.0) == []
    assert drained(queue, 499.0) == ["a"]


def test_where_much_is_due_a_higher_priority_comes_first_but_nobody_waits_for_ever() -> None:
    queue = PollQueue()
    queue.push("low", 1000.0, priority=-1)
    queue.push("usual", 900.0)
    queue.push("high", 1000.0, priority=1)
    queue.push("old", 0.0)
    assert drained(queue, 1000.0) == ["old", "high", "usual", "low"]
    queue.push("high", 2000.0, priority=9)
    assert drained(queue, 1999.0) == []
