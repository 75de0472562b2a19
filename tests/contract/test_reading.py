"""Many documents at once: in processes of their own, in the order asked for, none at the cost of another."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dateline.cli import reading
from dateline.cli.reading import Job, Parsed, parse_all, parse_file
from dateline.errors import BadInput
from dateline.poller.document import Limits
from dateline.poller.sources import Source

if TYPE_CHECKING:
    from pathlib import Path

JOB = Job(Limits(), datetime(2026, 3, 5, 12, tzinfo=UTC), summary=False)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    names = []
    for number in range(5):
        path = tmp_path / f"{number}.xml"
        path.write_text(f"<rss><channel><item><title>Story {number}</title><guid>{number}</guid></item></channel></rss>")
        names.append(str(path))
    return names


def from_input(name: str) -> tuple[bytes, Source]:
    if name == "-":
        return b"<rss><channel><item><title>Piped</title></item></channel></rss>", Source(name, None)
    raise BadInput("nobody answers")


def dies_on_the_third(name: str, job: Job) -> Parsed:
    if name.endswith("2.xml"):
        os._exit(9)
    return parse_file(name, job)


def test_processes_give_what_one_process_gives_in_the_same_order(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    names = [files[0], "-", *files[1:3], "https://gazette.example/rss", "missing.xml", *files[3:]]
    alone = list(parse_all(names, JOB, from_input))
    monkeypatch.setattr(reading, "POOLED_BYTES", 0)
    assert list(parse_all(names, JOB, from_input)) == alone
    assert [parsed.name for parsed in alone] == names
    errors = [parsed.error for parsed in alone if parsed.error]
    assert errors == ["nobody answers", "cannot be read: No such file or directory"]


def test_a_document_that_hangs_or_kills_its_process_is_named_and_the_others_come_out(
    files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "POOLED_BYTES", 0)
    monkeypatch.setattr(reading, "DEADLINE_SECONDS", 0.5)
    monkeypatch.setattr(reading, "parse_file", dies_on_the_third)
    endless = str(tmp_path / "endless")
    os.mkfifo(endless)  # opening it waits for somebody to write
    parsed = list(parse_all([*files, endless], JOB, from_input))
    assert [one.name for one in parsed if one.lines] == [name for name in files if not name.endswith("2.xml")]
    assert [one.error for one in parsed if one.error] == [
        "cannot be read: the process that tried ended with 9",
        "cannot be read: given up after 0.5 s",
    ]
