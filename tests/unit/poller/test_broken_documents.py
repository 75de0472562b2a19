"""Documents that are cut off, wrapped, packed, or no feeds at all."""

from __future__ import annotations

import gzip
import json
from html import escape

import pytest
from invented import NOW, URL, item, read, rss

from dateline.errors import CutOff, NotAFeed
from dateline.poller.document import Document, Limits
from dateline.poller.read import read_document

ATOM = b"""<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>Quay Notes</a:title>
<a:entry><a:id>urn:1</a:id><a:title>One</a:title></a:entry><a:entry><a:id>urn:2</a:id><a:title>Two</a:title></a:entry></a:feed>"""
JSON = json.dumps(
    {"version": "https://jsonfeed.org/version/1.1", "title": "Quay", "items": [{"id": str(n), "title": f"Story {n}"} for n in (1, 2, 3)]}
).encode()


def titles(document: Document) -> list[str | None]:
    return [parsed.entry.title for parsed in document.entries]


# ── cut off ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_document_cut_off_keeps_its_whole_entries_and_says_so_wherever_the_cut_is() -> None:
    body = rss(item(1), item(2), item(3))
    first, last = body.index(b"</item>"), body.rindex(b"</item>")
    for end in range(first + len(b"</item>"), last, 7):
        document = read(body[:end])
        assert document.flags == ("xml_repaired", "cut_off")
        assert titles(document) == ["Story 1", "Story 2", "Story 3"][: body[:end].count(b"</item>")]


def test_an_entry_whose_name_has_a_prefix_is_cut_like_any_other() -> None:
    document = read(ATOM[: ATOM.index(b"Two")])
    assert (titles(document), document.flags) == (["One"], ("xml_repaired", "cut_off"))


def test_a_json_feed_cut_off_keeps_its_whole_items_wherever_the_cut_is() -> None:
    for end in range(JSON.index(b"}") + 1, len(JSON) - 2):
        document = read(JSON[:end])
        assert document.flags == ("cut_off",)
        assert titles(document) == ["Story 1", "Story 2", "Story 3"][: JSON[:end].count(b"}")]


@pytest.mark.parametrize("body", [rss(item(1))[:-45], rss()[:-20], ATOM[: ATOM.index(b"One")], JSON[: JSON.index(b"Story")]])
def test_a_document_cut_off_before_its_first_whole_entry_is_an_error_and_nothing_is_guessed(body: bytes) -> None:
    with pytest.raises(CutOff, match="cut off before the end of its first entry"):
        read_document(body, url=URL, now=NOW)


# ── wrapped and packed ───────────────────────────────────────────────────────────────────────────────────────────────

WRAPPERS = {
    "page": lambda feed: b"<!DOCTYPE html><html><head><title>Viewer</title></head><body>" + feed + b"</body></html>",
    "viewer": lambda feed: b'<html><body><div id="source">' + feed + b"</div><script>if (a < b) show()</script></body></html>",
    "text": lambda feed: b"<html><body><pre>" + escape(feed.decode()).encode() + b"</pre><p>Done</p></body></html>",
    "line break": lambda feed: b"<!-- cache --><br/>\n" + feed,
    "unclosed": lambda feed: b"<html><body>" + feed,
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("feed", [rss(item(1), item(2, text="Fish &amp; chips")), ATOM.replace(b"a:", b"").replace(b":a", b"")])
def test_a_feed_wrapped_in_an_html_page_is_read_and_flagged(wrapper: str, feed: bytes) -> None:
    document = read(WRAPPERS[wrapper](feed))
    assert titles(document) == titles(read(feed))
    assert [parsed.entry.summary for parsed in document.entries] == [parsed.entry.summary for parsed in read(feed).entries]
    assert "html_wrapped" in document.flags or wrapper == "line break"


def test_a_page_that_only_speaks_of_feeds_is_a_page() -> None:
    for body in (b"<html><body><p>Write <code>&lt;rss&gt;</code> first.</p></body></html>", b"<html><feed class='x'>News</feed></html>"):
        with pytest.raises(NotAFeed, match="HTML page"):
            read(body)


def test_a_gzipped_document_is_unpacked_within_its_limit() -> None:
    body = gzip.compress(rss(item(1)))
    assert titles(read_document(body, url=URL, now=NOW)) == ["Story 1"]
    with pytest.raises(NotAFeed, match="ends early"):
        read_document(body[:-9], url=URL, now=NOW)
    with pytest.raises(NotAFeed, match="more than 1000000 bytes unpacked"):
        read_document(gzip.compress(bytes(2_000_000)), url=URL, now=NOW, limits=Limits(max_body_bytes=1_000_000))


# ── what peers fail on ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bare_ampersand_a_named_entity_and_a_control_character_are_mended_outside_cdata_alone() -> None:
    body = rss("<item><title>Fish & chips&nbsp;today\x0b</title><description><![CDATA[A & B &nbsp; C]]></description></item>")
    (parsed,) = read(body).entries
    assert (parsed.entry.title, parsed.entry.summary) == ("Fish & chips\xa0today", "A & B &nbsp; C")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("<![CDATA[First <![CDATA[quoted]]> after it]]>", "First <![CDATA[quoted after it]]>"),
        ("B ]]> tail", "B ]]> tail"),
        ("<![CDATA[One]]>]]> two & <![CDATA[three & four]]> ]]>", "One]]> two & three & four ]]>"),
        ("a]]]>b", "a]]]>b"),
    ],
)
def test_an_end_of_cdata_where_none_has_begun_is_text_and_so_is_what_stands_around_it(said: str, meant: str) -> None:
    document = read(rss(f"<item><title>{said}</title><description>{said}</description></item>"))
    (parsed,) = document.entries
    assert (parsed.entry.title, parsed.entry.summary, document.flags) == (meant, meant, ("xml_repaired",))


