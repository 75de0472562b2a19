"""The latest committed events of this process, for operators to look at: a few, and each of bounded size."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from dateline.events import UNREADABLE, NewsEvent, decode
from dateline.withdrawn import canceled, facts_of_news

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dateline.log.port import Output
    from dateline.withdrawn import Withdrawn

__all__ = ["KEPT_EVENTS", "LatestEvents", "shown_event"]

KEPT_EVENTS = 50
# Most events have a tenth of this; a longer one is left out, so that all kept ones take 3 MB at most.
_LONGEST_BYTES = 64 << 10
# What is shown of quotations: more is for `dateline explain`.
_MOST_QUOTATIONS = 5
_QUOTED_CHARACTERS = 300


class _Kept(NamedTuple):
    """An event as it was written, and when it was committed, aware UTC."""

    value: bytes
    at: datetime


class LatestEvents:
    """A ring of the last events. Adding keeps bytes, and only who looks pays for reading them."""

    def __init__(self) -> None:
        self._ring: deque[_Kept] = deque(maxlen=KEPT_EVENTS)

    def extend(self, events: Sequence[Output], at: datetime) -> None:
        """Keep events that were committed together, as many as there is room for; a very long one is left out."""
        latest = [event.value for event in events[-KEPT_EVENTS:]]
        self._ring.extend(_Kept(value, at) for value in latest if value is not None and len(value) <= _LONGEST_BYTES)

    def shown(self, orders: Withdrawn) -> list[dict[str, Any]]:
        """The events, latest first, as `shown_event` gives them; what has been ordered to be withdrawn since, as withdrawn."""
        return [event for kept in reversed(self._ring) if (event := _readable(kept, orders)) is not None]


def shown_event(event: NewsEvent, at: datetime) -> dict[str, Any]:
    """What operators see of an event: no text of the article but its headline and what is quoted from it."""
    return {
        "at": at,
        "id": event.id,
        "revision": event.revision,
        "status": event.status,
        "url": event.url,
        "headline": event.headline,
        "language": event.language,
        "published_at": event.published_at,
        "first_seen_at": event.first_seen_at,
        "publisher": event.publisher.name if event.publisher else event.feed.title,
        "attribution_status": event.attribution_status,
        "origin": event.origin.name if event.origin else None,
        "relation": event.relation,
        "evidence": [
            {"origin": origin.name, "confidence": origin.confidence, "kind": quoted.kind, "text": quoted.text[:_QUOTED_CHARACTERS]}
            for origin in event.origins
            for quoted in origin.evidence
        ][:_MOST_QUOTATIONS],
        "story": {
            "id": event.story.id,
            "role": event.story.role,
            "of": event.story.of,
            "similarity": event.story.similarity,
            "copies": event.story.copies,
            "origin": event.story.origin.name if event.story.origin else None,
        },
        "flags": event.flags,
    }


def _readable(kept: _Kept, orders: Withdrawn) -> dict[str, Any] | None:
    try:
        event = decode(kept.value, NewsEvent)
        return shown_event(canceled(event) if orders and orders.naming(facts_of_news(kept.value)) else event, kept.at)
    except UNREADABLE:
        return None
