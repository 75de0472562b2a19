"""Media RSS 1.5 (https://www.rssboard.org/media-rss): items, groups of them, and elements beside them that hold for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dateline.events import Media
from dateline.poller.draft import TRUNCATED, Draft
from dateline.poller.extensions import read_extension
from dateline.poller.names import key
from dateline.poller.tree import text_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_ITEMS = frozenset(("media:content", "media:thumbnail", "media:player"))
# What `read_media` reads.
MEDIA = (*_ITEMS, "media:group", "media:credit", "media:description")


def read_media(draft: Draft, element: Element) -> None:
    """A media element that stands in the entry itself."""
    name = key(element.tag)
    if name in _ITEMS:
        _read_item(draft, element, name)
    elif name == "media:group":
        _read_group(draft, element, 1)
    elif name == "media:credit":
        draft.credit = draft.credit or draft.cleared(draft.scalar(text_of(element))) or None
    else:
        draft.description = draft.description or draft.scalar(text_of(element)) or None


def shared(draft: Draft) -> None:
    """Let a credit or a description that stands beside the media hold for all of them; without any, each is an extension."""
    if draft.media:
        draft.media = _described(draft.media, draft.credit, draft.description)
        return
    for name, text in (("media:credit", draft.credit), ("media:description", draft.description)):
        if text is not None:
            draft.extensions.setdefault(name, text)


def _read_item(draft: Draft, element: Element, name: str) -> None:
    credit = description = title = None
    for child in element:
        match key(child.tag) if isinstance(child.tag, str) else None:
            case "media:credit":
                credit = credit or text_of(child)
            case "media:description":
                description = description or text_of(child)
            case "media:title":
                title = title or text_of(child)
            case "media:thumbnail" as inner if name == "media:content":
                _read_item(draft, child, inner)
    url = element.get("url")
    caption = description or title
    if url or credit or caption:
        item = Media(
            url=draft.absolute(url, element) if url else None,
            type=element.get("type") or element.get("medium"),
            credit=draft.cleared(draft.scalar(credit)) or None if credit else None,
            description=draft.scalar(caption) if caption else None,
        )
        draft.add(draft.media, item)


def _read_group(draft: Draft, group: Element, depth: int) -> None:
    """Items of which one is shown; what stands beside them in the group holds for all of them."""
    if depth > draft.limits.max_depth:
        draft.flag(TRUNCATED)
        return
    before = len(draft.media)
    credit = description = title = None
    for child in group:
        name = key(child.tag) if isinstance(child.tag, str) else ""
        if name in _ITEMS:
            _read_item(draft, child, name)
        elif name == "media:group":
            _read_group(draft, child, depth + 1)
        elif name == "media:credit":
            credit = credit or draft.cleared(draft.scalar(text_of(child)))
        elif name == "media:description":
            description = description or draft.scalar(text_of(child))
        elif name == "media:title":
            title = title or draft.scalar(text_of(child))
        else:
            read_extension(draft, child)
    draft.media[before:] = _described(draft.media[before:], credit, description or title)
    draft.description = draft.description or description


def _described(media: list[Media], credit: str | None, description: str | None) -> list[Media]:
    if not credit and not description:
        return media
    return [replace(item, credit=item.credit or credit or None, description=item.description or description or None) for item in media]
