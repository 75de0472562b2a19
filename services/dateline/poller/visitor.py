"""One visit to a feed: fetch it, read it, and read the pages of its new entries where they are wanted."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import structlog
from msgspec.structs import replace
from xxhash import xxh3_128_hexdigest

from dateline.errors import FetchError, HtmlPage, NotAFeed
from dateline.events import Http
from dateline.poller import successor
from dateline.poller.decide import Validators, decide_poll
from dateline.poller.document import Limits
from dateline.poller.fetch import Fetched, Gone, NotModified
from dateline.poller.identity import shown, without_secrets
from dateline.poller.metrics import FETCH_DURATION
from dateline.poller.pages import pages_for, wants_page
from dateline.poller.pending import Read, Visit, newly_published
from dateline.poller.read import read_document
from dateline.poller.schedule import Failed, Polled, Retired, asks_whole_body

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dateline.events import Feed, FeedPlan, FeedState
    from dateline.poller.document import Document
    from dateline.poller.fetch import Fetcher
    from dateline.poller.pages import Reads
    from dateline.poller.registry import Registry
    from dateline.settings import PollerSettings

logger = structlog.get_logger()
T = TypeVar("T")

# A larger body is read in a thread: this one takes the loop 10 ms, as long as handing one over takes on a busy process.
INLINE_BYTES = 256 << 10


class Visitor:
    """Visits the feeds of one partition; `clock` gives Unix seconds."""

    def __init__(self, fetcher: Fetcher, pages: Reads, settings: PollerSettings, clock: Callable[[], float]) -> None:
        self._fetcher, self._pages, self._clock = fetcher, pages, clock
        self._limits = Limits.of(settings)
        self._page_deadline_seconds = settings.page_deadline_seconds

    async def visit(self, feed: Feed, registry: Registry, hand_over: Callable[[Visit], Awaitable[None]]) -> Visit:
        """The finished visit; whatever goes wrong with it is an outcome. Slices whose pages came go to `hand_over` before."""
        started = self._clock()
        try:
            visit = await self._visit(feed, registry, hand_over)
        except FetchError as error:
            visit = self._failed(feed, Failed(str(error), error.retry_after_seconds, error.kind, error.status))
        except NotAFeed as error:
            visit = self._failed(feed, Failed(str(error), kind="parse"))
        except Exception:  # a bug met by one feed must not stop the others
            logger.exception("feed cannot be handled", feed=feed.id)
            visit = self._failed(feed, Failed("an error of ours; see the log"))
        outcome, read, seconds = visit.outcome, visit.read, self._clock() - started
        FETCH_DURATION.observe(max(0.0, seconds))
        level = logger.warning if isinstance(outcome, Failed) else logger.debug  # plans say of each feed what came of it
        level(
            "feed polled",
            feed=shown(feed),
            outcome=type(outcome).__name__.lower(),
            entries=len(read.document.entries) if read else None,
            error=outcome.reason if isinstance(outcome, Failed) else None,
            seconds=round(seconds, 3),
        )
        return visit

    def _failed(self, feed: Feed, outcome: Failed) -> Visit:
        return Visit(feed, outcome, None, self._now())

    async def _visit(self, feed: Feed, registry: Registry, hand_over: Callable[[Visit], Awaitable[None]]) -> Visit:
        state = registry.state(feed.id)
        unconditional = asks_whole_body(state, registry.plans.get(feed.id), now=self._clock())
        etag, last_modified = (None, None) if unconditional else (state.etag, state.last_modified)
        answer = await self._fetcher.fetch(
            feed.url,
            etag=etag,
            last_modified=last_modified,
            validators_from=state.served_by,
            moved_to=state.url,
            headers=feed.headers,
            scope=feed.scope,
        )
        at = self._now()
        match answer:
            case NotModified():
                return Visit(feed, Polled(whole=False, fresh_seconds=answer.fresh_seconds), None, at, answer.moved_to)
            case Gone() if state.url is not None:  # of the address that it moved to; the feed's own may serve
                raise FetchError("status", "410 Gone, where the feed had moved to", status=HTTPStatus.GONE)
            case Gone():
                return Visit(feed, Retired(), None, at)
            case Fetched() as fetched:
                visit = await self._answered(feed, state, registry.plans.get(feed.id), fetched, at, unconditional=unconditional)
                return visit if visit.read is None else await self._with_pages(visit, visit.read, registry, hand_over)

    async def _answered(
        self, feed: Feed, state: FeedState, plan: FeedPlan | None, fetched: Fetched, at: datetime, *, unconditional: bool
    ) -> Visit:
        """The visit that an answer is, read; where a page stands in the feed's place, the visit to where the feed went."""
        try:
            read = await self._read(fetched, state, at)
        except HtmlPage as page:
            if not successor.may_look(state, plan, now=at.timestamp()):
                raise HtmlPage(successor.still(str(page), plan)) from page
            return await self._look(feed, state, fetched, page)
        served_by = None if fetched.url == (state.url or feed.url) else fetched.url
        return Visit(feed, Polled(fresh_seconds=fetched.fresh_seconds), read, at, fetched.moved_to, served_by, unconditional)

    async def _read(self, fetched: Fetched, state: FeedState, at: datetime) -> Read | None:
        """The document; None where the body is the one read last time and its validators are too."""
        validators = _validators(fetched)
        if validators == Validators(state.etag, state.last_modified, state.body_hash):
            return None
        return Read(await self._document(fetched, at), _http(fetched), validators)

    async def _document(self, fetched: Fetched, at: datetime) -> Document:
        read = partial(read_document, fetched.body, url=fetched.url, content_type=fetched.content_type, now=at, limits=self._limits)
        return await _in_turn(read, fetched.body)

    async def _look(self, feed: Feed, state: FeedState, page: Fetched, error: HtmlPage) -> Visit:
        """Visit the few feeds that a page in the feed's place names; the visit to the one that is the feed, or a failure."""
        find = partial(successor.named, page.body, page.link, page.url, page.content_type, feed=feed, state=state)
        addresses = await _in_turn(find, page.body)
        visits = [await self._try(feed, address) for address in addresses] if len(addresses) <= successor.MOST_NAMED else []
        found = successor.successors([visit for visit in visits if visit is not None], feed, state)
        if len(found) == 1:
            return found[0]
        reason = f"{error}; {successor.not_found(len(addresses), len(found))}"
        return self._failed(feed, Failed(reason, kind="parse"))._replace(looked=True)

    async def _try(self, feed: Feed, address: str) -> Visit | None:
        """A visit to an address as if the feed had moved there; None where there is no feed."""
        try:
            answer = await self._fetcher.fetch(feed.url, moved_to=address, headers=feed.headers, scope=feed.scope)
            if not isinstance(answer, Fetched):
                return None
            at = self._now()
            read = Read(await self._document(answer, at), _http(answer), _validators(answer))
        except (FetchError, NotAFeed):
            return None
        served_by = None if answer.url == address else answer.url
        return Visit(feed, Polled(fresh_seconds=answer.fresh_seconds), read, at, served_by=served_by, looked=True, found=address)

    async def _with_pages(self, visit: Visit, read: Read, registry: Registry, hand_over: Callable[[Visit], Awaitable[None]]) -> Visit:
        """The visit that ends, after slices of the entries that are new so far, each with its page or without."""
        feed, document = visit.feed, read.document
        if feed.page == "never":
            return visit
        state, siblings = registry.state(feed.id), registry.siblings(feed, {})
        preview = decide_poll(feed, state, siblings, document, http=None, validators=read.validators, now=visit.at)
        fresh = {place: document.entries[place] for place in preview.places}
        if not any(wants_page(feed, parsed.entry) for parsed in fresh.values()):
            return visit
        async with aclosing(pages_for(fresh, feed, self._pages, deadline_seconds=self._page_deadline_seconds)) as slices:
            async for ready in slices:
                entries = tuple(ready.get(place, parsed) for place, parsed in enumerate(document.entries))
                part = read._replace(document=replace(document, entries=entries), part=ready.keys())
                await hand_over(visit._replace(read=part))
        return visit._replace(read=read._replace(new=newly_published(preview.articles), handed_over=len(fresh)))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _validators(fetched: Fetched) -> Validators:
    return Validators(fetched.etag, fetched.last_modified, xxh3_128_hexdigest(fetched.body))


def _http(fetched: Fetched) -> Http:
    return Http(status=fetched.status, url=without_secrets(fetched.url), content_type=fetched.content_type)


async def _in_turn(work: Callable[[], T], body: bytes) -> T:
    """What work on a body gives, done in a thread where the body is large."""
    return work() if len(body) <= INLINE_BYTES else await asyncio.to_thread(work)
