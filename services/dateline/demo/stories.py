"""What the demo's newsroom has published at a given second: a pure function of seed, pace and time.

Two kinds of entries: *written* ones (`stories.yaml`: wire stories in many copies, one story that is revised) stand at
fixed seconds of a staged demo; *daily* ones are numbered without end, and seed and number alone say in which feed, when
and with what words.
"""

from __future__ import annotations

import math
import random
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from dateline.demo.texts import Behaviour, Copy, DailyBank, Format, Markup, Story, TextPlace, newsroom_text, split_paragraphs

# Enough for an entry to outlive a poll that comes a second late, when polls come every second.
SHOWN_SECONDS = 2.0
# Copies of a story keep their order whatever the seed: they are at least 0.6 s apart.
JITTER_SECONDS = 0.5
DAILY_ITEMS = 3


class Staged(Struct, frozen=True, kw_only=True):
    """The demo's pace: written stories at their seconds, daily ones between them; all of it `speed` times as fast."""

    speed: float = 1.0
    rate: float = 0.8
    document_entries: int = 30


class Steady(Struct, frozen=True, kw_only=True):
    """A test's pace: `rate` numbered entries a second, spread evenly over all publishing feeds, and nothing else."""

    rate: float
    document_entries: int = 30

    def __post_init__(self) -> None:
        """Refuse a document so short that an entry could leave it before a poll a second has seen it."""
        least = math.ceil(self.rate / len(publishing_feeds()) * SHOWN_SECONDS)
        if self.document_entries < least:
            msg = f"{self.rate:g} entries/s would scroll away unseen; set document_entries to {least} or more"
            raise ValueError(msg)


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that decides what is published when; after `publish_seconds` nothing new is released."""

    seed: int = 1
    pace: Staged | Steady = Staged()
    publish_seconds: float = math.inf


class Feed(Struct, frozen=True, kw_only=True):
    """One feed of one publisher; `name` (domain and path) identifies it."""

    name: str
    address: str
    path: str
    title: str
    publisher: str
    domain: str
    language: str
    format: Format = "rss"
    text: TextPlace = "content"
    behaviour: Behaviour = Behaviour.WELL


class Entry(Struct, frozen=True, kw_only=True):
    """One entry as a feed shows it; seconds count from the newsroom's start."""

    feed: Feed
    key: str
    guid: str
    headline: str
    summary: str
    paragraphs: tuple[str, ...]
    published_seconds: float
    updated_seconds: float
    author: str = ""
    markup: Markup = "plain"

    @property
    def path(self) -> str:
        """Where the article's page stands on its publisher's address."""
        return f"/articles/{self.key}"


def document(plan: Plan, feed: Feed, seconds: float) -> tuple[Entry, ...]:
    """The entries the feed shows at that second, the newest first."""
    numbers = daily_numbers(plan, feed, seconds)[-plan.pace.document_entries :]
    entries = [*written_entries(plan, feed, seconds), *(daily_entry(plan, number) for number in numbers)]
    entries.sort(key=lambda entry: (entry.published_seconds, entry.guid), reverse=True)
    return tuple(entries[: plan.pace.document_entries])


def published(plan: Plan, seconds: float) -> tuple[Entry, ...]:
    """Every entry of every feed released until that second, in order of release; none twice."""
    entries = [
        entry
        for feed in publishing_feeds()
        for entry in (
            *written_entries(plan, feed, seconds),
            *(daily_entry(plan, number) for number in daily_numbers(plan, feed, seconds)),
        )
    ]
    return tuple(sorted(entries, key=lambda entry: (entry.published_seconds, entry.guid)))


def state(plan: Plan, feed: Feed, seconds: float) -> tuple[int, tuple[float, ...]]:
    """A value that changes exactly when the feed's document does."""
    written = written_entries(plan, feed, seconds)
    return len(daily_numbers(plan, feed, seconds)), tuple(entry.updated_seconds for entry in written)


def article(plan: Plan, address: str, key: str, seconds: float) -> Entry:
    """The released entry with that key at that address; KeyError for one that does not exist (yet)."""
    for feed in publishing_feeds():
        if feed.address != address:
            continue
        for entry in written_entries(plan, feed, seconds):
            if entry.key == key:
                return entry
    return _daily_article(plan, address, key, seconds)


def _daily_article(plan: Plan, address: str, key: str, seconds: float) -> Entry:
    seed, _, number = key.rpartition("-")
    if seed != str(plan.seed) or not number.isdecimal() or int(number) >= _daily_count(plan, seconds):
        raise KeyError(key)
    entry = daily_entry(plan, int(number))
    if (entry.feed.address, entry.key) != (address, key):
        raise KeyError(key)
    return entry


# The daily stream: entry n is released at (n + 1) / rate in the feed that stands at n modulo the number of feeds.


def daily_numbers(plan: Plan, feed: Feed, seconds: float) -> range:
    """The numbers of the daily entries that this feed has released."""
    order = feed_order(plan.seed)
    if feed not in order:
        return range(0)
    return range(order.index(feed), _daily_count(plan, seconds), len(order))


def _daily_count(plan: Plan, seconds: float) -> int:
    return max(0, math.floor(min(seconds, plan.publish_seconds) * _daily_rate(plan.pace)))


def _daily_rate(pace: Staged | Steady) -> float:
    match pace:
        case Staged(speed=speed, rate=rate):
            return speed * rate
        case Steady(rate=rate):
            return rate


