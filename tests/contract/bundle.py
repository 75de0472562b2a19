"""Write services/dateline/ops/asyncapi.json: asyncapi.yaml as a running process serves it, examples inside, schemas beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
BUNDLE = ROOT / "services" / "dateline" / "ops" / "asyncapi.json"


def bundled() -> str:
    """The document as JSON, with nothing in it that points to a file which is not served."""
    document = yaml.safe_load((SCHEMAS / "asyncapi.yaml").read_text(encoding="utf-8"))
    return json.dumps(_served(document), ensure_ascii=False, indent=1) + "\n"


def _served(node: Any) -> Any:
    match node:
        case {"$ref": str(file)} if file.startswith("examples/"):
            return json.loads((SCHEMAS / file).read_text(encoding="utf-8"))
        case {"$ref": str(file)} if not file.startswith("#"):
            return {"$ref": f"schemas/{file}"}
        case dict():
            return {key: _served(value) for key, value in node.items()}
        case list():
            return [_served(value) for value in node]
        case _:
            return node


if __name__ == "__main__":
    BUNDLE.write_text(bundled(), encoding="utf-8")
