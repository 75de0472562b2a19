"""Pages are read as their sites allow: robots.txt first, at the pace it asks for, reservations passed on, trouble never raised."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from feed_sites import fetcher, site, to
from invented import a_feed, item, read, rss
from msgspec.structs import replace

from dateline.events import Page, PageRights
from dateline.poller import pages as subject
from dateline.poller.pages import PageMissing, PageReader, pages_for, wants_page

HTML = "<!DOCTYPE html><title>Ferry</title><script>count()</script><p>The ferry sails again.</p>"
RIGHTS = PageRights(robots=None, tdm_reserved=None, is_accessible_for_free=None)


@pytest.fixture(autouse=True, scope="module")
def no_company():
    """Ready pages wait for none; how long they do is nothing that these tests are about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subject, "SLICE_SECONDS", 0.01)
        yield


def page_at(url):
    return Page(url=url, html="<p>", content_type="text/html", fetched_at=None, truncated=False, rights=RIGHTS)


class Shop:
    """A site's answers by path; what is not there is 404. A robots.txt is a text, or a whole answer."""

    def __init__(self, robots=None, **answers):
        self.answers = {"/a": html(), "/robots.txt": robots, **{f"/{name}": answer for name, answer in answers.items()}}

    def __call__(self, request):
        answer = self.answers.get(request.path)
        if isinstance(answer, str):
            return web.Response(text=answer, content_type="text/plain")
        if answer is None:
            return web.Response(status=404)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


def html(text=HTML, **headers):
    return web.Response(text=text, content_type="text/html", headers={name.replace("_", "-"): value for name, value in headers.items()})


@asynccontextmanager
async def reading(shop, **settings):
    """The site, its address for feeds, and a reader with a clock that can be moved."""
    async with site(shop) as served, fetcher(**settings) as ours:
        clock = [datetime(2026, 3, 5, 12, 0, tzinfo=UTC)]
        reader = PageReader(ours, ours._settings, lambda: clock[0])
        reader.moved = lambda seconds: clock.__setitem__(0, clock[0] + timedelta(seconds=seconds))
        try:
            yield reader, served
        finally:
            await reader.close()


def paths(served):
    return [request.path for request in served.asked]


async def read_at(reader, served, path="/a"):
    return await reader.read(served.url + path, a_feed(served.url + "/feed"))


# --- one page ---


async def test_robots_txt_and_reservations_are_asked_for_first_and_once_a_day():
    async with reading(Shop("User-agent: *\nDisallow: /b\n", b=html())) as (reader, served):
        first = await read_at(reader, served)
        await read_at(reader, served)
        assert isinstance(await read_at(reader, served, "/b"), PageMissing)
        assert paths(served) == ["/robots.txt", "/.well-known/tdmrep.json", "/a", "/a"]
        reader.moved(86_401)
        await read_at(reader, served)
    assert paths(served)[4:] == ["/robots.txt", "/.well-known/tdmrep.json", "/a"]
    assert first.html == "<!DOCTYPE html><title>Ferry</title><p>The ferry sails again.</p>"
    assert (first.content_type, first.truncated) == ("text/html; charset=utf-8", False)


@pytest.mark.parametrize(
    ("robots", "reason"),
    [
        ("User-agent: dateline\nDisallow: /\n", "robots"),
        (web.Response(status=503), "robots"),
        (web.Response(status=429), "robots"),
        (web.Response(status=403), None),
        (None, None),
    ],
)
async def test_a_robots_txt_that_cannot_be_had_closes_the_site_and_one_that_is_not_there_opens_it(robots, reason):
    async with reading(Shop(robots)) as (reader, served):
        page = await read_at(reader, served)
    assert (page.reason if isinstance(page, PageMissing) else None) == reason
    assert ("/a" in paths(served)) == (reason is None)


async def test_a_redirect_to_a_closed_page_is_not_followed():
    async with reading(Shop("User-agent: *\nDisallow: /closed\n", a=to("/closed/1"))) as (reader, served):
        page = await read_at(reader, served)
    assert page.reason == "robots"
    assert "/closed/1" not in paths(served)


async def test_a_redirect_to_another_site_asks_that_sites_robots_txt():
    async with site(Shop("User-agent: *\nDisallow: /\n"), "127.0.0.2") as other, reading(Shop(a=to(other.url + "/a"))) as (reader, served):
        page = await read_at(reader, served)
    assert page.reason == "robots"
    assert paths(other) == ["/robots.txt"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (web.Response(status=404), "status"),
        (web.Response(status=410), "gone"),
        (web.Response(body=b"%PDF-1.7", content_type="application/pdf"), "type"),
        (web.Response(body=b"\xff\xd8\xff", headers={"Content-Type": ""}), "type"),
    ],
)
async def test_a_page_that_is_none_is_missing_with_its_reason(answer, reason):
    async with reading(Shop(a=answer)) as (reader, served):
        assert (await read_at(reader, served)).reason == reason


@pytest.mark.parametrize(
    "link", ["mailto:desk@harbour-gazette.example", "javascript:alert(1)", "https://", "http://127.0.0.1:22/", "/etc/passwd"]
)
async def test_a_link_that_is_no_page_or_no_public_address_is_missing_and_nothing_is_raised(link):
    async with reading(Shop(), allow_networks=()) as (reader, served):
        page = await reader.read(link, a_feed(served.url + "/feed"))
    assert isinstance(page, PageMissing)
    assert served.asked == []


