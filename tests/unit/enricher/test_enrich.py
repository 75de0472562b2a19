"""One raw article to one enriched article."""

from __future__ import annotations

from typing import Any

import pytest
from articles import AGENCIES, BODY, FEED, ID, raw
from msgspec.structs import replace

from dateline.enricher.enrich import enrich
from dateline.errors import TooLarge
from dateline.events import Enclosure, EnrichedArticle, Link, Media, Page, PageRights, decode, encode
from dateline.log.port import RECORD_BYTES

OTHER = ID.replace("1", "2")


def content_hash(content: str | None, **entry: Any) -> str:
    return enrich(raw(content, **entry), AGENCIES).fingerprint.content_hash


def test_the_same_input_gives_the_same_bytes_which_are_read_again_as_the_same() -> None:
    article = enrich(raw(), AGENCIES)
    assert encode(article) == encode(enrich(raw(), AGENCIES))
    assert decode(encode(article), EnrichedArticle) == article


def test_copies_with_another_credit_headline_or_typography_have_one_hash() -> None:
    credited = BODY + "<p>Source: Tern News</p>"
    curly = BODY.replace("later than planned", "LATER than&nbsp;planned").replace("<p>", "<div>").replace("</p>", "</div>")
    assert content_hash(BODY) == content_hash(credited) == content_hash("<p>(TNA)</p>" + BODY) == content_hash(curly, title="Other")
    assert content_hash(BODY) != content_hash(BODY.replace("Sunday", "Monday"))


def test_a_body_of_few_words_is_told_apart_by_its_headline() -> None:
    assert content_hash("Read more.", title="A bridge opens today") != content_hash("Read more.", title="A bridge closes today")
    assert content_hash(None, title="A bridge opens today") == content_hash(None, title="A bridge opens today", article=OTHER)


@pytest.mark.heavy
@pytest.mark.parametrize("paragraph", ["<p>" + "界" * 500_000 + "</p>", "<p>x</p>" * 30_000, "<p>" + '"😀' * 150_000 + "</p>"])
def test_an_article_too_large_for_a_record_is_cut_and_flagged(paragraph: str) -> None:
    article = enrich(raw(paragraph, summary=paragraph), AGENCIES)
    assert len(encode(article)) <= RECORD_BYTES
    assert article.text.truncated
    assert "truncated" in article.flags
    assert article.text.body


def test_an_article_that_cannot_be_cut_to_fit_is_refused() -> None:
    with pytest.raises(TooLarge, match=ID):
        enrich(raw(links=[Link(rel=None, href="https://post.example/" + "x" * RECORD_BYTES, type=None)]), AGENCIES)


def test_pictures_rights_and_the_declared_language_are_passed_on() -> None:
    media = Media(url="https://post.example/a.jpg", type="image/jpeg", credit="TNA/A. Fern", description=None)
    pictures = [Enclosure(url=url, type="image/png", length=None) for url in ("https://post.example/a.jpg", "https://post.example/b.png")]
    article = raw(
        media=[media],
        enclosures=pictures,
        rights="(c) Post",
        links=[Link(rel="license", href="https://l.example/", type=None)],
        language="en",
    )
    rights = PageRights(robots=None, tdm_reserved=True, is_accessible_for_free=False)
    page = Page(url="https://www.post.example/1", html="", content_type=None, fetched_at=None, truncated=False, rights=rights)
    enriched = enrich(replace(article, page=page, feed=replace(FEED, language="de")), AGENCIES)
    assert [(image.url[-5:], image.credit) for image in enriched.images] == [("a.jpg", "TNA/A. Fern"), ("b.png", None)]
    assert (enriched.rights.license, enriched.rights.notice, enriched.rights.tdm_reserved) == ("https://l.example/", "(c) Post", True)
    assert (enriched.language.declared, enriched.language.tag) == (["en", "de"], "en")
