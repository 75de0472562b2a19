"""What subscribers get of an article."""

from __future__ import annotations

import pytest
from enriched import article_id, enriched, origin
from msgspec.structs import replace

from dateline.envelope import enriched_event_id
from dateline.events import EnrichedArticle, NewsEvent, Rights, Span, Translation, decode, encode
from dateline.sink.normalize import normalize
from dateline.sink.stories import Stories

LONG = "word " * 100


def event(article: EnrichedArticle) -> NewsEvent:
    record = Stories(72).decide(article, "en", 0)
    assert record is not None
    return normalize(article, record)


def from_page(policy: str, *, body: str = LONG, **rights: bool) -> EnrichedArticle:
    article = enriched("a")
    nothing = {"is_accessible_for_free": None, "license": None, "notice": None, "tdm_reserved": None}
    return replace(
        article,
        text=replace(article.text, body=body, from_="page", summary="Summary"),
        feed=replace(article.feed, text=policy),
        rights=Rights(**nothing | rights),
    )


def claiming(relation: str, *, confidence: float = 0.95, quoted: bool = True) -> EnrichedArticle:
    article = enriched("a", credit="Tern")
    tern = origin("Tern", confidence)
    return replace(
        article, attribution=replace(article.attribution, relation=relation, origins=[tern if quoted else replace(tern, evidence=[])])
    )


def test_an_event_is_read_again_as_the_same_and_names_what_it_was_made_from() -> None:
    article = enriched("a", credit="Tern", published=-1)
    news = event(article)
    assert decode(encode(news), NewsEvent) == news
    assert (news.id, news.url, news.status, news.enriched_id) == (article.id, article.link, "usable", enriched_event_id(article))
    assert (news.content_hash, news.rules, news.feed.labels) == (article.fingerprint.content_hash, "1", ["a"])
    assert (news.origin.id, news.origins[0]) == ("tern", news.origin)


def test_only_an_attributed_article_has_an_origin() -> None:
    article = enriched("a", credit="Tern")
    conflict = replace(article.attribution, status="conflict", origins=[origin("Tern"), origin("Heron")])
    news = event(replace(article, attribution=conflict))
    assert news.origin is None
    assert len(news.origins) == 2


def test_what_the_feed_itself_carried_is_published_whatever_the_policy_for_pages() -> None:
    article = enriched("a", LONG)
    assert event(replace(article, feed=replace(article.feed, text="none"))).body == LONG


def test_of_a_page_the_policy_lets_through_an_excerpt_all_or_nothing() -> None:
    excerpt = event(from_page("excerpt"))
    assert len(excerpt.body) <= 300
    assert excerpt.body.endswith("word…")
    assert (event(from_page("excerpt", body="short")).body, event(from_page("full")).body) == ("short", LONG)
    assert len(event(from_page("excerpt", body="界" * 400)).body) == 300
    withheld = event(from_page("none"))
    assert (withheld.status, withheld.body, withheld.headline, withheld.word_count) == ("withheld", None, "Headline", 1)


@pytest.mark.parametrize(("policy", "published"), [("full", LONG), ("excerpt", event(from_page("excerpt")).body), ("none", None)])
def test_of_a_summary_from_a_page_as_much_is_published_as_of_its_text(policy: str, published: str | None) -> None:
    article = from_page(policy)
    described = replace(article, text=replace(article.text, summary=LONG), flags=["summary_from_page"])
    assert event(described).summary == published
    assert len(event(described).body or "") + len(published or "") <= (len(LONG) * 2 if policy == "full" else 300)
    assert event(replace(described, flags=[])).summary == LONG


def test_summary_and_body_from_a_page_share_what_may_be_shown_of_it() -> None:
    article = from_page("excerpt")
    described = replace(article, text=replace(article.text, summary="A crane leans over the quay."), flags=["summary_from_page"])
    assert event(described).summary == "A crane leans over the quay."
    assert 250 < len(event(described).body) <= 300 - len("A crane leans over the quay.")
    assert len(event(replace(described, flags=[])).body) > 290
    full = replace(described, feed=replace(described.feed, text="full"))
    assert event(replace(full, text=replace(full.text, body="Short."))).body == "Short."


@pytest.mark.parametrize("policy", ["full", "excerpt"])
def test_of_a_page_no_more_is_shown_than_its_robots_directives_allow(policy: str) -> None:
    article = replace(from_page(policy), page_snippet_characters=50)
    assert event(article).body == "word " * 8 + "word…"
    described = event(replace(article, text=replace(article.text, summary=LONG), flags=["summary_from_page"]))
    assert (described.summary, described.body) == ("word " * 8 + "word…", None)
    assert event(replace(article, text=replace(article.text, from_="content"))).body == LONG


@pytest.mark.parametrize("rights", [{"tdm_reserved": True}, {"is_accessible_for_free": False}])
def test_of_a_reserved_or_paid_page_only_headline_summary_and_link_are_published(rights: dict[str, bool]) -> None:
    news = event(from_page("full", **rights))
    assert (news.status, news.body, news.headline, news.summary) == ("usable", None, "Headline", "Summary")


@pytest.mark.parametrize(
    ("claim", "published"),
    [
        (claiming("republication"), "republication"),
        (claiming("republication", confidence=0.8), "republication"),
        (claiming("republication", confidence=0.79), "unknown"),
        (claiming("republication", quoted=False), "unknown"),
        (claiming("original", confidence=0.1), "original"),
    ],
)
def test_a_relation_is_published_only_with_a_quotation_and_enough_confidence(claim: EnrichedArticle, published: str) -> None:
    assert event(claim).relation == published


@pytest.mark.parametrize(("confidence", "quotes", "published"), [(0.8, 1, True), (0.79, 1, False), (0.99, 0, False)])
def test_a_translation_is_claimed_only_with_a_quotation_and_enough_confidence(confidence: float, quotes: int, *, published: bool) -> None:
    quote = Span(field="body", start=0, end=4, text="text")
    claim = Translation(kind="machine", from_="tr", confidence=confidence, evidence=[quote] * quotes)
    article = enriched("a")
    news = event(replace(article, language=replace(article.language, translation=claim)))
    assert (news.translation is not None) is published


def test_the_first_of_a_story_has_one_copy() -> None:
    assert (event(enriched("a")).story.id, event(enriched("a")).story.copies) == (article_id("a"), 1)
