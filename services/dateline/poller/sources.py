"""Documents from files and addresses for `dateline parse`: feeds, article pages and plain texts become raw articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import etree
from msgspec.structs import replace

from dateline.errors import NotAFeed
from dateline.events import Feed, Page, RawArticle
from dateline.poller.decide import raw_articles
from dateline.poller.document import SILENT_ENTRY, Document, Limits, ParsedEntry
from dateline.poller.encoding import to_utf8
from dateline.poller.identity import feed_id, scope_of
from dateline.poller.page_html import cut, is_html, page_text, without_ballast
from dateline.poller.read import read_document
from dateline.poller.rights import rights_of

if TYPE_CHECKING:
    from datetime import datetime

    from dateline.events import Http
    from dateline.poller.encoding import Decoded
    from dateline.poller.page_html import PageText

# A page's title stands at its top; on a whole page of attributes libxml2 takes time by their square.
_HEAD_BYTES = 64 << 10


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
    is_text = source.name.lower().endswith(".txt")
    document = _plain_text(body) if is_text else _feed_or_page(body, source, now=now, limits=limits)
    articles = raw_articles(document, _feed(source, now), http=source.http, now=now)
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


def _feed_or_page(body: bytes, source: Source, *, now: datetime, limits: Limits) -> Document:
    try:
        return read_document(body, url=source.url or source.name, content_type=source.content_type, now=now, limits=limits)
    except NotAFeed:
        if not is_html(to_utf8(body, source.content_type).body):
            raise
        return _page(body, source, now, most_characters=limits.max_page_characters)


def _page(body: bytes, source: Source, now: datetime, *, most_characters: int) -> Document:
    """An article page as a document of one entry whose text is still to be found in the page."""
    decoded = page_text(body, source.content_type)
    trimmed = without_ballast(decoded.text)
    html, truncated = cut(trimmed, most_characters)
    page = Page(
        url=source.url or source.name,
        html=html,
        content_type=source.content_type,
        fetched_at=now if source.http else None,
        truncated=truncated,
        rights=rights_of(trimmed),
    )
    return _document("page", decoded, title=_page_title(trimmed.encode()), link=source.url, page=page)


def _page_title(utf8: bytes) -> str | None:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    root = etree.fromstring(utf8[:_HEAD_BYTES], parser)
    title = root.find(".//title") if root is not None else None
    return " ".join("".join(map(str, title.itertext())).split()) or None if title is not None else None


def _plain_text(body: bytes) -> Document:
    """First line the headline, the rest as it stands: each of its lines is a paragraph, and offsets into the file hold."""
    decoded = to_utf8(body)
    text = decoded.body.decode("utf-8", "replace").strip()
    if not text:
        raise NotAFeed("the text is empty")
    headline = text.splitlines()[0]
    return _document("text", decoded, title=headline.rstrip(), content=text[len(headline.rstrip()) :] or None)


def _document(
    kind: str,
    decoded: Decoded | PageText,
    *,
    title: str | None,
    link: str | None = None,
    content: str | None = None,
    page: Page | None = None,
) -> Document:
    entry = replace(SILENT_ENTRY, link=link, title=title, content=content)
    parsed = ParsedEntry(entry=entry, published_at=None, published_precision=None, updated_at=None, page=page)
    return Document(
        format=kind, title=None, link=None, language=None, encoding=decoded.encoding, encoding_origin=decoded.origin, entries=(parsed,)
    )


def _feed(source: Source, now: datetime) -> Feed:
    """The feed that the body stands for: a file without an address is a scope of its own."""
    address = source.url or source.name
    return Feed(
        id=feed_id(address),
        url=address,
        scope=scope_of(address) if source.url else source.name,
        added_at=now,
    )
