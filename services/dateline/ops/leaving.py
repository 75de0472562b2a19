"""A process that begins to end is gone in time, whatever hangs: what is not committed is done again, wherever it was."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Self

import structlog

from dateline.errors import DatelineError

if TYPE_CHECKING:
    import asyncio

__all__ = ["LEAVE_SECONDS", "Leaving"]

logger = structlog.get_logger()

# A process that is asked to stop is gone within 15 s.
LEAVE_SECONDS = 14.0


class Leaving:
    """What a process does, as a block: it ends with it, or when the block says so or a part of it fails.

    For those alone who own their process. The time that is left is not taken back when the block is left: threads that hang (a look-up
    of a name, a file on a server that is away) hold up the loop that closes, and then the interpreter that ends.
    """

    def __init__(self) -> None:
        self._code, self._reason = 0, "asked to stop"
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self.begin(error)

    def watch(self, part: asyncio.Task[Any]) -> None:
        """Begin when this fails: whatever does ends all, and would be told only after the rest has ended."""
        part.add_done_callback(self._ended)

    def begin(self, error: BaseException | None = None) -> None:
        """From now on there are 14 seconds. Who leaves by the clock leaves with the code of the first error, without one with 0.

        A cancellation, and a reader who has gone, are no errors.
        """
        if isinstance(error, Exception) and not self._code:
            # As the command line gives it.
            self._code = error.exit_code if isinstance(error, DatelineError) else 1
            self._reason = str(error) or type(error).__name__
        if self._timer is None:
            self._timer = threading.Timer(LEAVE_SECONDS, self._leave)
            self._timer.daemon = True
            self._timer.start()

    def _ended(self, part: asyncio.Task[Any]) -> None:
        if not part.cancelled() and (error := part.exception()) is not None:
            self.begin(error)

    def _leave(self) -> None:
        logger.error("the stop takes too long; leaving", code=self._code, reason=self._reason)
        os._exit(self._code)
