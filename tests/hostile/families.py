"""Bodies made to hang, blow up or trick a parser; each a function from a size in bytes to a body of about that size.

The families are those that have felled feed readers, and those that our own regular expressions and loops invite.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import random
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAMILIES: dict[str, Callable[[int], bytes]] = {}
LINK = "<link>https://gazette.example/1</link>"
CANARY = b"the harbour master's secret"


def family(build: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """Name a function's body after the function."""
    FAMILIES[build.__name__] = build
    return build


def grow(unit: bytes, size: int) -> bytes:
    """As many copies as fit."""
    return unit * max(1, size // len(unit))


def numbered(template: str, size: int) -> bytes:
    """Copies with `@` replaced by their number, until the size is reached."""

    def parts() -> Iterator[str]:
        length = number = 0
        while length < size:
            part = template.replace("@", str(number))
            length, number = length + len(part), number + 1
            yield part

    return "".join(parts()).encode()


def rss(inside: bytes, *, before: bytes = b"", after: bytes = b"") -> bytes:
    """A channel around this."""
    return b"<?xml version='1.0'?>" + before + b"<rss version='2.0'><channel><title>Gazette</title>" + inside + b"</channel></rss>" + after


def entry(inside: bytes) -> bytes:
    """A feed of one ordinary item and one that holds this."""
    return rss(b"<item><title>First</title>" + LINK.encode() + b"</item><item>" + inside + b"</item>")


def field(name: str, inside: bytes) -> bytes:
    """A feed whose item has one large field."""
    return entry(f"<{name}>".encode() + inside + f"</{name}>".encode())


def json_feed(items: bytes, more: bytes = b"") -> bytes:
    """A JSON Feed with these items."""
    return b'{"version": "https://jsonfeed.org/version/1.1", "title": "Gazette"' + more + b', "items": [' + items + b"]}"


def doctype(declarations: bytes) -> bytes:
    return b"<!DOCTYPE rss [" + declarations + b"]>"


# ── entities and document types ──────────────────────────────────────────────────────────────────────────────────────


def _laughs() -> bytes:
    levels = (f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 12))
    return b'<!ENTITY l0 "ha">' + "".join(levels).encode()


