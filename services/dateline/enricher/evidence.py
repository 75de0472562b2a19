"""What the lines of an article say of its origin: each rule held against the lines in its places."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import regex
from ahocorasick_rs import AhoCorasick

from dateline.enricher.bylines import read_byline
from dateline.enricher.domains import registrable_domain
from dateline.enricher.rules import AGENCY, rule_book, shape_of
from dateline.enricher.words import folded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

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
    """What is known before the lines are read: the article's language (a primary subtag), its publisher's country, domain and names."""

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
    groups: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.line.text[self.start : self.end]


def find_evidence(lines: Iterable[tuple[Line, Sequence[Found]]], where: Where) -> list[Finding]:
    """All findings in lines that come with the names of agencies in them; in the order of the lines and the rules."""
    placed = [(line, found, places) for line, found in lines if (places := _places(line))]
    hinted = _lines_with_hints([line.text for line, _, _ in placed])
    findings: list[Finding] = []
    for number, (line, found, places) in enumerate(placed):
        if found or number in hinted:
            findings += _in_line(line, found, places, where)
    return findings


def _places(line: Line) -> tuple[Place, ...]:
    match line.zone:
        case "above":
            return ("above", "disclaimer") if line.kind == "republication_disclaimer" else ("above",)
        case "over":
            return ("over",)
        case "body":
            opening: tuple[Place, ...] = ("opening",) if line.number == 0 else ()
            lead: tuple[Place, ...] = ("lead",) if line.number < LEAD_PARAGRAPHS else ()
            byline: tuple[Place, ...] = ("above",) if line.is_short and line.number < BYLINE_PARAGRAPHS else ()
            close: tuple[Place, ...] = ("close",) if line.left < CLOSING_PARAGRAPHS else ()
            return (*opening, *lead, *byline, *close)
        case "below":
            tail: tuple[Place, ...] = ("tail",) if line.number <= TAIL_LINES and line.is_last else ()
            return ("below", *tail, "disclaimer") if line.kind == "republication_disclaimer" else ("below", *tail)
        case "declared":
            return (line.name,) if line.name else ()
        case _:
            return ()


class _Window(NamedTuple):
    """A part of a line, beginning at `start` of it, as its shape and with the agencies named in it, their places counted in the part."""

    line: Line
    start: int
    shape: Shape
    named: Sequence[Found]


class _Match(NamedTuple):
    """Where in a shape a rule holds, the name of a publisher in no list, the pattern's groups, and whether others worked on it too."""

    start: int
    end: int
    name: str | None = None
    groups: Mapping[str, str] = MappingProxyType({})
    is_compiled: bool = False


def _in_line(line: Line, found: Sequence[Found], places: Sequence[Place], where: Where) -> Iterator[Finding]:
    for start, end, here in _cuts(line, places):
        named = [one._replace(start=one.start - start, end=one.end - start) for one in found if start <= one.start and one.end <= end]
        text = line.text[start:end]
        hints = _hints_in(text)
        if named or hints:
            window = _Window(line, start, shape_of(text, named), named)
            for rule in _rules(here, hints, named=bool(named)):
                finding = _held_against(rule, window, where)
                if finding is not None:
                    yield finding


def _cuts(line: Line, places: Sequence[Place]) -> Iterator[tuple[int, int, Sequence[Place]]]:
    """The whole of a line, or the beginning and the end of a long one, each with the places that it is in."""
    length = len(line.text)
    if length <= 2 * WINDOW_CHARACTERS:
        yield 0, length, places
    else:
        yield 0, WINDOW_CHARACTERS, [place for place in places if place not in _AT_THE_END]
        yield length - WINDOW_CHARACTERS, length, [place for place in places if place not in _AT_THE_BEGINNING]


def _rules(places: Sequence[Place], hints: set[str], *, named: bool) -> Iterator[Rule]:
    """The rules for these places, each once."""
    book = rule_book()
    seen: set[str] = set()
    for place in places:
        for rule in (*(book.named[place] if named else ()), *(book.free[place] if hints else ())):
            if rule.id not in seen and (not rule.hints or not hints.isdisjoint(rule.hints)):
                seen.add(rule.id)
                yield rule


def _held_against(rule: Rule, window: _Window, where: Where) -> Finding | None:
    """What the rule finds by the first of its matches that names somebody, or needs nobody."""
    shape = window.shape
    if rule.kind == "copyright" and len({agency.id for one in window.named for agency in one.agencies}) > 1:
        return None  # whoever lists several holders of rights speaks of the whole site
    for match in _matches(rule, window, where):
        first, last = shape.places[match.start], shape.places[match.end]
        inside = [one for one in window.named if first <= one.start < last]
        borne = tuple(_borne(rule, inside, window, where))
        if borne or match.name or (rule.says == "support" and not inside):
            several = match.is_compiled or len({agency.id for agency, _ in borne}) > 1
            relation = rule.relation or ("compiled" if several else "republication")
            start, end, name = first + window.start, last + window.start, None if borne else match.name
            return Finding(rule, window.line, start, end, borne, name, relation, match.groups)
    return None


