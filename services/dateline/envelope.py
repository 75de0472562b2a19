"""CloudEvents 1.0 in Kafka's binary mode: the headers of every record, and ids that are the same for the same content.

Source: CloudEvents specification 1.0, Kafka protocol binding, §3.2 (binary content mode).
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.events import EnrichedArticle, NewsEvent, RawArticle

Headers = tuple[tuple[str, bytes], ...]

# The root of all our ids: uuid5 of the DNS namespace and the name of the event types.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "io.dateline")
SCHEMA_MAJOR = 1
TRACEPARENT = "traceparent"
_TRACE_BYTES, _SPAN_BYTES = 16, 8

# What subscribers may choose by without parsing the value; absent where it is null (CloudEvents knows no null).
NEWS_EXTENSIONS = ("ce_language", "ce_storyrole", "ce_originid", "ce_publisherdomain")
NEWS_TYPE = "io.dateline.news.v1"

_CONTENT_TYPE = ("content-type", b"application/json")
_SPECVERSION = ("ce_specversion", b"1.0")


def derived_id(*parts: object) -> str:
    """A UUID that is the same for the same parts, in the same order."""
    return str(uuid.uuid5(NAMESPACE, "\n".join(str(part) for part in parts)))


def schema_id(kind: str) -> str:
    """The `$id` of one CloudEvents type's schema: a name, not an address (CloudEvents asks for an absolute URI)."""
    return f"urn:dateline:schema:{kind}"


def raw_event_id(article: RawArticle) -> str:
    """ce_id of a RawArticle: its id and revision."""
    return derived_id("raw", article.id, article.revision.number, article.revision.content_hash)


def enriched_event_id(article: EnrichedArticle) -> str:
    """ce_id of an EnrichedArticle: as raw, and the rules that decided."""
    return derived_id("enriched", article.id, article.revision.number, article.revision.content_hash, article.attribution.rules)


def news_event_id(event: NewsEvent) -> str:
    """ce_id of a NewsEvent: what a subscriber may treat as one and the same statement."""
    story = event.story
    return derived_id(
        "news", event.id, event.revision, event.rules, story.id, story.role, story.of, event.status, SCHEMA_MAJOR, event.enriched_id
    )


def envelope(kind: str, event_id: str, *, source: str, subject: str, time: datetime, received: Sequence[tuple[str, bytes]] = ()) -> Headers:
    """Headers of one record; `received` are those of the record it was made from, whose traceparent is passed on."""
    headers: Headers = (
        _CONTENT_TYPE,
        _SPECVERSION,
        ("ce_id", event_id.encode()),
        ("ce_source", f"/dateline/{source}".encode()),
        ("ce_type", kind.encode()),
        ("ce_subject", subject.encode()),
        ("ce_time", rfc3339(time).encode()),
        ("ce_dataschema", schema_id(kind).encode()),
    )
    passed_on = tuple(header for header in received if header[0] == TRACEPARENT)
    return headers + passed_on


def traceparent(event_id: str, *, sampled: bool) -> bytes:
    """The trace that a record begins where spans are collected (W3C Trace Context); ids are the same for the same ce_id.

    Not the id itself: samplers go by a trace's last eight bytes, and those of a UUID begin alike. No record has one where nobody collects
    spans: one that says "not sampled" would keep subscribers from making spans of their own.
    """
    digest = blake2b(event_id.encode(), digest_size=_TRACE_BYTES + _SPAN_BYTES).hexdigest()
    return f"00-{digest[: 2 * _TRACE_BYTES]}-{digest[2 * _TRACE_BYTES :]}-{sampled:02d}".encode()


def traced(received: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    """The traceparent of a record as a field for a log line; empty where it has none."""
    return {name: value.decode("ascii", "replace") for name, value in received if name == TRACEPARENT and value is not None}


def news_envelope(event: NewsEvent, *, time: datetime, received: Sequence[tuple[str, bytes]] = ()) -> Headers:
    """Headers of an event on `news`, whoever writes it: those of every record, and what subscribers choose by."""
    origin, publisher = event.origin, event.publisher
    values = (event.language, event.story.role, origin.id if origin else None, publisher.domain if publisher else None)
    chosen_by = tuple((name, value.encode()) for name, value in zip(NEWS_EXTENSIONS, values, strict=True) if value)
    headers = envelope(NEWS_TYPE, news_event_id(event), source=f"sink/{event.feed.id}", subject=event.id, time=time, received=received)
    return headers + chosen_by


def rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC, ending in Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
