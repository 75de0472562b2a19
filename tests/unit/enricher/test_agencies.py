"""The agency list and what an operator lays over it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dateline.enricher.agencies import load_agencies, read_agencies
from dateline.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

BUILT_IN = b"agencies: [{id: tern, name: Tern, kind: agency, codes: [TN]}, {id: gull, name: Gull, kind: agency, codes: [TN]}]"


def test_the_built_in_list_is_read_and_knows_its_agencies_by_name_code_and_domain() -> None:
    agencies = load_agencies(None)
    assert agencies.named("associated press") is agencies.named("AP") is agencies.named("The Associated Press")
    assert agencies.at_host("www.reuters.com") is agencies.named("Рейтер")
    assert agencies.named("ap") is None


def test_a_code_of_two_agencies_names_neither() -> None:
    assert read_agencies(BUILT_IN).named("TN") is None


def test_a_file_adds_corrects_and_mutes_entries_and_changes_the_name_of_the_rules() -> None:
    extra = b"agencies: [{id: gull, mute: true}, {id: tern, country: XT}, {id: crow, name: Crow, kind: syndicate, domains: [crow.example]}]"
    agencies = read_agencies(BUILT_IN, extra)
    assert [agency.id for agency in agencies.agencies] == ["tern", "crow"]
    assert agencies.named("TN") is agencies.named("Tern")
    assert agencies.named("Tern").country == "XT"
    assert agencies.at_host("news.crow.example").id == "crow"
    assert agencies.rules != read_agencies(BUILT_IN).rules == read_agencies(BUILT_IN).rules


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        (b"a: [", "agency list: not YAML"),
        (b"\xff\xfe\xfa", "agency list: not YAML"),
        (b"- x", "agency list: wants a list under the key agencies"),
        (b"agencies: [{name: Crow}]", "entry 1 has no id"),
        (b"agencies: [{id: a, name: A, kind: agency}, {id: a}]", "entry 2 repeats the id a"),
        (b"agencies: [{id: crow, mute: true}]", "crow: mute names no entry"),
        (b"agencies: [{id: tern, mute: 7}]", "tern: mute is true or false, not 7"),
        (b"agencies: [{id: crow, name: Crow}]", "crow: Object missing required field `kind`"),
        (b"agencies: [{id: tern, nmae: Crow}]", "tern: there is no field `nmae`; there are id, name, kind"),
        (b"agencies: [{id: tern, country: NO}]", "quote it"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_entry(extra: bytes, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(complaint)):
        read_agencies(BUILT_IN, extra)


def test_a_file_that_is_not_there_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"DATELINE_ENRICHER__AGENCIES: .*none\.yaml cannot be read"):
        load_agencies(tmp_path / "none.yaml")
