"""What one poll of a feed would publish, and what about it is doubtful."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from dateline.events import Feed, Http, Timestamp
from dateline.poller.decide import raw_articles
from dateline.poller.identity import feed_id, scope_of, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dateline.events import RawArticle
    from dateline.poller.document import Document
    from dateline.poller.fetch import Fetched

# Flags of entries, and what each means for the one who reads them.
_DOUBTS = {
    "date_naive": "name no time zone in their date, which is read as UTC",
    "date_in_future": "are dated ahead",
    "date_impossible": "have a date that cannot be read",
    "guid_collision": "share their guid with another entry, and are told apart by link and words",
    "truncated": "were cut to the limits",
    "link_withheld": "have a link that leads through a secret of the feed, and is left out",
    "double_encoded": "were encoded twice",
}
_OF_DOCUMENT = {
    "xml_repaired": "the XML is broken and was repaired",
    "json_repaired": "the JSON is broken and was repaired",
    "cut_off": "the document is cut off, its last entry is left out",
    "encoding_guessed": "nothing certain names the encoding, which was guessed",
}


class TrialEntry(Struct, frozen=True, kw_only=True):
    """One article as it would be published; `id` is what it would be known by."""

    id: str
    published_at: Timestamp | None
    title: str | None
    link: str | None
    guid: str | None
    flags: list[str]


class Trial(Struct, frozen=True, kw_only=True):
    """One visit and what it would publish. Addresses are without secrets; `moved_to` is where permanent redirects alone lead."""

    url: str
    status: int
    answered: str
    moved_to: str | None
    content_type: str | None
    etag: bool
    last_modified: bool
    wire_bytes: int
    body_bytes: int
    format: str
    title: str | None
    language: str | None
    encoding: str
    encoding_origin: str
    entries: list[TrialEntry]
    flags: dict[str, int]
    doubts: list[str]


def trial(url: str, answer: Fetched, document: Document, *, now: datetime) -> Trial:
    """What a poll of an address that is polled for the first time would publish; each article once. `now` is aware UTC."""
    feed = Feed(id=feed_id(url), url=url, scope=scope_of(url), added_at=now)
    http = Http(status=answer.status, url=without_secrets(answer.url), content_type=answer.content_type)
    every = raw_articles(document, feed, http=http, now=now)
    first: dict[str, RawArticle] = {}
    for article in every:
        first.setdefault(article.id, article)
    articles = list(first.values())
    return Trial(
        url=without_secrets(url),
        status=answer.status,
        answered=http.url,
        moved_to=answer.moved_to and without_secrets(answer.moved_to),
        content_type=answer.content_type,
        etag=answer.etag is not None,
        last_modified=answer.last_modified is not None,
        wire_bytes=answer.wire_bytes,
        body_bytes=len(answer.body),
        format=document.format,
        title=document.title,
        language=document.language,
        encoding=document.encoding,
        encoding_origin=document.encoding_origin,
        entries=[_entry(article) for article in articles],
        flags=dict(Counter(flag for article in articles for flag in article.flags).most_common()),
        doubts=[*_about_answer(answer, document), *_about_entries(every, articles)],
    )


def _entry(article: RawArticle) -> TrialEntry:
    entry = article.entry
    return TrialEntry(
        id=article.id,
        published_at=article.published_at,
        title=entry.title,
        link=entry.link,
        guid=entry.guid,
        flags=list(article.flags),
    )


def _about_answer(answer: Fetched, document: Document) -> Iterator[str]:
    if answer.etag is None and answer.last_modified is None:
        yield "the server sends neither ETag nor Last-Modified, so every poll costs it the whole document"
    if answer.moved_to is not None:
        yield f"the feed has moved for good to {without_secrets(answer.moved_to)}; add it by that address"
    if not document.entries:
        yield "the document has no entries"
    for flag, meaning in _OF_DOCUMENT.items():
        if flag in document.flags:
            yield meaning


def _about_entries(every: list[RawArticle], articles: list[RawArticle]) -> Iterator[str]:
    counts = {meaning: sum(flag in article.flags for article in articles) for flag, meaning in _DOUBTS.items()} | {
        "have no guid, and are known by their link or their words": sum(article.entry.guid is None for article in articles),
        "have no link": sum(article.entry.link is None for article in articles),
        "have no date": sum(article.entry.published_raw is None for article in articles),
        "are repeated in the document, and published once": len(every) - len(articles),
    }
    for meaning, count in counts.items():
        if count:
            yield f"{count} of {len(every)} entries {meaning}"
