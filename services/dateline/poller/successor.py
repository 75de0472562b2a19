"""Where a feed went whose address answers with a page: what the page names, and which of that is the feed.

A relaunched site sends its old feed's address to its home page, which names the new feed. Believed is only what serves entries that the
feed served before, as a feed of another section has a page's word too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dateline.poller.candidates import candidates
from dateline.poller.identity import NOTHING, normalize_link, scope_of
from dateline.poller.keys import keys_of
from dateline.poller.ring import Ring

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dateline.events import Feed, FeedPlan, FeedState
    from dateline.poller.pending import Visit

# At one request a second five seconds. A page that names more has a feed for every section, and most entries stand in two of them.
MOST_NAMED = 5
# A page that stands in for a feed every other day is searched for it once a month.
LEAST_SECONDS_BETWEEN_LOOKS = 30 * 86_400


def may_look(state: FeedState, plan: FeedPlan | None, *, now: float) -> bool:
    """Whether the page at a feed's address is searched: once after each time that the feed itself was there; `now` in Unix seconds."""
    was_there = plan is not None and plan.body_at > state.looked_at and state.ring != ""
    return was_there and now - state.looked_at >= LEAST_SECONDS_BETWEEN_LOOKS


def named(page: bytes, link: str | None, url: str, content_type: str | None, *, feed: Feed, state: FeedState) -> list[str]:
    """The feeds of its scope that a page names, without the addresses that led to the page; arguments as for `candidates`."""
    if scope_of(url) != feed.scope:
        return []
    led_here = {normalize_link(address) for address in (feed.url, state.url, url) if address}
    found = [candidate.url for candidate in candidates(page, link, url, content_type)]
    return [address for address in found if scope_of(address) == feed.scope and normalize_link(address) not in led_here]


def successors(visits: Iterable[Visit], feed: Feed, state: FeedState) -> list[Visit]:
    """Of visits to addresses that were named, those to what serves an entry that the feed served before, and within its scope.

    One of several that serve the same entries: RSS and Atom of one feed have guids of their own, and the same links.
    """
    ring = Ring.decode(state.ring)
    by_entries: dict[frozenset[bytes], Visit] = {}
    for visit in visits:
        answered = visit.served_by or visit.found
        if visit.read is None or answered is None or scope_of(answered) != feed.scope:
            continue
        keys = keys_of(visit.read.document, feed.url)
        if any(ring.by_link(key.link) or (key.everywhere and ring.by_guid(key.guid)) for key in keys):
            by_entries.setdefault(frozenset(key.guid if key.link == NOTHING else key.link for key in keys), visit)
    return list(by_entries.values())


def still(says: str, plan: FeedPlan | None) -> str:
    """What a page is that is not searched again: what it is said to be, with what was found before where that is in the last plan."""
    before = plan.error if plan is not None else None
    return before if before and before.startswith(f"{says}; ") else says


def not_found(named_feeds: int, may_be: int) -> str:
    """What a search found that did not find the feed, to go with what the body was: so many named, so many that may be it."""
    if not named_feeds:
        return "it names no other feed"
    if named_feeds > MOST_NAMED:
        return f"it names {named_feeds} feeds, too many"
    if may_be:
        return f"{may_be} feeds it names may be this one"
    return f"none of {named_feeds} it names is this"
