"""What the feeds remember of an article, and the polls that brought it, for `dateline trace`."""

from __future__ import annotations

from contextlib import aclosing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from dateline.cli.trace_reading import BEFORE, decoded, key_of
from dateline.events import Feed, FeedPlan, FeedState
from dateline.explain.trace import Poll, Raw, Sight
from dateline.explain.trace_records import moment_of, poll_of
from dateline.links import link_hash, normalize_link, scope_of
from dateline.poller.decide import TAKEN_BACK
from dateline.poller.feeds import FeedStatus, state_of
from dateline.poller.identity import NOTHING, article_id, shown
from dateline.poller.ring import Ring
from dateline.poller.topics import FEEDS, FEEDS_STATE, PLAN_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dateline.cli.trace_reading import Topics
    from dateline.log.port import Record
    from dateline.poller.ring import Slot

__all__ = ["Asked", "Memories", "Memory", "Neighbour", "id_at"]

# Why a feed is polled for the first time.
NEW_FEED = "new feed"
# A poll that made an article due is found where its plan is younger than the longest interval between two polls, a day.
LONGEST_INTERVAL = timedelta(days=1)


class Asked(NamedTuple):
    """What is looked for: an article's id, or an address."""

    id: str | None
    url: str | None = None


class Memory(NamedTuple):
    """What one feed remembers of an article: the article's id, and the slot as a Sight."""

    article: str
    sight: Sight


class Neighbour(NamedTuple):
    """A feed of the publisher that is asked about."""

    feed: str
    state: str
    last_poll: datetime | None
    error: str | None


class Memories:
    """The feeds with what they remember; 1. `load`  2. `find`, then the rest."""

    def __init__(self, topics: Topics, asked: Asked, now: datetime) -> None:
        self._topics, self._asked, self._now = topics, asked, now
        self.feeds: dict[str, Feed] = {}
        self._removed: set[str] = set()
        self._states: dict[str, FeedState] = {}
        self._plans: dict[str, FeedPlan] = {}

    async def load(self) -> None:
        """Every feed, those that were removed and are not compacted away too."""
        async for record in self._topics.read(FEEDS):
            key = key_of(record)
            self._removed.discard(key)
            if record.value is None:
                self._removed.add(key)
            elif (feed := decoded(record, Feed)) is not None:
                self.feeds[key] = feed

    async def find(self) -> list[Memory]:
        """What feeds remember of it: of an address its publisher's feeds first, and others only where these know nothing of it."""
        if self._asked.url is None:
            return await self._found(None)
        home = await self._topics.home(FEEDS_STATE, scope_of(self._asked.url))
        return await self._found({home}) or await self._found(set(range(await self._topics.partitions(FEEDS_STATE))) - {home})

    async def _found(self, partitions: Collection[int] | None) -> list[Memory]:
        # The last state of each feed alone is looked through, since an id has to be made anew of each slot.
        states: dict[str, FeedState] = {}
        async for record in self._topics.read(FEEDS_STATE, partitions):
            key = key_of(record)
            if key.endswith(PLAN_SUFFIX):
                self._take_plan(key.removesuffix(PLAN_SUFFIX), record)
            elif (state := decoded(record, FeedState)) is not None:
                states[key] = state
            else:
                states.pop(key, None)
        self._states |= {key: replace(state, ring="") for key, state in states.items()}
        known = [(self.feeds[key], state) for key, state in states.items() if key in self.feeds]
        return [memory for feed, state in known for memory in self._told(feed, state)]

    def _take_plan(self, feed_id: str, record: Record) -> None:
        plan = decoded(record, FeedPlan)
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

    def neighbours(self) -> list[Neighbour]:
        """The feeds of the publisher whose address is asked about; none for an id."""
        scope = None if self._asked.url is None else scope_of(self._asked.url)
        feeds = [feed for feed in self.feeds.values() if feed.scope == scope and feed.id not in self._removed]
        plans = [(feed, self._plans.get(feed.id)) for feed in feeds]
        return [
            Neighbour(shown(feed), self._state(feed), moment_of(plan.last) if plan else None, plan.error if plan else None)
            for feed, plan in plans
        ]

    async def with_polls(self, raws: list[Raw]) -> list[Raw]:
        """The records with the polls that brought them: a poll's plan is of the same second, and the one before says why it was due."""
        feeds = {raw.feed_id for raw in raws if raw.feed_id in self.feeds}
        polls = {feed: await self._polls(self.feeds[feed], [raw.fetched_at for raw in raws if raw.feed_id == feed]) for feed in feeds}
        return [replace(raw, poll=polls.get(raw.feed_id, {}).get(int(raw.fetched_at.timestamp()))) for raw in raws]

    async def _polls(self, feed: Feed, moments: Sequence[datetime]) -> dict[int, Poll]:
        """The polls of these moments by their second, as far as the log still tells of them."""
        seconds, found = {int(moment.timestamp()) for moment in moments}, {}
        before = NEW_FEED if min(moments) - feed.added_at < BEFORE else None
        home = await self._topics.home(FEEDS_STATE, feed.scope)
        async with aclosing(self._topics.read(FEEDS_STATE, {home}, min(moments) - LONGEST_INTERVAL)) as records:
            async for record in records:
                if key_of(record) != feed.id + PLAN_SUFFIX or (plan := decoded(record, FeedPlan)) is None:
                    continue
                if plan.last in seconds:
                    found[plan.last] = poll_of(plan, before)
                if plan.last >= max(seconds):
                    break
                before = plan.rule
        return found


def _slots(state: FeedState) -> Ring:
    try:
        return Ring.decode(state.ring)
    except ValueError:
        return Ring([])


def id_at(url: str) -> str:
    """The id that an article has whose own link this is, where its publisher's feeds carry it."""
    return article_id(scope_of(url), "", guid=NOTHING, link=link_hash(normalize_link(url)))
