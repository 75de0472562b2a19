"""`make eval` where there is nothing to measure on, or nobody knows what was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import labelled
from tests.eval.__main__ import SECTIONS, main


def test_a_section_that_there_is_not_is_a_usage_error_that_lists_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nope"]) == 2
    said = capsys.readouterr().err
    assert "nope" in said
    assert all(name in said for name in SECTIONS)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_without_its_data_is_not_measured_and_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    monkeypatch.setattr(labelled, "FOLDER", tmp_path)
    assert main([name]) == 69
    said = capsys.readouterr()
    assert not said.out
    assert said.err.startswith(f"{name}: {tmp_path}")
    assert "DATELINE_TEST_DATA" in said.err


def test_the_place_of_labelled_data_is_written_once() -> None:
    root = Path(labelled.__file__).parent.parent
    written = [root / "Makefile", *root.glob("tests/**/*.py"), *root.glob("services/**/*.py")]
    others = [file for file in written if file != Path(__file__)]
    assert [file.name for file in others if "shared/data" in file.read_text(encoding="utf-8")] == ["labelled.py"]
