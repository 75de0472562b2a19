"""What robots.txt lets us fetch."""

from __future__ import annotations

import time

import pytest

from dateline.poller.robots import MOST_BYTES, Robots, cache_seconds

RULES = b"""
User-agent: *
Disallow: /private
Crawl-delay: 2

User-agent: otherbot
User-agent: Dateline  # us
Disallow: /members/
Allow: /members/free/
Disallow: /*.pdf$
Crawl-delay: 10

User-agent: lastbot
Disallow: /

Sitemap: https://gazette.example/news.xml
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/private", True),
        ("/members/1", False),
        ("/members/free/1", True),
        ("/a.pdf", False),
        ("/a.pdf?x", True),
        ("/robots.txt", True),
    ],
)
def test_the_group_that_names_us_holds_and_its_longest_rule_decides(path: str, *, allowed: bool) -> None:
    assert Robots.parse(RULES).allows(f"https://gazette.example{path}") is allowed


def test_without_a_group_of_our_own_the_one_for_everybody_holds() -> None:
    robots = Robots.parse(RULES.replace(b"Dateline", b"datelines"))
    assert not robots.allows("https://gazette.example/private")
    assert robots.allows("https://gazette.example/members/1")
    assert robots.crawl_delay_seconds == 2.0


@pytest.mark.parametrize(
    "named", ["dateline", "DateLine/1.0", "dateline (+https://news.example)", "dateline*", "*dateline*", "Dateline # us"]
)
def test_a_group_is_ours_by_our_token_whatever_stands_behind_it(named: str) -> None:
    robots = Robots.parse(f"User-agent: *\nDisallow: /\n\nUser-agent: {named}\nDisallow: /members/".encode())
    assert not robots.allows("https://gazette.example/members/1")
    assert robots.allows("https://gazette.example/1")


@pytest.mark.parametrize("named", ["date", "line", "datelines", "dateline-news", "dateline_news", "e", "not dateline", "", "* dateline"])
def test_a_group_is_not_ours_by_a_part_of_our_token_or_by_a_longer_one(named: str) -> None:
    robots = Robots.parse(f"User-agent: otherbot\nUser-agent: {named}\nDisallow: /".encode())
    assert robots.allows("https://gazette.example/1") is (named != "* dateline")


def test_a_delay_and_sitemaps_are_read() -> None:
    robots = Robots.parse(RULES)
    assert (robots.crawl_delay_seconds, robots.sitemaps) == (10.0, ("https://gazette.example/news.xml",))
    assert (Robots.absent().crawl_delay_seconds, Robots.absent().sitemaps) == (None, ())


def test_where_there_is_no_file_all_is_allowed_and_where_it_cannot_be_had_nothing_is() -> None:
    assert Robots.absent().allows("https://gazette.example/1")
    assert not Robots.unreachable().allows("https://gazette.example/1")


@pytest.mark.parametrize("body", [b"", b"<!DOCTYPE html><html><p>Not found", b"\xff\xfe\0\0", b"\n" * 1000, b"Disallow: /"])
def test_a_file_without_rules_allows_everything(body: bytes) -> None:
    assert Robots.parse(body).allows("https://gazette.example/1")


def test_a_mark_at_the_beginning_hides_no_rule() -> None:
    assert not Robots.parse(b"\xef\xbb\xbfUser-agent: *\nDisallow: /").allows("https://gazette.example/1")


def test_an_address_that_cannot_be_read_is_not_allowed() -> None:
    assert not Robots.parse(RULES).allows("https://[/")


def test_a_long_file_is_read_as_far_as_must_be_and_no_half_rule_counts() -> None:
    filler = b"# " + b"x" * (MOST_BYTES - 40) + b"\n"
    body = b"User-agent: *\n" + filler + b"Disallow: /members/only/for/those/who/pay\nDisallow: /late"
    robots = Robots.parse(body)
    assert robots.allows("https://gazette.example/members/1")
    assert robots.allows("https://gazette.example/late")
    assert not Robots.parse(b"User-agent: *\nDisallow: /early\n" + filler * 2).allows("https://gazette.example/early")


@pytest.mark.heavy
def test_rules_for_thousands_of_agents_cost_no_more_than_their_length() -> None:
    agents = b"".join(b"User-agent: bot%d\n" % number for number in range(8000))
    rules = b"".join(b"Disallow: /%d*x\n" % number for number in range(8000))
    began = time.process_time()
    robots = Robots.parse(agents + b"user agent *\n" + rules)
    assert not robots.allows("https://gazette.example/7x")
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, 86_400),
        ("public", 86_400),
        ("max-age=3600", 3600),
        ("public, MAX-AGE = 7200, s-maxage=5", 7200),
        ("s-maxage=5", 86_400),
        ("max-age=999999999", 86_400),
        ("max-age=0", 300),
        ("no-store, max-age=9999", 300),
        ("max-age=soon", 86_400),
    ],
)
def test_a_file_is_kept_as_long_as_it_says_but_for_a_day_at_most(said: str | None, seconds: float) -> None:
    assert cache_seconds(said) == seconds
