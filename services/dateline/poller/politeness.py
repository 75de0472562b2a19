"""How often and how many at once: a place for every request, one host and port at a time; and rest for a host that asks for it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# More than two connections to one publisher is what scrapers do.
AT_ONCE_PER_HOST = 2
# A host outside a feed's scope, such as one that many feeds redirect to, is still called once a minute, so that nobody waits for ever.
SLOWEST_SPACING_SECONDS = 60.0
# A host of many publishers that asks two of them for a week has not spoken for all of the others.
MOST_REST_SECONDS = 86_400.0
# Idle hosts are forgotten beyond so many; one takes about 300 bytes.
_REMEMBERED_HOSTS = 4096


class _Bucket:
    """Holds one token, which comes back `spacing_seconds` after it was taken."""

    __slots__ = ("next_token",)

    def __init__(self) -> None:
        self.next_token = 0.0

    async def take(self, spacing_seconds: float) -> None:
        """Wait for the token; those who wait are served in the order they came."""
        now = asyncio.get_running_loop().time()
        mine = max(self.next_token, now)
        self.next_token = mine + spacing_seconds
        if mine > now:
            await asyncio.sleep(mine - now)


class _Host:
    """What one host and port is given."""

    __slots__ = ("every", "outside", "places", "waiting")

    def __init__(self) -> None:
        self.places = asyncio.Semaphore(AT_ONCE_PER_HOST)
        self.every = _Bucket()
        self.outside = _Bucket()
        self.waiting = 0


class Admission:
    """Places for requests: `concurrency` in all, two to a host and port, `host_requests_per_second` started there.

    A host outside the scope of the feed that leads to it may be called by each of the fleet's `tasks`, which know only their
    own visits: such visits get `host_requests_per_second / tasks`, at least one a minute, within the host's own rate.
    """

    def __init__(self, *, concurrency: int, host_requests_per_second: float, tasks: int = 1) -> None:
        self._places = asyncio.Semaphore(concurrency)
        self._spacing_seconds = 1.0 / host_requests_per_second
        self._outside_spacing_seconds = min(self._spacing_seconds * tasks, SLOWEST_SPACING_SECONDS)
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def place(self, host: str, *, outside: bool = False) -> AsyncIterator[None]:
        """Wait for a place and hold it. Who waits for a host takes none of the places that others could use."""
        state = self._hosts.setdefault(host, _Host())
        state.waiting += 1
        try:
            if outside:  # first of all: whoever waits for this holds no place that the host's own feeds could use
                await state.outside.take(self._outside_spacing_seconds)
            async with state.places:
                await state.every.take(self._spacing_seconds)
                async with self._places:
                    yield
        finally:
            state.waiting -= 1
            self._forget_idle()

    def _forget_idle(self) -> None:
        if len(self._hosts) <= _REMEMBERED_HOSTS:
            return
        now = asyncio.get_running_loop().time()
        self._hosts = {name: host for name, host in self._hosts.items() if host.waiting or self._is_spent(host, now)}

    def _is_spent(self, host: _Host, now: float) -> bool:
        return host.every.next_token > now or host.outside.next_token > now


class _Asked(NamedTuple):
    """A host's wish: by one feed, or, with `feed` null, by two, so that it holds for all."""

    feed: int | None
    until: float


class Rests:
    """Hosts that asked two different feeds to stay away (429 or 503 with Retry-After), and so all of them."""

    def __init__(self, *, remembered: int = _REMEMBERED_HOSTS) -> None:
        self._remembered = remembered
        self._asked: dict[str, _Asked] = {}

    def asked(self, host: str, feed: str, seconds: float, *, now: float) -> None:
        """Note that a host asked a feed, known by its address, to stay away for so many seconds, of which a day at most is believed."""
        if seconds <= 0:
            return
        before = self._asked.pop(host, None)
        asked = _Asked(hash(feed), now + min(seconds, MOST_REST_SECONDS))
        if before is not None and before.until > now and before.feed != asked.feed:
            asked = _Asked(None, max(asked.until, before.until) if before.feed is None else asked.until)
        self._asked[host] = asked
        self._forget(now)

    def seconds_left(self, host: str, *, now: float) -> float:
        """How long the whole host rests yet; 0 where it does not."""
        asked = self._asked.get(host)
        return max(asked.until - now, 0.0) if asked is not None and asked.feed is None else 0.0

    def _forget(self, now: float) -> None:
        """Beyond the bound, forget what is over, and of the rest what was noted first."""
        if len(self._asked) <= self._remembered:
            return
        self._asked = {host: asked for host, asked in self._asked.items() if asked.until > now}
        while len(self._asked) > self._remembered:
            del self._asked[next(iter(self._asked))]
