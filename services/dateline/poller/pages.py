"""The pages that entries link to: whether to fetch one, what may be fetched, and entries with their pages in slices.

Reading one page
1. ask the site's robots.txt, once a day; disallowed or not to be had means: no page
2. ask its tdmrep.json, once a day
3. fetch the page through the poller's Fetcher, asking 1 again before each redirect
4. trim it, read its rights
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import structlog
from msgspec.structs import replace

from dateline.errors import FetchError
from dateline.events import Page
from dateline.poller.addresses import address_of, origin_of
from dateline.poller.credentials import leads_through, neutral, references_in_path
from dateline.poller.fetch import Fetched
from dateline.poller.identity import without_secrets
from dateline.poller.page_html import cut, is_html, page_text, without_ballast
from dateline.poller.rights import Reservations, rights_of
from dateline.poller.robots import MOST_CACHE_SECONDS, RETRY_SECONDS, Robots, cache_seconds

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Protocol

    from dateline.events import Entry, Feed
    from dateline.poller.document import ParsedEntry
    from dateline.poller.fetch import Fetcher
    from dateline.settings import PollerSettings

    class Reads(Protocol):
        """What reads pages: a PageReader, or a fake."""

        async def read(self, link: str, feed: Feed) -> Page | PageMissing:
            """The page at an entry's link."""
            ...


logger = structlog.get_logger()
Value = TypeVar("Value")

# Where real feeds divide: of 159, 101 have entries of 1,000 characters or less (median), 52 of 1,500 or more, and 6 between.
SHORT_CHARACTERS = 1200
# Ready pages wait so long for others, so that a slice is a transaction and not each page: as long as the poller's results do.
SLICE_SECONDS = 1.0
# Pages of one poll read or held at once: beside two on their way to a host, some for other hosts; at 450 kB, 7 MB.
_AT_ONCE = 16
_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
_ACCEPT_PAGE = {"Accept": "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"}
_ACCEPT_FILE = {"Accept": "text/plain, application/json, */*;q=0.5"}
# A file's place in the cache costs so much beside its bytes: parsed objects, the origin's name.
_ENTRY_BYTES = 1024
# A site that asks for more has forgotten a unit; no poll waits so long anyway.
_MOST_DELAY_SECONDS = 3600.0
_LATE = "the page had not come in time"
_TAG = re.compile(r"<[^<>]*>")


class PageMissing(NamedTuple):
    """Why there is no page: `robots`, `type`, `link`, `gone`, or the kind of the FetchError; and a sentence for a person."""

    reason: str
    detail: str


def wants_page(feed: Feed, entry: Entry) -> bool:
    """Whether the entry's page is to be fetched: as the feed says, and with `auto` where its own text is short."""
    if feed.page == "never" or not entry.link or leads_through(entry.link, references_in_path(feed.url)):
        return False
    return feed.page == "always" or max(map(_plain_characters, (entry.content, entry.summary))) < SHORT_CHARACTERS


def _plain_characters(markup: str | None) -> int:
    return len(" ".join(_TAG.sub(" ", markup).split())) if markup else 0


# ── one page ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class PageReader:
    """Reads pages through the poller's Fetcher, by its places and limits, asking each site first; close it before the Fetcher.

    `clock` gives the time, aware UTC. One reader serves a process: it remembers what sites allow.
    """

    def __init__(self, fetcher: Fetcher, settings: PollerSettings, clock: Callable[[], datetime]) -> None:
        self._fetcher = fetcher
        self._settings = settings
        self._clock = clock
        self._robots: _Shelf[Robots] = _Shelf(settings.robots_cache_bytes, clock)
        self._reservations: _Shelf[Reservations] = _Shelf(settings.robots_cache_bytes, clock)
        self._turns: _Turns = _Turns()

    async def read(self, link: str, feed: Feed) -> Page | PageMissing:
        """The page at an entry's link, or why there is none; a page's trouble is never raised."""
        link = neutral(link)  # a publisher's text names none of our secrets
        permit = partial(self._permit, feed=feed)
        try:
            await permit(link)
            await self._reserved(link, feed)
            answer = await self._fetcher.fetch(link, scope=feed.scope, headers=_ACCEPT_PAGE, permit=permit)
            if not isinstance(answer, Fetched):
                return PageMissing("gone", "the page is gone")
            if not _is_html(answer):
                return PageMissing("type", f"no HTML but {(answer.content_type or 'something without a type')[:80]}")
            reserved = await self._reserved(answer.url, feed)
        except FetchError as error:
            return PageMissing(error.kind, error.reason)
        most, now = self._settings.max_page_characters, self._clock()
        return await asyncio.to_thread(read_page, answer, reserved=reserved, fetched_at=now, most_characters=most)

    async def close(self) -> None:
        """End what is still being asked for."""
        await self._robots.close()
        await self._reservations.close()

    async def _permit(self, url: str, *, feed: Feed) -> None:
        """Wait until the address may be called, as its robots.txt says; FetchError of kind `robots` where it may not."""
        site = _site(url)
        robots = await self._robots.get(site, lambda: self._ask_robots(site, feed.scope))
        if not robots.reachable:
            raise FetchError("robots", "the site's robots.txt cannot be had, so nothing of it is fetched (RFC 9309 §2.3.1.4)")
        if not robots.allows(url):
            raise FetchError("robots", "the site's robots.txt does not allow the page")
        await self._turns.take(site, robots.crawl_delay_seconds)

    async def _reserved(self, url: str, feed: Feed) -> bool | None:
        site = _site(url)
        return (await self._reservations.get(site, lambda: self._ask_reservations(site, feed.scope))).reserved(url)

    async def _ask_robots(self, site: str, scope: str) -> _Answer[Robots]:
        try:
            answer = await self._fetcher.fetch(f"{site}/robots.txt", scope=scope, headers=_ACCEPT_FILE)
        except FetchError as error:
            return _without_robots(error)
        if not isinstance(answer, Fetched):
            return _Answer(Robots.absent(), MOST_CACHE_SECONDS, 0)
        robots = await asyncio.to_thread(Robots.parse, answer.body)
        return _Answer(robots, cache_seconds(answer.headers.get("cache-control")), len(answer.body))

    async def _ask_reservations(self, site: str, scope: str) -> _Answer[Reservations]:
        try:
            answer = await self._fetcher.fetch(f"{site}/.well-known/tdmrep.json", scope=scope, headers=_ACCEPT_FILE)
        except FetchError as error:
            return _Answer(Reservations(), MOST_CACHE_SECONDS if _is_absent(error) else RETRY_SECONDS, 0)
        if not isinstance(answer, Fetched):
            return _Answer(Reservations(), MOST_CACHE_SECONDS, 0)
        rules = await asyncio.to_thread(Reservations.parse, answer.body)
        return _Answer(rules, MOST_CACHE_SECONDS, len(answer.body) if rules.rules else 0)


