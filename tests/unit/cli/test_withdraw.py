"""What `dateline withdraw` takes, refuses and asks."""

from __future__ import annotations

import pytest

from dateline.cli import run
from dateline.cli.withdraw import described
from dateline.errors import BadInput
from dateline.sink.orders import Search, Shown, order_of, order_of_publisher

ID = "373da65f-8124-5844-94fc-d62d03b2ca06"


def test_an_article_an_address_and_a_publisher_are_told_apart_and_brought_into_one_spelling():
    assert order_of(ID.upper()) == ("article", ID)
    assert order_of("https://gazette.example/tug") == ("url", "https://gazette.example/tug")
    assert order_of_publisher("https://www.gazette.example/") == ("publisher", "gazette.example")
    assert order_of_publisher("127.0.0.2:8000") == ("publisher", "127.0.0.2:8000")


@pytest.mark.parametrize("name", ["tug", "", "file:///etc/passwd", "urn:uuid:1", "https://", "https://[", ID[:-1]])
def test_what_is_neither_an_id_nor_an_address_is_refused(name):
    with pytest.raises(BadInput, match="neither an article's id nor an address"):
        order_of(name)


def test_the_address_of_a_whole_site_is_refused_and_the_way_to_withdraw_it_named():
    with pytest.raises(BadInput, match=r"--publisher www\.gazette\.example"):
        order_of("https://www.gazette.example/?utm_source=x#top")


@pytest.mark.parametrize("domain", ["", " ", "two words.example", "https://", "//"])
def test_what_is_no_domain_is_refused(domain):
    with pytest.raises(BadInput, match="is no domain"):
        order_of_publisher(domain)


@pytest.mark.parametrize("domain", ["gazette.example", "WWW.Gazette.example.", "//gazette.example", "http://gazette.example:80/#top"])
def test_a_publishers_domain_may_be_written_in_any_way_that_says_no_more(domain):
    assert order_of_publisher(domain) == ("publisher", "gazette.example")


def test_a_host_whose_domain_is_its_own_is_a_publisher():
    for domain, key in (
        ("www.gov.uk", "www.gov.uk"),
        ("localhost", "localhost"),
        ("[::1]:8000", "[::1]:8000"),
        ("zürich.example", "xn--zrich-kva.example"),
    ):
        assert order_of_publisher(domain) == ("publisher", key)


@pytest.mark.parametrize(
    ("domain", "whole"),
    [
        ("medium.com/@john", "medium.com"),
        ("https://www.gazette.example/news", "gazette.example"),
        ("gazette.example/?blog=3", "gazette.example"),
        ("a@b.example", "b.example"),
        ("john.medium.com", "medium.com"),
    ],
)
def test_what_would_withdraw_more_than_it_names_is_refused_with_what_would_be_withdrawn(domain, whole):
    with pytest.raises(BadInput, match=f"--publisher {whole}"):
        order_of_publisher(domain)


@pytest.mark.parametrize("domain", ["co.uk", "uk", "https://co.uk/", "github.io", "GITHUB.io"])
def test_a_suffix_that_belongs_to_nobody_is_refused_with_what_to_give(domain):
    with pytest.raises(BadInput, match=r"publisher under it, such as gazette\.(co\.uk|uk|github\.io)"):
        order_of_publisher(domain)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "name one thing"),
        (["--publisher", "medium.com/@john", "--reason", "x"], "--publisher medium.com"),
        (["--publisher", "co.uk", "--reason", "x"], "gazette.co.uk"),
        ([ID, "--publisher", "gazette.example"], "name one thing"),
        ([ID], "--reason"),
        ([ID, "--reason", "  "], "--reason"),
    ],
)
def test_what_is_missing_is_named_before_anything_is_asked_of_kafka(arguments, word, capsys, monkeypatch):
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "127.0.0.1:1")
    assert run(["withdraw", *arguments]) == 2
    assert word in capsys.readouterr().err


def test_a_person_is_shown_what_will_be_done():
    found = Search(records=1200)
    found.canceled.add(bytes(16))
    assert described(order_of(ID), found)[0] == "no article in news, of 1,200 records."
    found.articles = {"a": None, "b": None}
    found.shown = {"a": Shown("Tug adrift", "Gazette", "https://gazette.example/tug")}
    assert described(order_of_publisher("gazette.example"), found) == [
        "2 articles in news, of 1,200 records:",
        "  Gazette: Tug adrift  https://gazette.example/tug",
        "  and 1 more",
        "1 article canceled already.",
        "Subscribers are told to delete what they have; from now on nothing that gazette.example publishes passes. This is final.",
    ]
