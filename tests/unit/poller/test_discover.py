"""Finding a site's feeds, on a site that is a table of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from invented import NOW, item, rss

from dateline.errors import BadInput, FetchError
from dateline.poller import discover as module
from dateline.poller.discover import discover, with_scheme
from dateline.poller.document import Limits
from dateline.poller.fetch import Fetched, Gone

if TYPE_CHECKING:
    from dateline.poller.discover import Discovery

HOME = "https://gazette.example/"
RSS = rss(item(1), item(2))
NEWS = (
    b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
    b"<loc>https://gazette.example/1</loc><news:news><news:title>Ferry</news:title></news:news></url></urlset>"
)
PAGES = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://gazette.example/1</loc></url></urlset>'


class Site:
    """Answers by path; what is not there is 404. A value may be a body, an answer or an error."""

    def __init__(self, **answers: object) -> None:
        self.asked: list[str] = []
        self.answers = answers

    async def visit(self, url: str) -> Fetched | Gone:
        self.asked.append(url)
        answer = self.answers.get(url.removeprefix(HOME).replace("/", "_") or "home")
        if answer is None:
            raise FetchError("status", "404 Not Found", status=404)
        if isinstance(answer, Exception):
            raise answer
        return fetched(url, answer) if isinstance(answer, bytes) else answer  # type: ignore[return-value]

    async def search(self, url: str = HOME) -> Discovery:
        return await discover(url, self.visit, now=NOW, limits=Limits())

    @property
    def paths(self) -> list[str]:
        return [url.removeprefix(HOME) for url in self.asked]


def fetched(url: str, body: bytes, *, moved_to: str | None = None, link: str | None = None) -> Fetched:
    return Fetched(200, moved_to or url, body, None, None, None, moved_to, len(body), link=link)


def page(*paths: str) -> bytes:
    tags = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{path}">' for path in paths)
    return f"<!DOCTYPE html><html><head>{tags}</head><body>Welcome</body></html>".encode()


def found(discovery: Discovery) -> list[tuple[str, str]]:
    return [(feed.url.removeprefix(HOME), feed.found) for feed in discovery.feeds]


async def test_an_address_that_is_a_feed_is_the_one_and_costs_one_visit():
    site = Site(rss=RSS)
    discovery = await site.search(HOME + "rss")
    (feed,) = discovery.feeds
    assert (feed.url, feed.format, feed.title, feed.entries, feed.found) == (
        HOME + "rss",
        "rss-2.0",
        "Harbour Gazette",
        2,
        "the address itself",
    )
    assert site.paths == ["rss"]


async def test_what_the_page_names_is_fetched_and_read_and_nothing_else():
    site = Site(home=page("rss", "sport", "lost", "page"), rss=RSS, sport=rss(item(3)), page=page())
    discovery = await site.search()
    assert found(discovery) == [("rss", "link tag"), ("sport", "link tag")]
    assert [(name.removeprefix(HOME), reason) for name, reason in discovery.passed] == [
        ("lost", "404 Not Found"),
        ("page", "the body is an HTML page"),
    ]
    assert site.paths == ["", "rss", "sport", "lost", "page"]


async def test_what_the_link_header_names_is_a_candidate():
    site = Site(home=fetched(HOME, page(), link='</rss>; rel="alternate"; type="application/rss+xml"'), rss=RSS)
    assert found(await site.search()) == [("rss", "Link header")]


async def test_sitemaps_for_news_are_found_where_the_page_names_nothing():
    site = Site(**{"home": page(), "robots.txt": b"Sitemap: /all.xml\nSitemap: /news.xml\n", "all.xml": PAGES, "news.xml": NEWS})
    discovery = await site.search()
    assert found(discovery) == [("news.xml", "robots.txt")]
    assert discovery.passed == [(HOME + "all.xml", "a sitemap of pages and not of news")]


async def test_an_index_stands_for_its_sitemaps_of_news():
    index = "".join(f"<sitemap><loc>{HOME}{name}.xml</loc></sitemap>" for name in ("pages-1", "news-1", "pages-2"))
    body = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{index}</sitemapindex>'.encode()
    site = Site(**{"home": page(), "robots.txt": b"Sitemap: /index.xml", "index.xml": body, "news-1.xml": NEWS})
    assert found(await site.search()) == [("news-1.xml", "robots.txt")]
    assert site.paths == ["", "robots.txt", "index.xml", "news-1.xml"]


async def test_usual_places_are_tried_one_by_one_until_one_answers():
    site = Site(**{"home": page(), "rss.xml": RSS, "atom.xml": RSS})
    assert found(await site.search()) == [("rss.xml", "usual place")]
    assert site.paths == ["", "robots.txt", "feed", "rss", "rss.xml"]


async def test_a_feed_with_two_addresses_is_one():
    moved = fetched(HOME + "old", rss(item(1)), moved_to=HOME + "new")
    site = Site(home=page("rss", "feed", "old", "new"), rss=RSS, feed=RSS, old=moved, new=rss(item(9)))
    assert found(await site.search()) == [("rss", "link tag"), ("new", "link tag")]


async def test_a_site_without_feeds_costs_few_visits_and_each_is_told():
    site = Site(home=page())
    discovery = await site.search()
    assert discovery.feeds == [] and discovery.complete
    assert len(site.asked) == 11
    assert len(discovery.passed) == 10


async def test_no_site_gets_more_than_twenty_visits():
    site = Site(home=page(*(f"f{number}" for number in range(100))))
    discovery = await site.search()
    assert len(site.asked) == module.MOST_VISITS == 20
    assert not discovery.complete


async def test_indexes_that_list_each_other_end():
    def index(name: str) -> bytes:
        return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{HOME}{name}</loc></sitemap></sitemapindex>'.encode()

    site = Site(**{"home": page(), "robots.txt": b"Sitemap: /news-a", "news-a": index("news-b"), "news-b": index("news-a")})
    assert (await site.search()).feeds == []
    assert site.paths[:4] == ["", "robots.txt", "news-a", "news-b"] and len(site.asked) == 13


async def test_what_was_found_before_the_time_is_over_is_told(monkeypatch):
    monkeypatch.setattr(module, "MOST_SECONDS", 0.05)
    site = Site(home=page("rss", "slow"), rss=RSS)
    inner = site.visit

    async def slow(url: str) -> Fetched | Gone:
        if url.endswith("slow"):
            await module.asyncio.sleep(30)
        return await inner(url)

    site.visit = slow  # type: ignore[method-assign]
    discovery = await site.search()
    assert (found(discovery), discovery.complete) == ([("rss", "link tag")], False)


async def test_an_address_that_does_not_answer_or_is_gone_is_an_error():
    with pytest.raises(FetchError, match="404"):
        await Site().search()
    with pytest.raises(BadInput, match="gone"):
        await Site(home=Gone()).search()


def test_a_site_is_named_as_people_do():
    assert with_scheme(" gazette.example ") == "https://gazette.example"
    assert with_scheme("http://gazette.example") == "http://gazette.example"
