"""One entry: what publishers say in elements of many names, and what must not be passed on."""

from __future__ import annotations

from typing import Any

import pytest
from invented import NOW, URL, Reader, item, read, rss

from dateline.events import Author, Category, Entry, EntrySource, Media
from dateline.poller.document import Limits, ParsedEntry
from dateline.poller.identity import secrets_of
from dateline.poller.parse import parse_document

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "dc": "http://purl.org/dc/elements/1.1/",
        "media": "https://search.yahoo.com/mrss",
        "thr": "http://purl.org/syndication/thread/1.0",
        "georss": "http://www.georss.org/georss",
        "gml": "http://www.opengis.net/gml",
        "itunes": "http://www.itunes.com/DTDs/Podcast-1.0.dtd",
        "own": "https://gazette.example/ns",
    }.items()
)


def parsed(inside: str, limits: Limits | None = None, url: str = URL) -> ParsedEntry:
    """The one entry of an RSS feed, which holds this and a recording, since one with nothing in it is left out."""
    inside += "<enclosure url='https://gazette.example/1.mp3'/>"
    body = f"<rss version='2.0' {NAMESPACES}><channel><link>https://gazette.example/</link><item>{inside}</item></channel></rss>"
    (found,) = parse_document(body.encode(), url=url, now=NOW, limits=limits or Limits()).entries
    return found


def entry(inside: str, limits: Limits | None = None, url: str = URL) -> Entry:
    return parsed(inside, limits, url).entry


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("namespace", "element", "field"),
    [
        ("http://purl.org/dc/elements/1.1/", "title", "title"),
        ("http://purl.org/dc/elements/1.1", "title", "title"),
        ("https://purl.org/dc/elements/1.1/", "description", "summary"),
        ("http://purl.org/dc/elements/1.0/", "rights", "rights"),
        ("http://purl.org/rss/1.0/modules/content", "encoded", "content"),
        ("http://purl.org/dc/terms/", "modified", "updated_raw"),
        ("http://purl.org/dc/terms/", "created", "published_raw"),
        ("http://www.itunes.com/dtds/podcast-1.0.dtd", "summary", "summary"),
        ("http://search.yahoo.com/mrss/", "title", "title"),
        ("http://www.w3.org/2005/Atom", "updated", "updated_raw"),
        ("http://purl.org/atom/ns#", "issued", "published_raw"),
    ],
)
def test_a_namespace_is_known_by_its_address_however_it_is_spelled(namespace: str, element: str, field: str) -> None:
    assert getattr(entry(f'<x:{element} xmlns:x="{namespace}">Said</x:{element}>'), field) == "Said"


def test_of_several_names_for_one_thing_the_plainest_is_believed_wherever_it_stands() -> None:
    found = entry("<media:title>Photo</media:title><dc:title>Core</dc:title><title>Plain</title><title>Again</title>")
    assert found.title == "Plain"
    assert entry("<media:title>Photo</media:title><title> </title>").title == "Photo"


def test_an_rdf_items_identifier_stands_behind_its_address() -> None:
    body = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>A</title></channel>'
        b'<item rdf:about="https://a.example/1"><title>One</title><dc:identifier>doi:1</dc:identifier></item></rdf:RDF>'
    )
    (found,) = read(body).entries
    assert (found.entry.guid, found.entry.extensions) == ("https://a.example/1", {"dc:identifier": "doi:1"})
    assert entry("<dc:identifier>doi:1</dc:identifier>").guid == "doi:1"


