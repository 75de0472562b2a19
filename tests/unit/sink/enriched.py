"""Enriched articles to fold: whatever a test does not name is as plain as can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from dateline.events import (
    Attribution,
    EnrichedArticle,
    Evidence,
    FeedReference,
    Fingerprint,
    Language,
    Origin,
    Precision,
    Revision,
    Rights,
    Text,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def article_id(name: str) -> str:
    """A UUID that is the same for the same name."""
    return str(UUID(bytes=name.encode().rjust(16, b"\0")))


def hours(count: float) -> datetime:
    """So many hours after noon."""
    return NOON + timedelta(hours=count)


def origin(name: str, confidence: float = 0.95) -> Origin:
    """An agency with a credit line of its own."""
    line = f"Source: {name}"
    quote = Evidence(field="body", start=0, end=len(line), text=line, kind="credit_line", role="origin", weight=confidence)
    return Origin(id=name.lower(), name=name, kind="agency", country=None, wikidata=None, confidence=confidence, evidence=[quote])


def enriched(
    name: str,
    text: str = "text",
    *,
    revision: int = 0,
    rules: str = "1",
    seen: float = 0.0,
    published: float | None = None,
    precision: Precision = "second",
    credit: str | None = None,
) -> EnrichedArticle:
    """An article as the enricher writes it; hours count from noon, equal texts have equal hashes."""
    fingerprint = Fingerprint(version=1, content_hash=text, title_hash="00", sketch=None, numbers=None, shingles=None)
    return EnrichedArticle(
        id=article_id(name),
        revision=Revision(number=revision, content_hash=text),
        feed=FeedReference(
            id=article_id("feed"),
            url="https://post.example/rss",
            title="Post",
            link=None,
            language=None,
            labels=["a"],
            kind="publisher",
            publisher=None,
        ),
        link=f"https://post.example/{name}",
        canonical_url=None,
        published_at=None if published is None else hours(published),
        published_precision=None if published is None else precision,
        updated_at=None,
        first_seen_at=hours(seen),
        fetched_at=hours(seen),
        flags=[],
        text=Text(
            headline="Headline",
            headline_raw="Headline",
            summary=None,
            body=text,
            paragraphs=[],
            removed=[],
            relative_dates=[],
            repeats=[],
            word_count=1,
            from_="content",
            complete=None,
            truncated=False,
        ),
        language=Language(tag="en", script="Latn", confidence=0.9, method="detected", declared=[], alternatives=[], translation=None),
        attribution=Attribution(
            status="attributed" if credit else "unattributed",
            publisher=None,
            origins=[origin(credit)] if credit else [],
            distributor=None,
            relation="unknown",
            mentions=[],
            authors=[],
            dateline=None,
            copyright=None,
            notices=[],
            rules=rules,
        ),
        fingerprint=fingerprint,
        rights=Rights(is_accessible_for_free=None, license=None, notice=None, tdm_reserved=None),
        images=[],
        media=[],
        keywords=[],
        categories=[],
        links=[],
    )
