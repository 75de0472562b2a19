"""The raw article as it goes on the topic: an entry with its feed, its id and its revision, and no secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from dateline.events import FeedReference, RawArticle, Revision
from dateline.poller.identity import article_id, without_secrets

if TYPE_CHECKING:
    from datetime import datetime

    from dateline.events import Feed, Http
    from dateline.poller.document import Document, ParsedEntry
    from dateline.poller.keys import Keys


def feed_reference(feed: Feed, document: Document) -> FeedReference:
    """The feed as its articles name it: without secrets, and a private one by its host alone."""
    return FeedReference(
        id=feed.id,
        url=_host_of(feed.url) if feed.private else without_secrets(feed.url),
        title=document.title or feed.title,
        link=None if document.link is None else without_secrets(document.link),
        language=document.language or feed.language,
        labels=feed.labels,
        kind=feed.kind,
        publisher=feed.publisher,
        text=feed.text,
    )


class Recorder(NamedTuple):
    """What all articles of one document have in common."""

    feed: FeedReference
    scope: str
    flags: tuple[str, ...]
    http: Http | None
    now: datetime

    @classmethod
    def of(cls, feed: Feed, document: Document, *, http: Http | None, now: datetime) -> Recorder:
        """For the document that this feed served at `now`, aware UTC."""
        return cls(feed_reference(feed, document), feed.scope, document.flags, http, now)

    def article(self, parsed: ParsedEntry, keys: Keys, *, guid: bytes, link: bytes, revision: int) -> RawArticle:
        """One entry as an article; `guid` and `link` are the hashes that its id is made from."""
        collision = ("guid_collision",) * keys.collision
        return RawArticle(
            id=article_id(self.scope, self.feed.id, guid=guid, link=link),
            revision=Revision(number=revision, content_hash=keys.content.hex()),
            feed=self.feed,
            entry=parsed.entry,
            published_at=parsed.published_at,
            published_precision=parsed.published_precision,
            updated_at=parsed.updated_at,
            first_seen_at=self.now,
            fetched_at=self.now,
            http=self.http,
            page=None,
            flags=list(dict.fromkeys((*self.flags, *collision, *parsed.flags))),
        )


def _host_of(url: str) -> str:
    parts = urlsplit(without_secrets(url))
    return urlunsplit((parts.scheme, parts.netloc, "/", "", ""))
