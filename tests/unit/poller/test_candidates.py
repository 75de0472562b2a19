"""Where a site's feeds may be."""

from __future__ import annotations

import time

import pytest

from dateline.poller.candidates import candidates, listed_for_news, sitemaps, well_known

HOME = "https://gazette.example/coast/"


def urls(page: str, link: str | None = None, url: str = HOME) -> list[str]:
    return [candidate.url for candidate in candidates(page.encode(), link, url)]


def test_link_tags_name_feeds_relative_to_the_page_or_its_base():
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="rss"><link rel="stylesheet" href="a.css">'
    assert urls(page) == ["https://gazette.example/coast/rss"]
    assert urls("<base href='/news/'>" + page) == ["https://gazette.example/news/rss"]
    assert urls('<base target="_blank"><base href="//feeds.example/">' + page) == ["https://feeds.example/rss"]


def test_every_type_of_feed_in_any_spelling_is_one():
    page = """
      <LINK REL="Alternate home" TYPE="application/atom+xml; charset=utf-8" HREF="https://a.example/?x=1&amp;y=2">
      <link rel=alternate type=application/feed+json href=/feed.json>
      <link rel="feed" href="/feed">
    """
    assert urls(page) == ["https://a.example/?x=1&y=2", "https://gazette.example/feed.json", "https://gazette.example/feed"]


def test_other_alternatives_are_no_feeds():
    page = """
      <link rel="alternate" hreflang="de" href="/de/">
      <link rel="alternate" type="application/json+oembed" href="/oembed">
      <link rel="alternate" type="application/json" href="/wp-json/1">
      <link rel="alternate" type="text/html" href="/m">
      <link rel="alternate" type="application/rss+xml" href="">
      <link rel="alternate" type="application/rss+xml">
      <link rel="alternate" type="application/rss+xml" href="javascript:void(0)">
      <link rel="alternate" type="application/rss+xml" href="http://[::1/rss">
    """
    assert urls(page) == []


def test_what_stands_in_comments_and_scripts_is_not_said():
    tag = '<link rel="alternate" type="application/rss+xml" href="/{0}">'
    page = f"<!-- {tag.format('old')} --><script>var x = '{tag.format('script')}';</script>{tag.format('new')}"
    assert urls(page) == ["https://gazette.example/new"]


def test_one_feed_named_twice_is_one_candidate_and_there_are_only_so_many():
    tag = '<link rel="alternate" type="application/rss+xml" href="{0}">'
    assert urls(tag.format("/rss") + tag.format("http://www.gazette.example/rss#top")) == ["https://gazette.example/rss"]
    assert len(urls("".join(tag.format(f"/{number}") for number in range(500)))) == 20


def test_the_link_header_names_feeds_too():
    header = (
        '</style.css>; rel=preload, </rss>; title="a, b"; rel="alternate"; type="application/rss+xml", <https://b.example/>; rel=canonical,'
        " <atom>; type=application/atom+xml; rel=alternate"
    )
    found = candidates(b"", header, HOME)
    assert found == [("https://gazette.example/rss", "Link header"), ("https://gazette.example/coast/atom", "Link header")]


def test_a_page_cannot_ask_for_our_secrets():
    page = '<link rel="alternate" type="application/rss+xml" href="https://evil.example/?x=${GAZETTE}">'
    assert urls(page) == ["https://evil.example/?x=$%7BGAZETTE}"]
    assert [found.url for found in sitemaps(b"Sitemap: https://evil.example/${GAZETTE}/news.xml", HOME)] == [
        "https://evil.example/$%7BGAZETTE}/news.xml"
    ]
    assert "${" not in listed_for_news(["https://evil.example/${GAZETTE}/news.xml"], "robots.txt")[0].url


def test_sitemaps_for_news_come_first():
    robots = b"User-agent: *\nDisallow: /x\nSitemap: https://gazette.example/sitemap.xml\r\nsitemap : /sitemap-news.xml\nSitemap: ftp://a.example/\n"
    assert [found.url for found in sitemaps(robots, "https://gazette.example/robots.txt")] == [
        "https://gazette.example/sitemap-news.xml",
        "https://gazette.example/sitemap.xml",
    ]


def test_usual_places_stand_at_the_root():
    found = [candidate.url for candidate in well_known(HOME)]
    assert found[0] == "https://gazette.example/feed" and "https://gazette.example/sitemap_news.xml" in found and len(found) == 9


@pytest.mark.heavy
def test_hostile_pages_cost_no_more_than_their_size():
    began = time.process_time()
    for page in (
        "<link " * 500_000,
        "<link rel=alternate " + "a=b " * 500_000 + ">",
        "<!--" * 500_000,
        "<script>" * 400_000,
        "<link x>" * 300_000,
    ):
        assert urls(page) == []
    header = "<" * 100_000 + ";" * 100_000 + "<a>" + ";a=" * 100_000
    assert urls("", header) == []
    assert time.process_time() - began < 2
