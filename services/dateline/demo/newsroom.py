"""The demo's newsroom: one feed server on thirteen loopback addresses, twelve of them publishers.

    python -m dateline.demo.newsroom --port 8800 --rate 50 --publish-seconds 60 --opml feeds.opml

What is published when is decided in `stories.py`, how it looks in `documents.py`; here it is served. 127.0.0.1 answers
`/published` (a JSON array of all entries released so far) and `/feeds.opml`; so does every other address.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import hashlib
import math
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from msgspec import Struct

from dateline.demo import documents, stories
from dateline.demo.stories import Plan, Staged, Steady, all_feeds
from dateline.demo.texts import Behaviour, TextPlace, newsroom_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dateline.demo.stories import Feed

CONTROL_ADDRESS = "127.0.0.1"
# Another process may hold a port on one address that was free on the first; so often we are not unlucky.
PORT_ATTEMPTS = 20
# Requests in flight get this long at the end; only the slow feed would need more, and it is told to stop.
SHUTDOWN_SECONDS = 1.0


class NewsroomError(Exception):
    """The newsroom cannot open; the message says what to do."""


class AddressMissing(NewsroomError):
    """The machine does not answer on all of 127.0.0.0/8 (macOS has 127.0.0.1 alone)."""

    def __init__(self, address: str) -> None:
        """Name the address and the command that adds it."""
        super().__init__(
            f"cannot listen on {address}; add it with `sudo ifconfig lo0 alias {address}`"
            f" (macOS) or `sudo ip addr add {address}/8 dev lo` (Linux)",
        )


class PortTaken(NewsroomError):
    """Somebody else listens on that port."""

    def __init__(self, address: str, port: int) -> None:
        """Name the place that is taken."""
        super().__init__(f"{address}:{port} is in use; choose another port, or 0 for a free one")


class NoPort(NewsroomError):
    """No port was found that is free everywhere."""

    def __init__(self, places: Sequence[str]) -> None:
        """Name the addresses."""
        super().__init__(f"found no port free on all of {places[0]} to {places[-1]}; choose one yourself")


class ListedFeed(Struct, frozen=True, kw_only=True):
    """A feed as the newsroom announces it; `behaviour` says whether it publishes or is one of the broken ones, `text` where its text is."""

    url: str
    title: str
    publisher: str
    language: str
    behaviour: Behaviour
    text: TextPlace


class Document(Struct, frozen=True, kw_only=True):
    """A feed's document with its validators; `state` tells whether it is still the current one."""

    state: object
    body: bytes
    etag: str
    changed_at: datetime


