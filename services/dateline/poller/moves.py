"""Where a feed has moved: permanent redirects are believed after visits on several days, and only where the same feed is served."""

from __future__ import annotations

from msgspec.structs import replace

from dateline.events import FeedMove, FeedState
from dateline.poller.identity import scope_of

# A broken server sends 301 for an afternoon, and a hotel's network for an evening.
LEAST_DAYS = 3
LEAST_VISITS = 3
_DAY_SECONDS = 86_400


def found_anew(state: FeedState, url: str, *, now: int) -> FeedState:
    """The state of a feed that a page at its address led to (poller/successor.py): adopted at once, as it serves the same entries."""
    return replace(state, url=url, move=None, looked_at=now)


def after_answer(state: FeedState, moved_to: str | None, *, scope: str, same_entries: bool, now: int) -> FeedState:
    """The state after a body came, with one more vote where permanent redirects alone led to it; `now` in Unix seconds.

    `moved_to` is where they led, null where there were none. A vote counts where that address is of the feed's scope, or where
    its document holds entries that the feed served before (`same_entries`): what stands at another publisher's is another feed.
    At most one vote a day is written. Once enough agree, `url` holds the address.
    """
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
