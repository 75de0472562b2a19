"""What of a page is kept."""

from __future__ import annotations

import time

import pytest
from invented import NOW, a_feed, item, read, rss
from msgspec.structs import replace

from dateline.events import Page, PageRights, RawArticle
from dateline.poller.decide import raw_articles
from dateline.poller.page_html import cut, is_html, page_text, without_ballast

RIGHTS = PageRights(robots=None, tdm_reserved=None, is_accessible_for_free=None)

PAGE = """<!DOCTYPE html><html lang=en><head><meta charset="utf-8"><title>Harbour <script> news</title><link rel=canonical href="/a">
<script>var a = "<p>no</p>";</script><script type='application/ld+json'>{"a": "<b>"}</script><STYLE media=all>p > a {}</STYLE></head>
<body><nav>Home</nav><!-- hidden --><article data-note="<!-- kept -->"><p>One <svg viewBox="0 0 1 1"><path d="M0"/><svg></svg></svg>two.</p>
<figure><img src="data:image/png;base64,iVBORw0KGgo="><figcaption>Photo: A. B.</figcaption></figure><textarea><!-- typed --></textarea>
<iframe title=x srcdoc="<p>inner</p>" width=1></iframe></article><footer>© Harbour Gazette</footer></body></html>"""


def test_what_is_seen_and_what_describes_the_page_stays_as_it_was_and_the_ballast_goes() -> None:
    assert (
        without_ballast(PAGE)
        == """<!DOCTYPE html><html lang=en><head><meta charset="utf-8"><title>Harbour <script> news</title><link rel=canonical href="/a">
<script type='application/ld+json'>{"a": "<b>"}</script></head>
<body><nav>Home</nav><article data-note="<!-- kept -->"><p>One two.</p>
<figure><img src="data:image/png;base64,"><figcaption>Photo: A. B.</figcaption></figure><textarea><!-- typed --></textarea>
<iframe title=x width=1></iframe></article><footer>© Harbour Gazette</footer></body></html>"""
    )


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("a<!-->b", "ab"),
        ("a<!--->b", "ab"),
        ("a<!-- x --!>b", "ab"),
        ("a<!-- x -- > y -->b", "ab"),
        ("a<!-- 1 --><!-- 2 --> <!-- 3 -->b", "a b"),
        ("a<!-- never closed <p>b", "a"),
        ("a<?php echo 1 ?>b", "ab"),
        ("a<script>b", "a"),
        ("a<script/>b</script>c", "ac"),
        ("a<SCRIPT\ntype=module>b</ScRiPt >c", "ac"),
        ("a<script>'</scripture>'</script>b", "ab"),
        ("a<scripture>b</scripture>", "a<scripture>b</scripture>"),
        ("a<svg/>b<svg>c</svg>d", "abd"),
        ("a</svg>b", "ab"),
        ("a<svg>b<p>the article</p></svg>", "a<svg>b<p>the article</p>"),
        ("a<svg><p>the article, and the drawing not closed", "a<svg><p>the article, and the drawing not closed"),
        ("1 < 2 <3 </ <", "1 < 2 <3 </ <"),
        ("<p title=it's>a<script>b</script>", "<p title=it's>a"),
        ("<p title='<script>'>a", "<p title='<script>'>a"),
        ("<![endif]-->a", "<![endif]-->a"),
        ("", ""),
    ],
)
def test_odd_markup_is_split_as_browsers_split_it(html: str, kept: str) -> None:
    assert without_ballast(html) == kept


