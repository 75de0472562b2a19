"""One line on a terminal that says how far an exporter is."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import IO, TYPE_CHECKING, NamedTuple

from dateline.log.tasks import end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Sequence

    from dateline.export.task import ExportTask
    from dateline.log.task import Task

REFRESH_SECONDS = 0.5
ERASE = "\r\x1b[K"


class Progress(NamedTuple):
    """What all tasks have done together."""

    events: int
    dead_letters: int
    partitions: int
    newest_seconds: float | None
    trouble: str | None


def progress(tasks: Sequence[ExportTask], running: Collection[Task]) -> Progress:
    """The sum over all tasks that have run, and how those are that run now."""
    newest = [task.newest_seconds for task in tasks if task.newest_seconds is not None]
    trouble = [task.status.last_error for task in running if task.status.phase == "backoff"]
    return Progress(
        sum(task.status.records for task in tasks),
        sum(task.status.dead_letters for task in tasks),
        len(running),
        max(newest, default=None),
        next(iter(trouble), None),
    )


def sentence(now: Progress, events_per_second: float, clock_seconds: float) -> str:
    """The line."""
    parts = [f"{now.events:,} events written", f"{events_per_second:,.0f}/s", f"{now.partitions} partitions"]
    if now.newest_seconds is not None:
        parts.append(f"newest {max(0.0, clock_seconds - now.newest_seconds):,.0f} s old")
    if now.dead_letters:
        parts.append(f"{now.dead_letters} dead letters")
    if now.trouble:
        parts.append(f"waiting: {now.trouble}")
    return " · ".join(parts)


@asynccontextmanager
async def showing(look: Callable[[], Progress], stream: IO[str]) -> AsyncIterator[None]:
    """Keep the line up to date while the block runs, where the stream is a terminal."""
    if not stream.isatty():
        yield
        return
    line = asyncio.create_task(_show(look, stream))
    try:
        yield
    finally:
        await end([line])
        now = look()
        stream.write(f"{ERASE}{now.events:,} events written, {now.dead_letters} dead letters\n")


async def _show(look: Callable[[], Progress], stream: IO[str]) -> None:
    before, then = 0, time.monotonic()
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        now, clock = look(), time.monotonic()
        stream.write(ERASE + sentence(now, max(0, now.events - before) / (clock - then), time.time()))
        stream.flush()
        before, then = now.events, clock
