"""One small server per process: is it alive, is it ready, what is it doing, which version, and the contract."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from dateline import __version__
from dateline.errors import ConfigurationError
from dateline.ops.contract import contract_routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from dateline.settings import KafkaSettings, OpsSettings

# What a process says of itself: service name → its tasks, each with `phase` and its counts.
Status = dict[str, list[dict[str, Any]]]


def not_ready(status: Mapping[str, list[dict[str, Any]]], joined: Mapping[str, bool]) -> str | None:
    """Why this process is not ready yet, or null: every service has joined its group and every task is past its restore."""
    for service, has_joined in joined.items():
        if not has_joined:
            return f"{service} has not joined its group"
    for service, tasks in status.items():
        waiting = ", ".join(f"{task['partition']} ({task['phase']})" for task in tasks if task["phase"] != "running")
        if waiting:
            return f"{service} partitions are not running yet: {waiting}"
    return None


@asynccontextmanager
async def ops_server(
    settings: OpsSettings, kafka: KafkaSettings, status: Callable[[], Status], joined: Callable[[], dict[str, bool]]
) -> AsyncIterator[int]:
    """Serve while the block runs; gives the port."""
    app = web.Application()
    app.add_routes(
        [
            web.get("/live", _answer(lambda: (200, {"live": True}))),
            web.get("/ready", _answer(lambda: _ready(status(), joined()))),
            web.get("/status", _answer(lambda: (200, {"version": __version__, "services": status()}))),
            web.get("/version", _answer(lambda: (200, {"version": __version__}))),
            *contract_routes(kafka),
        ]
    )
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


def _ready(status: Status, joined: dict[str, bool]) -> tuple[int, dict[str, Any]]:
    reason = not_ready(status, joined)
    return (503, {"ready": False, "reason": reason}) if reason else (200, {"ready": True, "reason": None})


def _answer(say: Callable[[], tuple[int, dict[str, Any]]]) -> Callable[[web.Request], Any]:
    async def handle(_: web.Request) -> web.Response:
        code, body = say()
        return web.Response(status=code, body=orjson.dumps(body), content_type="application/json")

    return handle
