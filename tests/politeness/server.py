"""The publishers: every rule on loopback addresses of its own, so that hosts are independent, and a record of what was asked."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from dateline.demo.newsroom import listen, local_address

from .rule import ROBOTS, Asked, Pace, Reply, Rule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

FIRST_ADDRESS = 2
# An answer under way at the end is cut off.
SHUTDOWN_SECONDS = 0.2


class ListedFeed(NamedTuple):
    """A feed for the poller, with the rule that it serves."""

    url: str
    rule: Rule


class Publishers:
    """A server for these rules on 127.0.0.2 and the following, all on one port; 0 takes a free one."""

    def __init__(self, rules: Sequence[Rule], pace: Pace, port: int = 0) -> None:
        self.pace, self.port = pace, port
        numbers = count(FIRST_ADDRESS)
        self.places = [(rule, [f"127.0.0.{next(numbers)}" for _ in range(rule.sites)]) for rule in rules]
        self._rules = {address: rule for rule, addresses in self.places for address in addresses}
        self._asked: list[Asked] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve. NewsroomError where the machine does not answer on these addresses, or another process holds the port."""
        sockets = listen(list(self._rules), self.port)
        self.port = sockets[0].getsockname()[1]
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            for listening in sockets:
                await web.SockSite(runner, listening).start()
            yield
        finally:
            await runner.cleanup()

    def feeds(self) -> list[ListedFeed]:
        """Every feed as it is given to the poller."""
        return [
            ListedFeed(f"http://{rule.userinfo}{addresses[0]}:{self.port}{path}", rule)
            for rule, addresses in self.places
            for path in rule.feeds
        ]

    def asked(self) -> list[Asked]:
        """What was asked so far, oldest first; answers that come later change nothing in it."""
        return [replace(ask) for ask in self._asked]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        ask = Asked(
            at=asyncio.get_running_loop().time(),
            moment=datetime.now(UTC),
            address=local_address(request),
            port=self.port,
            method=request.method,
            target=request.raw_path,
            headers={name.lower(): value for name, value in request.headers.items()},
        )
        earlier = [before for before in self._asked if before.address == ask.address]
        self._asked.append(ask)
        rule = self._rules[ask.address]
        ask.reply = rule.robots if ask.target == ROBOTS else rule.reply(ask, earlier, self.pace)
        try:
            return await _answer(request, ask.reply)
        except ConnectionError:
            ask.given_up = True
            return web.Response()  # nobody is there to read it
        finally:
            ask.ended = asyncio.get_running_loop().time()


async def _answer(request: web.Request, reply: Reply) -> web.StreamResponse:
    """Send the reply; complete when this returns."""
    await asyncio.sleep(reply.delay_seconds)
    if reply.drip is None:
        whole = web.Response(status=reply.status, headers=reply.headers, body=reply.body)
        await whole.prepare(request)
        await whole.write_eof()
        return whole
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    await response.prepare(request)
    for _ in range(reply.drip.pieces):
        await asyncio.sleep(reply.drip.pause_seconds)
        await response.write(reply.drip.piece)
    await response.write_eof()
    return response