def read_page(answer: Fetched, *, reserved: bool | None, fetched_at: datetime, most_characters: int) -> Page:
    """The page of an answer, trimmed, with its rights; `reserved` is what the site's tdmrep.json says of it."""
    trimmed = without_ballast(page_text(answer.body, answer.content_type).text)
    html, truncated = cut(trimmed, most_characters)
    return Page(
        url=without_secrets(answer.url),
        html=html,
        content_type=answer.content_type,
        fetched_at=fetched_at,
        truncated=truncated,
        rights=rights_of(trimmed, headers=answer.headers, site=reserved),
    )


def _is_html(answer: Fetched) -> bool:
    named = (answer.content_type or "").partition(";")[0].strip().lower()
    return named in _HTML_TYPES if named else is_html(answer.body)


def _site(url: str) -> str:
    """Scheme, host and port: what a robots.txt holds for."""
    scheme, host, port = origin_of(address_of(url, ports=range(1 << 16)))
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _without_robots(error: FetchError) -> _Answer[Robots]:
    """None at all (4xx, or redirects that do not end) allows everything; one that cannot be had allows nothing."""
    if _is_absent(error) or error.kind == "redirect":
        return _Answer(Robots.absent(), MOST_CACHE_SECONDS, 0)
    return _Answer(Robots.unreachable(), max(RETRY_SECONDS, min(error.retry_after_seconds or 0.0, MOST_CACHE_SECONDS)), 0)


def _is_absent(error: FetchError) -> bool:
    """4xx (RFC 9309 §2.3.1.3), but for 429, which asks to stay away for now."""
    status = error.status or 0
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS


# ── what sites say, asked once ───────────────────────────────────────────────────────────────────────────────────────


class _Answer(NamedTuple, Generic[Value]):
    """What a site said, for how long it holds, and how much there was to read."""

    value: Value
    seconds: float
    read_bytes: int


class _Shelf(Generic[Value]):
    """One value per site, asked for once by whoever comes first; the least used go when there are too many bytes."""

    def __init__(self, most_bytes: int, clock: Callable[[], datetime]) -> None:
        self._most_bytes = most_bytes
        self._clock = clock
        self._kept: OrderedDict[str, tuple[Value, datetime, int]] = OrderedDict()
        self._bytes = 0
        self._asking: dict[str, asyncio.Task[Value]] = {}

    async def get(self, site: str, ask: Callable[[], Awaitable[_Answer[Value]]]) -> Value:
        """The value that is kept, or what `ask` gives. Who waits and is cancelled leaves the others waiting."""
        kept = self._kept.get(site)
        if kept is not None and self._clock() < kept[1]:
            self._kept.move_to_end(site)
            return kept[0]
        if site not in self._asking:
            self._asking[site] = asyncio.create_task(self._ask(site, ask))
        return await asyncio.shield(self._asking[site])

    async def close(self) -> None:
        """End what is being asked for."""
        tasks = list(self._asking.values())
        await _ended(tasks)

    async def _ask(self, site: str, ask: Callable[[], Awaitable[_Answer[Value]]]) -> Value:
        try:
            answer = await ask()
        finally:
            del self._asking[site]
        self._drop(site)
        size = answer.read_bytes + _ENTRY_BYTES
        self._kept[site] = (answer.value, self._clock() + timedelta(seconds=answer.seconds), size)
        self._bytes += size
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))
        return answer.value

    def _drop(self, site: str) -> None:
        kept = self._kept.pop(site, None)
        if kept is not None:
            self._bytes -= kept[2]


