"""Records of the log as a trace shows them: what tells of an article's way, and none of its text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dateline.explain.trace import Enriched, News, Poll, Raw, Story

if TYPE_CHECKING:
    from dateline.events import EnrichedArticle, FeedPlan, NewsEvent, RawArticle, StoryRecord
    from dateline.explain.trace import Place

__all__ = ["enriched_of", "moment_of", "news_of", "poll_of", "raw_of", "story_of"]

# The last second of the year 9999, which is as far as dates go.
_LAST_SECOND = 253_402_300_799


def raw_of(place: Place, raw: RawArticle) -> Raw:
    """A record of `articles.raw`, its poll left out."""
    return Raw(
        place=place,
        revision=raw.revision.number,
        feed=raw.feed.url,
        feed_id=raw.feed.id,
        link=raw.entry.link,
        title=raw.entry.title,
        first_seen_at=raw.first_seen_at,
        fetched_at=raw.fetched_at,
        has_page=raw.page is not None,
        flags=raw.flags,
    )


def enriched_of(place: Place, group: str, article: EnrichedArticle) -> Enriched:
    """A record of `articles.enriched`; `group` is its key."""
    attribution = article.attribution
    return Enriched(
        place=place,
        revision=article.revision.number,
        group=group,
        language=article.language.tag,
        status=attribution.status,
        relation=attribution.relation,
    )


def story_of(place: Place, story: StoryRecord) -> Story:
    """A record of `stories`."""
    return Story(
        place=place,
        revision=story.revision,
        input_offset=story.offset,
        story=story.story,
        role=story.role,
        of=story.of,
        similarity=story.similarity,
        copies=story.copies,
    )


def news_of(place: Place, event: NewsEvent) -> News:
    """A record of `news`."""
    publisher = event.publisher
    return News(
        place=place,
        revision=event.revision,
        status=event.status,
        role=event.story.role,
        story=event.story.id,
        of=event.story.of,
        similarity=event.story.similarity,
        copies=event.story.copies,
        url=event.url,
        headline=event.headline,
        publisher=(publisher.name or publisher.domain) if publisher else None,
        language=event.language,
        flags=event.flags,
    )


def poll_of(plan: FeedPlan, due_by: str | None) -> Poll:
    """The poll that a plan tells of; `due_by` is the rule of the plan before it."""
    return Poll(at=moment_of(plan.last), due_by=due_by, next_at=moment_of(plan.next), next_by=plan.rule)


def moment_of(seconds: int) -> datetime:
    """Aware UTC, of Unix seconds; what no calendar has is its nearest end."""
    return datetime.fromtimestamp(max(0, min(seconds, _LAST_SECOND)), UTC)
