"""What schemas/README.md names exists."""

from __future__ import annotations

import re
from typing import Any

import pytest
from contract_files import SCHEMAS, rules_of

from dateline.envelope import NEWS_EXTENSIONS

NEWS = "io.dateline.news.v1"
GUIDE = (SCHEMAS / "README.md").read_text(encoding="utf-8")
WORDS = re.sub(r"^```.*?^```$", "", GUIDE, flags=re.MULTILINE | re.DOTALL)
CODE = re.findall(r"`([^`\n]+)`", WORDS)


def test_every_file_named_is_there() -> None:
    named = {code for code in CODE if re.fullmatch(r"[\w./-]+(\.json|\.yaml|/)", code) and not code.startswith(("/", "tests/"))}
    assert named >= {"asyncapi.yaml", "examples/", "released/", f"{NEWS}.schema.json"}
    assert [name for name in named if not ((SCHEMAS / name).exists() or (SCHEMAS / "examples" / name).exists())] == []


def test_every_header_named_is_written_and_every_one_to_choose_by_is_named() -> None:
    named = {code for code in CODE if code.startswith("ce_")}
    assert named - {"ce_id", "ce_type"} == set(NEWS_EXTENSIONS)


@pytest.mark.parametrize("field", ["story.role", "story.origin", "story.id", "published_precision", "attribution_status", "first_seen_at"])
def test_fields_that_the_guide_explains_are_fields(field: str) -> None:
    assert any(field in code for code in CODE)
    node: Any = rules_of(NEWS)
    for name in field.split("."):
        node = node["properties"][name]
        if "$ref" in node:
            node = rules_of(NEWS)["$defs"][node["$ref"].rpartition("/")[2]]


@pytest.mark.parametrize(
    "words",
    [
        "isolation.level=read_committed",
        "Unicode code points",
        "first to reach us",
        "Unknown is `null`",
        "Ignore fields you do not know",
        "The text belongs to its publishers",
        "a uuid5",
    ],
)
def test_the_guide_says_what_a_subscriber_must_know(words: str) -> None:
    assert words in " ".join(WORDS.split())
