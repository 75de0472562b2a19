"""Lines and fields that name who wrote an article: the agencies and the people in them, word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import regex

from dateline.enricher.publisher import house_key
from dateline.enricher.rules import AGENCY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["Byline", "people_in", "people_in_line", "read_byline"]

# The longest byline on the labelled pages has 90 characters.
LINE_CHARACTERS = 140
MOST_PARTS = 12
# A byline names one place; a row of single words is a menu.
MOST_SINGLE_WORDS = 1
# Names have at most so many words, with particles.
PERSON_WORDS = 5


class Byline(NamedTuple):
    """What a byline says: where its first and its last agency stand in the line's shape, its people, and whether others worked on it."""

    start: int
    end: int
    people: tuple[str, ...]
    is_compiled: bool


class _Part(NamedTuple):
    """A part and, where it names a person, by itself or before an agency, that name."""

    kind: Literal["agency", "staff", "person", "house", "nothing"]
    name: str = ""


def read_byline(shape: str, houses: Collection[str] = (), *, is_field: bool = False, is_doubtful: bool = False) -> Byline | None:
    """What a line says whose shape (see rules.py) holds an agency; null where it is no byline, or a picture's credit.

    `is_field`: the line is the value of a field for authors. `houses` are the publisher's own names, as `house_key` has them. A line is a
    byline when each of its parts is an agency, a name, initials, a house, a date or the words that go with them. An agency behind or before
    a photographer's name and a stroke made the picture; an agency alone may be a heading or a picture's credit where its place
    `is_doubtful`. A date or a word like "by" makes either a byline.
    """
    if AGENCY not in shape or len(shape) > LINE_CHARACTERS or _PICTURE.search(shape) or _SPEAKING.search(shape):
        return None
    is_marked = _MARKER.match(shape) is not None or _MOMENT.search(shape) is not None
    plain = _MARKER.sub("", _MOMENT.sub("|", shape))
    is_alone = plain.strip(_AROUND) == AGENCY or "/" in plain
    if not is_marked and ((is_doubtful and is_alone) or _is_picture_credit(plain, houses)):
        return None
    parts = list(_parts(plain, houses))
    if None in parts or len(parts) > MOST_PARTS or not any(part and part.kind == "agency" for part in parts):
        return None
    single_words = sum(part.kind == "person" and len(part.name.split()) == 1 for part in parts if part)
    if single_words > MOST_SINGLE_WORDS and not is_field:
        return None  # a menu
    kinds = [part.kind for part in parts if part]
    people = tuple(part.name for part in parts if part and part.name)
    return Byline(shape.index(AGENCY), shape.rindex(AGENCY) + 1, people, "staff" in kinds or "house" in kinds)


def people_in(field: str) -> list[str]:
    """The names in a field that names authors.

    A comma parts names only if each has two words: `Doe, Jane` is one, and what follows a whole name in one word is a place.
    """
    names: list[str] = []
    for part in _BETWEEN_NAMES.split(_MARKER.sub("", " ".join(field.split()))):
        first, *others = part.split(",")
        several = len(first.split()) > 1
        names += [first, *(other for other in others if len(other.split()) > 1)] if several else [part]
    return [name for piece in names if (name := piece.strip(" ,.-–—"))]


def people_in_line(line: str) -> list[str]:
    """The people whom a line names that begins as a byline and holds nothing else; none where any part is not a whole name."""
    if len(line) > LINE_CHARACTERS or not _SIGNED.match(line):
        return []
    parts = list(_parts(_MARKER.sub("", _MOMENT.sub("|", line)), ()))
    people = [part.name for part in parts if part and part.kind == "person"]
    return people if None not in parts and all(len(name.split()) > 1 for name in people) else []


def _parts(plain: str, houses: Collection[str]) -> Iterator[_Part | None]:
    """What each part is; null for one that has no place in a byline."""
    for piece in _BETWEEN_PARTS.split(plain):
        part = piece.strip(_AROUND)
        if part:
            yield _part(part, houses)


def _part(part: str, houses: Collection[str]) -> _Part | None:
    if AGENCY in part:
        named = _AGENCY_PART.fullmatch(part)
        return None if named is None else _Part("agency", (named["person"] or "").strip())
    if house_key(part) in houses:
        return _Part("house")
    if _NOTHING.fullmatch(part):
        return _Part("nothing")
    if _STAFF.fullmatch(part):
        return _Part("staff")
    if len(part.split()) <= PERSON_WORDS and _NAME.fullmatch(part):
        return _Part("person", part)
    return None


def _is_picture_credit(plain: str, houses: Collection[str]) -> bool:
    """Whether a full name stands in one chain of strokes with the agency: Ida Fern/AP, AP/Ida Fern, Ida Fern / Tarn Pictures / AFP."""
    chains = [chain.split("/") for chain in _CHAIN.findall(plain) if AGENCY in chain and "/" in chain]
    beside = [name.strip() for chain in chains for name in chain]
    return any(len(name.split()) > 1 and house_key(name) not in houses and _NAME.fullmatch(name) for name in beside)


