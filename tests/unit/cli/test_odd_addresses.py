"""An address that nobody can read ends a command with a sentence, wherever one is given; nothing is looked up."""

from __future__ import annotations

import pytest

from dateline.cli import run


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("url", ["http://xn--a/", "http://[::1", "http://[::1]:x/", "http://xn--zz--/"])
@pytest.mark.parametrize("command", [["feeds", "test"], ["feeds", "discover"], ["feeds", "import"], ["explain"]])
def test_an_address_that_cannot_be_read_is_said_to_be_one(capsys: pytest.CaptureFixture[str], command: list[str], url: str) -> None:
    assert run([*command, url]) == 1
    assert "the address cannot be read" in capsys.readouterr().err