# ── extensions ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("inside", "extensions"),
    [
        ("<own:desk>Harbour</own:desk>", {"{https://gazette.example/ns}desk": "Harbour"}),
        ("<own:a>1</own:a><own:a>2</own:a><own:a>3</own:a>", {"{https://gazette.example/ns}a": ["1", "2", "3"]}),
        ('<thr:in-reply-to ref="urn:1" href="https://a.example/1"/>', {"thr:in-reply-to": {"ref": "urn:1", "href": "https://a.example/1"}}),
        ('<georss:point relationship="near">45.2 -71.9</georss:point>', {"georss:point": {"relationship": "near", "value": "45.2 -71.9"}}),
        (
            "<georss:where><gml:Point><gml:pos>45.2 -71.9</gml:pos></gml:Point></georss:where>",
            {"georss:where": {"gml:point": {"gml:pos": "45.2 -71.9"}}},
        ),
        ("<own:mixed>A <own:b>bold</own:b> word</own:mixed>", {"{https://gazette.example/ns}mixed": "A <own:b>bold</own:b> word"}),
        ("<itunes:duration>1:02</itunes:duration>", {"itunes:duration": "1:02"}),
        ("<own:empty/>", {}),
    ],
)
def test_what_has_no_field_of_its_own_is_kept_by_name(inside: str, extensions: dict[str, Any]) -> None:
    assert entry(inside).extensions == extensions


# ── media ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_credit_holds_for_what_it_stands_beside() -> None:
    found = entry(
        '<media:group><media:content url="a.jpg"><media:credit>Ann</media:credit><media:thumbnail url="t.jpg"/></media:content>'
        '<media:content url="b.jpg"/><media:credit>Group</media:credit><media:title>Two views</media:title></media:group>'
        '<media:content url="c.jpg" medium="image"/><media:credit>Item</media:credit>'
    )
    base = "https://harbour-gazette.example/"
    assert found.media == [
        Media(url=base + "t.jpg", type=None, credit="Group", description="Two views"),
        Media(url=base + "a.jpg", type=None, credit="Ann", description="Two views"),
        Media(url=base + "b.jpg", type=None, credit="Group", description="Two views"),
        Media(url=base + "c.jpg", type="image", credit="Item", description=None),
    ]
    assert found.authors == []


def test_a_description_of_media_is_the_summary_where_there_is_no_other() -> None:
    video = '<media:group><media:content url="v.mp4"/><media:description>What is seen</media:description></media:group>'
    assert entry(video).summary == "What is seen"
    assert entry(video + "<description>Said</description>").summary == "Said"


# ── languages, bases, authors ────────────────────────────────────────────────────────────────────────────────────────


def test_a_language_is_inherited_from_the_nearest_element_that_names_one() -> None:
    body = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><entry xml:lang="nn"><id>1</id><title xml:lang="nb">A</title></entry>
      <entry><id>2</id><title xml:lang="fr">B</title></entry><entry><id>3</id><title>C</title></entry></feed>"""
    document = read(body.encode())
    assert document.language == "en"
    assert [found.entry.language for found in document.entries] == ["nn", "fr", None]


def test_atom_hands_the_feeds_authors_and_the_sources_on_to_entries_that_name_none() -> None:
    body = """<feed xmlns="http://www.w3.org/2005/Atom"><author><name>Eva Kai</name></author>
      <entry><id>1</id><author><name>Ann Pier</name></author></entry><entry><id>2</id></entry>
      <entry><id>3</id><source><title>Nordavisa</title><author><name>Dag Vik</name></author></source></entry></feed>"""
    names = [[author.name for author in found.entry.authors] for found in read(body.encode()).entries]
    assert names == [["Ann Pier"], ["Eva Kai"], ["Dag Vik"]]


@pytest.mark.parametrize("said", [b'"authors": [{"name": "Eva Kai"}, {}]', b'"author": {"name": "Eva Kai"}'])
def test_json_feed_hands_the_feeds_authors_on_to_items_that_name_none(said: bytes) -> None:
    body = b"""{"version": "https://jsonfeed.org/version/1.1", %b, "items": [
      {"id": "1", "authors": [{"name": "Ann Pier"}]}, {"id": "2"},
      {"id": "3", "author": {"name": "Dag Vik"}}, {"id": "4", "authors": []}]}"""
    names = [[author.name for author in found.entry.authors] for found in read(body % said).entries]
    assert names == [["Ann Pier"], ["Eva Kai"], ["Dag Vik"], ["Eva Kai"]]


def test_the_channels_editor_is_nobodys_author() -> None:
    body = rss(item(1), head="<title>G</title><author>Chief</author><managingEditor>a@gazette.example (Chief)</managingEditor>")
    assert read(body).entries[0].entry.authors == []


def test_content_packed_in_base64_is_unpacked() -> None:
    body = (
        b'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><id>1</id>'
        b'<content mode="base64" type="text/html">PHA+RsOkaHJlPC9wPg==</content></entry></feed>'
    )
    document = read(body)
    assert (document.format, document.entries[0].entry.content) == ("atom-0.3", "<p>Fähre</p>")


def test_entries_that_the_publisher_takes_back_are_named() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><entry><id>urn:1</id></entry>
      <at:deleted-entry ref="urn:2" when="2026-03-05T10:00:00Z"><at:comment>Wrong</at:comment></at:deleted-entry></feed>"""
    document = read(body)
    assert (document.deleted, len(document.entries)) == (("urn:2",), 1)


