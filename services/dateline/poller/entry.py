"""One RSS item, Atom entry or sitemap URL, from its element to an Entry as served."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dateline.events import Author, Category, Enclosure, Entry, EntrySource, Link
from dateline.poller import sitemap
from dateline.poller.draft import Draft, Surroundings
from dateline.poller.extensions import read_extension
from dateline.poller.media import MEDIA, read_media, shared
from dateline.poller.names import XML_LANG, key
from dateline.poller.people import person
from dateline.poller.tree import markup_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    Reader = Callable[[Draft, Element], None]

_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

# What each text is called, in the order in which the names are believed.
_WITH_MARKUP = {
    "title": ("title", "dc:title", "media:title"),
    "summary": ("description", "summary", "dc:description", "itunes:summary"),
    "content": ("content:encoded", "content", "xhtml:body", "fulltext"),
    "rights": ("rights", "dc:rights", "copyright"),
}
_SIMPLE = {
    "guid": ("guid", "id"),
    "identifier": ("dc:identifier",),
    "published": ("pubdate", "published", "issued", "dcterms:issued", "dcterms:created", "created", "dc:date", "date"),
    "updated": ("updated", "modified", "dcterms:modified", "lastmod"),
    "language": ("dc:language", "language"),
}
_NO_RANK = 1000
_WEB = ("http://", "https://")


def read_entry(element: Element, surroundings: Surroundings, *, position: int) -> tuple[Entry, tuple[str, ...]]:
    """The entry as served and what was repaired in it."""
    draft = Draft(surroundings)
    for child in element:
        reader = _READERS[child.tag]
        if reader is not None:
            reader(draft, child)
    return _finished(draft, element, position), tuple(draft.flags)


# ── the whole entry, once all of it has been read ────────────────────────────────────────────────────────────────────


def _finished(draft: Draft, element: Element, position: int) -> Entry:
    texts = draft.texts
    guid = texts.get("guid") or element.get(_RDF_ABOUT) or texts.get("identifier") or None
    if guid is not None and texts.get("identifier", guid) != guid:
        draft.extensions["dc:identifier"] = texts["identifier"]
    if draft.credit is not None or draft.description is not None:
        shared(draft)
    return Entry(
        guid=guid,
        guid_is_permalink=draft.permalink if guid else None,
        link=_main_link(draft, guid),
        title=texts.get("title"),
        summary=texts.get("summary") or draft.description,
        content=texts.get("content"),
        authors=draft.authors or _inherited_authors(draft),
        categories=draft.categories,
        rights=texts.get("rights"),
        language=(element.get(XML_LANG) if draft.languages else None) or texts.get("language") or draft.language,
        source=draft.source,
        enclosures=draft.enclosures,
        media=draft.media,
        links=draft.links,
        published_raw=texts.get("published"),
        updated_raw=texts.get("updated"),
        position=position,
        extensions=draft.extensions,
    )


def _inherited_authors(draft: Draft) -> list[Author]:
    """ITunes' author, else those of the feed that the entry was taken from or stands in (RFC 4287 §4.2.1)."""
    return list(draft.source_authors) if draft.itunes_author is None else [draft.itunes_author]


def _main_link(draft: Draft, guid: str | None) -> str | None:
    """The first alternate link and it leaves the further ones; else a guid that is a web address and not declared otherwise."""
    if draft.link is not None:
        return draft.link
    links = draft.links
    web = [link for link in links if link.rel in (None, "alternate") and _is_web(link.href)]
    html = [link for link in web if link.type in (None, "text/html", "application/xhtml+xml")]
    for link in html or web:
        links.remove(link)
        return link.href
    if guid and draft.permalink is not False and guid.startswith(_WEB):
        return guid
    return None


