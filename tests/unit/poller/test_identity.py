"""What counts as the same publisher, link, article and text."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import item, read, rss

from dateline.poller.identity import (
    NOTHING,
    article_id,
    content_hash,
    feed_id,
    guid_hash,
    is_global_guid,
    normalize_link,
    scope_of,
    without_secrets,
)
from examples import examples

FEW = examples(40)
words = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=6)
segments = st.lists(st.text(min_size=1, max_size=5).filter(lambda text: text not in (".", "..")), max_size=3)
pairs = st.lists(st.tuples(words.filter(lambda name: not name.endswith("clid")), words), max_size=3)
tracking = st.sampled_from(["utm_source=rss", "utm_medium=feed", "fbclid=IwAR0", "gclid=x", "mc_cid=1", "at_medium=RSS"])


@st.composite
def links(draw: st.DrawFn) -> str:
    host = ".".join([*draw(st.lists(words, min_size=1, max_size=2)), "example"])
    path = "".join("/" + quote(segment, safe="") for segment in draw(segments))
    query = "&".join(f"{name}={value}" for name, value in draw(pairs))
    return f"https://{host}{path}" + (f"?{query}" if query else "")


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        ("https://news.harbour.example.co.uk/rss", "example.co.uk"),
        ("https://anna.github.io/feed.xml", "anna.github.io"),
        ("HTTPS://WWW.Straße.De/feed", "xn--strae-oqa.de"),
        ("http://127.0.0.2:9000/rss", "127.0.0.2:9000"),
        ("http://192.0.2.1/rss", "192.0.2.1:80"),
        ("https://[2001:db8::0:1]/rss", "[2001:db8::1]:443"),
        ("http://localhost:8000/rss", "localhost"),
        ("captures/gazette.xml", "captures/gazette.xml"),
    ],
)
def test_a_scope_is_the_registrable_domain_or_the_literal_address(url: str, scope: str) -> None:
    assert scope_of(url) == scope


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.gazette.example/a/", "https://gazette.example/a"),
        ("https://gazette.example:443/a#top", "http://GAZETTE.example:80/a"),
        ("https://gazette.example/%7eanna/%c3%a9t%C3%A9", "https://gazette.example/~anna/été"),
        ("https://gazette.example/a/../b", "https://gazette.example/b"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
    ],
)
def test_two_spellings_of_one_address_are_one_link(one: str, other: str) -> None:
    assert normalize_link(one) == normalize_link(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://gazette.example/a", "https://gazette.example/A"),
        ("https://gazette.example/?p=1", "https://gazette.example/?p=2"),
        ("https://gazette.example:8443/a", "https://gazette.example/a"),
        ("https://gazette.example/?a=1&b=2", "https://gazette.example/?b=2&a=1"),
        ("https://gazette.example/a%2Fb", "https://gazette.example/a/b"),
    ],
)
def test_addresses_that_may_lead_elsewhere_are_two_links(one: str, other: str) -> None:
    assert normalize_link(one) != normalize_link(other)


@FEW
@given(links())
def test_normalizing_twice_changes_nothing(link: str) -> None:
    assert normalize_link(normalize_link(link)) == normalize_link(link)


@FEW
@given(links(), tracking, st.integers(0, 4))
def test_scheme_www_and_tracking_anywhere_in_the_query_do_not_matter(link: str, cruft: str, place: int) -> None:
    address, _, query = link.partition("?")
    parameters = query.split("&") if query else []
    parameters.insert(place, cruft)
    other = f"{address}?{'&'.join(parameters)}".replace("https://", "http://www.", 1)
    assert normalize_link(other) == normalize_link(link)
    assert guid_hash(other) == guid_hash(link)
    assert feed_id(other) == feed_id(link)


@given(st.text(max_size=40))
@examples(60)
def test_no_text_is_too_odd_to_be_a_link(text: str) -> None:
    assert isinstance(normalize_link(text), str)
    assert isinstance(scope_of(text), str)
    assert isinstance(without_secrets(text), str)


def test_an_article_is_known_by_its_link_in_the_scope_or_by_its_guid_in_the_feed() -> None:
    guid, link = guid_hash("gazette-1"), guid_hash("https://gazette.example/1")
    assert article_id("gazette.example", "a", guid=guid, link=link) == article_id("gazette.example", "b", guid=NOTHING, link=link)
    assert article_id("gazette.example", "a", guid=guid, link=NOTHING) != article_id("gazette.example", "b", guid=guid, link=NOTHING)


@pytest.mark.parametrize(
    ("guid", "everywhere"),
    [("https://gazette.example/?p=1", True), ("tag:gazette.example,2026:1", True), ("4711", False), ("story-1", False)],
)
def test_only_a_guid_that_is_a_uri_means_the_same_in_every_feed(guid: str, everywhere: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_global_guid(guid) is everywhere


def test_markup_white_space_and_dates_do_not_change_the_content_hash() -> None:
    one = item(1, text="&lt;p&gt;Ferry &lt;b&gt;sails&lt;/b&gt; again&lt;/p&gt;", more="<pubDate>5 Mar 2026 10:00 GMT</pubDate>")
    other = item(1, text="Ferry sails   again")
    entries = read(rss(one, other, item(1, text="Ferry stays"))).entries
    hashes = [content_hash(parsed.entry) for parsed in entries]
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://anna:hunter2@gazette.example/rss", "https://gazette.example/rss"),
        ("https://gazette.example/rss?token=x&page=2&api_key=y", "https://gazette.example/rss?page=2"),
        ("https://gazette.example/rss?author=anna&keyword=sea", "https://gazette.example/rss?author=anna&keyword=sea"),
        ("https://gazette.example/rss?u=${GAZETTE}", "https://gazette.example/rss"),
    ],
)
def test_what_opens_a_feed_is_not_shown(url: str, shown: str) -> None:
    assert without_secrets(url) == shown