def test_items_with_nothing_but_a_title_are_entries() -> None:
    document = read(rss("<item><title>One</title></item>", "<item><title>Two</title></item>"))
    assert titles(document) == ["One", "Two"]


def test_a_prefix_that_was_never_declared_is_read_as_what_it_is_called() -> None:
    (parsed,) = read(rss("<item><dc:creator>Ann Pier</dc:creator><content:encoded>Text</content:encoded></item>")).entries
    assert [author.name for author in parsed.entry.authors] == ["Ann Pier"]
    assert parsed.entry.content == "Text"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (b"bad \\ud83d", "bad \ufffd"),
        (b"good \\ud83d\\ude00 bad \\ude00", "good \U0001f600 bad \ufffd"),
        (b"a\ttab", "a\ttab"),
        (b"a\nline", "a\nline"),
        (b"a \\\\ud83d", "a \\ud83d"),
    ],
)
def test_a_bad_character_in_a_json_feed_spoils_no_other_and_is_flagged(written: bytes, title: str) -> None:
    document = read(JSON.replace(b"Story 2", written))
    assert titles(document) == ["Story 1", title, "Story 3"]
    assert document.flags == (() if "\\" in title else ("json_repaired",))


def test_a_number_that_json_does_not_know_spoils_nothing_and_is_flagged() -> None:
    document = read(JSON.replace(b'"id": "2"', b'"id": "2", "_score": NaN'))
    assert (titles(document), document.flags) == (["Story 1", "Story 2", "Story 3"], ("json_repaired",))


def test_json_deeper_than_any_feed_is_refused_where_it_is_broken_too() -> None:
    with pytest.raises(NotAFeed, match="cannot be read"):
        read(b"\t{" + b'"a\t": [' * 100_000)


# ── what is no feed ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"<!DOCTYPE html><html><body>Gone</body></html>", "is an HTML page$"),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "is an HTML page$"),
        (b"<html><form><input name=p type='password'></form></html>", "HTML page that asks for a password"),
        (b"http://169.254.169.254/latest", "is plain text"),
        (b"/etc/passwd", "is plain text"),
        (b'{"error": "not found"}', "no JSON Feed; it says 'not found'"),
        (b'{"error": {"message": "key\\u0000 expired"}}', "it says 'key expired'"),
        (b"[1, 2]", "no JSON Feed$"),
        (b'{"version": ', "looks like JSON"),
        (b"<note>Hello</note>", "root <note>"),
        (b"\x28\xb5\x2f\xfd\x00", "is compressed data"),
        (b"\x89PNG\r\n\x1a\n", "is a PNG image"),
        (b"%PDF-1.7", "is a PDF document"),
        (b"\x01\x02\x03\x04\xff", "is binary data"),
        (b"<", "not XML"),
    ],
)
def test_what_is_no_feed_is_refused_by_its_name(body: bytes, what: str) -> None:
    with pytest.raises(NotAFeed, match=what):
        read(body)
