"""JSON Lines on stdout: at least once, since nothing tells what a reader has taken.

    1. fence (the producer's epoch) and read the committed offset
    2. write lines and flush them
    3. commit the offset

What is written between 2 and 3 when a process ends is written again by the next one.
"""

from __future__ import annotations

import asyncio
from typing import IO, TYPE_CHECKING

from dateline.export.jsonl import lines
from dateline.export.output import OutputKind
from dateline.log.task import transact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.export.output import Delivery
    from dateline.log.port import Output, PartitionLog

DEADLINE_SECONDS = 20.0


class ReaderGone(BaseException):
    """Who read our stdout has closed it; nothing goes on without them."""


class Lines:
    """One partition's way to stdout."""

    patience_seconds = 0.0
    full = behind = False

    def __init__(self, stream: IO[bytes], turn: asyncio.Lock, log: PartitionLog) -> None:
        self._stream, self._turn, self._log = stream, turn, log
        self._waiting: list[bytes] = []

    async def fence(self) -> int | None:
        await self._log.fence()  # 1
        committed = await self._log.committed()
        return None if committed is None else committed.offset

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        self._waiting.append(lines(deliveries))

    async def commit(self, position: int, letters: Sequence[Output]) -> None:
        async with self._turn:
            # In a thread, because a slow reader must not stop our heartbeats.
            await asyncio.to_thread(self._write, b"".join(self._waiting))  # 2
        self._waiting.clear()
        await transact(self._log, letters, position, deadline_seconds=DEADLINE_SECONDS)  # 3

    async def close(self) -> None:
        """Nothing is held."""

    def _write(self, written: bytes) -> None:
        try:
            self._stream.write(written)
            self._stream.flush()
        except (BrokenPipeError, ValueError) as error:
            raise ReaderGone from error


def open_stdout(stream: IO[bytes], name: str) -> OutputKind:
    """Stdout as an output; its id is a name, since it remembers nothing itself."""
    turn = asyncio.Lock()
    return OutputKind(name, "stdout", lambda log, _: Lines(stream, turn, log))
