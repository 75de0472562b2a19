"""One record of `articles.raw` to one of `articles.enriched`, bytes to bytes, or the reason why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dateline.enricher.enrich import enrich
from dateline.enricher.language import language_group
from dateline.enricher.placement import partition_of_group
from dateline.envelope import enriched_event_id, envelope
from dateline.errors import RecordError, Undecodable
from dateline.events import UNREADABLE, EnrichedArticle, RawArticle, decode, encode
from dateline.log.port import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.enricher.agencies import Agencies

__all__ = ["ENRICHED", "Received", "enrich_record", "enriched_output"]

ENRICHED = "articles.enriched"
ENRICHED_TYPE = "io.dateline.article.enriched.v1"


class Received(Protocol):
    """What is looked at of a record that was read."""

    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


def enrich_record(record: Received, agencies: Agencies, partitions: int) -> Sequence[Output] | RecordError:
    """What becomes of one raw article: its enriched form, or why it cannot be read. `partitions` is how many `articles.enriched` has."""
    try:
        raw = decode(record.value, RawArticle)
    except UNREADABLE as error:
        undecodable = Undecodable(f"not a RawArticle: {error}")
        undecodable.__cause__ = error
        return undecodable
    try:
        return [enriched_output(enrich(raw, agencies), record.headers, partitions)]
    except RecordError as error:
        return error


def enriched_output(article: EnrichedArticle, received: Sequence[tuple[str, bytes]], partitions: int) -> Output:
    """The record of an enriched article, in the partition of its language group."""
    group = language_group(article.language.tag)
    headers = envelope(
        ENRICHED_TYPE,
        enriched_event_id(article),
        source=f"enricher/{article.feed.id}",
        subject=article.id,
        time=article.fetched_at,
        received=received,
    )
    return Output(ENRICHED, group.encode(), encode(article), headers, partition_of_group(group, partitions), facts=facts_of(article))


def facts_of(article: EnrichedArticle) -> tuple[str, ...]:
    """What the loop counts: language group, attribution's status and relation, what proves the first origin, where the text is from."""
    attribution = article.attribution
    evidence = attribution.origins[0].evidence if attribution.origins else []
    proof = evidence[0].kind if evidence else "none"
    return language_group(article.language.tag), attribution.status, attribution.relation, proof, article.text.from_ or "none"
