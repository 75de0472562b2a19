"""`dateline schemas --write`: into the folder that was named, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dateline.cli import run
from dateline.schemas import schema_files

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_schemas_are_written_into_a_folder_that_is_made(tmp_path: Path) -> None:
    assert run(["schemas", "--write", str(tmp_path / "new" / "schemas")]) == 0
    assert {file.name for file in (tmp_path / "new" / "schemas").iterdir()} == set(schema_files())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way", encoding="ascii")
    assert run(["schemas", "--write", str(tmp_path / "file" / "schemas")]) == 65
    assert f"{tmp_path / 'file' / 'schemas'} cannot be written: Not a directory" in capsys.readouterr().err


def test_an_empty_name_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["schemas", "--write", ""]) == 2
    assert "--write" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
