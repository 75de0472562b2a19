"""The lists that operators write are as OPERATIONS.md shows them, and it names every field that they may have."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from msgspec.structs import asdict, fields

from dateline.enricher.agencies import Agency, load_agencies, read_agencies
from dateline.enricher.agency_check import check_agencies
from dateline.poller.feed_lists import read_feed_list
from dateline.poller.listed import Listed, cleaned

SECTION = (Path(__file__).parents[2] / "OPERATIONS.md").read_text(encoding="utf-8").split("\n## Lists of your own\n")[1].split("\n## ")[0]
AGENCIES, FEEDS = (block.encode() for block in re.findall(r"^```yaml\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL))


def test_the_list_of_agencies_adds_corrects_and_mutes_and_nothing_in_it_needs_attention() -> None:
    builtin = files("dateline.enricher").joinpath("agencies.yaml").read_bytes()
    said = check_agencies(load_agencies(None), read_agencies(builtin, AGENCIES))
    assert (said.added, said.muted, {change.agency for change in said.corrected}) == (("skua",), ("voa",), {"ap"})
    assert not said.needs_attention


def test_the_list_of_feeds_is_taken_as_it_is_and_says_everything_of_one_of_them() -> None:
    found = read_feed_list(FEEDS, "feeds.yaml")
    assert found.refused == []
    first, second = (cleaned(listed) for listed in found.listed)
    assert first == Listed(first.url)
    assert [name for name, value in asdict(second).items() if value in (None, ())] == []


@pytest.mark.parametrize("kind", [Agency, Listed])
def test_every_field_and_every_value_that_one_may_have_is_named(kind: type) -> None:
    assert [field.name for field in fields(kind) if not re.search(rf"\b{field.name}\b", SECTION)] == []
    literals = [one for field in fields(kind) for one in (field.type, *get_args(field.type)) if get_origin(one) is Literal]
    assert [value for literal in literals for value in get_args(literal) if f"`{value}`" not in SECTION] == []
