"""Sitemaps: news, pages, pictures, and indexes of them."""

from __future__ import annotations

from datetime import UTC, datetime

from invented import read

from dateline.events import Category, Link, Media

NEWS = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml">
  <url>
    <loc> https://harbour-gazette.example/story/1 </loc><lastmod>2026-03-05T11:00:00+00:00</lastmod><changefreq>hourly</changefreq>
    <xhtml:link rel="alternate" hreflang="de" href="https://harbour-gazette.example/de/1"/>
    <news:news>
      <news:publication><news:name>Harbour Gazette</news:name><news:language>en</news:language></news:publication>
      <news:publication_date>2026-03-05T10:00Z</news:publication_date><news:title>Ferry sails &amp; sails</news:title>
      <news:keywords>ferries, Harbour ,</news:keywords><news:genres>Blog</news:genres>
    </news:news>
    <image:image><image:loc>https://harbour-gazette.example/1.jpg</image:loc><image:caption>The ferry</image:caption></image:image>
  </url>
  <url><loc>https://harbour-gazette.example/about</loc></url>
</urlset>"""


def test_a_news_sitemap_is_read_like_any_feed() -> None:
    document = read(NEWS, "https://harbour-gazette.example/sitemap.xml")
    assert (document.format, document.flags, len(document.entries)) == ("sitemap", (), 2)
    parsed = document.entries[0]
    entry = parsed.entry
    assert (entry.guid, entry.link, entry.title) == (None, "https://harbour-gazette.example/story/1", "Ferry sails & sails")
    assert (parsed.published_at, parsed.published_precision) == (datetime(2026, 3, 5, 10, tzinfo=UTC), "minute")
    assert (parsed.updated_at, entry.language) == (datetime(2026, 3, 5, 11, tzinfo=UTC), "en")
    assert entry.categories == [Category(term=term, scheme=None, label=None) for term in ("ferries", "Harbour")]
    assert entry.media == [Media(url="https://harbour-gazette.example/1.jpg", type="image", credit=None, description="The ferry")]
    assert entry.links == [Link(rel="alternate", href="https://harbour-gazette.example/de/1", type=None)]
    assert entry.extensions == {
        "changefreq": "hourly",
        "news:publication": {"news:name": "Harbour Gazette", "news:language": "en"},
        "news:genres": "Blog",
    }


def test_an_index_lists_its_sitemaps_and_has_no_entries() -> None:
    document = read(
        b"<sitemapindex xmlns='https://www.sitemaps.org/schemas/sitemap/0.9/'><sitemap><loc>https://gazette.example/1.xml.gz</loc>"
        b"<lastmod>2026-03-05</lastmod></sitemap><sitemap><loc>/2.xml</loc></sitemap></sitemapindex>",
        "https://gazette.example/sitemaps.xml",
    )
    assert (document.format, document.entries) == ("sitemap-index", ())
    assert document.sitemaps == ("https://gazette.example/1.xml.gz", "https://gazette.example/2.xml")
