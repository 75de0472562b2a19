"""The last rung: feedparser in a process that can be killed."""

from __future__ import annotations

import pytest
from invented import NOW, URL, item, rss

from dateline.errors import NotAFeed
from dateline.events import Author, Category, EntrySource, encode
from dateline.poller.fallback import parse_with_feedparser
from dateline.poller.read import read_document

# No root that a feed could have, so that our parser finds nothing, though there is an item.
LOST = (
    b"<gazette><item><title>Ferry sails</title><link>https://gazette.example/1</link><author>a@gazette.test (Ann)</author></item></gazette>"
)


def test_a_body_with_items_that_our_parser_cannot_find_is_read_by_feedparser() -> None:
    document = read_document(LOST, url=URL, now=NOW)
    assert (document.format, document.flags) == ("feedparser", ("feedparser",))
    assert [(parsed.entry.title, parsed.entry.link) for parsed in document.entries] == [("Ferry sails", "https://gazette.example/1")]
    assert [author.name for author in document.entries[0].entry.authors] == ["Ann"]


MAIL = b"""<gazette><item><title>Ferry sails</title><link>https://gazette.test/1</link><link rel="author" href="MAILTO:a@gazette.test"/>
<author><name>Bo Quay</name><uri>bo@gazette.test</uri></author><source url="mailto:wire@gazette.test">Wire (wire@gazette.test)</source>
<rights>Ann a@gazette.test</rights><category label="Sea sea@gazette.test">sea</category></item></gazette>"""


def test_addresses_of_people_are_dropped_wherever_feedparser_finds_them() -> None:
    (parsed,) = read_document(MAIL, url=URL, now=NOW).entries
    entry = parsed.entry
    assert b"@" not in encode(entry)
    assert (entry.link, entry.rights, entry.links) == ("https://gazette.test/1", "Ann", [])
    assert (entry.authors, entry.source) == ([Author(name="Bo Quay", uri=None)], EntrySource(title="Wire", url=None))
    assert entry.categories == [Category(term="sea", scheme=None, label="Sea")]


def test_feedparsers_document_is_no_longer_than_its_articles_can_carry() -> None:
    body = LOST.replace(b"<item>", b"<feed><title>%b</title></feed><item></item><item>" % (b"x" * 3000))
    document = parse_with_feedparser(body, url=URL, now=NOW)
    assert (document.title, document.flags) == ("x" * 500, ("feedparser", "truncated"))
    assert [parsed.entry.title for parsed in document.entries] == [None, "Ferry sails"]


def test_a_body_that_holds_feedparser_up_is_given_up() -> None:
    with pytest.raises(NotAFeed, match=r"gave up after 0\.05 s"):
        parse_with_feedparser(LOST, url=URL, now=NOW, timeout_seconds=0.05)


def test_a_feed_that_our_parser_reads_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dateline.poller.fallback.subprocess.run", None)
    assert len(read_document(rss(item(1)), url=URL, now=NOW).entries) == 1
    with pytest.raises(NotAFeed, match="HTML page"):
        read_document(b"<html><body>Gone</body></html>", url=URL, now=NOW)
