"""The lines of a restore and of an exporter as a real terminal is given them, and a pipe is not."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from dateline.ops.terminal import ERASE, USUAL_COLUMNS

# A restore of three partitions that takes 0.6 s, with a log line in its midst; the foot of the terminal is that of `dateline run`.
RESTORE = """
import asyncio, sys
from types import SimpleNamespace
import structlog
from dateline.log.task import TaskStatus
from dateline.ops.logs import configure_logs
from dateline.ops import terminal
from dateline.ops.terminal import foot_line
from dateline.overview import Overview
from dateline.settings import LogSettings, OpsSettings

terminal.REFRESH_SECONDS = 0.05

async def main():
    tasks = [SimpleNamespace(status=TaskStatus(number)) for number in range(3)]
    overview = Overview(OpsSettings(), ["sink"], SimpleNamespace(answered_at=None))
    overview.services = [SimpleNamespace(name="sink", tasks=lambda: tasks)]
    async with foot_line(sys.stderr, overview.restores):
        for share in (0.25, 0.75):
            for task in tasks:
                task.status.restores(share)
            await asyncio.sleep(0.3)
            structlog.get_logger().info("restored", share=share)
        for task in tasks:
            task.status.phase = "running"
        await asyncio.sleep(0.3)

configure_logs(LogSettings())
asyncio.run(main())
"""
# An exporter that catches up, and whose database is away for a while and says so in several lines.
EXPORT = """
import asyncio, sys
from dateline.export.progress import Progress, showing
from dateline.ops import terminal

terminal.REFRESH_SECONDS = 0.05

async def main():
    now = Progress(30_000, 0, 6, None, "connection refused\\n\\tIs the server running?", passed=30_000, left=10_000)
    async with showing(lambda: now, sys.stderr, alone=True):
        await asyncio.sleep(0.3)
        now = Progress(40_000, 0, 6, None, None)
        await asyncio.sleep(0.3)

asyncio.run(main())
"""


def on_a_terminal(script, columns):
    """What the script writes to a terminal of this width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([sys.executable, "-c", script], stderr=theirs, env=os.environ | {"NO_COLOR": "1"}) as process:
        os.close(theirs)
        written = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    assert process.returncode == 0, written
    return written.decode().replace("\r\n", "\n")


def _read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:  # how a terminal says that nobody writes to it any more
        return b""


def shown(written, columns):
    """What stays on the screen, line by line; a line that would not fit fails, since what wraps is not erased."""
    columns = columns or USUAL_COLUMNS
    lines = [line.split(ERASE) for line in written.split("\n")]
    footers = [part for *over, _ in lines for part in over]
    assert all(len(part) < columns for part in footers), footers
    return [line[-1] for line in lines]


@pytest.mark.parametrize("columns", [0, 40, 80, 200])
def test_a_restore_shows_a_bar_that_is_gone_when_it_is_done_and_log_lines_stand_alone(columns):
    written = on_a_terminal(RESTORE, columns)
    assert f"restoring {'█' * 6}{' ' * 18}" in written
    assert f"restoring {'█' * 18}{' ' * 6}"[: (columns or USUAL_COLUMNS) - 2] in written
    first, second, last = shown(written, columns)
    assert ("restored" in first, "restored" in second, last) == (True, True, "")
    assert "restoring" not in first + second


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_an_exporter_shows_a_bar_until_it_has_caught_up_and_its_trouble_in_one_line(columns):
    written = on_a_terminal(EXPORT, columns)
    assert f"{'█' * 18}{' ' * 6} 10,000 to read"[: columns - 2] in written
    assert "█" not in written.rpartition("40,000 events written · ")[2]
    assert shown(written, columns) == ["40,000 events written, 0 dead letters", ""]


@pytest.mark.parametrize("script", [RESTORE, EXPORT])
def test_neither_shows_a_bar_on_a_pipe(script):
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, timeout=30)
    assert ERASE.encode() not in done.stderr
    assert "█".encode() not in done.stderr
