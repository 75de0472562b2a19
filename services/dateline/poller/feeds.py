"""The list of feeds on topic `feeds`: adding, removing and showing them."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from dateline.envelope import derived_id, envelope
from dateline.errors import BadInput
from dateline.events import UNREADABLE, Feed, FeedPlan, FeedState, decode, encode
from dateline.log.port import Output
from dateline.log.reading import read_whole
from dateline.log.visit import partition_of, partitions_of, publish
from dateline.poller.identity import feed_id, without_secrets
from dateline.poller.listed import cleaned, new_feed, plan_changes
from dateline.poller.quiet import health
from dateline.poller.rate import decayed
from dateline.poller.topics import FEEDS, FEEDS_STATE, PLAN_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from dateline.log.client import Cluster
    from dateline.log.port import Record
    from dateline.poller.listed import Changes, Listed

__all__ = [
    "FeedStatus",
    "add_feeds",
    "collect",
    "entries_a_day",
    "feed_record",
    "known_feeds",
    "list_feeds",
    "named",
    "new_feed",
    "pause_feeds",
    "put_feeds",
    "remove_feeds",
    "state_of",
]

FEED_TYPE = "io.dateline.feed.v1"
# Records sent before any is awaited: a second's work for a broker.
_AT_ONCE = 5000

T = TypeVar("T", bound=msgspec.Struct)


class FeedStatus(NamedTuple):
    """A feed with what is known of its polls."""

    feed: Feed
    state: FeedState | None
    plan: FeedPlan | None


def feed_record(feed: Feed, partitions: int, *, at: datetime | None = None) -> Output:
    """The record of a feed, in the partition of its scope; `at` is when it was changed, null for one that is added."""
    at = at or feed.added_at
    headers = envelope(FEED_TYPE, derived_id("feed", feed.id, at), source="feeds", subject=feed.id, time=at)
    return Output(FEEDS, feed.id.encode(), encode(feed), headers, _place(feed, partitions))


def collect(feeds: Iterable[Record], states: Iterable[Record]) -> list[FeedStatus]:
    """Feeds with their state from the records of both topics; what cannot be read is left out."""
    wanted: dict[str, Feed] = {}
    for record in feeds:
        key = (record.key or b"").decode("utf-8", "replace")
        wanted.pop(key, None)
        if record.value is not None and (feed := _decoded(record.value, Feed)) is not None:
            wanted[key] = feed
    known: dict[str, FeedState | None] = {}
    plans: dict[str, FeedPlan | None] = {}
    for record in states:
        key = (record.key or b"").decode("utf-8", "replace")
        if key.endswith(PLAN_SUFFIX):
            plans[key.removesuffix(PLAN_SUFFIX)] = _decoded(record.value, FeedPlan)
        else:
            known[key] = _decoded(record.value, FeedState)
    return [FeedStatus(feed, known.get(key), plans.get(key)) for key, feed in wanted.items()]


def _decoded(value: bytes | None, kind: type[T]) -> T | None:
    try:
        return None if value is None else decode(value, kind)
    except UNREADABLE:
        return None


async def list_feeds(cluster: Cluster) -> list[FeedStatus]:
    """Every feed with the state of its polls."""
    feeds, states = await asyncio.gather(read_whole(cluster, FEEDS), read_whole(cluster, FEEDS_STATE))
    return collect(feeds, states)


async def put_feeds(
    cluster: Cluster,
    listed: Sequence[Listed],
    *,
    update: bool = False,
    allow_secret: bool = False,
    told: Callable[[int], None] | None = None,
) -> Changes:
    """Add feeds, and with `update` change those that are there; `told` hears how many records more are written."""
    known = await known_feeds(cluster)
    now = datetime.now(UTC)
    changes = plan_changes(listed, known, now=now, update=update, allow_secret=allow_secret)
    await _write(cluster, [*changes.added, *changes.updated], now, told)
    return changes


async def add_feeds(cluster: Cluster, listed: Sequence[Listed]) -> tuple[list[Feed], list[Feed]]:
    """Add feeds; returns those added and those that were there already, which stay as they are. BadInput where one is no feed."""
    for one in listed:
        cleaned(one)
    changes = await put_feeds(cluster, listed)
    return changes.added, changes.there


async def known_feeds(cluster: Cluster) -> dict[str, Feed]:
    """Every feed by its id."""
    return {status.feed.id: status.feed for status in collect(await read_whole(cluster, FEEDS), ())}


async def remove_feeds(cluster: Cluster, wanted: Collection[str]) -> tuple[list[Feed], list[str]]:
    """Remove feeds named by id or address; returns those removed and the names that match none.

    They go from every partition that holds a record of them: one in the wrong partition is compacted away by nothing else. With it
    goes the state that was kept there, which nobody reads; the one in the right partition is kept for a week.
    """
    records = await read_whole(cluster, FEEDS)
    found, unknown = named(wanted, {status.feed.id: status.feed for status in collect(records, ())})
    if found:
        partitions = await partitions_of(cluster, FEEDS)
        await publish(cluster, removals(found, records, partitions))
    return found, unknown


def removals(removed: Sequence[Feed], records: Iterable[Record], partitions: int) -> list[Output]:
    """Tombstones for feeds wherever they lie, and for what is kept of them where they do not belong; `records` are those of `feeds`."""
    homes = {(feed.id.encode(), _place(feed, partitions)) for feed in removed}
    keys = {key for key, _ in homes}
    lie = {(record.key, record.partition) for record in records if record.key in keys}
    feeds = [Output(FEEDS, key, None, (), partition) for key, partition in sorted(homes | lie)]
    strays = [(key + suffix, partition) for key, partition in sorted(lie - homes) for suffix in (b"", PLAN_SUFFIX.encode())]
    return feeds + [Output(FEEDS_STATE, key, None, (), partition) for key, partition in strays]


async def pause_feeds(cluster: Cluster, wanted: Collection[str], *, paused: bool) -> tuple[list[Feed], list[Feed], list[str]]:
    """Pause or resume feeds named by id or address; returns those changed, those that were so already, and names that match none."""
    found, unknown = named(wanted, await known_feeds(cluster))
    changed = [replace(feed, paused=paused) for feed in found if feed.paused != paused]
    await _write(cluster, changed, datetime.now(UTC), None)
    return changed, [feed for feed in found if feed.paused == paused], unknown


def named(names: Iterable[str], known: Mapping[str, Feed]) -> tuple[list[Feed], list[str]]:
    """The feeds that are named by id, by address in any spelling, or by the address as it is shown; and the names that match none.

    BadInput where a name is what is shown of several feeds, whose addresses differ in what opens them.
    """
    shown: defaultdict[str, list[Feed]] = defaultdict(list)
    for feed in known.values():
        shown[without_secrets(feed.url)].append(feed)
    found: dict[str, Feed] = {}
    unknown = []
    for name in names:
        exact = known.get(name.lower()) or known.get(feed_id(name))
        meant = [exact] if exact is not None else shown.get(name, [])
        if len(meant) > 1:
            ids = ", ".join(sorted(feed.id for feed in meant))
            raise BadInput(f"{name[:200]} is the address of {len(meant)} feeds that differ in their secrets; name one by its id: {ids}")
        unknown += [] if meant else [name]
        found |= {feed.id: feed for feed in meant}
    return list(found.values()), unknown


def state_of(status: FeedStatus, now: datetime) -> str:
    """How a feed is doing, in one word: new, polled, quiet, failing, retired or paused; `now` is aware UTC."""
    return health(status.feed, status.state, status.plan, now=now.timestamp()).state


def entries_a_day(status: FeedStatus, now: datetime) -> float | None:
    """How many new entries a feed brings a day of late; null before its first document. `now` is aware UTC."""
    state = status.state
    if state is None or not state.rate_at:
        return None
    # A count that fades by half a day stands at 1 / ln 2 times what comes in a day.
    return decayed(state.rate, state.rate_at, now.timestamp()) * math.log(2)


async def _write(cluster: Cluster, feeds: Sequence[Feed], at: datetime, told: Callable[[int], None] | None) -> None:
    if not feeds:
        return
    partitions = await partitions_of(cluster, FEEDS)
    for start in range(0, len(feeds), _AT_ONCE):
        records = [feed_record(feed, partitions, at=at) for feed in feeds[start : start + _AT_ONCE]]
        await publish(cluster, records)
        if told is not None:
            told(len(records))


def _place(feed: Feed, partitions: int) -> int:
    return partition_of(feed.scope.encode(), partitions)
