"""What the log holds of one article, for `dateline trace`: each topic read once, and no more of it than may tell of the article.

1. the feeds that remember it (`feeds`, `feeds.state`): they tell its id, since when it is known and how often it was revised
2. its own partition of `articles.raw` and of `news`, from when it was first seen
3. the partitions of its language groups in `articles.enriched` and `stories`
4. `dead-letters` from when it was first seen, and `withdrawals`
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from dateline.cli.progress import progress
from dateline.enricher.language import language_group
from dateline.enricher.placement import partition_of_group
from dateline.events import UNREADABLE, EnrichedArticle, Feed, FeedPlan, FeedState, NewsEvent, RawArticle, StoryRecord, Withdrawal, decode
from dateline.explain.trace import Dead, Enriched, News, Order, Place, Poll, Raw, Sight, Story, Trace
from dateline.explain.trace_records import enriched_of, moment_of, news_of, poll_of, raw_of, story_of
from dateline.links import link_hash, normalize_link, scope_of
from dateline.log.dead_letters import TOPIC as DEAD_LETTERS
from dateline.log.letters import Letters, Spot
from dateline.log.search import search
from dateline.log.topics import offsets
from dateline.log.visit import partition_of, partitions_of
from dateline.log.withdrawals import WITHDRAWALS
from dateline.poller.decide import TAKEN_BACK
from dateline.poller.feeds import FeedStatus, state_of
from dateline.poller.identity import NOTHING, article_id, shown
from dateline.poller.ring import Ring
from dateline.poller.topics import FEEDS, FEEDS_STATE, PLAN_SUFFIX, RAW
from dateline.withdrawn import Facts, facts_of_news, facts_of_raw, order_key, publisher_key

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Sequence

    from dateline.log.client import Cluster
    from dateline.log.port import Record
    from dateline.poller.ring import Slot

__all__ = ["Asked", "Searched", "find_articles"]

ENRICHED, STORIES, NEWS = "articles.enriched", "stories", "news"
# Clocks of pollers and brokers differ a little, and a first sight is older than its record by the poll's transaction.
BEFORE = timedelta(minutes=2)
# Why a feed is polled for the first time.
NEW_FEED = "new feed"
# An article's id stands first in an enriched article's record.
ID_BYTES = 80
# A poll that made an article due is found where its plan is younger than the longest interval between two polls, a day.
LONGEST_INTERVAL = timedelta(days=1)

T = TypeVar("T", bound=msgspec.Struct)


class Asked(NamedTuple):
    """What is looked for: an article's id, or an address."""

    id: str | None
    url: str | None = None


class Searched(NamedTuple):
    """What was found, and where nothing was what is known of the publisher's feeds: address, state, last poll, error."""

    traces: list[Trace]
    feeds: list[tuple[str, str, datetime | None, str | None]]


class Memory(NamedTuple):
    """What one feed remembers of an article: the article's id, and the slot as a Sight."""

    article: str
    sight: Sight


async def find_articles(cluster: Cluster, asked: Asked, *, now: datetime, deep: bool = False) -> Searched:
    """Every article that is meant; an address may stand for several, where feeds of several publishers carry it.

    `deep` reads all of `news` and `articles.raw` for an address that neither a feed nor an id made of it leads to.
    """
    search_ = _Search(cluster, asked, now)
    await search_.read_feeds()
    memories = await search_.memories()
    ids = list(dict.fromkeys(memory.article for memory in memories))
    if asked.id is not None:
        ids = [asked.id]
    elif not ids and asked.url is not None:
        ids = [_id_at(asked.url)]
    found = await search_.traces(ids, memories)
    if deep and not found and asked.url is not None:
        found = await search_.traces(await search_.by_address(asked.url), [])
    return Searched(found, [] if found or asked.url is None else search_.neighbours(asked.url))