# ── what is not passed on ────────────────────────────────────────────────────────────────────────────────────────────


def test_addresses_of_people_are_dropped_wherever_they_stand_and_links_are_not_mistaken_for_them() -> None:
    found = entry(
        '<own:editor>Ann Pier (ann@gazette.example)</own:editor><own:desk mail="desk@gazette.example" name="Harbour"/>'
        '<link href="mailto:ann@gazette.example"/><link>https://gazette.example/@ann/1</link><own:at>https://social.example/@ann</own:at>'
        "<author>mailto:ann@gazette.example</author>"
    )
    assert found.extensions == {
        "{https://gazette.example/ns}editor": "Ann Pier",
        "{https://gazette.example/ns}desk": {"name": "Harbour"},
        "{https://gazette.example/ns}at": "https://social.example/@ann",
    }
    assert (found.link, found.links, found.authors) == ("https://gazette.example/@ann/1", [], [])


@pytest.mark.parametrize(
    "inside",
    [
        "<author><uri>jane@gazette.example</uri></author>",
        "<author><uri> MAILTO:jane@gazette.example </uri></author>",
        '<link rel="author" href="MAILTO:jane@gazette.example"/>',
        '<link href=" mailto:jane@gazette.example"/>',
        '<link href="jane@gazette.example?subject=Ferry"/>',
        "<link>Mailto:jane@gazette.example</link>",
        "<link>jane@gazette.example</link>",
        "<comments>mailto:jane@gazette.example</comments>",
        "<author>MAILTO:jane@gazette.example</author>",
        "<category>jane@gazette.example</category>",
        "<rights>jane@gazette.example</rights>",
        "<source>jane@gazette.example</source>",
        '<source url="mailto:jane@gazette.example"/>',
        '<enclosure url="mailto:jane@gazette.example"/>',
        "<media:credit>jane@gazette.example</media:credit>",
    ],
)
def test_an_address_that_is_all_an_element_says_is_dropped_however_it_is_written(inside: str) -> None:
    bare = entry("<title>Ferry</title>")
    assert entry(f"<title>Ferry</title>{inside}") == bare
    assert entry(f"<title>Ferry</title>{inside}", Limits(keep_email_addresses=True)) != bare


def test_what_stands_around_an_address_is_kept() -> None:
    found = entry(
        "<author>MAILTO:jane@gazette.example (Jane)</author><author><name>Ann</name><uri>ann@gazette.example</uri></author>"
        '<category term="Sea" label="Sea (sea@gazette.example)"/><rights>Ask Jane &lt;jane@gazette.example&gt;</rights>'
        '<source url="https://northern-wire.example/">Northern Wire, wire@northern-wire.example</source>'
        '<media:content url="ferry@2x.jpg"><media:credit>Cy Lens (cy@gazette.example)</media:credit></media:content>'
    )
    assert found.authors == [Author(name="Jane", uri=None), Author(name="Ann", uri=None)]
    assert found.categories == [Category(term="Sea", scheme=None, label="Sea")]
    assert found.rights == "Ask Jane"
    assert found.source == EntrySource(title="Northern Wire", url="https://northern-wire.example/")
    picture = "https://harbour-gazette.example/ferry@2x.jpg"
    assert found.media == [Media(url=picture, type=None, credit="Cy Lens", description=None)]