def _borne(rule: Rule, inside: Sequence[Found], window: _Window, where: Where) -> Iterator[tuple[Agency, Found]]:
    """The agencies that the names mean here, with the names' places in the line."""
    for one in inside:
        agency = one.agency(where.language, where.country)
        if agency is not None and _holds(rule, agency, one, window.shape, where):
            yield agency, one._replace(start=one.start + window.start, end=one.end + window.start)


def _matches(rule: Rule, window: _Window, where: Where) -> Iterator[_Match]:
    text = window.shape.text
    match rule.form:
        case "byline":
            line = window.line
            doubtful = line.below_caption or line.zone == "over"
            byline = read_byline(text, where.houses, is_field=line.zone == "declared", is_doubtful=doubtful)
            if byline is not None:
                yield _Match(*_trimmed(text, 0, len(text)), is_compiled=byline.is_compiled)
        case "address" | "portal":
            name = _elsewhere(text, where)
            if name and (rule.form == "address" or where.domain in PORTALS):
                yield _Match(0, len(text), name)
        case "pattern":
            yield from _pattern_matches(rule, text)


def _elsewhere(text: str, where: Where) -> str | None:
    """The name, or else the domain, of the publisher at an address that is not this one's."""
    name, _, address = text.rpartition(" ")
    domain = registrable_domain(address)
    return (name or domain) if domain and where.domain and domain != where.domain else None


def _pattern_matches(rule: Rule, text: str) -> Iterator[_Match]:
    for pattern in rule.patterns:
        found = pattern.search(text)
        if found is not None:
            groups = {key: value for key, value in found.groupdict().items() if value}
            start, end = found.span("said") if "said" in groups else _trimmed(text, *found.span())
            name = _publisher_name(groups["name"]) if "name" in groups else None
            yield _Match(start, end, name, groups, _is_compiled(text[start:end]))


def _publisher_name(said: str) -> str | None:
    """A publisher's name without articles and issues before it; null for a language, a date, somebody's blog, words without a capital."""
    name = _BEFORE_NAMES.sub("", said.strip(_AROUND_NAMES)).strip(_AROUND_NAMES)
    if _HAN.search(name):
        name = name.split()[0]  # a name in Chinese or Japanese has no spaces; what follows one is its reporter
    is_name = "." in name or any(sign.isalpha() and not sign.islower() for sign in name)
    return name if is_name and not _NO_PUBLISHER.match(name) else None


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


def _lines_with_hints(lines: Sequence[str]) -> set[int]:
    """Which lines hold a hint: few do, and all are looked at in one pass."""
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    _, automaton = _hints()
    return {bisect_right(starts, start) - 1 for _, start, _ in automaton.find_matches_as_indexes(folded("\n".join(lines)))}


def _hints_in(text: str) -> set[str]:
    hints, automaton = _hints()
    return {hints[number] for number, _, _ in automaton.find_matches_as_indexes(folded(text))}


@cache
def _hints() -> tuple[list[str], AhoCorasick]:
    hints = sorted({hint for rule in rule_book().rules for hint in rule.hints})
    return hints, AhoCorasick(hints)


# Codes that stand alone on pages as buttons, tags and headings.
_FURNITURE = frozenset(
    ("RSS", "AA", "PA", "EP", "PC", "CP", "NA", "PL", "MAP", "TAP", "PR", "TT", "NAN", "SPA", "DJ", "APP", "CCTV", "AGI", "AAP", "DIRE")
)
_HAN = regex.compile(r"\p{Han}")
_AT_THE_END = frozenset(("close",))
_AT_THE_BEGINNING = frozenset(("opening", "lead", "above"))
_BESIDE = regex.compile(r"\s*[/,;|&+·•]\s*")
_BEFORE_NAMES = regex.compile(
    r"(?i)(?:the |der |die |das |la |le |el |il |o |a )?"
    r"(?:(?:\p{L}+ )?(?:\d{4} )?(?:issue|edition|ausgabe|número|édition) (?:of|von|de|du) (?:the )?|(?-i:the )(?=\p{L}))"
)
_NO_PUBLISHER = regex.compile(
    r"(?i)(?:my|our|his|her|their|your|this|an?|its|part|print|full|partnership|collaboration|mein|unser|mon|notre|mi|nuestro)\b"
    r"|(?:english|spanish|french|german|arabic|russian|chinese|italian|portuguese|japanese|korean|turkish|dutch|polish|hebrew|hindi|urdu|persian|ukrainian"
    r"|deutsch|englisch|französisch|anglais|français|inglés|español|inglês|português|inglese|italiano)\b\.?\Z"
)
_AROUND_NAMES = " \t.,;:–—-\"'“”„«»‘’"  # noqa: RUF001 - quotes and dashes as printed
