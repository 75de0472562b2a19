"""How a schema breaks readers of another: what stands at each place of both, compared without the words.

Full compatibility: whoever reads by the older schema can read what the newer one describes, and the other way round. A new field is allowed
where it is not required, since older events lack it and older readers ignore it; everything else must be the same.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

# What a validator does not judge by.
WORDS = {"description", "title", "examples", "$defs", "$schema", "$id", "$comment", "deprecated"}
# What is looked at place by place instead of as a whole.
STRUCTURE = {"$ref", "anyOf", "properties", "required", "items"}


class Place(NamedTuple):
    """What may stand at one place of an event, and whether something must."""

    allowed: frozenset[str]
    required: bool


def places(schema: dict[str, Any]) -> dict[str, Place]:
    """Each place of a schema, as a path: `story.origin.name`, `origins[].evidence[].start`, `` for the whole."""
    found: dict[str, tuple[set[str], bool]] = {}
    _walk(schema, schema, "", found, required=True)
    return {path: Place(frozenset(allowed), required) for path, (allowed, required) in found.items()}


def _walk(node: dict[str, Any], schema: dict[str, Any], path: str, found: dict[str, tuple[set[str], bool]], *, required: bool) -> None:
    allowed, _ = found.setdefault(path, (set(), required))
    own = {key: value for key, value in node.items() if key not in WORDS | STRUCTURE}
    if own:
        allowed.add(json.dumps({key: sorted(value) if key == "enum" else value for key, value in own.items()}, sort_keys=True))
    if "$ref" in node:
        _walk(schema["$defs"][node["$ref"].rpartition("/")[2]], schema, path, found, required=required)
    for choice in node.get("anyOf", ()):
        _walk(choice, schema, path, found, required=required)
    if "items" in node:
        _walk(node["items"], schema, f"{path}[]", found, required=True)
    for name, field in node.get("properties", {}).items():
        _walk(field, schema, f"{path}.{name}".lstrip("."), found, required=name in node["required"])


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What in `new` breaks readers or events of `old`, a sentence each with what to do instead; empty where all can read each other."""
    before, after = places(old), places(new)
    gone = [f"{path} is gone or renamed: keep it, and add the other beside it" for path in before if path not in after]
    changed = [f"{path}: {_change(place, after[path])}" for path, place in before.items() if path in after and place != after[path]]
    demanded = [
        f"{path} is new and required: give it a default in events.py and its name in ADDED_LATER of schemas.py"
        for path, place in after.items()
        if path not in before and place.required and _parent(path) in before
    ]
    return gone + changed + demanded


def _change(old: Place, new: Place) -> str:
    if old.allowed != new.allowed:
        return f"{', '.join(sorted(old.allowed))} has become {', '.join(sorted(new.allowed))}: a changed meaning is a new type (v2)"
    return "is required now, and older events may lack it" if new.required else "may be missing now, and older readers count on it"


def _parent(path: str) -> str:
    return path[:-2] if path.endswith("[]") else path.rpartition(".")[0]
