"""Records of `feeds` and `feeds.state` that lie in another partition than their feed belongs to, where they are ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dateline.events import UNREADABLE, Feed, decode
from dateline.log.reading import read_each
from dateline.log.visit import partition_of, partitions_of
from dateline.poller.identity import shown
from dateline.poller.topics import FEEDS, FEEDS_STATE, PLAN_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dateline.log.client import Cluster
    from dateline.log.port import Record

# Whoever changed the number of partitions by hand has misplaced nearly every feed; the first tell as much as all of them.
MOST_SHOWN = 20


class Stray(NamedTuple):
    """What lies of one feed in a partition that is not its own: the feed itself, or only its state or plan."""

    feed_id: str
    lies: int
    belongs: int
    is_feed: bool


class Found(NamedTuple):
    """A stray and its feed as it may be shown: its address without secrets, or its id where it is private or unknown."""

    stray: Stray
    feed: str

    def says(self) -> str:
        """Where it lies, where it belongs and what to do, in one sentence."""
        _, lies, belongs, is_feed = self.stray
        places = f"lies in partition {lies} and belongs in {belongs}"
        if is_feed:
            mend = f"dateline feeds remove {self.feed}, and then with: dateline feeds add"
            return f"{self.feed} {places}; it is ignored where it lies, mend it with: {mend}"
        return f"the state of {self.feed} {places}; it is ignored, and the poller deletes it a week after the last poll that it tells of"


async def find_strays(cluster: Cluster, *, most: int = MOST_SHOWN) -> tuple[list[Found], int]:
    """At most so many strays by feed and partition, feeds before mere states, and how many there are in all.

    Reads both topics once, and `feeds` again where something is to be named; keeps a few words for each feed, however large its
    records are.
    """
    search = Search(await partitions_of(cluster, FEEDS))
    for topic in (FEEDS, FEEDS_STATE):
        async for record in read_each(cluster, topic):
            search.apply(topic, record)
    strays = search.strays()
    names: dict[str, str] = {}
    if strays:
        wanted = {stray.feed_id for stray in strays[:most]}
        async for record in read_each(cluster, FEEDS):
            names |= _named(record, wanted)
    return [Found(stray, names.get(stray.feed_id, stray.feed_id)) for stray in strays[:most]], len(strays)


class _Place(msgspec.Struct, gc=False):
    """Where a feed belongs by its latest record, of which Unix millisecond, and the partitions in which one is not deleted."""

    home: int
    at: int
    lies: tuple[int, ...] = ()


class Search:
    """Records of `feeds` first and then of `feeds.state`, each partition's in order; a later record of a key stands for the earlier."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._feeds: dict[str, _Place] = {}
        # Feed ids and partitions of states (False) and plans (True) that are not beside their feed.
        self._states: set[tuple[str, int, bool]] = set()

    def apply(self, topic: str, record: Record) -> None:
        """Take note of a committed record of either topic."""
        key = (record.key or b"").decode("utf-8", "replace")
        if topic == FEEDS:
            self._apply_feed(key, record)
        else:
            self._apply_state(key.removesuffix(PLAN_SUFFIX), record, is_plan=key.endswith(PLAN_SUFFIX))

    def strays(self) -> list[Stray]:
        """What lies in a wrong partition: feeds first, and states where their feed does not lie beside them."""
        feeds = {(key, lies) for key, place in self._feeds.items() for lies in place.lies if lies != place.home}
        states = {(key, lies) for key, lies, _ in self._states} - feeds
        return [*self._sorted(feeds, is_feed=True), *self._sorted(states, is_feed=False)]

    def _sorted(self, found: Iterable[tuple[str, int]], *, is_feed: bool) -> list[Stray]:
        return [Stray(key, lies, self._feeds[key].home, is_feed) for key, lies in sorted(found)]

    def _apply_feed(self, key: str, record: Record) -> None:
        place = self._feeds.get(key)
        if record.value is None:
            if place is not None:  # where it belonged is still known, for the state that outlives it
                place.lies = tuple(lies for lies in place.lies if lies != record.partition)
            return
        feed = _feed(record)
        if feed is None:
            return
        if place is None:
            place = self._feeds[key] = _Place(0, -1)
        if record.timestamp >= place.at:
            place.home, place.at = partition_of(feed.scope.encode(), self._partitions), record.timestamp
        if record.partition not in place.lies:
            place.lies = (*place.lies, record.partition)

    def _apply_state(self, feed_id: str, record: Record, *, is_plan: bool) -> None:
        place, stray = self._feeds.get(feed_id), (feed_id, record.partition, is_plan)
        if record.value is None:
            self._states.discard(stray)
        elif place is not None and place.home != record.partition:
            self._states.add(stray)


def _named(record: Record, wanted: Collection[str]) -> dict[str, str]:
    """The feed of a record by its id, as it may be shown, where it is one of those wanted."""
    key = (record.key or b"").decode("utf-8", "replace")
    feed = _feed(record) if key in wanted else None
    return {} if feed is None else {key: shown(feed)}


def _feed(record: Record) -> Feed | None:
    try:
        return None if record.value is None else decode(record.value, Feed)
    except UNREADABLE:
        return None
