"""The other processes of a deployment, asked for their status on behalf of whoever looks at the page of this one."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import aiohttp

from dateline.ops.addresses import addresses
from dateline.ops.processes import MOST_BYTES, PATIENCE_SECONDS, STRANGER, Answer, own_name, read_status, why_unread

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Peers"]

# Many may look at one page, and a peer is asked once for all of them.
_FRESH_SECONDS = 1.5


class _Place(NamedTuple):
    """Where a process is asked, and what it is called; `several` stand behind one name of the settings."""

    url: str
    name: str
    several: bool


class Peers:
    """Asked only while somebody looks, all at once, each with little patience."""

    def __init__(self, urls: Sequence[str]) -> None:
        """`urls` as settings name them, http://host:port; a name with several addresses is a process at each of them."""
        self._urls = urls
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")
        self._answers: list[Answer] = []

    async def answers(self) -> list[Answer]:
        """What each of them says, in the order of the settings."""
        async with self._asking:
            if self._urls and time.monotonic() - self._asked_at > _FRESH_SECONDS:
                timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
                async with aiohttp.ClientSession(timeout=timeout) as session:
                    places = [place for found in await asyncio.gather(*map(_places, self._urls)) for place in found]
                    self._answers = list(await asyncio.gather(*(_answer(session, place) for place in dict.fromkeys(places))))
                self._asked_at = time.monotonic()
        return self._answers


async def _places(url: str) -> list[_Place]:
    """The processes behind an address of the settings. A certificate is for a name, so that one is asked by its name."""
    parts = urlsplit(url)
    whole = _Place(url, parts.netloc, several=False)
    if parts.scheme != "http":
        return [whole]
    try:
        found = await asyncio.wait_for(asyncio.to_thread(addresses, parts.hostname or "", parts.port), PATIENCE_SECONDS)
    except TimeoutError:
        return [whole]
    if len(found) == 1:
        return [whole]
    netlocs = [f"{f'[{host}]' if ':' in host else host}:{parts.port or 80}" for host in found]
    return [_Place(f"http://{netloc}", netloc, several=True) for netloc in netlocs]


async def _answer(session: aiohttp.ClientSession, place: _Place) -> Answer:
    name = place.name
    try:
        async with session.get(f"{place.url}/status", allow_redirects=False) as response:
            status = read_status(await _bounded(response))
        return Answer(own_name(status, name) if place.several else name, time.monotonic(), status)
    except TimeoutError:
        return Answer(name, time.monotonic(), None, f"no answer within {PATIENCE_SECONDS:g} s")
    except aiohttp.ClientSSLError:
        return Answer(name, time.monotonic(), None, "no answer (TLS fails)")
    except aiohttp.ClientConnectorError as error:
        # The loop puts its own words into the error; the system's say less of the address, which is known.
        number = error.errno or 0
        return Answer(name, time.monotonic(), None, f"no answer ({os.strerror(number) if number > 0 else 'no such host'})")
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientPayloadError):
        return Answer(name, time.monotonic(), None, "no answer (the connection was closed)")
    except (aiohttp.ClientError, ValueError) as error:
        return Answer(name, time.monotonic(), None, why_unread(error))


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """A body of at most MOST_BYTES; ValueError for a longer one."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ValueError(STRANGER)
    return bytes(body)
