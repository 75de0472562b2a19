"""What of a headline is not of it."""

from __future__ import annotations

import pytest

from dateline.enricher.headline import choose_headline, clean_headline

SITES = ["Tarn Post", "tarnpost.example"]


@pytest.mark.parametrize(
    ("served", "clean", "removed"),
    [
        ("Bridge opens today", "Bridge opens today", []),
        ("Bridge opens today - Tarn Post", "Bridge opens today", [("headline_suffix", "Tarn Post")]),
        ("Bridge opens today | TARN POST", "Bridge opens today", [("headline_suffix", "TARN POST")]),
        ("Bridge opens - at last - Tarn Post", "Bridge opens - at last", [("headline_suffix", "Tarn Post")]),
        ("Bridge opens today | news.harbour.example", "Bridge opens today", [("headline_suffix", "news.harbour.example")]),
        ("Tarn Post: the story of a paper", "Tarn Post: the story of a paper", []),
        ("Tarn Post | Bridge opens today", "Bridge opens today", [("other", "Tarn Post |")]),
        ("BREAKING: Bridge opens today", "Bridge opens today", [("other", "BREAKING:")]),
        ("【速報】 橋が開通", "橋が開通", [("other", "【速報】")]),
        ("Live: Bridge opens today – Tarn Post", "Bridge opens today", [("other", "Live:"), ("headline_suffix", "Tarn Post")]),
        ("Bridge - Tarn Post", "Bridge - Tarn Post", []),
        ("Tarn Post", "Tarn Post", []),
        ("Anna Fern - a life on the quay", "Anna Fern - a life on the quay", []),
        (
            "A bridge opens. Last Minute TARN, Sea headlines and events",
            "A bridge opens.",
            [("headline_suffix", "Last Minute TARN, Sea headlines and events")],
        ),
    ],
)
def test_a_headline_loses_its_sites_name_and_labels_and_nothing_else(served: str, clean: str, removed: list[tuple[str, str]]) -> None:
    headline = clean_headline(served, SITES)
    assert (headline.raw, headline.clean) == (served, clean)
    assert [(kind, served[start:end]) for kind, start, end in headline.removed] == removed


def test_what_the_page_shows_as_its_headline_is_all_there_is_of_it() -> None:
    headline = clean_headline("Sea: Bridge opens today | Local | 28.02.2026", [], "Bridge opens today")
    assert headline.clean == "Bridge opens today"
    assert [headline.raw[start:end] for _, start, end in headline.removed] == ["Sea:", "Local | 28.02.2026"]
    assert clean_headline("Bridge opens today, says mayor", [], "Bridge opens today").clean == "Bridge opens today, says mayor"


def test_of_several_headlines_the_one_most_agree_on_is_chosen_and_else_the_first() -> None:
    shown, declared = "It’s the bridge’s day", "It's the bridge's day"
    assert choose_headline([shown, "Bridge opens", declared]) == shown
    assert choose_headline(["One thing", "Another thing - Tarn Post", "Another thing"], SITES) == "Another thing - Tarn Post"
    assert choose_headline(["One thing", "Another thing"]) == "One thing"
    assert choose_headline([]) is None
