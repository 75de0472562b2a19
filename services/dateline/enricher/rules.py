"""The rules of attribution: which words, in which place, say whose report an article is. They are data, with examples that are tests."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import msgspec
import regex
import yaml
from msgspec import Struct

from dateline.events import Relation  # noqa: TC001 - msgspec reads the annotations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dateline.enricher.names import Found

__all__ = ["AGENCY", "Example", "Place", "Rule", "RuleBook", "Shape", "rule_book", "shape_of"]

# Stands for the name of an agency in the line that a rule's pattern is held against: a code point that no text uses.
AGENCY = "\ue000"

# Where codes that mean other things too count: where the agency writes in the article's language, or alone on a line where it is at home
# in the publisher's country, or nowhere.
Homonyms = Literal["spoken", "local", "never"]
# How a rule reads its line: by its patterns, word by word as a byline, as an address of another publisher, as that of a portal's source.
Form = Literal["pattern", "byline", "address", "portal"]
# origin: the report is theirs · contribution: they helped · support: it speaks for an origin that is named elsewhere
Says = Literal["origin", "contribution", "support"]
Place = Literal[
    "over", "above", "opening", "lead", "close", "tail", "below", "disclaimer", "author", "source", "source_address", "canonical"
]


class Example(Struct, frozen=True, kw_only=True):
    """A line, and the agencies or the other publisher that the rule finds in it; none at all for one that it must pass over."""

    line: str
    origins: tuple[str, ...] = ()
    name: str | None = None
    says: str | None = None


class _Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule as it is written."""

    id: str
    kind: str
    places: tuple[Place, ...]
    weight: float
    patterns: tuple[str, ...] = ()
    form: Form = "pattern"
    hints: tuple[str, ...] = ()
    says: Says = "origin"
    role: str = "origin"
    relation: Relation | None = None
    homonyms: Homonyms = "spoken"
    examples: tuple[Example, ...] = ()


class Rule(NamedTuple):
    """A rule ready for use. `weight` is how much it proves alone; `role` what its words prove; null `relation` says nothing.

    `hints`: a line without one of these, in small letters, need not be held against its patterns; none where it wants an agency's name.
    """

    id: str
    kind: str
    places: frozenset[Place]
    weight: float
    patterns: tuple[regex.Pattern[str], ...]
    form: Form
    hints: tuple[str, ...]
    says: Says
    role: str
    relation: Relation | None
    homonyms: Homonyms
    examples: tuple[Example, ...]


class RuleBook(NamedTuple):
    """All rules; `named` are those that want an agency's name in the line, `free` those that do not; `digest` names this edition."""

    rules: tuple[Rule, ...]
    named: Mapping[Place, tuple[Rule, ...]]
    free: Mapping[Place, tuple[Rule, ...]]
    digest: str


class Shape(NamedTuple):
    """A line with one sign for each name of an agency, and where each of its code points stood; one more for the end."""

    text: str
    places: Sequence[int]


def shape_of(line: str, found: Sequence[Found]) -> Shape:
    """The line as patterns see it."""
    parts: list[str] = []
    places: list[int] = []
    start = 0
    for one in found:
        parts += [line[start : one.start].replace(AGENCY, " "), AGENCY]
        places += [*range(start, one.start), one.start]
        start = one.end
    parts.append(line[start:].replace(AGENCY, " "))
    places += range(start, len(line) + 1)
    return Shape("".join(parts), places)


@cache
def rule_book() -> RuleBook:
    """The rules that ship with the program."""
    source = files(__package__).joinpath("attribution_rules.yaml").read_bytes()
    content = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - the safe loader, in C where there is one
    macros = {name: "|".join(value) if isinstance(value, list) else value for name, value in content["macros"].items()}
    rules = tuple(_rule(written, macros) for written in msgspec.convert(content["rules"], list[_Rule]))
    named = {place: tuple(rule for rule in rules if place in rule.places and not rule.hints) for place in get_args(Place)}
    free = {place: tuple(rule for rule in rules if place in rule.places and rule.hints) for place in get_args(Place)}
    return RuleBook(rules, named, free, hashlib.blake2b(source, digest_size=4).hexdigest())


def _rule(written: _Rule, macros: Mapping[str, str]) -> Rule:
    patterns = tuple(regex.compile(_expanded(pattern, macros), regex.V1) for pattern in written.patterns)
    return Rule(
        id=written.id,
        kind=written.kind,
        places=frozenset(written.places),
        weight=written.weight,
        patterns=patterns,
        form=written.form,
        hints=written.hints,
        says=written.says,
        role=written.role,
        relation=written.relation,
        homonyms=written.homonyms,
        examples=written.examples,
    )


def _expanded(pattern: str, macros: Mapping[str, str]) -> str:
    """The pattern with its macros, `<name>`, put in; macros may hold others."""
    while (found := _MACRO.search(pattern)) is not None:
        name = found["name"]
        pattern = pattern[: found.start()] + (AGENCY if name == "A" else f"(?:{macros[name]})") + pattern[found.end() :]
    return pattern


_MACRO = regex.compile(r"(?<!\(\?P|\(\?)<(?P<name>[A-Za-z_]+)>")
