"""One raw article to one enriched article: text, language, attribution, fingerprint, rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dateline.enricher.attribution import attribute, credit_paragraphs
from dateline.enricher.fingerprint import fingerprint
from dateline.enricher.language import language_of
from dateline.enricher.page import NO_PAGE, ReadPage, read_page
from dateline.enricher.page_facts import article_images, article_rights, forbids_excerpts, snippet_characters, with_page_facts
from dateline.enricher.relative_dates import find_relative_dates
from dateline.enricher.repeats import find_repeats
from dateline.enricher.text import BODY_CODE_POINTS, plain_article, text_of
from dateline.errors import TooLarge
from dateline.events import NO_EXCERPT, SUMMARY_FROM_PAGE, EnrichedArticle, encode, utc
from dateline.log.port import RECORD_BYTES

if TYPE_CHECKING:
    from datetime import datetime

    from dateline.enricher.agencies import Agencies
    from dateline.enricher.text import PlainArticle
    from dateline.events import RawArticle, Text

__all__ = ["enrich"]

# What the article's event on `news` may say beyond it (its story, its origin twice) must fit a record as well.
ENRICHED_BYTES = RECORD_BYTES - 20_000

# Half as much each time, until the rest of the article (links, media, paragraphs) fits beside the body.
LIMITS = tuple(BODY_CODE_POINTS >> halvings for halvings in range(10))


def enrich(raw: RawArticle, agencies: Agencies) -> EnrichedArticle:
    """The article with everything we say of it; its encoding fits a record, if need be with its body cut and flagged.

    Same input, same output. TooLarge when even without most of its body it does not fit.
    """
    page = read_page(raw.page) if raw.page else NO_PAGE
    filled = with_page_facts(raw, page) if raw.page else raw
    plain = plain_article(raw, page)
    if plain.summary_from_page:
        filled = replace(filled, flags=[*filled.flags, SUMMARY_FROM_PAGE])
    for limit in LIMITS:
        article = _enrich(filled, page, plain, text_of(plain, limit), agencies)
        if len(encode(article)) <= ENRICHED_BYTES:
            return article
    raise TooLarge(f"article {raw.id} has {len(encode(article))} bytes even with its body cut to {limit} characters")


def _enrich(raw: RawArticle, page: ReadPage, plain: PlainArticle, text: Text, agencies: Agencies) -> EnrichedArticle:
    language = language_of(raw, text)
    attribution = attribute(raw, page.metadata, plain, text, language=language, agencies=agencies)
    return EnrichedArticle(
        id=raw.id,
        revision=raw.revision,
        feed=raw.feed,
        link=raw.entry.link,
        canonical_url=page.metadata.canonical_url,
        published_at=_utc(raw.published_at),
        published_precision=raw.published_precision,
        updated_at=_utc(raw.updated_at),
        first_seen_at=utc(raw.first_seen_at),
        fetched_at=utc(raw.fetched_at),
        flags=_flags(raw, page, plain, text),
        text=_marked(text, language.tag),
        language=language,
        attribution=attribution,
        fingerprint=fingerprint(text, credit_paragraphs(attribution, text)),
        rights=article_rights(raw, page.metadata),
        images=article_images(raw, page.metadata),
        media=raw.entry.media,
        keywords=list(page.metadata.keywords),
        categories=raw.entry.categories,
        links=raw.entry.links,
        page_snippet_characters=snippet_characters(raw.page.rights.robots) if raw.page else None,
    )


def _marked(text: Text, tag: str | None) -> Text:
    """With what a reader should know of its passages, which stay as they are."""
    return replace(text, relative_dates=find_relative_dates(text.body, tag), repeats=find_repeats(text.body, text.paragraphs))


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else utc(moment)


def _flags(raw: RawArticle, page: ReadPage, plain: PlainArticle, text: Text) -> list[str]:
    """The raw article's, and what is doubtful about its page and its text."""
    flags = [*raw.flags]
    if raw.page and not plain.is_page_usable:
        flags.append("page_unusable")
    if page.is_cut:
        flags.append("page_cut")
    if page.is_paid:
        flags.append("page_paid")
    if page.paid_part:
        flags.append("paid_part_left_out")
    if raw.page and forbids_excerpts(raw.page.rights.robots):
        flags.append(NO_EXCERPT)
    if text.truncated:
        flags.append("truncated")
    return list(dict.fromkeys(flags))
