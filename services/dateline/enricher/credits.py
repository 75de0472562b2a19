"""Credit lines: a first or last paragraph that as a whole says whose report this is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from dateline.enricher.agencies import Agencies, Agency
    from dateline.events import Paragraph, Text

__all__ = ["Credit", "find_credits"]

# The longest credit sentence seen has 90 characters; a longer paragraph tells something else as well.
LINE_CODE_POINTS = 160


class Credit(NamedTuple):
    """One credit line: the agency, where its name stands in the body, the whole paragraph, and what its words say."""

    agency: Agency
    name: slice
    paragraph: Paragraph
    says: Literal["source", "published"]


def find_credits(text: Text, agencies: Agencies) -> list[Credit]:
    """The credit lines of a body, first paragraph before last; a body that is only a headline has none.

    Only listed agencies count, by their whole name and only here: who is quoted, pictured or thanked is no origin.
    The end of a text that was cut is not its end.
    """
    if text.body is None or text.from_ == "title":
        return []
    first, last = text.paragraphs[0], text.paragraphs[-1]
    places = [first] if text.truncated or first is last else [first, last]
    return [credit for place in places if (credit := _credit(text.body, place, agencies))]


def _credit(body: str, paragraph: Paragraph, agencies: Agencies) -> Credit | None:
    if paragraph.end - paragraph.start > LINE_CODE_POINTS:
        return None
    line = body[paragraph.start : paragraph.end]
    for pattern, says in _FORMS:
        found = pattern.fullmatch(line)
        if found and (agency := agencies.named(found["name"])):
            start = paragraph.start + found.start("name")
            return Credit(agency, slice(start, start + len(found["name"])), paragraph, says)
    return None


# Words that say "source" in the languages of agencies.yaml; not those that say "with material of", which is no origin.
_SOURCE = "|".join(
    (
        *("Source", "Sources", "Agency", "Quelle", "Quellen", "Fuente", "Fuentes", "Fonte", "Fonti", "Bron", "Źródło", "Zdroj", "Forrás"),
        *("Sursa", "Sursă", "Izvor", "Vir", "Извор", "Източник", "Источник", "Джерело", "Крыніца", "Πηγή", "ΠΗΓΗ", "Kaynak", "Mənbə"),
        *("Kilde", "Källa", "Lähde", "Allikas", "Avots", "Šaltinis", "Font", "Iturria", "Burimi", "المصدر", "منبع", "ماخذ", "מקור"),
        *("स्रोत", "সূত্র", "Sumber", "Nguồn", "ที่มา", "来源", "來源", "稿件来源", "文章来源", "新闻来源", "出典", "출처"),
    )
)
_STORY = r"(?:report|article|story|text|piece|dispatch|item|news|content)"
_PUBLISHED = r"(?:(?:first|originally|previously) )?(?:re)?published"

# Each form is the whole paragraph. `name` has no bracket or colon in it and is looked up in the list afterwards.
_NAME = r"(?P<name>[^()\[\]（）【】:：]+?)"  # noqa: RUF001 - full-width brackets are what CJK credits use
_FORMS: tuple[tuple[re.Pattern[str], Literal["source", "published"]], ...] = (
    (re.compile(rf"[(\[（【]?\s*(?:{_SOURCE})\s*[:：]\s*{_NAME}\s*\.?\s*[)\]）】]?\.?", re.IGNORECASE), "source"),  # noqa: RUF001
    (re.compile(rf"[(\[（【]\s*{_NAME}\s*[)\]）】]\.?"), "source"),  # noqa: RUF001
    (re.compile(rf"(?:--|[-–—―])\s*{_NAME}\.?"), "source"),  # noqa: RUF001
    (re.compile(rf"(?:This|The) {_STORY} (?:was|is|has been) {_PUBLISHED} (?:by|on|in|from) {_NAME}\.?", re.IGNORECASE), "published"),
    (re.compile(rf"(?:{_STORY} )?(?:first|originally) published (?:by|on|in) {_NAME}\.?", re.IGNORECASE), "published"),
    (re.compile(rf"Republished (?:with (?:the )?permission )?(?:from|of|by) {_NAME}\.?", re.IGNORECASE), "published"),
)
