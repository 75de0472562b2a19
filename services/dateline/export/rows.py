"""An event as rows of tables, and which events count: the newest of each article, and a withdrawal for ever.

Keys are the columns' names; values are what JSON can say, since rows travel to the database as JSON.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from dateline.events import utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from dateline.events import NewsEvent

Row = dict[str, Any]


class Known(NamedTuple):
    """What the database has of an article."""

    revision: int
    status: str
    story_id: str


class Tables(NamedTuple):
    """Rows by table, and the stories that are to be counted anew, in the order in which their rows are locked."""

    articles: list[Row]
    origins: list[Row]
    evidence: list[Row]
    authors: list[Row]
    # Articles that had rows before.
    replaced: list[str]
    stories: list[str]


def tables(events: Iterable[NewsEvent], known: Mapping[str, Known]) -> Tables:
    """What is to be written for events in the order in which they came."""
    counted = newest(events, known)
    touched = {event.story.id for event in counted} | {known[event.id].story_id for event in counted if event.id in known}
    return Tables(
        articles=[article_row(event) for event in counted],
        origins=[row for event in counted for row in origin_rows(event)],
        evidence=[row for event in counted for row in evidence_rows(event)],
        authors=[
            {"article_id": event.id, "number": number, "name": author.name, "role": author.role}
            for event in counted
            for number, author in enumerate(event.authors)
        ],
        replaced=[event.id for event in counted if event.id in known],
        stories=sorted(touched),
    )


def newest(events: Iterable[NewsEvent], known: Mapping[str, Known]) -> list[NewsEvent]:
    """Of each article the event that counts now, by id; none where what is known counts still."""
    counted: dict[str, NewsEvent] = {}
    for event in events:
        before = counted.get(event.id) or known.get(event.id)
        if before is None or _counts(event, before):
            counted[event.id] = event
    return sorted(counted.values(), key=attrgetter("id"))


def _counts(event: NewsEvent, before: NewsEvent | Known) -> bool:
    """The highest revision counts, then the later record; a withdrawal is final."""
    if before.status == "canceled":
        return False
    return event.status == "canceled" or event.revision >= before.revision


def article_row(event: NewsEvent) -> Row:
    """The row of `articles`."""
    publisher, distributor, translation = event.publisher, event.distributor, event.translation
    rights, feed, story = event.rights, event.feed, event.story
    return {
        "id": event.id,
        "revision": event.revision,
        "status": event.status,
        "url": event.url,
        "canonical_url": event.canonical_url,
        "headline": event.headline,
        "summary": event.summary,
        "body": event.body,
        "body_from": event.body_from,
        "body_complete": event.body_complete,
        "language": event.language,
        "language_confidence": event.language_confidence,
        "script": event.script,
        "published_at": _time(event.published_at),
        "published_precision": event.published_precision,
        "updated_at": _time(event.updated_at),
        "first_seen_at": _time(event.first_seen_at),
        "publisher_name": publisher and publisher.name,
        "publisher_domain": publisher and publisher.domain,
        "publisher_country": publisher and publisher.country,
        "publisher_id": publisher and publisher.id,
        "attribution_status": event.attribution_status,
        "relation": event.relation,
        "distributor_id": distributor and distributor.id,
        "distributor_name": distributor and distributor.name,
        "dateline_place": event.dateline_place,
        "keywords": event.keywords,
        "categories": [{"term": one.term, "scheme": one.scheme, "label": one.label} for one in event.categories],
        "images": [{"url": one.url, "credit": one.credit} for one in event.images],
        "media": [{"url": one.url, "type": one.type, "credit": one.credit, "description": one.description} for one in event.media],
        "word_count": event.word_count,
        "translation_kind": translation and translation.kind,
        "translation_from": translation and translation.from_,
        "translation_confidence": translation and translation.confidence,
        "is_accessible_for_free": rights.is_accessible_for_free,
        "license": rights.license,
        "rights_notice": rights.notice,
        "tdm_reserved": rights.tdm_reserved,
        "copyright": event.copyright,
        "feed_id": feed.id,
        "feed_url": feed.url,
        "feed_title": feed.title,
        "labels": feed.labels,
        "story_id": story.id,
        "story_role": story.role,
        "story_of": story.of,
        "story_similarity": story.similarity,
        "content_hash": event.content_hash,
        "rules": event.rules,
        "enriched_id": event.enriched_id,
        "flags": event.flags,
    }


def origin_rows(event: NewsEvent) -> list[Row]:
    """The rows of `origins`."""
    return [
        {
            "article_id": event.id,
            "number": number,
            "origin_id": origin.id,
            "name": origin.name,
            "kind": origin.kind,
            "country": origin.country,
            "confidence": origin.confidence,
        }
        for number, origin in enumerate(event.origins)
    ]


def evidence_rows(event: NewsEvent) -> list[Row]:
    """The rows of `evidence`."""
    return [
        {
            "article_id": event.id,
            "origin_number": origin_number,
            "number": number,
            "kind": evidence.kind,
            "role": evidence.role,
            "field": evidence.field,
            "span_start": evidence.start,
            "span_end": evidence.end,
            "text": evidence.text,
            "weight": evidence.weight,
        }
        for origin_number, origin in enumerate(event.origins)
        for number, evidence in enumerate(origin.evidence)
    ]


def as_json(rows: Sequence[Row]) -> str:
    """Rows as one JSON array. PostgreSQL knows no NUL in a text: it becomes U+FFFD, one for one, so that offsets stay right."""
    encoded = orjson.dumps(rows)
    if b"\\u0000" in encoded:
        encoded = orjson.dumps(_without_nul(rows))
    return encoded.decode()


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {key: _without_nul(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nul(inner) for inner in value]
    return value


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else utc(moment).isoformat()
