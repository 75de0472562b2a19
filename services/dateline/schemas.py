"""JSON Schemas (2020-12) of the public events, made from their types: they describe what is written."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from dateline.envelope import schema_id
from dateline.events import ID_PATTERN, TYPES
from dateline.field_examples import example

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Moments are written in UTC; the format date-time alone would allow any offset, and many validators ignore it.
MOMENT_PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$"

# Type and field (`NewsStory.language`) of what was added after a release: always written, but older events lack it.
ADDED_LATER: frozenset[str] = frozenset()


def schema(event_type: str) -> dict[str, Any]:
    """The schema of one CloudEvents type; readers ignore fields they do not know, so it is open."""
    (found,), components = msgspec.json.schema_components([TYPES[event_type]], ref_template="#/$defs/{name}")
    definitions = {name: _as_written(name, component) for name, component in sorted(components.items())}
    body = definitions.pop(found["$ref"].rpartition("/")[2])
    return {"$schema": DIALECT, "$id": schema_id(event_type), **body, "$defs": definitions}


def schema_files() -> dict[str, str]:
    """File name → text, for every public type."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return {f"{name}.schema.json": orjson.dumps(schema(name), option=options).decode() for name in TYPES}


def _as_written(kind: str, component: dict[str, Any]) -> dict[str, Any]:
    """A type with every field required: a default is for readers of older records, an event has them all."""
    properties = {name: _shown(kind, name, field) for name, field in component["properties"].items()}
    return {**component, "properties": properties, "required": [name for name in properties if f"{kind}.{name}" not in ADDED_LATER]}


def _shown(kind: str, name: str, field: dict[str, Any]) -> dict[str, Any]:
    exact = _exact(field)
    examples = [] if _holds_objects(exact) else example(kind, name)
    return {**exact, "examples": examples} if examples else exact


def _holds_objects(field: dict[str, Any]) -> bool:
    parts = [*field.get("anyOf", ()), field.get("items", {})]
    return "$ref" in field or any(map(_holds_objects, filter(None, parts)))


def _exact(field: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in field.items() if key != "default"}
    if kept.get("format") == "date-time":
        kept["pattern"] = MOMENT_PATTERN
    if kept.get("pattern") == ID_PATTERN:
        kept["format"] = "uuid"
    if "anyOf" in kept:
        kept["anyOf"] = [_exact(choice) for choice in kept["anyOf"]]
    return kept
