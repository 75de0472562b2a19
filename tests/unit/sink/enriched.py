"""Enriched articles to fold: whatever a test does not name is as plain as can be."""

from __future__ import annotations

import functools
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from dateline.enricher.fingerprint import fingerprint_of
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


@functools.cache
def words(name: str, count: int = 120) -> str:
    """A text of its own for each name, of so many invented words and no numbers."""
    dice = random.Random(name)
    return " ".join(
        "".join(dice.choices("bcdfgklmnprstv", k=1) + dice.choices("aeiou", k=1)) * 2 + dice.choice("aeioulnrs") for _ in range(count)
    )


@functools.cache
def fingerprint(headline: str, text: str) -> Fingerprint:
    return fingerprint_of(headline, text)


def enriched(
    name: str,
    text: str = "text",
    *,
    headline: str = "Headline",
    feed: str | None = None,
    link: str | None = None,
    revision: int = 0,
    rules: str = "1",
    seen: float = 0.0,
    published: float | None = None,
    precision: Precision = "second",
    credit: str | None = None,
) -> EnrichedArticle:
    """An article as the enricher writes it, from a feed of its own if none is named; hours count from noon.

    A `text` of one word stands for the invented text of that name.
    """
    feed = feed or name
    text = text if " " in text or not text else words(text)
    return EnrichedArticle(
        id=article_id(name),
        revision=Revision(number=revision, content_hash="00"),
        feed=FeedReference(
            id=article_id(feed),
            url="https://post.example/rss",
            title="Post",
            link=None,
            language=None,
            labels=["a"],
            kind="publisher",
            publisher=None,
        ),
        link=link or f"https://{feed}.example/{name}",
        canonical_url=None,
        published_at=None if published is None else hours(published),
        published_precision=None if published is None else precision,
        updated_at=None,
        first_seen_at=hours(seen),
        fetched_at=hours(seen),
        flags=[],
        text=Text(
            headline=headline or None,
            headline_raw=headline or None,
            summary=None,
            body=text,
            paragraphs=[],
            removed=[],
            relative_dates=[],
            repeats=[],
            word_count=1,
            from_="content" if text else "title",
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
        fingerprint=fingerprint(headline, text),
        rights=Rights(is_accessible_for_free=None, license=None, notice=None, tdm_reserved=None),
        images=[],
        media=[],
        keywords=[],
        categories=[],
        links=[],
    )
