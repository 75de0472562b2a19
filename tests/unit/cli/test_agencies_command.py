"""`dateline agencies`: what it prints, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dateline.cli import run

if TYPE_CHECKING:
    from pathlib import Path

SOUND = "agencies:\n- {id: skua, name: Skua Dispatch, kind: agency, codes: [SKD]}\n- {id: voa, mute: true}\n- {id: ap, country: XT}\n"
SHARED = "agencies:\n- {id: skua, name: Skua Dispatch, kind: agency, codes: [AFP]}\n"


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATELINE_ENRICHER__AGENCIES", raising=False)


def written(folder: Path, text: str) -> str:
    path = folder / "agencies.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_sound_list_ends_with_0_and_says_what_it_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["agencies", "check", written(tmp_path, SOUND)]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].startswith("rules ")
    assert lines[1:4] == ["added      skua", "muted      voa", "corrected  ap: country US → XT"]
    assert "warning" not in out
    assert err == ""


def test_a_list_that_cannot_work_ends_with_1_and_the_file_of_the_settings_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("DATELINE_ENRICHER__AGENCIES", written(tmp_path, SHARED))
    assert run(["agencies", "check", "--json"]) == 1
    said = json.loads(capfdbinary.readouterr().out)
    assert said.keys() == {"rules", "agencies", "added", "muted", "corrected", "findings"}
    assert said["added"] == ["skua"]
    assert ("warning", "skua") in [(found["level"], found["agency"]) for found in said["findings"]]


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("agencies: [", 78, "not YAML"),
        ("agencies:\n- {id: skua, name: Skua, kind: newspaper}", 78, "skua"),
        ("agencies:\n- {id: nobody, mute: true}", 78, "mute names no entry"),
        (None, 65, "No such file"),
    ],
)
def test_a_list_that_cannot_be_read_is_named_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, code: int, says: str
) -> None:
    file = written(tmp_path, text) if text is not None else str(tmp_path / "none.yaml")
    assert run(["agencies", "check", file]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "agencies:\n- {id: skua, name: Skua, kind: newspaper}",
            "skua: kind is agency, syndicate, broadcaster or press_release, not 'newspaper'",
        ),
        ("agencies:\n- {id: skua, name: Skua, kind: agency, status: gone}", "skua: status is historical, not 'gone'"),
        ("agencies:\n- {id: skua, name: Skua, kind: agency, nmes: [x]}", "skua: there is no field `nmes`; there are id, name, kind,"),
        ("agencies:\n- {id: skua, name: Skua, kind: agency, codes: SKD}", "skua: codes: Expected `array`, got `str`"),
        ("agencies:\n- {id: skua, name: Skua", "not YAML, line 3: did not find expected ',' or '}'"),
        ("agencies:\n- {name: Skua}", "entry 1 has no id"),
    ],
)
def test_what_is_wrong_is_told_with_the_file_and_what_would_be_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    file = written(tmp_path, text + "\n")
    assert run(["agencies", "check", file]) == 78
    err = capsys.readouterr().err
    assert err.startswith(f"dateline: {file}")
    assert says in err
    assert "byte string" not in err


def test_a_name_that_is_too_long_for_a_file_is_named_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["agencies", "check", "a" * 5000]) == 65
    assert "cannot be read: File name too long" in capsys.readouterr().err


def test_the_list_names_your_own_agencies_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("DATELINE_ENRICHER__AGENCIES", written(tmp_path, SOUND))
    assert run(["agencies", "list", "--json"]) == 0
    listed = {agency["id"]: agency for agency in json.loads(capfdbinary.readouterr().out)}
    assert (listed["skua"]["codes"], listed["ap"]["country"], "voa" in listed) == (["SKD"], "XT", False)
