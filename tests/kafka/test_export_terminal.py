"""An exporter on a real terminal, while it catches up with a real broker."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys

from harness import create_topics, environment, new_cluster, produce

from dateline.ops.terminal import ERASE
from made_events import article_id, encoded, made

# It writes 10,000 to 20,000 a second and tells twice in one.
EVENTS = 30_000


def on_a_terminal(cluster, *arguments, stdout):
    """What is left on a terminal's wire by an exporter that goes up to the end; its stdout is that terminal too, or nothing."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "dateline", "export", *map(str, arguments), "--once"]
    out = theirs if stdout else subprocess.DEVNULL
    with subprocess.Popen(command, env=os.environ | environment(cluster), stdin=theirs, stdout=out, stderr=theirs) as process:
        os.close(theirs)
        written = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    assert process.returncode == 0, written[-2000:]
    return written.decode()


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # how a terminal says that nobody writes to it any more
        return b""


async def test_an_exporter_that_catches_up_shows_a_bar_on_a_terminal_and_none_among_the_events(kafka_bootstrap, tmp_path):
    cluster = new_cluster(kafka_bootstrap)
    await create_topics(cluster, "news", "dead-letters", partitions=3)
    await produce(cluster, "news", [(article_id(n).encode(), encoded(made(n))) for n in range(EVENTS)])
    written = await asyncio.to_thread(on_a_terminal, cluster, "jsonl", tmp_path / "out", stdout=False)
    bars = [line.count("█") for line in written.split(ERASE) if "to read" in line]
    assert bars == sorted(bars)
    assert any(bars), "what is read counts, though one file is published at the end"
    assert written.split(ERASE)[-1] == f"{EVENTS:,} events written, 0 dead letters\r\n"
    events = await asyncio.to_thread(on_a_terminal, cluster, "jsonl", "-", stdout=True)
    assert (ERASE in events, "█" in events, events.count('"id":') >= EVENTS) == (False, False, True)
