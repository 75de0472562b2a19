"""What must hold for every body, however broken: the fuzzer's judge."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dateline.errors import NotAFeed
from dateline.events import Feed, FeedState, RawArticle, decode, encode
from dateline.poller.decide import Validators, decide_poll, raw_articles
from dateline.poller.document import Document, Limits
from dateline.poller.identity import feed_id, scope_of
from dateline.poller.parse import parse_document
from dateline.poller.read import read_document

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
URL = "https://gazette.example/rss"
HANG_SECONDS = 5.0
# Deciding takes as long as parsing; large documents are as good as several small ones there.
_MOST_DECIDED = 50


class TooSlow(Exception):
    """A body took longer than any may."""


class Broken(Exception):
    """Something that holds for every document does not."""


def check(body: bytes, *, with_fallback: bool = False) -> int | None:
    """How many entries a body has, None where it is refused; anything else that happens is a finding."""
    with _alarm():
        try:
            read = read_document if with_fallback else parse_document
            document = read(body, url=URL, now=NOW, limits=Limits(max_entries=200))
        except NotAFeed as refusal:
            if not str(refusal).isprintable() or len(str(refusal)) > 500:
                raise Broken("the refusal is no sentence for a person") from None
            return None
        _holds(document)
        return len(document.entries)


def _holds(document: Document) -> None:
    feed = Feed(id=feed_id(URL), url=URL, scope=scope_of(URL), added_at=NOW)
    for article in raw_articles(document, feed, http=None, now=NOW):
        line = encode(article)
        if b"\n" in line or decode(line, RawArticle) != article:
            raise Broken("an article does not survive being written and read")
    if len(document.entries) <= _MOST_DECIDED:
        _brings_nothing_twice(document, feed)


def _brings_nothing_twice(document: Document, feed: Feed) -> None:
    state = FeedState(id=feed.id)
    first = decide_poll(feed, state, [], document, http=None, validators=Validators(), now=NOW)
    ids = [article.id for article in first.articles]
    if len(set(ids)) < len(ids):
        raise Broken("two articles of one document have one id")
    again = decide_poll(feed, first.state or state, [], document, http=None, validators=Validators(), now=NOW)
    if again.articles:
        raise Broken("a document seen twice brings something new")


@contextmanager
def _alarm() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise TooSlow(f"more than {HANG_SECONDS:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, HANG_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
