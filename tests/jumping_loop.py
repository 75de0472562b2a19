"""An event loop whose clock stands still while there is work, and jumps to the next timer when there is none.

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(asyncio.sleep(3600))  # at once

Waits take no time and end in their order. Work in threads takes no time either. It is for what waits for nothing outside: what sockets
and other processes have to say is heard, but not waited for.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor


class _Jumps(selectors.DefaultSelector):
    """Passes the time that the loop would wait."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout == 0 and len(self.get_map()) == 1:
            return []  # callbacks are ready, and the loop's own pipe would say no more than that
        if self.threads and timeout:
            return super().select(None)
        found = super().select(timeout and 0)
        if timeout and not found:
            self.now += timeout
        return found


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop on a clock of its own, in seconds from 0."""

    def __init__(self) -> None:
        self._jumps = _Jumps()
        super().__init__(self._jumps)

    def time(self) -> float:
        return self._jumps.now

    def run_in_executor(self, executor: Executor | None, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, func, *args)
        self._jumps.threads += 1
        future.add_done_callback(self._thread_is_done)
        return future

    def _thread_is_done(self, _: asyncio.Future[Any]) -> None:
        self._jumps.threads -= 1
