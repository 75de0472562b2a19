"""Raw articles as a poll decides them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invented import NOW, a_feed, item, read, rss

from dateline.poller.decide import raw_articles

if TYPE_CHECKING:
    from dateline.events import RawArticle


def articles(count: int, *, text: str = "") -> list[RawArticle]:
    """The first poll of a feed with so many items, in its order."""
    document = read(rss(*(item(number, text=text) for number in range(count))))
    return sorted(raw_articles(document, a_feed(), http=None, now=NOW), key=lambda article: article.entry.position)


def an_article(number: int) -> RawArticle:
    """One of them."""
    return articles(number + 1)[number]
