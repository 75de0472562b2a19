"""Article pages to read: invented, and as plain as can be where a test does not say otherwise."""

from __future__ import annotations

import json
from typing import Any

from articles import AGENCIES, NOW, raw
from msgspec.structs import replace

from dateline.enricher.enrich import enrich
from dateline.events import EnrichedArticle, Page, PageRights, RawArticle

PARAGRAPHS = (
    "The harbour of Tarnmouth was closed on Monday evening after a crane leaned over the quay, and nobody was hurt in the accident.",
    "Two ferries turned back in the bay, and their passengers were taken to the old pier, where buses of the town waited for them.",
    "Harbour master Ida Fern said that the crane had been examined in spring and that its foot had stood on a plate of steel since then.",
    "Engineers will take it down on Wednesday, when the wind is expected to drop, and the quay is to be open again by the weekend.",
)
HEADLINE = "Crane leans over the quay of Tarnmouth"
FREE = PageRights(robots=None, tdm_reserved=None, is_accessible_for_free=None)


def ld(**properties: Any) -> str:
    """A JSON-LD script of a NewsArticle."""
    return script(json.dumps({"@context": "https://schema.org", "@type": "NewsArticle", **properties}))


def script(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def markup(*between: str, head: str = "", top: str = "", below: str = "") -> str:
    """A page with the four paragraphs; `between` stand after the first, the second and so on."""
    parts = [part for place, text in enumerate(PARAGRAPHS) for part in (f"<p>{text}</p>", between[place] if place < len(between) else "")]
    article = f"<article><h1>{HEADLINE}</h1>{top}{''.join(parts)}</article>"
    return (
        f'<html lang="en"><head><title>{HEADLINE} - Tarn Post</title>{head}</head>'
        f'<body><nav><a href="/">Home</a> <a href="/sea">Sea</a></nav>{article}'
        f"{below}<footer><p>Tarn Post, all rights reserved</p></footer></body></html>"
    )


def with_page(html: str, *, page_rights: PageRights = FREE, content: str | None = None, **entry: Any) -> RawArticle:
    """An article that came with a title and a link, and its page."""
    page = Page(
        url="https://www.post.example/sea/1", html=html, content_type="text/html", fetched_at=NOW, truncated=False, rights=page_rights
    )
    return replace(raw(content, **({"title": HEADLINE} | entry)), page=page)


def enriched(html: str, **options: Any) -> EnrichedArticle:
    return enrich(with_page(html, **options), AGENCIES)


def removed(article: EnrichedArticle) -> dict[str, str]:
    """What was set aside, by its text."""
    return {passage.text: passage.kind for passage in article.text.removed}
