"""How the newsroom serves: many publishers, good and bad manners, and a quick end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from email.utils import parsedate_to_datetime

import aiohttp
import pytest
from lxml import etree

from dateline.demo import newsroom as subject
from dateline.demo.newsroom import AddressMissing, Newsroom, PortTaken, listen, main, options, serve
from dateline.demo.stories import Plan, Steady, published
from dateline.demo.texts import Behaviour

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


class FakeClock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def newsroom(clock):
    newsroom = Newsroom(seed=7, clock=clock, slow_seconds=60.0)
    await newsroom.start()
    yield newsroom
    await newsroom.stop()


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


def url_of(newsroom, ending):
    return next(feed.url for feed in newsroom.feeds() if feed.url.endswith(ending))


def broken(newsroom, behaviour):
    return next(feed.url for feed in newsroom.feeds() if feed.behaviour is behaviour)


async def test_every_publisher_has_an_address_of_its_own_and_all_share_a_port(newsroom):
    places = {feed.url.split("/")[2] for feed in newsroom.feeds()}
    assert len(newsroom.feeds()) >= 12
    assert len(places) >= 8
    assert {place.split(":")[1] for place in places} == {str(newsroom.port)}


async def test_every_publishing_feed_is_xml_with_the_entries_that_stories_tells(newsroom, clock, session):
    clock.seconds += 30.0
    seen = []
    for feed in newsroom.feeds():
        if feed.behaviour not in (Behaviour.WELL, Behaviour.REVISING):
            continue
        async with session.get(feed.url) as response:
            assert response.status == 200
            tree = etree.fromstring(await response.read())
            seen += [(feed.url, node.text) for node in tree.iter("guid", "{*}id") if not node.text.endswith(feed.url.split("/", 3)[3])]
    assert sorted(seen) == sorted(newsroom.entries_published(30.0))
    assert [guid for _, guid in newsroom.entries_published(30.0)] == [entry.guid for entry in published(Plan(seed=7), 30.0)]


async def test_an_entry_has_link_guid_date_summary_and_full_text_and_its_page_says_the_same(newsroom, clock, session):
    clock.seconds += 10.0
    async with session.get(url_of(newsroom, "/feeds/world.xml")) as response:
        assert response.content_type == "application/rss+xml"
        item = etree.fromstring(await response.read()).find("channel/item")
    assert item.findtext("guid").startswith("tag:harbour-lantern.example,")
    assert 1.0 < (parsedate_to_datetime(item.findtext("pubDate")) - newsroom.started_at).total_seconds() + 1.0 < 11.0
    assert "spared 1,400 homes" in item.findtext("description")
    assert "<p>Source: Meridian Press</p>" in item.findtext(CONTENT)
    async with session.get(item.findtext("link")) as response:
        page = await response.text()
    assert all(part in page for part in (item.findtext("title"), "<p>Source: Meridian Press</p>", 'rel="canonical"'))


async def test_an_unchanged_feed_answers_304_to_either_validator_and_a_changed_one_200(newsroom, clock, session):
    url = url_of(newsroom, "/feeds/world.xml")
    clock.seconds += 5.0
    async with session.get(url) as response:
        etag, modified = response.headers["ETag"], response.headers["Last-Modified"]
    for headers in (
        {"If-None-Match": etag},
        {"If-Modified-Since": modified},
        {"If-None-Match": etag, "If-Modified-Since": modified},
    ):
        async with session.get(url, headers=headers) as response:
            assert (response.status, await response.read(), response.headers["ETag"]) == (304, b"", etag)
    clock.seconds += 40.0
    for headers in (
        {"If-None-Match": etag},
        {"If-Modified-Since": modified},
        {"If-None-Match": etag, "If-Modified-Since": modified},
    ):
        async with session.get(url, headers=headers) as response:
            assert response.status == 200
            assert response.headers["ETag"] != etag


async def test_a_document_that_may_change_again_within_its_second_carries_no_last_modified(newsroom, clock, session):
    newsroom.started_at = newsroom.started_at.replace(microsecond=0)
    released = published(Plan(seed=7), 2.0)[0]
    clock.seconds += released.published_seconds + 0.001
    for wait_seconds, dated in ((0.0, False), (1.0, True)):
        clock.seconds += wait_seconds
        async with session.get(newsroom.url(released.feed)) as response:
            assert ("Last-Modified" in response.headers) == dated


async def test_the_failing_feed_fails_and_the_page_is_no_feed(newsroom, session):
    async with session.get(broken(newsroom, Behaviour.FAILING)) as response:
        assert response.status == 500
    async with session.get(broken(newsroom, Behaviour.PAGE)) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert (await response.text()).startswith("<!DOCTYPE html>")


async def test_the_slow_feed_does_not_hold_up_the_end(clock, session):
    newsroom = Newsroom(seed=7, clock=clock, slow_seconds=60.0)
    await newsroom.start()
    waiting = asyncio.create_task(session.get(broken(newsroom, Behaviour.SLOW)))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    began = time.monotonic()
    await newsroom.stop()
    assert time.monotonic() - began < 0.5
    (await waiting).close()


async def test_the_slow_feed_answers_after_its_seconds(clock, session):
    newsroom = Newsroom(seed=7, clock=clock, slow_seconds=0.03)
    await newsroom.start()
    began = time.monotonic()
    async with session.get(broken(newsroom, Behaviour.SLOW)) as response:
        assert response.status == 200
        assert time.monotonic() - began >= 0.03
    await newsroom.stop()


async def test_the_live_entry_changes_its_text_under_the_same_guid(newsroom, clock, session):
    seen = []
    for step in (5.0, 12.0):
        clock.seconds += step
        async with session.get(broken(newsroom, Behaviour.REVISING)) as response:
            tree = etree.fromstring(await response.read())
        entry = next(node for node in tree.iter("{*}entry") if node.findtext("{*}id").endswith("live/tug"))
        seen.append((entry.findtext("{*}id"), entry.findtext("{*}content"), entry.findtext("{*}updated")))
    (guid, text, updated), (same_guid, later_text, later_updated) = seen
    assert guid == same_guid
    assert text != later_text
    assert updated < later_updated


async def test_published_lists_every_entry_released_so_far_and_none_to_come(clock, session):
    newsroom = Newsroom(seed=3, pace=Steady(rate=50.0), publish_seconds=4.0, clock=clock)
    await newsroom.start()
    for step, expected in ((1.0, 50), (2.0, 150), (60.0, 200)):
        clock.seconds += step
        async with session.get(f"http://127.0.0.1:{newsroom.port}/published") as response:
            listed = await response.json()
        assert len(listed) == expected
        assert [(one["feed"], one["guid"]) for one in listed] == newsroom.entries_published(newsroom.seconds)
    async with session.get(listed[-1]["link"]) as response:
        assert response.status == 200
    await newsroom.stop()


async def test_the_opml_names_every_feed(newsroom, session):
    async with session.get(f"http://127.0.0.1:{newsroom.port}/feeds.opml") as response:
        assert await response.text() == newsroom.write_opml()
    tree = etree.fromstring(newsroom.write_opml().encode())
    assert {node.get("xmlUrl") for node in tree.iter("outline")} - {None} == {feed.url for feed in newsroom.feeds()}


async def test_a_front_page_announces_its_feeds_and_other_paths_are_not_found(newsroom, session):
    root = f"http://127.0.0.3:{newsroom.port}"
    async with session.get(root) as response:
        page = await response.text()
    assert f'href="{root}/feeds/news.xml"' in page
    for path in ("/feeds/world.xml", "/articles/7-999999", "/articles/nothing"):
        async with session.get(root + path) as response:
            assert response.status == 404


def test_a_missing_loopback_address_is_named_with_the_command_that_adds_it(monkeypatch):
    # 192.0.2.1 is reserved for documentation (RFC 5737), so no machine listens there.
    monkeypatch.setattr(subject, "addresses", lambda: ["127.0.0.1", "192.0.2.1"])
    with pytest.raises(AddressMissing, match=r"sudo ifconfig lo0 alias 192\.0\.2\.1"):
        listen(subject.addresses(), 0)


def test_a_port_in_use_is_named():
    with socket.create_server(("127.0.0.4", 0)) as taken, pytest.raises(PortTaken, match="is in use; choose another port"):
        listen(["127.0.0.4"], taken.getsockname()[1])


def test_a_process_of_its_own_writes_the_opml_says_where_it_is_and_ends_with_0(tmp_path, capsys):
    feeds = tmp_path / "feeds.opml"
    assert main(["--seconds", "0.02", "--rate", "20", "--document-entries", "10", "--publish-seconds", "1", "--opml", str(feeds)]) == 0
    assert capsys.readouterr().out.endswith("/published\n")
    assert feeds.read_text(encoding="utf-8").count("xmlUrl") == 25


async def test_sigterm_ends_the_service():
    serving = asyncio.create_task(serve(Newsroom(seed=7), seconds=60.0, opml=None))
    await asyncio.sleep(0.03)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 0.5)


def test_a_process_that_cannot_open_says_why_on_stderr(capsys):
    assert main(["--rate", "5000"]) == 2
    assert "set document_entries to" in capsys.readouterr().err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--port", str(taken.getsockname()[1])]) == 1
    assert "is in use" in capsys.readouterr().err


def test_without_options_the_staged_demo_is_played_until_told_to_stop():
    given = options().parse_args([])
    assert (given.rate, given.seconds, given.publish_seconds) == (0.0, float("inf"), float("inf"))
