"""The article this project began with, a report republished by machine translation, and a twin of it that we invented."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from dateline.enricher.agencies import load_agencies
from dateline.enricher.enrich import enrich
from dateline.poller.document import Limits
from dateline.poller.sources import Source, read_source

if TYPE_CHECKING:
    from dateline.events import EnrichedArticle

AGENCIES = load_agencies(None)
HEADLINE = "Harbour repairs in the spotlight are the latest news in Tarn. Last Minute TARN, SEA, Ships headlines and events"
DISCLAIMER = (
    "broadcast by Voice of America A look at the harbour in the news editors have no editorial intervention. "
    "\u201cA look at the repairs\u201d is posted on our website automatically, as it comes from the Voice of America website. "
    "in this district A look at the harbour "
    "The legal addressee of the news is the websites and agencies that published the news."
)
BODY = (
    "The harbour master of Tarn has asked for new cranes since last year, because the old ones are rusty and slow in the wind.",
    "Two ferries carry most of the goods this week, and the town has hired buses to take the passengers to the other pier.",
    "The captain of the first ferry told VOA that some Western media had written about the harbour before anybody looked at it.",
    "Seoul Street was closed in March, and the engineers who examined the quay say that it will be open again before the summer.",
)
TWIN = "\n\n".join((HEADLINE, *BODY, DISCLAIMER, "Random Post", "Leave a reply"))


def enriched(text: str) -> EnrichedArticle:
    source = Source("republished.txt", None, None)
    (raw,) = read_source(text.encode(), source, now=datetime(2027, 1, 1, tzinfo=UTC), limits=Limits()).articles
    return enrich(raw, AGENCIES)


def quoted(text: str) -> set[tuple[str, str]]:
    """Role and words of all evidence, which must stand in the file where it is said to."""
    (origin,) = enriched(text).attribution.origins
    assert all(text[evidence.start : evidence.end] == evidence.text for evidence in origin.evidence)
    assert {evidence.field for evidence in origin.evidence} == {"source"}
    return {(evidence.role, evidence.text) for evidence in origin.evidence}


def test_the_twin_is_voice_of_americas_report_republished_automatically_and_the_words_say_so() -> None:
    article = enriched(TWIN)
    found = article.attribution
    (origin,) = found.origins
    assert (origin.id, origin.name, origin.country, found.relation, found.status) == (
        "voa", "Voice of America", "US", "automatic_republication", "attributed"
    )  # fmt: skip
    assert origin.confidence >= 0.9
    assert quoted(TWIN) == {
        ("origin", "broadcast by Voice of America"),
        ("automatic", "is posted on our website automatically, as it comes from the Voice of America website"),
        ("no_editorial_intervention", "editors have no editorial intervention"),
        ("legal", "The legal addressee of the news is the websites and agencies that published the news"),
    }


def test_nothing_is_invented_for_the_twin() -> None:
    article = enriched(TWIN)
    found = article.attribution
    assert (found.publisher, found.authors, found.dateline, found.copyright, article.published_at) == (None, [], None, None, None)
    assert (article.text.body, article.language.tag) == ("\n\n".join(BODY), "en")
    assert [(passage.kind, passage.text) for passage in article.text.removed] == [
        ("headline_suffix", "Last Minute TARN, SEA, Ships headlines and events"),
        ("republication_disclaimer", DISCLAIMER),
        ("widget", "Random Post"),
        ("comment_form", "Leave a reply"),
    ]


def test_who_is_told_something_is_quoted_and_would_not_be_the_origin_alone() -> None:
    roles = [(mention.id, mention.role, mention.text) for mention in enriched(TWIN).attribution.mentions]
    assert roles == [("voa", "quote", "VOA"), ("voa", "attribution", "Voice of America"), ("voa", "attribution", "Voice of America")]
    alone = enriched(TWIN.replace(DISCLAIMER, "")).attribution
    assert (alone.status, alone.origins, alone.relation) == ("unattributed", [], "unknown")


# ── the article itself, where it is there ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def seed(beginning: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any], EnrichedArticle]:
    text, expected = beginning
    return text, expected, enriched(text)


def at(span: Any) -> tuple[int, int]:
    return (span["start"], span["end"]) if isinstance(span, dict) else (span.start, span.end)


def test_every_must_of_the_article_is_kept(seed: tuple[str, dict[str, Any], EnrichedArticle]) -> None:
    text, expected, article = seed
    must, found = expected["must"], article.attribution
    start, end = must["body.start_end"]
    (origin,) = found.origins
    assert article.text.headline_raw == must["headline.raw"]["text"]
    assert article.text.body == text[start:end]
    assert len(article.text.paragraphs) == must["body.paragraphs"]
    assert [(passage.kind, *at(passage)) for passage in article.text.removed] == [
        (block["kind"], *at(block)) for block in must["removed_boilerplate"]
    ]
    assert article.language.tag == must["language.tag"]
    assert (origin.id, origin.name, origin.country, found.relation, found.publisher) == tuple(
        must[f"attribution.{key}"] for key in ("origin.id", "origin.name", "origin.country", "relation", "publisher")
    )
    assert {(evidence.role, *at(evidence)) for evidence in origin.evidence} == {
        (quote["role"], *at(quote)) for quote in must["attribution.evidence"]
    }
    offsets = {"body": start, "source": 0}
    assert [(m.id, m.role, m.start + offsets[m.field], m.end + offsets[m.field]) for m in found.mentions] == [
        (named["agency"], named["role"], *at(named)) for named in must["attribution.mentions"]
    ]
    assert (found.authors, found.dateline, found.copyright, article.published_at) == ([], None, None, None)
    assert [(span.start + start, span.end + start, span.text) for span in article.text.relative_dates] == [
        (*at(date), date["text"]) for date in must["relative_dates"]
    ]


def test_nothing_that_the_article_must_not_say_is_said(seed: tuple[str, dict[str, Any], EnrichedArticle]) -> None:
    text, _, article = seed
    body = article.text.body or ""
    assert "Random Post" not in body
    assert "Leave a reply" not in body
    assert text[4657:4799] in body
    assert not any(evidence.start + 130 == 3224 for evidence in article.attribution.origins[0].evidence if evidence.field == "body")
    assert not any("Western media" in mention.text for mention in article.attribution.mentions)


def test_most_of_what_the_article_should_say_is_said(seed: tuple[str, dict[str, Any], EnrichedArticle]) -> None:
    _, expected, article = seed
    should, signs = expected["should"], article.language.translation
    kept = {
        "confidence": article.attribution.origins[0].confidence >= should["attribution.confidence_min"],
        "headline": article.text.headline == should["headline.clean"]["text"],
        "translation": signs is not None and (signs.kind, signs.from_) == (should["translation"]["kind"], should["translation"]["from"]),
        "repeats": [(repeat.a.start + 130, repeat.b.end + 130, repeat.kind) for repeat in article.text.repeats]
        == [(pair["a"]["start"], pair["b"][-1]["end"], pair["kind"]) for pair in should["dedupe.intra_document"]],
        "translation is doubted": signs is not None and signs.confidence <= should["translation"]["confidence_max"],
    }
    print(f"kept {sum(kept.values())} of {len(kept)}:", kept)
    assert all(kept.values())
