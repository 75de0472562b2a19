"""An article page as one tree: what may stand in it is bounded before any reader sees it."""

from __future__ import annotations

import re
from typing import NamedTuple, cast

from lxml import etree, html

from dateline.enricher.words import without_controls

__all__ = ["PageTree", "bounded", "page_tree"]

# Four times what a record can hold: only a file that is enriched by hand is longer.
MOST_CHARACTERS = 4_000_000
# The largest of 69 real pages has 9,000 elements; readers take 50 µs for each.
MOST_ELEMENTS = 30_000
# Real pages nest up to 60 deep; readers look from each element to its ancestors.
MOST_LEVELS = 200
# libxml2 compares each attribute of a tag with all before it: 50,000 of them take 3 s.
MOST_ATTRIBUTES = 100
# Of a page in the wrong encoding one character in ten may be none, of a picture every third is.
SAMPLE_CHARACTERS, BINARY_SHARE = 20_000, 0.15
SHORT_TAG = 2_000


class PageTree(NamedTuple):
    """The parsed page, and whether any of it was left out to keep it within bounds."""

    root: html.HtmlElement
    cut: bool


def page_tree(markup: str) -> PageTree | None:
    """The page parsed once, of bounded size, width and depth, in time by its length; null when there is no element in it."""
    if _is_binary(markup):
        return None
    within, cut = bounded(markup)
    # Bytes, so that neither a path nor an address is ever opened, and no declaration inside is believed.
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True)
    # Trafilatura wants lxml.html's elements, but not its forms: one class for all is a third of the time of each walk over the tree.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))
    try:
        root = etree.fromstring(within.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None
    if not isinstance(root, html.HtmlElement) or root.find("body") is None:
        return None
    return PageTree(root, _flatten(root) or cut)


def _is_binary(markup: str) -> bool:
    """Whether what came as a page is a picture, an archive or a document: its bytes make no text."""
    sample = markup[:SAMPLE_CHARACTERS]
    return len(_NO_TEXT.findall(sample)) > BINARY_SHARE * len(sample)


def bounded(markup: str) -> tuple[str, bool]:
    """The markup with at most so many elements and attributes, and whether any were left out."""
    whole = without_controls(markup[:MOST_CHARACTERS])
    if whole.count("<") <= MOST_ELEMENTS and len(max(_TAG.findall(whole), key=len, default="")) <= SHORT_TAG:
        return whole, len(markup) > MOST_CHARACTERS
    pieces: list[str] = []
    position = 0
    for elements, tag in enumerate(_TAG.finditer(whole), start=1):
        if elements > MOST_ELEMENTS:
            return "".join((*pieces, whole[position : tag.start()])), True
        if tag.end() - tag.start() > SHORT_TAG:
            pieces += (whole[position : tag.start()], _with_fewer_attributes(tag[0]))
            position = tag.end()
    return "".join((*pieces, whole[position:])), len(markup) > MOST_CHARACTERS


def _with_fewer_attributes(tag: str) -> str:
    attributes = [found[0] for found, _ in zip(_ATTRIBUTE.finditer(tag), range(MOST_ATTRIBUTES + 1), strict=False)]
    return f"{' '.join(attributes)}>" if len(attributes) > MOST_ATTRIBUTES else tag


def _flatten(root: html.HtmlElement) -> bool:
    """Give the texts of elements nested too deep to their ancestor that is not, as paragraphs; whether there were any."""
    too_deep = cast("list[html.HtmlElement]", _TOO_DEEP(root))
    for element in too_deep:
        texts = [text for text in map(str, element.itertext("*")) if text.strip()]
        del element[:]
        element.text = None
        for text in texts:
            etree.SubElement(element, "p").text = text
    return bool(too_deep)


# Elements of the last level that have children; paths end early in an empty set, so that this costs a shallow tree little.
_TOO_DEEP = etree.XPath("/*" * MOST_LEVELS + "[*]")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffd]")
_VALUE = r"=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?+"
# A start tag as the HTML standard splits it: quotes count behind "=" only; what is never closed ends with the page.
_TAG = re.compile(rf"<[A-Za-z][^>=]*+(?:{_VALUE}[^>=]*+)*+(?:>|\Z)")
_ATTRIBUTE = re.compile(r"[^\s=>]++(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>]++))?+")
