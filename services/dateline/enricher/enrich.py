"""One raw article to one enriched article: text, language, attribution, fingerprint, rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dateline.enricher.attribution import attribute
from dateline.enricher.credits import find_credits
from dateline.enricher.fingerprint import fingerprint
from dateline.enricher.language import language_of
from dateline.enricher.text import BODY_CODE_POINTS, plain_entry, text_of
from dateline.errors import TooLarge
from dateline.events import EnrichedArticle, Image, Rights, encode, utc
from dateline.log.port import RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dateline.enricher.agencies import Agencies
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
    plain = plain_entry(raw.entry)
    for limit in LIMITS:
        article = _enrich(raw, text_of(plain, limit), agencies)
        if len(encode(article)) <= ENRICHED_BYTES:
            return article
    raise TooLarge(f"article {raw.id} has {len(encode(article))} bytes even with its body cut to {limit} characters")


def _enrich(raw: RawArticle, text: Text, agencies: Agencies) -> EnrichedArticle:
    credits_ = find_credits(text, agencies)
    return EnrichedArticle(
        id=raw.id,
        revision=raw.revision,
        feed=raw.feed,
        link=raw.entry.link,
        canonical_url=None,
        published_at=_utc(raw.published_at),
        published_precision=raw.published_precision,
        updated_at=_utc(raw.updated_at),
        first_seen_at=utc(raw.first_seen_at),
        fetched_at=utc(raw.fetched_at),
        flags=_flags(raw, truncated=text.truncated),
        text=text,
        language=language_of(raw, text),
        attribution=attribute(raw, text.body, credits_, agencies),
        fingerprint=fingerprint(raw.id, text, [credit.paragraph for credit in credits_]),
        rights=_rights(raw),
        images=list(_images(raw)),
        media=raw.entry.media,
        keywords=[],
        categories=raw.entry.categories,
        links=raw.entry.links,
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else utc(moment)


def _flags(raw: RawArticle, *, truncated: bool) -> list[str]:
    return list(dict.fromkeys([*raw.flags, *(["truncated"] if truncated else [])]))


def _rights(raw: RawArticle) -> Rights:
    """What feed and page state; nobody's silence is a permission."""
    page = raw.page.rights if raw.page else None
    return Rights(
        is_accessible_for_free=page.is_accessible_for_free if page else None,
        license=next((link.href for link in raw.entry.links if link.rel == "license"), None),
        notice=raw.entry.rights,
        tdm_reserved=page.tdm_reserved if page else None,
    )


def _images(raw: RawArticle) -> Iterator[Image]:
    """Attached pictures, once each; a picture's credit says who made the picture."""
    credited = [(media.url, media.type, media.credit) for media in raw.entry.media]
    attached = [(file.url, file.type, None) for file in raw.entry.enclosures]
    seen = set()
    for url, media_type, credit in (*credited, *attached):
        if url and url not in seen and (media_type or "").lower().startswith("image"):
            seen.add(url)
            yield Image(url=url, credit=credit)
