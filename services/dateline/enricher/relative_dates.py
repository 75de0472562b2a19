"""Words in a text that say when only as seen from the day of its publication: yesterday, last year, in March."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ahocorasick_rs import AhoCorasick

from dateline.enricher.openings import openings_of
from dateline.enricher.relative_date_words import LANGUAGES
from dateline.enricher.tags import language_of_tag
from dateline.events import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MOST_RELATIVE_DATES", "find_relative_dates"]

# Three times what the richest of a thousand real articles holds; a live blog of months may hold more.
MOST_RELATIVE_DATES = 200
# No phrase is longer, nor what is looked at behind it.
PHRASE_CHARACTERS = 80
# A year so near to a day or month, in the same sentence, fixes it: "In 2021, from March to May".
YEAR_BEFORE, YEAR_BEHIND = 40, 24
# Longer words before a phrase are of no interest.
WORD_BEFORE = 24


def find_relative_dates(body: str | None, tag: str | None) -> list[Span]:
    """Where a body in the language `tag` (BCP 47) says such words, in order, at most MOST_RELATIVE_DATES.

    None in a language that we have no words of. They are listed and never resolved: what they mean depends on when a copy was
    published, which is often not known. A day or month counts where no year stands by it, a length of time never.
    """
    language = language_of_tag(tag) if tag else ""
    if not body or language not in LANGUAGES:
        return []
    spans: list[Span] = []
    for start, end in _found(body, _reader(language)):
        spans.append(Span(field="body", start=start, end=end, text=body[start:end]))
        if len(spans) == MOST_RELATIVE_DATES:
            break
    return spans


class _Reader(NamedTuple):
    """`openings` find where a phrase may begin, `whole` is the phrase; its group `calendar` holds a day or month."""

    openings: AhoCorasick
    whole: re.Pattern[str]
    rejected: re.Pattern[str] | None
    spaced: bool


@cache
def _reader(language: str) -> _Reader:
    words = LANGUAGES[language]
    phrases = (*words.plain, *words.calendar)
    calendar = "|".join(words.calendar)
    return _Reader(
        openings=AhoCorasick([f"{' ' if words.spaced else ''}{opening}" for opening in sorted(openings_of(phrases))]),
        whole=re.compile(rf"(?:(?P<calendar>{calendar})|{'|'.join(words.plain)}){words.ends}"),
        rejected=re.compile(words.rejected, re.IGNORECASE) if words.rejected else None,
        spaced=words.spaced,
    )


def _found(body: str, reader: _Reader) -> Iterator[tuple[int, int]]:
    done = 0
    openings = reader.openings.find_matches_as_indexes(_spaced(body) if reader.spaced else body, overlapping=True)
    # The space before the text and the one that an opening begins with are one character each.
    for start in sorted({start for _, start, _ in openings}):
        found = _phrase(body, start, reader) if start >= done else None
        if found is not None and _counts(body, start, found, reader):
            done = start + len(found[0])
            yield start, done


def _spaced(body: str) -> str:
    """The body behind a space, with spaces for the signs that words begin after, so that an opening is looked for behind one sign only."""
    for sign in _BEFORE_WORDS:
        body = body.replace(sign, " ")
    return f" {body}"


def _phrase(body: str, start: int, reader: _Reader) -> re.Match[str] | None:
    if not reader.spaced:
        return reader.whole.match(body, start)
    beginning = body[start : start + PHRASE_CHARACTERS]
    found = reader.whole.match(beginning)
    if found is None and beginning[:1].isupper():
        return reader.whole.match(beginning[0].lower() + beginning[1:])
    return found


def _counts(body: str, start: int, found: re.Match[str], reader: _Reader) -> bool:
    """Whether a phrase means what it seems to: nothing near it fixes it, makes it a name or a length of time."""
    before = body[max(start - YEAR_BEFORE, 0) : start]
    if found["calendar"] is not None:
        end = start + len(found[0])
        clause = f"{_SENTENCE_END.split(before)[-1]} {_SENTENCE_END.split(body[end : end + YEAR_BEHIND])[0]}"
        if _YEAR.search(clause):
            return False
    elif body[start].isupper() and not _BEGINS_SENTENCE.search(before):
        return False  # USA Today
    if reader.rejected is None:
        return True
    word = before[-WORD_BEFORE:].rstrip(" ").rpartition(" ")[2]
    return reader.rejected.match(f"{word} {found[0]}") is None


_BEFORE_WORDS = '\n"“„«(‘'  # noqa: RUF001 - quotation marks as printed
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_SENTENCE_END = re.compile(r"[.!?]\s+(?=[^\W\d_])|[。！？\n]")  # noqa: RUF001 - as printed
_BEGINS_SENTENCE = re.compile(r"(?:^|[.!?…:;\n\"“„«(‘—–])[\s\"“„«(‘”»]*$")  # noqa: RUF001 - as printed
