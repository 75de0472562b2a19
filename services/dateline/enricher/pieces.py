"""A tree of HTML as the pieces it shows, in their order: what is one paragraph, and in which part of the page each stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from lxml import etree

from dateline.enricher.paid_parts import PAID

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BLOCKS", "NOT_TEXT", "Kind", "Piece", "pieces_of"]

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


class Piece(NamedTuple):
    """One paragraph as shown: its text on one line, what kind of boilerplate its place says it is, and how it stands.

    `tag` is the innermost block, `parent` numbers the block around that one, `linked` is the share of characters in links.
    """

    text: str
    kind: Kind | None = None
    tag: str = "p"
    parent: int = 0
    linked: float = 0.0


def pieces_of(root: etree._Element) -> Iterator[Piece]:
    """Block elements and line breaks part pieces, cells of a row are set apart by a bar; everything else is words.

    They end where a paid part was emptied.
    """
    walk = _Walk()
    skipped: etree._Element | None = None
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = element.tag
        if not isinstance(tag, str):
            continue
        if event == "start":
            if PAID in element.attrib:
                break
            if tag in NOT_TEXT or _is_hidden(element):
                walker.skip_subtree()
                skipped = element
            else:
                yield from walk.open(element, tag)
        elif skipped is not None and element is skipped:
            skipped = None
            walk.say(element.tail or "")
        else:
            yield from walk.close(element, tag)
    yield from walk.flush()


class _Block(NamedTuple):
    tag: str
    number: int
    kind: Kind | None


class _Walk:
    """Where the walk stands: the blocks around it, and the words since the last break."""

    def __init__(self) -> None:
        self._blocks = [_Block("", 0, None)]
        self._count = 0
        self._links = 0
        self._words: list[str] = []
        self._linked = 0
        self._barred = False

    def say(self, words: str) -> None:
        self._words.append(words)
        if self._links:
            self._linked += len(words)

    def open(self, element: etree._Element, tag: str) -> Iterator[Piece]:
        if tag == "a":
            self._links += 1
        elif tag in BLOCKS:
            if tag in _CELLS and self._words:
                self.say(_BAR)
                self._barred = True
            else:
                yield from self.flush()
            self._count += 1
            self._blocks.append(_Block(tag, self._count, self._blocks[-1].kind or _kind_of_place(element, tag)))
        if element.text:
            self.say(element.text)

    def close(self, element: etree._Element, tag: str) -> Iterator[Piece]:
        if tag == "a":
            self._links -= 1
        elif tag in BLOCKS:
            if tag not in _CELLS:
                yield from self.flush()
            self._blocks.pop()
        if element.tail:
            self.say(element.tail)

    def flush(self) -> Iterator[Piece]:
        text = " ".join("".join(self._words).split())
        if self._barred:
            text = _BARS.sub(_BAR, text).strip(_BAR)
            self._barred = False
        if text:
            block = self._blocks[-1]
            around = self._blocks[-2] if len(self._blocks) > 1 else block
            yield Piece(text, block.kind, block.tag, around.number, min(self._linked / len(text), 1.0))
        self._words.clear()
        self._linked = 0


def _is_hidden(element: etree._Element) -> bool:
    style = element.get("style")
    return element.tag != "body" and ("hidden" in element.attrib or (style is not None and _HIDING.search(style) is not None))


def _kind_of_place(element: etree._Element, tag: str) -> Kind | None:
    """What an element says it holds, by its name and by the names its makers gave it."""
    if tag in _KIND_OF_TAG:
        return _KIND_OF_TAG[tag]
    if tag in _WHOLE_PAGE:
        return None
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if len(names) == 1 or len(names) > _LONGEST_NAMES:
        return None
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
