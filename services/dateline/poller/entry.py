"""One RSS item or Atom entry, from its element to an Entry as served."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from dateline.events import Author, Category, Enclosure, Entry, EntrySource, Link, Media
from dateline.poller.tree import XML_LANG, elements, key, markup_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    from dateline.poller.document import Limits

_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

# What a field is called, in the order in which the names are believed.
_TITLES = ("title", "dc:title", "media:title")
_SUMMARIES = ("description", "summary", "dc:description", "itunes:summary")
_CONTENTS = ("content:encoded", "content", "xhtml:body", "fulltext")
_GUIDS = ("guid", "id", "dc:identifier")
_RIGHTS = ("rights", "dc:rights", "copyright")
_PUBLISHED = ("pubdate", "published", "issued", "dcterms:issued", "dcterms:created", "created", "dc:date", "date")
_UPDATED = ("updated", "modified", "dcterms:modified")
_LANGUAGES = ("dc:language", "language")
_WITH_MARKUP = frozenset((*_TITLES, *_SUMMARIES, *_CONTENTS, *_RIGHTS))
_SIMPLE = frozenset((*_GUIDS, *_PUBLISHED, *_UPDATED, *_LANGUAGES))

# An honest element has a dozen; lxml looks each one up from the first on.
_MOST_ATTRIBUTES = 64
# More names for elements of its own than any honest entry has.
_MOST_EXTENSIONS = 100
_ADDRESS = re.compile(r"(?:mailto:)?[^\s<>()\[\],;:]{1,64}@[^\s<>()\[\],;:]{1,255}")
_BRACKETS = re.compile(r"[<(\[]\s*[>)\]]")
_WHOLE_BRACKETS = re.compile(r"\(([^()]*)\)\Z")
_BLANK = re.compile(r"[\t\r\n]+")
_LONGEST_NAME = 1000


class Draft:
    """What has been read of one entry so far. `base` is the address that relative links start from."""

    __slots__ = (
        "authors",
        "base",
        "categories",
        "credit",
        "enclosures",
        "extensions",
        "flags",
        "itunes_author",
        "limits",
        "links",
        "media",
        "permalink",
        "source",
        "texts",
    )

    def __init__(self, base: str, limits: Limits) -> None:
        self.base = base
        self.limits = limits
        self.texts: dict[str, str] = {}
        self.permalink: bool | None = None
        self.authors: list[Author] = []
        self.itunes_author: Author | None = None
        self.categories: list[Category] = []
        self.links: list[Link] = []
        self.enclosures: list[Enclosure] = []
        self.media: list[Media] = []
        self.credit: str | None = None
        self.source: EntrySource | None = None
        self.extensions: dict[str, Any] = {}
        self.flags: list[str] = []

    def cut(self, text: str, most: int) -> str:
        """The text within its limit, flagged when it was longer."""
        if len(text) <= most:
            return text
        if "truncated" not in self.flags:
            self.flags.append("truncated")
        return text[:most]

    def keep(self, name: str, text: str, most: int) -> None:
        """Remember a field, unless it was given before: the first that says anything holds."""
        if text and name not in self.texts:
            self.texts[name] = self.cut(text, most)

    def first(self, names: tuple[str, ...]) -> str | None:
        """The first of these fields that says anything."""
        for name in names:
            if name in self.texts:
                return self.texts[name]
        return None


def read_entry(element: Element, *, position: int, base: str, limits: Limits) -> tuple[Entry, tuple[str, ...]]:
    """The entry as served and what was repaired in it. `base` is an absolute address, or empty where none is known."""
    draft = Draft(base, limits)
    for child in elements(element):
        name = key(child.tag)
        reader = _READERS.get(name)
        if reader is not None:
            reader(draft, child)
        elif name in _WITH_MARKUP:
            draft.keep(name, markup_of(child), limits.text_characters)
        elif name in _SIMPLE:
            draft.keep(name, text_of(child), limits.scalar_characters)
        elif name.startswith("media:"):
            _read_media(draft, child, name)
        else:
            _read_extension(draft, child, name)
    return _finished(draft, element, position), tuple(draft.flags)


def absolute(href: str, element: Element, base: str) -> str:
    """An address made absolute by xml:base and then by `base`; as it stands where that cannot be done."""
    href = _BLANK.sub("", href.strip())
    if href.startswith(("http://", "https://")):
        return href
    try:
        return urljoin(urljoin(base, element.base or ""), href)
    except ValueError:
        return href


def person(name: str, uri: str | None = None, *, keep_addresses: bool) -> Author | None:
    """An author from a name as RSS and Dublin Core write it: `a@b.example (Ann)`, `Ann <a@b.example>` or plain."""
    name = name[:_LONGEST_NAME].strip()
    if "@" in name and not keep_addresses:
        name = _BRACKETS.sub("", _ADDRESS.sub("", name)).strip(" ,;<>")
        whole = _WHOLE_BRACKETS.match(name)
        name = (whole[1] if whole else name).strip()
    return Author(name=name or None, uri=uri or None) if name or uri else None


def _finished(draft: Draft, element: Element, position: int) -> Entry:
    guid = draft.first(_GUIDS) or element.get(_RDF_ABOUT) or None
    if not draft.authors and draft.itunes_author is not None:
        draft.authors.append(draft.itunes_author)
    if draft.credit is not None:
        _share_credit(draft)
    return Entry(
        guid=guid,
        guid_is_permalink=draft.permalink if guid else None,
        link=_main_link(draft, guid),
        title=draft.first(_TITLES),
        summary=draft.first(_SUMMARIES),
        content=draft.first(_CONTENTS),
        authors=draft.authors,
        categories=draft.categories,
        rights=draft.first(_RIGHTS),
        language=element.get(XML_LANG) or draft.first(_LANGUAGES),
        source=draft.source,
        enclosures=draft.enclosures,
        media=draft.media,
        links=draft.links,
        published_raw=draft.first(_PUBLISHED),
        updated_raw=draft.first(_UPDATED),
        position=position,
        extensions=draft.extensions,
    )


def _main_link(draft: Draft, guid: str | None) -> str | None:
    """The first alternate link and it leaves the further ones; else a guid that is a web address and not declared otherwise."""
    web = [link for link in draft.links if link.rel in (None, "alternate") and _is_web(link.href)]
    html = [link for link in web if link.type in (None, "text/html", "application/xhtml+xml")]
    for link in html or web:
        draft.links.remove(link)
        return link.href
    if guid and draft.permalink is not False and guid.startswith(("http://", "https://")):
        return guid
    return None


def _read_link(draft: Draft, element: Element) -> None:
    href = element.get("href") or text_of(element)
    if not href:
        return
    rel, kind = element.get("rel"), element.get("type")
    address = draft.cut(absolute(href, element, draft.base), draft.limits.scalar_characters)
    if rel == "enclosure":
        draft.enclosures.append(Enclosure(url=address, type=kind, length=_number(element.get("length"))))
    else:
        draft.links.append(Link(rel=rel, href=address, type=kind))


def _read_comments(draft: Draft, element: Element) -> None:
    text = text_of(element)
    if text:
        draft.links.append(Link(rel="replies", href=absolute(text, element, draft.base), type=None))


def _read_guid(draft: Draft, element: Element) -> None:
    declared = element.get("isPermaLink")
    if declared is not None:
        draft.permalink = declared.strip().lower() != "false"
    draft.keep("guid", text_of(element), draft.limits.scalar_characters)


def _read_content(draft: Draft, element: Element) -> None:
    source = element.get("src")
    if source:
        draft.links.append(Link(rel="content", href=absolute(source, element, draft.base), type=element.get("type")))
    else:
        draft.keep("content", markup_of(element), draft.limits.text_characters)


def _read_author(draft: Draft, element: Element) -> None:
    author = _person(element, draft)
    if author is not None:
        draft.authors.append(author)


def _read_itunes_author(draft: Draft, element: Element) -> None:
    draft.itunes_author = draft.itunes_author or _person(element, draft)


def _person(element: Element, draft: Draft) -> Author | None:
    if not len(element):
        return person(text_of(element), keep_addresses=draft.limits.keep_email_addresses)
    parts = {key(child.tag): text_of(child) for child in elements(element)}
    name = parts.get("name") or ""
    if draft.limits.keep_email_addresses and parts.get("email"):
        name = f"{name} <{parts['email']}>".strip()
    uri = parts.get("uri") or parts.get("url")
    return person(name, absolute(uri, element, draft.base) if uri else None, keep_addresses=draft.limits.keep_email_addresses)


def _read_category(draft: Draft, element: Element) -> None:
    term = element.get("term") or text_of(element)
    if term:
        term = draft.cut(term.strip(), draft.limits.scalar_characters)
        scheme = element.get("scheme") or element.get("domain")
        draft.categories.append(Category(term=term, scheme=scheme, label=element.get("label")))


def _read_enclosure(draft: Draft, element: Element) -> None:
    url = element.get("url") or element.get("href")
    if url:
        length = _number(element.get("length"))
        draft.enclosures.append(Enclosure(url=absolute(url, element, draft.base), type=element.get("type"), length=length))


def _read_source(draft: Draft, element: Element) -> None:
    title, url = text_of(element) or None, element.get("url")
    if len(element):
        title, url = _atom_source(element)
    elif url is None and title is not None and title.startswith(("http://", "https://")):
        title, url = None, title
    if draft.source is None and (title or url):
        draft.source = EntrySource(title=title, url=absolute(url, element, draft.base) if url else None)


def _atom_source(element: Element) -> tuple[str | None, str | None]:
    """Title and address of the source: the feed's own address before its home page before its id."""
    title = own = home = identifier = None
    for child in elements(element):
        match key(child.tag):
            case "title":
                title = markup_of(child)
            case "link" if child.get("rel") == "self":
                own = child.get("href")
            case "link":
                home = home or child.get("href") or text_of(child)
            case "id":
                identifier = text_of(child)
    if identifier is not None and not identifier.startswith(("http://", "https://")):
        identifier = None
    return title or None, own or home or identifier


