"""Pollers to be scored: ours, as its service runs it, and the loop that most people write with httpx and feedparser."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from ipaddress import ip_network
from typing import TYPE_CHECKING

import feedparser
import httpx

from dateline.events import Feed
from dateline.poller.feeds import feed_record
from dateline.poller.fetch import Fetcher
from dateline.poller.identity import feed_id, scope_of
from dateline.poller.pages import PageReader
from dateline.poller.service import NAME, PollTask
from dateline.poller.topics import FEEDS
from dateline.settings import Settings
from fakes import FakeLog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dateline.settings import PollerSettings

    from .rule import Pace
    from .server import ListedFeed


def settings_for(pace: Pace) -> Settings:
    """Ours with intervals of seconds; the budget of the fleet is so large that only hosts limit."""
    return Settings(
        kafka={"feeds_partitions": 1},
        poller={
            "requests_per_second": 1000,
            "host_requests_per_second": 1 / pace.spacing_seconds,
            "timeout_seconds": pace.timeout_seconds,
            "min_interval_seconds": pace.interval_seconds,
            "max_interval_seconds": pace.interval_seconds,
            "max_wire_bytes": pace.most_bytes,
            "contact": pace.contact,
            "allow_networks": (ip_network("127.0.0.0/8"),),
        },
    )


async def ours(feeds: Sequence[ListedFeed], pace: Pace, *, make_fetcher: Callable[[PollerSettings], Fetcher] = Fetcher) -> None:
    """One partition's task on a log in memory, as the service runs it; tests give it a fetcher with a fault."""
    settings = settings_for(pace)
    log = FakeLog([feed_record(_feed(listed), 1) for listed in feeds], service=NAME, topic=FEEDS)
    fetcher = make_fetcher(settings.poller)
    pages = PageReader(fetcher, settings.poller, lambda: datetime.now(UTC))
    try:
        await PollTask(log.open, 0, fetcher=fetcher, pages=pages, settings=settings).run()
    finally:
        await pages.close()
        await fetcher.close()


def _feed(listed: ListedFeed) -> Feed:
    page = "always" if listed.rule.pages else "never"
    return Feed(id=feed_id(listed.url), url=listed.url, scope=scope_of(listed.url), page=page, added_at=datetime.now(UTC))


async def plain(feeds: Sequence[ListedFeed], pace: Pace) -> None:
    """A round over all feeds, a pause, the next round; validators as feedparser's users pass them on by hand."""
    known: dict[str, dict[str, str]] = {}
    async with httpx.AsyncClient(follow_redirects=True, timeout=pace.timeout_seconds) as client:
        while True:
            await asyncio.gather(*(_plain_visit(client, feed.url, known) for feed in feeds))
            await asyncio.sleep(pace.interval_seconds)


async def _plain_visit(client: httpx.AsyncClient, url: str, known: dict[str, dict[str, str]]) -> None:
    with suppress(httpx.HTTPError):
        response = await client.get(url, headers=known.get(url, {}))
        if response.status_code == httpx.codes.OK:
            validators = {"If-None-Match": response.headers.get("etag"), "If-Modified-Since": response.headers.get("last-modified")}
            known[url] = {name: value for name, value in validators.items() if value}
            await asyncio.to_thread(feedparser.parse, BytesIO(response.content))


POLLERS = {"ours": ours, "plain": plain}
