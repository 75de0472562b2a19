"""A small server on loopback."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def loopback(*routes: web.RouteDef, hosts: tuple[str, ...] = ("127.0.0.1",)) -> AsyncIterator[str]:
    """Serve these routes on one free port of each host; gives the address of the first."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    port = 0
    try:
        for host in hosts:
            await web.TCPSite(runner, host, port).start()
            port = runner.addresses[0][1]
        yield f"http://{hosts[0]}:{port}"
    finally:
        await runner.cleanup()