@dataclass(kw_only=True)
class Newsroom:
    """A feed server whose contents depend on `seed`, `pace` and the seconds since `start` on `clock`, and on nothing else.

    `clock` gives seconds and never goes back. Port 0 takes a free one. The slow feed answers after `slow_seconds`.
    """

    seed: int = 1
    pace: Staged | Steady = field(default_factory=Staged)
    publish_seconds: float = math.inf
    port: int = 0
    slow_seconds: float = 20.0
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Prepare; nothing is bound before `start`."""
        self.plan = Plan(seed=self.seed, pace=self.pace, publish_seconds=self.publish_seconds)
        self._stopping = asyncio.Event()
        self._documents: dict[str, Document] = {}
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)

    async def start(self) -> None:
        """Listen on every address; second 0 is now. AddressMissing or PortTaken when that is impossible."""
        sockets = listen(addresses(), self.port)
        self.port = sockets[0].getsockname()[1]
        self.started_at = datetime.now(UTC)
        self._started_seconds = self.clock()
        await self._runner.setup()
        for listening in sockets:
            await web.SockSite(self._runner, listening).start()

    async def stop(self) -> None:
        """Close every connection, the slow feed's too; within about SHUTDOWN_SECONDS."""
        self._stopping.set()
        await self._runner.cleanup()

    @property
    def seconds(self) -> float:
        """How long the newsroom has been open."""
        return self.clock() - self._started_seconds

    def feeds(self) -> list[ListedFeed]:
        """Every feed with its URL, the broken ones included."""
        return [
            ListedFeed(
                url=self.url(feed),
                title=feed.title,
                publisher=feed.publisher,
                language=feed.language,
                behaviour=feed.behaviour,
                text=feed.text,
            )
            for feed in all_feeds()
        ]

    def url(self, feed: Feed) -> str:
        """Where that feed is served."""
        return self.root(feed.address) + feed.path

    def write_opml(self) -> str:
        """All feeds as OPML 2.0 text, in a folder per language."""
        return documents.opml(((feed, self.url(feed)) for feed in all_feeds()), title="The newsroom")

    def entries_published(self, until: float) -> list[tuple[str, str]]:
        """(feed URL, guid) of every entry released until that second, in order of release."""
        return [(self.url(entry.feed), entry.guid) for entry in stories.published(self.plan, until)]

    def root(self, address: str) -> str:
        """Where that publisher's pages begin."""
        return f"http://{address}:{self.port}"

    # Serving.

    def _application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/published", self._serve_published)
        application.router.add_get("/feeds.opml", self._serve_opml)
        application.router.add_get("/robots.txt", self._serve_robots)
        application.router.add_get("/articles/{key}", self._serve_article)
        application.router.add_get("/{path:.*}", self._serve)
        return application

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        address = local_address(request)
        feeds = [feed for feed in all_feeds() if feed.address == address]
        if request.path == "/" and feeds:
            return html(documents.home_page(feeds, root=self.root(address)))
        for feed in feeds:
            if feed.path == request.path:
                return await self._serve_feed(request, feed)
        raise web.HTTPNotFound

    async def _serve_feed(self, request: web.Request, feed: Feed) -> web.StreamResponse:
        match feed.behaviour:
            case Behaviour.FAILING:
                raise web.HTTPInternalServerError
            case Behaviour.PAGE:
                return html(documents.home_page([feed], root=self.root(feed.address)))
            case Behaviour.SLOW:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self.slow_seconds)
            case Behaviour.WELL | Behaviour.REVISING:
                pass
        seconds = self.seconds
        return answer(request, feed, self._document(feed, seconds), self.started_at + timedelta(seconds=seconds))

    def _document(self, feed: Feed, seconds: float) -> Document:
        state = stories.state(self.plan, feed, seconds)
        known = self._documents.get(feed.name)
        if known is not None and known.state == state:
            return known
        entries = stories.document(self.plan, feed, seconds)
        body = documents.feed_document(feed, entries, root=self.root(feed.address), started_at=self.started_at)
        changed_at = documents.changed_at(entries, self.started_at).replace(microsecond=0)
        document = Document(state=state, body=body, etag=hashlib.sha256(body).hexdigest()[:16], changed_at=changed_at)
        self._documents[feed.name] = document
        return document

    async def _serve_article(self, request: web.Request) -> web.Response:
        address = local_address(request)
        try:
            entry = stories.article(self.plan, address, request.match_info["key"], self.seconds)
        except KeyError:
            raise web.HTTPNotFound from None
        return html(documents.article_page(entry, root=self.root(address), started_at=self.started_at))

    async def _serve_robots(self, request: web.Request) -> web.Response:
        address = local_address(request)
        robots = next((publisher.robots for publisher in newsroom_text().publishers if publisher.address == address), "")
        if not robots:
            raise web.HTTPNotFound
        return web.Response(text=robots)

    async def _serve_published(self, _request: web.Request) -> web.Response:
        entries = stories.published(self.plan, self.seconds)
        return web.json_response(
            [{"feed": self.url(entry.feed), "guid": entry.guid, "link": self.root(entry.feed.address) + entry.path} for entry in entries],
        )

    async def _serve_opml(self, _request: web.Request) -> web.Response:
        return web.Response(text=self.write_opml(), content_type="text/x-opml")


def addresses() -> list[str]:
    """Where the newsroom listens: 127.0.0.1 for questions about it, then every publisher's address."""
    return [CONTROL_ADDRESS, *dict.fromkeys(feed.address for feed in all_feeds())]


def local_address(request: web.Request) -> str:
    """The address the client called, whatever it wrote into Host."""
    if request.transport is None:
        return ""
    return str(request.transport.get_extra_info("sockname")[0])


