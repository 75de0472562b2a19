"""Parts of a page that its publisher says are not free: found by their CSS selectors, emptied before anything reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["PAID", "empty_paid_parts"]

# Marks where a part was emptied: what a reader sees ends there.
PAID = "data-dateline-paid"
# Selectors of one page, and the longest one: real pages have one of 20 characters.
MOST_SELECTORS, LONGEST_SELECTOR = 20, 300


def empty_paid_parts(root: html.HtmlElement, selectors: Iterable[str]) -> bool:
    """Take the text out of every element that a selector names; whether any did.

    A selector that we cannot read may name anything, so it empties the whole page.
    """
    elements = [element for selector in list(selectors)[:MOST_SELECTORS] for element in _elements(root, selector)]
    for element in elements:
        del element[:]
        element.text = None
        element.set(PAID, "")
    return bool(elements)


def _elements(root: html.HtmlElement, selector: str) -> Iterator[html.HtmlElement]:
    for part in selector[:LONGEST_SELECTOR].split(","):
        path = _path(part.strip())
        found = root.iter("body") if path is None else root.xpath(path)
        yield from (element for element in found if isinstance(element, html.HtmlElement))


def _path(selector: str) -> str | None:
    """XPath for types, classes, ids and attributes joined by blanks or ">"; null for any other selector."""
    steps = re.split(r"\s*(>)\s*|\s+", selector)
    path, axis = "", "descendant-or-self::"
    for step in filter(None, steps):
        if step == ">":
            axis = "child::"
            continue
        compound = _COMPOUND.fullmatch(step)
        if compound is None:
            return None
        conditions = "".join(_condition(simple) for simple in _SIMPLE.finditer(compound["simples"]))
        path += f"{'/' if path else ''}{axis}{compound['type'] or '*'}{conditions}"
        axis = "descendant::"
    return path or None


def _condition(simple: re.Match[str]) -> str:
    if simple["class"]:
        return f"[contains(concat(' ', normalize-space(@class), ' '), ' {simple['class']} ')]"
    if simple["id"]:
        return f"[@id = '{simple['id']}']"
    return f"[@{simple['name'].lower()} = '{simple['value']}']" if simple["value"] is not None else f"[@{simple['name'].lower()}]"


_NAME = r"[A-Za-z_-][\w-]{0,80}"
_ONE = rf"(?:\.{_NAME}|\#{_NAME}|\[{_NAME}(?:=[\"']?[\w./:-]{{0,80}}[\"']?)?\])"
_COMPOUND = re.compile(rf"(?P<type>{_NAME})?\*?(?P<simples>{_ONE}*)", re.ASCII)
_SIMPLE = re.compile(
    rf"\.(?P<class>{_NAME})|\#(?P<id>{_NAME})|\[(?P<name>{_NAME})(?:=[\"']?(?P<value>[\w./:-]{{0,80}})[\"']?)?\]", re.ASCII
)
