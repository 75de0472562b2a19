"""A poller without manners: it breaks every rule there is, so that every rule is seen to fail."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .rule import Pace
    from .server import ListedFeed

PAUSE_SECONDS = 0.4
# Of one host's feeds only so many have a turn, each with so many requests at once.
FEEDS_OF_A_HOST, REQUESTS_AT_ONCE = 2, 3
MOST_REDIRECTS = 10
_PARTS = re.compile(r"http://(?:([^@/]*)@)?([^/:]+):(\d+)(/.*)")
_LINK = re.compile(rb"<link>(http[^<]+)</link>")


class Answer(NamedTuple):
    """A status, headers with names in lower case, and all that came after them."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Known:
    """What is remembered of a feed, most of it wrongly."""

    url: str
    validators: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cookie: str = ""
    authorization: str = ""
    pages: set[str] = field(default_factory=set)


async def rude(feeds: Sequence[ListedFeed], pace: Pace) -> None:
    """Poll these feeds as nobody should, until cancelled."""
    hosts: dict[str, list[ListedFeed]] = defaultdict(list)
    for feed in feeds:
        hosts[feed.url.split("/")[2]].append(feed)
    await asyncio.gather(*(_host(listed) for listed in hosts.values()))


async def _host(feeds: Sequence[ListedFeed]) -> None:
    known = [Known(feed.url) for feed in feeds[:FEEDS_OF_A_HOST]]
    at_once = REQUESTS_AT_ONCE if len(feeds) > 1 else 1
    while True:
        await asyncio.gather(*(_visit(one) for one in known for _ in range(at_once)))
        if feeds[0].rule.name == "only GET":
            await _ask(known[0], known[0].url, "HEAD")
        await asyncio.sleep(PAUSE_SECONDS)


async def _visit(known: Known) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        await _ask(known, urljoin(known.url, "/robots.txt"))
        answer = await _ask(known, known.url)
        for _ in range(MOST_REDIRECTS):
            if answer.status not in (302, 303, 307):
                break
            known.url = urljoin(known.url, answer.headers["location"])
            answer = await _ask(known, known.url)
        _remember(known, answer)
        for link in sorted({link.decode() for link in _LINK.findall(answer.body)} - known.pages):
            known.pages.add(link)
            await _ask(known, link)


def _remember(known: Known, answer: Answer) -> None:
    """Validators in our own spelling, with any body that is new, and until the first 304."""
    known.cookie = answer.headers.get("set-cookie", "").partition(";")[0]
    if answer.status == 304:
        known.validators = {}
    elif answer.body != known.body:
        known.body = answer.body
        tag, date = answer.headers.get("etag"), answer.headers.get("last-modified")
        if tag is not None:
            known.validators = {"If-None-Match": '"' + tag.removeprefix("W/").strip('"') + '"'}
        elif date is not None:
            known.validators = {"If-Modified-Since": date.upper()}


async def _ask(known: Known, url: str, method: str = "GET") -> Answer:
    """One request, in HTTP/1.0 so that the answer ends with the connection; taken to its end, however long."""
    parts = _PARTS.fullmatch(url)
    assert parts is not None, url
    user, address, port, target = parts.groups()
    if user:
        known.authorization = "Basic " + b64encode(user.encode()).decode()
    headers = {"Host": "publisher.example", "User-Agent": "rude"} | (known.validators or {"If-Modified-Since": formatdate(usegmt=True)})
    headers |= {"Cookie": known.cookie} if known.cookie else {}
    headers |= {"Authorization": known.authorization} if known.authorization else {}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    reader, writer = await asyncio.open_connection(address, int(port))
    try:
        writer.write(f"{method} {target} HTTP/1.0\r\n{lines}\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    status, *fields = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in fields)
    return Answer(int(status.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}, body)
