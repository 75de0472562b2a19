"""What the command line says of itself is true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from dateline.cli import COMMANDS, run
from dateline.settings import PREFIX, SHORT_BOOTSTRAP, Settings

if TYPE_CHECKING:
    from pathlib import Path

# What costs tens of milliseconds each to import, or opens sockets.
HEAVY = ("faststream", "aiokafka", "pydantic", "pydantic_settings", "httpx", "aiohttp", "lxml", "rich", "uvloop", "yaml", "asyncio")

HELP = """
import json, sys
from dateline.cli import run
code = run(["--help"])
print(json.dumps({"code": code, "modules": sorted(sys.modules)}), file=sys.stderr)
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_listed_with_the_first_sentence_of_its_docstring(command: str) -> None:
    place, line = COMMANDS[command]
    module, _, attribute = place.partition(":")
    described = getattr(import_module(module), attribute).help
    assert first_sentence(described) == line


def first_sentence(text: str) -> str:
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    sentence, stop, _ = paragraph.partition(". ")
    return sentence + "." if stop else sentence


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    child = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, timeout=30, check=True)
    said = json.loads(child.stderr)
    assert said["code"] == 0
    assert [name for name in HEAVY if name in said["modules"]] == []
    lines = [line.split() for line in child.stdout.splitlines()]
    assert all([name] in [line[:1] for line in lines] for name in COMMANDS)


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No setting but the defaults: neither the environment's nor a `.env` file's."""
    for name in os.environ:
        if name.startswith(PREFIX) or name == SHORT_BOOTSTRAP:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def config(capfdbinary: pytest.CaptureFixture[bytes]) -> dict[str, dict[str, str]]:
    assert run(["config", "--json"]) == 0
    out, err = capfdbinary.readouterr()
    assert err == b""
    return {row["variable"]: row for row in json.loads(out)}


@pytest.mark.usefixtures("nothing_set")
def test_config_lists_every_setting_with_its_sentence(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    rows = config(capfdbinary)
    wanted = {
        f"{PREFIX}{group}__{name}".upper()
        for group, field in Settings.model_fields.items()
        for name in field.annotation.model_fields  # type: ignore[union-attr]
    }
    assert rows.keys() == wanted
    assert all(row["meaning"].endswith(".") and row["meaning"][0].isalnum() for row in rows.values())
    assert {row["origin"] for row in rows.values()} == {"default"}


@pytest.mark.parametrize("variable", [f"{PREFIX}OPS__PORT", f"{PREFIX}SINK__WINDOW_HOURS", f"{PREFIX}POLLER__CONCURRENCY"])
def test_a_variable_that_config_names_is_the_one_that_is_read(
    variable: str, nothing_set: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    nothing_set.setenv(variable, "47")
    row = config(capfdbinary)[variable]
    assert float(row["value"]) == 47
    assert row["origin"] == "environment"


def test_a_password_is_not_shown(nothing_set: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    nothing_set.setenv(f"{PREFIX}KAFKA__SASL_PASSWORD", "tarn-ferry")
    assert "tarn-ferry" not in json.dumps(config(capfdbinary))


def test_schemas_writes_what_it_prints(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["schemas"]) == 0
    printed, _ = capfdbinary.readouterr()
    assert run(["schemas", "--write", str(tmp_path)]) == 0
    assert {path.read_text(encoding="utf-8") in printed.decode() for path in tmp_path.iterdir()} == {True}
