"""What finished visits change: the records of one transaction, decided in the order in which the visits ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from msgspec.structs import replace

from dateline.envelope import envelope, raw_event_id
from dateline.events import Feed, FeedPlan, FeedState, Http, RawArticle, Withdrawal, encode
from dateline.log.port import Output
from dateline.poller import moves
from dateline.poller.decide import Validators, decide_poll
from dateline.poller.remember import remember
from dateline.poller.schedule import Failed, Outcome, Polled, next_poll
from dateline.poller.topics import FEEDS_STATE, PLAN_SUFFIX, RAW, WITHDRAWALS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dateline.poller.decide import Decision, TakenBack
    from dateline.poller.document import Document
    from dateline.poller.registry import Registry
    from dateline.settings import PollerSettings

T = TypeVar("T")

# What a poll can come to; each counts once.
VisitOutcome = Literal[
    "new",
    "unchanged",
    "not_modified",
    "gone",
    "throttled",
    "http_error",
    "timeout",
    "network_error",
    "too_large",
    "parse_error",
    "refused",
    "error",
    "dropped",
]
RAW_TYPE = "io.dateline.article.raw.v1"
_ASKS_FOR_LESS = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
# By the kind of the FetchError; the others are the network's.
_FAILURES: dict[str, VisitOutcome] = {
    "status": "http_error",
    "timeout": "timeout",
    "size": "too_large",
    "parse": "parse_error",
    "url": "refused",
    "refused": "refused",
    "": "error",
}


class Read(NamedTuple):
    """A body that was read, with what the next visit sends back.

    A document whose entries wait for their pages comes in slices, one visit each: `part` are the places of the entries that are
    ready now. The last has the whole document and null there, and in `new` the publication dates of all entries that were new before
    the first slice, in `handed_over` how many entries the slices had.
    """

    document: Document
    http: Http
    validators: Validators
    part: Collection[int] | None = None
    new: Sequence[datetime | None] | None = None
    handed_over: int = 0


class Visit(NamedTuple):
    """One finished poll, or a slice of one, to be decided by the writer."""

    feed: Feed
    outcome: Outcome
    read: Read | None
    # When the answer was complete, aware UTC.
    at: datetime
    # Where permanent redirects alone led, null where there were none.
    moved_to: str | None = None
    # What answered, null where that is the address that was visited.
    served_by: str | None = None
    # Whether it sent no validators.
    unconditional: bool = False
    # Whether a page at the feed's address was searched for where the feed went, and where it was found, null where it was not.
    looked: bool = False
    found: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of this poll."""
        return self.read is None or self.read.part is None


class Notice(NamedTuple):
    """What operators are told once it is committed: an event and its feed."""

    event: str
    feed: Feed


class Told(NamedTuple):
    """What there is to count of a visit, or of a slice of one, whose outcome is null."""

    outcome: VisitOutcome | None = None
    published: int = 0
    revised: int = 0
    seen: int = 0
    # From the publisher's time to our fetch, of each entry that is new.
    discovery_seconds: Sequence[float] = ()


class Mark(NamedTuple):
    """How much was pending, and what of one feed, before a visit to it was decided."""

    feed: str
    state: FeedState | None
    plan: FeedPlan | None
    outputs: int
    notices: int
    told: int
    articles: int
    size: int


@dataclass
class Pending:
    """What a transaction will change, seen by the later decisions of the same transaction."""

    outputs: list[Output] = field(default_factory=list)
    states: dict[str, FeedState] = field(default_factory=dict)
    plans: dict[str, FeedPlan] = field(default_factory=dict)
    # Ids of feeds removed long ago, whose states go.
    forgotten: list[str] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    articles: int = 0
    # Bytes of the articles' values.
    size: int = 0
    # What there is to count of each visit once it is committed.
    told: list[Told] = field(default_factory=list)

    def mark(self, feed_id: str) -> Mark:
        """Where `back_to` leads back to, once a visit to this feed was decided."""
        lengths = (len(self.outputs), len(self.notices), len(self.told))
        return Mark(feed_id, self.states.get(feed_id), self.plans.get(feed_id), *lengths, self.articles, self.size)

    def back_to(self, mark: Mark) -> None:
        """Take back what was decided since: articles without the ring that remembers them would come again with the next visit."""
        del self.outputs[mark.outputs :], self.notices[mark.notices :], self.told[mark.told :]
        self.articles, self.size = mark.articles, mark.size
        _put_back(self.states, mark.feed, mark.state)
        _put_back(self.plans, mark.feed, mark.plan)


