"""Parts of a page that its publisher says are not free: found by their CSS selectors, emptied before anything reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml import html

__all__ = ["PAID", "empty_paid_parts"]

# Marks where a part was emptied: what a reader sees ends there.
PAID = "data-dateline-paid"
# Real pages have one selector of 20 characters and two steps. Steps are those of all selectors together; each costs the largest page 4 ms.
LONGEST_SELECTOR, MOST_STEPS = 300, 60


def empty_paid_parts(root: html.HtmlElement, selectors: Iterable[str]) -> bool:
    """Take the text out of every element that a selector names; whether any did.

    A selector that we cannot read may name anything, so it empties the whole page, and so do more than we can look for.
    """
    try:
        elements = list(_named(root, _steps(selectors)))
    except _UnreadableError:
        elements = list(root.iter("body"))
    for element in elements:
        del element[:]
        element.text = None
        element.set(PAID, "")
    return bool(elements)


class _UnreadableError(ValueError):
    """Selectors that are not of the kind we read, or too many."""


class _Step(NamedTuple):
    """An element on the path of a selector: what it has (`div`, `.class`, `#id`, `[name]`, `[name=value]`), and where it stands."""

    has: frozenset[str]
    is_first: bool
    is_child: bool
    is_last: bool


# ── reading selectors ────────────────────────────────────────────────────────────────────────────────────────────────


def _steps(selectors: Iterable[str]) -> list[_Step]:
    """The steps of all paths, one path after the other."""
    steps: list[_Step] = []
    for selector in selectors:
        if len(selector) > LONGEST_SELECTOR:
            raise _UnreadableError(selector)
        for path in selector.split(","):
            steps += _path(path)
        if len(steps) > MOST_STEPS:
            raise _UnreadableError(selector)
    return steps


def _path(path: str) -> list[_Step]:
    """Types, classes, ids and attributes joined by blanks or ">"."""
    groups = [group.split() for group in path.split(">")]
    if not all(groups):
        raise _UnreadableError(path)
    last = len(groups) - 1, len(groups[-1]) - 1
    return [
        _Step(
            _compound(text),
            is_first=(place, position) == (0, 0),
            is_child=place > 0 and position == 0,
            is_last=(place, position) == last,
        )
        for place, group in enumerate(groups)
        for position, text in enumerate(group)
    ]


def _compound(text: str) -> frozenset[str]:
    compound = _COMPOUND.fullmatch(text)
    if compound is None:
        raise _UnreadableError(text)
    simples = {_simple(simple[0]) for simple in _SIMPLE.finditer(compound["simples"])}
    return frozenset(simples | {compound["type"].lower()} if compound["type"] else simples)


def _simple(text: str) -> str:
    """A class or id as it is, an attribute as `_has` writes it."""
    if text[0] != "[":
        return text
    name, is_equal, value = text[1:-1].partition("=")
    return f"[{name.lower()}{is_equal}{value.strip(_QUOTES)}]"


# ── finding what they name ───────────────────────────────────────────────────────────────────────────────────────────


def _named(root: html.HtmlElement, steps: list[_Step]) -> Iterator[html.HtmlElement]:
    """The elements that paths end at, in one walk: XPath would go down again from each element that a step has found.

    A set of steps is a number with a bit for each, so that the next step of a path is the next bit.
    """
    bits = [(1 << place, step.has) for place, step in enumerate(steps)]
    first = _set(step.is_first for step in steps)
    child = _set(step.is_child for step in steps)
    last = _set(step.is_last for step in steps)
    ahead = [(root, 0, 0)] if steps else []
    while ahead:
        element, at_parent, above = ahead.pop()
        possible = first | (at_parent << 1 & child) | (above << 1 & ~child)
        has = _has(element)
        here = sum(bit for bit, wanted in bits if possible & bit and wanted <= has)
        if here & last:
            yield element
        ahead += [(below, here, above | here) for below in element.iterchildren("*")]


def _set(members: Iterable[bool]) -> int:
    return sum(1 << place for place, is_member in enumerate(members) if is_member)


def _has(element: html.HtmlElement) -> set[str]:
    """All that a step may want of an element."""
    has = {str(element.tag), *(f".{name}" for name in (element.get("class") or "").split())}
    for name, value in element.items():
        has |= {f"[{name}]", f"[{name}={value}]"}
    if name := element.get("id"):
        has.add(f"#{name}")
    return has


_QUOTES = "\"'"
_NAME = r"[A-Za-z_][\w-]{0,80}"
_VALUE = r"[\w./:-]{1,80}"
_ONE = rf"[.\#]-{{0,2}}{_NAME}|\[{_NAME}(?:={_VALUE}|=\"(?:{_VALUE})?\"|='(?:{_VALUE})?')?\]"
_SIMPLE = re.compile(_ONE, re.ASCII)
_COMPOUND = re.compile(rf"(?:(?P<type>{_NAME})|\*)?(?P<simples>(?:{_ONE})*)", re.ASCII)
