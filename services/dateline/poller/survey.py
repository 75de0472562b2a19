"""How the feeds of one partition are doing: a count for each state, and the few of each that most need to be looked at."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from dateline.poller.identity import shown
from dateline.poller.quiet import health
from dateline.showable import moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dateline.events import Feed, FeedPlan
    from dateline.events import FeedState as Remembered

__all__ = ["SHOWN_FEEDS", "FeedState", "Survey", "worst"]

# As poller/quiet.py names them.
FeedState = Literal["new", "polled", "quiet", "failing", "retired", "paused"]
# Rows of each state that are kept: more is for `dateline feeds list`.
SHOWN_FEEDS = 50


class _Ranked(NamedTuple):
    """A row with how much it needs to be looked at; the number keeps rows from being compared."""

    need: float
    number: int
    row: dict[str, Any]


class Survey:
    """One look at all feeds of a partition: give it each feed, then ask."""

    def __init__(self, *, now: float) -> None:
        """`now` in Unix seconds."""
        self.now = now
        self.counts: dict[str, int] = dict.fromkeys(get_args(FeedState), 0)
        self._numbers = count()
        self._kept: dict[str, list[_Ranked]] = {state: [] for state in self.counts}

    def see(self, feed: Feed, state: Remembered | None, plan: FeedPlan | None) -> None:
        """Count a feed, and keep its row while it is among those that need it most."""
        found = health(feed, state, plan, now=self.now)
        self.counts[found.state] += 1
        kept = self._kept[found.state]
        need = _need(found.state, plan, found.since, self.now)
        if len(kept) == SHOWN_FEEDS and need <= kept[0].need:
            return
        ranked = _Ranked(need, next(self._numbers), _row(feed, state, plan, found.state, found.since))
        (heapq.heappushpop if len(kept) == SHOWN_FEEDS else heapq.heappush)(kept, ranked)

    def rows(self, state: str) -> list[tuple[float, dict[str, Any]]]:
        """Rows of a state, each with how much it needs to be looked at; none of a state that there is not."""
        return [(ranked.need, ranked.row) for ranked in self._kept.get(state, ())]


def worst(surveys: Iterable[Survey], states: Iterable[str], *, limit: int) -> list[dict[str, Any]]:
    """The rows of several partitions, state by state, those first that most need to be looked at; `limit` of each state."""
    surveys = list(surveys)
    rows = []
    for state in states:
        found = [ranked for survey in surveys for ranked in survey.rows(state)]
        rows += [row for _, row in heapq.nlargest(limit, found, key=lambda ranked: ranked[0])]
    return rows


def _need(state: str, plan: FeedPlan | None, since: int | None, now: float) -> float:
    """Failures in a row; else how long it has been so, or overdue."""
    if state == "failing" and plan is not None:
        return float(plan.errors)
    if state == "polled" and plan is not None:
        return now - plan.next
    return now - since if since is not None else 0.0


def _row(feed: Feed, state: Remembered | None, plan: FeedPlan | None, name: str, since: int | None) -> dict[str, Any]:
    return {
        "id": feed.id,
        "url": shown(feed),
        "title": feed.title or (state.title if state else None),
        "publisher": feed.publisher.name if feed.publisher else None,
        "state": name,
        "since": moment(since),
        "last": moment(plan.last) if plan else None,
        "next": moment(plan.next) if plan and not feed.paused else None,
        "rule": plan.rule if plan else None,
        "errors": plan.errors if plan else 0,
        "error": plan.error if plan else None,
        "missed": plan.missed if plan else False,
        "newest": moment(state.newest or None) if state else None,
    }
