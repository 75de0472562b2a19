"""From the bytes of a feed to its Document: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, sitemaps and their indexes, JSON Feed.

A body is data: nothing in it is ever opened, called or loaded, whatever it reads like.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dateline.errors import CutOff, NotAFeed
from dateline.poller.bases import Bases
from dateline.poller.document import Document, Limits, ParsedEntry, about, dated
from dateline.poller.double_encoding import decoded_once, has_trace
from dateline.poller.draft import Draft, Surroundings
from dateline.poller.encoding import Decoded, hides_letters, to_utf8
from dateline.poller.entry import read_entry, read_person
from dateline.poller.hints import LISTS, TEXTS, read_hints
from dateline.poller.identity import is_absolute, without_secrets
from dateline.poller.json_feed import parse_json
from dateline.poller.names import XML_LANG, key
from dateline.poller.refusal import HTML, html_page, refuse
from dateline.poller.tree import Tree, markup_of, read_tree, sound_tree, text_of
from dateline.poller.wrapped import inner_feed

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element as Element

_DEFAULT_LIMITS = Limits()
_ROOTS = frozenset(("rss", "rdf:rdf", "feed", "channel", "urlset", "sitemapindex"))
_ENTRIES = frozenset(("item", "entry"))
_CONTAINERS = frozenset(("channel", "items"))
_RSS_VERSION = re.compile(r"\s*(\d(?:\.\d\d?)?)(?:\.\d)?\s*\Z")
_ATOM_03 = "{http://purl.org/atom/ns#}feed"
_FORMATS = {"rdf:rdf": "rdf", "urlset": "sitemap", "sitemapindex": "sitemap-index"}
_TAIL_BYTES = 1024


def parse_document(body: bytes, *, url: str, content_type: str | None = None, now: datetime, limits: Limits = _DEFAULT_LIMITS) -> Document:
    """What a feed says, entries in the order served.

    `url` is where the body came from (relative links start there), `content_type` the header as sent, `now` aware UTC and
    only tells which dates lie ahead. NotAFeed says what the body was instead.
    """
    found = _sound_feed(body, content_type)
    if found is None:
        decoded = to_utf8(body, content_type)
        start = decoded.body.lstrip()[:20]
        refuse(start, body)
        if start[:1] in (b"{", b"["):
            return parse_json(decoded, url=url, now=now, limits=limits)
        found = _feed_tree(decoded, start)
    decoded, tree, wrapped = found
    bases = Bases(url, named=b"xml:base" in decoded.body)
    head, items = _walk(tree.root, bases)
    whole = items
    cut_off = tree.repaired and _is_cut_off(decoded.body, tree.root)
    if cut_off:
        whole = items[:-1] if items and _is_open(decoded.body, items[-1]) else items
        if not whole:
            raise CutOff("the document is cut off before the end of its first entry")
    surroundings = _surroundings(tree.root, head, decoded.body, url, bases=bases, limits=limits)
    entries = _entries(whole[: limits.max_entries], surroundings, now)
    said = about(decoded_once(head.title) if head.title and surroundings.double_encoded else head.title, head.link, head.language, limits)
    doubts = {
        "encoding_guessed": decoded.guessed,
        "xml_repaired": tree.repaired,
        "html_wrapped": wrapped,
        "cut_off": cut_off,
        "truncated": said.truncated or len(whole) > limits.max_entries,
    }
    return Document(
        format=_format(tree.root),
        title=said.title,
        link=said.link,
        language=said.language,
        encoding=decoded.encoding,
        encoding_origin=decoded.origin,
        entries=entries,
        deleted=tuple(head.deleted[: limits.max_entries]),
        sitemaps=tuple(head.sitemaps[: limits.max_entries]),
        hints=read_hints(head.hints),
        flags=tuple(flag for flag, holds in doubts.items() if holds),
    )


def _entries(items: list[Element], surroundings: Surroundings, now: datetime) -> tuple[ParsedEntry, ...]:
    read = (read_entry(item, surroundings, position=position) for position, item in enumerate(items))
    return tuple(dated(entry, now=now, flags=flags) for entry, flags in read)


# ── the document around the entries ──────────────────────────────────────────────────────────────────────────────────


class _Head:
    """What the document says of itself."""

    def __init__(self) -> None:
        self.title: str | None = None
        self.link: str | None = None
        self.language: str | None = None
        self.authors: list[Element] = []
        self.deleted: list[str] = []
        self.sitemaps: list[str] = []
        self.hints: dict[str, str] = {}


class _Found(NamedTuple):
    decoded: Decoded
    tree: Tree
    wrapped: bool


def _sound_feed(body: bytes, content_type: str | None) -> _Found | None:
    """The tree of a feed that needs nothing done to it, as nine in ten; its bytes are looked at once, by the XML parser."""
    if not body.startswith(b"<") or hides_letters(body, content_type):
        return None
    tree = sound_tree(body)
    if tree is None or key(tree.root.tag) not in _ROOTS:
        return None
    return _Found(Decoded(body, "utf-8", "content"), tree, wrapped=False)


def _feed_tree(decoded: Decoded, start: bytes) -> _Found:
    """The tree whose root holds the feed: the document's, one within it, or one that an HTML page is wrapped around."""
    utf8 = decoded.body
    try:
        if start.lower().startswith(HTML):
            raise html_page(utf8)
        tree = read_tree(utf8)
        return _Found(decoded, tree._replace(root=_feed_root(tree.root, utf8)), wrapped=False)
    except NotAFeed:
        inner = inner_feed(utf8)
        if inner is None:
            raise
        root = _feed_root(read_tree(inner).root, inner)
        if not _walk(root, Bases("", named=False))[1]:
            raise
    return _Found(decoded, Tree(root, repaired=True), wrapped=True)