def test_addresses_of_people_are_kept_where_the_setting_says_so() -> None:
    found = entry("<own:editor>ann@gazette.example</own:editor>", Limits(keep_email_addresses=True))
    assert found.extensions == {"{https://gazette.example/ns}editor": "ann@gazette.example"}


SECRET = "https://reader:open-sesame@gazette.example/rss?token=0123456789&lang=en"


def test_what_opens_a_feed_is_not_in_the_links_made_absolute_with_it() -> None:
    assert entry("<link>/story/1</link>", url=SECRET).link == "https://gazette.example/story/1"
    assert entry("<link>?page=2</link>", url=SECRET).link == "https://gazette.example/rss?page=2"


def test_what_opens_a_feed_is_taken_out_of_all_that_its_entries_say() -> None:
    assert secrets_of(SECRET) == ("reader", "open-sesame", "0123456789")
    link = "https://gazette.example/story/1?token=0123456789&amp;lang=en"
    text = "&lt;a href='https://gazette.example/story/1?lang=en&amp;amp;token=0123456789'&gt;open-sesame, dear reader&lt;/a&gt;"
    (article,) = Reader(SECRET).poll(rss(f"<item><title>Story</title><link>{link}</link><description>{text}</description></item>")).articles
    assert article.entry.link == "https://gazette.example/story/1?lang=en"
    assert article.entry.summary == "<a href='https://gazette.example/story/1?lang=en&amp;'>***, dear ***</a>"
    assert article.feed.url == "https://gazette.example/rss?lang=en"


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("inside", "limits", "held"),
    [
        (f"<title>T</title><guid>{'g' * 200}</guid>", Limits(max_scalar_characters=100), lambda found: len(found.guid)),
        (f"<link>https://a.example/{'x' * 200}</link>", Limits(max_scalar_characters=100), lambda found: len(found.link)),
        (f"<description>{'d' * 200}</description>", Limits(max_text_characters=100), lambda found: len(found.summary)),
        ("<category>c</category>" * 200, Limits(max_list_items=100), lambda found: len(found.categories)),
        ("<author>a</author>" * 200, Limits(max_list_items=100), lambda found: len(found.authors)),
        ("<media:content url='m'/>" * 200, Limits(max_list_items=100), lambda found: len(found.media)),
        ("<own:x>1</own:x>" * 200, Limits(max_list_items=100), lambda found: len(found.extensions["{https://gazette.example/ns}x"])),
        ("".join(f"<own:x{n}>1</own:x{n}>" for n in range(200)), Limits(max_extensions=100), lambda found: len(found.extensions)),
    ],
)
def test_what_is_longer_or_more_than_allowed_is_cut_and_flagged(inside: str, limits: Limits, held: Any) -> None:
    found = parsed(inside, limits)
    assert (held(found.entry), found.flags) == (100, ("truncated",))
    whole = parsed(inside, Limits(max_extensions=200))
    assert (held(whole.entry), whole.flags) == (held(whole.entry), ())
    assert held(whole.entry) >= 200


def test_elements_deeper_than_allowed_are_left_out_and_flagged() -> None:
    deep = "<own:x>" * 5 + "1" + "</own:x>" * 5
    assert parsed(deep).flags == ()
    cut = parsed(deep + "<own:y>1</own:y>", Limits(max_depth=3))
    assert (cut.entry.extensions, cut.flags) == ({"{https://gazette.example/ns}y": "1"}, ("truncated",))


def test_an_authors_uri_is_kept() -> None:
    assert entry("<author><name>Ann</name><uri>/ann</uri></author>").authors == [
        Author(name="Ann", uri="https://harbour-gazette.example/ann")
    ]
