"""The parser: a feed's bytes to exactly what they say."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from invented import NOW, URL, a_feed, item, read, rss

from dateline.errors import NotAFeed
from dateline.events import Author, Category, Enclosure, EntrySource, Link, Media, encode
from dateline.poller.decide import raw_articles
from dateline.poller.document import Limits
from dateline.poller.parse import parse_document

if TYPE_CHECKING:
    from pathlib import Path

RICH = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
  xmlns:own="https://harbour-gazette.example/ns">
<channel>
  <title>Harbour Gazette</title><atom:link rel="self" href="https://harbour-gazette.example/rss"/>
  <link>https://harbour-gazette.example/</link><language>en-GB</language>
  <image><title>Logo</title><link>https://harbour-gazette.example/logo</link></image>
  <item>
    <title>Ferry sails again</title><link>/story/1?a=1&amp;b=2</link>
    <description>&lt;p&gt;It &lt;b&gt;sails&lt;/b&gt;.&lt;/p&gt;</description>
    <content:encoded><![CDATA[<p>The ferry sails &amp; sails.</p>]]></content:encoded>
    <guid isPermaLink="false">gazette-1</guid><pubDate>Thu, 05 Mar 2026 10:00:00 GMT</pubDate>
    <author>desk@harbour-gazette.example (Ann Pier)</author><dc:creator>Bo Quay</dc:creator><dc:rights>(c) Gazette</dc:rights>
    <category domain="https://harbour-gazette.example/topics">Sea</category><dc:subject>Ferries</dc:subject><dc:language>en</dc:language>
    <source url="https://northern-wire.example/rss">Northern Wire</source>
    <enclosure url="https://harbour-gazette.example/1.mp3" type="audio/mpeg" length="123"/>
    <media:content url="https://harbour-gazette.example/1.jpg" type="image/jpeg"><media:title>The ferry</media:title></media:content>
    <media:credit>Cy Lens</media:credit><comments>https://harbour-gazette.example/story/1#comments</comments>
    <slash:comments>7</slash:comments><own:desk>Harbour</own:desk><own:desk>Sea</own:desk>
  </item>
</channel></rss>"""

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="nb" xml:base="https://fjord-post.example/blogg/">
  <title>Fjord-Posten</title><link rel="self" href="atom.xml"/><link href="."/><updated>2026-03-05T10:00:00Z</updated>
  <entry xml:lang="nn" xml:base="2026/">
    <id>tag:fjord-post.example,2026:1</id><title type="html">Ferja &amp;amp; fjorden</title><link href="ferja"/>
    <link rel="alternate" type="application/pdf" href="ferja.pdf"/><link rel="enclosure" href="ferja.mp3" type="audio/mpeg"/>
    <published>2026-03-05T09:00:00+01:00</published><updated>2026-03-05T10:00Z</updated>
    <author><name>Dag Kai</name><email>dag@fjord-post.example</email><uri>/om/dag</uri></author>
    <category term="sjo" scheme="https://fjord-post.example/emne" label="Sj&#248;"/>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Ferja <em>gikk</em> &amp; kom.</p></div></content>
    <source><title>Nordavisa</title><link rel="self" href="https://nordavisa.example/atom"/></source>
  </entry>
