"""A log line on a terminal is one line, and what it quotes steers nothing."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import pytest
import structlog

from dateline.ops.logs import configure_logs
from dateline.settings import LogSettings

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged in words; logging is as it was afterwards."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    configure_logs(LogSettings(format="console"))
    yield out
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_a_log_line_in_words_is_one_line_that_steers_no_terminal(stderr: io.StringIO) -> None:
    structlog.get_logger().warning("feed cannot be read", error="\x1b]0;title\x07\r\nlevel=error", entries=3)
    logging.getLogger("a.library").warning("a port is \x1b[2J\nclosed")
    said = stderr.getvalue()
    assert said.count("\n") == 2
    assert not {"\x1b", "\x07", "\r"} & set(said)
    assert "entries=3" in said
