"""The documents a newsroom serves: RSS 2.0, Atom 1.0, HTML and OPML, each a function of its entries."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dateline.demo.stories import Entry, Feed

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
XML = "http://www.w3.org/XML/1998/namespace"

_OPENING_QUOTE = re.compile(r'(^|(?<=[\s(]))"')
_NUMBER_AND_WORD = re.compile(r"(?<=\d) (?=\w)")


def feed_document(feed: Feed, entries: Sequence[Entry], *, root: str, started_at: datetime) -> bytes:
    """The feed as UTF-8 XML; `root` is the publisher's `http://address:port`, `started_at` the aware UTC time of second 0."""
    match feed.format:
        case "rss":
            tree = _rss(feed, entries, root, started_at)
        case "atom":
            tree = _atom(feed, entries, root, started_at)
    return etree.tostring(tree, encoding="utf-8", xml_declaration=True)


def changed_at(entries: Sequence[Entry], started_at: datetime) -> datetime:
    """When a document of these entries last changed: never before the newsroom's start."""
    return _at(started_at, max((entry.updated_seconds for entry in entries), default=0.0))


def _at(started_at: datetime, seconds: float) -> datetime:
    return (started_at + timedelta(seconds=seconds)).astimezone(UTC)


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def _element(tag: str, *content: str | etree._Element, **attributes: str) -> etree._Element:
    return _filled(etree.Element(tag, attributes), content)


def _atom_element(tag: str, *content: str | etree._Element, **attributes: str) -> etree._Element:
    # lxml-stubs knows no default namespace.
    element = etree.Element(f"{{{ATOM}}}{tag}", attributes, nsmap={None: ATOM})  # type: ignore[dict-item]
    return _filled(element, content)


def _filled(element: etree._Element, content: Iterable[str | etree._Element]) -> etree._Element:
    for part in content:
        if isinstance(part, str):
            element.text = part
        else:
            element.append(part)
    return element


def _rss(feed: Feed, entries: Sequence[Entry], root: str, started_at: datetime) -> etree._Element:
    tree = etree.Element("rss", {"version": "2.0"}, nsmap={"atom": ATOM, "content": CONTENT, "dc": DUBLIN_CORE})
    own = etree.Element(f"{{{ATOM}}}link", {"rel": "self", "type": "application/rss+xml", "href": root + feed.path})
    tree.append(
        _element(
            "channel",
            _element("title", feed.title),
            _element("link", f"{root}/"),
            own,
            _element("description", f"News from {feed.publisher}"),
            _element("language", feed.language),
            _element("lastBuildDate", _rfc822(changed_at(entries, started_at))),
            *(_rss_item(entry, root, started_at) for entry in entries),
        ),
    )
    return tree


def _rss_item(entry: Entry, root: str, started_at: datetime) -> etree._Element:
    item = _element(
        "item",
        _element("title", entry.headline),
        _element("link", root + entry.path),
        _element("guid", entry.guid, isPermaLink="false"),
        _element("pubDate", _rfc822(_at(started_at, entry.published_seconds))),
    )
    if entry.author:
        etree.SubElement(item, f"{{{DUBLIN_CORE}}}creator").text = entry.author
    match entry.feed.text:
        case "content":
            item.append(_element("description", entry.summary))
            etree.SubElement(item, f"{{{CONTENT}}}encoded").text = etree.CDATA(markup(entry))
        case "description":
            item.append(_element("description", markup(entry)))
        case "page":
            item.append(_element("description", entry.summary))
    return item


def _atom(feed: Feed, entries: Sequence[Entry], root: str, started_at: datetime) -> etree._Element:
    tree = _atom_element(
        "feed",
        _atom_element("id", f"tag:{feed.domain},2025:{feed.path}"),
        _atom_element("title", feed.title),
        _atom_element("updated", changed_at(entries, started_at).isoformat(timespec="seconds")),
        _atom_element("author", _atom_element("name", feed.publisher)),
        _atom_element("link", rel="alternate", type="text/html", href=f"{root}/"),
        _atom_element("link", rel="self", type="application/atom+xml", href=root + feed.path),
        *(_atom_entry(entry, root, started_at) for entry in entries),
    )
    tree.set(f"{{{XML}}}lang", feed.language)
    return tree


