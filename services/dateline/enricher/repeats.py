"""Passages that a text says twice: a paragraph word for word, or the next one or two in other words."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from dateline.events import Repeat, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dateline.events import Paragraph

__all__ = ["find_repeats"]

# A shorter line (a cross-heading, a name) may well stand twice in a text.
LEAST_CHARACTERS = 80
# Shorter words are those of grammar, in which all paragraphs are alike.
LEAST_LETTERS = 4
LEAST_WORDS = 8
# Of their longer words two renderings of one passage share three in eight (the only real pair we have 0.38). In 487 real articles one
# pair of neighbours that say different things shares as many, terms of two exchanges of shares: marked, never deleted.
LEAST_SHARED = 0.35
# Two renderings give the same figures; results of two quarters give other ones in the same words.
LEAST_SHARED_FIGURES = 0.6
# Two that are alike have at least so many words in common, and each of two that together repeat a third has so many of its.
LEAST_COMMON = 4
# More would tell a reader nothing new, and a text may be one line a thousand times.
MOST_REPEATS = 50
# So many paragraphs are looked at: a bound on the time, four times the longest report we have.
MOST_PARAGRAPHS = 400


class _Twice(NamedTuple):
    """The paragraphs from `a` on are said again by those from `b` up to `end`: one word for word, or those up to `b` in other words."""

    b: int
    a: int
    end: int
    kind: Literal["verbatim", "paraphrase"]


def find_repeats(body: str | None, paragraphs: Sequence[Paragraph]) -> list[Repeat]:
    """What `body`, with its paragraphs, says twice, in the order of the later passages; at most MOST_REPEATS.

    Words are what stands between spaces, so that in scripts without spaces only paragraphs that are the same are found.
    """
    if body is None:
        return []
    looked_at = paragraphs[:MOST_PARAGRAPHS]
    texts = [body[paragraph.start : paragraph.end] for paragraph in looked_at]
    found = sorted([*_verbatim(texts), *_paraphrases(texts)])[:MOST_REPEATS]
    return [_repeat(body, looked_at, twice) for twice in found]


def _repeat(body: str, paragraphs: Sequence[Paragraph], twice: _Twice) -> Repeat:
    last_of_a = twice.a if twice.kind == "verbatim" else twice.b - 1
    return Repeat(
        a=_span(body, paragraphs[twice.a].start, paragraphs[last_of_a].end),
        b=_span(body, paragraphs[twice.b].start, paragraphs[twice.end - 1].end),
        kind=twice.kind,
    )


def _span(body: str, start: int, end: int) -> Span:
    return Span(field="body", start=start, end=end, text=body[start:end])


def _verbatim(texts: Sequence[str]) -> Iterator[_Twice]:
    first: dict[str, int] = {}
    for place, text in enumerate(texts):
        if len(text) >= LEAST_CHARACTERS and (earlier := first.setdefault(text, place)) != place:
            yield _Twice(place, earlier, place + 1, "verbatim")


def _paraphrases(texts: Sequence[str]) -> Iterator[_Twice]:
    """Neighbours that are alike, and those that are like the two before or behind them taken together."""
    words = [_words(text) for text in texts]
    done = 0
    for place, (one, two) in enumerate(pairwise(words)):
        # What few words are in both is the end of it for nearly all neighbours.
        if place < done or len(one & two) < LEAST_COMMON or texts[place] == texts[place + 1]:
            continue
        before = words[place - 1] if place > done else _NONE
        behind = words[place + 2] if place + 2 < len(words) else _NONE
        if _are_alike(one, two):
            found = _Twice(place + 1, place, place + 2, "paraphrase")
        elif _are_alike(one, two, behind):
            found = _Twice(place + 1, place, place + 3, "paraphrase")
        elif _are_alike(two, one, before):
            found = _Twice(place + 1, place - 1, place + 2, "paraphrase")
        else:
            continue
        if _same_figures(texts[found.a : found.b], texts[found.b : found.end]):
            done = found.end
            yield found


def _words(text: str) -> frozenset[str]:
    """The longer words; none of a paragraph that is too short to compare."""
    if len(text) < LEAST_CHARACTERS:
        return _NONE
    words = frozenset([word for word in text.lower().split() if len(word) >= LEAST_LETTERS])
    return words if len(words) >= LEAST_WORDS else _NONE


def _are_alike(whole: frozenset[str], one: frozenset[str], other: frozenset[str] | None = None) -> bool:
    """Whether a paragraph says what one or two others say; each of two has its part in it."""
    shared, together = len(whole & one), len(one)
    if other is not None:
        if (common := len(whole & other)) < LEAST_COMMON:
            return False
        # As if the two had no word in common with each other but all of them: what is not alike even so needs no union.
        if not _share_enough(shared + common, len(whole), max(together, len(other))):
            return False
        both = one | other
        shared, together = len(whole & both), len(both)
    return _share_enough(shared, len(whole), together)


def _share_enough(shared: int, one: int, other: int) -> bool:
    return shared >= LEAST_SHARED * (one + other - shared)


def _same_figures(texts: Sequence[str], others: Sequence[str]) -> bool:
    first, second = set(_FIGURE.findall(" ".join(texts))), set(_FIGURE.findall(" ".join(others)))
    return len(first & second) >= LEAST_SHARED_FIGURES * len(first | second)


_NONE: frozenset[str] = frozenset()
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