def _is_web(href: str) -> bool:
    """Whether an address can be opened as a page: http, https, or relative where no base is known."""
    if href.startswith(_WEB):
        return True
    try:
        return urlsplit(href).scheme in ("", "http", "https")
    except ValueError:
        return False


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _markup_reader(field: str, rank: int) -> Reader:
    """Reads a text that may hold markup; the best-believed name that says anything holds, and of one name the first."""
    names_people = field == "rights"

    def read(draft: Draft, element: Element) -> None:
        if draft.ranks.get(field, _NO_RANK) > rank:
            text = markup_of(element)
            if names_people:
                text = draft.cleared(text)
            if text:
                draft.ranks[field] = rank
                draft.texts[field] = draft.long(text)
                if draft.languages and draft.language is None:
                    draft.language = element.get(XML_LANG)

    return read


def _simple_reader(field: str, rank: int) -> Reader:
    """Reads a text without markup, by the same rule."""

    def read(draft: Draft, element: Element) -> None:
        if draft.ranks.get(field, _NO_RANK) > rank:
            text = text_of(element)
            if text:
                draft.ranks[field] = rank
                draft.texts[field] = draft.scalar(text)

    return read


_read_guid_text = _simple_reader("guid", 0)
_read_content_text = _markup_reader("content", _WITH_MARKUP["content"].index("content"))


def _read_guid(draft: Draft, element: Element) -> None:
    declared = element.get("isPermaLink")
    if declared is not None:
        draft.permalink = declared.strip().lower() != "false"
    _read_guid_text(draft, element)


def _read_content(draft: Draft, element: Element) -> None:
    source = element.get("src")
    if source:
        draft.add(draft.links, Link(rel="content", href=draft.absolute(source, element), type=element.get("type")))
        return
    if element.get("mode") == "base64":
        _unpack(element)
    _read_content_text(draft, element)


def _unpack(element: Element) -> None:
    """Replace Atom 0.3's base64 by the text it stands for, where it is text; other data is left as it is."""
    try:
        text = base64.b64decode(text_of(element), validate=False).decode()
        element.text = text
    except (binascii.Error, ValueError):
        return


# ── links ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _read_link(draft: Draft, element: Element) -> None:
    if not element.attrib:
        _read_plain_link(draft, element)
        return
    href, rel, kind = element.get("href") or text_of(element), element.get("rel"), element.get("type")
    if not href or not draft.may_link(href):
        return
    address = draft.absolute(href, element)
    if rel == "enclosure":
        draft.add(draft.enclosures, Enclosure(url=address, type=kind, length=_number(element.get("length"))))
    else:
        draft.add(draft.links, Link(rel=rel, href=address, type=kind))


def _read_plain_link(draft: Draft, element: Element) -> None:
    """RSS's link, which is the main one unless another came before."""
    href = text_of(element)
    if not href or not draft.may_link(href):
        return
    address = draft.scalar(href) if href.startswith(_WEB) and href.isprintable() else draft.absolute(href, element)
    if draft.link is None and not draft.links and address.startswith(_WEB):
        draft.link = address
    else:
        draft.add(draft.links, Link(rel=None, href=address, type=None))


def _read_comments(draft: Draft, element: Element) -> None:
    text = text_of(element)
    if draft.may_link(text):
        draft.add(draft.links, Link(rel="replies", href=draft.absolute(text, element), type=None))


def _read_enclosure(draft: Draft, element: Element) -> None:
    url = element.get("url") or element.get("href")
    if url and draft.may_link(url):
        enclosure = Enclosure(url=draft.absolute(url, element), type=element.get("type"), length=_number(element.get("length")))
        draft.add(draft.enclosures, enclosure)


def _number(text: str | None) -> int | None:
    """A size in bytes; null where it is no number that fits a message."""
    digits = text.strip() if text else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None  # noqa: PLR2004 - 64 bits


# ── people, categories, sources ──────────────────────────────────────────────────────────────────────────────────────


