"""How matches of many patterns may begin, as plain words: in most places of a text none of them stands, which one look at it tells."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["openings_of"]

# Enough to tell "in March" from "in many".
OPENING_CHARACTERS = 6

# Each sign is a pattern of one character; the last may be ANYTHING.
Opening: TypeAlias = tuple[str, ...]
ANYTHING = ""


def openings_of(patterns: Iterable[str]) -> set[str]:
    """With one of these each match of one of `patterns` begins, be its first letter small or capital.

    Reads what our tables are written in: a letter or digit first; letters, escaped signs, classes without ranges, groups that capture
    nothing, what may stand around a match, and the quantifiers `?` and `{m,n}`.
    """
    openings = {opening for pattern in patterns for opening in _openings(iter(_TOKEN.findall(pattern)))}
    return {first + "".join(takewhile(_is_letter, rest)) for sign, *rest in openings for first in _firsts(sign)}


def _firsts(sign: str) -> Iterable[str]:
    return _DIGITS if sign == r"\d" else (sign, sign.upper())


def _is_letter(sign: str) -> bool:
    return len(sign) == 1


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


# In the scripts that our languages are written in.
_DIGITS = "".join(chr(code) for code in range(0x10000) if chr(code).isdecimal())
_TOKEN = re.compile(r"\(\?(?:<?[=!]|:)|\[(?:\\.|[^\]\\])*\]|\\u[0-9a-f]{4}|\\.|\{[^}]*\}|.", re.DOTALL)