def _feed_root(root: Element, utf8: bytes) -> Element:
    """The element that holds the feed: the root, or what some wrapper holds."""
    name = key(root.tag)
    if name in _ROOTS:
        return root
    for element in root.iter("*"):
        if key(element.tag) in _ROOTS:
            return element
    if name in ("html", "xhtml:html"):
        raise html_page(utf8)
    if not name.isprintable() or "\N{REPLACEMENT CHARACTER}" in name:
        raise NotAFeed("the body is binary data")
    raise NotAFeed(f"the body is XML with the root <{name[:80]}>, which is no feed")


def _walk(root: Element, bases: Bases) -> tuple[_Head, list[Element]]:
    """The document's own words, and its items wherever they stand: in the channel, beside it, or in a list."""
    head = _Head()
    items: list[Element] = []
    containers = [root]
    while containers:
        container = containers.pop()
        head.language = head.language or container.get(XML_LANG)
        # Elsewhere an address says where the feed or its picture is.
        entries = _ENTRIES | {"url"} if key(container.tag) == "urlset" else _ENTRIES
        for child in container:
            name = key(child.tag) if isinstance(child.tag, str) else ""
            if name in entries:
                items.append(child)
            elif name in _CONTAINERS:
                containers.append(child)
            else:
                _read_head(head, child, name, bases)
    return head, items


def _read_head(head: _Head, element: Element, name: str, bases: Bases) -> None:
    match name:
        case "title" | "dc:title" if head.title is None:
            head.title = markup_of(element) or None
        case "language" | "dc:language":
            head.language = text_of(element) or head.language
        case "link" if head.link is None and element.get("rel") in (None, "alternate"):
            href = element.get("href") or text_of(element)
            head.link = bases.absolute(href, element) if href else None
        case "author":
            head.authors.append(element)
        case "at:deleted-entry" if element.get("ref"):
            head.deleted.append(element.get("ref", "").strip())
        case "sitemap":
            head.sitemaps.extend(bases.absolute(text_of(child), child) for child in element if key(str(child.tag)) == "loc")
        case _ if name in TEXTS:
            head.hints[name] = text_of(element)
        case _ if name in LISTS:
            head.hints[name] = " ".join(text_of(child) for child in element)


def _surroundings(root: Element, head: _Head, utf8: bytes, url: str, *, bases: Bases, limits: Limits) -> Surroundings:
    """What the entries have in common; only Atom hands the feed's authors on to them."""
    base = next((without_secrets(address) for address in (url, head.link or "") if is_absolute(address)), "")
    surroundings = Surroundings(bases.at(base), limits, double_encoded=has_trace(utf8), languages=b"xml:lang" in utf8)
    if not head.authors or key(root.tag) != "feed":
        return surroundings
    draft = Draft(surroundings)
    authors = (read_person(draft, element) for element in head.authors[: limits.max_list_items])
    return surroundings._replace(authors=tuple(author for author in authors if author is not None))


def _format(root: Element) -> str:
    name = key(root.tag)
    if name == "feed":
        return "atom-0.3" if root.tag == _ATOM_03 else "atom-1.0"
    if name in _FORMATS:
        return _FORMATS[name]
    version = _RSS_VERSION.match(root.get("version") or "")
    return f"rss-{version[1]}" if version else "rss"


# ── documents that end too early ─────────────────────────────────────────────────────────────────────────────────────


def _is_cut_off(body: bytes, root: Element) -> bool:
    """Whether the end of the document is missing, as far as its last bytes tell."""
    name = re.escape(str(root.tag).rpartition("}")[2].encode())
    return re.search(rb"</(?:[\w.-]+:)?" + name + rb"\s*>", body[-_TAIL_BYTES:]) is None


def _is_open(body: bytes, last: Element) -> bool:
    """Whether the last entry has a beginning and no end."""
    name = str(last.tag).rpartition("}")[2].encode()
    if last.prefix:
        name = last.prefix.encode() + b":" + name
    closed = body.rfind(b"</" + name)
    return re.search(b"<" + re.escape(name) + rb"[\s>]", body[max(closed, 0) :]) is not None