_AROUND = " \t.:*()[]\"'’“”»«-–—"
# What makers of pictures are called by, and what else stands in their credits.
_PICTURE = regex.compile(
    r"(?i)\b(?:photo(?:graph(?:er|s)?|s)?|foto(?:s|graf\w*)?|fot|picture|image|images|bild|pic|video|graphic|infograph\w*|getty|shutterstock|istock"
    r"|picture alliance|alliance|via|twitter|facebook|handout|file|archiv\w*|zdjęcie|фото|写真|图|摄|攝|사진|صورة|imago|epa|reproduction|credit)\b"
)
_SPEAKING = regex.compile(
    r"(?i)\b(?:told|said|says|reports?|reported|according|laut|sagte|berichtet|selon|según|dijo|informa|сообща\w+|переда[её]т|podał\w*)\b|[?!]"
)
_MARKER = regex.compile(
    r"(?i)^\W*(?:(?:written |story |reported |posted |published |submitted )?by|from|von|par|por|di|da|do|dal|dalla|door|af|av|text|texte|tekst|autor(?:ka|in|en)?|autores?|auteurs?"
    r"|author|автор|текст|haber|muhabir|reporter|redaktion|piš[eu]|napsal[ai]?|oprac(?:owa\p{L}+|\.)?|opr\.|skriver|szerző|írta|kirjoittaja|teksti|penulis|oleh|pewarta"
    r"|пише|автори|аутор|пиш[уе]т?|подготови\p{L}+|كتبت?|إعداد|מאת|लेखक|द्वारा)\s*:?\s+"
)
# How a line begins that is signed: words that no heading and no picture's credit begins with.
_SIGNED = regex.compile(
    r"(?:By|BY|Von|VON|Par|Por|Door|Af|Av|(?:Written|Reported|Story|Words) by|Author:|Autor(?:in|ka|es)?:|Автор:|Auteur\s?:|Text:)\s+\p{Lu}"
)
_MONTH = r"(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|okt|oct|nov|de[cz]|ene|abr|ago|set|out|dic|janv|févr|avr|juin|juil|août|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|sty|lut|kwi|maj|cze|lip|sie|wrz|paź|lis|gru)\p{L}*"
_MOMENT = regex.compile(
    rf"(?i)(?:(?:last )?(?:updated?|published|posted|created|modified|veröffentlicht|aktualisiert|stand|publié|mis à jour|publicado|actualizado|dodano|опубликовано|обновлено)(?: (?:on|at|am|le|el))?\s*:?\s*)?"
    rf"(?:\d{{1,2}}\.?\s+(?:de\s+)?\p{{L}}{{3,14}}\.?,?\s+(?:de\s+)?(?:19|20)\d\d|\d{{1,4}}\s?[./年-]\s?\d{{1,2}}\s?[./月-]\s?\d{{1,4}}日?|{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?(?:\s+\d{{4}})?|\d{{1,2}}\.?\s+(?:de\s+)?{_MONTH}\.?(?:,?\s+(?:de\s+)?\d{{4}})?"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:today|yesterday)\b"
    r"|\b\d{1,2}[:.h]\d{2}(?::\d{2})?(?:\s*(?:a\.?m\.?|p\.?m\.?|uhr))?(?:\s*(?:e[sd]?t|p[sd]?t|c[sd]?t|gmt|utc|bst|cest?|ist))?\b|\b(?:19|20)\d\d\b)"
)
_BETWEEN_PARTS = regex.compile(r"\s*[|/,;·•–—&+]\s*|\s+[-.]\s+|\s+(?:und|and|et|y|e|with|mit|avec|con|com|met|med|for|para|für|pour)\s+")
_BETWEEN_NAMES = regex.compile(r"(?i)\s+(?:and|und|et|with|avec|mit)\s+|\s*[;/|&]\s*")
_NAME = regex.compile(
    r"(?:(?:[\p{Lu}\p{Lt}\p{Lo}][\p{L}\p{M}.'’ʼ-]*|de|del|della|di|da|do|dos|das|du|des|van|von|der|den|la|le|les|el|al|bin|abu|st)\s*)+"
)
# Initials and short names: wre, TP, I.F., Fe.
_STAFF = regex.compile(r"[\p{Ll}.]{1,6}|[\p{Lu}.]{1,6}|\p{L}{1,3}\.?")
_CHAIN = regex.compile(r"[^|,;]+")
# An agency alone, with its person or what that person is before it, with its desk, its place or the like behind it.
_AGENCY_PART = regex.compile(
    rf"(?:(?i:reporter(?:in)?|rep[óo]rter(?:es)?|correspondent|correspondente|corresponsal|correspondante?|corrispondente|korrespondent(?:in)?|enviad[oa] especial|envoyée? spéciale?|inviat[oa]|redactora?|journaliste?|корреспондент|кореспондент)\s+)?"
    rf"(?P<person>(?:\p{{Lu}}[\p{{L}}.'’-]*\s+){{1,4}})?(?:(?:the|die|der|des|la|l['’]|de l['’]|de la|de|du|d[ao]|dell['’]|della|agencia|agência|agence|agenzia|agencja|agentur|агентство|redazione|redacción|redaktion|of the|of|from)\s*)?{AGENCY}"
    rf"(?:\s*\(?{AGENCY}\)?)?(?:['’]s)?"
    r"(?:\s+(?i:staff|desk|newsroom|news agency|news|online|health|sports?|wire|international|editorial|agency|agentur|ae|αε)){0,3}"
    r"(?:\s+(?i:(?:\p{L}+\s+){0,3}(?:writers?|reporters?|correspondents?|editors?|bureau|staff)))?"
    r"(?:\s+(?:in|aus|à|en|from)\s+\p{Lu}[\p{L}\s.-]{1,30}|\s+\(\p{Lu}[\p{L}\s.'’-]{1,30}\)?)?"
)
_NOTHING = regex.compile(
    r"(?i)(?:[\d\s.:%-]+|(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)|ist|staff|reporter|writer|editor|correspondent|contributor|redaktion|redakcja|redacción|agencias?|agencies|agences|agenturen|agencje|staff writer|special"
    r"|(?:medical|science|business|sports?|political|health) writer|in|am|pm|et|gmt|uhr|news|online|\d+ (?:min(?:ute)?s?|hours?|hrs?|h|days?) (?:ago|read)|ago|read|comments?|\(?\d+\)?)"
)
