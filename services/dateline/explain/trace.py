"""An article's way through the topics: what was found of it, and in one sentence what became of it."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads it at run time
from typing import NamedTuple

import msgspec

from dateline.poller.decide import MOST_REVISIONS

__all__ = ["Dead", "Enriched", "News", "Order", "Place", "Poll", "Raw", "Sight", "Story", "Trace", "Verdict", "judge", "page_reasons"]

# What log/topics.py keeps of articles.raw and of news.
RAW_DAYS, NEWS_DAYS = 7, 30
PAGE_FLAG = "page_missing_"

# Why a page is missing, by the word behind the flag page_missing_; other words are kinds of errors and say it themselves.
PAGE_REASONS = {
    "robots": "the site's robots.txt does not allow it",
    "type": "it is no HTML",
    "gone": "it is gone",
    "deadline": "it had not come in time; see DATELINE_POLLER__PAGE_DEADLINE_SECONDS",
    "refused": "its address is not public; see DATELINE_POLLER__ALLOW_NETWORKS",
    "resting": "its host has asked to be left alone for now",
    "bug": "an error of ours; see the poller's log",
}


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """What all that is found has in common: it is shown as JSON field by field."""


class Place(_Found, frozen=True, kw_only=True):
    """Where a record stands; `at` is its timestamp."""

    topic: str
    partition: int
    offset: int
    at: datetime


class Poll(_Found, frozen=True, kw_only=True):
    """One poll of a feed: when, the rule that had made it due (null where the log no longer tells), and when and why the next one is."""

    at: datetime
    due_by: str | None
    next_at: datetime
    next_by: str


class Sight(_Found, frozen=True, kw_only=True):
    """What a feed remembers of the article. `owned`: it publishes the article; `taken_back`: it said that it deleted it."""

    feed: str
    feed_id: str
    title: str | None
    state: str
    first_seen_at: datetime
    revision: int
    owned: bool
    taken_back: bool
    last_poll: Poll | None
    error: str | None


class Raw(_Found, frozen=True, kw_only=True):
    """A record of `articles.raw`, and the poll that brought it where the log still tells."""

    place: Place
    revision: int
    feed: str
    feed_id: str
    link: str | None
    title: str | None
    first_seen_at: datetime
    fetched_at: datetime
    has_page: bool
    flags: list[str]
    poll: Poll | None = None


class Enriched(_Found, frozen=True, kw_only=True):
    """A record of `articles.enriched`."""

    place: Place
    revision: int
    group: str
    language: str | None
    status: str
    relation: str


class Story(_Found, frozen=True, kw_only=True):
    """A record of `stories`: the sink's decision. `input_offset` is that of the enriched article."""

    place: Place
    revision: int
    input_offset: int
    story: str
    role: str
    of: str | None
    similarity: float | None
    copies: int


class News(_Found, frozen=True, kw_only=True):
    """A record of `news`."""

    place: Place
    revision: int
    status: str
    role: str
    story: str
    of: str | None
    similarity: float | None
    copies: int
    url: str | None
    headline: str | None
    publisher: str | None
    language: str | None
    flags: list[str]


class Dead(_Found, frozen=True, kw_only=True):
    """A record of `dead-letters`; `state` is waiting, replayed or discarded, `origin` where it came from."""

    place: Place
    origin: str
    service: str
    error: str
    reason: str
    replays: int
    state: str


class Order(_Found, frozen=True, kw_only=True):
    """An order to withdraw that names the article."""

    kind: str
    subject: str
    reason: str
    at: datetime


