"""Which events are wanted: conditions such as `language=en` or `text~harbour`, all of which must hold.

    field=value    is; of a language also its regions and scripts, of a text that it holds these words in a row
    field!=value   is not
    field~value    holds the word, or matches the regular expression, in any case
    field>=value   is at least; for times and numbers

An empty value stands for none: `origin=` holds where no origin is named. Conditions are about the fields of a news event; of other
messages those are read that mean the same.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import regex

from dateline.errors import Unmatchable
from dateline.events import NewsEvent, NewsStory, Relation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# An honest pattern takes microseconds; one that backtracks without end would hold up a partition for ever. For all patterns and texts of
# an event together.
PATTERN_SECONDS = 1.0
_EXPRESSION = regex.compile(r"\s*([\w.-]*?)\s*(!=|>=|~|=)(.*)", regex.DOTALL)
# Letters, digits and what stands inside names; anything else is meant as a pattern.
_WORDS = regex.compile(r"[\w\s'\u2019-]+")
# Scripts that put no space between words, so that a word has no edges to look for.
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")


# Whether a condition holds for what stands in its field; only patterns ask when to stop (a moment of time.monotonic).
Test = Callable[[Sequence[Any], float], bool]


class BadCondition(ValueError):
    """A condition that cannot be read; the text says what is wrong and what would be right."""


def _choices(kind: type, field: str) -> tuple[str, ...]:
    return get_args(get_type_hints(kind)[field])


@dataclass(frozen=True)
class Field:
    """What may be asked of an event: where it stands, in news and in other messages, and how it is compared."""

    kind: str
    paths: tuple[str, ...]
    choices: tuple[str, ...] = ()


FIELDS: Mapping[str, Field] = {
    "language": Field("language", ("language", "language.tag")),
    "publisher": Field(
        "name",
        ("publisher.name", "publisher.domain", "attribution.publisher.name", "attribution.publisher.domain", "feed.publisher.name"),
    ),
    "origin": Field("name", ("origins.name", "origins.id", "attribution.origins.name", "attribution.origins.id")),
    "relation": Field("choice", ("relation", "attribution.relation"), get_args(Relation)),
    "role": Field("choice", ("story.role", "role"), _choices(NewsStory, "role")),
    "labels": Field("name", ("feed.labels", "labels")),
    "text": Field(
        "text",
        (
            *("headline", "summary", "body"),
            *("text.headline", "text.summary", "text.body"),
            *("entry.title", "entry.summary", "entry.content"),
        ),
    ),
    "status": Field("choice", ("status",), _choices(NewsEvent, "status")),
    "published": Field("time", ("published_at",)),
    "seen": Field("time", ("first_seen_at",)),
    "copies": Field("number", ("story.copies", "copies")),
    "words": Field("number", ("word_count", "text.word_count")),
    "confidence": Field("number", ("origins.confidence", "attribution.origins.confidence")),
}
_ALIASES = {"label": "labels", "storyrole": "role", "publisherdomain": "publisher", "publishedat": "published", "firstseenat": "seen"}


@dataclass(frozen=True)
class Condition:
    """One condition, ready to be asked of events."""

    text: str
    paths: tuple[str, ...]
    holds: Test

    def __call__(self, event: Mapping[str, Any], until: float) -> bool:
        """Whether it holds for an event, as decoded from JSON. Raises Unmatchable where its pattern is not done by then."""
        values = [value for path in self.paths for value in _at(event, path.split("."))]
        try:
            return self.holds(values, until)
        except TimeoutError as error:
            raise Unmatchable(
                f"{self.text!r} takes longer than {PATTERN_SECONDS:g} s at this text; write the pattern more simply"
            ) from error


@dataclass(frozen=True)
class Match:
    """Conditions of which all must hold; none at all lets everything pass."""

    conditions: tuple[Condition, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.conditions)

    def __call__(self, event: Mapping[str, Any]) -> bool:
        """Whether an event is wanted. Raises Unmatchable where its patterns take too long; other threads run on meanwhile."""
        until = time.monotonic() + PATTERN_SECONDS
        return all(condition(event, until) for condition in self.conditions)


def parse(expressions: Sequence[str]) -> Match:
    """Conditions as they are written; BadCondition where one is wrong."""
    return Match(tuple(_condition(expression) for expression in expressions))


def _condition(expression: str) -> Condition:
    found = _EXPRESSION.fullmatch(expression)
    if found is None:
        raise BadCondition(f"{expression!r} is no condition; write one as field=value, field!=value, field~word or field>=value")
    name, operator, value = found[1], found[2], found[3].strip()
    plain = name.lower().replace("_", "").replace(".", "").replace("-", "")
    field = FIELDS.get(_ALIASES.get(plain, plain))
    if field is None:
        raise BadCondition(f"{expression!r}: there is no field {name!r}; fields are {', '.join(FIELDS)}")
    return Condition(expression, field.paths, _test(expression, field, operator, value))


def _test(expression: str, field: Field, operator: str, value: str) -> Test:
    match operator:
        case "~":
            return _pattern(expression, field, value)
        case ">=":
            return _at_least(expression, field, value)
        case "!=":
            is_it = _equals(expression, field, value)
            return lambda values, until: not is_it(values, until)
        case _:
            return _equals(expression, field, value)


def _equals(expression: str, field: Field, value: str) -> Test:
    if not value:
        return lambda values, _: not values
    wanted = value.casefold()
    match field.kind:
        case "language":
            return lambda values, _: any(tag == wanted or tag.startswith(f"{wanted}-") for tag in _folded(values))
        case "text":
            return lambda values, _: any(wanted in text for text in _folded(values))
        case "number" | "time":
            exactly = _measured(expression, field.kind, value)
            return lambda values, _: exactly in _measures(values, field.kind)
        case "choice" if wanted not in field.choices:
            raise BadCondition(f"{expression!r}: it is never {value!r}; it is one of {', '.join(field.choices)}")
        case _:
            return lambda values, _: wanted in _folded(values)


def _at_least(expression: str, field: Field, value: str) -> Test:
    if field.kind not in ("number", "time"):
        ordered = ", ".join(name for name, one in FIELDS.items() if one.kind in ("number", "time"))
        raise BadCondition(f"{expression!r}: >= is for times and numbers: {ordered}")
    least = _measured(expression, field.kind, value)
    return lambda values, _: any(measure >= least for measure in _measures(values, field.kind))


def _pattern(expression: str, field: Field, value: str) -> Test:
    if field.kind in ("number", "time"):
        raise BadCondition(f"{expression!r}: ~ is for words; compare times and numbers with = or >=")
    if not value:
        raise BadCondition(f"{expression!r}: which word or pattern?")
    try:
        pattern = regex.compile(_words_as_pattern(value) if _WORDS.fullmatch(value) else value, regex.IGNORECASE)
    except regex.error as error:
        raise BadCondition(f"{expression!r}: not a regular expression: {error}") from error
    return lambda values, until: any(_found(pattern, text, until) for text in values if isinstance(text, str))


def _found(pattern: regex.Pattern[str], text: str, until: float) -> bool:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return pattern.search(text, timeout=left, concurrent=True) is not None


def _words_as_pattern(words: str) -> str:
    """A pattern for whole words, whatever spaces stand between them; parts of words too where a script puts no spaces."""
    inner = r"\s+".join(regex.escape(word) for word in words.split())
    return inner if _UNSPACED.search(words) else rf"(?<!\w){inner}(?!\w)"


def _folded(values: Sequence[Any]) -> list[str]:
    return [value.casefold() for value in values if isinstance(value, str)]


def _measured(expression: str, kind: str, value: str) -> float:
    """A number, or the Unix seconds of a time."""
    try:
        return _seconds(value) if kind == "time" else float(value)
    except ValueError as error:
        right = "a time such as 2026-01-31 or 2026-01-31T12:00:00Z" if kind == "time" else "a number"
        raise BadCondition(f"{expression!r}: {value!r} is not {right}") from error


def _measures(values: Sequence[Any], kind: str) -> Iterator[float]:
    for value in values:
        if kind == "number" and isinstance(value, int | float):
            yield value
        elif kind == "time" and isinstance(value, str):
            with contextlib.suppress(ValueError):
                yield _seconds(value)


def _seconds(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _at(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """What stands at the end of a path, in each element where a list is on the way; nothing where there is nothing."""
    if isinstance(value, list):
        for element in value:
            yield from _at(element, path)
    elif not path:
        if value is not None and not isinstance(value, dict):
            yield value
    elif isinstance(value, dict):
        yield from _at(value.get(path[0]), path[1:])
