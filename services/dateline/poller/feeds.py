"""The list of feeds on topic `feeds`: adding, removing and showing them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec

from dateline.envelope import derived_id, envelope
from dateline.errors import BadInput
from dateline.events import UNREADABLE, Feed, FeedPlan, FeedState, decode, encode
from dateline.log.port import Output
from dateline.log.visit import partition_of, partitions_of, publish, read_whole
from dateline.poller.identity import feed_id, scope_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from dateline.log.client import Cluster
    from dateline.log.port import Record
    from dateline.poller.opml import Listed

FEED_TYPE = "io.dateline.feed.v1"
FEEDS = "feeds"
FEEDS_STATE = "feeds.state"
PLAN_SUFFIX = "/plan"

T = TypeVar("T", bound=msgspec.Struct)


class FeedStatus(NamedTuple):
    """A feed with what is known of its polls."""

    feed: Feed
    state: FeedState | None
    plan: FeedPlan | None


def new_feed(listed: Listed, *, now: datetime) -> Feed:
    """A feed to be added; BadInput when its address is none that can be polled."""
    if not _can_be_polled(listed.url):
        raise BadInput(f"{listed.url!r} is not an http or https address")
    return Feed(
        id=feed_id(listed.url),
        url=listed.url,
        scope=scope_of(listed.url),
        title=listed.title,
        labels=list(listed.labels),
        language=listed.language,
        publisher=listed.publisher,
        added_at=now,
    )


def _can_be_polled(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        # A wrong IPv6 literal, or a port that is none.
        return False


def feed_record(feed: Feed, partitions: int) -> Output:
    """The record of a feed, in the partition of its scope."""
    headers = envelope(FEED_TYPE, derived_id("feed", feed.id, feed.added_at), source="feeds", subject=feed.id, time=feed.added_at)
    return Output(FEEDS, feed.id.encode(), encode(feed), headers, partition_of(feed.scope.encode(), partitions))


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


async def add_feeds(cluster: Cluster, listed: Sequence[Listed]) -> tuple[list[Feed], list[Feed]]:
    """Add feeds; returns those added and those that were there already, which stay as they are."""
    now = datetime.now(UTC)
    asked = list({feed.id: feed for feed in (new_feed(one, now=now) for one in listed)}.values())
    there = {status.feed.id for status in collect(await read_whole(cluster, FEEDS), ())}
    added = [feed for feed in asked if feed.id not in there]
    if added:
        partitions = await partitions_of(cluster, FEEDS)
        await publish(cluster, [feed_record(feed, partitions) for feed in added])
    return added, [feed for feed in asked if feed.id in there]


async def remove_feeds(cluster: Cluster, wanted: Collection[str]) -> tuple[list[Feed], list[str]]:
    """Remove feeds named by id or address; returns those removed and the names that match none."""
    feeds = [status.feed for status in collect(await read_whole(cluster, FEEDS), ())]
    by_name = {feed.id: feed for feed in feeds} | {feed.url: feed for feed in feeds}
    found = {by_name[name].id: by_name[name] for name in wanted if name in by_name}
    partitions = await partitions_of(cluster, FEEDS)
    tombstones = [Output(FEEDS, feed.id.encode(), None, (), partition_of(feed.scope.encode(), partitions)) for feed in found.values()]
    if tombstones:
        await publish(cluster, tombstones)
    return list(found.values()), [name for name in wanted if name not in by_name]