</feed>"""

# What little weighs as a gzipped body, and would be joined with every link.
BASE_OF_ALL = b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/' + b"a/" * 500_000 + b'">%b</feed>'
DEEP_BASE = b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/' + b"a/" * 900 + b'">%b</feed>'
NESTED_BASES = b"<rss>" + (b'<channel xml:base="' + b"a" * 1500 + b'/">') * 250 + b"%b" + b"</channel>" * 250 + b"</rss>"


def test_an_rss_item_is_read_with_all_it_says() -> None:
    document = read(RICH)
    assert (document.format, document.title, document.link) == ("rss-2.0", "Harbour Gazette", "https://harbour-gazette.example/")
    assert (document.language, document.encoding, document.flags) == ("en-GB", "utf-8", ())
    (parsed,) = document.entries
    entry = parsed.entry
    assert (entry.guid, entry.guid_is_permalink) == ("gazette-1", False)
    assert entry.link == "https://harbour-gazette.example/story/1?a=1&b=2"
    assert (entry.title, entry.summary) == ("Ferry sails again", "<p>It <b>sails</b>.</p>")
    assert entry.content == "<p>The ferry sails &amp; sails.</p>"
    assert entry.authors == [Author(name="Ann Pier", uri=None), Author(name="Bo Quay", uri=None)]
    sea = Category(term="Sea", scheme="https://harbour-gazette.example/topics", label=None)
    assert entry.categories == [sea, Category(term="Ferries", scheme=None, label=None)]
    assert (entry.rights, entry.language) == ("(c) Gazette", "en")
    assert entry.source == EntrySource(title="Northern Wire", url="https://northern-wire.example/rss")
    assert entry.enclosures == [Enclosure(url="https://harbour-gazette.example/1.mp3", type="audio/mpeg", length=123)]
    assert entry.media == [Media(url="https://harbour-gazette.example/1.jpg", type="image/jpeg", credit="Cy Lens", description="The ferry")]
    assert entry.links == [Link(rel="replies", href="https://harbour-gazette.example/story/1#comments", type=None)]
    assert entry.extensions == {"slash:comments": "7", "{https://harbour-gazette.example/ns}desk": ["Harbour", "Sea"]}
    assert (parsed.published_at, parsed.published_precision) == (datetime(2026, 3, 5, 10, tzinfo=UTC), "second")
    assert (entry.published_raw, parsed.flags) == ("Thu, 05 Mar 2026 10:00:00 GMT", ())


def test_an_atom_entry_is_read_with_its_base_and_language() -> None:
    document = read(ATOM, "https://fjord-post.example/atom.xml")
    assert (document.format, document.title, document.link) == ("atom-1.0", "Fjord-Posten", "https://fjord-post.example/blogg/")
    assert document.language == "nb"
    (parsed,) = document.entries
    entry = parsed.entry
    assert (entry.guid, entry.guid_is_permalink, entry.language) == ("tag:fjord-post.example,2026:1", None, "nn")
    assert entry.link == "https://fjord-post.example/blogg/2026/ferja"
    assert (entry.title, entry.content) == ("Ferja &amp; fjorden", "<p>Ferja <em>gikk</em> &amp; kom.</p>")
    assert entry.authors == [Author(name="Dag Kai", uri="https://fjord-post.example/om/dag")]
    assert entry.categories == [Category(term="sjo", scheme="https://fjord-post.example/emne", label="Sjø")]
    assert entry.links == [Link(rel="alternate", href="https://fjord-post.example/blogg/2026/ferja.pdf", type="application/pdf")]
    assert [enclosure.url for enclosure in entry.enclosures] == ["https://fjord-post.example/blogg/2026/ferja.mp3"]
    assert entry.source == EntrySource(title="Nordavisa", url="https://nordavisa.example/atom")
    assert (parsed.published_at, parsed.updated_at) == (datetime(2026, 3, 5, 8, tzinfo=UTC), datetime(2026, 3, 5, 10, tzinfo=UTC))


def test_rdf_items_stand_beside_the_channel() -> None:
    body = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Old Gazette</title><link>https://old.example/</link></channel>
      <item rdf:about="urn:old:1"><title>One</title><link>https://old.example/1</link><dc:date>2026-03-05</dc:date></item></rdf:RDF>"""
    document = read(body)
    assert (document.format, document.title) == ("rdf", "Old Gazette")
    (parsed,) = document.entries
    assert (parsed.entry.guid, parsed.entry.published_raw, parsed.published_precision) == ("urn:old:1", "2026-03-05", "day")
    assert parsed.flags == ("date_naive",)