def _read_media(draft: Draft, element: Element, name: str) -> None:
    """Media RSS 1.5: items, groups of them, and elements beside them that hold for all."""
    match name:
        case "media:group":
            _read_media_group(draft, element)
        case "media:content" | "media:thumbnail":
            url = element.get("url")
            item = Media(
                url=absolute(url, element, draft.base) if url else None,
                type=element.get("type") or element.get("medium"),
                credit=_child_text(element, "media:credit"),
                description=_child_text(element, "media:description") or _child_text(element, "media:title"),
            )
            if url or item.credit or item.description:
                draft.media.append(item)
        case "media:credit":
            draft.credit = draft.credit or text_of(element) or None
        case _:
            _read_extension(draft, element, name)


def _read_media_group(draft: Draft, element: Element) -> None:
    """Items of which one is shown; what stands beside them holds for all."""
    before, credit = len(draft.media), draft.credit
    for child in elements(element):
        _read_media(draft, child, key(child.tag))
    draft.credit = credit
    described = _described(draft.media[before:], _child_text(element, "media:credit"), _child_text(element, "media:description"))
    draft.media[before:] = described


def _share_credit(draft: Draft) -> None:
    """A credit beside the media holds for all of them; without any it is kept as what it was called."""
    if draft.media:
        draft.media[:] = _described(draft.media, draft.credit, None)
    else:
        draft.extensions.setdefault("media:credit", draft.credit)


