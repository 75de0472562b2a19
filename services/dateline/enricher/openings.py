"""How matches of many patterns may begin, as one quick pattern: most places of a text are then passed by after a letter or two."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["opening_pattern"]

# Enough to tell "in March" from "in many".
OPENING_CHARACTERS = 6

# Each sign is a pattern of one character; the last may be ANYTHING.
Opening: TypeAlias = tuple[str, ...]
ANYTHING = ""


def opening_pattern(patterns: Iterable[str], *, before: str) -> str:
    """A pattern that matches `before` where the first signs of a match of one of `patterns` follow, its first letter small or capital.

    Reads what our tables are written in: letters, escaped signs, classes without ranges, groups that capture nothing, what may
    stand around a match, and the quantifiers `?` and `{m,n}`.
    """
    tree: dict[str, object] = {}
    for pattern in patterns:
        for first, *rest in _openings(iter(_TOKEN.findall(pattern))):
            for sign in _firsts(first, behind=before):
                _grow(tree, (sign, *rest, ANYTHING))
    # What is behind `before` is not taken, as it may end with what `before` is.
    return f"{before}(?={_written(tree)})" if before else _written(tree)


def _firsts(sign: str, *, behind: str) -> Iterable[str]:
    """The first sign as letters, which `re` passes by more quickly than classes; all of them where it has no other hold."""
    if sign == r"\d":
        return (sign,) if behind else _DIGITS
    return dict.fromkeys((sign, sign.upper())) if len(sign.upper()) == 1 else (sign,)


def _openings(parts: Iterator[str]) -> set[Opening]:
    """The openings of all alternatives up to the group's end."""
    ended: set[Opening] = set()
    before: set[Opening] = set()
    openings: set[Opening] = {()}
    for part in parts:
        if part == ")":
            break
        if part == "|":
            ended |= openings
            openings = {()}
        elif part == "?":
            openings |= before
        elif part[0] == "{":
            openings = {_longer(opening, (ANYTHING,)) for opening in openings} | (before if part.startswith("{0") else set())
        else:
            before = openings
            atoms = _atoms(part, parts)
            openings = {_longer(opening, atom) for opening in before for atom in atoms}
    return ended | openings


def _atoms(part: str, parts: Iterator[str]) -> set[Opening]:
    """What one part of a pattern adds to what stands before it."""
    if part == "(?:":
        return _openings(parts)
    if part.startswith("(?"):
        _openings(parts)
        return {()}
    if part[0] == "[":
        return {(sign,) for sign in _TOKEN.findall(part[1:-1])}
    match part:
        case r"\b":
            return {()}
        case r"\w" | r"\S" | ".":
            return {(ANYTHING,)}
        case _:
            return {(part,)}


def _longer(opening: Opening, more: Opening) -> Opening:
    return opening if opening[-1:] == (ANYTHING,) else (opening + more)[:OPENING_CHARACTERS]


def _grow(tree: dict[str, object], opening: Opening) -> None:
    for sign in opening:
        tree = tree.setdefault(sign, {})  # type: ignore[assignment]


def _written(tree: Mapping[str, object]) -> str:
    if not tree or ANYTHING in tree:
        return ""
    branches = [sign + _written(branch) for sign, branch in tree.items()]  # type: ignore[arg-type]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


_DIGITS = "0123456789０１２３４５６７８９"  # noqa: RUF001 - full-width ones are used in Japanese
_TOKEN = re.compile(r"\(\?(?:<?[=!]|:)|\[(?:\\.|[^\]\\])*\]|\\u[0-9a-f]{4}|\\.|\{[^}]*\}|.", re.DOTALL)
