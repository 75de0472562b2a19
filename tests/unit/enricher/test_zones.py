"""Which line of an article stands where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from articles import BODY, raw
from pages import HEADLINE, PARAGRAPHS, markup, with_page

from dateline.enricher.page import read_page
from dateline.enricher.text import plain_article, text_of
from dateline.enricher.zones import Line, lines_of

if TYPE_CHECKING:
    from dateline.events import RawArticle


def lines(article: RawArticle) -> list[Line]:
    plain = plain_article(article, read_page(article.page) if article.page else None)
    return lines_of(plain, text_of(plain))


def zones(article: RawArticle) -> dict[str, str]:
    return {line.text: line.zone for line in lines(article)}


def test_the_lines_of_a_page_stand_above_in_and_below_its_text_or_elsewhere() -> None:
    below = "<div>Quelle: TNA</div>" + "<p>a tag</p>" * 20 + "<p>far away</p>"
    found = zones(with_page(markup(top="<div>By Ida Fern</div>", below=below)))
    assert [found[text] for text in PARAGRAPHS] == ["body"] * 4
    assert (found["By Ida Fern"], found["Quelle: TNA"], found["far away"], found["Home Sea"]) == (
        "above",
        "below",
        "elsewhere",
        "elsewhere",
    )


def test_paragraphs_are_counted_from_both_ends() -> None:
    body = [line for line in lines(with_page(markup())) if line.zone == "body"]
    assert [(line.number, line.left) for line in body] == [(0, 3), (1, 2), (2, 1), (3, 0)]


def test_sentences_too_short_for_a_paragraph_still_close_the_text() -> None:
    teaser = "<p>Ferries late again</p><p>Nobody knows why.</p>"
    found = lines(raw(f"{BODY}<p>Nobody was hurt.</p><p>It rains. (TNA)</p>{teaser}"))
    assert [(line.zone, line.left) for line in found[1:5]] == [("body", 1), ("body", 0)] * 2
    assert [(line.text, line.zone) for line in found[5:]] == [("Ferries late again", "below"), ("Nobody knows why.", "below")]


def test_a_credit_line_is_no_sentence_of_the_text() -> None:
    for line in ("(TNA).", "— TNA.", "© Tern News 2026. All rights reserved.", "Source: TNA."):
        assert zones(raw(f"{BODY}<p>{line}</p>"))[line] == "below"


def test_a_feeds_text_has_a_byline_above_and_a_credit_below_its_paragraphs() -> None:
    found = zones(raw("<p>By Ida Fern</p>" + BODY + "<p>(TNA)</p>"))
    assert (found["By Ida Fern"], found["(TNA)"], found["Council opens the bridge"]) == ("above", "below", "headline")


def test_another_articles_text_ends_what_is_below() -> None:
    teaser = "<p>The ferry of Tarnmouth was late again on Friday, and nobody on the pier could say why that was so.</p><p>Source: TNA</p>"
    assert zones(with_page(markup(below=f"<div class='box'>{teaser}</div>")))["Source: TNA"] == "elsewhere"


def test_a_byline_above_a_headline_that_is_shown_twice_is_above() -> None:
    html = markup(top=f"<div>TNA</div><div>{HEADLINE}</div>")
    assert zones(with_page(html))["TNA"] == "above"


def test_every_line_stands_where_it_says() -> None:
    article = with_page(markup("<p>Image: Ada Wren</p>", top="<div>By Ida Fern</div>", head='<meta name="author" content="Ida Fern">'))
    plain = plain_article(article, read_page(article.page) if article.page else None)
    text = text_of(plain)
    fields = {"body": text.body, "source": plain.whole, "headline_raw": text.headline_raw}
    for line in lines_of(plain, text):
        assert (fields[line.field] or "")[line.start : line.start + len(line.text)] == line.text
    assert [line.text for line in lines_of(plain, text) if line.zone == "declared"] == ["Ida Fern"]
