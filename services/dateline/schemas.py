"""JSON Schemas (2020-12) of the public events, made from their types."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from dateline.events import TYPES

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(event_type: str) -> dict[str, Any]:
    """The schema of one CloudEvents type; readers ignore fields they do not know, so it is open."""
    (found,), components = msgspec.json.schema_components([TYPES[event_type]], ref_template="#/$defs/{name}")
    name = found["$ref"].rpartition("/")[2]
    body = components.pop(name)
    return {"$schema": DIALECT, "$id": f"urn:{event_type.replace('.', ':')}", **body, "$defs": components}


def schema_files() -> dict[str, str]:
    """File name → text, for every public type."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return {f"{name}.schema.json": orjson.dumps(schema(name), option=options).decode() for name in TYPES}