class _Search:
    """One search; each topic is read through `_read`, which says how far it is."""

    def __init__(self, cluster: Cluster, asked: Asked, now: datetime) -> None:
        self._cluster, self._asked, self._now = cluster, asked, now
        self._counts: dict[str, int] = {}
        # By what orders may name the article that is looked at.
        self._facts: list[Facts] = []
        self._feeds: dict[str, Feed] = {}
        self._removed: set[str] = set()
        self._states: dict[str, FeedState] = {}
        self._plans: dict[str, FeedPlan] = {}

    # 1

    async def read_feeds(self) -> None:
        """Every feed, those that were removed and are not compacted away too."""
        async for record in self._read(FEEDS):
            key = _key(record)
            self._removed.discard(key)
            if record.value is None:
                self._removed.add(key)
            elif (feed := _decoded(record, Feed)) is not None:
                self._feeds[key] = feed

    async def memories(self) -> list[Memory]:
        """What feeds remember of it: of an address its publisher's feeds first, and others only where these know nothing of it."""
        if self._asked.url is None:
            return await self._memories(None)
        home = await self._home(FEEDS_STATE, scope_of(self._asked.url))
        return await self._memories({home}) or await self._memories(set(range(self._counts[FEEDS_STATE])) - {home})

    async def _memories(self, partitions: Collection[int] | None) -> list[Memory]:
        # The last state of each feed alone is looked through, since an id has to be made anew of each slot.
        states: dict[str, FeedState] = {}
        async for record in self._read(FEEDS_STATE, partitions):
            key = _key(record)
            if key.endswith(PLAN_SUFFIX):
                self._take_plan(key.removesuffix(PLAN_SUFFIX), record)
            elif (state := _decoded(record, FeedState)) is not None:
                states[key] = state
            else:
                states.pop(key, None)
        self._states |= {key: replace(state, ring="") for key, state in states.items()}
        known = [(self._feeds[key], state) for key, state in states.items() if key in self._feeds]
        return [memory for feed, state in known for memory in self._told(feed, state)]

    def _take_plan(self, feed_id: str, record: Record) -> None:
        plan = _decoded(record, FeedPlan)
        if plan is not None:
            self._plans[feed_id] = plan

    def _told(self, feed: Feed, state: FeedState) -> Iterator[Memory]:
        """What a feed remembers: an address is compared by its hash, which is in the slot; without one, by the id."""
        wanted = None if self._asked.url is None else link_hash(normalize_link(self._asked.url))
        for slot in _slots(state):
            if wanted is not None and slot.link != wanted:
                continue
            one = article_id(feed.scope, feed.id, guid=slot.guid, link=slot.link)
            if wanted is not None or one == self._asked.id:
                yield Memory(one, self._sight(feed, state, slot))

    def _sight(self, feed: Feed, state: FeedState, slot: Slot) -> Sight:
        plan = self._plans.get(feed.id)
        return Sight(
            feed=shown(feed),
            feed_id=feed.id,
            title=feed.title or state.title,
            state=self._state(feed),
            first_seen_at=moment_of(slot.first_seen),
            revision=slot.revision,
            owned=slot.owned and feed.id not in self._removed,
            taken_back=slot.content == TAKEN_BACK,
            last_poll=None if plan is None else poll_of(plan, None),
            error=None if plan is None else plan.error,
        )

    def _state(self, feed: Feed) -> str:
        if feed.id in self._removed:
            return "removed"
        return state_of(FeedStatus(feed, self._states.get(feed.id), self._plans.get(feed.id)), self._now)

    def neighbours(self, url: str) -> list[tuple[str, str, datetime | None, str | None]]:
        """The feeds of an address's publisher: address, state, last poll and last error."""
        scope = scope_of(url)
        feeds = [feed for feed in self._feeds.values() if feed.scope == scope and feed.id not in self._removed]
        plans = [(feed, self._plans.get(feed.id)) for feed in feeds]
        return [
            (shown(feed), self._state(feed), moment_of(plan.last) if plan else None, plan.error if plan else None) for feed, plan in plans
        ]

    async def by_address(self, url: str) -> list[str]:
        """Ids of articles at an address that no feed remembers by it: by the news, else by what has not become news."""
        needle, wanted = _needle(url), normalize_link(url)
        for topic in (NEWS, RAW):
            ids: dict[str, None] = {}
            async for record in self._read(topic):
                if needle in (record.value or b"") and wanted in _addresses(record, topic):
                    ids[_key(record)] = None
            if ids:
                return list(ids)
        return []

    # 2 to 4

    async def traces(self, articles: Iterable[str], memories: Sequence[Memory]) -> list[Trace]:
        """What is known of each of these articles; those of which that is nothing are left out."""
        traces = [await self._trace(one, [memory.sight for memory in memories if memory.article == one]) for one in articles]
        return [trace for trace in traces if not trace.is_empty]

    async def _trace(self, article: str, sights: list[Sight]) -> Trace:
        """Everything that is known of one article."""
        self._facts.clear()
        since = min((sight.first_seen_at for sight in sights), default=None)
        owner = next((sight for sight in sights if sight.owned), None)
        letters = await self._dead_letters(article, since)
        # What was put back comes after the last revision.
        raw = await self._raw(article, since, owner.revision if owner and not letters else None)
        since = since or (raw[0].first_seen_at if raw else None)
        news = await self._news(article, since)
        places = await self._group_places(news)
        numbers = {one.revision for one in raw} | {event.revision for event in news}
        stories = await self._stories(article, since, places, numbers)
        since_raw = raw[0].place.at if raw else since
        enriched = await self._enriched(article, since_raw, places, numbers)
        found = Trace(
            id=article,
            sights=sights,
            raw=await self._with_polls(raw),
            enriched=enriched,
            stories=stories,
            news=news,
            dead_letters=letters,
            orders=await self._orders(article, sights),
        )
        return await self._with_waits(found)

    async def _raw(self, article: str, since: datetime | None, last: int | None) -> list[Raw]:
        """Its revisions; `last` is the number of the last one, where a feed tells it."""
        found: list[Raw] = []
        partition = await self._home(RAW, article)
        async for record in self._read(RAW, {partition}, since):
            if _key(record) != article or (raw := _decoded(record, RawArticle)) is None:
                continue
            found.append(raw_of(self._place(record), raw))
            self._facts.append(facts_of_raw(record.value or b""))
            if last is not None and raw.revision.number >= last:
                break
        return found

    async def _with_polls(self, raws: list[Raw]) -> list[Raw]:
        """The records with the polls that brought them: a poll's plan is of the same second, and the one before says why it was due."""
        feeds = {raw.feed_id for raw in raws if raw.feed_id in self._feeds}
        polls = {feed: await self._polls(self._feeds[feed], [raw.fetched_at for raw in raws if raw.feed_id == feed]) for feed in feeds}
        return [replace(raw, poll=polls.get(raw.feed_id, {}).get(int(raw.fetched_at.timestamp()))) for raw in raws]

    async def _polls(self, feed: Feed, moments: Sequence[datetime]) -> dict[int, Poll]:
        """The polls of these moments by their second, as far as the log still tells of them."""
        seconds, found = {int(moment.timestamp()) for moment in moments}, {}
        before = NEW_FEED if min(moments) - feed.added_at < BEFORE else None
        home = await self._home(FEEDS_STATE, feed.scope)
        async for record in self._read(FEEDS_STATE, {home}, min(moments) - LONGEST_INTERVAL):
            if _key(record) != feed.id + PLAN_SUFFIX or (plan := _decoded(record, FeedPlan)) is None:
                continue
            if plan.last in seconds:
                found[plan.last] = poll_of(plan, before)
            if plan.last >= max(seconds):
                break
            before = plan.rule
        return found

    async def _news(self, article: str, since: datetime | None) -> list[News]:
        found: list[News] = []
        partition = await self._home(NEWS, article)
        async for record in self._read(NEWS, {partition}, since):
            if _key(record) == article and (event := _decoded(record, NewsEvent)) is not None:
                found.append(news_of(self._place(record), event))
                self._facts.append(facts_of_news(record.value or b""))
        return found

    async def _group_places(self, news: list[News]) -> set[int] | None:
        """Partitions of the languages that the news names; null: any, since nothing says which."""
        if not news or any(event.status == "canceled" for event in news):
            return None
        places = set()
        for group in {language_group(event.language) for event in news}:
            home = await self._home(ENRICHED, group)
            place = partition_of_group(group, self._counts[ENRICHED])
            places.add(home if place is None else place)
        return places

    async def _stories(self, article: str, since: datetime | None, places: set[int] | None, numbers: set[int]) -> list[Story]:
        found: list[Story] = []
        async for record in self._read(STORIES, places, since):
            if _key(record) == article and (story := _decoded(record, StoryRecord)) is not None:
                found.append(story_of(self._place(record), story))
                if numbers and numbers <= {one.revision for one in found}:
                    break
        return found

    async def _enriched(self, article: str, since: datetime | None, places: set[int] | None, numbers: set[int]) -> list[Enriched]:
        needle, found = article.encode(), []
        async for record in self._read(ENRICHED, places, since):
            if needle not in (record.value or b"")[:ID_BYTES] or (enriched := _decoded(record, EnrichedArticle)) is None:
                continue
            found.append(enriched_of(self._place(record), _key(record), enriched))
            if numbers and numbers <= {one.revision for one in found}:
                break
        return found

    async def _dead_letters(self, article: str, since: datetime | None) -> list[Dead]:
        book, needle, spots = Letters(self._cluster.settings.topic_prefix), article.encode(), []
        async for record in self._read(DEAD_LETTERS, None, since):
            book.apply(record)
            if record.key == needle or needle in (record.value or b"")[:ID_BYTES]:
                spots.append((Spot(record.partition, record.offset), self._place(record)))
        letters = [(book.get(spot), place) for spot, place in spots]
        return [
            Dead(
                place=place,
                origin=letter.origin,
                service=letter.service,
                error=letter.error,
                reason=letter.reason,
                replays=letter.replays,
                state=letter.state,
            )
            for letter, place in letters
            if letter is not None
        ]

    async def _orders(self, article: str, sights: list[Sight]) -> list[Order]:
        """The orders to withdraw that name it, by what its records and its feeds say."""
        names = {("article", article)}
        for facts in self._facts:
            names |= {("url", normalize_link(link)) for link in facts.links if link}
            names |= {("publisher", publisher_key(name)) for name in facts.publishers if name}
        if self._asked.url is not None:
            names.add(("url", normalize_link(self._asked.url)))
        for feed in (self._feeds[sight.feed_id] for sight in sights):
            domain = feed.publisher.domain if feed.publisher else None
            names |= {("publisher", publisher_key(name)) for name in (feed.url, domain) if name}
        orders: dict[tuple[str, str], Order] = {}
        async for record in self._read(WITHDRAWALS):
            order = _decoded(record, Withdrawal)
            if order is not None and _name(order) in names:
                orders[_name(order)] = Order(kind=order.kind, subject=order.subject, reason=order.reason, at=order.at)
        return list(orders.values())

    async def _with_waits(self, trace: Trace) -> Trace:
        """How far the services are from it, where it is not news yet."""
        if trace.news or not trace.raw:
            return trace
        if trace.enriched:
            return replace(trace, sink_waits=await self._waits("sink", ENRICHED, trace.enriched[-1].place))
        return replace(trace, enricher_waits=await self._waits("enricher", RAW, trace.raw[-1].place))

    async def _waits(self, service: str, topic: str, place: Place) -> int | None:
        committed = (await offsets(self._cluster, service, topic, [place.partition]))[place.partition]
        return None if committed is None else max(0, place.offset + 1 - committed)

    async def _home(self, topic: str, key: str) -> int:
        """The partition of a key."""
        if topic not in self._counts:
            self._counts[topic] = await partitions_of(self._cluster, topic)
        return partition_of(key.encode(), self._counts[topic])

    async def _read(self, topic: str, partitions: Collection[int] | None = None, since: datetime | None = None) -> AsyncGenerator[Record]:
        since_ms = None if since is None else int((since - BEFORE).timestamp() * 1000)
        with progress(f"searching {self._cluster.topic(topic)}", "records") as shown_:
            async for record in search(self._cluster, topic, partitions=partitions, since_ms=since_ms, told=shown_.told):
                yield record

    def _place(self, record: Record) -> Place:
        at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        return Place(topic=record.topic, partition=record.partition, offset=record.offset, at=at)


