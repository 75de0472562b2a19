"""What is counted of enriched articles. Workers count nothing: each output says what there is to count, and the loop does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from prometheus_client import CollectorRegistry, Counter

from dateline.enricher.placement import LARGEST_GROUPS
from dateline.errors import RecordError
from dateline.events import Relation, Status, TextFrom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.log.port import Output, Record

__all__ = ["REGISTRY", "count_articles"]

REGISTRY = CollectorRegistry()
# What rules of attribution look for; a kind that is new and not named here counts as other.
_PROOFS = (
    *("author_field", "byline", "canonical", "contribution", "copyright", "credit_line", "dateline", "disclaimer", "issuer"),
    *("republication_notice", "source_field", "source_line", "none", "other"),
)

ARTICLES = Counter(
    "dateline_enricher_articles", "Articles by what became of them: enriched or dead_letter.", ["outcome"], registry=REGISTRY
)
LANGUAGES = Counter(
    "dateline_enricher_languages",
    "Enriched articles by language group: the 24 largest, other, or und (undetermined).",
    ["language"],
    registry=REGISTRY,
)
ATTRIBUTIONS = Counter(
    "dateline_enricher_attributions", "Enriched articles by the status of their attribution.", ["status"], registry=REGISTRY
)
RELATIONS = Counter(
    "dateline_enricher_relations", "Enriched articles by their relation to the origin's report.", ["relation"], registry=REGISTRY
)
SOURCES = Counter(
    "dateline_enricher_sources",
    "Enriched articles by what proves their first origin; none without an origin.",
    ["method"],
    registry=REGISTRY,
)
TEXTS = Counter("dateline_enricher_texts", "Enriched articles by where their text was taken from.", ["origin"], registry=REGISTRY)

_ENRICHED, _DEAD_LETTER = (ARTICLES.labels(outcome) for outcome in ("enriched", "dead_letter"))
_LANGUAGES = {group: LANGUAGES.labels(group) for group in (*LARGEST_GROUPS, "und", "other")}
_ATTRIBUTIONS = {status: ATTRIBUTIONS.labels(status) for status in get_args(Status)}
_RELATIONS = {relation: RELATIONS.labels(relation) for relation in get_args(Relation)}
_SOURCES = {proof: SOURCES.labels(proof) for proof in _PROOFS}
_TEXTS = {origin: TEXTS.labels(origin) for origin in (*get_args(TextFrom), "none")}


def count_articles(_: Sequence[Record], outcomes: Sequence[Sequence[Output] | RecordError]) -> None:
    """Count a committed batch."""
    for outcome in outcomes:
        if isinstance(outcome, RecordError):
            _DEAD_LETTER.inc()
            continue
        _ENRICHED.inc()
        for output in outcome:
            group, status, relation, proof, origin = output.facts
            _LANGUAGES.get(group, _LANGUAGES["other"]).inc()
            _ATTRIBUTIONS[status].inc()
            _RELATIONS[relation].inc()
            _SOURCES.get(proof, _SOURCES["other"]).inc()
            _TEXTS[origin].inc()
