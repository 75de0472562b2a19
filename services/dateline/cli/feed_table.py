"""Feeds as `dateline feeds list` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from dateline.poller.feeds import entries_a_day, state_of
from dateline.poller.identity import without_secrets
from dateline.poller.listed import is_secret_header
from dateline.showable import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from dateline.events import Feed
    from dateline.poller.feeds import FeedStatus

COLUMNS = ("feed", "title", "state", "polled", "next", "why", "a day", "errors", "last error")


def chosen(
    statuses: Iterable[FeedStatus], now: datetime, *, states: Sequence[str] = (), labels: Sequence[str] = (), match: str | None = None
) -> list[FeedStatus]:
    """Feeds in one of the states, under one of the labels and holding a text, as far as any are asked for; by their address."""
    found = [
        status
        for status in statuses
        if (not states or state_of(status, now) in states)
        and (not labels or any(_inside(label, wanted) for label in status.feed.labels for wanted in labels))
        and (match is None or _holds(status, match.casefold()))
    ]
    return sorted(found, key=lambda status: without_secrets(status.feed.url))


def row(status: FeedStatus, now: datetime) -> tuple[Any, ...]:
    """One line of the table, in the order of COLUMNS."""
    plan, state, a_day = status.plan, state_of(status, now), entries_a_day(status, now)
    polled, why, errors, error = (_time(plan.last), plan.rule, plan.errors, plan.error) if plan else (None, None, 0, None)
    following = None if status.feed.paused else _time(plan.next) if plan else "soon"
    if plan is not None and plan.missed:
        why = f"{why}, entries may have been missed"
    shown_a_day = None if a_day is None else f"{a_day:.1f}"
    return without_secrets(status.feed.url), _title(status), state, polled, following, why, shown_a_day, errors or None, error


def described(status: FeedStatus, now: datetime) -> dict[str, Any]:
    """Everything that is known of a feed, addresses without secrets; `ring` is left out, which only says what was seen."""
    feed, state, plan = status
    known = {} if state is None else {name: value for name, value in msgspec.to_builtins(state).items() if name not in ("id", "ring")}
    if known.get("url"):
        known["url"] = without_secrets(known["url"])
    return {
        "feed": msgspec.to_builtins(feed) | {"url": without_secrets(feed.url), "headers": _headers(feed)},
        "title": _title(status),
        "state": state_of(status, now),
        "entries_a_day": entries_a_day(status, now),
        "known": known or None,
        "plan": None if plan is None else msgspec.to_builtins(plan),
    }


def _headers(feed: Feed) -> dict[str, str]:
    return {name: "(not shown)" if is_secret_header(name, value) else value for name, value in feed.headers.items()}


def _title(status: FeedStatus) -> str | None:
    return status.feed.title or (status.state.title if status.state else None)


def _inside(label: str, wanted: str) -> bool:
    return label == wanted or label.startswith(f"{wanted}/")


def _holds(status: FeedStatus, text: str) -> bool:
    error = status.plan.error if status.plan else None
    return any(text in part.casefold() for part in (without_secrets(status.feed.url), _title(status), error) if part)


def _time(seconds: int) -> str:
    at = moment(seconds)
    return "never" if at is None else at.strftime("%Y-%m-%d %H:%M:%SZ")
