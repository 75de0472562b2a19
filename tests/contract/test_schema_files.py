"""The schemas are what the types say, and say enough."""

from __future__ import annotations

import shutil
from typing import Any

import msgspec
import pytest
from contract_files import FORMATS, GENERATE, SCHEMAS, drift, faults, rules_of
from jsonschema import Draft202012Validator

from dateline import events
from dateline.events import ID_PATTERN, TYPES
from dateline.field_examples import EXAMPLES
from dateline.schemas import ADDED_LATER

MESSAGES = [getattr(events, name) for name in events.__all__ if isinstance(getattr(events, name), type)]


def objects(rules: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Each type in a schema, by name."""
    return {rules["title"]: rules, **rules["$defs"]}


def everything_under(key: str, node: Any) -> list[Any]:
    if isinstance(node, list):
        return [found for item in node for found in everything_under(key, item)]
    if not isinstance(node, dict):
        return []
    own = [node[key]] if key in node else []
    return own + [found for item in node.values() for found in everything_under(key, item)]


def test_the_files_are_what_the_types_say() -> None:
    assert drift(SCHEMAS) == []


def test_a_file_that_differs_or_is_missing_is_found_with_what_to_do(tmp_path: Any) -> None:
    folder = shutil.copytree(SCHEMAS, tmp_path / "schemas")
    news, feed = folder / "io.dateline.news.v1.schema.json", folder / "io.dateline.feed.v1.schema.json"
    news.write_text(news.read_text(encoding="utf-8").replace('"canceled"', '"cancelled"'), encoding="utf-8")
    feed.rename(folder / "io.dateline.feed.v9.schema.json")
    found = drift(folder)
    assert len(found) == 3
    assert [GENERATE in sentence for sentence in found] == [True, True, False]
    assert "v9" in found[2]


@pytest.mark.parametrize("kind", TYPES)
def test_each_schema_is_a_json_schema_of_its_dialect_with_a_name_of_its_own(kind: str) -> None:
    rules = rules_of(kind)
    Draft202012Validator.check_schema(rules)
    assert rules["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert rules["$id"].endswith(f":{kind}")


@pytest.mark.parametrize("kind", TYPES)
def test_every_field_is_required_but_those_added_after_a_release_and_none_has_a_default(kind: str) -> None:
    for name, rules in objects(rules_of(kind)).items():
        assert rules["required"] == [field for field in rules["properties"] if f"{name}.{field}" not in ADDED_LATER], name
    assert everything_under("default", rules_of(kind)["$defs"]) == []


@pytest.mark.parametrize("kind", TYPES)
def test_readers_may_meet_fields_they_do_not_know(kind: str) -> None:
    assert False not in everything_under("additionalProperties", rules_of(kind))


@pytest.mark.parametrize("kind", TYPES)
def test_every_definition_is_used_and_every_reference_defined(kind: str) -> None:
    rules = rules_of(kind)
    assert {f"#/$defs/{name}" for name in rules["$defs"]} == set(everything_under("$ref", rules))


@pytest.mark.parametrize("kind", TYPES)
def test_every_moment_is_utc_and_every_format_is_one_that_is_checked_here(kind: str) -> None:
    rules = rules_of(kind)
    moments = [field for field in fields(rules) if field.get("format") == "date-time"]
    assert moments
    assert all(field["pattern"].endswith("Z$") for field in moments)
    assert {field["format"] for field in fields(rules) if "format" in field} <= set(FORMATS.checkers)


@pytest.mark.parametrize("kind", TYPES)
def test_every_field_has_an_example_that_is_one_and_every_object_has_fields(kind: str) -> None:
    rules = rules_of(kind)
    for name, part in objects(rules).items():
        assert part["properties"], name
        for field, described in part["properties"].items():
            holds_objects = bool(everything_under("$ref", described))
            assert bool(described.get("examples")) != holds_objects, f"{name}.{field}: give it an example in field_examples.py"
            for value in described.get("examples", ()):
                assert value is not None
                assert faults(value, {"$defs": rules["$defs"], **described}) == [], f"{name}.{field}"


def test_no_example_is_of_a_field_that_is_gone() -> None:
    named = {f"{name}.{field}" for kind in TYPES for name, part in objects(rules_of(kind)).items() for field in part["properties"]}
    assert {key for key in EXAMPLES if "." in key} <= named
    assert {key for key in EXAMPLES if "." not in key} <= {key.partition(".")[2] for key in named - EXAMPLES.keys()}


def test_every_id_is_a_uuid_in_words_that_validators_know() -> None:
    patterned = [field for kind in TYPES for field in fields(rules_of(kind)) if field.get("pattern") == ID_PATTERN]
    assert patterned
    assert {field["format"] for field in patterned} == {"uuid"}


def fields(rules: dict[str, Any]) -> list[dict[str, Any]]:
    """Each field's own rules, and those of its choices."""
    own = [field for part in objects(rules).values() for field in part["properties"].values()]
    return own + [choice for field in own for choice in field.get("anyOf", ())]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_every_type_and_every_field_has_its_sentence(message: type) -> None:
    _, components = msgspec.json.schema_components([message])
    for name, rules in components.items():
        assert is_sentence(rules["description"]), name
        for field, described in rules["properties"].items():
            assert is_sentence(described["description"]), f"{name}.{field}"


def is_sentence(text: str) -> bool:
    return len(text) > 3 and text[-1] in ".…"


def test_every_type_that_stands_on_a_topic_is_described() -> None:
    described = {name for message in MESSAGES for name in msgspec.json.schema_components([message])[1]}
    assert {kind.__name__ for kind in events.Message.__subclasses__()} <= described
