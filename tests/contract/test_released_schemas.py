"""A released contract is frozen: what was released, and what is written now, can be read by readers of both."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from compatibility import breaks, places
from contract_files import SCHEMAS, example, examples, faults, kind_of, rules_of

from dateline import schemas
from dateline.events import TYPES, NewsEvent, decode

if TYPE_CHECKING:
    from collections.abc import Callable

NEWS = "io.dateline.news.v1"
# What was released stays as it was; a release adds a folder and its line here: sha256 over names and contents, in order of names.
FROZEN = {"0.1.0": "933bf9264da35106"}
RELEASED = sorted(path.parent.name for path in (SCHEMAS / "released").glob(f"*/{NEWS}.schema.json"))


def released(version: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / "released" / version / f"{NEWS}.schema.json").read_text(encoding="utf-8"))
    return found


def released_examples(version: str) -> dict[str, Any]:
    folder = SCHEMAS / "released" / version / "examples"
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def test_there_is_a_released_contract_with_an_event_of_every_kind() -> None:
    assert RELEASED
    for version in RELEASED:
        events = list(released_examples(version).values())
        assert {event["status"] for event in events} == {"usable", "withheld", "canceled"}
        assert {event["story"]["role"] for event in events} >= {"first", "duplicate", "revision"}


def test_nothing_that_was_released_has_changed() -> None:
    assert {version: digest(version) for version in RELEASED} == FROZEN


def digest(version: str) -> str:
    folder = SCHEMAS / "released" / version
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(str(path.relative_to(folder)).encode() + path.read_bytes() for path in files)).hexdigest()[:16]


@pytest.mark.parametrize("version", RELEASED)
def test_the_contract_of_today_breaks_nobody(version: str) -> None:
    assert breaks(released(version), rules_of(NEWS)) == []


@pytest.mark.parametrize("version", RELEASED)
@pytest.mark.parametrize("name", [name for name in examples() if kind_of(name) == NEWS])
def test_old_readers_read_new_events(version: str, name: str) -> None:
    assert faults(example(name), released(version)) == []


@pytest.mark.parametrize(("version", "name"), [(version, name) for version in RELEASED for name in released_examples(version)])
def test_new_readers_read_old_events(version: str, name: str) -> None:
    event = released_examples(version)[name]
    assert faults(event, rules_of(NEWS)) == []
    assert decode(json.dumps(event).encode(), NewsEvent).id == event["id"]


# ── it has teeth ─────────────────────────────────────────────────────────────────────────────────────────────────────


def definition(schema: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = schema if schema["title"] == name else schema["$defs"][name]
    return found


def rename(schema: dict[str, Any], kind: str, field: str, to: str) -> None:
    part = definition(schema, kind)
    part["properties"] = {to if name == field else name: rules for name, rules in part["properties"].items()}
    part["required"] = [to if name == field else name for name in part["required"]]


def remove(schema: dict[str, Any], kind: str, field: str) -> None:
    part = definition(schema, kind)
    del part["properties"][field]
    part["required"].remove(field)


def add(schema: dict[str, Any], kind: str, field: str, *, required: bool) -> None:
    part = definition(schema, kind)
    part["properties"][field] = {"description": "New.", "anyOf": [{"type": "string"}, {"type": "null"}]}
    part["required"] += [field] * required


def rule(schema: dict[str, Any], kind: str, field: str, **changes: Any) -> None:
    definition(schema, kind)["properties"][field].update(changes)


BREAKING: dict[str, tuple[str, Callable[[dict[str, Any]], None]]] = {
    "a field is renamed": ("headline is gone", lambda schema: rename(schema, "NewsEvent", "headline", "title")),
    "a field deep inside is renamed": ("story.of is gone", lambda schema: rename(schema, "NewsStory", "of", "original")),
    "a field is removed": ("copyright is gone", lambda schema: remove(schema, "NewsEvent", "copyright")),
    "a field of what lists hold is removed": ("origins[].evidence[].text is gone", lambda schema: remove(schema, "Evidence", "text")),
    "a new field is required": ("mood is new and required", lambda schema: add(schema, "NewsEvent", "mood", required=True)),
    "a new field inside is required": ("feed.mood is new and required", lambda schema: add(schema, "NewsFeed", "mood", required=True)),
    "a field may be missing": ("body: may be missing", lambda schema: definition(schema, "NewsEvent")["required"].remove("body")),
    "a field may no longer be null": ("summary: ", lambda schema: definition(schema, "NewsEvent")["properties"]["summary"]["anyOf"].pop()),
    "a field may be null": (
        "word_count: ",
        lambda schema: rule(schema, "NewsEvent", "word_count", anyOf=[{"type": "integer"}, {"type": "null"}]),
    ),
    "a number becomes a string": ("revision: ", lambda schema: rule(schema, "NewsEvent", "revision", type="string")),
    "a bound is narrowed": ("word_count: ", lambda schema: rule(schema, "NewsEvent", "word_count", minimum=1)),
    "a value is added that old readers refuse": (
        "status: ",
        lambda schema: definition(schema, "NewsEvent")["properties"]["status"]["enum"].append("embargoed"),
    ),
    "a value is gone that old events have": (
        "relation: ",
        lambda schema: definition(schema, "NewsEvent")["properties"]["relation"]["enum"].remove("compiled"),
    ),
    "an id has another form": ("id: ", lambda schema: rule(schema, "NewsEvent", "id", pattern="^[0-9]+$")),
    "an object closes itself to new fields": (
        "story: ",
        lambda schema: definition(schema, "NewsStory").update(additionalProperties=False),
    ),
}


@pytest.mark.parametrize(("sentence", "change"), BREAKING.values(), ids=BREAKING)
def test_a_change_that_breaks_a_reader_is_named(sentence: str, change: Callable[[dict[str, Any]], None]) -> None:
    changed = deepcopy(rules_of(NEWS))
    change(changed)
    assert any(found.startswith(sentence) for found in breaks(rules_of(NEWS), changed))


def test_a_field_that_becomes_required_is_named() -> None:
    older, newer = deepcopy(rules_of(NEWS)), deepcopy(rules_of(NEWS))
    add(older, "NewsEvent", "mood", required=False)
    add(newer, "NewsEvent", "mood", required=True)
    assert breaks(older, newer) == ["mood: is required now, and older events may lack it"]


@pytest.mark.parametrize("kind", ["NewsEvent", "NewsStory", "Evidence"])
def test_an_optional_field_breaks_nobody(kind: str) -> None:
    changed = deepcopy(rules_of(NEWS))
    add(changed, kind, "mood", required=False)
    assert changed != rules_of(NEWS)
    assert breaks(rules_of(NEWS), changed) == []
    assert faults(example(NEWS), changed) == []


def test_words_may_be_mended() -> None:
    changed = deepcopy(rules_of(NEWS))
    rule(changed, "NewsEvent", "headline", description="Better words.", examples=["Another"])
    assert breaks(rules_of(NEWS), changed) == []


def test_every_field_is_a_place_that_is_compared() -> None:
    found = places(rules_of(NEWS))
    assert {"id", "story.origin.article", "origins[].evidence[].start", "origin.evidence[].text", "keywords[]"} <= found.keys()
    assert all(place.allowed for place in found.values())


def test_a_field_added_to_a_type_is_optional_once_it_is_listed_and_breaks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    later = msgspec.defstruct("NewsEvent", [("mood", str | None, None)], bases=(NewsEvent,), frozen=True, kw_only=True)
    monkeypatch.setitem(TYPES, NEWS, later)
    rules_of.cache_clear()
    try:
        assert [found.split(":")[0] for found in breaks(released("0.1.0"), rules_of(NEWS))] == ["mood is new and required"]
        rules_of.cache_clear()
        monkeypatch.setattr(schemas, "ADDED_LATER", frozenset({"NewsEvent.mood"}))
        assert breaks(released("0.1.0"), rules_of(NEWS)) == []
        assert decode(json.dumps(example(NEWS)).encode(), later).mood is None
    finally:
        rules_of.cache_clear()
