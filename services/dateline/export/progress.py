"""One line on a terminal that says how far an exporter is: a bar until it has caught up, then how fast and how fresh."""

from __future__ import annotations

import sys
import time
from contextlib import asynccontextmanager
from typing import IO, TYPE_CHECKING, NamedTuple

from dateline.ops.terminal import bar, foot_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Sequence

    from dateline.export.task import ExportTask

# Fewer events than these are no catching up, but the last batch.
BEHIND_EVENTS = 1000


class Progress(NamedTuple):
    """What all tasks have done together."""

    events: int
    dead_letters: int
    partitions: int
    newest_seconds: float | None
    trouble: str | None
    # Offsets that were read since the tasks began, and those that are left.
    passed: int = 0
    left: int = 0


def progress(tasks: Sequence[ExportTask], running: Collection[ExportTask]) -> Progress:
    """The sum over all tasks that have run, and how those are that run now."""
    newest = [task.newest_seconds for task in tasks if task.newest_seconds is not None]
    trouble = [task.status.last_error for task in running if task.status.phase == "backoff"]
    return Progress(
        sum(task.status.records for task in tasks),
        sum(task.status.dead_letters for task in tasks),
        len(running),
        max(newest, default=None),
        next(iter(trouble), None),
        sum(task.passed for task in running),
        sum(task.left for task in running),
    )


def sentence(now: Progress, events_per_second: float, clock_seconds: float) -> str:
    """The line."""
    parts = [f"{now.events:,} events written", f"{events_per_second:,.0f}/s", f"{now.partitions} partitions"]
    if now.left >= BEHIND_EVENTS:
        parts.insert(0, f"{bar(now.passed / (now.passed + now.left))} {now.left:,} to read")
    elif now.newest_seconds is not None:
        parts.append(f"newest {max(0.0, clock_seconds - now.newest_seconds):,.0f} s old")
    if now.dead_letters:
        parts.append(f"{now.dead_letters} dead letters")
    if now.trouble:
        parts.append(f"waiting: {now.trouble}")
    return " · ".join(parts)


@asynccontextmanager
async def showing(look: Callable[[], Progress], stream: IO[str], *, alone: bool) -> AsyncIterator[None]:
    """Keep the line up to date while the block runs, and leave a last one, where the stream is a terminal.

    `alone`: what is written goes elsewhere than to the terminal.
    """
    if not (stream.isatty() and (alone or not sys.stdout.isatty())):
        yield
        return
    before, then = 0, time.monotonic()

    def said() -> str:
        nonlocal before, then
        now, clock = look(), time.monotonic()
        line = sentence(now, max(0, now.events - before) / (clock - then), time.time())
        before, then = now.events, clock
        return line

    try:
        async with foot_line(stream, said):
            yield
    finally:
        now = look()
        stream.write(f"{now.events:,} events written, {now.dead_letters} dead letters\n")