def _atom_entry(entry: Entry, root: str, started_at: datetime) -> etree._Element:
    authors = [_atom_element("author", _atom_element("name", entry.author))] if entry.author else []
    return _atom_element(
        "entry",
        _atom_element("id", entry.guid),
        _atom_element("title", entry.headline),
        _atom_element("link", rel="alternate", type="text/html", href=root + entry.path),
        _atom_element("published", _at(started_at, entry.published_seconds).isoformat(timespec="seconds")),
        _atom_element("updated", _at(started_at, entry.updated_seconds).isoformat(timespec="seconds")),
        *authors,
        _atom_element("summary", entry.summary),
        _atom_element("content", markup(entry), type="html"),
    )


def markup(entry: Entry) -> str:
    """The entry's paragraphs as HTML: the same words whatever the entry's markup, but not the same characters."""
    match entry.markup:
        case "plain":
            return _html(_paragraphs(entry.paragraphs))
        case "curly":
            return _html(_paragraphs(curly(paragraph) for paragraph in entry.paragraphs))
        case "entities":
            spaced = (_NUMBER_AND_WORD.sub("\u00a0", paragraph) for paragraph in entry.paragraphs)
            return _with_entities(_html(_paragraphs(spaced)))
        case "breaks":
            return _html([_with_breaks(entry.paragraphs)])


def curly(text: str) -> str:
    """The text with typographic quotation marks and apostrophes."""
    return _OPENING_QUOTE.sub("\u201c", text).replace('"', "\u201d").replace("'", "\u2019")


def _paragraphs(texts: Iterable[str]) -> list[etree._Element]:
    return [_element("p", text) for text in texts]


def _with_breaks(texts: Sequence[str]) -> etree._Element:
    block = _element("div", texts[0])
    for text in texts[1:]:
        etree.SubElement(block, "br")
        etree.SubElement(block, "br").tail = text
    return block


def _html(elements: Iterable[etree._Element]) -> str:
    return "\n".join(etree.tostring(element, method="html", encoding="unicode") for element in elements)


def _with_entities(html: str) -> str:
    return html.replace("\u00a0", "&nbsp;").encode("ascii", "xmlcharrefreplace").decode("ascii")


def article_page(entry: Entry, *, root: str, started_at: datetime) -> bytes:
    """The article's own page, as UTF-8 HTML."""
    published_at = _at(started_at, entry.published_seconds)
    return _page(
        entry.feed.language,
        entry.headline,
        [_element("link", rel="canonical", href=root + entry.path)],
        [
            _element("header", _element("a", entry.feed.publisher, href=f"{root}/")),
            _element(
                "article",
                _element("h1", entry.headline),
                *([_element("address", entry.author, rel="author")] if entry.author else []),
                _element("time", _rfc822(published_at), datetime=published_at.isoformat(timespec="seconds")),
                *_paragraphs(entry.paragraphs),
            ),
        ],
    )


def home_page(feeds: Sequence[Feed], *, root: str) -> bytes:
    """A publisher's front page, naming its feeds; `feeds` are its own and not empty."""
    publisher = feeds[0].publisher
    links = [
        _element("link", rel="alternate", type=f"application/{feed.format}+xml", title=feed.title, href=root + feed.path) for feed in feeds
    ]
    listed = _element("ul", *(_element("li", _element("a", feed.title, href=root + feed.path)) for feed in feeds))
    return _page(feeds[0].language, publisher, links, [_element("h1", publisher), listed])


def _page(language: str, title: str, links: Sequence[etree._Element], content: Sequence[etree._Element]) -> bytes:
    head = _element("head", _element("meta", charset="utf-8"), _element("title", title), *links)
    tree = _element("html", head, _element("body", *content), lang=language)
    return etree.tostring(tree, method="html", encoding="utf-8", doctype="<!DOCTYPE html>")


def opml(feeds: Iterable[tuple[Feed, str]], *, title: str) -> str:
    """The feeds with their URLs as OPML 2.0, a folder per publisher's language."""
    folders: dict[str, etree._Element] = {}
    for feed, url in feeds:
        folder = folders.setdefault(feed.language, _element("outline", text=feed.language, title=feed.language))
        folder.append(_element("outline", type="rss", text=feed.title, title=feed.title, xmlUrl=url, language=feed.language))
    tree = _element("opml", _element("head", _element("title", title)), _element("body", *folders.values()), version="2.0")
    return etree.tostring(tree, encoding="utf-8", xml_declaration=True, pretty_print=True).decode()
