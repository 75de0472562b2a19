"""What an article page declares of itself in JSON-LD, `meta` tags and links: as declared, nothing inferred."""

from __future__ import annotations

import html as markup
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from dateline.enricher.json_ld import article_nodes, names_of, texts_of, types_of
from dateline.events import Image

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml import html

    from dateline.enricher.json_ld import Node

__all__ = ["NO_METADATA", "PageMetadata", "read_metadata"]

# More than the longest on real pages; what is longer is something else in the wrong place.
LONGEST_VALUE = 2_000
LONGEST_KEYWORD = 100
MOST_KEYWORDS, MOST_AUTHORS, MOST_IMAGES = 50, 20, 10


class PageMetadata(NamedTuple):
    """What the page declares. Texts are plain and on one line; dates and languages are as written; addresses are absolute.

    `headlines` are by rank: h1, JSON-LD, Open Graph, each as often as it is declared; `title` is the document's. `published` and `updated`
    are by rank too: the first that is a date counts. `credits` is all that stands where authors do, houses and initials too, `sources` what
    the page says it was taken from. `paid` are the CSS selectors of parts that are not free, `is_free` what the page says
    of itself.
    """

    title: str | None = None
    headlines: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    language: str | None = None
    images: tuple[Image, ...] = ()
    canonical_url: str | None = None
    keywords: tuple[str, ...] = ()
    license: str | None = None
    notice: str | None = None
    credits: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    paid: tuple[str, ...] = ()
    is_free: bool | None = None
    article_body: str | None = None


NO_METADATA = PageMetadata()


def read_metadata(root: html.HtmlElement, url: str) -> PageMetadata:
    """What the page at `url` declares. Silence is null or empty."""
    nodes = article_nodes(script.text or "" for script in root.iter("script") if _is_json_ld(script))
    node = nodes[0] if nodes else {}
    metas = _metas(root)
    base = _base(root, url)
    free, paid = _access(nodes)
    return PageMetadata(
        title=next((text for element in root.iter("title") if (text := _line(_text(element)))), None),
        headlines=tuple(_headlines(root, node, metas)),
        descriptions=_distinct((*texts_of(node.get("description")), *_of(metas, "og:description", "description"))),
        sites=_distinct((*_of(metas, "og:site_name", "application-name"), *names_of(node.get("publisher")))),
        authors=_authors(node, metas),
        published=_distinct((*texts_of(node.get("datePublished")), *_of(metas, *_PUBLISHED))),
        updated=_distinct((*texts_of(node.get("dateModified")), *_of(metas, *_UPDATED))),
        language=next(_languages(root, node, metas), None),
        images=tuple(_images(node, metas, base)),
        canonical_url=next(_canonical(root, metas, base), None),
        keywords=_keywords(node, metas),
        license=next((href for href in (*_links(root, "license"), *texts_of(node.get("license"))) if _address(base, href)), None),
        notice=next(
            iter(_distinct((*texts_of(node.get("copyrightNotice")), *_of(metas, "copyright", "dcterms.rights", "dc.rights")))), None
        ),
        credits=_distinct((*names_of(node.get("author")), *names_of(node.get("creator")), *_of(metas, *_AUTHORS)))[:MOST_AUTHORS],
        sources=_distinct((*names_of(node.get("sourceOrganization")), *_of(metas, *_SOURCES)))[:MOST_AUTHORS],
        paid=paid,
        is_free=free,
        article_body=next((body for one in nodes if isinstance(body := one.get("articleBody"), str) and body.strip()), None),
    )


# ── where it stands ──────────────────────────────────────────────────────────────────────────────────────────────────


def _metas(root: html.HtmlElement) -> dict[str, list[str]]:
    """Contents of `meta` tags by name, property or itemprop in lower case, and of elements that carry a date's itemprop."""
    found: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        content = _line(element.get("content") or "")
        for key in ("property", "name", "itemprop", "http-equiv"):
            if content and (name := element.get(key)):
                found.setdefault(_plain_name(name), []).append(content)
    for element in root.iter("time"):
        moment = element.get("datetime")
        if moment and (name := _name_of_time(element)):
            found.setdefault(name, []).append(moment.strip())
    return found


