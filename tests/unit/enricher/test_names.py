"""Where a text names agencies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.enricher.agencies import read_agencies

NAMES = read_agencies(
    """
agencies:
- {id: tern, name: Tern News, kind: agency, languages: [en], names: [Tern News, Tern News of Tarn, ТЕРН, 燕社, İhtiyat Ajansı],
   codes: [TNA, tn/a, CN]}
- {id: heron, name: Heron, kind: agency, languages: [de], names: [Heron Telegraph], ambiguous_names: [Heron], codes: [CN]}
""".encode()
).names


def found(text: str) -> list[str]:
    return [one.written for one in NAMES.in_line(text)]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Tern News said, TERN NEWS wrote", ["Tern News", "TERN NEWS"]),
        ("Tern News of Tarn", ["Tern News of Tarn"]),
        ("the tern news of the day", []),
        ("TNA, tna, TNAs, aTNA, #TNA, @TNA, TNA.example, www.TNA", ["TNA"]),
        ("wre/TNA (TNA) TNA's", ["TNA", "TNA", "TNA"]),
        ("ТЕРН and терн", ["ТЕРН"]),
        ("据燕社电", ["燕社"]),
        ("İHTİYAT AJANSI", ["İHTİYAT AJANSI"]),
        ("tn/a", ["tn/a"]),
        ("Heron Telegraph, Heron", ["Heron Telegraph", "Heron"]),
    ],
)
def test_names_count_in_any_case_and_codes_as_written_and_both_only_by_themselves(text: str, written: list[str]) -> None:
    assert found(text) == written


def test_codes_and_names_that_are_words_too_are_looked_for_in_lines_only() -> None:
    assert [one.written for one in NAMES.in_text("Tern News, TNA, Heron")] == ["Tern News"]


def test_a_code_of_two_agencies_means_the_one_that_writes_in_the_language() -> None:
    (one,) = NAMES.in_line("(CN)")
    agencies = [one.agency(language) for language in ("en", "de", "fr", None)]
    assert [agency and agency.id for agency in agencies] == ["tern", "heron", None, None]


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_name_stands_where_it_is_said_to_in_any_text(before: str, after: str) -> None:
    text = f"{before} Tern News {after}"
    for one in NAMES.in_line(text):
        assert text[one.start : one.end] == one.written
    assert "Tern News" in found(text) or "Tern News of Tarn" in found(text)
