"""OPML, as operators have it and as we write it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.errors import BadInput
from dateline.poller.listed import Listed, new_feed
from dateline.poller.opml import read_list, read_opml, write_opml
from examples import examples

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


def opml(body: str) -> bytes:
    return f'<opml version="2.0"><head/><body>{body}</body></opml>'.encode()


def labels(body: str) -> dict[str, tuple[str, ...]]:
    return {listed.url: listed.labels for listed in read_opml(opml(body), "list").listed}


def test_folders_become_labels_and_folders_within_them_one_label():
    found = labels(
        '<outline text="Coast"><outline xmlUrl="https://a.example/"/><outline title="North"><outline xmlUrl="https://b.example/"/></outline></outline>'
        '<outline xmlUrl="https://c.example/"/>'
    )
    assert found == {"https://a.example/": ("Coast",), "https://b.example/": ("Coast/North",), "https://c.example/": ()}


def test_a_feed_in_two_folders_has_both_labels():
    twice = '<outline text="{0}"><outline xmlUrl="https://a.example/" {1}/></outline>'
    (listed,) = read_opml(opml(twice.format("X", "") + twice.format("Y", 'title="T" language="nb"')), "list").listed
    assert (listed.labels, listed.title, listed.language) == (("X", "Y"), "T", "nb")


def test_categories_are_labels_too():
    assert labels('<outline xmlUrl="https://a.example/" category="/Boston/Weather, tags"/>') == {
        "https://a.example/": ("Boston/Weather", "tags")
    }


def test_attributes_are_read_in_any_case_and_an_address_as_text_is_no_title():
    (listed,) = read_opml(opml('<outline text="https://a.example/" XMLURL=" https://a.example/ "/>'), "list").listed
    assert listed == Listed("https://a.example/")


def test_an_outline_that_should_have_an_address_is_named():
    found = read_opml(opml('<outline type="rss" text="Lost"/><outline xmlUrl="https://a.example/"/>'), "list")
    assert [listed.url for listed in found.listed] == ["https://a.example/"]
    assert found.refused[0].name == "Lost" and "xmlUrl" in found.refused[0].reason


def test_broken_xml_is_read_as_far_as_it_goes():
    broken = b'<opml><body><outline text="A & B" xmlUrl="https://a.example/?x=1&y=2"/><outline xmlUrl="https://b.example/"></body>'
    assert [listed.url for listed in read_opml(broken, "list").listed] == ["https://a.example/?x=1&y=2", "https://b.example/"]


def test_any_encoding_is_read():
    body = '<?xml version="1.0" encoding="utf-16"?><opml><body><outline text="Küste"><outline xmlUrl="https://a.example/"/></outline></body></opml>'
    assert read_opml(body.encode("utf-16"), "list").listed[0].labels == ("Küste",)
    assert read_opml(body.replace("utf-16", "iso-8859-1").encode("latin-1"), "list").listed[0].labels == ("Küste",)


@pytest.mark.parametrize(("body", "said"), [(b"<rss/>", "first element"), (b"plain", "not XML"), (b"", "not XML")])
def test_what_is_no_opml_is_named(body, said):
    with pytest.raises(BadInput, match=said):
        read_opml(body, "list")


def test_entities_are_neither_expanded_nor_loaded():
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    body = f'<!DOCTYPE opml [<!ENTITY e0 "boom"><!ENTITY f SYSTEM "file:///etc/passwd">{bomb}]>'.encode()
    body += b'<opml><body><outline text="&e11;&f;" xmlUrl="https://a.example/"/></body></opml>'
    began = time.perf_counter()
    (listed,) = read_opml(body, "list").listed
    assert time.perf_counter() - began < 1
    assert "boom" not in (listed.title or "") and "root:" not in (listed.title or "")


def test_folders_within_folders_are_bounded():
    deep = '<outline text="f">' * 100 + '<outline xmlUrl="https://a.example/"/>' + "</outline>" * 100
    found = read_opml(opml('<outline xmlUrl="https://b.example/"/>' + deep), "list")
    assert [listed.url for listed in found.listed] == ["https://b.example/"]
    assert "16 folders" in found.refused[0].reason


@pytest.mark.heavy
def test_hundred_thousand_outlines_take_their_time_and_no_more():
    body = opml("".join(f'<outline text="x" xmlUrl="https://a.example/{n}"/>' for n in range(20_000)))
    began = time.process_time()
    assert len(read_opml(body, "list").listed) == 20_000
    assert time.process_time() - began < 5


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(BadInput, match=r"lost\.opml cannot be read"):
        read_list(tmp_path / "lost.opml")


texts = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    ["a/b", "/a", "a/", "a//b", "a,b", " a / b ", "a/b/c", "<&>\"'", "/", ","]
)
lists = st.lists(
    st.builds(
        Listed,
        st.integers(0, 30).map(lambda n: f"https://{n % 7}.example/rss?n={n}&token=${{KEY}}"),
        st.none() | texts,
        st.lists(texts, max_size=4).map(tuple),
        st.sampled_from([None, "nb", "zh-Hans"]),
    ),
    max_size=8,
    unique_by=lambda listed: listed.url,
)


@examples(150)
@given(lists)
def test_what_is_written_is_read_again_as_the_same(every):
    feeds = [new_feed(listed, now=NOW) for listed in every]
    found = read_opml(write_opml(feeds, title="Feeds & more"), "list")
    assert found.refused == []
    again = {feed.url: feed for feed in (new_feed(listed, now=NOW) for listed in found.listed)}
    assert {url: (feed.title, set(feed.labels), feed.language) for url, feed in again.items()} == {
        feed.url: (feed.title, set(feed.labels), feed.language) for feed in feeds
    }


def test_labels_are_folders_and_categories_when_written():
    feed = new_feed(Listed("https://a.example/", "A", ("Coast/North", "x")), now=NOW)
    text = write_opml([feed], title="T").decode()
    assert text.count('xmlUrl="https://a.example/"') == 2
    assert 'text="Coast">\n      <outline text="North">' in text
    assert 'category="Coast/North,x"' in text
