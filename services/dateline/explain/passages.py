"""The text of an article in the order it was served: paragraphs and what was set aside, with quoted words marked in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text as Line

from dateline.showable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dateline.events import EnrichedArticle, Span, Text

__all__ = ["Marks", "Part", "field_text", "in_order", "quoted"]

# So much of the sentence around a quotation tells what it says.
AROUND_CHARACTERS = 70
PARAGRAPH_GAP = 2


class Part(NamedTuple):
    """A passage as it stands in `field` from `start` on; `kind` says why it was set aside, null for a paragraph of the body."""

    field: str
    start: int
    text: str
    kind: str | None


class Marks:
    """Quoted passages by number, in the order in which they were first quoted; the same passage has one number."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int, int], int] = {}

    def number(self, span: Span) -> int:
        """The number of a passage, from 1."""
        return self._numbers.setdefault((span.field, span.start, span.end), len(self._numbers) + 1)

    def has(self, span: Span) -> bool:
        """Whether a passage was quoted."""
        return (span.field, span.start, span.end) in self._numbers

    def within(self, part: Part) -> list[tuple[int, int, int]]:
        """Start, end and number of the passages in a part, relative to it, in order; of those that overlap the first."""
        end = part.start + len(part.text)
        found = sorted(
            (start - part.start, stop - part.start, number)
            for (field, start, stop), number in self._numbers.items()
            if field == part.field and part.start <= start < stop <= end
        )
        return list(_apart(found))


def _apart(found: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    done = 0
    for start, end, number in found:
        if start >= done:
            done = end
            yield start, end, number


def in_order(text: Text) -> list[Part]:
    """The body's paragraphs and what was set aside of the same document, as they followed each other.

    Paragraphs are counted in `body` and the rest in the document, so where something stood follows from the lengths before it; white
    space that was folded makes that inexact by less than the paragraph it is compared with.
    """
    body = text.body or ""
    removed = [part for part in text.removed if part.field == "source"]
    position = len(text.headline_raw or "") + PARAGRAPH_GAP if text.headline_raw else 0
    parts: list[Part] = []
    for paragraph in text.paragraphs:
        length = paragraph.end - paragraph.start
        while removed and removed[0].start < position + length / 2:
            parts.append(_set_aside(removed[0]))
            position = removed.pop(0).end + PARAGRAPH_GAP
        parts.append(Part("body", paragraph.start, body[paragraph.start : paragraph.end], None))
        position += length + PARAGRAPH_GAP
    return [*parts, *map(_set_aside, removed)]


def _set_aside(removed: Span) -> Part:
    return Part(removed.field, removed.start, removed.text, getattr(removed, "kind", None))


def field_text(article: EnrichedArticle, span: Span) -> Part:
    """The passage that a span is of, as far as it is known: of the document only what was set aside is."""
    text = article.text
    match span.field:
        case "body":
            parts = [Part("body", place.start, (text.body or "")[place.start : place.end], None) for place in text.paragraphs]
        case "source":
            parts = [_set_aside(removed) for removed in text.removed if removed.field == "source"]
        case field:
            parts = [Part(field, 0, getattr(text, field) or "", None)]
    whole = (part for part in parts if part.start <= span.start and span.end <= part.start + len(part.text))
    return next(whole, Part(span.field, span.start, span.text, None))


def quoted(part: Part, span: Span) -> Line:
    """The words of a span between quotation marks, with some of what stands around them."""
    start, end = span.start - part.start, span.end - part.start
    first = _word_behind(part.text, max(start - AROUND_CHARACTERS, 0), start)
    last = _word_before(part.text, end, min(end + AROUND_CHARACTERS, len(part.text)))
    line = Line(f"{'…' if first else ''}{printable(part.text[first:start])}")
    line.append(f"«{printable(part.text[start:end])}»", style="bold green")
    return line.append(f"{printable(part.text[end:last])}{'…' if last < len(part.text) else ''}")


def _word_behind(text: str, wanted: int, least: int) -> int:
    """Where a word begins, from `wanted` on."""
    space = text.find(" ", wanted, least)
    return wanted if wanted == 0 or space < 0 else space + 1


def _word_before(text: str, least: int, wanted: int) -> int:
    """Where a word ends, up to `wanted`."""
    space = text.rfind(" ", least, wanted)
    return wanted if wanted == len(text) or space < 0 else space


def marked(part: Part, marks: Sequence[tuple[int, int, int]]) -> Line:
    """The part's text with its quotations in quotation marks, each with its number."""
    line, done = Line(), 0
    for start, end, number in marks:
        line.append(printable(part.text[done:start]))
        line.append(f"«{printable(part.text[start:end])}»[{number}]", style="bold green")
        done = end
    return line.append(printable(part.text[done:]))
