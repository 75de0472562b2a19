"""A visit to where a feed went, over HTTP to small servers of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web
from feed_sites import fetcher, site
from invented import NOW, Reader, a_feed, item, rss
from msgspec.structs import replace

from dateline.events import FeedPlan
from dateline.poller.registry import Registry
from dateline.poller.schedule import Failed, Polled
from dateline.poller.visitor import Visitor
from dateline.settings import PollerSettings

if TYPE_CHECKING:
    from dateline.events import Feed
    from dateline.poller.fetch import Fetcher
    from dateline.poller.pending import Visit

DAY = 86_400


async def visited(ours: Fetcher, feed: Feed, *served: str) -> Visit:
    """A visit to a feed that served these items yesterday, with validators."""
    reader = Reader(feed.url)
    reader.poll(rss(*served))
    registry, moment = Registry(), int(NOW.timestamp())
    registry.feeds[feed.id] = feed
    registry.apply_state(feed.id, replace(reader.state, etag='"old"', last_modified="Wed, 04 Mar 2026 12:00:00 GMT"))
    registry.apply_plan(feed.id, FeedPlan(last=moment - DAY, next=moment, rule="rate", body_at=moment - DAY))
    pages: Any = None
    return await Visitor(ours, pages, PollerSettings(), lambda: moment).visit(feed, registry, _refuse)


async def _refuse(visit: Visit) -> None:
    raise AssertionError(visit)


async def test_the_feed_that_a_page_names_is_asked_without_the_old_validators_and_opened_as_the_feed_itself_only_at_its_own_origin() -> (
    None
):
    elsewhere: list[str] = []

    def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/new":
            return web.Response(body=rss(item(2), item(1)), content_type="application/rss+xml")
        links = "".join(f'<link rel=alternate type="application/rss+xml" href="{href}">' for href in ("/new", *elsewhere))
        return web.Response(text=f"<html><head>{links}</head></html>", content_type="text/html")

    async with site(answer) as home, site(answer, "127.0.0.2") as other, fetcher(secrets={"KEY": "opensesame"}) as ours:
        elsewhere.append(f"{other.url}/new")
        visit = await visited(ours, a_feed(f"{home.url}/rss", headers={"X-Key": "${KEY}"}), item(1))
        assert (visit.found, isinstance(visit.outcome, Polled), visit.read is not None) == (f"{home.url}/new", True, True)
        assert [request.path for request in home.asked] == ["/rss", "/new"]
        assert [request.headers.get("If-None-Match") for request in home.asked] == ['"old"', None]
        assert {request.headers.get("X-Key") for request in home.asked} == {"opensesame"}
        assert other.asked == []


async def test_feeds_of_a_page_that_cannot_be_fetched_or_read_are_none() -> None:
    def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/gone":
            return web.Response(status=410)
        if request.path == "/broken":
            return web.Response(status=500)
        links = "".join(f'<link rel=alternate type="application/rss+xml" href="/{path}">' for path in ("gone", "broken", "page"))
        return web.Response(text=f"<html><head>{links}</head></html>", content_type="text/html")

    async with site(answer) as home, fetcher() as ours:
        visit = await visited(ours, a_feed(f"{home.url}/rss"), item(1))
        assert [request.path for request in home.asked] == ["/rss", "/gone", "/broken", "/page"]
    assert visit.looked
    assert isinstance(visit.outcome, Failed)
    assert visit.outcome.kind == "parse"
    assert visit.outcome.reason == "the body is an HTML page; none of 3 it names is this"
