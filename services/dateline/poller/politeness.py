"""How often and how many at once: a place for every request, one host and port at a time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# More than two connections to one publisher is what scrapers do.
AT_ONCE_PER_HOST = 2
# Idle hosts are forgotten beyond so many; one takes about 300 bytes.
_REMEMBERED_HOSTS = 4096


class _Host:
    """One host's bucket: it holds one token, which comes back `1 / requests_per_second` after it was taken."""

    __slots__ = ("next_token", "places", "waiting")

    def __init__(self) -> None:
        self.places = asyncio.Semaphore(AT_ONCE_PER_HOST)
        self.next_token = 0.0
        self.waiting = 0


class Admission:
    """Places for requests: `concurrency` in all, two to a host and port, `host_requests_per_second` started there."""

    def __init__(self, *, concurrency: int, host_requests_per_second: float) -> None:
        self._places = asyncio.Semaphore(concurrency)
        self._spacing_seconds = 1.0 / host_requests_per_second
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def place(self, host: str) -> AsyncIterator[None]:
        """Wait for a place and hold it. Who waits for a host takes none of the places that others could use."""
        state = self._hosts.setdefault(host, _Host())
        state.waiting += 1
        try:
            async with state.places:
                await self._token(state)
                async with self._places:
                    yield
        finally:
            state.waiting -= 1
            self._forget_idle()

    async def _token(self, host: _Host) -> None:
        now = asyncio.get_running_loop().time()
        mine = max(host.next_token, now)
        host.next_token = mine + self._spacing_seconds
        if mine > now:
            await asyncio.sleep(mine - now)

    def _forget_idle(self) -> None:
        if len(self._hosts) <= _REMEMBERED_HOSTS:
            return
        now = asyncio.get_running_loop().time()
        self._hosts = {name: host for name, host in self._hosts.items() if host.waiting or host.next_token > now}
