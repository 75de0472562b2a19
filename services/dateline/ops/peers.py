"""The other processes of a deployment, asked for their status on behalf of whoever looks at the page of this one."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from dateline.ops.processes import MOST_BYTES, PATIENCE_SECONDS, STRANGER, Answer, read_status

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Peers"]

# Many may look at one page, and a peer is asked once for all of them.
_FRESH_SECONDS = 1.5


class Peers:
    """Asked only while somebody looks, all at once, each with little patience."""

    def __init__(self, urls: Sequence[str]) -> None:
        """`urls` as settings name them, http://host:port."""
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
                    self._answers = list(await asyncio.gather(*(_answer(session, url) for url in self._urls)))
                self._asked_at = time.monotonic()
        return self._answers


async def _answer(session: aiohttp.ClientSession, url: str) -> Answer:
    name = urlsplit(url).netloc
    try:
        async with session.get(f"{url}/status", allow_redirects=False) as response:
            body = await _bounded(response)
        return Answer(name, time.monotonic(), read_status(body))
    except TimeoutError:
        return Answer(name, time.monotonic(), None, f"no answer within {PATIENCE_SECONDS:g} s")
    except aiohttp.ClientConnectorError as error:
        # The loop puts its own words into the error; the system's say less of the address, which is known.
        return Answer(name, time.monotonic(), None, f"no answer ({os.strerror(error.errno) if (error.errno or 0) > 0 else 'no such host'})")
    except (aiohttp.ClientError, ValueError):
        return Answer(name, time.monotonic(), None, STRANGER)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """A body of at most MOST_BYTES; ValueError for a longer one."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ValueError(STRANGER)
    return bytes(body)
