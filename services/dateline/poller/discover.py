"""Finding a site's feeds: a few polite visits, and what each of them was."""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from msgspec import Struct

from dateline.errors import BadInput, FetchError, NotAFeed
from dateline.poller.candidates import ROBOTS, Candidate, candidates, listed_for_news, sitemaps, well_known
from dateline.poller.fetch import Fetched
from dateline.poller.identity import normalize_link, without_secrets
from dateline.poller.listed import Refused, address
from dateline.poller.read import read_document

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import datetime

    from dateline.poller.document import Document, Limits
    from dateline.poller.fetch import Gone, NotModified

    Visit = Callable[[str], Awaitable[Fetched | NotModified | Gone]]

# Enough for a page, its feeds, robots.txt and the usual places; at one request a second it takes as many seconds.
MOST_VISITS = 20
MOST_SECONDS = 60.0
# An index lists a sitemap for each day; the newest news is in the first that says news.
_MOST_OF_INDEX = 3


class Found(Struct, frozen=True, kw_only=True):
    """A feed that was fetched and read. `url` is the address to add, `found` how it was found."""

    url: str
    format: str
    title: str | None
    entries: int
    language: str | None
    found: str


class Discovery(NamedTuple):
    """The feeds of a site, the addresses that were none with the reason, and whether everything was looked at."""

    feeds: list[Found]
    passed: list[Refused]
    complete: bool


def with_scheme(url: str) -> str:
    """An address as a person types it, made one: https where no scheme is named."""
    url = address(url)
    return url if "://" in url else f"https://{url}"


async def discover(url: str, visit: Visit, *, now: datetime, limits: Limits) -> Discovery:
    """The feeds of a site, or the one that the address itself is; FetchError where the address itself does not answer.

    First what the page and its headers name; only where none of that is a feed the sitemaps of robots.txt, and then the usual
    places until one answers. At most 20 visits and 60 s; what was not looked at then leaves `complete` false.
    """
    search = _Search(visit, now, limits)
    try:
        async with asyncio.timeout(MOST_SECONDS):
            await search.run(url)
    except TimeoutError:
        search.complete = False
    return Discovery(search.feeds, search.passed, search.complete)


class _Search:
    def __init__(self, visit: Visit, now: datetime, limits: Limits) -> None:
        self.feeds: list[Found] = []
        self.passed: list[Refused] = []
        self.complete = True
        self._visit = visit
        self._now = now
        self._limits = limits
        self._left = MOST_VISITS
        # Addresses that were asked or answered, and bodies: a feed with two addresses is one feed.
        self._met: set[str | bytes] = set()

    async def run(self, url: str) -> None:
        page = await self._get(url)
        if page is None:
            raise BadInput("the publisher says that it is gone for good")
        if await self._take(page, Candidate(url, "the address itself"), quiet=True):
            return
        await self._try_all(candidates(page.body, page.link, page.url, page.content_type))
        if not self.feeds:
            robots = await self._try_get(Candidate(urljoin(page.url, ROBOTS), "robots.txt"))
            await self._try_all(sitemaps(robots.body, robots.url) if robots else ())
        for candidate in well_known(page.url):
            if self.feeds:
                return
            await self._try_all([candidate])

    async def _try_all(self, found: Iterable[Candidate]) -> None:
        for candidate in found:
            answer = await self._try_get(candidate)
            if answer is not None:
                await self._take(answer, candidate)

    async def _try_get(self, candidate: Candidate) -> Fetched | None:
        """What stands at an address, unless it was met before or the visits are used up; a failure is noted."""
        if normalize_link(candidate.url) in self._met:
            return None
        if not self._left:
            self.complete = False
            return None
        try:
            answer = await self._get(candidate.url)
        except FetchError as error:
            self._pass(candidate, error.reason)
            return None
        if answer is None:
            self._pass(candidate, "410 Gone")
        return answer

    async def _get(self, url: str) -> Fetched | None:
        self._left -= 1
        self._met.add(normalize_link(url))
        answer = await self._visit(url)
        return answer if isinstance(answer, Fetched) else None

    async def _take(self, answer: Fetched, candidate: Candidate, *, quiet: bool = False) -> bool:
        """Note a feed, or why it is none (not where `quiet`); whether it was one. An index of sitemaps stands for those on news."""
        try:
            document = await self._read(answer)
        except NotAFeed as error:
            if not quiet:
                self._pass(candidate, str(error))
            return False
        if document.format == "sitemap-index":
            await self._take_index(document, candidate)
        elif document.format == "sitemap" and not quiet and not any(parsed.entry.title for parsed in document.entries):
            self._pass(candidate, "a sitemap of pages and not of news")
        else:
            self._note(answer, document, candidate)
        return True

    async def _take_index(self, document: Document, candidate: Candidate) -> None:
        listed = listed_for_news(document.sitemaps, candidate.found)
        if not listed:
            self._pass(candidate, f"an index of {len(document.sitemaps)} sitemaps, of which none says that it is for news")
        await self._try_all(listed[:_MOST_OF_INDEX])

    def _note(self, answer: Fetched, document: Document, candidate: Candidate) -> None:
        answered, body = normalize_link(answer.url), blake2b(answer.body).digest()
        known = body in self._met or (answered in self._met and answered != normalize_link(candidate.url))
        self._met.update((body, answered))
        if known:
            return
        self.feeds.append(
            Found(
                url=answer.moved_to or candidate.url,
                format=document.format,
                title=document.title,
                entries=len(document.entries),
                language=document.language,
                found=candidate.found,
            )
        )

    def _pass(self, candidate: Candidate, reason: str) -> None:
        self.passed.append(Refused(without_secrets(candidate.url), reason))

    async def _read(self, answer: Fetched) -> Document:
        return await asyncio.to_thread(
            read_document, answer.body, url=answer.url, content_type=answer.content_type, now=self._now, limits=self._limits
        )
