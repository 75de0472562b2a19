"""The raw article as it goes on the topic: an entry with its feed, its id and its revision, and no secrets."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit, urlunsplit

import msgspec

from dateline.events import Entry, FeedReference, RawArticle, Revision, encode
from dateline.log.port import RECORD_BYTES
from dateline.poller.credentials import leads_through, references_in_path
from dateline.poller.identity import article_id, secrets_of, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dateline.events import Feed, Http
    from dateline.poller.document import Document, ParsedEntry
    from dateline.poller.keys import Keys

S = TypeVar("S", bound=msgspec.Struct)

# The rest of a record is its key and its headers, about 500 bytes.
_MOST_BYTES = RECORD_BYTES - 4096
# How much of a text that does not fit is tried next: few rounds, and little lost beyond what must be.
_KEPT_SHARE = 0.75
# Titles and the like, ten of them: they fit a record even where JSON writes every character as six.
_SCALAR_CHARACTERS = 8192


def feed_reference(feed: Feed, document: Document) -> FeedReference:
    """The feed as its articles name it: without secrets, and a private one by its host alone."""
    return FeedReference(
        id=feed.id,
        url=_host_of(feed.url) if feed.private else without_secrets(feed.url),
        title=document.title or feed.title,
        link=None
        if document.link is None or leads_through(document.link, references_in_path(feed.url))
        else without_secrets(document.link),
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
    secrets: tuple[str, ...]
    references: tuple[str, ...]

    @classmethod
    def of(cls, feed: Feed, document: Document, *, http: Http | None, now: datetime) -> Recorder:
        """For the document that this feed served at `now`, aware UTC."""
        if feed.private and http is not None:
            http = msgspec.structs.replace(http, url=_host_of(http.url))
        reference = feed_reference(feed, document)
        return cls(reference, feed.scope, document.flags, http, now, secrets_of(feed.url), references_in_path(feed.url))

    def article(self, parsed: ParsedEntry, keys: Keys, *, guid: bytes, link: bytes, revision: int, first_seen: int) -> RawArticle:
        """One entry as an article; `guid` and `link` are the hashes that its id is made from, `first_seen` a Unix second."""
        entry = _without(self.secrets, parsed.entry) if self.secrets else parsed.entry
        withheld = ("link_withheld",) * leads_through(entry.link, self.references)
        page, collision = parsed.page, ("guid_collision",) * keys.collision
        truncated = ("truncated",) * (page is not None and page.truncated)
        article = RawArticle(
            id=article_id(self.scope, self.feed.id, guid=guid, link=link),
            revision=Revision(number=revision, content_hash=keys.content.hex()),
            feed=self.feed,
            entry=_without_references(self.references, entry) if self.references else entry,
            published_at=parsed.published_at,
            published_precision=parsed.published_precision,
            updated_at=parsed.updated_at,
            first_seen_at=datetime.fromtimestamp(first_seen, UTC),
            fetched_at=self.now,
            http=self.http,
            page=page,
            flags=list(dict.fromkeys((*self.flags, *collision, *parsed.flags, *truncated, *withheld))),
        )
        return within_record(article)


def _without(secrets: tuple[str, ...], entry: Entry) -> Entry:
    """The entry without what opens its feed, which some publishers write into every link."""
    if not any(secret in encode(entry).decode() for secret in secrets):
        return entry
    return msgspec.convert(_redacted(msgspec.to_builtins(entry), secrets), Entry)


def _without_references(references: tuple[str, ...], entry: Entry) -> Entry:
    """The entry without the addresses that its feed's own, with a secret in its path, made absolute.

    With the reference they lead nowhere, and with the secret they are not for subscribers, so that the entry counts as one without a
    link. Its id is made from the link as it stands with the reference: the article is the same when the secret changes.
    """
    return msgspec.structs.replace(
        entry,
        link=_unless(references, entry.link),
        source=entry.source and msgspec.structs.replace(entry.source, url=_unless(references, entry.source.url)),
        authors=[msgspec.structs.replace(author, uri=_unless(references, author.uri)) for author in entry.authors],
        enclosures=[enclosure for enclosure in entry.enclosures if not leads_through(enclosure.url, references)],
        media=[msgspec.structs.replace(media, url=_unless(references, media.url)) for media in entry.media],
        links=[link for link in entry.links if not leads_through(link.href, references)],
    )


def _unless(references: tuple[str, ...], url: str | None) -> str | None:
    return None if leads_through(url, references) else url


def _redacted(value: Any, secrets: tuple[str, ...]) -> Any:
    """The value with every text in it redacted: a parameter goes, elsewhere stars stand."""
    if isinstance(value, dict):
        return {name: _redacted(held, secrets) for name, held in value.items()}
    if isinstance(value, list):
        return [_redacted(held, secrets) for held in value]
    if isinstance(value, str):
        for secret in secrets:
            if secret in value:
                parameter = rf"(?:(?<=[?&])|(?<=&amp;))[\w.-]{{1,40}}={re.escape(secret)}(?:&amp;|&)?"
                value = re.sub(parameter, "", value).rstrip("?&").replace(secret, "***")
    return value


def within_record(article: RawArticle) -> RawArticle:
    """The article as it is, or cut until it fits a record and flagged: the page first, then content, summary and the rest."""
    if len(encode(article)) <= _MOST_BYTES:
        return article
    article = msgspec.structs.replace(article, flags=list(dict.fromkeys((*article.flags, "truncated"))))
    for cut in (_cut_page, _cut_content, _cut_summary):
        while len(encode(article)) > _MOST_BYTES:
            shorter = cut(article)
            if shorter is None:
                break
            article = shorter
    if len(encode(article)) > _MOST_BYTES:
        article = msgspec.structs.replace(article, entry=_bare(article.entry), feed=_cut(article.feed, ("title", "link", "language")))
    return article


def _bare(entry: Entry) -> Entry:
    """The entry without its lists, and with what is left of it cut to the length of an honest title."""
    texts = ("guid", "link", "title", "rights", "language", "published_raw", "updated_raw")
    lists: dict[str, Any] = {"authors": [], "categories": [], "enclosures": [], "media": [], "links": [], "extensions": {}}
    return msgspec.structs.replace(_cut(entry, texts), source=None, **lists)


def _cut(struct: S, names: Iterable[str]) -> S:
    """The same with these texts of it cut."""
    texts = {name: text[:_SCALAR_CHARACTERS] for name in names if (text := getattr(struct, name)) is not None}
    return msgspec.structs.replace(struct, **texts)


def _cut_page(article: RawArticle) -> RawArticle | None:
    page = article.page
    if page is None or not page.html:
        return None
    return msgspec.structs.replace(article, page=msgspec.structs.replace(page, html=_shorter(page.html), truncated=True))


def _cut_content(article: RawArticle) -> RawArticle | None:
    entry = article.entry
    if not entry.content:
        return None
    return msgspec.structs.replace(article, entry=msgspec.structs.replace(entry, content=_shorter(entry.content)))


def _cut_summary(article: RawArticle) -> RawArticle | None:
    entry = article.entry
    if not entry.summary:
        return None
    return msgspec.structs.replace(article, entry=msgspec.structs.replace(entry, summary=_shorter(entry.summary)))


def _shorter(text: str) -> str:
    return text[: int(len(text) * _KEPT_SHARE)]


def _host_of(url: str) -> str:
    parts = urlsplit(without_secrets(url))
    return urlunsplit((parts.scheme, parts.netloc, "/", "", ""))