def read_person(draft: Draft, element: Element) -> Author | None:
    """An author as RSS writes one, a text, or as Atom does, with name and address in elements of their own."""
    keep = draft.limits.keep_email_addresses
    if not len(element):
        return person(draft.scalar(text_of(element)), keep_addresses=keep)
    parts = {key(child.tag): text_of(child) for child in element if isinstance(child.tag, str)}
    name = draft.scalar(parts.get("name") or "")
    if keep and parts.get("email"):
        name = f"{name} <{parts['email']}>".strip()
    uri = parts.get("uri") or parts.get("url")
    return person(name, draft.absolute(uri, element) if uri and draft.may_link(uri) else None, keep_addresses=keep)


def _read_author(draft: Draft, element: Element) -> None:
    author = read_person(draft, element)
    if author is not None:
        draft.add(draft.authors, author)


def _read_itunes_author(draft: Draft, element: Element) -> None:
    draft.itunes_author = draft.itunes_author or read_person(draft, element)


def _read_category(draft: Draft, element: Element) -> None:
    if not element.attrib:
        term, scheme, label = text_of(element), None, None
    else:
        term, label = (element.get("term") or text_of(element)).strip(), element.get("label")
        scheme = element.get("scheme") or element.get("domain")
    term = draft.cleared(draft.scalar(term))
    if term:
        label = None if label is None else draft.cleared(draft.scalar(label))
        draft.add(draft.categories, Category(term=term, scheme=scheme, label=label))


def _read_source(draft: Draft, element: Element) -> None:
    title, url = text_of(element) or None, element.get("url")
    if len(element):
        title, url = _atom_source(draft, element)
    elif url is None and title is not None and title.startswith(_WEB):
        title, url = None, title
    title = draft.cleared(draft.scalar(title)) if title else None
    url = draft.absolute(url, element) if url and draft.may_link(url) else None
    if draft.source is None and (title or url):
        draft.source = EntrySource(title=title or None, url=url)


def _atom_source(draft: Draft, element: Element) -> tuple[str | None, str | None]:
    """Title and address of the source: the feed's own address before its home page before its id. Its authors are the entry's."""
    title = own = home = identifier = None
    authors: list[Author | None] = []
    for child in element:
        match key(child.tag) if isinstance(child.tag, str) else None:
            case "title":
                title = markup_of(child)
            case "link" if child.get("rel") == "self":
                own = child.get("href")
            case "link":
                home = home or child.get("href") or text_of(child)
            case "id":
                identifier = text_of(child)
            case "author" if len(authors) < draft.limits.max_list_items:
                authors.append(read_person(draft, child))
    draft.source_authors = tuple(author for author in authors if author is not None) or draft.source_authors
    if identifier is not None and not identifier.startswith(_WEB):
        identifier = None
    return title or None, own or home or identifier


# ── which element is read how ────────────────────────────────────────────────────────────────────────────────────────


class _Readers(dict[str, "Reader | None"]):
    """Tag as lxml gives it → what reads it; found once per spelling of a name we know, and each time for others."""

    def __missing__(self, tag: str) -> Reader | None:
        if not isinstance(tag, str):
            return None  # an entity, which is nothing to read
        name = key(tag)
        reader = _BY_NAME.get(name)
        if reader is None:
            return read_extension
        if len(self) < _MOST_SPELLINGS:
            self[tag] = reader
        return reader


_MOST_SPELLINGS = 1000
_BY_NAME: dict[str, Reader] = {
    **{name: _markup_reader(field, rank) for field, names in _WITH_MARKUP.items() for rank, name in enumerate(names)},
    **{name: _simple_reader(field, rank) for field, names in _SIMPLE.items() for rank, name in enumerate(names)},
    "link": _read_link,
    "loc": _read_link,
    "xhtml:link": _read_link,
    "comments": _read_comments,
    "guid": _read_guid,
    "content": _read_content,
    "author": _read_author,
    "dc:creator": _read_author,
    "itunes:author": _read_itunes_author,
    "category": _read_category,
    "dc:subject": _read_category,
    "enclosure": _read_enclosure,
    "source": _read_source,
    "dc:source": _read_source,
    **dict.fromkeys(MEDIA, read_media),
    "news:news": sitemap.read_news,
    "image:image": sitemap.read_image,
}
_READERS = _Readers()
