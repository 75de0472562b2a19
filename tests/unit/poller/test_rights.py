"""What pages say about their use."""

from __future__ import annotations

import json
import time

import pytest

from dateline.events import PageRights
from dateline.poller.rights import Reservations, rights_of

NOTHING = PageRights(robots=None, tdm_reserved=None, is_accessible_for_free=None)


def ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def test_silence_is_null() -> None:
    assert rights_of("<html><p>robots, noindex, tdm-reservation=1") == NOTHING
    assert rights_of("") == NOTHING


@pytest.mark.parametrize(
    ("html", "header", "robots"),
    [
        ('<meta name="robots" content="NoIndex, noai">', None, "noindex, noai"),
        ("<META content='noai' NAME=Robots>", None, "noai"),
        ('<meta name="dateline" content="none">', None, "none"),
        ('<meta name="googlebot" content="noindex">', None, None),
        ('<meta name="robots" content="noindex">', "noai, noindex", "noai, noindex"),
        ("", "googlebot: noindex, nofollow", None),
        ("", "googlebot: noindex, dateline: noai, nosnippet", "noai, nosnippet"),
        ("", "googlebot: noindex\nnoarchive", "noarchive"),
        ("", "*: noimageai", "noimageai"),
        (
            "",
            "max-snippet: 20, unavailable_after: 25 Jun 2030 15:00:00 GMT",
            "max-snippet: 20, unavailable_after: 25 jun 2030 15:00:00 gmt",
        ),
        ('<meta name="robots" content="<b>, , noindex &amp; more">', None, None),
        ('<meta name="robots" content="">', "", None),
    ],
)
def test_directives_for_everybody_and_for_us_are_collected_once_each(html: str, header: str | None, robots: str | None) -> None:
    assert rights_of(html, headers={} if header is None else {"x-robots-tag": header}).robots == robots


@pytest.mark.parametrize(
    ("site", "header", "meta", "reserved"),
    [
        (None, None, None, None),
        (True, None, None, True),
        (True, "0", None, False),
        (False, "1", "0", False),
        (None, None, "1", True),
        (True, "perhaps", "", True),
    ],
)
def test_a_later_statement_of_a_reservation_supersedes_an_earlier_one(
    *, site: bool | None, header: str | None, meta: str | None, reserved: bool | None
) -> None:
    html = "" if meta is None else f'<meta name="tdm-reservation" content="{meta}">'
    headers = {} if header is None else {"tdm-reservation": header}
    assert rights_of(html, headers=headers, site=site).tdm_reserved is reserved


def reservations(*rules: tuple[object, object]) -> Reservations:
    return Reservations.parse(json.dumps([{"location": location, "tdm-reservation": value} for location, value in rules]).encode())


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/", "/news/1", True),
        ("/news/", "/news/1", True),
        ("/news/", "/sport/1", False),
        ("news/", "/news/1", True),
        ("*.html", "/news/1.html?page=2", True),
        ("/news/*.html$", "/news/1.html", True),
        ("/news/*.html$", "/news/1.html?page=2", False),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/*ab*b$", "/ab", False),
        ("/caf%C3%A9/%7Eann", "/caf%c3%a9/~ann", True),
        ("/News", "/news", False),
    ],
)
def test_a_rule_of_tdmrep_is_matched_like_one_of_robots_txt(pattern: str, path: str, *, matches: bool) -> None:
    found = reservations((pattern, 1)).reserved(f"https://gazette.example{path}")
    assert found is (True if matches else None)


def test_the_first_rule_that_matches_decides() -> None:
    rules = reservations(("/open/", 0), ("/", 1))
    assert rules.reserved("https://gazette.example/open/1") is False
    assert rules.reserved("https://gazette.example/other") is True
    assert rules.reserved("https://gazette.example") is True
    assert reservations(("/a", 1)).reserved("https://[") is None


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"<html>", b"\xff", b'[{"location": 7, "tdm-reservation": 1}, 7, {"location": "/"}]', b"[" * 100_000]
)
def test_a_tdmrep_file_that_is_none_reserves_nothing(body: bytes) -> None:
    assert Reservations.parse(body) == Reservations()


@pytest.mark.parametrize("value", [None, 2, True, "yes", [1]])
def test_what_is_neither_0_nor_1_is_no_rule(value: object) -> None:
    assert reservations(("/", value)).rules == ()


@pytest.mark.heavy
def test_a_hostile_pattern_costs_no_more_than_its_length() -> None:
    rules = reservations(*((("/" + "*a" * 1000), 1) for _ in range(200)))
    began = time.process_time()
    assert rules.reserved("https://gazette.example/" + "a" * 999) is None
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("html", "free"),
    [
        (ld({"@type": "NewsArticle", "isAccessibleForFree": True}), True),
        (ld({"isAccessibleForFree": "False"}), False),
        (ld({"isAccessibleForFree": "https://schema.org/True"}), True),
        (ld({"isAccessibleForFree": "perhaps"}), None),
        (ld([{"@type": "WebSite"}, {"@graph": [{"isAccessibleForFree": False}]}]), False),
        (ld({"isAccessibleForFree": True, "hasPart": {"isAccessibleForFree": False, "cssSelector": ".paid"}}), False),
        (ld({"mainEntity": {"isAccessibleForFree": True}}), True),
        (ld({"publisher": {"isAccessibleForFree": False}}), None),
        (ld({"isAccessibleForFree": True}) + "<script type=application/ld+json>{isAccessibleForFree</script>", True),
        ('<script type="application/ld+json">//<![CDATA[\n{"a": "two\nlines", "isAccessibleForFree": false}\n//]]></script>', False),
        ('<script type="text/x">{"isAccessibleForFree": false}</script>', None),
        ('<meta itemprop="isAccessibleForFree" content="false">', False),
        ('<meta name="isAccessibleForFree" content="true">', True),
    ],
)
def test_a_page_is_free_as_far_as_all_of_its_parts_are(html: str, *, free: bool | None) -> None:
    assert rights_of(html).is_accessible_for_free is free


@pytest.mark.parametrize(
    "piece",
    [
        "<meta ",
        '<meta name="robots" content="a,b">',
        '<meta a="',
        "<script ",
        "<script type=application/ld+json>{",
        "<script type= ",
        "<meta =' =",
    ],
)
def test_hostile_pages_take_time_by_their_length(piece: str) -> None:
    page = piece * ((1 << 20) // len(piece))
    began = time.process_time()
    rights_of(page)
    assert time.process_time() - began < 0.6


def test_json_within_json_without_end_is_passed_over() -> None:
    deep: object = {"isAccessibleForFree": False}
    for _ in range(50):
        deep = {"hasPart": deep}
    assert rights_of(ld(deep)).is_accessible_for_free is None
    assert rights_of('<script type="application/ld+json">{"isAccessibleForFree": ' + "[" * 200_000).is_accessible_for_free is None
