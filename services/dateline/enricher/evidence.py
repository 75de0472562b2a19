"""What the lines of an article say of its origin: each rule held against the lines in its places."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import regex
from ahocorasick_rs import AhoCorasick

from dateline.enricher.bylines import read_byline
from dateline.enricher.domains import registrable_domain
from dateline.enricher.rules import AGENCY, rule_book, shape_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from dateline.enricher.agencies import Agency
    from dateline.enricher.names import Found
    from dateline.enricher.rules import Place, Rule, Shape
    from dateline.enricher.zones import Line
    from dateline.events import Relation

__all__ = ["Finding", "Where", "find_evidence"]

# What opens a report stands in its first paragraphs; editors put boxes and standfirsts before it.
LEAD_PARAGRAPHS = 6
CLOSING_PARAGRAPHS = 2
# A byline or a source line may stand among the first two.
BYLINE_PARAGRAPHS = 2
TAIL_LINES = 3
# A credit is found in what a line begins or ends with; a line twice as long is looked at there only.
WINDOW_CHARACTERS = 600

# They show other publishers' articles whole and name the article's own page as canonical; elsewhere another host there is a sister title.
PORTALS = frozenset(("msn.com", "yahoo.com", "aol.com", "newsbreak.com", "smartnews.com", "flipboard.com"))


class Where(NamedTuple):
    """What is known of the article before its lines are read: its language (a primary subtag), the publisher's country, domain and names."""

    language: str | None = None
    country: str | None = None
    domain: str | None = None
    houses: Collection[str] = ()


class Finding(NamedTuple):
    """What one rule found in one line: whose report that makes it, and where the words that say so stand in the line.

    `agencies` with the place of each name, `name` of a publisher that is in no list; `groups` is what else the pattern took apart.
    """

    rule: Rule
    line: Line
    start: int
    end: int
    agencies: tuple[tuple[Agency, Found], ...]
    name: str | None
    relation: Relation | None
    groups: dict[str, str]

    @property
    def text(self) -> str:
        return self.line.text[self.start : self.end]


def find_evidence(lines: Iterable[tuple[Line, Sequence[Found]]], where: Where) -> list[Finding]:
    """All findings in lines that come with the names of agencies in them; in the order of the lines and the rules."""
    findings: list[Finding] = []
    for line, found in lines:
        places = _places(line)
        if places:
            findings += _in_line(line, found, places, where)
    return findings


def _places(line: Line) -> tuple[Place, ...]:
    match line.zone:
        case "above":
            return ("above", "disclaimer") if line.kind == "republication_disclaimer" else ("above",)
        case "body":
            places: list[Place] = []
            if line.number < LEAD_PARAGRAPHS:
                places += ["lead", *["above"] * (line.is_short and line.number < BYLINE_PARAGRAPHS)]
            if line.left < CLOSING_PARAGRAPHS:
                places += ["close"]
            return tuple(places)
        case "below":
            places = ["below", *["tail"] * (line.number <= TAIL_LINES and line.is_last)]
            return (*places, "disclaimer") if line.kind == "republication_disclaimer" else tuple(places)
        case "declared":
            return (line.name,) if line.name else ()
        case _:
            return ()


def _in_line(line: Line, found: Sequence[Found], places: Sequence[Place], where: Where) -> Iterator[Finding]:
    for start, end, here in _windows(line, places):
        text = line.text[start:end]
        named = [one._replace(start=one.start - start, end=one.end - start) for one in found if start <= one.start and one.end <= end]
        hints = _hints_in(text)
        if named or hints:
            shape = shape_of(text, named)
            for rule in _rules(here, hints, named=bool(named)):
                yield from _held_against(rule, shape, named, line, start, where)


def _windows(line: Line, places: Sequence[Place]) -> Iterator[tuple[int, int, Sequence[Place]]]:
    """The whole of a line, or the beginning and the end of a long one, each with the places that it is in."""
    length = len(line.text)
    if length <= 2 * WINDOW_CHARACTERS:
        yield 0, length, places
    else:
        yield 0, WINDOW_CHARACTERS, [place for place in places if place not in _AT_THE_END]
        yield length - WINDOW_CHARACTERS, length, [place for place in places if place not in _AT_THE_BEGINNING]


def _rules(places: Sequence[Place], hints: set[str], *, named: bool) -> Iterator[Rule]:
    """The rules for these places, each once."""
    book, seen = rule_book(), set()
    for place in places:
        for rule in (*(book.named[place] if named else ()), *(book.free[place] if hints else ())):
            if rule.id not in seen and (not rule.hints or not hints.isdisjoint(rule.hints)):
                seen.add(rule.id)
                yield rule


