"""What the log holds of one article, for `dateline trace`: each topic read once, and no more of it than may tell of the article.

1. the feeds that remember it (`feeds`, `feeds.state`): they tell its id, since when it is known and how often it was revised
2. its own partition of `articles.raw` and of `news`, from when it was first seen
3. the partitions of its language groups in `articles.enriched` and `stories`
4. `dead-letters` from when it was first seen, and `withdrawals`
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from dateline.cli.trace_feeds import Asked, Memories, Neighbour, id_at
from dateline.cli.trace_reading import Topics, decoded, key_of, place_of
from dateline.enricher.language import language_group
from dateline.enricher.placement import partition_of_group
from dateline.events import EnrichedArticle, NewsEvent, RawArticle, StoryRecord, Withdrawal
from dateline.explain.trace import Dead, Enriched, News, Order, Place, Raw, Sight, Story, Trace
from dateline.explain.trace_records import enriched_of, news_of, raw_of, story_of
from dateline.links import normalize_link
from dateline.log.dead_letters import TOPIC as DEAD_LETTERS
from dateline.log.letters import Letters, Spot
from dateline.log.topics import offsets
from dateline.log.withdrawals import WITHDRAWALS
from dateline.poller.topics import RAW
from dateline.withdrawn import Facts, facts_of_news, facts_of_raw, order_key, publisher_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from dateline.cli.trace_feeds import Memory
    from dateline.log.client import Cluster
    from dateline.log.port import Record

__all__ = ["Asked", "Searched", "find_articles"]

ENRICHED, STORIES, NEWS = "articles.enriched", "stories", "news"
# An article's id stands first in an enriched article's record.
ID_BYTES = 80


class Searched(NamedTuple):
    """What was found, and where nothing was the feeds of the address's publisher."""

    traces: list[Trace]
    feeds: list[Neighbour]


async def find_articles(cluster: Cluster, asked: Asked, *, now: datetime, deep: bool = False) -> Searched:
    """Every article that is meant; an address may stand for several, where feeds of several publishers carry it.

    `deep` reads all of `news` and `articles.raw` for an address that neither a feed nor an id made of it leads to.
    """
    topics = Topics(cluster)
    memories = Memories(topics, asked, now)
    await memories.load()
    remembered = await memories.find()
    ids = list(dict.fromkeys(memory.article for memory in remembered))
    if asked.id is not None:
        ids = [asked.id]
    elif not ids and asked.url is not None:
        ids = [id_at(asked.url)]
    search = _Search(topics, memories, asked)
    found = await search.traces(ids, remembered)
    if deep and not found and asked.url is not None:
        found = await search.traces(await search.by_address(asked.url), [])
    return Searched(found, [] if found else memories.neighbours())


