"""What foreign texts hold reaches people as it is written, and steers nothing: no markup, no emoji names, no control characters."""

from __future__ import annotations

import io
import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from dateline.cli import run
from dateline.cli.dead_letters import _confirm
from dateline.cli.feed_files import told
from dateline.cli.feed_visits import _show_trial
from dateline.cli.filters import _Complaints, _run
from dateline.cli.kafka import _wanted
from dateline.cli.show import say, show_json, show_table
from dateline.errors import BadInput, DatelineError, Unmatchable
from dateline.log.letters import read_letter
from dateline.poller.listed import Changes, Refused
from dateline.poller.trial import Trial
from fakes import FakeRecord

NASTY = "\x1b[31m[/b] [red]:smile:\r\x9b2J\nsecond"
CONTROL = {"\x1b", "\x9b", "\r", "\x07"}


def test_a_cell_of_a_table_is_text_whatever_stands_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("title", "count"), [(NASTY, 7), (None, None), ("[fd00::1]:9092", 1)], empty="nothing")
    out = capsys.readouterr().out
    assert not CONTROL & set(out)
    assert "[31m[/b] [red]:smile:" in out and "[fd00::1]:9092" in out
    assert len(out.splitlines()) == 4, "a line break of a cell makes no line"


def test_a_broker_with_a_bare_address_is_shown_whole(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATELINE_KAFKA__BOOTSTRAP", "[fd00::1]:9092")
    assert run(["config"]) == 0
    assert " [fd00::1]:9092 " in capsys.readouterr().out


def test_json_says_exactly_what_was_there(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    show_json({"title": NASTY})
    assert json.loads(capfdbinary.readouterr().out) == {"title": NASTY}


def test_an_error_that_quotes_a_foreign_text_is_one_line_without_its_control_characters(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatelineError(f"410 {NASTY}")

    monkeypatch.setattr("dateline.cli.cli.main", fail)
    assert run([]) == 1
    said = capsys.readouterr().err
    assert said.startswith("dateline: 410 ") and said.count("\n") == 1
    assert not CONTROL & set(said)


def test_what_a_poll_would_publish_is_shown_without_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    entry = SimpleNamespace(published_at=None, title=NASTY, link="https://gazette.example/\x1b[2J")
    fields: dict[str, Any] = dict.fromkeys(Trial.__struct_fields__) | {"title": NASTY, "content_type": NASTY, "flags": {}}
    trial: Any = SimpleNamespace(**fields | {"doubts": [NASTY], "entries": [entry]})
    _show_trial(trial)
    out = capsys.readouterr().out
    assert "[31m[/b] [red]:smile:" in out
    assert not CONTROL & set(out)


def said_of_an_import() -> None:
    told(Changes(added=[], updated=[], there=[], refused=[Refused(NASTY, NASTY)]))


def said_of_a_record_that_takes_too_long() -> None:
    def too_long(_: object) -> bool:
        raise Unmatchable(NASTY)

    match: Any = too_long
    assert not _wanted(match, {}, FakeRecord("p.news", 0, 0, 0, None, None, ()))


def said_of_a_line_that_is_not_of_ours() -> None:
    def refuse_the_first(number: int, _: bytes) -> None:
        if number == 1:
            raise BadInput(NASTY)

    complaints = _Complaints(sys.stderr, "", "")
    assert _run(io.BytesIO(b"{}\n{}\n"), io.BytesIO(), complaints, refuse_the_first) == BadInput.exit_code


@pytest.mark.parametrize(
    "speak",
    [said_of_an_import, said_of_a_record_that_takes_too_long, said_of_a_line_that_is_not_of_ours, lambda: say(NASTY)],
)
def test_words_on_stderr_steer_no_terminal(speak: Any, capsys: pytest.CaptureFixture[str]) -> None:
    speak()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert not CONTROL & set(said)


def test_what_is_asked_about_a_dead_letter_steers_no_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    headers = tuple((f"__connect.errors.{name}", NASTY.encode()) for name in ("topic", "class.name", "exception.message", "connector.name"))
    letter = read_letter(FakeRecord("p.dead-letters", 0, 0, 0, b"key", b"x", headers), "p")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("click.confirm", lambda *_, **__: True)
    _confirm([letter], "replayed")
    said = capsys.readouterr().err
    assert "[31m" in said
    assert not CONTROL & set(said)


def test_the_reason_that_a_foreign_process_gives_steers_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dateline.cli.services._said", lambda *_: {"ready": False, "reason": NASTY})
    monkeypatch.setattr("http.client.HTTPConnection.request", lambda *_: None)
    monkeypatch.setattr("http.client.HTTPConnection.getresponse", lambda _: io.BytesIO(b"{}"))
    assert run(["health"]) == 1
    assert not CONTROL & set(capsys.readouterr().out)
