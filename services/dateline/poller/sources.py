"""Documents from files and addresses for `dateline parse`: feeds, article pages and plain texts become raw articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import etree
from msgspec.structs import replace

from dateline.errors import NotAFeed
from dateline.events import Entry, Feed, Page, PageRights, RawArticle
from dateline.log.port import RECORD_BYTES
from dateline.poller.decide import raw_articles
from dateline.poller.document import Document, Limits, ParsedEntry
from dateline.poller.encoding import to_utf8
from dateline.poller.identity import feed_id, scope_of
from dateline.poller.read import read_document
from dateline.poller.record import within_record

if TYPE_CHECKING:
    from datetime import datetime

    from dateline.events import Http
    from dateline.poller.encoding import Decoded

_HTML_STARTS = (b"<!doctype html", b"<html")
# A page's title stands at its top; on a whole page of attributes libxml2 takes time by their square.
_HEAD_BYTES = 64 << 10
# A page is cut so that it fits a record beside the rest of the article, JSON escapes included.
_PAGE_CHARACTERS = RECORD_BYTES // 2


class Source(NamedTuple):
    """Where a body came from. `name` is the argument as given, `url` its address where there is one."""

    name: str
    url: str | None
    content_type: str | None = None
    http: Http | None = None


class Found(NamedTuple):
    """What a body held, and its line for `--summary`."""

    articles: list[RawArticle]
    summary: dict[str, Any]


def read_source(body: bytes, source: Source, *, now: datetime, limits: Limits) -> Found:
    """Raw articles of a feed, an article page or (from a file named *.txt) a plain text; NotAFeed says what else it was."""
    if source.name.lower().endswith(".txt"):
        document, page = _plain_text(body), None
    else:
        document, page = _feed_or_page(body, source, now=now, limits=limits)
    articles = raw_articles(document, _feed(source, now), http=source.http, now=now)
    if page is not None:
        articles = [_with_page(article, page) for article in articles]
    return Found(articles, summary_line(source, document))


def summary_line(source: Source, document: Document | None, error: str | None = None) -> dict[str, Any]:
    """The line of `parse --summary`; without a document, the reason."""
    return {
        "source": source.name,
        "format": document.format if document else None,
        "title": document.title if document else None,
        "language": document.language if document else None,
        "encoding": document.encoding if document else None,
        "encoding_origin": document.encoding_origin if document else None,
        "entries": len(document.entries) if document else 0,
        "flags": list(document.flags) if document else [],
        "error": error,
    }


def _feed_or_page(body: bytes, source: Source, *, now: datetime, limits: Limits) -> tuple[Document, Page | None]:
    try:
        return read_document(body, url=source.url or source.name, content_type=source.content_type, now=now, limits=limits), None
    except NotAFeed:
        decoded = to_utf8(body, source.content_type)
        if not decoded.body.lstrip()[:20].lower().startswith(_HTML_STARTS):
            raise
        return _page(decoded, source, now)


def _page(decoded: Decoded, source: Source, now: datetime) -> tuple[Document, Page]:
    """An article page as a document of one entry whose text is still to be found in the page."""
    html = decoded.body.decode("utf-8", "replace")
    page = Page(
        url=source.url or source.name,
        html=html[:_PAGE_CHARACTERS],
        content_type=source.content_type,
        fetched_at=now if source.http else None,
        truncated=len(html) > _PAGE_CHARACTERS,
        rights=PageRights(robots=None, tdm_reserved=None, is_accessible_for_free=None),
    )
    return _document("page", decoded, title=_page_title(decoded.body), link=source.url, content=None), page


def _page_title(utf8: bytes) -> str | None:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    root = etree.fromstring(utf8[:_HEAD_BYTES], parser)
    title = root.find(".//title") if root is not None else None
    return " ".join("".join(map(str, title.itertext())).split()) or None if title is not None else None


def _plain_text(body: bytes) -> Document:
    """First line the headline, every other line a paragraph."""
    decoded = to_utf8(body)
    lines = [line.strip() for line in decoded.body.decode("utf-8", "replace").splitlines()]
    paragraphs = [line for line in lines if line]
    if not paragraphs:
        raise NotAFeed("the text is empty")
    return _document("text", decoded, title=paragraphs[0], link=None, content="\n\n".join(paragraphs[1:]) or None)


def _document(kind: str, decoded: Decoded, *, title: str | None, link: str | None, content: str | None) -> Document:
    entry = Entry(
        guid=None,
        guid_is_permalink=None,
        link=link,
        title=title,
        summary=None,
        content=content,
        authors=[],
        categories=[],
        rights=None,
        language=None,
        source=None,
        enclosures=[],
        media=[],
        links=[],
        published_raw=None,
        updated_raw=None,
        position=0,
        extensions={},
    )
    parsed = ParsedEntry(entry=entry, published_at=None, published_precision=None, updated_at=None)
    return Document(
        format=kind, title=None, link=None, language=None, encoding=decoded.encoding, encoding_origin=decoded.origin, entries=(parsed,)
    )


def _with_page(article: RawArticle, page: Page) -> RawArticle:
    flags = [*article.flags, "truncated"] if page.truncated and "truncated" not in article.flags else article.flags
    return within_record(replace(article, page=page, flags=flags))


def _feed(source: Source, now: datetime) -> Feed:
    """The feed that the body stands for: a file without an address is a scope of its own."""
    address = source.url or source.name
    return Feed(
        id=feed_id(address),
        url=address,
        scope=scope_of(address) if source.url else source.name,
        added_at=now,
    )
