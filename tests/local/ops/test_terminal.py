"""On a terminal a line at its foot says how far long work is, log lines do not run into it, and elsewhere there is none."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import subprocess
import sys

import pytest

from dateline.ops import terminal
from dateline.ops.terminal import BAR_COLUMNS, ERASE, ErasingStream, bar, foot_line


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(terminal, "REFRESH_SECONDS", 0.01)


async def test_the_line_is_written_over_itself_and_taken_away_at_the_end():
    stream, said = Terminal(), iter(["one", "two", None])
    async with foot_line(stream, lambda: next(said, None)):
        await asyncio.sleep(0.2)
    assert stream.getvalue() == f"{ERASE}one{ERASE}two{ERASE}{ERASE}", "what is said to be over is erased once"


async def test_a_line_is_no_longer_than_a_row():
    stream = Terminal()
    async with foot_line(stream, lambda: "x" * 300):
        await asyncio.sleep(0.05)
    assert max(map(len, stream.getvalue().split(ERASE))) == 79


async def test_nothing_is_written_where_nobody_looks():
    stream = io.StringIO()
    async with foot_line(stream, lambda: "one"):
        await asyncio.sleep(0.05)
    assert stream.getvalue() == ""


async def test_the_line_is_gone_when_the_work_fails():
    stream = Terminal()

    async def fail():
        async with foot_line(stream, lambda: "one"):
            await asyncio.sleep(0.05)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert stream.getvalue().endswith(f"one{ERASE}")


@pytest.mark.parametrize(("share", "blocks"), [(-1, 0), (0, 0), (0.5, 12), (1, BAR_COLUMNS), (7, BAR_COLUMNS)])
def test_a_bar_is_as_long_as_what_is_done(share, blocks):
    assert bar(share) == "█" * blocks + " " * (BAR_COLUMNS - blocks)


def test_a_log_line_takes_the_place_of_the_foot_line():
    stream = Terminal()
    stream.write("restoring")
    ErasingStream(stream).write("event\n")
    assert stream.getvalue() == f"restoring{ERASE}event\n"


LOGGING = """
import structlog
from dateline.ops.logs import configure_logs
from dateline.settings import LogSettings
configure_logs(LogSettings())
structlog.get_logger().info("restored", partition=3)
"""


def test_a_process_on_a_terminal_erases_before_its_log_lines_and_one_on_a_pipe_does_not():
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", LOGGING], stderr=theirs, check=True, timeout=30)
    os.close(theirs)
    assert os.read(ours, 1000).startswith(ERASE.encode())
    os.close(ours)
    piped = subprocess.run([sys.executable, "-c", LOGGING], stderr=subprocess.PIPE, check=True, timeout=30)
    assert piped.stderr.startswith(b'{"partition":3')
