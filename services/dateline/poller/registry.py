"""What one partition's poller knows: its feeds, their states and plans, grouped by scope; built from the log, never from a clock."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

import msgspec
import structlog

from dateline.events import UNREADABLE, Feed, FeedPlan, FeedState, decode
from dateline.poller.feeds import FEEDS, PLAN_SUFFIX
from dateline.poller.ring import disowned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dateline.log.port import Record

logger = structlog.get_logger()
T = TypeVar("T", bound=msgspec.Struct)


class Registry:
    """The committed truth of one partition; changed only by records that are on the log."""

    def __init__(self) -> None:
        self.feeds: dict[str, Feed] = {}
        self.plans: dict[str, FeedPlan] = {}
        self._states: dict[str, FeedState] = {}
        self._scopes: dict[str, set[str]] = defaultdict(set)
        # Positions up to which `feeds` and `feeds.state` are applied.
        self.positions: dict[str, int] = {}

    def state(self, feed_id: str) -> FeedState:
        """What is remembered of a feed; a feed never polled has an empty state."""
        return self._states.get(feed_id) or FeedState(id=feed_id)

    def siblings(self, feed: Feed, pending: Mapping[str, FeedState]) -> list[FeedState]:
        """States of the other feeds of a scope; `pending` ones stand in for what is committed. Feeds that are gone own nothing."""
        return [
            self._as_sibling(other, pending.get(other) or self._states[other])
            for other in sorted(self._scopes[feed.scope])
            if other != feed.id and (other in pending or other in self._states)
        ]

    def _as_sibling(self, feed_id: str, state: FeedState) -> FeedState:
        return state if feed_id in self.feeds else msgspec.structs.replace(state, ring=disowned(state.ring))

    def apply(self, topic: str, records: Iterable[Record]) -> list[str]:
        """Apply committed records of `feeds` or `feeds.state`; returns the ids of feeds that were added, changed or removed."""
        changed = []
        for record in records:
            key = (record.key or b"").decode("utf-8", "replace")
            if topic == FEEDS:
                changed += self._apply_feed(key, record)
            elif key.endswith(PLAN_SUFFIX):
                self._apply_plan(key.removesuffix(PLAN_SUFFIX), _decoded(record, FeedPlan))
            else:
                self.apply_state(key, _decoded(record, FeedState))
        return changed

    def apply_state(self, feed_id: str, state: FeedState | None) -> None:
        """Take over a feed's state; a state outlives its feed, so that a scope's other feeds still know what was published."""
        if state is None:
            self._states.pop(feed_id, None)
            return
        self._states[feed_id] = state

    def apply_plan(self, feed_id: str, plan: FeedPlan) -> None:
        """Take over a feed's plan."""
        self.plans[feed_id] = plan

    def _apply_plan(self, feed_id: str, plan: FeedPlan | None) -> None:
        if plan is None:
            self.plans.pop(feed_id, None)
        else:
            self.plans[feed_id] = plan

    def _apply_feed(self, key: str, record: Record) -> list[str]:
        if record.value is None:
            return [key] if self.feeds.pop(key, None) is not None else []
        feed = _decoded(record, Feed)
        if feed is None:
            return []
        self.feeds[key] = feed
        self._scopes[feed.scope].add(key)
        return [key]


def _decoded(record: Record, kind: type[T]) -> T | None:
    """The record's message; what cannot be read is reported and treated as absent."""
    if record.value is None:
        return None
    try:
        return decode(record.value, kind)
    except UNREADABLE as error:
        logger.warning("record ignored", topic=record.topic, partition=record.partition, offset=record.offset, error=str(error))
        return None