@pytest.mark.heavy
@pytest.mark.parametrize(
    "piece",
    [
        "<svg>",
        "<svg></svg>",
        "<svg><p>",
        "<!--",
        "<a ",
        '<a b="',
        "<a =",
        "<",
        "<!",
        "<?",
        "<title>",
        "<iframe srcdoc='",
        "data:a/b,",
        "</svg>",
        "<p>",
    ],
)
def test_hostile_pages_take_time_by_their_length(piece: str) -> None:
    """8 MiB of the worst take 2.4 s; these are a quarter of a MiB."""
    page = piece * ((256 << 10) // len(piece))
    began = time.process_time()
    without_ballast(page)
    assert time.process_time() - began < 0.6


@pytest.mark.heavy
def test_deep_nesting_and_a_million_attributes_are_no_trouble() -> None:
    deep = "<div>" * 100_000 + "<svg>" * 50_000 + "</svg>" * 50_000
    wide = "<p" + " a=b" * 250_000 + ">text"
    assert without_ballast(deep).startswith("<div><div>")
    assert without_ballast(wide) == wide


@pytest.mark.parametrize(
    ("body", "content_type", "text", "encoding", "origin"),
    [
        ('<meta charset="windows-1251">Новости'.encode("cp1251"), None, "Новости", "windows-1251", "declaration"),
        (
            '<meta http-equiv="Content-Type" content="text/html; charset=shift_jis">港'.encode("cp932"),
            "text/html",
            "港",
            "shift_jis",
            "declaration",
        ),
        ('<meta charset="windows-1251">Łódź'.encode("cp1250"), "text/html; charset=windows-1250", "Łódź", "windows-1250", "header"),
        ('<meta charset="windows-1250">Łódź'.encode("cp1250"), "text/html; charset=ISO-8859-1", "Łódź", "windows-1250", "declaration"),
        ('<meta charset="windows-1250">Łódź'.encode(), "text/html; charset=windows-1250", "Łódź", "utf-8", "content"),
        ('<meta charset="utf-16">Łódź'.encode(), None, "Łódź", "utf-8", "content"),
        ("<p>Łódź".encode("utf-16"), "text/html", "Łódź", "utf-16le", "bom"),
    ],
)
def test_a_page_is_read_in_the_encoding_it_is_in(body: bytes, content_type: str | None, text: str, encoding: str, origin: str) -> None:
    found = page_text(body, content_type)
    assert found.text.endswith(text)
    assert (found.encoding, found.origin) == (encoding, origin)


def test_nuls_are_left_out_as_parsers_end_at_them() -> None:
    assert page_text(b"<p>a\0b").text == "<p>ab"


def test_a_long_page_is_cut_behind_a_tag_where_one_is_near() -> None:
    assert cut("<p>short", 8) == ("<p>short", False)
    assert cut("<p>one</p><p>two</p>", 12) == ("<p>one</p>", True)
    assert cut("x" * 9000, 6000) == ("x" * 6000, True)
    assert cut("<p>" + "x" * 9000, 6000) == ("<p>" + "x" * 5997, True)


def test_a_page_too_large_for_a_record_is_cut_and_the_article_says_so() -> None:
    article = with_page("港" * 450_000)
    assert article.page is not None
    assert article.page.truncated
    assert article.flags == ["truncated"]
    assert with_page("<p>").flags == []


def with_page(html: str) -> RawArticle:
    page = Page(url="https://a.example/1", html=html, content_type=None, fetched_at=None, truncated=False, rights=RIGHTS)
    document = read(rss(item(1)))
    (parsed,) = document.entries
    (article,) = raw_articles(replace(document, entries=(replace(parsed, page=page),)), a_feed(), http=None, now=NOW)
    return article


@pytest.mark.parametrize(
    ("start", "yes"),
    [
        (b"<!DOCTYPE html><html>", True),
        (b"\xef\xbb\xbf <!-- made by us --><?xml version='1.0'?><!DOCTYPE html PUBLIC '...'>", True),
        (b"<meta charset=utf-8>", True),
        (b"<rss version='2.0'>", False),
        (b"<!-- only this -->", False),
        (b"plain text", False),
        (b"<!--" * 50_000, False),
    ],
)
def test_pages_are_known_by_how_they_begin(start: bytes, *, yes: bool) -> None:
    assert is_html(start) is yes
