"""One small server per process: a page to look at, is it alive and ready, what is it doing, how well, which version, and the contract."""

from __future__ import annotations

import socket
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from aiohttp import web

from dateline import __version__
from dateline.errors import ConfigurationError
from dateline.ops.contract import contract_routes
from dateline.ops.metrics import CONTENT_TYPE
from dateline.ops.page import page_route
from dateline.ops.peers import Peers
from dateline.ops.processes import Answer, distinct, rows
from dateline.ops.verdict import all_told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from dateline.settings import KafkaSettings, OpsSettings

# What `/feeds` and `/events` give unless asked for less; those who want all ask the log.
MOST_FEEDS = 50
MOST_EVENTS = 50
# What `/feeds` gives unless asked: those that somebody should look at.
WORTH_A_LOOK = ("failing", "quiet", "retired")


class Shows(Protocol):
    """What a process says of itself; everything is made of what is in memory."""

    def live(self) -> tuple[int, dict[str, Any]]: ...
    def ready(self) -> tuple[int, dict[str, Any]]: ...
    def status(self) -> dict[str, Any]: ...
    def feeds(self, states: Sequence[str], limit: int) -> dict[str, Any]: ...
    async def events(self, limit: int) -> dict[str, Any]: ...
    def history(self) -> dict[str, Any]: ...
    def metrics(self) -> bytes: ...


@asynccontextmanager
async def ops_server(settings: OpsSettings, kafka: KafkaSettings, shows: Shows) -> AsyncIterator[int]:
    """Serve while the block runs; gives the port. ConfigurationError when the port cannot be listened on."""
    app = web.Application()
    app.add_routes([page_route(), *_routes(shows), _processes(shows, Peers(settings.peers)), *contract_routes(kafka)])
    paths = sorted({resource.canonical for resource in app.router.resources()} | {"/endpoints"})
    app.add_routes([web.get("/endpoints", _answer(lambda _: (200, {"endpoints": paths})))])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, settings.host, settings.port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise ConfigurationError(
            f"DATELINE_OPS__PORT: {settings.host}:{settings.port} cannot be listened on ({error.strerror}); choose another with --ops-port"
        ) from error
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _routes(shows: Shows) -> list[web.RouteDef]:
    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=shows.metrics(), headers={"Content-Type": CONTENT_TYPE})

    async def events(request: web.Request) -> web.Response:
        return _json(200, await shows.events(_limit(request, MOST_EVENTS)))

    return [
        web.get("/live", _answer(lambda _: shows.live())),
        web.get("/ready", _answer(lambda _: shows.ready())),
        web.get("/status", _answer(lambda _: (200, shows.status()))),
        web.get("/feeds", _answer(lambda request: (200, shows.feeds(_states(request), _limit(request, MOST_FEEDS))))),
        web.get("/events", events),
        web.get("/history", _answer(lambda _: (200, shows.history()))),
        web.get("/metrics", metrics),
        web.get("/version", _answer(lambda _: (200, {"version": __version__}))),
    ]


def _processes(shows: Shows, peers: Peers) -> web.RouteDef:
    """`/processes`: this process and its peers as `dateline top` shows them, which asks the peers."""

    async def handle(request: web.Request) -> web.Response:
        port = request.transport.get_extra_info("sockname")[1] if request.transport else None
        answers = distinct([Answer(f"{socket.gethostname()}:{port}", time.monotonic(), shows.status()), *await peers.answers()])
        return _json(200, all_told(answers, rows(answers, {})))

    return web.get("/processes", handle)


def _states(request: web.Request) -> Sequence[str]:
    """The states asked for by `state`, comma-separated or repeated."""
    asked = [state for value in request.query.getall("state", []) for state in value.split(",") if state]
    return asked or WORTH_A_LOOK


def _limit(request: web.Request, most: int) -> int:
    """What `limit` asks for, at most `most`; 400 where it is no number."""
    asked = request.query.get("limit", str(most))
    if not (asked.isascii() and asked.isdigit()):
        raise web.HTTPBadRequest(text="limit is a number")
    return min(int(asked[:9]), most)


def _answer(say: Callable[[web.Request], tuple[int, dict[str, Any]]]) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.Response:
        return _json(*say(request))

    return handle


def _json(code: int, body: dict[str, Any]) -> web.Response:
    return web.Response(status=code, body=orjson.dumps(body, option=orjson.OPT_UTC_Z), content_type="application/json")
