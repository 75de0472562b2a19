"""An enriched article and its place in a story as the flat event that subscribers get."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dateline.envelope import enriched_event_id
from dateline.events import (
    CLAIM_CONFIDENCE,
    NO_EXCERPT,
    SUMMARY_FROM_PAGE,
    NewsEvent,
    NewsFeed,
    NewsOrigin,
    NewsStory,
    NewsTranslation,
    utc,
)

if TYPE_CHECKING:
    from datetime import datetime

    from dateline.events import Attribution, EnrichedArticle, Origin, Relation, Status, StoryOrigin, StoryRecord, Translation

__all__ = ["normalize"]

# Of a text fetched from a page, without the publisher's leave for more.
EXCERPT_CODE_POINTS = 300
# Beside a summary from the same page a few words more say nothing.
LEAST_BESIDE_SUMMARY = 40

RESTARTED = "story_restarted"


def normalize(article: EnrichedArticle, story: StoryRecord) -> NewsEvent:
    """The event for `articles.enriched`'s value and the decision made on it; same input, same output."""
    text, language, attribution = article.text, article.language, article.attribution
    origins = [_origin(origin) for origin in attribution.origins]
    summary, body = _passed_on(article)
    withheld = text.from_ == "page" and article.feed.text == "none"
    return NewsEvent(
        id=article.id,
        revision=article.revision.number,
        status="withheld" if withheld else "usable",
        url=article.link,
        canonical_url=article.canonical_url,
        headline=text.headline,
        summary=summary,
        body=body,
        body_from=text.from_,
        body_complete=text.complete,
        language=language.tag,
        language_confidence=language.confidence,
        script=language.script,
        published_at=_utc(article.published_at),
        published_precision=article.published_precision,
        updated_at=_utc(article.updated_at),
        first_seen_at=utc(article.first_seen_at),
        publisher=attribution.publisher,
        attribution_status=attribution.status,
        origin=origins[0] if attribution.status == "attributed" and origins else None,
        origins=origins,
        distributor=attribution.distributor,
        relation=_relation(attribution),
        authors=attribution.authors,
        dateline_place=attribution.dateline.place if attribution.dateline else None,
        keywords=article.keywords,
        categories=article.categories,
        images=article.images,
        media=article.media,
        word_count=text.word_count,
        translation=_translation(language.translation),
        rights=article.rights,
        copyright=attribution.copyright,
        feed=NewsFeed(id=article.feed.id, url=article.feed.url, title=article.feed.title, labels=article.feed.labels),
        story=_story(story, attribution.status),
        content_hash=article.fingerprint.content_hash,
        rules=attribution.rules,
        enriched_id=enriched_event_id(article),
        flags=[*article.flags, *([RESTARTED] if story.restarted else [])],
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else utc(moment)


def _passed_on(article: EnrichedArticle) -> tuple[str | None, str | None]:
    """Summary and body. What the feed itself carried is published; what is from the page shares what may be shown of that."""
    summary, body = article.text.summary, article.text.body
    left = _allowance(article)
    if summary and SUMMARY_FROM_PAGE in article.flags:
        summary = _excerpt(summary, left)
        left -= len(summary or "")
        left = left if left >= min(LEAST_BESIDE_SUMMARY, len(body or "")) else 0
    if body and article.text.from_ == "page":
        body = None if _is_closed(article) else _excerpt(body, left)
    return summary, body


def _allowance(article: EnrichedArticle) -> int:
    """How many code points of the page's text the feed's policy and the page's robots directives let be shown."""
    everything = len(article.text.summary or "") + len(article.text.body or "")
    by_policy = {"full": everything, "excerpt": EXCERPT_CODE_POINTS, "none": 0}[article.feed.text]
    by_page = article.page_snippet_characters
    return by_policy if by_page is None else min(by_policy, by_page)


def _is_closed(article: EnrichedArticle) -> bool:
    """Whether the page's rights leave nothing of its body."""
    return bool(article.rights.tdm_reserved) or article.rights.is_accessible_for_free is False or NO_EXCERPT in article.flags


def _excerpt(text: str, most: int) -> str | None:
    """The beginning, cut between words where there are any, with an ellipsis if something is left out; null where nothing is left."""
    if len(text) <= most:
        return text
    start = text[: max(most - 1, 0)]
    start = (_LAST_WORD.sub("", start) or start).rstrip()
    return f"{start}…" if start else None


def _relation(attribution: Attribution) -> Relation:
    if attribution.relation in {"original", "unknown"}:
        return attribution.relation
    proven = any(origin.confidence >= CLAIM_CONFIDENCE and origin.evidence for origin in attribution.origins)
    return attribution.relation if proven else "unknown"


def _translation(claim: Translation | None) -> NewsTranslation | None:
    if claim is None or claim.confidence < CLAIM_CONFIDENCE or not claim.evidence:
        return None
    return NewsTranslation(kind=claim.kind, from_=claim.from_, confidence=claim.confidence)


def _origin(origin: Origin) -> NewsOrigin:
    return NewsOrigin(
        id=origin.id, name=origin.name, kind=origin.kind, country=origin.country, confidence=origin.confidence, evidence=origin.evidence
    )


def _story(record: StoryRecord, status: Status) -> NewsStory:
    return NewsStory(
        id=record.story,
        role=record.role,
        of=record.of,
        similarity=record.similarity,
        copies=record.copies,
        earliest_published_at=record.earliest_published_at,
        # What a copy says of itself, if only that it is the site's own, stands above what others say of their copies.
        origin=_sibling_origin(record) if status == "unattributed" else None,
    )


def _sibling_origin(record: StoryRecord) -> StoryOrigin | None:
    """The origin that the other copies prove, as the earliest of them proves it; null when they contradict each other."""
    siblings = [proof for proof in record.proofs if proof.article != record.article]
    agree = len({(proof.id, proof.name) for proof in siblings}) == 1
    return siblings[0] if agree else None


_LAST_WORD = re.compile(r"\s\S*$")
