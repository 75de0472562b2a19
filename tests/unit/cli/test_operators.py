"""What operators' commands say, decided without a broker: moments, findings, rows of services, progress, and what is unknown."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta

import click
import pytest
from rich.console import Console

from dateline.cli import progress as progress_module
from dateline.cli import run
from dateline.cli.dead_letters import _described, _row
from dateline.cli.findings import (
    Finding,
    about_disks,
    about_memory,
    about_rights,
    about_skew,
    about_withdrawals,
    described,
    line,
)
from dateline.cli.moments import milliseconds, read_when
from dateline.cli.progress import Progress
from dateline.cli.progress import line as progress_line
from dateline.cli.top_table import plain, table
from dateline.cli.trace import unknown
from dateline.cli.trace_feeds import Neighbour
from dateline.cli.trace_search import Searched
from dateline.log.letters import read_letter
from dateline.log.probes import Disk, Forbidden, Skew, missing_operations
from dateline.ops.processes import Answer, rows
from dateline.showable import counted
from fakes import FakeRecord

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


# --- counts ---


def test_one_is_one_and_others_are_many() -> None:
    assert [counted(number, "worker") for number in (0, 1, 2, 4000)] == ["0 workers", "1 worker", "2 workers", "4,000 workers"]
    assert about_memory(1, 1 << 30, 8 << 30).says.startswith("1 worker of the enricher may take 1.1 GB;")


# --- moments ---


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("-2h", NOW - timedelta(hours=2)),
        ("90s", NOW - timedelta(seconds=90)),
        ("1.5d", NOW - timedelta(hours=36)),
        ("2W", NOW - timedelta(days=14)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
    ],
)
def test_a_moment_is_a_time_or_an_age(text: str, moment: datetime) -> None:
    assert read_when(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2 h", "-2y", "999999999w", "2026-13-01", "--2h"])
def test_what_is_no_moment_is_a_usage_error_that_says_what_one_is(text: str) -> None:
    with pytest.raises(click.UsageError, match=r"no moment: .*-2h"):
        read_when(text, NOW)


def test_no_moment_is_before_the_first_record_can_be() -> None:
    assert milliseconds(datetime(1960, 1, 1, tzinfo=UTC)) == 0


# --- check ---


def test_a_clock_that_is_off_is_told_with_its_cure_and_fails_only_when_it_is_wild() -> None:
    assert about_skew(Skew(0.02, 0.001)).level == "ok"
    assert about_skew(Skew(6.0, 2.0)).level == "ok", "the question took so long that nothing is known"
    ahead, behind = about_skew(Skew(7.0, 0.1)), about_skew(Skew(-400.0, 0.1))
    assert (ahead.level, behind.level, behind.exit_code) == ("warn", "fail", 78)
    assert "7.0 s ahead of" in ahead.says and "400.0 s behind" in behind.says and "timedatectl" in behind.says


def test_a_brokers_disk_warns_before_it_is_full() -> None:
    levels = {share: about_disks([Disk(1, "/data", 100 << 30, int(share * (100 << 30)), None)])[0].level for share in (0.5, 0.05, 0.01)}
    assert levels == {0.5: "ok", 0.05: "warn", 0.01: "fail"}
    assert "retention.ms" in about_disks([Disk(1, "/data", 100, 1, None)])[0].says


def test_a_broker_that_does_not_tell_of_its_disk_is_no_fault() -> None:
    silent = about_disks([Disk(1, "", None, None, "ClusterAuthorizationFailedError"), Disk(2, "/data", None, None, None)])
    assert [finding.level for finding in silent] == ["warn", "warn"]
    assert "grant Describe" in silent[0].says
    assert about_disks([])[0].level == "warn"
    assert about_disks([Disk(1, "/data", None, None, "KafkaStorageError")])[0].level == "fail"


def test_a_right_that_is_missing_is_named_with_the_command_that_grants_it() -> None:
    (finding,) = about_rights([Forbidden("topic", "dateline.news", ("Write", "Describe"))], "dateline")
    assert (finding.level, finding.exit_code) == ("fail", 78)
    assert "--resource-pattern-type prefixed --topic dateline. --operation Write --operation Describe" in finding.says
    assert about_rights([], None)[0].level == "ok"


def test_rights_are_read_from_the_bits_of_the_answer_and_not_guessed_where_there_is_none() -> None:
    assert missing_operations(1 << 3 | 1 << 8, ("Read", "Write", "Describe")) == ("Write",)
    assert missing_operations(0, ("Read", "Describe")) == ("Read", "Describe")
    assert missing_operations(-(1 << 31), ("Read", "Write")) == ()


def test_workers_that_may_take_more_memory_than_there_is_are_a_warning() -> None:
    assert about_memory(2, 1 << 30, 8 << 30).level == "ok"
    short = about_memory(20, 1 << 30, 8 << 30)
    assert (short.level, short.exit_code) == ("warn", 0)
    assert "DATELINE_ENRICHER__WORKERS" in short.says
    assert about_memory(1, 1 << 30, None).level == "warn"


def test_orders_are_counted_by_kind_and_one_that_cannot_be_read_fails() -> None:
    assert about_withdrawals({"url": 2, "article": 1200}, 0).says == "1,200 by article, 2 by url stand"
    assert about_withdrawals({}, 0).says == "none"
    assert about_withdrawals({"url": 2}, 1).level == "fail"


def test_a_finding_is_a_line_and_a_document() -> None:
    finding = Finding("disk", "warn", "few bytes are free")
    assert line(finding) == "warn disk: few bytes are free"
    assert described(finding) == {"what": "disk", "ok": True, "level": "warn", "says": "few bytes are free", "exit_code": 0}


def test_check_offline_looks_at_settings_files_and_this_machine_and_asks_no_broker(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "192.0.2.1:9")  # nobody answers there, and nobody is asked
    assert run(["check", "--offline"]) == 0
    assert [found.split()[1] for found in capsys.readouterr().out.splitlines()] == ["settings:", "files:", "agencies:", "memory:"]


def test_a_wrong_setting_ends_check_with_78_and_its_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATELINE_OPS__PORT", "many")
    assert run(["check", "--offline"]) == 78
    assert "FAIL settings: DATELINE_OPS__PORT" in capsys.readouterr().out


# --- top ---

ANSWER = Answer(
    "10.0.0.7:8080",
    100.0,
    {"services": {"sink": [{"phase": "running", "records": 10}, {"partition": 1, "phase": "running", "records": 5}]}},
)


def test_the_table_fits_eighty_columns_whatever_the_names_and_numbers() -> None:
    task = {"phase": "running", "lag_records": 12_345_678, "lag_seconds": 99_999.0, "records": 10**9}
    wide = Answer("a-host-with-a-long-name.cluster.example:8080", 0, {"services": {"enricher": [task]}})
    out = io.StringIO()
    Console(file=out, width=80).print(table(rows([wide, ANSWER, Answer("b:1", 0, None, "no answer " * 20)], {})))
    lines = out.getvalue().splitlines()
    assert len(lines) == 4
    assert all(len(found.rstrip()) <= 80 for found in lines)
    assert "12,345,678" in lines[1] and ":8080" in lines[1]


def test_a_plain_line_names_its_values_and_what_is_not_told_is_a_dash() -> None:
    assert plain(rows([ANSWER], {})[0]) == (
        "10.0.0.7:8080 sink tasks=2/2 lag_records=- lag_seconds=- per_second=- records=15 dead_letters=0 state='ok'"
    )


def test_names_that_a_process_gives_itself_and_its_services_steer_no_terminal_and_make_no_line() -> None:
    odd = Answer("a\x1b[2J\n:1", 0, {"services": {"sink\x9b\n": [{"phase": "run\x1bning"}]}})
    out = io.StringIO()
    Console(file=out, width=80).print(table(rows([odd], {})))
    for said in (out.getvalue(), plain(rows([odd], {})[0]) + "\n"):
        assert not {"\x1b", "\x9b"} & set(said)
        assert said.rstrip("\n").count("\n") == (1 if said == out.getvalue() else 0)


def test_top_as_json_is_one_document_of_the_same_rows_numbers_and_verdict(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("dateline.cli.top._ask", lambda _: [ANSWER])
    monkeypatch.setattr("dateline.cli.top.time.sleep", lambda _: None)
    assert run(["top", "--json", "10.0.0.7:8080"]) == 0
    said = json.loads(capfdbinary.readouterr().out)
    assert said.keys() == {"verdict", "numbers", "concerns", "rows"}
    assert [(row["process"], row["service"], row["records"]) for row in said["rows"]] == [("10.0.0.7:8080", "sink", 15)]
    monkeypatch.setattr("dateline.cli.top._ask", lambda _: [Answer("b:1", 0, None, "no answer")])
    assert run(["top", "--json", "b:1"]) == 1
    assert json.loads(capfdbinary.readouterr().out)["verdict"] == {"state": "unwell", "sentence": "no process answers"}


def test_top_of_nobody_ends_with_1_and_a_wrong_address_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["top", "--once", "127.0.0.1:1"]) == 1
    assert "no answer" in capsys.readouterr().out
    for wrong in ("http://", "127.0.0.1:x", "ftp://host"):
        assert run(["top", "--once", wrong]) == 2


# --- progress ---


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_said_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, said in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(progress_module.sys, "stderr", stream)
        monkeypatch.setattr(progress_module, "FIRST_SECONDS", 0.0)
        shown = Progress("reading", "documents")
        shown.told(1, 4)
        shown.clear()
        assert bool(stream.getvalue()) == said


def test_progress_beside_output_on_the_same_terminal_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(progress_module.sys, "stderr", stream)
    monkeypatch.setattr(progress_module.sys, "stdout", Terminal())
    monkeypatch.setattr(progress_module, "FIRST_SECONDS", 0.0)
    Progress("reading", "documents", alone=True).told(1, 4)
    assert stream.getvalue() == ""


def test_a_bar_grows_with_what_is_done_and_never_beyond_its_end() -> None:
    assert progress_line("searching news", "records", 1200, 2400) == f"searching news {'█' * 12:<24} 1,200 of 2,400 records"
    assert progress_line("x", "records", 9, 3).count("█") == 24
    assert progress_line("x", "records", 0, 0).count("█") == 24


# --- trace ---


def test_what_is_unknown_is_told_with_what_is_known_of_the_publishers_feeds() -> None:
    feed = Neighbour("https://gazette.example/rss", "failing", NOW, "status 500")
    told = unknown("https://gazette.example/tug", Searched([], [feed] * 5))
    assert re.search(r"no feed's memory.*rss \(failing, last polled 2026-03-01 12:00:00Z, status 500\).* and 2 more", told)
    assert "dateline feeds add" in unknown("https://gazette.example/tug", Searched([], []))
    assert "no feed remembers it" in unknown("00000000-0000-5000-8000-000000000001", Searched([], []))


def test_what_is_neither_id_nor_address_ends_with_65(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("664427305", "nowhere.txt", ""):
        assert run(["trace", wrong]) == 65
        assert "neither an article's id nor an address" in capsys.readouterr().err


# --- dead letters ---


def test_a_letter_of_a_time_that_is_none_is_listed_without_it() -> None:
    letter = read_letter(FakeRecord("dateline.dead-letters", 0, 0, 10**18, None, b"x", ()), "dateline")
    assert _row(letter)[1] is None
    assert _described(letter)["set_aside_at"] is None
    assert _row(letter._replace(at_ms=0))[1] == "1970-01-01T00:00:00Z"
