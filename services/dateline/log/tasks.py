"""Running coroutines together and ending them for certain: Python 3.11 can lose a cancellation, so it is asked for again."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine

# A cancellation that comes together with a result or a failure is lost in asyncio's wait_for and TaskGroup (fixed in Python 3.12
# and 3.13); whoever still runs after this long is asked again.
AGAIN_SECONDS = 0.5


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until all have ended, however they end; whoever cancels us meanwhile waits for them too."""
    pending = set(tasks)
    cancelled: asyncio.CancelledError | None = None
    while pending:
        for task in pending:
            task.cancel()
        try:
            await asyncio.wait(pending, timeout=AGAIN_SECONDS)
        except asyncio.CancelledError as error:
            cancelled = error
        for task in [task for task in pending if task.done()]:
            pending.discard(task)
            if not task.cancelled():
                task.exception()
    if cancelled is not None:
        raise cancelled


async def to_the_end(closing: Coroutine[Any, Any, Any]) -> None:
    """Wait for a closing that is bounded in time, all of it: a cancellation that comes meanwhile is raised when it is done."""
    task = asyncio.create_task(closing)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled


async def together(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run until the first of them fails, or we are cancelled; none outlives this. Raises the first failure as it is."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await end(tasks)


def stop_on_signals() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
