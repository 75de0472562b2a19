"""What a sitemap says of one address (https://www.sitemaps.org, https://developers.google.com/search/docs/crawling-indexing/sitemaps)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dateline.events import Category, Media
from dateline.poller.extensions import read_extension
from dateline.poller.names import key
from dateline.poller.tree import text_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from dateline.poller.draft import Draft

_TEXTS = {"news:title": "title", "news:publication_date": "published"}


def read_news(draft: Draft, element: Element) -> None:
    """The article behind the address: title, date, language and keywords; its publication's name and the rest are extensions."""
    for child in element:
        name = key(child.tag) if isinstance(child.tag, str) else ""
        text = draft.scalar(text_of(child)) if name else ""
        if name in _TEXTS and text:
            draft.texts.setdefault(_TEXTS[name], text)
        elif name == "news:keywords":
            for word in filter(None, map(str.strip, text.split(","))):
                draft.add(draft.categories, Category(term=word, scheme=None, label=None))
        else:
            _read_publication(draft, child, name)


def _read_publication(draft: Draft, element: Element, name: str) -> None:
    if name == "news:publication":
        for child in element:
            if isinstance(child.tag, str) and key(child.tag) == "news:language" and (text := text_of(child)):
                draft.texts.setdefault("language", draft.scalar(text))
    read_extension(draft, element)


def read_image(draft: Draft, element: Element) -> None:
    """A picture on the page."""
    parts = {key(child.tag): text_of(child) for child in element if isinstance(child.tag, str)}
    address = parts.get("image:loc")
    if address:
        caption = draft.scalar(parts.get("image:caption") or parts.get("image:title") or "") or None
        draft.add(draft.media, Media(url=draft.absolute(address, element), type="image", credit=None, description=caption))
