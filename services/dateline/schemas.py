"""JSON Schemas (2020-12) of the public events, made from their types: they describe what is written."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from dateline.envelope import schema_id
from dateline.events import TYPES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Moments are written in UTC; the format date-time alone would allow any offset, and many validators ignore it.
MOMENT_PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$"


def schema(event_type: str) -> dict[str, Any]:
    """The schema of one CloudEvents type; readers ignore fields they do not know, so it is open."""
    (found,), components = msgspec.json.schema_components([TYPES[event_type]], ref_template="#/$defs/{name}")
    definitions = {name: _as_written(component) for name, component in sorted(components.items())}
    body = definitions.pop(found["$ref"].rpartition("/")[2])
    return {"$schema": DIALECT, "$id": schema_id(event_type), **body, "$defs": definitions}


def schema_files() -> dict[str, str]:
    """File name → text, for every public type."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return {f"{name}.schema.json": orjson.dumps(schema(name), option=options).decode() for name in TYPES}


def _as_written(component: dict[str, Any]) -> dict[str, Any]:
    """A type with every field required: a default is for readers of older records, an event has them all."""
    properties = {name: _exact(field) for name, field in component["properties"].items()}
    return {**component, "properties": properties, "required": list(properties)}


def _exact(field: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in field.items() if key != "default"}
    if kept.get("format") == "date-time":
        kept["pattern"] = MOMENT_PATTERN
    if "anyOf" in kept:
        kept["anyOf"] = [_exact(choice) for choice in kept["anyOf"]]
    return kept
