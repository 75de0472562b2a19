"""When to poll a feed again, and which rule decided.

The interval follows from the feed's rate and the budget (poller/budget.py), or is the one that was asked for at add (`every`). What a
publisher asks for stands above the first as a lower bound, Retry-After and errors stand above both.
"""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dateline.events import FeedHints, FeedPlan
from dateline.poller.budget import Place, place_by_rate, weight
from dateline.poller.hints import open_from
from dateline.poller.rate import decayed

if TYPE_CHECKING:
    from datetime import datetime

    from dateline.events import Feed, FeedState
    from dateline.settings import PollerSettings

# Feeds of one interval, added together, must not stay together.
JITTER = 0.1
# A feed that keeps failing is visited daily, and never dropped.
MOST_BACKOFF_SECONDS = 86_400.0
# Hints of a document and of a cache are believed for a day: a feed with a ttl of a month is a mistake.
MOST_HINT_SECONDS = 86_400.0
# A publisher may ask for a week; more is a mistake on its side (one sends the year 2041).
MOST_RETRY_AFTER_SECONDS = 7 * 86_400.0
# 410 means gone for good, unless somebody made a mistake: look once a month.
GONE_SECONDS = 30 * 86_400.0
# Feeds that fell due while nobody polled wait no longer than this for one another.
SPREAD_SECONDS = 600.0
# Where less of a document was seen before, entries may have come and gone between two visits; the third is Media Cloud's.
SEEN_SHARE = 1 / 3
# Of fewer entries a third says nothing.
LEAST_ENTRIES = 5
# A feed that answers 304 is asked for its whole body once a week: some servers say 304 whatever happens.
WHOLE_BODY_SECONDS = 7 * 86_400
# An entry this much older than the last 304 was there when the server denied it; less is a clock or a cache.
LYING_SECONDS = 3 * 3600
# The plan's record has 200 bytes; its other fields take at most 140.
_ERROR_BYTES = 58
# Rules by which the budget counts a feed at its rate.
_BY_RATE = frozenset(("rate", "overlap"))
# What failed visits weigh: our own name server may be at fault, a refusal is meant.
_LIGHT, _MIDDLE, _HEAVY = 0.25, 0.5, 1.0
# Not asked at all, as its host had sent others away: nothing is known against this feed.
_NOT_ASKED = "resting"
_REFUSALS = frozenset((HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN))


class Polled(NamedTuple):
    """The feed answered, with or without news.

    `whole`: it sent its body. `fresh_seconds` is how long its cache headers call the answer fresh, null where they say nothing.
    `missed`: entries may have left the document between this visit and the one before.
    """

    whole: bool = True
    fresh_seconds: float | None = None
    missed: bool = False


class Failed(NamedTuple):
    """The visit failed; `reason` is one sentence without addresses, `kind` and `status` are the FetchError's."""

    reason: str
    retry_after_seconds: float | None = None
    kind: str = ""
    status: int | None = None


class Retired(NamedTuple):
    """The publisher says that the feed is gone for good."""


Outcome = Polled | Failed | Retired


class _Wait(NamedTuple):
    seconds: float
    rule: str


def next_poll(
    feed: Feed,
    outcome: Outcome,
    before: FeedPlan | None,
    state: FeedState,
    settings: PollerSettings,
    *,
    scale_seconds: float,
    now: datetime,
    dice: float,
) -> FeedPlan:
    """When to poll again and which rule decided: rate, every, ttl, max_age, sy, skip, overlap, errors, retry_after or gone.

    `before` is the plan that led to this poll, `state` what is remembered after it, `scale_seconds` the budget's K, `now` aware UTC,
    `dice` a uniform number in [0, 1) for jitter. Never earlier than Retry-After (RFC 9110 §10.2.3), of which a week at most is believed.
    """
    last = now.timestamp()
    before = before or FeedPlan(last=0, next=0, rule="rate")
    regular = _regular(feed, state, settings, scale_seconds=scale_seconds, now=last, dice=dice)
    match outcome:
        case Polled(whole, fresh_seconds, missed):
            wait = _sooner(regular, settings) if missed else regular
            if feed.every is None:  # an interval given at add overrules hints
                wait = _bounded(wait, state.hints or FeedHints(), fresh_seconds, now=last, dice=dice)
            body_at = int(last) if whole else before.body_at
            return FeedPlan(last=int(last), next=math.ceil(last + wait.seconds), rule=wait.rule, body_at=body_at, missed=missed)
        case Failed(reason, retry_after_seconds):
            heavier = round(before.weight + error_weight(outcome), 2)
            wait = _later(_backed_off(regular, heavier), retry_after_seconds)
            error = _short(reason)
        case Retired():
            heavier, wait, error = before.weight, _Wait(GONE_SECONDS, "gone"), "the publisher says the feed is gone"
    return FeedPlan(
        last=int(last),
        next=math.ceil(last + wait.seconds),
        rule=wait.rule,
        errors=before.errors + 1,
        error=error,
        weight=heavier,
        body_at=before.body_at,
    )


def error_weight(failed: Failed) -> float:
    """What a failed visit adds to its feed's weight, by its class."""
    if failed.kind == _NOT_ASKED:
        return 0.0
    if failed.kind == "dns":
        return _LIGHT
    if failed.kind in ("url", "refused") or failed.status in _REFUSALS:
        return _HEAVY
    return _MIDDLE