def daily_entry(plan: Plan, number: int) -> Entry:
    """The daily entry of that number: an invented report in the language of its feed."""
    order = feed_order(plan.seed)
    feed = order[number % len(order)]
    bank = newsroom_text().daily[feed.language]
    dice = random.Random(f"{plan.seed}/{number}")
    items = dice.sample(bank.items, DAILY_ITEMS)
    words = [_words(bank, dice) for _ in items]
    lead = items[0].text.format_map(words[0])
    others = (item.text.format_map(filled) for item, filled in zip(items[1:], words[1:], strict=True))
    released_seconds = (number + 1) / _daily_rate(plan.pace)
    return Entry(
        feed=feed,
        key=f"{plan.seed}-{number}",
        guid=_guid(feed, plan, str(number)),
        headline=items[0].headline.format_map(words[0]),
        summary=lead[: lead.index(". ") + 1],
        paragraphs=(lead, *others, bank.closing.format(serial=number + 1)),
        published_seconds=released_seconds,
        updated_seconds=released_seconds,
        author=_person(bank, dice),
    )


def _words(bank: DailyBank, dice: random.Random) -> dict[str, object]:
    return {
        "person": _person(bank, dice),
        "place": dice.choice(bank.places),
        "body": dice.choice(bank.bodies),
        "few": dice.randrange(10, 100, 5),
        "some": dice.randrange(105, 1000, 5),
        "many": dice.randrange(1005, 10000, 5),
    }


def _person(bank: DailyBank, dice: random.Random) -> str:
    return f"{dice.choice(bank.first_names)} {dice.choice(bank.last_names)}"


# The written stories: only in a staged demo.


def written_entries(plan: Plan, feed: Feed, seconds: float) -> tuple[Entry, ...]:
    """The copies of written stories that this feed has released, each in its latest text."""
    match plan.pace:
        case Steady():
            return ()
        case Staged(speed=speed):
            now = min(seconds, plan.publish_seconds) * speed
            return tuple(
                _revise(_written_entry(plan, feed, story, copy, speed), story, speed, now)
                for story, copy in _copies_by_feed().get(feed.name, ())
                if _release_second(plan, copy) <= now
            )


def _release_second(plan: Plan, copy: Copy) -> float:
    return copy.second + JITTER_SECONDS * random.Random(f"{plan.seed}/{copy.feed}/{copy.second}").random()


def _written_entry(plan: Plan, feed: Feed, story: Story, copy: Copy, speed: float) -> Entry:
    released_seconds = _release_second(plan, copy) / speed
    slug = feed.path.rpartition("/")[2].partition(".")[0]
    return Entry(
        feed=feed,
        key=f"{plan.seed}-{slug}-{story.key}",
        guid=_guid(feed, plan, f"{slug}/{story.key}"),
        headline=copy.headline or story.headline,
        summary=story.summary,
        paragraphs=_with_credit(split_paragraphs(story.text), copy),
        published_seconds=released_seconds,
        updated_seconds=released_seconds,
        author=story.author,
        markup=copy.markup,
    )


def _with_credit(body: tuple[str, ...], copy: Copy) -> tuple[str, ...]:
    match copy.at:
        case "start":
            return (copy.credit, *body)
        case "end":
            return (*body, copy.credit)
        case "nowhere":
            return body


def _revise(entry: Entry, story: Story, speed: float, now: float) -> Entry:
    due = [revision for revision in story.revised if entry.published_seconds * speed + revision.after <= now]
    if not due:
        return entry
    return replace(
        entry,
        headline=due[-1].headline,
        paragraphs=split_paragraphs(due[-1].text),
        updated_seconds=entry.published_seconds + due[-1].after / speed,
    )


def _guid(feed: Feed, plan: Plan, name: str) -> str:
    # RFC 4151: a tag names a day on which its authority held the domain; ours is held by nobody, so any day will do.
    return f"tag:{feed.domain},2025:{plan.seed}/{name}"


# The feeds.


@cache
def all_feeds() -> tuple[Feed, ...]:
    """Every feed of the newsroom, the broken ones included."""
    return tuple(
        Feed(
            name=publisher.domain + feed.path,
            address=publisher.address,
            publisher=publisher.name,
            domain=publisher.domain,
            language=publisher.language,
            path=feed.path,
            title=feed.title,
            format=feed.format,
            text=feed.text,
            behaviour=feed.behaviour,
        )
        for publisher in newsroom_text().publishers
        for feed in publisher.feeds
    )


@cache
def publishing_feeds() -> tuple[Feed, ...]:
    """The feeds that release entries: all but the failing one, the slow one and the one that is a page."""
    return tuple(feed for feed in all_feeds() if feed.behaviour in (Behaviour.WELL, Behaviour.REVISING))


@cache
def feed_order(seed: int) -> tuple[Feed, ...]:
    """The publishing feeds in the order in which daily entries go round."""
    return tuple(random.Random(seed).sample(publishing_feeds(), len(publishing_feeds())))


@cache
def _copies_by_feed() -> dict[str, tuple[tuple[Story, Copy], ...]]:
    copies: dict[str, tuple[tuple[Story, Copy], ...]] = {}
    for story in newsroom_text().stories:
        for copy in story.copies:
            copies[copy.feed] = (*copies.get(copy.feed, ()), (story, copy))
    return copies
