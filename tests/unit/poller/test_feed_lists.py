"""Lists of feeds in any form."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.errors import BadInput
from dateline.events import Publisher
from dateline.poller.feed_lists import read_feed_list, without_references, write_yaml
from dateline.poller.listed import FeedList, Listed, listed_of, new_feed
from examples import examples

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


def read(text: str) -> FeedList:
    return read_feed_list(text.encode(), "list")


def urls(text: str) -> list[str]:
    return [listed.url for listed in read(text).listed]


def test_the_form_is_told_from_what_the_list_holds():
    assert urls('\ufeff <?xml version="1.0"?><opml><body><outline xmlUrl="https://a.example/"/></body></opml>') == ["https://a.example/"]
    assert urls("# mine\n\nhttps://a.example/\n  https://b.example/  \nhttps://a.example/\n") == [
        "https://a.example/",
        "https://b.example/",
    ]
    assert urls("- https://a.example/\n- url: https://b.example/\n") == ["https://a.example/", "https://b.example/"]
    assert urls("# mine\nfeeds:\n  - url: https://b.example/\n") == ["https://b.example/"]
    assert read("") == read("# nothing yet\n") == FeedList([], [])


def test_a_line_that_holds_more_than_an_address_is_named_by_its_number():
    found = read("https://a.example/\nhttps://b.example/ the second\nhttps://c.example/\n")
    assert [listed.url for listed in found.listed] == ["https://a.example/", "https://c.example/"]
    assert found.refused == [("line 2", "holds more than an address")]


def test_a_wrong_type_is_named_with_its_place_and_stops_no_other_entry():
    found = read(
        """feeds:
- {url: https://a.example/, every: often}
- {url: https://b.example/, labels: Coast}
- {url: https://c.example/, page: sometimes}
- {link: https://d.example/}
- {url: https://e.example/, publisher: {name: E, owner: F}}
- {url: "https://u:tarnferry@f.example/", paused: perhaps}
- [https://g.example/]
- {url: https://h.example/, priority: 1000}
- url: https://i.example/
"""
    )
    assert [listed.url for listed in found.listed] == ["https://i.example/"]
    assert [f"{name}: {reason}" for name, reason in found.refused] == [
        "feeds[0], line 2 (https://a.example/): every: Expected `int | null`, got `str`",
        "feeds[1], line 3 (https://b.example/): labels: Expected `array`, got `str`",
        "feeds[2], line 4 (https://c.example/): page is never, auto or always, not 'sometimes'",
        f"feeds[3], line 5: there is no field `link`; there are {', '.join(Listed.__struct_fields__)}",
        "feeds[4], line 6 (https://e.example/): publisher.owner: there is no such field; there are name, domain, country, id",
        "feeds[5], line 7 (https://f.example/): paused: Expected `bool | null`, got `str`",
        "feeds[6], line 8: Expected `object`, got `array`",
        "feeds[7], line 9 (https://h.example/): priority: Expected `int` <= 100",
    ]


def test_norwegian_is_a_language_and_a_number_a_title():
    (listed,) = read(
        "- {url: https://a.example/, language: no, title: 1984, every: 60, paused: true, publisher: {name: A}, text: ~}"
    ).listed
    assert listed == Listed(
        "https://a.example/", "1984", language="no", every=60, paused=True, publisher=Publisher(name="A", domain=None, country=None)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "no list of feeds"),
        ("feeds: none", "no list of feeds"),
        ("{}", "no list of feeds"),
        ("a: [1, {x: 2}", "list, line 2: not YAML"),
        ("- a\n\t- b", "list, line 2: not YAML"),
        ("- \x00", "not YAML"),
        ("- &a https://a.example/\n- *a", "list, line 2: aliases"),
        ("[" * 50_000, "levels"),
        ("{a: " * 50_000, "levels"),
        ("--- a\n--- b", "not YAML"),
    ],
)
def test_what_is_no_list_is_named_with_its_place(text, said):
    with pytest.raises(BadInput, match=said):
        read(text)


def test_a_billion_laughs_are_none():
    bomb = "a: &a [x, x]\n" + "".join(f"{chr(n + 1)}: &{chr(n + 1)} [*{chr(n)}, *{chr(n)}]\n" for n in range(ord("a"), ord("y")))
    began = time.perf_counter()
    with pytest.raises(BadInput, match="aliases"):
        read(bomb)
    assert time.perf_counter() - began < 0.5


def test_a_list_too_long_is_refused(monkeypatch):
    with pytest.raises(BadInput, match="32 MiB"):
        read_feed_list(b" " * ((32 << 20) + 1), "list")
    monkeypatch.setattr("dateline.poller.feed_lists.MOST_FEEDS", 2)
    with pytest.raises(BadInput, match="2 feeds"):
        read("https://a.example/\nhttps://b.example/\nhttps://c.example/\n")


def test_somebody_elses_list_may_not_send_our_secrets_anywhere():
    found = without_references(read("https://a.example/\nhttps://evil.example/?x=${GAZETTE}\n"))
    assert [listed.url for listed in found.listed] == ["https://a.example/"]
    assert found.refused[0].name == "https://evil.example/"


texts = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ["no", "null", "~", "1984", "true", "*a", "&a", "- b", "a: b", "#c"]
)
publishers = st.builds(
    Publisher,
    name=st.none() | texts.filter(bool),
    domain=st.none() | st.just("a.example"),
    country=st.none() | st.sampled_from(["NO", "BR"]),
)
feeds = st.builds(
    Listed,
    st.integers(0, 50).map(lambda n: f"https://${{KEY}}@{n}.example/rss"),
    st.none() | texts,
    st.lists(texts, max_size=3).map(tuple),
    st.sampled_from([None, "no", "zh-Hans"]),
    st.none() | publishers.filter(lambda one: bool(one.name or one.domain or one.country)),
    kind=st.sampled_from([None, "publisher", "aggregator"]),
    page=st.sampled_from([None, "never", "auto", "always"]),
    text=st.sampled_from([None, "full", "excerpt", "none"]),
    priority=st.none() | st.integers(-100, 100),
    every=st.none() | st.integers(1, 9999),
    paused=st.sampled_from([None, True, False]),
    private=st.sampled_from([None, True, False]),
)


@examples(150)
@given(st.lists(feeds, max_size=5, unique_by=lambda listed: listed.url))
def test_yaml_carries_every_field_there_and_back(every):
    written = [new_feed(listed, now=NOW) for listed in every]
    found = read_feed_list(write_yaml(written), "list")
    assert found == FeedList([listed_of(feed) for feed in written], [])
