"""Where a feed has moved: permanent redirects are believed after visits on several days, and only where the same feed is served.

An address that was adopted and serves it no more is given up after visits on several days too; the feed's own is visited then.
"""

from __future__ import annotations

from http import HTTPStatus

from msgspec.structs import replace

from dateline.events import FeedDoubt, FeedMove, FeedState
from dateline.poller.identity import scope_of

# A broken server sends 301 for an afternoon, and a hotel's network for an evening.
LEAST_DAYS = 3
LEAST_VISITS = 3
# Three visits over two days: a broken release or an expired name is mended within a day, or for good.
LEAST_DOUBTS = 3
_DAY_SECONDS = 86_400
# That the feed is not there. A server in trouble (5xx) or one that is slow says nothing of where the feed is.
_NOT_THERE_KINDS = frozenset(("dns", "connect", "tls", "parse"))
_NOT_THERE_STATUSES = frozenset((HTTPStatus.NOT_FOUND, HTTPStatus.GONE))


def found_anew(state: FeedState, url: str, *, now: int) -> FeedState:
    """The state of a feed that a page at its address led to (poller/successor.py): adopted at once, as it serves the same entries."""
    return replace(state, url=url, move=None, doubt=None, looked_at=now)


def after_failure(state: FeedState, kind: str, status: int | None, *, now: int) -> FeedState:
    """The state after a visit failed, with one more doubt where it says that the feed is not at the address that was adopted.

    `kind` and `status` are the FetchError's, or `parse`; `now` in Unix seconds. At most one doubt a day is written, and an answer takes
    all back. With enough of them `url` is null again, and so are the validators, which another address gave.
    """
    if state.url is None or not (kind in _NOT_THERE_KINDS or status in _NOT_THERE_STATUSES):
        return state
    doubt = state.doubt
    if doubt is None:
        return replace(state, doubt=FeedDoubt(since=now))
    if now < doubt.since + doubt.visits * _DAY_SECONDS:
        return state
    if doubt.visits + 1 < LEAST_DOUBTS:
        return replace(state, doubt=replace(doubt, visits=doubt.visits + 1))
    return replace(state, url=None, served_by=None, etag=None, last_modified=None, body_hash=None, move=None, doubt=None)


def after_answer(state: FeedState, moved_to: str | None, *, scope: str, same_entries: bool, now: int) -> FeedState:
    """The state after a body came, with one more vote where permanent redirects alone led to it; `now` in Unix seconds.

    `moved_to` is where they led, null where there were none. A vote counts where that address is of the feed's scope, or where
    its document holds entries that the feed served before (`same_entries`): what stands at another publisher's is another feed.
    At most one vote a day is written. Once enough agree, `url` holds the address.
    """
    if state.doubt is not None:
        state = replace(state, doubt=None)
    if moved_to is None or moved_to == state.url:
        return state if state.move is None else replace(state, move=None)
    if scope_of(moved_to) != scope and not same_entries:
        return state if state.move is None else replace(state, move=None)
    move = state.move
    if move is None or move.url != moved_to:
        return replace(state, move=FeedMove(url=moved_to, since=now))
    if now < move.since + move.visits * _DAY_SECONDS:
        return state
    if move.visits + 1 >= LEAST_VISITS and now - move.since >= LEAST_DAYS * _DAY_SECONDS:
        return replace(state, url=moved_to, move=None)
    return replace(state, move=FeedMove(url=moved_to, since=move.since, visits=move.visits + 1))