def html(body: bytes) -> web.Response:
    """A page."""
    return web.Response(body=body, content_type="text/html", charset="utf-8")


def answer(request: web.Request, feed: Feed, document: Document, now: datetime) -> web.Response:
    """The document with its validators, or 304 when the client has it (RFC 9110 §13.2.2)."""
    if has_current(request, document):
        response = web.Response(status=304)
    else:
        response = web.Response(body=document.body, content_type=f"application/{feed.format}+xml", charset="utf-8")
    response.etag = document.etag
    # A date of the running second would also fit a document that changes later in it (RFC 9110 §8.8.2.2).
    if now.replace(microsecond=0) > document.changed_at:
        response.last_modified = document.changed_at
    return response


def has_current(request: web.Request, document: Document) -> bool:
    """Whether the request's validators fit; If-None-Match decides alone where it is given (RFC 9110 §13.1.3)."""
    if request.if_none_match is not None:
        return any(etag.value in (document.etag, "*") for etag in request.if_none_match)
    return request.if_modified_since is not None and document.changed_at <= request.if_modified_since


def listen(places: Sequence[str], port: int) -> list[socket.socket]:
    """A listening socket on each address, all on one port; 0 looks for a port that is free on all of them."""
    for _ in range(PORT_ATTEMPTS):
        try:
            return _listen_once(places, port)
        except PortTaken:
            if port:
                raise
    raise NoPort(places)


def _listen_once(places: Sequence[str], port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for address in places:
            sockets.append(_listen_on(address, port))
            port = sockets[0].getsockname()[1]
    except (NewsroomError, OSError):
        for listening in sockets:
            listening.close()
        raise
    return sockets


def _listen_on(address: str, port: int) -> socket.socket:
    try:
        return socket.create_server((address, port), backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(address, port) from error
        if error.errno == errno.EADDRNOTAVAIL:
            raise AddressMissing(address) from error
        raise


# A process of its own.


async def serve(newsroom: Newsroom, seconds: float, opml: Path | None) -> None:
    """Serve for that long, or until SIGTERM or SIGINT; the OPML file is written before the first line on stdout."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await newsroom.start()
    try:
        announce(newsroom, opml)
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), None if math.isinf(seconds) else seconds)
    finally:
        await newsroom.stop()


def announce(newsroom: Newsroom, opml: Path | None) -> None:
    """Write the list of feeds, then say on stdout where to ask what was published."""
    if opml is not None:
        opml.write_text(newsroom.write_opml(), encoding="utf-8")
    print(f"http://{CONTROL_ADDRESS}:{newsroom.port}/published", flush=True)


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m dateline.demo.newsroom", description="Serve invented feeds on loopback addresses.")
    parser.add_argument("--port", type=int, default=0, help="one port for all addresses; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=1, help="another seed publishes other entries under other guids")
    parser.add_argument("--seconds", type=float, default=math.inf, help="how long to serve; until SIGTERM when not given")
    parser.add_argument("--publish-seconds", type=float, default=math.inf, help="after this nothing new is released")
    parser.add_argument("--rate", type=float, default=0.0, help="entries a second, evenly; without it the staged demo is played")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times as fast the staged demo is played")
    parser.add_argument("--document-entries", type=int, default=30, help="how many entries a feed shows")
    parser.add_argument("--slow-seconds", type=float, default=20.0, help="after how long the slow feed answers")
    parser.add_argument("--opml", type=Path, help="write the list of feeds to this file")
    return parser


async def run(given: argparse.Namespace) -> None:
    """Open the newsroom the options describe."""
    entries: int = given.document_entries
    pace = Steady(rate=given.rate, document_entries=entries) if given.rate else Staged(speed=given.speed, document_entries=entries)
    newsroom = Newsroom(seed=given.seed, pace=pace, publish_seconds=given.publish_seconds, port=given.port, slow_seconds=given.slow_seconds)
    await serve(newsroom, given.seconds, given.opml)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve; 0 when told to stop, 1 when the newsroom cannot open, 2 for options that do not fit together."""
    given = options().parse_args(arguments)
    try:
        asyncio.run(run(given))
    except (NewsroomError, OSError) as error:
        print(f"newsroom: {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"newsroom: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
