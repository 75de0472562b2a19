"""Where a site's feeds may be: what its page, its answer's headers and its robots.txt name, and where feeds usually are."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin, urlsplit

from lxml import etree

from dateline.poller.credentials import neutral
from dateline.poller.encoding import to_utf8
from dateline.poller.identity import normalize_link
from dateline.poller.page_html import page_text, without_ballast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROBOTS = "/robots.txt"
# The first that answers is taken, so the usual ones come first.
WELL_KNOWN = ("/feed", "/rss", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/feed.json", "/news-sitemap.xml", "/sitemap_news.xml")
# A site that names more has a feed for every tag; the first are the ones it is proud of.
MOST_CANDIDATES = 20

_FEED_TYPES = frozenset(
    (
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/x-rss+xml",
        "application/rss",
        "application/atom",
        "application/xml",
        "text/xml",
        "text/rss+xml",
        "text/atom+xml",
    )
)
# As long as an honest tag is, so that libxml2 meets no tag of ten thousand attributes, on which it takes time by their square.
_TAG = re.compile(r"<(?:link|base)\s[^<>]{1,4000}>", re.IGNORECASE)
_MOST_TAGS = 1000
_LINK_VALUE = re.compile(r"<([^<>]{1,2000})>([^<>]{0,2000})")
_PARAMETER = re.compile(r";\s*([A-Za-z*]{1,20})\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))")
_MOST_HEADER_CHARACTERS = 16 << 10
_SITEMAP_LINE = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


class Candidate(NamedTuple):
    """An address that may be a feed's, and how it was found."""

    url: str
    found: str


def candidates(page: bytes, link_header: str | None, url: str, content_type: str | None = None) -> list[Candidate]:
    """What a page names as its feeds, in its own order, those of its `Link` header (RFC 8288) last; `url` is where it came from.

    A page that names an alternative without a feed's type names another page, most often itself in another language.
    """
    base, named = url, []
    for element in _tags(without_ballast(page_text(page, content_type).text)):
        if element.tag == "base" and base == url:
            base = _absolute(url, element.get("href") or "") or url
        elif element.tag == "link" and _is_feed(element.get("rel"), element.get("type")):
            named.append(Candidate(element.get("href") or "", "link tag"))
    absolute = [Candidate(_absolute(base, href), how) for href, how in named if href.strip()]
    absolute += [Candidate(_absolute(url, href), "Link header") for href in _linked(link_header or "")]
    return _distinct(absolute)


def sitemaps(robots: bytes, url: str) -> list[Candidate]:
    """The sitemaps that a robots.txt names (https://www.sitemaps.org/protocol.html#submit_robots), those for news first."""
    named = [match[1].decode("utf-8", "replace") for match in _SITEMAP_LINE.finditer(to_utf8(robots).body)]
    return news_first(Candidate(_absolute(url, href), "robots.txt") for href in named)


def listed_for_news(addresses: Iterable[str], found: str) -> list[Candidate]:
    """Of the sitemaps that an index lists, those whose address says that they are for news."""
    return _distinct(Candidate(_absolute(url, url), found) for url in addresses if is_for_news(url))


def news_first(found: Iterable[Candidate]) -> list[Candidate]:
    """Sitemaps whose address says that they are for news before the others, each once."""
    return _distinct(sorted(found, key=lambda candidate: not is_for_news(candidate.url)))


def is_for_news(url: str) -> bool:
    """Whether a sitemap's address says that it is for news."""
    return "news" in urlsplit(url).path.lower()


def well_known(url: str) -> list[Candidate]:
    """Where feeds usually are on the host of an address."""
    return [Candidate(urljoin(url, path), "usual place") for path in WELL_KNOWN]


def _tags(html: str) -> Iterator[etree._Element]:
    """The page's `link` and `base` tags, without those that stand in its scripts and comments."""
    tags = [match[0] for match in islice(_TAG.finditer(html), _MOST_TAGS)]
    if tags:
        parser = etree.HTMLParser(encoding="utf-8", no_network=True)
        yield from etree.fromstring(f"<html><head>{''.join(tags)}</head></html>".encode(), parser).iter("link", "base")


def _is_feed(rel: str | None, kind: str | None) -> bool:
    rels = (rel or "").lower().split()
    return "feed" in rels or ("alternate" in rels and (kind or "").partition(";")[0].strip().lower() in _FEED_TYPES)


def _linked(header: str) -> Iterator[str]:
    for match in _LINK_VALUE.finditer(header[:_MOST_HEADER_CHARACTERS]):
        said = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(match[2])}
        if _is_feed(said.get("rel"), said.get("type")):
            yield match[1]


def _absolute(base: str, href: str) -> str:
    """The address made absolute, with nothing in it that reads as a reference to a secret; empty where it is none that is fetched."""
    try:
        url = urljoin(base, href.strip()).partition("#")[0]
        parts = urlsplit(url)
    except ValueError:
        return ""
    return neutral(url) if parts.scheme in ("http", "https") and parts.netloc else ""


def _distinct(found: Iterable[Candidate]) -> list[Candidate]:
    by_address: dict[str, Candidate] = {}
    for candidate in found:
        if candidate.url:
            by_address.setdefault(normalize_link(candidate.url), candidate)
    return list(by_address.values())[:MOST_CANDIDATES]