def _described(media: list[Media], credit: str | None, description: str | None) -> list[Media]:
    return [
        Media(url=item.url, type=item.type, credit=item.credit or credit, description=item.description or description) for item in media
    ]


def _child_text(element: Element, name: str) -> str | None:
    for child in elements(element):
        if key(child.tag) == name:
            return text_of(child) or None
    return None


def _read_extension(draft: Draft, element: Element, name: str) -> None:
    """A simple element without a field of its own: its text, else its attributes; a list where there are several."""
    if len(element):
        return
    text = draft.cut(text_of(element), draft.limits.scalar_characters)
    value: Any = text or {str(attribute): str(element.get(attribute)) for attribute in islice(element.attrib, _MOST_ATTRIBUTES)}
    if not value:
        return
    if name not in draft.extensions:
        if len(draft.extensions) < _MOST_EXTENSIONS:
            draft.extensions[name] = value
    elif isinstance(draft.extensions[name], list):
        draft.extensions[name].append(value)
    else:
        draft.extensions[name] = [draft.extensions[name], value]


def _is_web(href: str) -> bool:
    """Whether an address can be opened as a page: http, https, or relative where no base is known."""
    if href.startswith(("http://", "https://")):
        return True
    try:
        return urlsplit(href).scheme in ("", "http", "https")
    except ValueError:
        return False


def _number(text: str | None) -> int | None:
    """A size in bytes; null where it is no number that fits a message."""
    digits = text.strip() if text else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None  # noqa: PLR2004 - 64 bits


_READERS: dict[str, Callable[[Draft, Element], None]] = {
    "link": _read_link,
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
}