# ── what is meant ────────────────────────────────────────────────────────────────────────────────────────────────────


def _slots(state: FeedState) -> Ring:
    try:
        return Ring.decode(state.ring)
    except ValueError:
        return Ring([])


def _id_at(url: str) -> str:
    """The id that an article has whose own link this is, where its publisher's feeds carry it."""
    return article_id(scope_of(url), "", guid=NOTHING, link=link_hash(normalize_link(url)))


def _needle(url: str) -> bytes:
    """What any spelling of an address has in it, as JSON writes it: the end of its path."""
    path = normalize_link(url).partition("?")[0]
    return path.rpartition("/")[2].encode()


def _addresses(record: Record, topic: str) -> set[str]:
    """The addresses of a record's article, normalized."""
    if topic == RAW:
        raw = _decoded(record, RawArticle)
        links = () if raw is None else (raw.entry.link, raw.page.url if raw.page else None)
    else:
        event = _decoded(record, NewsEvent)
        links = () if event is None else (event.url, event.canonical_url)
    return {normalize_link(link) for link in links if link}


def _name(order: Withdrawal) -> tuple[str, str]:
    """What an order names, as all orders that name the same have it; an order that names nothing names no article."""
    try:
        return order.kind, order_key(order)
    except ValueError:
        return order.kind, ""


def _key(record: Record) -> str:
    return (record.key or b"").decode("utf-8", "replace")


def _decoded(record: Record, kind: type[T]) -> T | None:
    try:
        return None if record.value is None else decode(record.value, kind)
    except UNREADABLE:
        return None
