"""What one partition's poller knows: its feeds, their states and plans, grouped by scope; built from the log, never from a clock."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import msgspec
import structlog

from dateline.events import UNREADABLE, Feed, FeedPlan, FeedState, decode
from dateline.poller.packed import Kept, Packed
from dateline.poller.ring import disowned
from dateline.poller.topics import FEEDS, PLAN_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dateline.log.port import Record

logger = structlog.get_logger()
T = TypeVar("T", bound=msgspec.Struct)

# A feed removed by mistake goes on where it was when it is added again within a week.
KEPT_SECONDS = 7 * 86_400


class Registry:
    """The committed truth of one partition; changed only by records that are on the log.

    A feed whose scope `place_of` puts into another partition is reported once and ignored with its state: two tasks would poll one
    publisher. A state without a feed is a removed feed's, and kept for a week.
    """

    def __init__(self, partition: int = 0, place_of: Callable[[str], int] = lambda _scope: 0) -> None:
        self._shelf: dict[str, Kept] = {}
        self.feeds = Packed(self._shelf, "feed", Feed, key_field="id")
        self.plans = Packed(self._shelf, "plan", FeedPlan)
        self._states = Packed(self._shelf, "state", FeedState, key_field="id", base64_field="ring")
        # Ids of a scope's feeds; one alone, as most are, is kept as it is.
        self._scopes: dict[str, str | tuple[str, ...]] = {}
        self._partition, self._place_of = partition, place_of
        # Ids of feeds that lie here and belong elsewhere.
        self._misplaced: set[str] = set()
        # When feeds were removed whose state is still kept, Unix seconds.
        self._removed_at: dict[str, int] = {}
        # Positions up to which `feeds` and `feeds.state` are applied.
        self.positions: dict[str, int] = {}

    def state(self, feed_id: str) -> FeedState:
        """What is remembered of a feed; a feed never polled has an empty state."""
        return self._states.get(feed_id) or FeedState(id=feed_id)

    def siblings(self, feed: Feed, pending: Mapping[str, FeedState]) -> Iterator[FeedState]:
        """States of the other feeds of a scope; `pending` ones stand in for what is committed. Feeds that are gone own nothing.

        Unpacked one by one as they are asked for: most polls bring nothing to look up.
        """
        for other in sorted(_ids(self._scopes.get(feed.scope, ()))):
            if other != feed.id and (other in pending or other in self._states):
                yield self._as_sibling(other, pending.get(other) or self._states[other])

    def _as_sibling(self, feed_id: str, state: FeedState) -> FeedState:
        return state if feed_id in self.feeds else msgspec.structs.replace(state, ring=disowned(state.ring))

    def apply(self, topic: str, records: Iterable[Record]) -> list[str]:
        """Apply committed records of `feeds` or `feeds.state`; returns the ids of feeds that were added, changed or removed."""
        changed = []
        for record in records:
            key = (record.key or b"").decode("utf-8", "replace")
            if topic == FEEDS:
                changed += self._apply_feed(key, record)
            elif key.removesuffix(PLAN_SUFFIX) in self._misplaced:
                continue
            elif key.endswith(PLAN_SUFFIX):
                self.apply_plan(key.removesuffix(PLAN_SUFFIX), _decoded(record, FeedPlan))
            else:
                self.apply_state(key, _decoded(record, FeedState))
        return changed

    def apply_state(self, feed_id: str, state: FeedState | None) -> None:
        """Take over a feed's state; a state outlives its feed, so that a scope's other feeds still know what was published."""
        if state is None:
            self._states.pop(feed_id, None)
        else:
            self._states[feed_id] = state

    def apply_plan(self, feed_id: str, plan: FeedPlan | None) -> None:
        """Take over a feed's plan."""
        if plan is None:
            self.plans.pop(feed_id, None)
        else:
            self.plans[feed_id] = plan

    def outlived(self, now: float, *, most: int) -> list[str]:
        """Ids of at most so many feeds that were removed a week ago and whose state is still kept; `now` in Unix seconds.

        Where the record of the removal is compacted away, the last poll tells how long ago it was at least.
        """
        gone = (key for key, kept in self._shelf.items() if kept.feed is None and now - self._gone_since(key) >= KEPT_SECONDS)
        return list(islice(gone, most))

    def forget(self, feed_id: str) -> None:
        """Drop what is kept of a removed feed."""
        self.apply_state(feed_id, None)
        self.apply_plan(feed_id, None)
        self._removed_at.pop(feed_id, None)

    def _gone_since(self, feed_id: str) -> int:
        removed = self._removed_at.get(feed_id)
        if removed is not None:
            return removed
        plan = self.plans.get(feed_id)
        return 0 if plan is None else plan.last

    def _apply_feed(self, key: str, record: Record) -> list[str]:
        if record.value is None:
            self._misplaced.discard(key)
            return self._remove(key, record.timestamp // 1000)
        feed = _decoded(record, Feed)
        if feed is None:
            return []
        if self._place_of(feed.scope) != self._partition:
            return self._ignore(key, feed, record)
        self._misplaced.discard(key)
        self.feeds[key] = feed
        key = self._shelf[key].key  # one object for every table
        self._removed_at.pop(key, None)
        ids = _ids(self._scopes.get(feed.scope, ()))
        if key not in ids:
            self._scopes[feed.scope] = key if not ids else (*ids, key)
        return [key]

    def _remove(self, key: str, at: int) -> list[str]:
        self._removed_at[key] = at
        return [key] if self.feeds.pop(key, None) is not None else []

    def _ignore(self, key: str, feed: Feed, record: Record) -> list[str]:
        """Know nothing of a feed that belongs elsewhere, as after a restore from what compaction leaves of its records."""
        if key not in self._misplaced:
            self._misplaced.add(key)
            logger.warning(
                "feed in the wrong partition ignored; remove it and add it again",
                feed=feed.id,
                partition=self._partition,
                wanted=self._place_of(feed.scope),
                offset=record.offset,
            )
        was_here = self.feeds.pop(key, None) is not None
        self.forget(key)
        return [key] if was_here else []


def _ids(ids: str | tuple[str, ...]) -> tuple[str, ...]:
    return (ids,) if isinstance(ids, str) else ids


def _decoded(record: Record, kind: type[T]) -> T | None:
    """The record's message; what cannot be read is reported and treated as absent."""
    if record.value is None:
        return None
    try:
        return decode(record.value, kind)
    except UNREADABLE as error:
        logger.warning("record ignored", topic=record.topic, partition=record.partition, offset=record.offset, error=str(error))
        return None
