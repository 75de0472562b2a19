"""What a command does whose output cannot be written: a reader who has gone is no failure, a full disk is one with a sentence."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dateline.cli import main, run

if TYPE_CHECKING:
    from collections.abc import Iterator

TWIN = "Storm gate held its first surge.\n\nMany towns on the sound had no gate of their own until last year.\n"
COMMANDS = [
    ["--help"],
    ["config", "--help"],
    ["version"],
    ["version", "--json"],
    ["schemas"],
    ["config"],
    ["config", "--json"],
    ["agencies", "list"],
    ["explain", "twin.txt", "--full"],
    ["parse", "twin.txt"],
    ["check", "--offline"],
]


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_text(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "twin.txt").write_text(TWIN, encoding="utf-8")


@contextmanager
def stdout_is(monkeypatch: pytest.MonkeyPatch, stream: io.TextIOBase | None, name: str = "stdout") -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(sys, name, stream)
        yield


def reader_gone() -> io.TextIOWrapper:
    """A pipe that nobody reads any more, before the first byte is written."""
    theirs, ours = os.pipe()
    os.close(theirs)
    return os.fdopen(ours, "w", encoding="utf-8")


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_reader_who_has_gone_ends_a_command_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with reader_gone() as stream, stdout_is(monkeypatch, stream):
        assert run(arguments) == 0
        stream.flush()  # as the interpreter does at its end
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as stream, stdout_is(monkeypatch, stream):
        assert run(arguments) == 1
        stream.flush()
    assert capsys.readouterr().err == "dateline: the output cannot be written: No space left on device\n"


def test_an_error_that_nobody_can_read_keeps_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    with reader_gone() as stream, stdout_is(monkeypatch, stream, "stderr"):
        assert run(["enrich", "nothing.jsonl"]) == 65
        stream.flush()


def ended(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """The exit code of the console script."""
    monkeypatch.setattr(sys, "argv", ["dateline", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    return caught.value.code


@pytest.mark.parametrize("name", ["stdin", "stdout", "stderr"])
@pytest.mark.parametrize("arguments", [["config"], ["enrich"], ["version"]], ids=" ".join)
def test_a_stream_that_was_closed_before_the_start_is_empty(monkeypatch: pytest.MonkeyPatch, name: str, arguments: list[str]) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        patched.setattr(sys, name, None)
        assert ended(patched, *arguments) == 0
        getattr(sys, name).close()


def test_names_that_an_output_has_no_letters_for_are_written_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    with io.TextIOWrapper(written, encoding="ascii") as stream, stdout_is(monkeypatch, stream):
        assert ended(monkeypatch, "agencies", "list") == 0
        assert b"\\xe9" in written.getvalue()
