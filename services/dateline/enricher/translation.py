"""Whether a text says that it was translated: the sentence that says so, quoted, and by whom and from what as far as it says.

Nothing is claimed without a quotation. A sentence counts that speaks of the text itself ("This article was translated …")
or a short line of its own that credits a translation ("Translated by …"); a report about translations is neither.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dateline.enricher.tags import group_of_language, language_of_tag
from dateline.enricher.translation_phrases import (
    CALQUES,
    CREDITS,
    DENIAL,
    FROM_LANGUAGE,
    LANGUAGE_FIRST,
    LANGUAGE_STEMS,
    MACHINE,
    PERSON,
    SENTENCES,
    STEMS,
)
from dateline.events import Span, Translation

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from dateline.events import Text, TranslationKind

__all__ = ["find_translation"]

# Such notes stand at either end of a text, on a line of their own or in a short paragraph.
FIRST_LINES, LAST_LINES = 4, 6
LINE_CODE_POINTS = 600
# A credit is no longer than its words and a name or two.
CREDIT_CODE_POINTS = 140

MACHINE_CONFIDENCE = 0.95
HUMAN_CONFIDENCE = 0.9
UNKNOWN_CONFIDENCE = 0.85
# Phrases that only a literal translation has: a sign, and never enough to be published as a claim.
CALQUE_CONFIDENCE = 0.7
LEAST_CALQUES = 2
# What Turkish capital I leaves when it is folded.
DOT_ABOVE = "\u0307"


class _Line(NamedTuple):
    """A line of a field and where it starts there."""

    field: str
    start: int
    text: str


def find_translation(text: Text, language: str | None) -> Translation | None:
    """The first sentence that says the text was translated, or at least two literal renderings of another language's phrases.

    `language` is the text's tag: notes are looked for in it and in English, or in every language where it is null.
    """
    stems = _stems(group_of_language(language_of_tag(language)) if language else None)
    lines = list(_lines(text))
    if not _has_any(stems, "\n".join(line.text for line in lines)):
        return None
    lines = [line for line in lines if _has_any(stems, line.text)]
    stated = (claim for line in lines if (claim := _sentence(line) or _credit(line)))
    return next(stated, None) or _literal(lines)


@cache
def _stems(group: str | None) -> tuple[str, ...]:
    groups = STEMS if group is None else dict.fromkeys(("en", group))
    return tuple(dict.fromkeys(stem for known in groups for stem in STEMS.get(known, ())))


def _has_any(stems: tuple[str, ...], text: str) -> bool:
    folded = text.casefold()
    return any(stem in folded for stem in stems)


def _sentence(line: _Line) -> Translation | None:
    found = next((found for pattern in SENTENCES if (found := pattern.search(line.text))), None)
    return None if found is None or DENIAL.search(found[0]) else _stated(line, found.start(), found[0].rstrip())


def _credit(line: _Line) -> Translation | None:
    """A credit says who translated or from what; "Translated by hand, …" says neither. Headlines credit nobody."""
    if len(line.text) > CREDIT_CODE_POINTS or line.field == "headline_raw" or not any(pattern.search(line.text) for pattern in CREDITS):
        return None
    if DENIAL.search(line.text) or line.text.endswith("?"):
        return None
    claim = _stated(line, 0, line.text)
    return claim if claim.kind != "unknown" or claim.from_ else None


def _stated(line: _Line, start: int, quotation: str) -> Translation:
    kind, confidence = _kind(quotation)
    return Translation(kind=kind, from_=_source_language(quotation), confidence=confidence, evidence=[_span(line, start, quotation)])


def _kind(quotation: str) -> tuple[TranslationKind, float]:
    if MACHINE.search(quotation):
        return "machine", MACHINE_CONFIDENCE
    if PERSON.search(quotation):
        return "human", HUMAN_CONFIDENCE
    return "unknown", UNKNOWN_CONFIDENCE


def _source_language(quotation: str) -> str | None:
    """The language named beside a word for `from`; null when none is."""
    for pattern in (FROM_LANGUAGE, LANGUAGE_FIRST):
        for found in pattern.finditer(quotation):
            name = next(group for group in found.groups() if group).casefold().replace(DOT_ABOVE, "")
            if language := next((language for language, stems in LANGUAGE_STEMS.items() if name.startswith(stems)), None):
                return language
    return None


def _literal(lines: list[_Line]) -> Translation | None:
    for language, calques in CALQUES.items():
        evidence = [span for calque in calques if (span := _first(calque, lines))]
        if len(evidence) >= LEAST_CALQUES:
            return Translation(kind="machine", from_=language, confidence=CALQUE_CONFIDENCE, evidence=evidence)
    return None


def _first(pattern: re.Pattern[str], lines: list[_Line]) -> Span | None:
    return next((_span(line, found.start(), found[0]) for line in lines if (found := pattern.search(line.text))), None)


def _span(line: _Line, start: int, quotation: str) -> Span:
    return Span(field=line.field, start=line.start + start, end=line.start + start + len(quotation), text=quotation)  # type: ignore[arg-type]


def _lines(text: Text) -> Iterator[_Line]:
    """The lines in which a note may stand, those that were set aside among them."""
    for field, value in (("headline_raw", text.headline_raw), ("summary", text.summary if text.from_ != "summary" else None)):
        yield from _split(field, 0, value or "")
    body = text.body or ""
    ends = (
        text.paragraphs
        if len(text.paragraphs) <= FIRST_LINES + LAST_LINES
        else [*text.paragraphs[:FIRST_LINES], *text.paragraphs[-LAST_LINES:]]
    )
    for paragraph in ends:
        yield from _split("body", paragraph.start, body[paragraph.start : paragraph.end])
    for removed in text.removed:
        yield from _split(removed.field, removed.start, removed.text)


def _split(field: str, start: int, value: str) -> Iterator[_Line]:
    for line in value.split("\n"):
        if 0 < len(line) <= LINE_CODE_POINTS:
            yield _Line(field, start, line)
        start += len(line) + 1