@family
def billion_laughs(size: int) -> bytes:
    return rss(b"<item><title>&l11;</title></item>" * max(1, size // 40), before=doctype(_laughs()))


@family
def billion_laughs_behind_a_comment(size: int) -> bytes:
    return rss(b"<item><title>&l11;</title></item>", before=b"<!--" + b"x" * size + b"-->" + doctype(_laughs()))


@family
def quadratic_entity(size: int) -> bytes:
    before = doctype(b'<!ENTITY a "' + b"A" * (size // 2) + b'">')
    return rss(b"<item><description>" + grow(b"&a;", size // 2) + b"</description></item>", before=before)


@family
def entity_declarations(size: int) -> bytes:
    return rss(b"<item><title>t</title></item>", before=doctype(numbered('<!ENTITY e@ "v">', size)))


@family
def entity_that_refers_to_itself(size: int) -> bytes:
    return rss(b"<item><title>" + grow(b"&a;", size) + b"</title></item>", before=doctype(b'<!ENTITY a "&b;"><!ENTITY b "&a;">'))


@family
def parameter_entities(size: int) -> bytes:
    return rss(b"<item/>", before=doctype(grow(b"<!ENTITY % p '&#37;p;'>%p;", size)))


@family
def external_entity(size: int) -> bytes:
    return rss(b"<item><title>&x;</title></item>", before=doctype(b'<!ENTITY x SYSTEM "file:///etc/passwd">'))


@family
def external_entity_as_a_parameter(size: int) -> bytes:
    return rss(b"<item><title>&x;</title></item>", before=doctype(b'<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;'))


@family
def doctypes_without_end(size: int) -> bytes:
    return b"<?xml version='1.0'?>" + grow(b"<!DOCTYPE ", size) + b"<rss><channel><item><title>t</title></item></channel></rss>"


@family
def doctype_with_an_open_subset(size: int) -> bytes:
    return grow(b"<!DOCTYPE rss [", size) + rss(b"<item><title>t</title></item>")


@family
def doctype_with_brackets(size: int) -> bytes:
    return b"<!DOCTYPE rss [" + grow(b"] ", size) + rss(b"<item><title>t</title></item>")


@family
def doctype_with_quotes(size: int) -> bytes:
    return b"<!DOCTYPE rss [" + grow(b'<!ENTITY a "]>" \'', size) + b"]>" + rss(b"<item><title>t</title></item>")


@family
def comments_before_the_root(size: int) -> bytes:
    return b"<?xml version='1.0'?>" + grow(b"<!---->", size) + rss(b"<item><title>t</title></item>")


@family
def comments_left_open(size: int) -> bytes:
    return rss(grow(b"<!-- ", size))


@family
def comments_left_open_before_the_root(size: int) -> bytes:
    return grow(b"<!-- - ", size) + b"<rss><channel><item><title>t</title></item></channel></rss>"


@family
def instructions_left_open(size: int) -> bytes:
    return grow(b"<?x ", size) + rss(b"<item><title>t</title></item>")


@family
def xml_declarations(size: int) -> bytes:
    return grow(b"<?xml version='1.0'?>", size) + rss(b"<item><title>t</title></item>")


@family
def declaration_of_spaces(size: int) -> bytes:
    return b"<?xml" + b" " * size + b"encoding=" + rss(b"<item><title>t</title></item>")


# ── depth and numbers ────────────────────────────────────────────────────────────────────────────────────────────────


@family
def deep_nesting(size: int) -> bytes:
    depth = size // 7
    return field("description", b"<b>" * depth + b"</b>" * depth)


@family
def deep_nesting_left_open(size: int) -> bytes:
    return field("description", grow(b"<b>", size))


@family
def deep_items(size: int) -> bytes:
    return rss(grow(b"<item><title>t</title>", size))


@family
def deep_channels(size: int) -> bytes:
    return b"<rss>" + grow(b"<channel>", size) + b"<item><title>t</title></item>"


@family
def deep_closed_channels(size: int) -> bytes:
    depth = size // 19
    return b"<rss>" + b"<channel>" * depth + b"<item><title>t</title></item>" + b"</channel>" * depth + b"</rss>"


@family
def deep_wrapper_around_a_feed(size: int) -> bytes:
    depth = size // 7
    return b"<a>" * depth + rss(b"<item><title>t</title></item>") + b"</a>" * depth


@family
def deep_html_in_cdata(size: int) -> bytes:
    return field("description", b"<![CDATA[" + grow(b"<div>", size) + b"]]>")


@family
def depth_just_allowed_many_times(size: int) -> bytes:
    return rss(grow(b"<item><title>t</title><description>" + b"<b>" * 200 + b"x" + b"</b>" * 200 + b"</description></item>", size))


@family
def xml_base_all_the_way_down(size: int) -> bytes:
    chain = b"<channel xml:base='a/'>" * 200
    items = grow(b"<item xml:base='b/'><title>t</title><link>c</link><guid>d</guid></item>", size)
    return b"<rss>" + chain + items + b"</channel>" * 200 + b"</rss>"


@family
def xml_base_that_grows(size: int) -> bytes:
    return rss(grow(b"<item xml:base='" + b"a/" * 2000 + b"'><link>" + b"../" * 1000 + b"</link></item>", size))


@family
def attributes(size: int) -> bytes:
    return rss(b"<item " + numbered('a@="1" ', size) + b"><title>t</title></item>")


@family
def attributes_of_an_extension(size: int) -> bytes:
    return entry(b"<colours " + numbered('a@="1" ', size) + b"/>")


@family
def attributes_that_repeat(size: int) -> bytes:
    return rss(b"<item " + grow(b'a="1" ', size) + b"><title>t</title></item>")


@family
def attribute_of_megabytes(size: int) -> bytes:
    return entry(b"<category domain='" + b"x" * size + b"'>sea</category><enclosure url='" + b"y" * 1000 + b"'/>")


@family
def attributes_of_the_root(size: int) -> bytes:
    return b"<rss " + numbered('a@="1" ', size) + b"><channel><item><title>t</title></item></channel></rss>"


@family
def namespaces(size: int) -> bytes:
    return entry(b"<title>t</title>" + numbered('<n@:a xmlns:n@="http://n/@">v</n@:a>', size))


@family
def namespaces_on_one_element(size: int) -> bytes:
    return entry(b"<title " + numbered('xmlns:n@="http://n/@" ', size) + b">t</title>")


@family
def namespaces_on_the_root_and_markup_in_many_items(size: int) -> bytes:
    root = b"<rss version='2.0' " + numbered('xmlns:n@="http://n/@" ', 20_000) + b"><channel>"
    return root + grow(b"<item><title>a<b>b</b><i>c</i></title></item>", size) + b"</channel></rss>"


@family
def element_names_all_different(size: int) -> bytes:
    return entry(numbered("<e@>v</e@>", size))


@family
def siblings(size: int) -> bytes:
    return rss(grow(b"<x/>", size) + b"<item><title>t</title></item>")


@family
def siblings_in_an_item(size: int) -> bytes:
    return entry(grow(b"<x>1</x>", size))


@family
def siblings_in_a_text(size: int) -> bytes:
    return field("description", grow(b"a<br/>", size))


@family
def tiny_items(size: int) -> bytes:
    return rss(grow(b"<item/>", size))


@family
def tiny_items_with_titles(size: int) -> bytes:
    return rss(grow(b"<item><title>t</title></item>", size))


@family
def items_that_share_a_guid(size: int) -> bytes:
    return rss(numbered("<item><guid>same</guid><title>Story @</title></item>", size))


@family
def items_that_share_a_link(size: int) -> bytes:
    return rss(numbered("<item><link>https://gazette.example/live</link><title>Story @</title></item>", size))


@family
def channels(size: int) -> bytes:
    return b"<rss>" + grow(b"<channel><title>t</title><item><title>t</title></item></channel>", size) + b"</rss>"


@family
def links_in_one_item(size: int) -> bytes:
    return entry(numbered("<link>https://gazette.example/@</link>", size))


@family
def enclosures_in_one_item(size: int) -> bytes:
    return entry(numbered('<enclosure url="/a@"/>', size))


@family
def categories_in_one_item(size: int) -> bytes:
    return entry(numbered("<category>c@</category>", size))


@family
def authors_in_one_item(size: int) -> bytes:
    return entry(grow(b"<author>a@b.example (Ann)</author>", size))


@family
def media_groups_in_one_item(size: int) -> bytes:
    group = b"<m:group><m:credit>c</m:credit>" + b"<m:content url='a'/>" * 5 + b"</m:group>"
    return entry(b"<x xmlns:m='http://search.yahoo.com/mrss/'>t</x>") + rss(
        b"<item xmlns:m='http://search.yahoo.com/mrss/'>" + grow(group, size) + b"</item>"
    )


@family
def media_in_one_group(size: int) -> bytes:
    inside = b"<m:group>" + grow(b"<m:content url='a'><m:credit>c</m:credit></m:content>", size) + b"</m:group>"
    return rss(b"<item xmlns:m='http://search.yahoo.com/mrss/'>" + inside + b"</item>")


@family
def media_groups_within_groups(size: int) -> bytes:
    depth = min(size // 20, 240)
    inside = b"<m:group>" * depth + b"<m:content url='a'/>" * (size // 40) + b"</m:group>" * depth
    return rss(b"<item xmlns:m='http://search.yahoo.com/mrss/'>" + inside + b"</item>")


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _text_family(name: str, unit: bytes, *, element: str = "description", cdata: bool = False) -> None:
    opening, closing = (b"<![CDATA[", b"]]>") if cdata else (b"", b"")
    FAMILIES[name] = lambda size: field(element, opening + grow(unit, size) + closing)


_text_family("text_of_megabytes", b"lorem ipsum ")
_text_family("text_of_megabytes_in_cdata", b"lorem <b>ipsum</b> ", cdata=True)
_text_family("title_of_megabytes", b"lorem ipsum ", element="title")
_text_family("guid_of_megabytes", b"lorem ipsum ", element="guid")
_text_family("unknown_element_of_megabytes", b"lorem ipsum ", element="tide")
_text_family("ampersands", b"&")
_text_family("ampersands_and_names", b"&a")
_text_family("names_of_entities", b"&nbsp;&CounterClockwiseContourIntegral;")
_text_family("numbers_of_characters", b"&#60;&#x3c;")
_text_family("numbers_of_characters_that_are_none", b"&#0;&#xD800;&#x110000;&#99999999999;")
_text_family("less_than_signs", b"<")
_text_family("less_than_signs_in_cdata", b"<", cdata=True)
_text_family("less_than_signs_in_a_title", b"<", element="title", cdata=True)
_text_family("greater_than_signs_in_cdata", b">", cdata=True)
_text_family("tags_left_open_in_cdata", b"<a href='x", cdata=True)
_text_family("comments_left_open_in_cdata", b"<!--", cdata=True)
_text_family("broken_tags", b"<p <b </ i> <a href=>")
_text_family("tags_closed_that_were_never_open", b"</b></i>")
_text_family("tags_crossed", b"<b><i></b></i>")
_text_family("control_characters", b"a\x01\x02\x0b\x1f")
_text_family("control_characters_as_numbers", b"&#1;&#x1f;")
_text_family("zero_bytes", b"a\x00b")
_text_family("spaces", b" ")
_text_family("line_ends", b"\r\n\t ")
_text_family("spaces_in_a_link", b"\t\n", element="link")
_text_family("link_of_megabytes", b"https://gazette.example/../a?b=c&amp;", element="link")
_text_family("link_of_percents", b"%zz%", element="link")
_text_family("link_of_parameters", b"?utm_source=a&amp;b=c", element="link")
_text_family("link_of_dots", b"/../.", element="link")
_text_family("link_of_a_strange_host", "//\u1e9e.\u0345.".encode(), element="link")
_text_family("link_of_brackets", b"http://[", element="link")
_text_family("guid_of_uris", b"a:", element="guid")
_text_family("author_of_at_signs", b"@", element="author")
_text_family("author_of_addresses", b"a@b ", element="author")
_text_family("author_of_brackets", b"( ", element="author")
_text_family("date_of_digits", b"1", element="pubDate")
_text_family("date_of_spaces", b"Mon, 1 ", element="pubDate")
_text_family("broken_utf8", b"\xff\xc3(\xe2\x82")
_text_family("surrogates_as_utf8", b"\xed\xa0\x80\xed\xb0\x80")
_text_family("cdata_sections", b"<![CDATA[a]]>")
_text_family("cdata_sections_left_open", b"<![CDATA[")
_text_family("cdata_ends", b"]]>")
_text_family("characters_beyond_the_plane", "\U0001f6a2\u202e\u0300".encode())
_text_family("double_encoded_text", "Ã©Ã¼â€™".encode())


@family
def every_ugly_date(size: int) -> bytes:
    dates = (
        "9999-12-31T23:59:59-14:00",
        "0000-00-00",
        "0001-01-01T00:00:00+14:00",
        "Mon, 99 Foo 99999 99:99:99 +9999",
        "1" * 100,
        "-1",
        "1e999",
        "NaN",
        "Mon, 1" + " " * 90 + "x",
        "2024-02-30",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "\u0661\u0662 Mar 2024",
        "(" * 50 + ")" * 50,
        "1 Jan 2024 1:00:00 " + "(" * 80,
    )
    return rss(grow("".join(f"<item><title>t</title><pubDate>{date}</pubDate></item>" for date in dates).encode(), size))


@family
def authors_written_oddly(size: int) -> bytes:
    names = ("a" * 900 + "@", "@" * 900, "(" * 900, "<" * 0 + ")" * 900, "a@b(" * 200, " " * 900 + "@", "[" + " " * 900)
    return rss(grow("".join(f"<item><title>t</title><author>{name}</author></item>" for name in names).encode(), size))


@family
def items_of_broken_markup(size: int) -> bytes:
    return rss(grow(b"<item><title>A & B</title><description><p>x<br></description></itm><item>", size))


@family
def cut_off_in_a_tag(size: int) -> bytes:
    return rss(grow(b"<item><title>t</title></item>", size))[:-30]


@family
def markup_typed_as_xhtml(size: int) -> bytes:
    head = b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>t</title><content type='xhtml'>"
    inside = grow(b"<x:p xmlns:x='http://www.w3.org/1999/xhtml'>a</x:p>", size)
    return head + b"<div xmlns='http://www.w3.org/1999/xhtml'>" + inside + b"</div></content></entry></feed>"


# ── encodings ────────────────────────────────────────────────────────────────────────────────────────────────────────


@family
def utf_16_without_a_mark(size: int) -> bytes:
    return rss(b"<item><title>" + b"t" * (size // 2) + b"</title></item>").decode().encode("utf-16-le")


@family
def utf_16_cut_in_a_surrogate(size: int) -> bytes:
    return codecs.BOM_UTF16_LE + rss(b"<item><title>t</title></item>").decode().encode("utf-16-le") + b"\x3d\xd8" * (size // 2) + b"\x00"


@family
def utf_32(size: int) -> bytes:
    return rss(b"<item><title>" + b"t" * (size // 4) + b"</title></item>").decode().encode("utf-32")


@family
def utf_7(size: int) -> bytes:
    return b"<?xml version='1.0' encoding='utf-7'?>" + grow(b"+ADw-rss+AD4-", size)


@family
def punycode(size: int) -> bytes:
    return b"<?xml version='1.0' encoding='punycode'?>" + grow(b"<rss>\xffabc", size)


@family
def codecs_that_are_no_encodings(size: int) -> bytes:
    return b"<?xml version='1.0' encoding='unicode_escape'?>" + rss(field("title", grow(b"\\N{SPACE}\xff", size)))


@family
def half_broken_utf8(size: int) -> bytes:
    return rss(b"<item><title>" + grow(b"\xc3\xa9" * 20 + b"\xe9", size) + b"</title></item>")


@family
def iso_2022_escapes(size: int) -> bytes:
    return b"<?xml version='1.0' encoding='iso-2022-jp'?>" + rss(field("title", grow(b'\x1b$B$"\x1b(B', size)))


@family
def marks_of_every_order(size: int) -> bytes:
    return grow(codecs.BOM_UTF8 + codecs.BOM_UTF16_LE + codecs.BOM_UTF16_BE, size)


@family
def zeros(size: int) -> bytes:
    return bytes(size)


@family
def zero_and_a_tag(size: int) -> bytes:
    return b"\x00<" * (size // 2)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_WRONG = (
    "null",
    "true",
    "0",
    "-1.5e308",
    "[]",
    "{}",
    '""',
    '"\\ud800"',
    '"\\u0000"',
    "[null, [[]], {}]",
    '{"url": 1}',
    "123456789012345678901234567890",
)
_NAMES = ("id", "url", "external_url", "title", "content_html", "content_text", "summary", "date_published", "date_modified")
_LISTS = ("authors", "author", "tags", "language", "attachments", "image", "_gazette")


@family
def json_of_wrong_types(size: int) -> bytes:
    items = [f'{{"{name}": {value}, "title": "t"}}' for name in (*_NAMES, *_LISTS) for value in _WRONG if "ud800" not in value]
    return json_feed((", ".join(items) + ", ").encode() * max(1, size // 20_000) + b"null, 1, [], {}")


@family
def json_with_a_wrong_head(size: int) -> bytes:
    return json_feed(b"{}", b', "title": 1, "home_page_url": [], "language": {}, "items": {}, "version": "https://jsonfeed.org/version/1"')


@family
def json_of_lone_surrogates(size: int) -> bytes:
    return json_feed(b'{"id": "1", "title": "' + grow(b"\\ud800", size) + b'"}')


@family
def json_depth(size: int) -> bytes:
    depth = size // 2
    return json_feed(b"[" * depth + b"]" * depth)


@family
def json_depth_of_objects_left_open(size: int) -> bytes:
    return json_feed(grow(b'{"a":', size))


@family
def json_depth_just_allowed(size: int) -> bytes:
    deep = b'{"id": "1", "_a": ' + b"[" * 900 + b"]" * 900 + b"}"
    return json_feed(b", ".join([deep] * max(1, size // len(deep))))


@family
def json_of_tiny_items(size: int) -> bytes:
    return json_feed(grow(b"{},", size) + b"{}")


@family
def json_of_brackets(size: int) -> bytes:
    return grow(b"[", size)


@family
def json_of_many_members(size: int) -> bytes:
    return json_feed(b'{"id": "1", ' + numbered('"_@": @, ', size) + b'"title": "t"}')


@family
def json_of_absurd_numbers(size: int) -> bytes:
    return json_feed(b'{"id": ' + b"9" * size + b', "title": "t"}, {"id": 1e400}, {"date_published": 99999999999}')


@family
def json_of_sizes(size: int) -> bytes:
    attachments = grow(b'{"url": "a", "size_in_bytes": 99999999999999999999}, {"url": "b", "size_in_bytes": -1},', size)
    return json_feed(b'{"id": "1", "attachments": [' + attachments + b"{}]}")


@family
def json_of_a_large_extension(size: int) -> bytes:
    return json_feed(b'{"id": "1", "title": "t", "_tides": "' + b"x" * size + b'"}')


@family
def json_of_escapes(size: int) -> bytes:
    return json_feed(b'{"id": "1", "content_text": "' + grow(b"\\u0001\\n", size) + b'"}')


# ── what is no feed at all ───────────────────────────────────────────────────────────────────────────────────────────


@family
def a_path(size: int) -> bytes:
    return b"/etc/passwd"


@family
def a_url(size: int) -> bytes:
    return b"http://169.254.169.254/latest/meta-data/"


@family
def a_file_url(size: int) -> bytes:
    return b"file:///etc/passwd"


@family
def a_path_with_an_item(size: int) -> bytes:
    return b"/etc/passwd\n<item>" + b"x" * size


@family
def an_empty_body(size: int) -> bytes:
    return b""


@family
def one_character(size: int) -> bytes:
    return b"<"


@family
def a_zip(size: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("feed.xml", rss(b"<item/>") + bytes(size))
    return packed.getvalue()


@family
def a_bzip2(size: int) -> bytes:
    return bz2.compress(rss(b"<item/>"))


@family
def noise(size: int) -> bytes:
    return random.Random(4).randbytes(size)


@family
def noise_behind_a_root(size: int) -> bytes:
    return b"<rss><channel><item>" + random.Random(5).randbytes(size)


@family
def an_image(size: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + random.Random(6).randbytes(size)


@family
def a_login_page(size: int) -> bytes:
    form = b"<form><input name='user'><input type=password></form>"
    return b"<!DOCTYPE html><html><head><title>Log in</title></head><body>" + grow(form, size)


@family
def a_page_of_open_tags(size: int) -> bytes:
    return b"<html><body>" + grow(b"<div><table><tr><td>", size)


@family
def a_page_of_attributes(size: int) -> bytes:
    return b"<html><body " + numbered('a@="1" ', size) + b">"


@family
def a_page_with_a_title_of_megabytes(size: int) -> bytes:
    return b"<html><title>" + b"x " * (size // 2)


@family
def a_page_around_a_feed(size: int) -> bytes:
    return b"<html><body><pre>" + rss(grow(b"<item><title>t</title></item>", size)) + b"</pre></body></html>"


@family
def another_kind_of_xml(size: int) -> bytes:
    return b"<catalogue>" + grow(b"<item><title>t</title></item>", size) + b"</catalogue>"


@family
def a_server_that_repeats_itself(size: int) -> bytes:
    return grow(rss(b"<item><title>t</title></item>"), size)


# ── sitemaps ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@family
def sitemap(size: int) -> bytes:
    return (
        b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
        + numbered("<url><loc>https://g.example/@</loc></url>", size)
        + b"</urlset>"
    )


@family
def sitemap_index_that_names_itself(size: int) -> bytes:
    inside = grow(b"<sitemap><loc>https://g.example/sitemap.xml</loc></sitemap>", size)
    return b"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>" + inside + b"</sitemapindex>"


# ── compressed ───────────────────────────────────────────────────────────────────────────────────────────────────────


def bomb(size: int) -> bytes:
    """Gzip that holds 64 MiB of spaces, whatever the size asked for."""
    stream, piece = zlib.compressobj(9, zlib.DEFLATED, 31), b" " * (1 << 20)
    return b"".join(stream.compress(piece) for _ in range(64)) + stream.flush()


@family
def gzip_bomb(size: int) -> bytes:
    return bomb(size)


@family
def gzip_in_gzip(size: int) -> bytes:
    packed = rss(b"<item/>")
    for _ in range(50):
        packed = gzip.compress(packed, mtime=0)
    return packed


@family
def gzip_cut_off(size: int) -> bytes:
    return gzip.compress(rss(grow(b"<item><title>t</title></item>", size)), mtime=0)[:-20]


@family
def gzip_of_many_members(size: int) -> bytes:
    return gzip.compress(b" ", mtime=0) * (min(size, 1 << 20) // 21) + gzip.compress(rss(b"<item><title>t</title></item>"), mtime=0)


@family
def gzip_and_then_noise(size: int) -> bytes:
    return gzip.compress(rss(b"<item><title>t</title></item>"), mtime=0) + random.Random(7).randbytes(size)


@family
def gzip_header_alone(size: int) -> bytes:
    return b"\x1f\x8b\x08\x1f" + b"x" * size
