"""Whose report an article is said to be, and by which words."""

from __future__ import annotations

from typing import Any

import pytest
from articles import AGENCIES, BODY, FEED, raw
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dateline.enricher.enrich import enrich
from dateline.events import Attribution, Author, EnrichedArticle, EntrySource, FeedReference, Publisher, RawArticle, Span

LINE = "<p>{}</p>"


def attribution(article: RawArticle) -> Attribution:
    return enrich(article, AGENCIES).attribution


def assert_quoted(article: EnrichedArticle) -> list[Span]:
    body = article.text.body
    spans: list[Span] = [evidence for origin in article.attribution.origins for evidence in origin.evidence] + article.attribution.mentions
    for span in spans:
        assert (span.field, span.text) == ("body", body[span.start : span.end])
    return spans


@pytest.mark.parametrize(
    "line",
    [
        *("Source: Tern News", "SOURCE : Tern News Agency.", "Quelle: TNA", "Fuente: Tern News", "Fonte: TNA", "Kaynak: Tern News"),
        *("Источник: ТЕРН", "Πηγή: TNA", "来源：TNA", "(TNA)", "(The Tern News Agency).", "[TNA]", "— Tern News", "-- TNA"),
    ],
)
def test_a_last_or_first_paragraph_that_is_a_credit_line_names_the_origin(line: str) -> None:
    for content in (BODY + LINE.format(line), LINE.format(line) + BODY):
        article = enrich(raw(content), AGENCIES)
        found = article.attribution
        assert (found.status, [origin.id for origin in found.origins], found.relation) == ("attributed", ["tern"], "unknown")
        assert found.origins[0].evidence[0].text == line
        assert len(assert_quoted(article)) == 2


@pytest.mark.parametrize(
    "line", ["This report was published by Tern News.", "First published by TNA", "Republished with permission of Tern News"]
)
def test_only_words_that_say_so_make_a_republication(line: str) -> None:
    found = attribution(raw(BODY + LINE.format(line)))
    assert (found.status, found.relation) == ("attributed", "republication")


@pytest.mark.parametrize(
    "line",
    [
        *("Tern News contributed to this report.", "With files from Tern News", "A minister told TNA.", "Source: tna", "(TNAS)"),
        *(
            "Source: Tern News, own report",
            "Source: Tarn Post",
            "(photo: TNA)",
            "Tern News",
            "Source:",
            "()",
            "According to Tern News (TNA)",
        ),
    ],
)
def test_who_contributed_or_is_quoted_or_unknown_is_no_origin(line: str) -> None:
    found = attribution(raw(BODY + LINE.format(line)))
    assert (found.status, found.origins, found.relation) == ("unattributed", [], "unknown")


def test_a_credit_in_the_middle_or_in_a_caption_is_no_origin() -> None:
    middle = attribution(raw(BODY + LINE.format("(TNA)") + BODY))
    caption = attribution(raw(BODY + "<figure><figcaption>(TNA)</figcaption></figure>"))
    assert middle.origins == caption.origins == []


def test_a_headline_that_stands_for_the_body_is_no_credit_line() -> None:
    assert attribution(raw(None, title="(TNA)")).status == "unattributed"


def test_two_agencies_in_two_lines_are_a_conflict_that_keeps_both() -> None:
    found = attribution(raw(LINE.format("(TNA)") + BODY + LINE.format("Source: Heron Telegraph")))
    assert (found.status, [origin.id for origin in found.origins]) == ("conflict", ["tern", "heron"])


def test_a_press_release_wire_distributes_and_is_no_origin() -> None:
    found = attribution(raw(BODY + LINE.format("Source: Wireline Releases")))
    assert (found.status, found.origins, found.distributor.id) == ("unattributed", [], "wireline")


def test_an_agency_that_publishes_is_its_own_origin_unless_it_credits_another() -> None:
    feed = replace(FEED, link="https://tern.example/", url="https://tern.example/rss")
    own = raw(BODY + LINE.format("(TNA)"), feed=feed, link="https://www.tern.example/1")
    found = attribution(own)
    assert (found.status, found.relation, found.origins, found.publisher.id) == ("self", "original", [], "tern")
    other = attribution(raw(BODY + LINE.format("(HT)"), feed=feed, link="https://www.tern.example/1"))
    assert (other.status, [origin.id for origin in other.origins]) == ("attributed", ["heron"])


@pytest.mark.parametrize(
    ("feed", "entry", "publisher"),
    [
        (FEED, {}, ("Tarn Post", "post.example")),
        (replace(FEED, link=None, url="https://feedservice.example/x"), {}, ("Tarn Post", "post.example")),
        (FEED, {"link": "https://elsewhere.example/"}, ("Tarn Post", "post.example")),
        (replace(FEED, publisher=Publisher(name="Given", domain=None, country="XT")), {}, ("Given", None)),
        (replace(FEED, link=None, url="http://127.0.0.2:8000/rss"), {"link": "http://127.0.0.2:8000/1"}, ("Tarn Post", None)),
        (replace(FEED, kind="aggregator"), {}, None),
        (replace(FEED, kind="aggregator"), {"source": EntrySource(title="Far", url="https://a.far.example/")}, ("Far", "far.example")),
        (replace(FEED, title=None, link=None, url="seed.txt"), {"link": None}, None),
    ],
)
def test_the_publisher_is_given_or_the_feed_itself_or_unknown(
    feed: FeedReference, entry: dict[str, Any], publisher: tuple[str | None, str | None] | None
) -> None:
    found = attribution(raw(feed=feed, **entry)).publisher
    assert (found and (found.name, found.domain)) == publisher


def test_authors_are_people() -> None:
    names = ["By Ada Fern and Bo Reed", "Tern News", "TNA", "admin", "Redaktion", "Tarn Post", "Ada Fern", "Reed, Cy", "TNA Staff", None]
    found = attribution(raw(authors=[Author(name=name, uri=None) for name in names]))
    assert [author.name for author in found.authors] == ["Ada Fern", "Bo Reed", "Reed, Cy"]


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from(("Source: TNA", "(Tern News)", "— HT", "A\u0301 word 😀.", "told TNA", "  ", "(ТЕРН)")), max_size=6),
    st.sampled_from(("<p>{}</p>", "{}<br>", "<div> {} </div>\n")),
)
def test_whatever_is_quoted_stands_in_the_body_where_it_is_said_to(lines: list[str], markup: str) -> None:
    assert_quoted(enrich(raw("".join(markup.format(line) for line in lines)), AGENCIES))
