"""From the bytes of a feed to its Document: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed.

A body is data: nothing in it is ever opened, called or loaded, whatever it reads like.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dateline.errors import NotAFeed
from dateline.poller.document import Document, Limits, ParsedEntry, dated
from dateline.poller.encoding import Decoded, to_utf8
from dateline.poller.entry import absolute, read_entry
from dateline.poller.json_feed import parse_json
from dateline.poller.tree import XML_LANG, Tree, elements, key, markup_of, read_tree, text_of

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element as Element

_DEFAULT_LIMITS = Limits()
_ROOTS = frozenset(("rss", "rdf:rdf", "feed", "channel"))
_ENTRIES = frozenset(("item", "entry"))
_CONTAINERS = frozenset(("channel", "items"))
_RSS_VERSION = re.compile(r"\s*(\d(?:\.\d\d?)?)(?:\.\d)?\s*\Z")
_ATOM_03 = "{http://purl.org/atom/ns#}feed"
_HTML = (b"<!doctype html", b"<html")
_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\x28\xb5\x2f\xfd")
_TAIL_BYTES = 1024


def parse_document(body: bytes, *, url: str, content_type: str | None = None, now: datetime, limits: Limits = _DEFAULT_LIMITS) -> Document:
    """What a feed says, entries in the order served.

    `url` is where the body came from (relative links start there), `content_type` the header as sent, `now` aware UTC and
    only tells which dates lie ahead. NotAFeed says what the body was instead.
    """
    decoded = to_utf8(body, content_type)
    start = decoded.body.lstrip()[:20]
    _refuse(start, body)
    if start[:1] in (b"{", b"["):
        return parse_json(decoded, url=url, now=now, limits=limits)
    tree = read_tree(decoded.body)
    root = _feed_root(tree.root)
    head, items = _walk(root, url)
    base = url if is_absolute(url) else head.link or ""
    return Document(
        format=_format(root),
        title=head.title,
        link=head.link,
        language=head.language,
        encoding=decoded.encoding,
        entries=_entries(items[: limits.max_entries], base, now, limits),
        flags=_flags(decoded, tree, too_many=len(items) > limits.max_entries),
    )


class _Head:
    """What the document says of itself."""

    def __init__(self) -> None:
        self.title: str | None = None
        self.link: str | None = None
        self.language: str | None = None


def _entries(items: list[Element], base: str, now: datetime, limits: Limits) -> tuple[ParsedEntry, ...]:
    read = (read_entry(item, position=position, base=base, limits=limits) for position, item in enumerate(items))
    return tuple(dated(entry, now=now, flags=flags) for entry, flags in read)


def _flags(decoded: Decoded, tree: Tree, *, too_many: bool) -> tuple[str, ...]:
    cut_off = tree.repaired and _is_cut_off(decoded.body, tree.root)
    doubts = {"encoding_guessed": decoded.guessed, "xml_repaired": tree.repaired, "cut_off": cut_off, "truncated": too_many}
    return tuple(flag for flag, holds in doubts.items() if holds)


def is_absolute(url: str) -> bool:
    """Whether an address names a scheme and a host, as a file's path does not."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)


def _refuse(start: bytes, body: bytes) -> None:
    """NotAFeed for what shows in its first bytes."""
    if not start:
        raise NotAFeed("the body is empty")
    if body.startswith(_COMPRESSED):
        raise NotAFeed("the body is compressed data")
    if start.lower().startswith(_HTML):
        raise NotAFeed("the body is an HTML page")
    if start[:1] not in (b"<", b"{", b"[") and b"<" not in body:
        raise NotAFeed("the body is plain text")


def _feed_root(root: Element) -> Element:
    """The element that holds the feed: the root, or what some wrapper holds."""
    name = key(root.tag)
    if name in _ROOTS:
        return root
    if name in ("html", "xhtml:html"):
        raise NotAFeed("the body is an HTML page")
    for element in root.iter("*"):
        if key(element.tag) in _ROOTS:
            return element
    if not name.isprintable() or "\N{REPLACEMENT CHARACTER}" in name:
        raise NotAFeed("the body is binary data")
    raise NotAFeed(f"the body is XML with the root <{name[:80]}>, which is no feed")


def _walk(root: Element, url: str) -> tuple[_Head, list[Element]]:
    """The document's own words, and its items wherever they stand: in the channel, beside it, or in a list."""
    head = _Head()
    items: list[Element] = []
    containers = [root]
    while containers:
        container = containers.pop()
        head.language = head.language or container.get(XML_LANG)
        for child in elements(container):
            name = key(child.tag)
            if name in _ENTRIES:
                items.append(child)
            elif name in _CONTAINERS:
                containers.append(child)
            else:
                _read_head(head, child, name, url)
    return head, items


def _read_head(head: _Head, element: Element, name: str, url: str) -> None:
    match name:
        case "title" | "dc:title" if head.title is None:
            head.title = markup_of(element) or None
        case "language" | "dc:language":
            head.language = text_of(element) or head.language
        case "link" if head.link is None and element.get("rel") in (None, "alternate"):
            href = element.get("href") or text_of(element)
            head.link = absolute(href, element, url) if href else None


def _format(root: Element) -> str:
    match key(root.tag):
        case "feed":
            return "atom-0.3" if root.tag == _ATOM_03 else "atom-1.0"
        case "rdf:rdf":
            return "rdf"
        case _:
            version = _RSS_VERSION.match(root.get("version") or "")
            return f"rss-{version[1]}" if version else "rss"


def _is_cut_off(body: bytes, root: Element) -> bool:
    """Whether the end of the document is missing, as far as its last bytes tell."""
    name = str(root.tag).rpartition("}")[2].encode()
    return re.search(rb"</(?:[\w.-]+:)?" + re.escape(name) + rb"\s*>", body[-_TAIL_BYTES:]) is None