def _name_of_time(element: html.HtmlElement) -> str | None:
    """What a `time` element says it is: by itemprop, by HTML 5's early attribute, by the class of hAtom and h-entry."""
    classes = (element.get("class") or "").split()
    if name := element.get("itemprop"):
        return _plain_name(name)
    if "pubdate" in element.attrib or "published" in classes or "dt-published" in classes:
        return "published"
    return "updated" if "updated" in classes or "dt-updated" in classes else None


@lru_cache(1024)
def _plain_name(name: str) -> str:
    """A name as we compare them: article:published_time, article.published-time and article:published:time are one."""
    return _JOINTS.sub("", name.strip().lower())


def _of(metas: dict[str, list[str]], *names: str) -> Iterator[str]:
    return (content for name in names for content in metas.get(_plain_name(name), ()))


def _links(root: html.HtmlElement, relation: str) -> Iterator[str]:
    return (
        href
        for tag in ("link", "a")
        for link in root.iter(tag)
        if relation in (link.get("rel") or "").lower().split()
        if (href := link.get("href"))
    )


def _base(root: html.HtmlElement, url: str) -> str:
    declared = next((href for element in root.iter("base") if (href := element.get("href"))), "")
    return _address(url, declared) or url


def _address(base: str, href: str) -> str | None:
    """The address, absolute; null where it is none of the web."""
    if not href.strip():
        return None
    try:
        address = urljoin(base, href.strip())
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in {"http", "https"} and parts.netloc and len(address) <= LONGEST_VALUE else None


def _is_json_ld(script: html.HtmlElement) -> bool:
    return (script.get("type") or "").strip().lower().startswith("application/ld+json")


def _text(element: html.HtmlElement) -> str:
    return "".join(map(str, element.itertext()))


def _line(text: str) -> str | None:
    """On one line, entities that were escaped twice read, and null where nothing or far too much is left."""
    line = _SPACES.sub(" ", markup.unescape(text)).strip()
    return line if line and len(line) <= LONGEST_VALUE else None


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for text in texts if (line := _line(text))))


# ── what it is ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _headlines(root: html.HtmlElement, node: Node, metas: dict[str, list[str]]) -> Iterator[str]:
    """What each of the three says; a heading whose kicker is an element of its own is the rest of it."""
    for source in (_h1s(root), texts_of(node.get("headline"))[:1], list(_of(metas, "og:title"))[:1]):
        yield from _distinct(source)


def _h1s(root: html.HtmlElement) -> Iterator[str]:
    for element in root.iter("h1"):
        text = _text(element)
        yield " ".join(text.split()).removeprefix(kicker).lstrip(" :|–—-") if (kicker := _kicker(element)) else text  # noqa: RUF001 - dashes as printed


def _kicker(heading: html.HtmlElement) -> str | None:
    """What stands in a heading's first element, where that is named a kicker and is not all there is."""
    if (heading.text or "").strip() or not len(heading):
        return None
    first = heading[0]
    names = (first.get("class") or "").lower() if isinstance(first.tag, str) else ""
    text = " ".join(_text(first).split())
    is_kicker = any(
        word in names for word in ("kicker", "overline", "topline", "roofline", "dachzeile", "spitzmarke", "eyebrow", "antetitulo")
    )
    return text if is_kicker and text and text != " ".join(_text(heading).split()) else None


def _authors(node: Node, metas: dict[str, list[str]]) -> tuple[str, ...]:
    """People in JSON-LD, else in `meta` tags; a house that signs is no author."""
    people = names_of(node.get("author"), unless=_HOUSES) or names_of(node.get("creator"), unless=_HOUSES)
    declared = people or [name for name in _of(metas, *_AUTHORS) if not _NO_NAME.search(name)]
    return _distinct(declared)[:MOST_AUTHORS]


def _languages(root: html.HtmlElement, node: Node, metas: dict[str, list[str]]) -> Iterator[str]:
    declared = (root.get("lang"), root.get("{http://www.w3.org/XML/1998/namespace}lang"), root.get("xml:lang"))
    yield from (language.strip() for language in declared if language and language.strip())
    yield from texts_of(node.get("inLanguage"))
    yield from _of(metas, "content-language", "og:locale", "dc.language", "inlanguage")


