"""One line at the foot of a terminal that says how far long work is, and log lines that do not run into it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

__all__ = ["ERASE", "ErasingStream", "bar", "fitted", "foot_line"]

ERASE = "\r\x1b[K"
REFRESH_SECONDS = 0.5
BAR_COLUMNS = 24
# A terminal that does not say how wide it is.
USUAL_COLUMNS = 80


def bar(share: float) -> str:
    """`████████                ` for a third; never longer than whole."""
    return f"{'█' * round(min(1.0, max(0.0, share)) * BAR_COLUMNS):<{BAR_COLUMNS}}"


def fitted(text: str, stream: IO[str]) -> str:
    """As much as one row of the terminal holds, whatever stands in the text: of a longer line only the last row would be erased."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns or USUAL_COLUMNS
    except (OSError, ValueError):
        columns = USUAL_COLUMNS
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return line if len(line) < columns else f"{line[: max(0, columns - 2)]}…"


class ErasingStream:
    """A stream for log lines on a terminal: each begins where the foot line stands, and takes its place until that is written anew."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a whole line, or the end of one."""
        return self._stream.write(text if text == "\n" else ERASE + text)

    def flush(self) -> None:
        """As the stream does."""
        self._stream.flush()

    def isatty(self) -> bool:
        """It is made for terminals."""
        return True


@contextlib.asynccontextmanager
async def foot_line(stream: IO[str], said: Callable[[], str | None]) -> AsyncIterator[None]:
    """Keep the line up to date while the block runs, where the stream is a terminal; null takes it away, and so does the end."""
    if not stream.isatty():
        yield
        return
    line = asyncio.create_task(_keep(stream, said))
    try:
        yield
    finally:
        line.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await line
        stream.write(ERASE)
        stream.flush()


async def _keep(stream: IO[str], said: Callable[[], str | None]) -> None:
    shown = False
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        now = said()
        if now or shown:
            stream.write(ERASE + fitted(now or "", stream))
            stream.flush()
        shown = bool(now)
