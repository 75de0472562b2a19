"""The contract's files, and judges of what they say."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker

from dateline.events import TYPES
from dateline.schemas import schema, schema_files

SCHEMAS = Path(__file__).parents[2] / "schemas"
EXAMPLES = SCHEMAS / "examples"
GENERATE = "run: make generate"

# Draft 7 is what AsyncAPI tools read the files as.
DIALECTS = (Draft202012Validator, Draft7Validator)
FORMATS = FormatChecker()
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_REFERENCE = re.compile(r"[!#-;=?-\[\]_a-z~]+")


# jsonschema checks these two only with packages that nothing else here needs.
@FORMATS.checks("date-time", raises=ValueError)
def is_moment(value: object) -> bool:
    return not isinstance(value, str) or (_MOMENT.fullmatch(value) is not None and datetime.fromisoformat(value) is not None)


@FORMATS.checks("uri-reference")
def is_reference(value: object) -> bool:
    return not isinstance(value, str) or _REFERENCE.fullmatch(value) is not None


def drift(folder: Path) -> list[str]:
    """How the schema files in a folder differ from the types, each with what to do."""
    wanted = schema_files()
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.schema.json")}
    different = [f"{name} is not what the types say; {GENERATE}" for name, text in wanted.items() if there.get(name) != text]
    return different + [f"{name} belongs to no type; remove it" for name in sorted(there.keys() - wanted.keys())]


def faults(value: Any, rules: Any, dialect: Any = Draft202012Validator) -> list[str]:
    """What a validator finds wrong with a value."""
    return [f"{error.json_path}: {error.message}" for error in dialect(rules, format_checker=FORMATS).iter_errors(value)]


@cache
def rules_of(kind: str) -> dict[str, Any]:
    return schema(kind)


def examples() -> list[str]:
    """The names of the example events, without .json."""
    return sorted(path.stem for path in EXAMPLES.glob("io.*.json"))


def example(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def kind_of(name: str) -> str:
    """The type an example is of: its file is named `<type>.json` or `<type>.<what it shows>.json`."""
    return next(kind for kind in TYPES if name == kind or name.startswith(f"{kind}."))


def spans(value: Any) -> list[dict[str, Any]]:
    """Every quoted passage, wherever it stands."""
    if isinstance(value, list):
        return [span for item in value for span in spans(item)]
    if not isinstance(value, dict):
        return []
    own = [value] if {"field", "start", "end", "text"} <= value.keys() else []
    return own + [span for item in value.values() for span in spans(item)]


def misquoted(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The passages that do not say what stands at their place; of `source`, which is not published, nobody can tell."""
    texts = event["text"] if isinstance(event.get("text"), dict) else event
    checkable = [span for span in spans(event) if span["field"] != "source"]
    return [span for span in checkable if (texts[span["field"]] or "")[span["start"] : span["end"]] != span["text"]]


@cache
def asyncapi() -> dict[str, Any]:
    """The document with every reference replaced by what it names; KeyError or FileNotFoundError where that is nothing."""
    document = yaml.safe_load((SCHEMAS / "asyncapi.yaml").read_text(encoding="utf-8"))
    resolved: dict[str, Any] = _resolved(document, document)
    return resolved


def _resolved(node: Any, document: Any) -> Any:
    match node:
        case {"$ref": str(reference)} if reference.startswith("#/"):
            found = document
            for part in reference.removeprefix("#/").split("/"):
                found = found[part]
            return _resolved(found, document)
        case {"$ref": str(file)}:
            return json.loads((SCHEMAS / file).read_text(encoding="utf-8"))
        case dict():
            return {key: _resolved(value, document) for key, value in node.items()}
        case list():
            return [_resolved(value, document) for value in node]
        case _:
            return node