def may_have_missed(state: FeedState, entries: int, new_entries: int) -> bool:
    """Whether a document holds so few entries that were seen before that others may have come and gone; `state` is the one before it."""
    return bool(state.rate_at) and entries >= LEAST_ENTRIES and entries - new_entries < SEEN_SHARE * entries


def asks_whole_body(state: FeedState, plan: FeedPlan | None, *, now: float) -> bool:
    """Whether the next visit sends no validators: never for a feed that lied with them, and once a week for the others."""
    return state.distrusted or (plan is not None and 0 < plan.body_at <= now - WHOLE_BODY_SECONDS)


def has_lied(plan: FeedPlan | None, newest_published: float | None) -> bool:
    """Whether a body that came without validators holds a new entry that was there when the last visit was told 304.

    `plan` is the one that led to this visit, `newest_published` the earliest publication of its new entries that is later than the
    last body, Unix seconds.
    """
    if plan is None or newest_published is None or plan.errors or not plan.body_at or plan.last <= plan.body_at:
        return False
    return plan.body_at < newest_published < plan.last - LYING_SECONDS


def resume(plan: FeedPlan | None, *, now: datetime, overdue: int, requests_per_second: float, dice: float) -> float:
    """When to poll a feed whose plan was restored, in Unix seconds.

    Feeds that fell due while nobody polled (`overdue` of them, new feeds included) are spread over the time that the budget needs for
    them, each within its interval and ten minutes; the others keep their time. Where the budget needs longer, it decides.
    """
    moment = now.timestamp()
    if plan is not None and plan.next > moment:
        return float(plan.next)
    window = min(max(overdue - 1, 0) / requests_per_second, SPREAD_SECONDS)
    if plan is not None:
        window = min(window, max(plan.next - plan.last, 0))
    return moment + dice * window


def place_of(feed: Feed, state: FeedState, plan: FeedPlan | None, *, now: float) -> Place | None:
    """Where the budget counts a feed; None where it counts for nothing: paused, failing or gone. `now` in Unix seconds."""
    if feed.paused or (plan is not None and plan.errors):
        return None
    if feed.every is not None:
        return Place(fixed_seconds=float(max(feed.every, 1)))
    if plan is None or plan.rule in _BY_RATE or plan.next <= plan.last:
        return place_by_rate(decayed(state.rate, state.rate_at, now), feed.priority)
    return Place(fixed_seconds=float(plan.next - plan.last))


def retry_after_seconds(header: str | None, *, now: datetime) -> float | None:
    """Retry-After in seconds from now, from either of its forms (RFC 9110 §10.2.3); null where it says nothing readable."""
    text = header.strip() if header else ""
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), MOST_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
        return min(max((moment - now).total_seconds(), 0.0), MOST_RETRY_AFTER_SECONDS)
    except (ValueError, TypeError, OverflowError):
        return None


def _regular(feed: Feed, state: FeedState, settings: PollerSettings, *, scale_seconds: float, now: float, dice: float) -> _Wait:
    jitter = 1 - JITTER + 2 * JITTER * dice
    if feed.every is not None:
        return _Wait(feed.every * jitter, "every")
    place = place_by_rate(decayed(state.rate, state.rate_at, now), feed.priority)
    seconds = min(max(scale_seconds / weight(place), settings.min_interval_seconds), settings.max_interval_seconds)
    return _Wait(seconds * jitter, "rate")


def _sooner(regular: _Wait, settings: PollerSettings) -> _Wait:
    """Half as long, not below the least interval: what was missed may go on being missed."""
    if regular.rule == "every":
        return regular
    return _Wait(max(regular.seconds / 2, min(settings.min_interval_seconds, regular.seconds)), "overlap")


def _bounded(wait: _Wait, hints: FeedHints, fresh_seconds: float | None, *, now: float, dice: float) -> _Wait:
    """Not sooner than the publisher asks, by the rule that asks for most; jitter only makes it later."""
    for rule, seconds in (("ttl", hints.ttl_seconds), ("sy", hints.sy_seconds), ("max_age", fresh_seconds)):
        if seconds is not None and min(seconds, MOST_HINT_SECONDS) > wait.seconds:
            wait = _Wait(min(seconds, MOST_HINT_SECONDS), rule)
    if wait.rule not in _BY_RATE:
        wait = wait._replace(seconds=wait.seconds * (1 + JITTER * dice))
    opens = open_from(now + wait.seconds, hints)
    if opens <= now + wait.seconds:
        return wait
    # All feeds that skip the night would come at the same second of the morning.
    return _Wait(opens - now + JITTER * dice * 3600, "skip")


def _backed_off(regular: _Wait, heavier: float) -> _Wait:
    """Longer with the weight of all failures in a row, up to a day, never less than the feed's own interval."""
    longer = regular.seconds * (1.0 + min(heavier, 1e6))
    return _Wait(max(min(longer, MOST_BACKOFF_SECONDS), regular.seconds), "errors")


def _later(wait: _Wait, asked_seconds: float | None) -> _Wait:
    if asked_seconds is None or asked_seconds <= wait.seconds:
        return wait
    return _Wait(min(asked_seconds, MOST_RETRY_AFTER_SECONDS), "retry_after")


def _short(reason: str) -> str:
    """The reason, cut to what it takes in a record once quotes and the like are written as JSON."""
    text = reason.encode()[:_ERROR_BYTES].decode(errors="ignore")
    while len(msgspec.json.encode(text)) > _ERROR_BYTES + 2:
        text = text[:-1]
    return text