class _Turns:
    """Visits to the sites that ask for a crawl delay, one after the other; who is cancelled while waiting takes no turn."""

    def __init__(self) -> None:
        self._sites: dict[str, tuple[asyncio.Lock, float]] = {}

    async def take(self, site: str, delay_seconds: float | None) -> None:
        """Wait until the delay since the last visit has passed."""
        if not delay_seconds:
            return
        clock = asyncio.get_running_loop().time
        lock, _ = self._sites.setdefault(site, (asyncio.Lock(), 0.0))
        async with lock:
            await asyncio.sleep(max(self._sites[site][1] - clock(), 0.0))
            now = clock()
            self._sites[site] = (lock, now + min(delay_seconds, _MOST_DELAY_SECONDS))
        self._forget(now)

    def _forget(self, now: float) -> None:
        """Keep the sites whose delay still runs or for which someone waits."""
        self._sites = {site: kept for site, kept in self._sites.items() if kept[1] > now or kept[0].locked()}


# ── entries with their pages ─────────────────────────────────────────────────────────────────────────────────────────


async def pages_for(
    entries: Mapping[int, ParsedEntry], feed: Feed, reader: Reads, *, deadline_seconds: float
) -> AsyncGenerator[dict[int, ParsedEntry], None]:
    """The new entries of one document in slices: first those that want no page, then the others as their pages arrive.

    `entries` are known by their places in the document; each comes once. A slice is meant for one transaction and keeps their order.
    An entry whose page is missing or has not come when the deadline for all of them passes goes without, flagged `page_missing` and by
    its reason, such as `page_missing_robots`. No page is fetched ahead of what the caller has taken but a few. Close the generator
    (contextlib.aclosing) where it is left early: that ends what is being read.
    """
    wanting = {place: parsed for place, parsed in entries.items() if wants_page(feed, parsed.entry)}
    settled = {place: parsed for place, parsed in entries.items() if place not in wanting}
    if settled:
        yield settled
    waiting = iter(wanting.items())
    running: dict[asyncio.Task[ParsedEntry], int] = {}
    work = _Work(feed, reader, asyncio.get_running_loop().time() + deadline_seconds)
    try:
        while _start(work, waiting, running) or running:
            yield await _slice(running, work.deadline)
        late = {place: _without_page(parsed, feed, "deadline", _LATE) for place, parsed in waiting}
        if late:
            yield late
    finally:
        await _ended(list(running))


class _Work(NamedTuple):
    """Whose pages are read, and until when (by the loop's clock) they are waited for."""

    feed: Feed
    reader: Reads
    deadline: float


def _start(work: _Work, waiting: Iterator[tuple[int, ParsedEntry]], running: dict[asyncio.Task[ParsedEntry], int]) -> bool:
    """Begin to read as many more pages as may be read at once; whether any was begun."""
    begun = False
    while len(running) < _AT_ONCE and asyncio.get_running_loop().time() < work.deadline:
        place, parsed = next(waiting, (None, None))
        if place is None or parsed is None:
            break
        running[asyncio.create_task(_entry(parsed, work))] = place
        begun = True
    return begun


async def _slice(running: dict[asyncio.Task[ParsedEntry], int], deadline: float) -> dict[int, ParsedEntry]:
    """The next entries that are ready, at least one: the first, and what is ready soon after it."""
    loop = asyncio.get_running_loop()
    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    soon = min(loop.time() + SLICE_SECONDS, deadline)
    if loop.time() < soon:
        await asyncio.wait(running, timeout=soon - loop.time())
    ready = {running.pop(task): task.result() for task in [task for task in running if task.done()]}
    return dict(sorted(ready.items()))


async def _entry(parsed: ParsedEntry, work: _Work) -> ParsedEntry:
    try:
        async with asyncio.timeout_at(work.deadline):
            page = await work.reader.read(parsed.entry.link or "", work.feed)
    except TimeoutError:
        return _without_page(parsed, work.feed, "deadline", _LATE)
    except Exception:  # a bug that one page finds must not keep the feed's articles back
        logger.exception("page cannot be read", feed=work.feed.id)
        return _without_page(parsed, work.feed, "bug", "an error of ours; see the log")
    if isinstance(page, PageMissing):
        return _without_page(parsed, work.feed, page.reason, page.detail)
    return replace(parsed, page=page)


def _without_page(parsed: ParsedEntry, feed: Feed, reason: str, detail: str) -> ParsedEntry:
    logger.debug("page missing", feed=feed.id, reason=reason, detail=detail)
    return replace(parsed, flags=(*parsed.flags, "page_missing", f"page_missing_{reason}"))


async def _ended(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended; what they bring is lost."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
