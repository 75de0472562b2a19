"""A tree of HTML as the pieces it shows, in their order: what is one paragraph, and in which part of the page each stands."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from lxml import etree
from msgspec import Struct

from dateline.enricher.paid_parts import PAID
from dateline.enricher.words import on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["BLOCKS", "NOT_TEXT", "Kind", "Piece", "pieces_of"]

# Class names and ids repeat within a page and from page to page of a publisher; 2 MB where each is as long as we read.
_REMEMBERED_NAMES = 4096

Kind = Literal[
    "headline_suffix",
    "republication_disclaimer",
    "widget",
    "comment_form",
    "related_links",
    "newsletter",
    "share",
    "caption",
    "navigation",
    "feed_footer",
    "other",
]


# A page has a thousand of these and of what becomes of them: a Struct is made in a third of a tuple's time and never looked at for garbage.
class Piece(Struct, frozen=True, gc=False):
    """One paragraph as shown: its text on one line, what kind of boilerplate its place says it is, and how it stands.

    `tag` is the innermost block, `parent` numbers the block around that one, `linked` is the share of characters in links.
    """

    text: str
    kind: Kind | None = None
    tag: str = "p"
    parent: int = 0
    linked: float = 0.0


def pieces_of(root: etree._Element) -> Iterator[Piece]:  # noqa: C901, PLR0912 - a page's innermost loop: calls would take as long again
    """Block elements and line breaks part pieces, cells of a row are set apart by a bar; everything else is words.

    They end where a paid part was emptied.
    """
    blocks, count, links = [_Block("", 0, None)], 0, 0
    words: list[str] = []
    linked, barred = 0, False
    skipped: etree._Element | None = None
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag, opens = element.tag, event == "start"
        if opens:
            if element.get(PAID) is not None:
                break
            if tag in NOT_TEXT or _is_hidden(element):
                walker.skip_subtree()
                skipped = element
                continue
        if element is skipped:
            skipped = None
        elif tag in BLOCKS:
            if words and tag not in _CELLS:
                if (piece := _piece(blocks, words, linked, barred=barred)) is not None:
                    yield piece
                words, linked, barred = [], 0, False
            if opens:
                if words:
                    words.append(_BAR)
                    linked, barred = linked + (len(_BAR) if links else 0), True
                count += 1
                blocks.append(_Block(tag, count, blocks[-1].kind or _kind_of_place(element, tag)))
            else:
                blocks.pop()
        else:
            if opens and words and tag in _LABELS and _touches_a_label(element, tag, blocks[-1].tag):
                words.append(" ")
            if tag == "a":
                links += 1 if opens else -1
        said = element.text if opens else element.tail
        if said and (words or not said.isspace()):
            words.append(said)
            if links:
                linked += len(said)
    if (piece := _piece(blocks, words, linked, barred=barred)) is not None:
        yield piece


def _touches_a_label(element: etree._Element, tag: str, block: str) -> bool:
    """Whether a label of its own stands right before this one, which only the page's style sets apart: an agency and a time.

    Within a paragraph or a heading such elements are letters of one word as often as not, but for times.
    """
    before = element.getprevious()
    if before is None or before.tail or before.tag not in _LABELS:
        return False
    return "time" in (tag, before.tag) or block not in _RUNNING


class _Block(Struct, frozen=True, gc=False):
    tag: str
    number: int
    kind: Kind | None


def _piece(blocks: Sequence[_Block], words: Sequence[str], linked: int, *, barred: bool) -> Piece | None:
    """The piece that the words since the last break are, unless they are white; `linked` of their characters are in links."""
    text = on_one_line("".join(words))
    if barred:
        text = _BARS.sub(_BAR, text).strip(_BAR)
    if not text:
        return None
    block, around = blocks[-1], blocks[-2 if len(blocks) > 1 else -1]
    return Piece(text, block.kind, block.tag, around.number, min(linked / len(text), 1.0))


def _is_hidden(element: etree._Element) -> bool:
    style = element.get("style")
    is_hidden = element.get("hidden") is not None or (style is not None and _HIDING.search(style) is not None)
    return is_hidden and element.tag != "body"


def _kind_of_place(element: etree._Element, tag: str) -> Kind | None:
    """What an element says it holds, by its name and by the names its makers gave it."""
    if tag in _KIND_OF_TAG:
        return _KIND_OF_TAG[tag]
    if tag in _WHOLE_PAGE:
        return None
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return None if len(names) == 1 or len(names) > _LONGEST_NAMES else _kind_of_names(names)


@lru_cache(_REMEMBERED_NAMES)
def _kind_of_names(names: str) -> Kind | None:
    found = _KIND_OF_NAME.search(names)
    return None if found is None else _KINDS[found.lastgroup or ""]


NOT_TEXT = frozenset(
    (
        *("script", "style", "noscript", "template", "head", "iframe", "object", "embed", "applet", "svg", "canvas"),
        *("audio", "video", "map", "button", "select", "textarea", "datalist", "math"),
    )
)
BLOCKS = frozenset(
    (
        *("p", "br", "div", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr"),
        *("table", "caption", "tr", "td", "th", "section", "article", "aside", "header", "footer", "main", "nav", "figure"),
        *("figcaption", "address", "center", "form", "fieldset", "details", "summary", "hgroup", "body"),
    )
)
# Elements within a line that makers of pages give a place of its own.
_LABELS = frozenset(("span", "time", "a", "strong", "b", "em", "i", "cite", "small", "label"))
_RUNNING = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"))
_HIDING = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_CELLS = frozenset(("td", "th"))
_BAR = " | "
_BARS = re.compile(r"(?: \|)+ ")
_WHOLE_PAGE = frozenset(("body", "main", "article"))
_KIND_OF_TAG: dict[str, Kind] = {"figcaption": "caption", "nav": "navigation", "form": "widget"}
_LONGEST_NAMES = 400

_KINDS: dict[str, Kind] = {
    "caption": "caption",
    "newsletter": "newsletter",
    "share": "share",
    "related": "related_links",
    "comments": "comment_form",
    "navigation": "navigation",
    "widget": "widget",
}
# Words that makers of pages put into class names, whole words only, whatever joins them.
_KIND_OF_NAME = re.compile(
    r"(?<![a-z])(?:"
    r"(?P<caption>(?:wp-)?caption(?:-text)?|(?:image|photo|img|media|picture|figure)[-_]+(?:caption|credits?|copyright|description|legend)|bildunterschrift|copyright)"
    r"|(?P<newsletter>newsletters?|mailinglist|mc4wp)"
    r"|(?P<share>share|sharing|sharedaddy|social(?:[-_]+(?:share|icons|links|media|bar))?|addtoany|addthis|share-?bar|sharebuttons)"
    r"|(?P<related>related|recommend(?:ed|ations?)|read-?more|readmore|also-?read|more-?(?:stories|news|articles)|yarpp|jp-relatedposts|teasers?)"
    r"|(?P<comments>comments?|disqus|respond|commentform)"
    r"|(?P<navigation>breadcrumbs?|nav|navigation|pagination|menu)"
    r"|(?P<widget>twitter-tweet|instagram-media|fb-post|tiktok-embed|bluesky-embed|advert(?:isement)?s?)"
    r")(?![a-z])",
    re.IGNORECASE,
)