def decide_visit(
    visit: Visit, registry: Registry, pending: Pending, settings: PollerSettings, *, scale_seconds: float, dice: float, partition: int
) -> None:
    """Add to `pending` what a visit changes; a feed that was removed or moved meanwhile changes nothing.

    `scale_seconds` is the budget's K, `dice` as for next_poll.
    """
    feed = registry.feeds.get(visit.feed.id)
    if feed is None or feed.url != visit.feed.url:
        pending.told += [Told("dropped")] if visit.ended else []
        return
    before, plan_before = pending.states.get(feed.id) or registry.state(feed.id), registry.plans.get(feed.id)
    outcome, state = visit.outcome, before
    if visit.read is not None:
        outcome, state = _decide_body(visit, visit.read, before, registry, pending)
    elif isinstance(outcome, Failed):
        pending.told.append(Told(failure(outcome)))
        state = _after_failure(visit, outcome, before)
        pending.notices += [Notice("adopted address given up", feed)] if state.url != before.url else []
    elif isinstance(outcome, Polled):  # what it served is what it served before
        pending.told.append(Told("unchanged" if outcome.whole else "not_modified"))
        state = moves.after_answer(before, visit.moved_to, scope=feed.scope, same_entries=True, now=int(visit.at.timestamp()))
    else:
        pending.told.append(Told("gone"))
    if state != before:
        pending.states[feed.id] = state
        pending.outputs.append(Output(FEEDS_STATE, feed.id.encode(), encode(state), (), partition))
    if not visit.ended:
        return
    plan = next_poll(feed, outcome, plan_before, state, settings, scale_seconds=scale_seconds, now=visit.at, dice=dice)
    pending.plans[feed.id] = plan
    pending.outputs.append(Output(FEEDS_STATE, (feed.id + PLAN_SUFFIX).encode(), encode(plan), (), partition))


def _put_back(kept: dict[str, T], key: str, before: T | None) -> None:
    if before is None:
        kept.pop(key, None)
    else:
        kept[key] = before


def _after_failure(visit: Visit, failed: Failed, before: FeedState) -> FeedState:
    now = int(visit.at.timestamp())
    state = replace(before, looked_at=now) if visit.looked else before
    return moves.after_failure(state, failed.kind, failed.status, now=now)


def _decide_body(visit: Visit, read: Read, before: FeedState, registry: Registry, pending: Pending) -> tuple[Outcome, FeedState]:
    """Add what a body brings to `pending`; returns the outcome, which says now whether entries were missed, and the new state."""
    feed, plan = registry.feeds[visit.feed.id], registry.plans.get(visit.feed.id)
    siblings = registry.siblings(feed, pending.states)
    decision = decide_poll(feed, before, siblings, read.document, http=read.http, validators=read.validators, now=visit.at, part=read.part)
    articles = [article_output(article) for article in decision.articles]
    pending.outputs += articles
    pending.outputs += [withdrawal_output(taken, visit.at) for taken in decision.withdrawn]
    pending.articles += len(articles)
    pending.size += sum(len(output.value or b"") for output in articles)
    pending.told.append(_told(visit, read, decision, polled_before=plan is not None))
    decided = decision.state or before
    if not visit.ended:
        return visit.outcome, decided
    state, missed, lied = remember(
        before,
        plan,
        decided,
        read.document,
        new=newly_published(decision.articles) if read.new is None else read.new,
        scope=feed.scope,
        moved_to=visit.moved_to,
        served_by=visit.served_by,
        found=visit.found,
        unconditional=visit.unconditional,
        now=visit.at,
    )
    happened = {
        "entries may have been missed": missed and not (plan is not None and plan.missed),
        "304 not believed any more": lied,
        "permanent redirect adopted": state.url != before.url and visit.found is None,
        "feed found anew by the page at its address": visit.found is not None,
    }
    pending.notices += [Notice(event, feed) for event, holds in happened.items() if holds]
    return Polled(whole=True, fresh_seconds=_fresh_seconds(visit.outcome), missed=missed), state


def failure(failed: Failed) -> VisitOutcome:
    """What a failed visit counts as."""
    if failed.kind == "resting" or failed.status in _ASKS_FOR_LESS:
        return "throttled"
    return _FAILURES.get(failed.kind, "network_error")


def _told(visit: Visit, read: Read, decision: Decision, *, polled_before: bool) -> Told:
    fresh = [article for article in decision.articles if article.revision.number == 0]
    exact = [article.published_at for article in fresh if article.published_precision in ("second", "minute")] if polled_before else []
    delays = [(visit.at - date).total_seconds() for date in exact if date is not None and date <= visit.at]
    revised, published = len(decision.articles) - len(fresh), len(fresh)
    if not visit.ended:
        return Told(None, published, revised, 0, delays)
    # What came in slices was counted with them.
    seen = len(read.document.entries) - len(decision.articles) - read.handed_over
    return Told("new" if decision.articles or read.handed_over else "unchanged", published, revised, seen, delays)


def newly_published(articles: Sequence[RawArticle]) -> list[datetime | None]:
    """The publication dates of the articles that are no revisions, null where unknown."""
    return [article.published_at for article in articles if article.revision.number == 0]


def _fresh_seconds(outcome: Outcome) -> float | None:
    return outcome.fresh_seconds if isinstance(outcome, Polled) else None


def article_output(article: RawArticle) -> Output:
    """The record of a raw article."""
    headers = envelope(RAW_TYPE, raw_event_id(article), source=f"poller/{article.feed.id}", subject=article.id, time=article.fetched_at)
    return Output(RAW, article.id.encode(), encode(article), headers)


def withdrawal_output(taken: TakenBack, at: datetime) -> Output:
    """The order to withdraw an article that its own feed deleted."""
    since = datetime.fromtimestamp(taken.first_seen, UTC)
    order = Withdrawal(subject=taken.article, kind="article", reason="deleted by its feed (RFC 6721)", at=at, since=since)
    return Output(WITHDRAWALS, taken.article.encode(), encode(order))