def _images(node: Node, metas: dict[str, list[str]], base: str) -> Iterator[Image]:
    """The article's pictures, each once; several addresses without a credit are sizes of one, so the first counts."""
    value = node.get("image")
    items: list[Any] = value[:MOST_IMAGES] if isinstance(value, list) else [value]
    seen: set[str] = set()
    for item in items:
        address = _address(base, next(_picture(item), ""))
        credit = _credit(item)
        if address and address not in seen and (credit or not seen):
            seen.add(address)
            yield Image(url=address, credit=credit)
    if not seen:
        declared = (_address(base, url) for url in _of(metas, "og:image:secure_url", "og:image", "og:image:url", "twitter:image"))
        yield from (Image(url=address, credit=None) for address in [next(filter(None, declared), None)] if address)


def _picture(item: Any) -> Iterator[str]:
    values = [item.get(key) for key in ("url", "contentUrl", "@id")] if isinstance(item, dict) else [item]
    return (value for value in values if isinstance(value, str) and value.strip())


def _credit(item: Any) -> str | None:
    """Who is credited for the picture; never the origin of the text."""
    if not isinstance(item, dict):
        return None
    stated = (
        *texts_of(item.get("creditText")),
        *(name for key in ("creator", "author", "copyrightHolder") for name in names_of(item.get(key))),
    )
    return next((line for text in stated if (line := _line(text))), None)


def _canonical(root: html.HtmlElement, metas: dict[str, list[str]], base: str) -> Iterator[str]:
    declared = (
        *(link.get("href") or "" for link in root.iter("link") if "canonical" in (link.get("rel") or "").lower().split()),
        *_of(metas, "og:url"),
    )
    return (address for href in declared if href.strip() and (address := _address(base, href)))


def _keywords(node: Node, metas: dict[str, list[str]]) -> tuple[str, ...]:
    """Keywords, each once whatever its case; a text of several is parted at its commas or semicolons."""
    declared = (*texts_of(node.get("keywords")), *_of(metas, "news_keywords", "keywords", "article:tag"))
    words = (" ".join(markup.unescape(word).split()) for text in declared for word in text.replace(";", ",").split(","))
    distinct = {word.casefold(): word for word in words if 0 < len(word) <= LONGEST_KEYWORD}
    return tuple(distinct.values())[:MOST_KEYWORDS]


def _access(nodes: list[Node]) -> tuple[bool | None, tuple[str, ...]]:
    """Whether the article is free, and the selectors of the parts that are not (schema.org, isAccessibleForFree and cssSelector)."""
    parts = [part for node in nodes for part in _parts(node.get("hasPart"))]
    said = [value for node in (*nodes, *parts) if (value := _truth(node.get("isAccessibleForFree"))) is not None]
    paid = [
        selector for part in parts if _truth(part.get("isAccessibleForFree")) is False for selector in texts_of(part.get("cssSelector"))
    ]
    return (None if not said else all(said)), tuple(dict.fromkeys(paid))


def _parts(value: Any) -> list[Node]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict) and (not types_of(item) or types_of(item) & _PARTS)]


def _truth(value: Any) -> bool | None:
    """A truth value as publishers write it: true, "False", "https://schema.org/True"."""
    if isinstance(value, bool):
        return value
    word = value.strip().rpartition("/")[2].lower() if isinstance(value, str) else ""
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(word)


# Not the ideographic space, by which Japanese headlines part their halves.
_SPACES = re.compile(r"[\s\u200b\ufeff]*[^\S\u3000][\s\u200b\ufeff]*")
_JOINTS = re.compile(r"[:._-]+")
_NO_NAME = re.compile(r"[@:()/]|\d{3}")
_PARTS = frozenset(("WebPageElement", "CreativeWork", "Article", "NewsArticle", "WebPage"))
_HOUSES = frozenset(("Organization", "NewsMediaOrganization", "Corporation", "NGO", "GovernmentOrganization"))
_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl", "cxenseparse:author")
_SOURCES = ("dc.source", "dcterms.source", "article:source", "news_source", "source", "agency", "original-source", "syndication-source")
_PUBLISHED = (
    *("article:published_time", "og:article:published_time", "datepublished", "pubdate", "publishdate", "publish-date", "publish_date"),
    *("parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.created", "dc.date", "date"),
    *("article.published", "dcterms.date", "last-published", "publication_date", "article_date_original", "og:published_time", "published"),
)
_UPDATED = (
    "article:modified_time",
    "og:article:modified_time",
    "og:updated_time",
    "datemodified",
    "last-modified",
    "dcterms.modified",
    "lastmod",
    "updated",
)