def test_a_json_feed_is_read_like_any_other() -> None:
    body = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "Quay Notes", "home_page_url": "https://quay.example/", "items": [
      {"id": 7, "url": "/7", "content_html": "<p>Seven</p>", "date_published": "2026-03-05T10:00:00Z", "_own": {"x": 1},
       "authors": [{"name": "Eva", "url": "https://quay.example/eva"}], "tags": ["sea"],
       "attachments": [{"url": "7.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 9}]}, "no item"]}"""
    document = read(body, "https://quay.example/feed.json")
    assert (document.format, document.title, document.link) == ("json-1.1", "Quay Notes", "https://quay.example/")
    (parsed,) = document.entries
    entry = parsed.entry
    assert (entry.guid, entry.link, entry.title, entry.content) == ("7", "https://quay.example/7", None, "<p>Seven</p>")
    assert entry.authors == [Author(name="Eva", uri="https://quay.example/eva")]
    assert entry.enclosures == [Enclosure(url="https://quay.example/7.mp3", type="audio/mpeg", length=9)]
    assert entry.extensions == {"_own": {"x": 1}}


def test_addresses_of_people_are_dropped_from_a_json_feed() -> None:
    body = b"""{"version": "https://jsonfeed.org/version/1.1", "items": [
      {"id": "1", "url": "mailto:eva@quay.example", "external_url": "eva@quay.example", "tags": ["Sea sea@quay.example", "a@quay.example"],
       "authors": [{"name": "Eva", "url": "MAILTO:eva@quay.example"}, {"name": "Bo", "url": "bo@quay.example"}]}]}"""
    (parsed,) = read(body, "https://quay.example/feed.json").entries
    assert b"@" not in encode(parsed.entry)
    assert parsed.entry.authors == [Author(name="Eva", uri=None), Author(name="Bo", uri=None)]
    assert [category.term for category in parsed.entry.categories] == ["Sea"]


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("desk@gazette.example (Ann Pier)", "Ann Pier"),
        ("Ann Pier &lt;desk@gazette.example&gt;", "Ann Pier"),
        ("Ann Pier (desk@gazette.example)", "Ann Pier"),
        ("Ann Pier (Harbour desk)", "Ann Pier (Harbour desk)"),
        ("desk@gazette.example", None),
    ],
)
def test_an_authors_address_is_dropped_and_the_name_is_kept(author: str, name: str | None) -> None:
    (parsed,) = read(rss(item(1, more=f"<author>{author}</author>"))).entries
    assert parsed.entry.authors == ([Author(name=name, uri=None)] if name else [])


def test_an_authors_address_is_kept_where_the_setting_says_so() -> None:
    body = rss(item(1, more="<author>desk@gazette.example</author>"))
    (parsed,) = parse_document(body, url=URL, now=NOW, limits=Limits(keep_email_addresses=True)).entries
    assert parsed.entry.authors == [Author(name="desk@gazette.example", uri=None)]


def test_a_permalink_guid_stands_in_for_a_missing_link() -> None:
    body = rss(
        "<item><guid>https://gazette.example/1</guid></item>", '<item><guid isPermaLink="false">https://gazette.example/2</guid></item>'
    )
    assert [parsed.entry.link for parsed in read(body).entries] == ["https://gazette.example/1", None]


def test_relative_links_of_a_file_start_at_the_home_page() -> None:
    (parsed,) = read(rss(item(1, link="/story/1")), "captures/gazette.xml").entries
    assert parsed.entry.link == "https://harbour-gazette.example/story/1"


def test_a_base_that_is_longer_than_any_address_is_passed_over_and_those_around_it_hold() -> None:
    long, nested = f"https://other.example/{'x' * 2500}/", "y" * 1500
    body = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://fjord-post.example/blogg/">
      <entry xml:base="{long}"><id>1</id><link href="ferja" xml:base="2026/"/></entry>
      <entry xml:base="{nested}/{nested}/"><id>2</id><link href="ferja"/></entry>
      <entry xml:base="{nested}/"><id>3</id><link href="ferja" xml:base="{nested}/"/></entry>
      <entry xml:base="http://["><id>4</id><link href="ferja"/></entry>
      <entry xml:base="{"a/" * 200}"><id>5</id><link href="ferja"/></entry></feed>"""
    links = [parsed.entry.link for parsed in read(body.encode()).entries]
    blog = "https://fjord-post.example/blogg/"
    assert links == [f"{blog}2026/ferja", f"{blog}ferja", f"{blog}{nested}/ferja", f"{blog}ferja", f"{blog}ferja"]


def test_a_base_on_an_element_around_the_one_with_the_link_holds_for_it() -> None:
    body = b"""<rss xmlns:media="http://search.yahoo.com/mrss/"><channel><item><guid>1</guid>
      <media:group xml:base="/pictures/"><media:content url="a.jpg"/><media:content xml:base="small/" url="b.jpg"/></media:group>
      <media:content url="c.jpg"/></item></channel></rss>"""
    (parsed,) = read(body).entries
    site = "https://harbour-gazette.example"
    assert [item.url for item in parsed.entry.media] == [f"{site}/pictures/a.jpg", f"{site}/pictures/small/b.jpg", f"{site}/c.jpg"]


def test_a_link_that_is_no_web_address_is_not_the_entrys_link() -> None:
    (parsed,) = read(rss(item(1, link="javascript:alert(1)"))).entries
    assert parsed.entry.link is None


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (rss(item(1)).replace(b"Story 1", b"Fish & chips"), "Fish & chips"),
        (rss(item(1)).replace(b"Story 1", b"Caf&eacute;&nbsp;Quai"), "Café\xa0Quai"),
        (rss(item(1)).replace(b"Story 1", b"Story\x0b 1"), "Story 1"),
        (b"Warning: cache is cold\n" + rss(item(1)), "Story 1"),
        (rss(item(1)).replace(b"</description>", b"<br></description>"), "Story 1"),
    ],
)
def test_a_document_that_is_not_well_formed_is_repaired_and_flagged(body: bytes, title: str) -> None:
    document = read(body)
    assert document.flags == ("xml_repaired",)
    assert [parsed.entry.title for parsed in document.entries] == [title]


@pytest.mark.parametrize("number", ["xD800", "55296", "0", "x1F", "xFFFE", "x110000", "9999999", "x99999"])
def test_a_number_that_is_no_character_is_left_out_and_every_text_can_be_written(number: str) -> None:
    document = read(rss(item(1, text=f"a&#{number};b")))
    (entry,) = document.entries
    assert entry.entry.summary in {"ab", f"a{chr(0x99999)}b"}
    assert entry.entry.summary.encode()


def test_a_link_that_is_no_address_at_all_hurts_nobody() -> None:
    feed = a_feed()
    for link in ("http://[", "http://host:port/", "http://"):
        document = read(rss(item(1, link=link), item(2)))
        assert [article.entry.title for article in raw_articles(document, feed, http=None, now=NOW)] == ["Story 1", "Story 2"]


def test_blank_space_before_the_declaration_needs_no_flag() -> None:
    assert read(b"\n  " + rss(item(1))).flags == ()


def test_entities_are_neither_expanded_nor_loaded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}<!ENTITY file SYSTEM "file://{secret}">]>'
    body = f'<!-- {"long " * 5000}-->{doctype}<rss version="2.0"><channel><item><title>&l9;&file;</title></item></channel></rss>'
    (parsed,) = read(body.encode()).entries
    assert parsed.entry.title == "&l9;&file;"


@pytest.mark.heavy
@pytest.mark.parametrize(
    "body",
    [
        b"<rss>" + b"<" * 300000,
        rss(item(1)) + b"&" * 300000,
        b"<!-- " * 50000,
        b"<rss><channel>" + b"<item>" * 50000,
        rss(item(1, text="<" * 100000)),
        rss(item(1, more=f"<author>{'a' * 60000}@</author>")),
        b"<rss><channel><item><title>One</title></item><" + b"a" * 4_000_000,
        b"<rss><channel><item><title>One</title></item><a " + b"b" * 4_000_000,
        rss(item(1, more=f"<rights>{'a' * 1_500_000} @ {'a' * 1_500_000}</rights>")),
        BASE_OF_ALL % b"".join(b"<entry><id>%d</id><link href='%d'/></entry>" % (number, number) for number in range(2000)),
        DEEP_BASE % b"".join(b"<entry><id>%d</id>%b</entry>" % (number, b"<link href='b'/>" * 900) for number in range(25)),
        NESTED_BASES % b"".join(b"<item><guid>%d</guid><link>%d</link></item>" % (number, number) for number in range(2000)),
    ],
)
def test_hostile_bodies_cost_no_more_than_their_size(body: bytes) -> None:
    began = time.process_time()
    with suppress(NotAFeed):
        read(body)
    assert time.process_time() - began < 1.0


def test_more_entries_or_longer_texts_than_allowed_are_left_out_and_flagged() -> None:
    limits = Limits(max_entries=2, max_text_characters=10)
    document = parse_document(rss(item(1), item(2), item(3)), url=URL, now=NOW, limits=limits)
    assert document.flags == ("truncated",)
    assert [(parsed.entry.summary, parsed.flags) for parsed in document.entries] == [("Text of st", ("truncated",))] * 2


LONG = "x" * 3000
JSON_OF_LONG = f"""{{"version": "https://jsonfeed.org/version/1.1", "title": "{LONG}", "home_page_url": "https://a.example/{LONG}",
  "language": "{LONG}", "items": [{{"id": "1"}}]}}"""


@pytest.mark.parametrize(
    "body",
    [
        rss(item(1), head=f"<title>{LONG}</title><link>https://a.example/{LONG}</link><language>{LONG}</language>"),
        JSON_OF_LONG.encode(),
    ],
)
def test_what_a_document_says_of_itself_is_no_longer_than_each_of_its_articles_can_carry(body: bytes) -> None:
    document = read(body)
    assert (document.title, document.link, document.language) == ("x" * 500, None, "x" * 100)
    assert document.flags == ("truncated",)
    short = parse_document(body, url=URL, now=NOW, limits=Limits(max_scalar_characters=10))
    assert (short.title, short.link, short.language) == ("x" * 10, None, "x" * 10)


def test_a_home_page_that_is_longer_than_any_address_is_no_base_of_links() -> None:
    body = rss(item(1, link="/story/1"), head=f"<link>https://a.example/{LONG}/</link>")
    assert [parsed.entry.link for parsed in read(body, "captures/gazette.xml").entries] == ["/story/1"]


# ── what is an entry ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_address_in_a_channel_is_no_entry() -> None:
    document = read(rss(item(1), head="<title>G</title><url>https://harbour-gazette.example/logo.png</url>"))
    assert [parsed.entry.title for parsed in document.entries] == ["Story 1"]


def test_entries_are_read_as_they_are_served_also_those_with_nothing_in_them() -> None:
    document = read(rss(item(1), "<item></item>", "<item><pubDate>Thu, 05 Mar 2026 10:00:00 GMT</pubDate></item>", item(2)))
    assert [parsed.entry.title for parsed in document.entries] == ["Story 1", None, None, "Story 2"]
    document = read(b'{"version": "https://jsonfeed.org/version/1.1", "items": [{}, {"id": "1"}]}')
    assert [parsed.entry.guid for parsed in document.entries] == [None, "1"]