def _held_against(rule: Rule, shape: Shape, found: Sequence[Found], line: Line, offset: int, where: Where) -> Iterator[Finding]:
    for start, end, name, groups, is_compiled in _matches(rule, shape, line, where):
        if rule.kind == "copyright" and len({agency.id for one in found for agency in one.agencies}) > 1:
            return  # whoever lists several holders of rights speaks of the whole site
        first, last = shape.places[start], shape.places[end]
        named = [one for one in found if first <= one.start < last]
        borne = tuple(
            (agency, one._replace(start=one.start + offset, end=one.end + offset))
            for one in named
            if (agency := one.agency(where.language)) and _holds(rule, agency, one, shape, where)
        )
        if borne or name or (rule.says == "support" and not named):
            relation = rule.relation or ("compiled" if is_compiled or len({agency.id for agency, _ in borne}) > 1 else "republication")
            yield Finding(rule, line, first + offset, last + offset, borne, None if borne else name, relation, groups)
            return


def _matches(rule: Rule, shape: Shape, line: Line, where: Where) -> Iterator[tuple[int, int, str | None, dict[str, str], bool]]:
    match rule.form:
        case "byline":
            byline = read_byline(shape.text, where.houses, below_caption=line.below_caption)
            if byline is not None:
                yield 0, len(shape.text), None, {}, byline.is_compiled
        case "address" | "portal":
            name = _elsewhere(line.text, where)
            if name and (rule.form == "address" or where.domain in PORTALS):
                yield 0, len(shape.text), name, {}, False
        case "pattern":
            yield from _pattern_matches(rule, shape)


def _elsewhere(text: str, where: Where) -> str | None:
    """The name, or else the domain, of the publisher at an address that is not this one's."""
    name, _, address = text.rpartition(" ")
    domain = registrable_domain(address)
    return (name or domain) if domain and where.domain and domain != where.domain else None


def _pattern_matches(rule: Rule, shape: Shape) -> Iterator[tuple[int, int, str | None, dict[str, str], bool]]:
    for pattern in rule.patterns:
        match = pattern.search(shape.text)
        if match is None:
            continue
        groups = {key: value for key, value in match.groupdict().items() if value}
        start, end = match.span("said") if groups.get("said") else _trimmed(shape.text, *match.span())
        name = groups.get("name", "").strip(_AROUND_NAMES) or None
        yield start, end, name, groups, _is_compiled(shape.text[start:end])


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    said = text[start:end]
    return start + len(said) - len(said.lstrip()), end - len(said) + len(said.rstrip())


def _holds(rule: Rule, agency: Agency, found: Found, shape: Shape, where: Where) -> bool:
    """Whether a code that means other things too counts here."""
    if found.is_sure or found.written not in agency.homonyms:
        return True
    match rule.homonyms:
        case "spoken":
            return where.language in agency.languages
        case "local" if shape.text.strip() == AGENCY:
            return agency.country == where.country if where.country else found.written.isupper() and found.written not in _FURNITURE
        case "local":
            return where.language in agency.languages
        case "never":
            return False


def _is_compiled(said: str) -> bool:
    """Whether somebody else, a house or initials, stands beside the agency."""
    parts = _BESIDE.split(said.rpartition(":")[2] if ":" in said else said)
    return any(AGENCY not in part and any(map(str.isalpha, part)) for part in parts) and any(AGENCY in part for part in parts)


def _hints_in(text: str) -> set[str]:
    hints, automaton = _hints()
    return {hints[number] for number, _, _ in automaton.find_matches_as_indexes(text.lower())}


@cache
def _hints() -> tuple[list[str], AhoCorasick]:
    hints = sorted({hint for rule in rule_book().rules for hint in rule.hints})
    return hints, AhoCorasick(hints)


# Codes that stand alone on pages as buttons, tags and headings.
_FURNITURE = frozenset(("RSS", "AA", "PA", "EP", "PC", "CP", "NA", "PL", "MAP", "TAP", "PR", "TT", "NAN", "SPA", "DJ", "APP", "CCTV", "AGI", "AAP", "DIRE"))
_AT_THE_END = frozenset(("close",))
_AT_THE_BEGINNING = frozenset(("lead", "above"))
_BESIDE = regex.compile(r"\s*[/,;|&+·•]\s*")
_AROUND_NAMES = " \t.,;:–—-\"'“”„«»‘’"  # noqa: RUF001 - quotes and dashes as printed