async def test_what_the_site_the_answer_and_the_page_reserve_is_in_the_rights():
    rules = '[{"location": "/a", "tdm-reservation": 1}]'
    shop = Shop(**{".well-known/tdmrep.json": rules}, b=html(X_Robots_Tag="noarchive"))
    async with reading(shop) as (reader, served):
        reserved, tagged = await read_at(reader, served), await read_at(reader, served, "/b")
    assert (reserved.rights.tdm_reserved, tagged.rights.tdm_reserved) == (True, None)
    assert "noarchive" in str(tagged.rights.robots)


async def test_a_page_over_the_limit_is_cut():
    async with reading(Shop(a=html("<!DOCTYPE html>" + "<p>again</p>" * 1000)), max_page_characters=2000) as (reader, served):
        page = await read_at(reader, served)
    assert page.truncated
    assert len(page.html) <= 2000


async def test_between_two_pages_passes_the_delay_that_robots_txt_asks_for():
    async with reading(Shop("User-agent: *\nCrawl-delay: 0.2\n", b=html())) as (reader, served):
        loop = asyncio.get_running_loop()
        started = loop.time()
        await asyncio.gather(read_at(reader, served), read_at(reader, served, "/b"), read_at(reader, served))
    assert loop.time() - started >= 0.4


async def test_one_who_leaves_does_not_take_robots_txt_from_those_who_wait():
    async with reading(Shop()) as (reader, served):
        leaving = asyncio.create_task(read_at(reader, served))
        staying = asyncio.create_task(read_at(reader, served))
        while not served.asked:
            await asyncio.sleep(0)
        leaving.cancel()
        assert isinstance(await staying, Page)
    assert paths(served).count("/robots.txt") == 1


async def test_of_many_sites_only_the_last_used_are_remembered():
    hosts = [f"127.0.0.{number}" for number in range(2, 8)]
    async with reading(Shop(), robots_cache_bytes=4096) as (reader, _):
        for host in hosts:
            async with site(Shop(), host) as served:
                await read_at(reader, served)
        assert len(reader._robots._kept) == 4


# --- entries and their pages ---


def entries_of(count):
    return dict(enumerate(read(rss(*map(item, range(count)))).entries))


class Pages:
    """A reader of invented pages; a link that `says` names something answers with that, or raises it."""

    def __init__(self, **says):
        self.says, self.running, self.most = says, 0, 0

    async def read(self, link, feed):
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)
            answer = self.says.get(link.rpartition("/")[2], page_at(link))
            if isinstance(answer, asyncio.Event):
                await answer.wait()
                answer = page_at(link)
            if isinstance(answer, Exception):
                raise answer
            return answer
        finally:
            self.running -= 1


async def slices(count, reader, *, page="always", deadline_seconds=5.0):
    async with aclosing(pages_for(entries_of(count), a_feed(page=page), reader, deadline_seconds=deadline_seconds)) as ready:
        return [part async for part in ready]


async def test_each_entry_comes_once_and_a_slice_keeps_the_order():
    parts = await slices(40, Pages())
    assert [place for part in parts for place in part] == list(range(40))
    assert all(parsed.page is not None for part in parts for parsed in part.values())


async def test_few_pages_are_read_at_once():
    reader = Pages()
    await slices(60, reader)
    assert reader.most == subject._AT_ONCE


async def test_a_bug_met_by_one_page_costs_that_page_alone():
    (part,) = await slices(3, Pages(**{"1": RuntimeError("a bug")}))
    assert {place: (parsed.page is None, parsed.flags) for place, parsed in part.items()} == {
        0: (False, ()),
        1: (True, ("page_missing", "page_missing_bug")),
        2: (False, ()),
    }


async def test_what_has_not_come_by_the_deadline_goes_without_its_page_begun_or_not():
    never = asyncio.Event()
    parts = await slices(20, Pages(**{str(number): never for number in range(20)}), deadline_seconds=0.05)
    assert sorted(place for part in parts for place in part) == list(range(20))
    assert {parsed.flags for part in parts for parsed in part.values()} == {("page_missing", "page_missing_deadline")}


async def test_left_early_nothing_is_read_on():
    never, reader = asyncio.Event(), Pages()
    reader.says = {"1": never}
    async with aclosing(pages_for(entries_of(2), a_feed(page="always"), reader, deadline_seconds=60)) as ready:
        async for part in ready:
            assert list(part) == [0]
            break
    assert reader.running == 0


async def test_auto_wants_the_page_where_the_text_is_short_and_never_where_there_is_no_link():
    (short,) = entries_of(1).values()
    long = replace(short.entry, content="<p>Words</p> " * 300)
    tags = replace(short.entry, summary="<a href='https://a.example/a/long/address'>x</a>" * 100)
    wanted = {page: [wants_page(a_feed(page=page), entry) for entry in (short.entry, long, tags)] for page in ("never", "auto", "always")}
    assert wanted == {"never": [False] * 3, "auto": [True, False, True], "always": [True] * 3}
    assert not wants_page(a_feed(page="always"), replace(short.entry, link=None))
