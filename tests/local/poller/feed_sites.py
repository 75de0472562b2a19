"""Small servers on loopback, each an origin of its own, and a fetcher that may call them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from dateline.poller.fetch import Fetcher
from dateline.settings import PollerSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aiohttp.abc import AbstractResolver

FEED = b"<rss version='2.0'><channel/></rss>"


class Site(NamedTuple):
    """A server with its address and what it was asked, in order."""

    url: str
    asked: list[web.Request]


@asynccontextmanager
async def site(answer: Callable[[web.Request], web.StreamResponse], host: str = "127.0.0.1") -> AsyncIterator[Site]:
    """A server that answers every request so."""
    asked: list[web.Request] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request)  # type: ignore[arg-type] - the path and the headers are all that is looked at
        return answer(request)  # type: ignore[arg-type]

    runner = web.ServerRunner(web.Server(handle, access_log=None), shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    try:
        yield Site(f"http://{host}:{runner.addresses[0][1]}", asked)
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_site(talk: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """The address of a server that reads one request's head and then says what `talk` writes."""
    talks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())  # type: ignore[arg-type] - there is one
        try:
            await reader.readuntil(b"\r\n\r\n")
            await talk(writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the fetcher has gone
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


@asynccontextmanager
async def fetcher(
    *, secrets: dict[str, str] | None = None, tasks: int = 1, resolver: AbstractResolver | None = None, **changes: object
) -> AsyncIterator[Fetcher]:
    """A fetcher that may call loopback, quickly, unless `changes` says otherwise."""
    usual = {"allow_networks": (ip_network("127.0.0.0/8"),), "host_requests_per_second": 1000, "timeout_seconds": 5}
    settings = PollerSettings.model_validate({**usual, **changes})
    ours = Fetcher(settings, secrets=secrets, tasks=tasks, resolver=resolver)
    try:
        yield ours
    finally:
        await ours.close()


def to(url: str, code: int = 302) -> web.Response:
    """A redirect."""
    return web.Response(status=code, headers={"Location": url})