class Trace(_Found, frozen=True, kw_only=True):
    """All that was found of one article, each in the order of the log. `waits`: how many records of its reader stand before it."""

    id: str
    sights: list[Sight] = []
    raw: list[Raw] = []
    enriched: list[Enriched] = []
    stories: list[Story] = []
    news: list[News] = []
    dead_letters: list[Dead] = []
    orders: list[Order] = []
    # Records that the service has to handle before this one, its own included; null where that is not known, 0 where it has handled it.
    enricher_waits: int | None = None
    sink_waits: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is known."""
        return not (self.sights or self.raw or self.enriched or self.stories or self.news or self.dead_letters or self.orders)


class Verdict(NamedTuple):
    """What became of an article: a word for programs, a sentence for people, and what else there is to say of it."""

    outcome: str
    sentence: str
    notes: tuple[str, ...] = ()


def judge(trace: Trace, *, now: datetime) -> Verdict:
    """What became of an article; `now` is aware UTC."""
    outcome, sentence = _end(trace, now)
    return Verdict(outcome, sentence, (*_page_notes(trace), *_sight_notes(trace), *_dead_notes(trace, outcome), *_other_notes(trace)))


def page_reasons(flags: list[str]) -> list[str]:
    """Why an article has no page, by its flags; empty where nothing is flagged."""
    words = [flag.removeprefix(PAGE_FLAG) for flag in flags if flag.startswith(PAGE_FLAG)]
    return [PAGE_REASONS.get(word, f"it could not be fetched ({word})") for word in words]


# ── the end of its way ───────────────────────────────────────────────────────────────────────────────────────────────


def _end(trace: Trace, now: datetime) -> tuple[str, str]:
    """Word and sentence, from the end of the way to its beginning: the furthest place that it reached tells most."""
    if trace.news:
        return _published(trace.news[-1], trace)
    waiting = [letter for letter in trace.dead_letters if letter.state == "waiting"]
    if waiting:
        return _set_aside(waiting[-1])
    if trace.orders:
        return "withdrawn", f"it is held back: {_ordered(trace.orders[0])}"
    if trace.enriched or trace.raw or trace.stories:
        return _under_way(trace)
    return _only_set_aside(trace.dead_letters[-1]) if trace.dead_letters else _only_seen(trace, now)


def _spot(letter: Dead) -> str:
    return f"{letter.place.partition}/{letter.place.offset}"


def _only_set_aside(letter: Dead) -> tuple[str, str]:
    return letter.state, f"it was set aside ({letter.reason}) and {letter.state} since; nothing else of it is kept"


def _published(event: News, trace: Trace) -> tuple[str, str]:
    if event.status == "canceled":
        return "canceled", f"it is withdrawn: subscribers were told that it is canceled{_because(trace.orders)}"
    withheld = "; its text is withheld, as the feed's policy or its publisher asks" if event.status == "withheld" else ""
    said = f"published on {event.place.topic}, {_part(event, trace.id)}{withheld}"
    return event.role if event.role != "first" else "published", said


def _part(event: News, article: str) -> str:
    match event.role:
        case "first":
            return f"the first of story {event.story} to reach us"
        case "duplicate":
            return f"copy {event.copies} of story {event.story}: it has the same text as article {event.of}{_similar(event)}"
        case "excerpt":
            return f"as a part of the text of article {event.of}{_similar(event)}"
        case _:
            own = "its own story" if event.story == article else f"story {event.story}"
            return f"latest as revision {event.revision} in {own}"


def _similar(event: News) -> str:
    return "" if event.similarity is None else f" (similarity {event.similarity:.2f})"


def _set_aside(letter: Dead) -> tuple[str, str]:
    place = _spot(letter)
    mend = f"look at it with: dateline dead-letters show {place}, and once the cause is mended: dateline dead-letters replay {place}"
    return "dead_letter", f"it was set aside by the {letter.service}, {letter.error}: {letter.reason}; {mend}"


def _under_way(trace: Trace) -> tuple[str, str]:
    """In the log, and not yet or never news."""
    letter = trace.dead_letters[-1] if trace.dead_letters else None
    if letter is not None and letter.state == "discarded":
        return "discarded", f"it was set aside by the {letter.service}, {letter.error}: {letter.reason}; an operator discarded it"
    if trace.enriched or trace.stories:
        return _on_its_way("sink", trace.sink_waits, "its enriched text is in the log, and no story or event came of it")
    return _on_its_way("enricher", trace.enricher_waits, "the raw article is in the log, and nothing came of it")


def _on_its_way(service: str, waits: int | None, found: str) -> tuple[str, str]:
    if waits is None:
        return "unclear", f"{found}; where the {service} stands is not known, see: dateline offsets show"
    if waits > 0:
        return "waiting", f"it waits for the {service}: {waits:,} records to go, its own included; is one running? See: dateline top"
    return "lost", f"{found}, though the {service} has passed it; it was handled before under the same id, or please report this"


def _only_seen(trace: Trace, now: datetime) -> tuple[str, str]:
    """Nothing but what feeds remember."""
    sight = next((sight for sight in trace.sights if sight.owned), trace.sights[0])
    if any(one.taken_back for one in trace.sights):
        return "taken_back", f"its publisher took it back (RFC 6721), and {sight.feed} serves it no more"
    days = (now - sight.first_seen_at).days
    if days >= RAW_DAYS:
        kept = f"records are kept {RAW_DAYS} days before they are news and {NEWS_DAYS} days as news"
        return "expired", f"{sight.feed} brought it {days} days ago; {kept}, and none of it is left"
    if not sight.owned:
        return "seen_before", f"{sight.feed} carries it, and recorded it as seen: another feed had published it before, which is gone"
    return "held_back", (
        f"{sight.feed} brought it, and no record of it is in the log: it came with an order to withdraw it, or its record was lost by hand"
    )


# ── what else there is to say ────────────────────────────────────────────────────────────────────────────────────────


def _page_notes(trace: Trace) -> list[str]:
    flags = trace.raw[-1].flags if trace.raw else trace.news[-1].flags if trace.news else []
    return [f"its page was not fetched: {reason}; its text is what the feed itself carries" for reason in page_reasons(flags)]


def _sight_notes(trace: Trace) -> list[str]:
    owner = next((sight for sight in trace.sights if sight.owned), None)
    notes = [
        f"also seen in {sight.feed} and not published again: {owner.feed if owner else 'another feed'} had it first"
        for sight in trace.sights
        if not sight.owned and (owner or trace.news)
    ]
    if owner is not None and owner.revision >= MOST_REVISIONS:
        notes.append(f"it was revised {MOST_REVISIONS} times; later texts are not published, as they may change at every visit")
    return notes


def _dead_notes(trace: Trace, outcome: str) -> list[str]:
    if outcome == "dead_letter" or not trace.dead_letters:
        return []
    return [
        f"a record of it from {letter.origin} was set aside ({letter.reason}): {_spot(letter)}, {letter.state}"
        for letter in trace.dead_letters
    ]


def _other_notes(trace: Trace) -> list[str]:
    behind = len(trace.raw) > len(trace.news) > 0 and trace.raw[-1].revision > trace.news[-1].revision
    notes = [f"revision {trace.raw[-1].revision} is in the log and not yet news: see: dateline offsets show"] if behind else []
    if trace.orders and trace.news and trace.news[-1].status != "canceled":
        notes.append(f"an order names it and is not carried out yet: {_ordered(trace.orders[0])}")
    return notes


def _because(orders: list[Order]) -> str:
    return f": {_ordered(orders[0])}" if orders else ""


def _ordered(order: Order) -> str:
    named = {"article": "it was withdrawn by its id", "url": "its address was withdrawn", "publisher": "its publisher was withdrawn"}
    return f"{named.get(order.kind, 'it was withdrawn')} ({order.subject}), because: {order.reason}"
