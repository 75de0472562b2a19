"""Where a feed went whose address answers with a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from invented import NOW, URL, Reader, a_feed, item, read, rss
from msgspec.structs import replace

from dateline.events import FeedPlan, FeedState, Http
from dateline.poller.decide import Validators
from dateline.poller.pending import Read, Visit
from dateline.poller.schedule import Polled
from dateline.poller.successor import MOST_NAMED, may_look, named, not_found, still, successors

if TYPE_CHECKING:
    from collections.abc import Iterable

FEED = a_feed()
HOME = "https://www.harbour-gazette.example/"
NEW = "https://www.harbour-gazette.example/feed/all"
DAY = 86_400
MOMENT = int(NOW.timestamp())


def remembers(*items: str) -> FeedState:
    reader = Reader()
    reader.poll(rss(*items))
    return reader.state


STATE = remembers(item(1), item(2))


def page(*addresses: str) -> bytes:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{address}">' for address in addresses)
    return f"<html><head>{links}</head><body>Welcome</body></html>".encode()


def names(*addresses: str, url: str = HOME, state: FeedState = STATE) -> list[str]:
    return named(page(*addresses), None, url, None, feed=FEED, state=state)


def visit(body: bytes, url: str = NEW, served_by: str | None = None) -> Visit:
    answer = Read(read(body), Http(status=200, url=url, content_type=None), Validators())
    return Visit(FEED, Polled(), answer, NOW, served_by=served_by, looked=True, found=url)


def found(*visits: Visit) -> list[str | None]:
    return [one.found for one in successors(visits, FEED, STATE)]


# --- when ---


def plan(body_at: int) -> FeedPlan:
    return FeedPlan(last=MOMENT, next=MOMENT, rule="rate", errors=7, body_at=body_at)


def test_a_page_is_searched_once_after_the_feed_itself_was_there() -> None:
    assert may_look(STATE, plan(MOMENT - DAY), now=MOMENT)
    looked = replace(STATE, looked_at=MOMENT)
    assert not any(may_look(looked, plan(MOMENT - DAY), now=MOMENT + days * DAY) for days in range(400))


def test_a_page_that_comes_and_goes_is_searched_once_a_month() -> None:
    looked = replace(STATE, looked_at=MOMENT)
    assert not may_look(looked, plan(MOMENT + DAY), now=MOMENT + 30 * DAY - 1)
    assert may_look(looked, plan(MOMENT + DAY), now=MOMENT + 30 * DAY)


@pytest.mark.parametrize(("state", "before"), [(FeedState(id=FEED.id), plan(1)), (STATE, None), (STATE, plan(0))])
def test_where_nothing_was_served_before_there_is_nothing_to_find(state: FeedState, before: FeedPlan | None) -> None:
    assert not may_look(state, before, now=MOMENT)


# --- what a page names ---


def test_a_page_names_feeds_of_its_scope_without_the_addresses_that_led_to_it() -> None:
    assert names("/feed/all", "https://tarn-valley-post.example/rss", URL, HOME) == [NEW]
    assert names("/feed/all", state=replace(STATE, url=NEW)) == []


def test_a_page_of_another_scope_is_not_asked() -> None:
    assert names(NEW, url="https://parked-domains.example/") == []


def test_an_address_on_a_page_opens_no_secret() -> None:
    assert names("/feed?token=${SECRET}") == ["https://www.harbour-gazette.example/feed?token=$%7BSECRET}"]


# --- which of them it is ---


def test_what_serves_an_entry_that_was_served_before_is_the_feed() -> None:
    assert found(visit(rss(item(2), item(3))), visit(rss(item(4)), NEW + "/comments")) == [NEW]
    assert found(visit(rss(item(2, guid="another"), item(3)))) == [NEW]


def test_a_guid_that_means_something_in_its_feed_alone_proves_nothing() -> None:
    assert found(visit(rss(item(9, guid="gazette-1")))) == []


def test_several_that_may_be_the_feed_are_all_told() -> None:
    assert found(visit(rss(item(1), item(3))), visit(rss(item(1)), NEW + "/coast")) == [NEW, NEW + "/coast"]


def test_one_feed_in_two_formats_is_one() -> None:
    atom = """<feed xmlns="http://www.w3.org/2005/Atom"><title>All</title><entry><id>tag:1</id><title>Story 1</title>
      <link href="https://harbour-gazette.example/story/1"/><updated>2026-03-05T12:00:00Z</updated></entry></feed>"""
    assert found(visit(rss(item(1))), visit(atom.encode(), NEW + "/atom")) == [NEW]


def test_what_leads_out_of_the_scope_is_not_the_feed() -> None:
    assert found(visit(rss(item(1)), served_by="https://tarn-valley-post.example/rss")) == []


# --- what is said ---


def counts() -> Iterable[tuple[int, int]]:
    return ((0, 0), (3, 0), (MOST_NAMED, MOST_NAMED), (20, 0))


def test_what_was_found_fits_into_a_plan_and_is_told_apart() -> None:
    said = {f"the body is an HTML page; {not_found(*count)}" for count in counts()}
    assert len(said) == 4
    assert all(len(words.encode()) <= 58 for words in said)


def test_what_was_found_is_said_as_long_as_the_same_page_stands_there() -> None:
    before = replace(plan(0), error="the body is an HTML page; it names no other feed")
    assert still("the body is an HTML page", before) == before.error
    for page_says, known in (("the body is an HTML page", None), ("the body is an HTML page that asks for a password", before)):
        assert still(page_says, known) == page_says
