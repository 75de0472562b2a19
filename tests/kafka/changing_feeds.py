"""Feeds that change all the time, on loopback: new entries, revised ones, new guids for old links, entries that feeds share.

    python changing_feeds.py START UNTIL PORT

What is served is a function of the time alone, so that a test knows what must have been published. `START` and `UNTIL` are Unix
seconds: entries come and change between them.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, takewhile
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from dateline.demo.newsroom import listen, local_address

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
# Each address publishes so often; together ten entries a second.
EVERY_SECONDS = 0.4
# An entry that changes does so three times; who is away for longer than this sees only the last of several texts.
REVISE_SECONDS = 6.0
LAST_VERSION = 3
ROTATE_SECONDS = 5.0
# No entry leaves a document while it changes or while a poller is away: two minutes' entries.
MOST_ENTRIES = 300
# A page takes up to so long, so that those of one poll come apart.
PAGE_SECONDS = 0.6
# The paths of one publisher, with the kinds of entries (number modulo 6) in each; kinds 3 and 4 are in two, in other words.
KINDS = 6
PATHS = {"/front": (0, 1, 3), "/world": (2, 3), "/sport": (4, 5), "/news-sitemap.xml": (4,)}
SHARED = ("/front", "/world")
LATER_SECONDS = 3.0
WITH_PAGES = "/sport"


class Shown(NamedTuple):
    """One entry as it is at some time."""

    number: int
    version: int
    rotation: int


@dataclass(frozen=True)
class ChangingFeeds:
    """All publishers; times in Unix seconds."""

    start: float
    until: float
    port: int

    def urls(self) -> list[str]:
        """The address of every feed."""
        return [self.url(address, path) for address in ADDRESSES for path in PATHS]

    def url(self, address: str, path: str) -> str:
        """An address of one publisher."""
        return f"http://{address}:{self.port}{path}"

    def link(self, address: str, number: int) -> str:
        """Where an entry leads."""
        return self.url(address, f"/story/{number}")

    def expected(self) -> dict[str, int]:
        """Every link that was ever published, with the version that it ended in."""
        long_after = self.until + 10 * REVISE_SECONDS
        return {self.link(address, shown.number): shown.version for address in ADDRESSES for shown in self._published(long_after)}

    def entries(self, path: str, now: float) -> list[Shown]:
        """A feed's entries, newest first."""
        newest_first = reversed([shown for shown in self._published(now) if self._is_in(path, shown, now)])
        return [shown for _, shown in zip(range(MOST_ENTRIES), newest_first, strict=False)]

    def _is_in(self, path: str, shown: Shown, now: float) -> bool:
        """What two feeds share stands in the first of them a little earlier, so that it is the first one's."""
        late = path == SHARED[1] and shown.number % KINDS in PATHS[SHARED[0]]
        return shown.number % KINDS in PATHS[path] and now - LATER_SECONDS * late >= self.start + shown.number * EVERY_SECONDS

    def _published(self, now: float) -> Iterator[Shown]:
        """Every entry there is, oldest first. What is published late goes on changing after `until`, to its last version."""
        for number, at in takewhile(lambda pair: pair[1] <= min(now, self.until), ((n, self.start + n * EVERY_SECONDS) for n in count())):
            version = min(int((now - at) / REVISE_SECONDS), LAST_VERSION) if number % 3 == 0 else 0
            yield Shown(number, version, int((now - at) / ROTATE_SECONDS) if number % 7 == 1 else 0)

    def document(self, address: str, path: str, now: float) -> bytes:
        """What a feed serves."""
        entries = self.entries(path, now)
        if path.endswith(".xml"):
            return _SITEMAP.format("".join(self._listed(address, shown) for shown in entries)).encode()
        return _RSS.format(f"{address}{path}", "".join(self._item(address, path, shown) for shown in entries)).encode()

    def _item(self, address: str, path: str, shown: Shown) -> str:
        number, version, rotation = shown
        return (
            f"<item><title>Story {number}</title><description>As {path} has it: version {version}</description>"
            f'<guid isPermaLink="false">{path}-{number}-{rotation}</guid><link>{self.link(address, number)}</link></item>'
        )

    def _listed(self, address: str, shown: Shown) -> str:
        at = datetime.fromtimestamp(self.start + shown.number * EVERY_SECONDS, UTC).isoformat(timespec="seconds")
        return (
            f"<url><loc>{self.link(address, shown.number)}</loc><news:news><news:publication><news:name>Gazette</news:name>"
            f"<news:language>en</news:language></news:publication><news:publication_date>{at}</news:publication_date>"
            f"<news:title>Story {shown.number}: version {shown.version}</news:title></news:news></url>"
        )


_RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>{}</title>{}</channel></rss>'
_SITEMAP = (
    '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{}</urlset>'
)


async def serve(feeds: ChangingFeeds) -> None:
    """Serve for ever; says `ready` once it listens."""

    async def answer(request: web.Request) -> web.Response:
        if request.path.startswith("/story/"):
            number = int(request.path.rpartition("/")[2])
            await asyncio.sleep(number % 4 * PAGE_SECONDS / 3)
            return web.Response(text=f"<!DOCTYPE html><title>Story {number}</title><p>All of it.</p>", content_type="text/html")
        if request.path not in PATHS:
            return web.Response(status=404)
        body = feeds.document(local_address(request), request.path, time.time())
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, headers={"ETag": etag, "Content-Type": "application/xml"})

    application = web.Application()
    application.router.add_route("GET", "/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    for listening in listen(list(ADDRESSES), feeds.port):
        await web.SockSite(runner, listening).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(ChangingFeeds(float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))))
