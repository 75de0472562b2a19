"""What an operator may say of a feed, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from dateline.errors import BadInput
from dateline.events import Publisher
from dateline.poller.listed import Listed, cleaned, listed_of, new_feed, plan_changes

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
RSS = "https://gazette.example/rss"


def reason(url: str, **said: object) -> str:
    with pytest.raises(BadInput) as caught:
        cleaned(Listed(url, **said))
    return str(caught.value)


def test_what_is_not_said_has_the_defaults_of_a_feed():
    feed = new_feed(Listed(RSS), now=NOW)
    assert (feed.scope, feed.kind, feed.page, feed.text, feed.priority, feed.every) == (
        "gazette.example",
        "publisher",
        "never",
        "excerpt",
        0,
        None,
    )
    assert (feed.paused, feed.private, feed.labels, feed.added_at) == (False, False, [], NOW)


def test_all_that_can_be_said_of_a_feed_is_kept_and_told_again():
    said = Listed(
        RSS,
        "The Gazette",
        ("Coast", "Coast/North"),
        "pt-BR",
        Publisher(name="Gazette", domain="gazette.example", country="BR"),
        kind="aggregator",
        page="auto",
        text="full",
        priority=-3,
        every=600,
        paused=True,
        private=True,
    )
    assert listed_of(new_feed(said, now=NOW)) == said


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gazette.example/rss",
        "https://",
        "https://[::1/rss",
        "https://a.example:99999/",
        "https://a.example:0/",
        "",
        "ftp://a.example/f",
    ],
)
def test_an_address_that_cannot_be_polled_is_refused(url):
    assert "is not an http or https address" in reason(url)


def test_control_characters_and_endless_addresses_are_refused():
    assert "is not an http" in reason("https://a.example/\x00")
    assert "2000 characters" in reason("https://a.example/" + "a" * 2000)


def test_the_feed_scheme_and_blanks_are_taken_off():
    assert cleaned(Listed(" feed://a.example/rss ")).url == "http://a.example/rss"
    assert cleaned(Listed("feed:https://a.example/rss")).url == "https://a.example/rss"
    assert cleaned(Listed("https://a.example/all news")).url == "https://a.example/all%20news"


@pytest.mark.parametrize(
    "url",
    [
        "https://reader:tarn@a.example/rss",
        "https://a.example/rss?token=tarn-ferry-7",
        "https://a.example/rss?x=1&api_key=tarnferry",
        "https://tarn7token123456@a.example/rss",
        "https://tarn7token123456:@a.example/rss",
    ],
)
def test_a_literal_secret_is_refused_in_words_that_do_not_repeat_it_and_say_how_to_refer_to_one(url):
    said = reason(url)
    assert "tarn" not in said
    assert "${NAME}" in said and "DATELINE_FEED_SECRET_NAME" in said and "--allow-secret" in said
    assert cleaned(Listed(url), allow_secret=True).url == url


@pytest.mark.parametrize(
    "url",
    [
        "https://${GAZETTE}@a.example/rss",
        "https://reader:${GAZETTE}@a.example/rss",
        "https://a.example/${KEY}/rss?token=${GAZETTE}",
        "https://a.example/rss?key=1",
    ],
)
def test_references_and_what_only_looks_like_a_parameter_are_taken(url):
    assert cleaned(Listed(url)).url == url


def test_a_reference_stands_in_no_host_and_is_well_formed():
    assert "reference" in reason("https://${HOST}/rss")
    assert "reference" in reason("https://a.example/rss?token=${1}")


def test_languages_and_countries_are_tags():
    assert "'english, mostly'" in reason(RSS, language="english, mostly")
    assert "'Norway'" in reason(RSS, publisher=Publisher(name=None, domain=None, country="Norway"))


def test_texts_become_one_line_and_are_bounded():
    said = cleaned(Listed(RSS, "  The\n\x00 Gazette " + "x" * 900, ("  a  ", "", "a", *(f"l{n}" for n in range(90)), "b" * 900)))
    assert said.title is not None and said.title.startswith("The Gazette xx") and len(said.title) == 500
    assert said.labels[:2] == ("a", "l0") and len(said.labels) == 50


def test_a_feed_that_is_there_stays_as_it_is_unless_it_is_to_be_updated():
    feed = new_feed(Listed(RSS, "Old", ("a", "b")), now=NOW)
    known = {feed.id: feed}
    stays = plan_changes([Listed(RSS, "New")], known, now=NOW)
    assert (stays.added, stays.updated, stays.there) == ([], [], [feed])
    changed = plan_changes([Listed(RSS, "New", every=600)], known, now=datetime.now(UTC), update=True)
    assert changed.updated == [replace(feed, title="New", every=600)]


def test_updating_to_what_is_there_changes_nothing_in_whatever_order_labels_come():
    feed = new_feed(Listed(RSS, "Old", ("a", "b")), now=NOW)
    changes = plan_changes([Listed(RSS, "Old", ("b", "a"))], {feed.id: feed}, now=NOW, update=True)
    assert (changes.updated, changes.there) == ([], [feed])


def test_an_address_in_another_spelling_is_the_same_feed_and_keeps_its_scope_when_updated():
    feed = new_feed(Listed("http://127.0.0.1/rss"), now=NOW)
    (changed,) = plan_changes([Listed("https://127.0.0.1/rss")], {feed.id: feed}, now=NOW, update=True).updated
    assert (changed.url, changed.id, changed.scope) == ("https://127.0.0.1/rss", feed.id, "127.0.0.1:80")


def test_one_bad_entry_stops_no_other_and_is_named_without_its_secret():
    changes = plan_changes([Listed("nonsense"), Listed(RSS), Listed(RSS), Listed("https://u:tarnferry@b.example/")], {}, now=NOW)
    assert [feed.url for feed in changes.added] == [RSS]
    assert [name for name, _ in changes.refused] == ["nonsense", "https://b.example/"]


def test_a_header_that_no_request_carries_is_refused_when_the_feed_is_added() -> None:
    assert "ASCII" in reason(RSS, headers={"A": "\u00e9\u2192"})
