"""What of an article page becomes the article."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from articles import AGENCIES, NOW, raw
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pages import FREE, HEADLINE, PARAGRAPHS, enriched, ld, markup, removed, script, with_page

from dateline.enricher.enrich import enrich
from dateline.enricher.page import read_page
from dateline.events import Author, EnrichedArticle, Media, encode
from examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterable

BODY = "\n\n".join(PARAGRAPHS)
SECONDS = 6.0  # The worst case takes 2.5 s; runners are slow.


def test_the_body_of_a_page_is_its_paragraphs_and_says_where_each_stands() -> None:
    text = enriched(markup()).text
    assert (text.body, text.from_, text.complete, text.headline) == (BODY, "page", True, HEADLINE)
    assert tuple(text.body[paragraph.start : paragraph.end] for paragraph in text.paragraphs) == PARAGRAPHS


def test_what_stands_between_the_paragraphs_of_a_page_is_set_aside_by_what_it_is() -> None:
    article = enriched(
        markup(
            "<figure><img src='a.jpg'><figcaption>The crane on Monday evening, seen from the pier (TNA)</figcaption></figure>",
            "<div class='newsletter-box'><p>Get our harbour letter every morning</p></div>"
            "<p><a href='/2'>Read also: The ferry that came late</a></p>",
            "<div class='social-share'><a href='#'>Facebook</a> <a href='#'>Telegram</a></div><p>Advertisement</p>",
        )
    )
    assert article.text.body == BODY
    assert removed(article) == {
        "The crane on Monday evening, seen from the pier (TNA)": "caption",
        "Get our harbour letter every morning": "newsletter",
        "Read also: The ferry that came late": "related_links",
        "Facebook Telegram": "share",
        "Advertisement": "widget",
    }


def test_what_is_set_aside_stands_in_the_whole_text_where_it_is_said_to() -> None:
    article = enriched(markup("<p>Image: Ada Wren</p>", "<p>Advertisement</p>"))
    shown = [HEADLINE, "Home Sea", HEADLINE, PARAGRAPHS[0], "Image: Ada Wren", PARAGRAPHS[1], "Advertisement", *PARAGRAPHS[2:]]
    whole = "\n\n".join(shown)
    assert [whole[passage.start : passage.end] for passage in article.text.removed] == ["Image: Ada Wren", "Advertisement"]
    assert {passage.field for passage in article.text.removed} == {"source"}


def test_labels_that_only_a_style_sets_apart_are_words_apart_and_letters_of_a_word_are_not() -> None:
    top = (
        "<div><span>By Ida Fern</span><time>1 May 2026</time></div><p><b>T</b><i>arn is a river that nobody has crossed in winter</i>.</p>"
    )
    page = read_page(with_page(markup(top=top)).page)
    shown = [piece.text for piece in (*page.before, *page.pieces)]
    assert "By Ida Fern 1 May 2026" in shown
    assert "Tarn is a river that nobody has crossed in winter." in shown


def test_a_caption_above_its_credit_is_one_too() -> None:
    caption = "<div><p>Ida Fern, the harbour master, on the quay of Tarnmouth.</p><p>Photo: Ada Wren</p></div>"
    article = enriched(markup(caption))
    assert article.text.body == BODY
    assert set(removed(article).values()) == {"caption"}


def test_a_standfirst_and_headings_between_paragraphs_are_of_the_body() -> None:
    standfirst = "A crane has closed the harbour of Tarnmouth, and the ferries have to wait for the wind."
    article = enriched(markup("<h2>Ferries turned back</h2>", top=f"<div class='intro'>{standfirst}</div><p>By Ada Wren</p>"))
    paragraphs = article.text.body.split("\n\n")
    assert paragraphs[:3] == [standfirst, PARAGRAPHS[0], "Ferries turned back"]
    assert removed(article)["By Ada Wren"] == "other"


def test_a_standfirst_that_stands_apart_from_the_article_is_of_the_body_when_it_is_the_declared_description() -> None:
    standfirst = "A crane closes the harbour of Tarnmouth"
    top = f"<header><h1>{HEADLINE}</h1><div><span>28 February</span></div><div>{standfirst}</div></header><article>"
    html = markup(head=f'<meta name="description" content="{standfirst}">').replace(f"<article><h1>{HEADLINE}</h1>", top)
    assert enriched(html).text.body == f"{standfirst}\n\n{BODY}"


TOLD = tuple(
    f"{text[:-1]} for the {time} time this winter, as the book of accidents has it." for time in ("third", "fourth") for text in PARAGRAPHS
)
ELSEWHERE = "<p>In Wrenmouth the council sold {} old bath houses, which have stood empty since their roofs fell in nine years ago.</p>"


def paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


@pytest.mark.parametrize("box", ["<div class='article-text'>{}</div>", "<article>{}</article>"])
def test_where_one_article_element_has_most_paragraphs_the_body_is_in_it(box: str) -> None:
    article, elsewhere = f"<article>{paragraphs(TOLD)}</article>", box.format(ELSEWHERE.format(2))
    for html in (f"<body>{elsewhere}{article}</body>", f"<body>{article}{elsewhere}</body>"):
        assert enriched(html).text.body == "\n\n".join(TOLD)


def test_where_no_article_element_has_most_paragraphs_the_body_may_be_in_none() -> None:
    elsewhere = f"<article>{''.join(map(ELSEWHERE.format, range(10)))}</article>"
    html = f"<body><div class='post-content'>{paragraphs(TOLD)}</div>{elsewhere}</body>"
    assert enriched(html).text.body == "\n\n".join(TOLD)


def test_an_appeal_after_the_article_ends_it() -> None:
    appeal = "<h3>Support our journalism</h3><p>Four reporters write of the sea for you every day, and they need boots and ink.</p>"
    article = enriched(markup("", "", "", appeal))
    assert article.text.body == BODY
    assert all(kind == "other" for kind in removed(article).values())


def test_a_paragraph_shown_twice_stands_in_the_body_once() -> None:
    assert enriched(markup(f"<p class='narrow'>{PARAGRAPHS[0]}</p>")).text.body == BODY


def test_what_is_hidden_is_not_shown() -> None:
    hidden = "<p hidden>This sentence was never shown to any reader.</p><div style='display: none'><p>Nor was this one, ever.</p></div>"
    article = enriched(markup(hidden))
    assert (article.text.body, article.text.removed) == (BODY, [])


# ── headline ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_feeds_headline_stands_and_loses_what_the_page_lacks() -> None:
    text = enriched(markup(), title=f"Sea: {HEADLINE} | Tarn Post").text
    assert (text.headline, text.headline_raw) == (HEADLINE, f"Sea: {HEADLINE} | Tarn Post")
    assert [(passage.kind, passage.text) for passage in text.removed] == [("other", "Sea:"), ("headline_suffix", "Tarn Post")]


def test_where_only_the_pages_title_is_known_the_headline_is_what_most_of_the_page_agrees_on() -> None:
    title = f"{HEADLINE} - Tarn Post"
    assert enriched(markup(), title=title).text.headline == HEADLINE
    other = "Harbour closed after accident with a crane"
    html = markup(head=ld(headline=other) + f'<meta property="og:title" content="{other}">')
    assert enriched(html, title=title).text.headline == other
    assert enriched(html, title="As the feed says it").text.headline == "As the feed says it"


# ── what the page declares ───────────────────────────────────────────────────────────────────────────────────────────

DECLARED = ld(
    headline=HEADLINE,
    datePublished="2026-02-28T21:05:00+02:00",
    dateModified="2026-02-28T22:00:00+02:00",
    author=[{"@type": "Person", "name": "Ada Wren"}, {"@type": "Organization", "name": "Tarn Post"}],
    image={"@type": "ImageObject", "url": "/crane.jpg", "creditText": "Ada Wren/TNA"},
    keywords=["Harbour", "crane", "harbour"],
    license="https://l.example/by",
    copyrightNotice="(c) Tarn Post",
)


@pytest.mark.parametrize("served", [None, "<img src='https://pixel.example/1'>", "<p>Read more</p>"])
def test_where_the_feed_has_no_summary_it_is_what_the_page_says_of_itself(served: str | None) -> None:
    html = markup(head="<meta property='og:description' content='Nobody was &amp;lt;b&amp;gt;hurt&amp;lt;/b&amp;gt;.'>")
    article = enriched(html, summary=served)
    assert (article.text.summary, article.text.from_, article.flags) == ("Nobody was hurt.", "page", ["summary_from_page"])
    own = enriched(html, summary="Two ferries turned back.")
    assert (own.text.summary, own.flags) == ("Two ferries turned back.", [])
    reserved = enriched(html, summary=served, page_rights=replace(FREE, robots="nosnippet"))
    assert (reserved.text.summary, reserved.flags) == (None, ["page_no_excerpt"])
    assert enriched(markup(), summary=served).text.summary is None


def test_a_page_fills_what_the_feed_leaves_open_and_nothing_else() -> None:
    html = markup(head=DECLARED + '<link rel="canonical" href="/sea/crane">')
    bare = replace(with_page(html), published_at=None, published_precision=None)
    article = enrich(bare, AGENCIES)
    assert (article.published_at.isoformat(), article.published_precision) == ("2026-02-28T19:05:00+00:00", "second")
    assert article.updated_at.isoformat() == "2026-02-28T20:00:00+00:00"
    assert [author.name for author in article.attribution.authors] == ["Ada Wren"]
    assert [(image.url, image.credit) for image in article.images] == [("https://www.post.example/crane.jpg", "Ada Wren/TNA")]
    assert (article.canonical_url, article.keywords) == ("https://www.post.example/sea/crane", ["harbour", "crane"])
    assert (article.rights.license, article.rights.notice) == ("https://l.example/by", "(c) Tarn Post")
    assert article.flags == ["date_from_page", "updated_from_page", "authors_from_page"]
    media = Media(url="https://post.example/own.jpg", type="image/jpeg", credit=None, description=None)
    full = enriched(html, summary="A crane.", authors=[Author(name="Bo Reed", uri=None)], media=[media], rights="Post")
    assert (full.published_at, [author.name for author in full.attribution.authors]) == (NOW, ["Bo Reed"])
    assert (full.text.summary, [image.url for image in full.images], full.rights.notice, full.flags) == (
        "A crane.",
        ["https://post.example/own.jpg"],
        "Post",
        [],
    )


@pytest.mark.parametrize(
    ("declared", "at", "precision"),
    [
        ('<meta property="article:published_time" content="2026-02-27 10:00">', "2026-02-27T10:00:00+00:00", "minute"),
        ('<meta name="article:published:time" content="2026-02-27">', "2026-02-27T00:00:00+00:00", "day"),
        ('<meta name="date" content="Fri, 27 Feb 2026 10:00:00 +0100">', "2026-02-27T09:00:00+00:00", "second"),
        ('<meta name="date" content="20260227T173000Z">', "2026-02-27T17:30:00+00:00", "second"),
        ('<meta name="date" content="20260227">', "2026-02-27T00:00:00+00:00", "day"),
        ('<meta name="date" content="2026-02-27T10:00:00.250+01:00">', "2026-02-27T09:00:00.250000+00:00", "second"),
        ('<meta name="date" content="2026-02-27 10:00:00 +0100">', "2026-02-27T09:00:00+00:00", "second"),
        ('<meta name="date" content="2026-02-27 10:00 UTC">', "2026-02-27T10:00:00+00:00", "minute"),
        ('<meta name="date" content="27 February 2026">', "2026-02-27T00:00:00+00:00", "day"),
        ('<meta name="date" content="27 Feb 2026 17:30 CEST">', "2026-02-27T15:30:00+00:00", "minute"),
        ('<meta name="date" content="27 Feb 2026 17:30 IST">', None, None),
        ('<meta name="date" content="February 27, 2026 05:30 PM">', "2026-02-27T17:30:00+00:00", "minute"),
        ('<meta name="date" content="Fri Feb 27 2026 12:15 AM">', "2026-02-27T00:15:00+00:00", "minute"),
        ('<meta name="date" content="Feb. 27, 2026, 12:15 p.m. EST">', "2026-02-27T17:15:00+00:00", "minute"),
        ('<meta name="date" content="Feb 27, 2026 17:30 PM">', None, None),
        ('<meta name="date" content="Fri Feb 27 2026 10:00:00 GMT+0100 (CET)">', "2026-02-27T09:00:00+00:00", "second"),
        ('<meta name="date" content="Fri Feb 27 10:00:00 UTC 2026">', "2026-02-27T10:00:00+00:00", "second"),
        ('<meta name="date" content="2026-02-27+02:00">', None, None),
        ('<meta name="date" content="2026-02-27/12">', None, None),
        ('<meta name="date" content="2026-02-27 2026">', None, None),
        ('<meta name="date" content="2026-02-27T10">', None, None),
        ('<meta name="date" content="2026-02-27 25:00">', None, None),
        ('<meta name="date" content="2026-02-27 10:00 +99:00">', None, None),
        ('<meta name="date" content="27 Martober 2026">', None, None),
        ('<meta name="date" content="2026-02-30">', None, None),
        ('<meta name="date" content="yesterday">', None, None),
        ('<meta name="date" content="0001-01-01T00:00:00Z">', None, None),
    ],
)
def test_a_date_is_read_as_declared_or_not_at_all(declared: str, at: str | None, precision: str | None) -> None:
    article = enrich(replace(with_page(markup(head=declared)), published_at=None, published_precision=None), AGENCIES)
    assert (article.published_at.isoformat() if article.published_at else None, article.published_precision) == (at, precision)


@pytest.mark.parametrize(
    ("published", "updated", "flags"),
    [
        ("2026-02-27", "2026-02-28T10:00:00Z", ["date_from_page", "updated_from_page"]),
        ("2026-02-27 10:00", "2026-02-28 10:00", ["date_from_page", "date_naive", "updated_from_page", "updated_naive"]),
        ("2099-01-01", "2099-01-01 00:00", ["date_from_page", "date_in_future", "updated_from_page", "updated_naive", "updated_in_future"]),
    ],
)
def test_what_is_doubtful_about_a_pages_dates_is_flagged_of_each(published: str, updated: str, flags: list[str]) -> None:
    head = f'<meta property="article:published_time" content="{published}"><meta property="article:modified_time" content="{updated}">'
    article = enrich(replace(with_page(markup(head=head)), published_at=None, published_precision=None), AGENCIES)
    assert (article.flags, article.updated_at is None) == (flags, False)


@pytest.mark.parametrize(
    "block",
    [
        '[{"@type": "WebSite"}, {"@type": "NewsArticle", "author": "Ada Wren"}]',
        '{"@graph": [{"@type": "Person", "@id": "#a", "name": "Ada Wren"}, {"@type": ["Article"], "author": {"@id": "#a"}}]}',
        '<!-- {"@type": "NewsArticle", "author": {"name": "Ada Wren"}} -->',
        '{"@type": "https://schema.org/NewsArticle", "author": [{"name": "Ada\nWren"}],}',
        '{"@type": "NewsArticle", "author": {"name": "Ada Wren"}, "description": "cut o',
        '{"@type": "WebPage", "mainEntity": {"@type": "ReportageNewsArticle", "author": {"name": "Ada Wren"}}};',
    ],
)
def test_json_ld_is_read_as_list_graph_reference_and_broken(block: str) -> None:
    assert [author.name for author in enriched(markup(head=script("{") + script(block))).attribution.authors] == ["Ada Wren"]


@pytest.mark.parametrize(
    "block", ["null", "7", '"NewsArticle"', "[[[[]]]]", '{"@type": 7, "author": {}}', '{"@type": "NewsArticle", "author": {"name": {}}}']
)
def test_json_ld_that_says_nothing_is_passed_over(block: str) -> None:
    assert enriched(markup(head=script(block))).text.body == BODY


# ── rights ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def paid(selector: Any, **properties: Any) -> str:
    return ld(
        isAccessibleForFree=False,
        hasPart={"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": selector},
        **properties,
    )


# The same part, as a publisher may write it too.
WRITTEN = ("DIV.paid", "article>div.paid", "body * .paid", "HTML article > DIV#p.x[data-lock]", '[id="p"]', ".--lock")


@pytest.mark.parametrize("selector", [".paid", "#p", "div.paid", "article > .paid", "[data-lock]", ["span.x, .paid"], *WRITTEN])
def test_the_text_of_a_paid_part_is_never_taken(selector: Any) -> None:
    secret = "What the engineers found below the crane is told to subscribers only, and it is long."
    part = f'<div class="x paid --lock" id="p" data-lock><p>{secret}</p></div>'
    html = markup("", "", part, head=paid(selector, articleBody=secret * 20))
    article = enriched(html)
    assert article.text.body == "\n\n".join(PARAGRAPHS[:3])
    assert b"subscribers only" not in encode(article)
    assert (article.text.complete, article.rights.is_accessible_for_free) == (False, False)
    assert article.flags == ["page_paid", "paid_part_left_out"]


UNREADABLE = ("p:nth-child(2n)", "-foo", "--paid", "[-x]", "a[-data]", ".x >", "> .x", ".a > > .b", ".x, ", "." + "x" * 300)


@pytest.mark.parametrize("selector", [*UNREADABLE, [f".x{number} .y" for number in range(51)]])
def test_selectors_that_cannot_be_read_or_are_too_many_take_nothing_from_the_page(selector: Any) -> None:
    article = enriched(markup(head=paid(selector)), content="<p>What the feed has.</p>")
    assert (article.text.body, article.text.from_) == ("What the feed has.", "content")
    assert "page_unusable" in article.flags


@pytest.mark.parametrize("selector", ["p > .paid", "nav .paid", ".paid > .paid", ".paid.other", "article > p > .paid", "#None", "[data-x]"])
def test_a_selector_names_no_part_whose_path_is_another(selector: str) -> None:
    elephants = '<div class="paid"><p>A crane weighs as much as forty elephants of the larger kind.</p></div>'
    article = enriched(markup("", "", elephants, head=paid(selector)))
    assert "forty elephants" in article.text.body
    assert "paid_part_left_out" not in article.flags


def test_a_paid_part_is_found_behind_many_parts_that_are_free() -> None:
    part = {"@type": "WebPageElement", "isAccessibleForFree": True, "cssSelector": ".free"}
    head = ld(hasPart=[part] * 40 + [part | {"isAccessibleForFree": False, "cssSelector": ".paid"}])
    article = enriched(markup("", "", f'<p class="paid">{PARAGRAPHS[0][::-1]}</p>', head=head))
    assert article.text.body == "\n\n".join(PARAGRAPHS[:3])
    assert "paid_part_left_out" in article.flags


def test_a_declared_body_is_taken_where_a_free_page_shows_none() -> None:
    html = f"<html><head>{ld(articleBody=BODY)}</head><body><div id='app'></div></body></html>"
    assert enriched(html).text.body == BODY
    assert enriched(html.replace('"@type"', '"isAccessibleForFree": false, "@type"')).text.from_ == "title"


def test_a_page_that_is_not_free_as_a_whole_is_not_called_whole() -> None:
    article = enriched(markup(), page_rights=replace(FREE, is_accessible_for_free=False))
    assert (article.text.from_, article.text.complete, article.flags) == ("page", None, ["page_paid"])


@pytest.mark.parametrize(
    ("robots", "flags"), [("index, nosnippet", ["page_no_excerpt"]), ("max-snippet: 0", ["page_no_excerpt"]), ("max-snippet:-1", [])]
)
def test_a_page_whose_robots_directives_forbid_excerpts_is_flagged(robots: str, flags: list[str]) -> None:
    assert enriched(markup(), page_rights=replace(FREE, robots=robots)).flags == flags


@pytest.mark.parametrize(
    ("robots", "most"),
    [
        (None, None),
        ("index, max-snippet: 50", 50),
        ("max-snippet:200, max-snippet:50", 50),
        ("max-snippet:-1", None),
        ("max-snippet:x", None),
    ],
)
def test_how_much_robots_directives_let_be_shown_of_a_page_is_kept(robots: str | None, most: int | None) -> None:
    assert enriched(markup(), page_rights=replace(FREE, robots=robots)).page_snippet_characters == most


# ── what is no article ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "html", ["", " ", "\0", "just words", "%PDF-1.7 " + "\x01\x02\ufffd" * 900, "<html><body></body></html>", "<!-- only"]
)
def test_where_the_page_gives_nothing_the_feeds_text_is_used_and_flagged(html: str) -> None:
    article = enriched(html, content="<p>What the feed has of the crane.</p>")
    assert (article.text.body, article.text.from_) == ("What the feed has of the crane.", "content")
    assert article.flags == ["page_unusable"]


def test_a_page_that_shows_far_less_than_the_feed_is_not_the_article() -> None:
    notice = "<html><body><article><p>We use cookies to keep the harbour clean, please agree to go on.</p></article></body></html>"
    article = enriched(notice, content="".join(f"<p>{text}</p>" for text in PARAGRAPHS))
    assert (article.text.body, article.text.from_, article.flags) == (BODY, "content", ["page_unusable"])


CARRIED = "".join(f"<p>{text}</p>" for text in (*PARAGRAPHS, *PARAGRAPHS[:2]))


@pytest.mark.parametrize("policy", ["excerpt", "none"])
@pytest.mark.parametrize(("more", "content"), [(paragraphs(TOLD), CARRIED), ("", f"{CARRIED}<p>And so it went on, all through the…</p>")])
def test_what_the_feed_carries_whole_or_longer_is_the_body_where_the_page_may_not_be_passed_on_in_full(
    policy: str, more: str, content: str
) -> None:
    raw = with_page(markup(more, head=DECLARED, below="<p>Source: Tern News</p>"), content=content)
    full, held = (enrich(replace(raw, feed=replace(raw.feed, text=text)), AGENCIES) for text in ("full", policy))
    assert (full.text.from_, held.text.from_) == ("page", "content")
    assert held.text.body.startswith(PARAGRAPHS[0])
    assert [held.text.body[one.start : one.end] for one in held.text.paragraphs] == held.text.body.split("\n\n")
    assert [origin.id for origin in held.attribution.origins] == [origin.id for origin in full.attribution.origins] == ["tern"]
    assert (held.keywords, held.flags) == (full.keywords, full.flags)


def test_of_a_page_that_may_not_be_passed_on_in_full_the_feeds_teaser_is_the_summary() -> None:
    teaser = "The harbour of Tarnmouth was closed on Monday evening…"
    html = markup(head="<meta name='description' content='A crane.'>")
    article = enriched(html, content=f"<p>{teaser}</p>")
    assert (article.text.body, article.text.from_, article.text.summary, article.flags) == (BODY, "page", teaser, [])
    assert enriched(html, content=f"<p>{teaser}</p>", summary="Two ferries turned back.").text.summary == "Two ferries turned back."


HOSTILE = {
    "deep": "<div>" * 50_000 + "words of text",
    "deep lists": "<article>" + "<ul><li>some words here" * 25_000,
    "wide": "<article>" + "<p>One sentence of several words.</p>" * 50_000,
    "wide rows": "<table>" + "<tr><td>a<td>b c d e" * 25_000,
    "links": "<div>" + "<a href=x>two words</a> " * 50_000,
    "attributes": "<p " + " ".join(f"a{number}=1" for number in range(50_000)) + ">text",
    "long": "<p>" + "long text here. " * 300_000,
    "open brackets": "<" * 1_000_000,
    "comments": "<!--" * 100_000,
    "nested JSON": script("[" * 100_000),
    "half JSON": script('{"@type":"NewsArticle","headline":' + '{"a":' * 50_000),
    "metas": '<meta name="author" content="A B">' * 30_000,
    "headings": "<h1>a b - c d</h1>" * 20_000,
    "title": "<title>" + "a | " * 100_000 + "</title><p>" + "word " * 200,
    "steps of a selector": paid("div " * 70) + "<div>" * 199 + "</div>" * 199 + "<div>text</div>" * 5_000,
    "steps in many selectors": paid(", ".join(["* * * * * .x"] * 9)) + "<div>" * 190 + "<p>a</p>" * 3_000,
    "classes": paid(".x") + f"<div class='{'a b c ' * 200_000}'>text</div>",
    "addresses": '<link rel="canonical" href="http://["><base href="http://[">' * 5_000,
}


@pytest.mark.heavy
@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_comes_as_a_page_gives_an_article_in_time(name: str) -> None:
    start = time.process_time()
    article = enriched(f"<html><body>{HOSTILE[name]}", content="<p>Feed.</p>")
    assert time.process_time() - start < SECONDS
    assert encode(article)


SNIPPETS = st.sampled_from(
    (
        *(
            "<p>",
            "</p>",
            "<div class='share'>",
            "</div>",
            "<br>",
            "<article>",
            "</article>",
            "<h1>",
            "</h1>",
            "<table><tr><td>",
            "<li>",
            "<figcaption>",
        ),
        *(
            "<script>",
            "</script>",
            "<a href='//['>",
            "</a>",
            "&#xD800;",
            "\ufffe",
            "\0",
            "<!--",
            "<title>",
            PARAGRAPHS[0],
            PARAGRAPHS[1],
            "Advertisement",
        ),
        *(
            ld(headline="A b"),
            script("{"),
            "<meta property='og:title' content='&#1;'>",
            "<base href='::'>",
            "<p hidden>",
            "The post A appeared first on B.",
        ),
    )
)


@pytest.mark.heavy
@examples(60)
@given(st.lists(st.one_of(SNIPPETS, st.text(max_size=8)), max_size=30).map("".join))
def test_pages_broken_at_random_give_articles_whose_spans_are_right(html: str) -> None:
    article = enriched(html, content="<p>Feed.</p>")
    body = article.text.body or ""
    assert "\n\n".join(body[paragraph.start : paragraph.end] for paragraph in article.text.paragraphs) == body
    assert all(passage.end - passage.start == len(passage.text) for passage in article.text.removed)
    assert encode(article) == encode(enriched(html, content="<p>Feed.</p>"))


def test_the_page_declares_its_language_before_the_feed_does() -> None:
    article: EnrichedArticle = enriched(markup().replace('lang="en"', 'lang="en-XT"'))
    assert article.language.declared == ["en-XT", "en"]


def test_without_a_page_nothing_of_one_is_said() -> None:
    article = enrich(raw(), AGENCIES)
    assert (article.canonical_url, article.keywords, article.flags) == (None, [], [])