class _Search:
    """The search for records of articles whose ids are known."""

    def __init__(self, topics: Topics, memories: Memories, asked: Asked) -> None:
        self._topics, self._memories, self._asked = topics, memories, asked
        # By what orders may name the article that is looked at.
        self._facts: list[Facts] = []

    async def by_address(self, url: str) -> list[str]:
        """Ids of articles at an address that no feed remembers by it: by the news, else by what has not become news."""
        needle, wanted = _needle(url), normalize_link(url)
        for topic in (NEWS, RAW):
            ids: dict[str, None] = {}
            async for record in self._topics.read(topic):
                if needle in (record.value or b"") and wanted in _addresses(record, topic):
                    ids[key_of(record)] = None
            if ids:
                return list(ids)
        return []

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
            raw=await self._memories.with_polls(raw),
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
        partition = await self._topics.home(RAW, article)
        async with aclosing(self._topics.read(RAW, {partition}, since)) as records:
            async for record in records:
                if key_of(record) != article or (raw := decoded(record, RawArticle)) is None:
                    continue
                found.append(raw_of(place_of(record), raw))
                self._facts.append(facts_of_raw(record.value or b""))
                if last is not None and raw.revision.number >= last:
                    break
        return found

    async def _news(self, article: str, since: datetime | None) -> list[News]:
        found: list[News] = []
        partition = await self._topics.home(NEWS, article)
        async for record in self._topics.read(NEWS, {partition}, since):
            if key_of(record) == article and (event := decoded(record, NewsEvent)) is not None:
                found.append(news_of(place_of(record), event))
                self._facts.append(facts_of_news(record.value or b""))
        return found

    async def _group_places(self, news: list[News]) -> set[int] | None:
        """Partitions of the languages that the news names; null: any, since nothing says which."""
        if not news or any(event.status == "canceled" for event in news):
            return None
        places = set()
        for group in {language_group(event.language) for event in news}:
            home = await self._topics.home(ENRICHED, group)
            place = partition_of_group(group, await self._topics.partitions(ENRICHED))
            places.add(home if place is None else place)
        return places

    async def _stories(self, article: str, since: datetime | None, places: set[int] | None, numbers: set[int]) -> list[Story]:
        found: list[Story] = []
        async with aclosing(self._topics.read(STORIES, places, since)) as records:
            async for record in records:
                if key_of(record) == article and (story := decoded(record, StoryRecord)) is not None:
                    found.append(story_of(place_of(record), story))
                    if numbers and numbers <= {one.revision for one in found}:
                        break
        return found

    async def _enriched(self, article: str, since: datetime | None, places: set[int] | None, numbers: set[int]) -> list[Enriched]:
        needle, found = article.encode(), []
        async with aclosing(self._topics.read(ENRICHED, places, since)) as records:
            async for record in records:
                if needle not in (record.value or b"")[:ID_BYTES] or (enriched := decoded(record, EnrichedArticle)) is None:
                    continue
                found.append(enriched_of(place_of(record), key_of(record), enriched))
                if numbers and numbers <= {one.revision for one in found}:
                    break
        return found

    async def _dead_letters(self, article: str, since: datetime | None) -> list[Dead]:
        book, needle, spots = Letters(self._topics.cluster.settings.topic_prefix), article.encode(), []
        async for record in self._topics.read(DEAD_LETTERS, None, since):
            book.apply(record)
            if record.key == needle or needle in (record.value or b"")[:ID_BYTES]:
                spots.append((Spot(record.partition, record.offset), place_of(record)))
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
        for feed in (self._memories.feeds[sight.feed_id] for sight in sights):
            domain = feed.publisher.domain if feed.publisher else None
            names |= {("publisher", publisher_key(name)) for name in (feed.url, domain) if name}
        orders: dict[tuple[str, str], Order] = {}
        async for record in self._topics.read(WITHDRAWALS):
            order = decoded(record, Withdrawal)
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
        committed = (await offsets(self._topics.cluster, service, topic, [place.partition]))[place.partition]
        return None if committed is None else max(0, place.offset + 1 - committed)


# ── what is meant ────────────────────────────────────────────────────────────────────────────────────────────────────


def _needle(url: str) -> bytes:
    """What any spelling of an address has in it, as JSON writes it: the end of its path, or nothing that tells."""
    last = normalize_link(url).partition("?")[0].rpartition("/")[2]
    return b"" if "%" in last else last.encode()  # written bare by some and escaped by others


def _addresses(record: Record, topic: str) -> set[str]:
    """The addresses of a record's article, normalized."""
    if topic == RAW:
        raw = decoded(record, RawArticle)
        links = () if raw is None else (raw.entry.link, raw.page.url if raw.page else None)
    else:
        event = decoded(record, NewsEvent)
        links = () if event is None else (event.url, event.canonical_url)
    return {normalize_link(link) for link in links if link}


def _name(order: Withdrawal) -> tuple[str, str]:
    """What an order names, as all orders that name the same have it; an order that names nothing names no article."""
    try:
        return order.kind, order_key(order)
    except ValueError:
        return order.kind, ""
