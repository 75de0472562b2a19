"""What an operator's agency list changes, and what in it cannot work as it was meant."""

from __future__ import annotations

import pytest

from dateline.enricher.agencies import load_agencies, read_agencies
from dateline.enricher.agency_check import Report, check_agencies

BUILTIN = b"""
agencies:
- {id: tern, name: Tern News Agency, kind: agency, country: XT, names: [Tern News], codes: [TNA], domains: [tern.example]}
- {id: heron, name: Heron Telegraph, kind: agency, codes: [HT, ZZ]}
- {id: gull, name: Gull Wire, kind: press_release, codes: [ZZ]}
"""


def report(extra: str) -> Report:
    return check_agencies(read_agencies(BUILTIN), read_agencies(BUILTIN, f"agencies:\n{extra}".encode()))


def warnings(extra: str) -> list[tuple[str, str]]:
    return [(finding.agency, finding.says) for finding in report(extra).findings if finding.level == "warning"]


def test_a_sound_list_has_no_warning_and_says_what_it_changes() -> None:
    said = report(
        """
- {id: skua, name: Skua Dispatch, kind: agency, codes: [SKD], domains: [skua.example]}
- {id: tern, country: XU, codes: [TN, TNA]}
- {id: heron, mute: true}
"""
    )
    assert (said.agencies, said.added, said.muted, said.needs_attention) == (3, ("skua",), ("heron",), False)
    assert [(change.agency, change.field, change.before, change.after) for change in said.corrected] == [
        ("tern", "country", "XT", "XU"),
        ("tern", "codes", ("TNA",), ("TN", "TNA")),
    ]
    assert (
        said.rules
        == read_agencies(
            BUILTIN,
            b"agencies: [{id: skua, name: Skua Dispatch, kind: agency, codes: [SKD], domains: [skua.example]},"
            b" {id: tern, country: XU, codes: [TN, TNA]}, {id: heron, mute: true}]",
        ).rules
    )
    assert said.rules != read_agencies(BUILTIN).rules


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{id: a, name: A Press, kind: agency, names: [tern  NEWS]}", "name «Tern News» is shared by tern and a"),
        ("{id: a, name: A Press, kind: agency, codes: [TNA]}", "code «TNA» is shared by tern and a"),
        ("{id: a, name: A Press, kind: agency, domains: [Tern.example]}", "domain «tern.example» is shared by tern and a"),
        ("{id: a, name: A Press, kind: agency, names: [TNA]}", "code «TNA» of tern is a name of a, which it does not name"),
        ("{id: a, name: A Press, kind: agency, codes: [Tern News]}", "code «Tern News» of a is a name of tern, which it does not name"),
        ("{id: a, name: A Press, kind: agency, names: [AP]}", "name «AP» is too short to be looked for everywhere: make it a code"),
        ("{id: a, name: A Press, kind: agency, names: ['-']}", "name «-» has no letter, so it never matches"),
        ("{id: a, name: A Press, kind: agency, codes: [A]}", "code «A» is too short"),
        ("{id: a, name: A Press, kind: agency, codes: [' AA']}", "code « AA» has spaces around it, so it never matches"),
        ("{id: a, name: A Press, kind: agency, domains: ['https://a.example/']}", "domain «https://a.example/» never matches"),
        ("{id: a, name: A Press, kind: agency, domains: [www.a.example]}", "domain «www.a.example» never matches a whole site"),
        ("{id: a, name: A Press, kind: agency, domains: [example]}", "domain «example» never matches"),
    ],
)
def test_what_cannot_work_is_a_warning_that_says_why(entry: str, says: str) -> None:
    ((agency, said),) = warnings(f"- {entry}")
    assert agency == "a"
    assert said.startswith(says)


def test_an_agency_of_which_everything_is_shared_cannot_be_named() -> None:
    assert ("a", "nothing can name it: it has no name, code or domain of its own") in warnings("- {id: a, name: Tern News, kind: agency}")


def test_a_correction_that_takes_the_last_word_of_another_is_told_of_the_one_that_was_corrected() -> None:
    assert {agency for agency, _ in warnings("- {id: heron, names: [Gull Wire], codes: [ZZ]}")} == {"heron"}


def test_ideographs_and_syllables_say_more_in_two_signs_than_letters_do() -> None:
    assert warnings("- {id: a, name: 燕鸥, kind: agency, names: [갈매]}") == []


def test_what_an_author_should_know_is_a_note_and_no_fault() -> None:
    said = report("- {id: a, name: Mill Press, kind: agency, names: [MILL Press, The Mill], ambiguous_names: [The Mill]}")
    assert not said.needs_attention
    assert [finding.says for finding in said.findings if finding.agency == "a"] == [
        "«Mill Press» and «MILL Press» are one name",
        "name «The Mill» is an ordinary word as well, and counts only where a credit stands",
    ]


def test_what_the_built_in_list_shares_within_itself_is_a_note() -> None:
    (finding,) = report("- {id: a, name: A Press, kind: agency}").findings
    assert (finding.level, finding.agency) == ("note", "heron")
    assert finding.says.startswith("code «ZZ» is shared by heron and gull")


def test_the_list_that_ships_needs_no_attention_and_names_every_agency() -> None:
    builtin = load_agencies(None)
    said = check_agencies(builtin, builtin)
    assert not said.needs_attention
    assert (said.added, said.muted, said.corrected) == ((), (), ())
    assert [finding.says for finding in said.findings if "nothing can name it" in finding.says] == []


def test_a_code_that_means_something_else_too_needs_the_agencys_languages() -> None:
    entry = "- {{id: skua, name: Skua Dispatch, kind: agency, codes: [SKD], homonyms: {{SKD: a kind of ship}}{more}}}"
    assert warnings(entry.format(more=", languages: [en]")) == []
    assert warnings(entry.format(more="")) == [
        ("skua", "code «SKD» also means a kind of ship, so it counts in the agency's languages only, and none is given")
    ]
    assert warnings(entry.replace("codes: [SKD]", "codes: [SK]").format(more="")) == [("skua", "homonym «SKD» is none of its codes")]
