"""Invented feeds and the shortest way to a poll of one."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from dateline.events import Feed, FeedState
from dateline.poller.decide import Decision, Validators, decide_poll
from dateline.poller.identity import feed_id, scope_of
from dateline.poller.parse import parse_document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dateline.poller.document import Document

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
URL = "https://harbour-gazette.example/rss"


def rss(*items: str, head: str = "<title>Harbour Gazette</title><link>https://harbour-gazette.example/</link>") -> bytes:
    """An RSS 2.0 document with these items."""
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def item(number: int, *, guid: str | None = "", link: str | None = "", text: str = "", more: str = "") -> str:
    """An item; guid and link follow from its number unless given, None leaves them out."""
    guid = f"gazette-{number}" if guid == "" else guid
    link = f"https://harbour-gazette.example/story/{number}" if link == "" else link
    parts = [
        f"<title>Story {number}</title><description>{text or f'Text of story {number}.'}</description>",
        f'<guid isPermaLink="false">{escape(guid)}</guid>' if guid else "",
        f"<link>{escape(link)}</link>" if link else "",
        more,
    ]
    return f"<item>{''.join(parts)}</item>"


def read(body: bytes, url: str = URL) -> Document:
    """The body as our parser reads it."""
    return parse_document(body, url=url, now=NOW)


def a_feed(url: str = URL, **fields: object) -> Feed:
    """A feed as it would be added."""
    return Feed(id=feed_id(url), url=url, scope=scope_of(url), added_at=NOW, **fields)  # type: ignore[arg-type]


class Reader:
    """One feed with what a poller remembers of it."""

    def __init__(self, url: str = URL) -> None:
        self.feed = a_feed(url)
        self.state = FeedState(id=self.feed.id)

    def poll(self, body: bytes, *, siblings: Iterable[Reader] = (), now: datetime = NOW) -> Decision:
        """Decide a body and keep the new state."""
        decision = decide_poll(
            self.feed,
            self.state,
            [sibling.state for sibling in siblings],
            read(body, self.feed.url),
            http=None,
            validators=Validators(),
            now=now,
        )
        self.state = decision.state or self.state
        return decision
