"""Which languages an article's entry, page and feed declare."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dateline.events import RawArticle

__all__ = ["declared_languages", "page_language"]

# A page declares its language in its first tag, after a comment or two.
PAGE_START_CODE_POINTS = 4_000


def declared_languages(raw: RawArticle) -> tuple[str, ...]:
    """What is declared, as written, the most specific first: by the entry, the linked page, the feed."""
    page = page_language(raw.page.html) if raw.page else None
    return tuple(value for value in (raw.entry.language, page, raw.feed.language) if value)


def page_language(markup: str) -> str | None:
    """The `lang` of the `html` element, or else what the page gives as its Content-Language header."""
    start = markup[:PAGE_START_CODE_POINTS]
    for pattern in (_HTML_LANG, _CONTENT_LANGUAGE, _CONTENT_LANGUAGE_TURNED):
        if found := pattern.search(start):
            return found[1]
    return None


# Attributes are bounded, and none holds an angle bracket, so that no page makes these slow.
_TAG = r"([A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,4})"
_HTML_LANG = re.compile(rf"<html\b[^<>]{{0,1000}}?\s(?:xml:)?lang\s*=\s*[\"']?\s*{_TAG}", re.IGNORECASE)
_HEADER = r"http-equiv\s*=\s*[\"']?content-language[\"']?"
_CONTENT = rf"content\s*=\s*[\"']?\s*{_TAG}"
_CONTENT_LANGUAGE = re.compile(rf"<meta\b[^<>]{{0,200}}?{_HEADER}[^<>]{{0,200}}?{_CONTENT}", re.IGNORECASE)
_CONTENT_LANGUAGE_TURNED = re.compile(rf"<meta\b[^<>]{{0,200}}?{_CONTENT}[^<>]{{0,200}}?{_HEADER}", re.IGNORECASE)
