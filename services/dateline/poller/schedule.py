"""When to poll a feed again, and which rule decided."""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from dateline.events import FeedPlan

if TYPE_CHECKING:
    from datetime import datetime

    from dateline.events import Feed
    from dateline.settings import PollerSettings

# Feeds of one interval, added together, must not stay together.
JITTER = 0.1
# A feed that keeps failing is visited daily, and never dropped.
MOST_BACKOFF_SECONDS = 86_400.0
# A publisher may ask for a week; more is a mistake on its side (one sends the year 2041).
MOST_RETRY_AFTER_SECONDS = 7 * 86_400.0
# 410 means gone for good, unless somebody made a mistake: look once a month.
GONE_SECONDS = 30 * 86_400.0
# The plan's record has 200 bytes; its other fields take at most 100.
_ERROR_BYTES = 90


class Polled(NamedTuple):
    """The feed answered, with or without news."""


class Failed(NamedTuple):
    """The visit failed; `reason` is one sentence without addresses."""

    reason: str
    retry_after_seconds: float | None = None


class Retired(NamedTuple):
    """The publisher says that the feed is gone for good."""


Outcome = Polled | Failed | Retired


class _Wait(NamedTuple):
    seconds: float
    rule: str


def next_poll(feed: Feed, outcome: Outcome, before: FeedPlan | None, settings: PollerSettings, *, now: datetime, dice: float) -> FeedPlan:
    """When to poll again and which rule decided: every, interval, errors, retry_after or gone.

    `before` is the plan that led to this poll, `now` aware UTC, `dice` a uniform number in [0, 1) for jitter. Never earlier
    than Retry-After (RFC 9110 §10.2.3), of which a week at most is believed.
    """
    failures = before.errors if before is not None else 0
    regular = _regular(feed, settings, dice)
    match outcome:
        case Polled():
            wait, errors, error = regular, 0, None
        case Failed(reason, retry_after_seconds):
            errors, error = failures + 1, _short(reason)
            wait = _later(_backed_off(regular, errors), retry_after_seconds)
        case Retired():
            wait, errors, error = _Wait(GONE_SECONDS, "gone"), failures + 1, "the publisher says the feed is gone"
    last = now.timestamp()
    return FeedPlan(last=int(last), next=math.ceil(last + wait.seconds), rule=wait.rule, errors=errors, error=error)


def resume(plan: FeedPlan | None, *, now: datetime, overdue: int, requests_per_second: float, dice: float) -> float:
    """When to poll a feed whose plan was restored, in Unix seconds.

    Feeds that fell due while nobody polled (`overdue` of them, new feeds included) are spread over the time that the budget
    needs for them; the others keep their time.
    """
    moment = now.timestamp()
    if plan is not None and plan.next > moment:
        return float(plan.next)
    return moment + dice * max(overdue - 1, 0) / requests_per_second


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


def _regular(feed: Feed, settings: PollerSettings, dice: float) -> _Wait:
    seconds, rule = (
        (min(settings.min_interval_seconds, settings.max_interval_seconds), "interval")
        if feed.every is None
        else (float(feed.every), "every")
    )
    return _Wait(seconds * (1 - JITTER + 2 * JITTER * dice), rule)


def _backed_off(regular: _Wait, errors: int) -> _Wait:
    """Twice as long with every failure, up to a day, never less than the feed's own interval."""
    doubled = regular.seconds * 2.0 ** min(errors, 32)
    return _Wait(max(min(doubled, MOST_BACKOFF_SECONDS), regular.seconds), "errors")


def _later(wait: _Wait, asked_seconds: float | None) -> _Wait:
    if asked_seconds is None or asked_seconds <= wait.seconds:
        return wait
    return _Wait(min(asked_seconds, MOST_RETRY_AFTER_SECONDS), "retry_after")


def _short(reason: str) -> str:
    return reason.encode()[:_ERROR_BYTES].decode(errors="ignore")
