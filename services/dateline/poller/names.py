"""Names of elements as we compare them: in lower case, with a short prefix for each namespace we know.

Publishers write a namespace with https, without its last slash or in other capitals; all of these are one.
"""

from __future__ import annotations

from functools import lru_cache

XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
XHTML = "{http://www.w3.org/1999/xhtml}"

# Namespaces that say the same as none.
_PLAIN = (
    "www.w3.org/2005/atom",
    "purl.org/atom/ns",
    "purl.org/rss/1.0",
    "purl.org/rss/1.0/modules/rss091",
    "my.netscape.com/rdf/simple/0.9",
    "channel.netscape.com/rdf/simple/0.9",
    "my.netscape.com/publish/formats/rss-0.91.dtd",
    "backend.userland.com/rss",
    "backend.userland.com/rss2",
    "blogs.law.harvard.edu/tech/rss",
    "cyber.law.harvard.edu/rss",
    "www.sitemaps.org/schemas/sitemap/0.9",
    "www.sitemaps.org/schemas/siteindex/0.9",
    "www.google.com/schemas/sitemap/0.84",
    "www.google.com/schemas/sitemap/0.9",
)
_PREFIXES = {
    **dict.fromkeys(_PLAIN, ""),
    "purl.org/dc/elements/1.1": "dc:",
    "purl.org/dc/elements/1.0": "dc:",
    "purl.org/dc/terms": "dcterms:",
    "purl.org/rss/1.0/modules/content": "content:",
    "purl.org/rss/1.0/modules/syndication": "sy:",
    "purl.org/rss/1.0/modules/slash": "slash:",
    "purl.org/syndication/thread/1.0": "thr:",
    "purl.org/syndication/history/1.0": "fh:",
    "purl.org/atompub/tombstones/1.0": "at:",
    "search.yahoo.com/mrss": "media:",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "podcastindex.org/namespace/1.0": "podcast:",
    "www.google.com/schemas/sitemap-news/0.9": "news:",
    "www.google.com/schemas/sitemap-image/1.1": "image:",
    "www.google.com/schemas/sitemap-video/1.1": "video:",
    "www.w3.org/1999/02/22-rdf-syntax-ns": "rdf:",
    "www.w3.org/1999/xhtml": "xhtml:",
    "www.w3.org/xml/1998/namespace": "xml:",
    "rssnamespace.org/feedburner/ext/1.0": "feedburner:",
    "wellformedweb.org/commentapi": "wfw:",
    "www.georss.org/georss": "georss:",
    "www.opengis.net/gml": "gml:",
    "www.w3.org/2003/01/geo/wgs84_pos": "geo:",
    "prismstandard.org/namespaces/basic/1.2": "prism:",
    "prismstandard.org/namespaces/basic/2.0": "prism:",
    "backend.userland.com/creativecommonsrssmodule": "creativecommons:",
    "cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons:",
    "web.resource.org/cc": "cc:",
}


# Bounded, since a hostile document makes up as many names as it likes.
@lru_cache(maxsize=4096)
def key(tag: str) -> str:
    """A tag's name as we compare it: `prefix:name` for namespaces we know, `{uri}name` for others, `name` for none."""
    if not tag.startswith("{"):
        return tag.lower()
    namespace, _, name = tag[1:].rpartition("}")
    prefix = _PREFIXES.get(_spelled_alike(namespace))
    return f"{{{namespace}}}{name.lower()}" if prefix is None else prefix + name.lower()


def _spelled_alike(namespace: str) -> str:
    return namespace.strip().lower().removeprefix("http://").removeprefix("https://").rstrip("/#")
