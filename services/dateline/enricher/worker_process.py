"""One worker process as its parent sees it: started, asked one thing at a time, and ended."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
from typing import Self

from dateline.enricher.chunks import LENGTH_BYTES, READY, content_bytes
from dateline.enricher.endings import Ending, Kind, how_it_ended

__all__ = ["WorkerGone", "WorkerProcess"]

COMMAND = (sys.executable, "-P", "-m", "dateline.enricher.worker")
# A killed process is gone in milliseconds, unless the kernel itself is stuck with it: then we do not wait for it as well.
REAP_SECONDS = 5.0
_REAP_PAUSE_SECONDS = 0.002


class WorkerGone(Exception):
    """The process has ended, gives no answer in time, or speaks nonsense; it must be closed. Without an `ending` its exit code tells."""

    def __init__(self, ending: Ending | None = None) -> None:
        super().__init__(ending.reason if ending else "")
        self.ending = ending


class WorkerProcess:
    """A process in a session of its own, so that Ctrl-C in a terminal is its parent's affair, behind one socket."""

    def __init__(self, process: subprocess.Popen[bytes], channel: _Channel) -> None:
        self._process, self._channel = process, channel

    @classmethod
    async def start(cls) -> Self:
        """Start one, which then wants its briefing. OSError where the system gives no process."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                # Milliseconds, in the loop's own thread: the kernel ends a worker with the thread that started it.
                process = subprocess.Popen(COMMAND, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: ASYNC220, S603
            except BaseException:
                ours.close()
                raise
        channel = _Channel()
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: channel, sock=ours)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return cls(process, channel)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def gone(self) -> asyncio.Future[None]:
        """Done as soon as the process has hung up."""
        return self._channel.gone

    async def brief(self, framed: bytes, *, deadline_seconds: float) -> None:
        """Tell it what it is to know, and wait until it has loaded everything. WorkerGone where it does not come to that."""
        if await self.ask(framed, deadline_seconds=deadline_seconds) != READY:
            raise WorkerGone(Ending("did not say that it is ready", Kind.FAULT))

    async def ask(self, framed: bytes, *, deadline_seconds: float) -> bytes:
        """The content of its answer. WorkerGone where none comes."""
        try:
            async with asyncio.timeout(deadline_seconds):
                return await self._channel.ask(framed)
        except TimeoutError:
            raise WorkerGone(Ending(f"gave no answer for {deadline_seconds:g} s", Kind.LATE)) from None

    async def end(self) -> int | None:
        """Kill it if it lives, and see it gone; its exit code."""
        self._channel.close()
        self._process.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REAP_SECONDS):
                while self._process.poll() is None:  # noqa: ASYNC110 - nothing tells of it that would not take the process from us
                    await asyncio.sleep(_REAP_PAUSE_SECONDS)
        return self._process.returncode

    async def ending(self, gone: WorkerGone) -> Ending:
        """See it gone, and how it ended."""
        exit_code = await self.end()
        return gone.ending or how_it_ended(exit_code or 0)


class _Channel(asyncio.Protocol):
    """Frames over a socket, one answer for each question."""

    def __init__(self) -> None:
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[bytes] | None = None
        self._received = bytearray()

    async def ask(self, framed: bytes) -> bytes:
        if self._transport is None or self.gone.done():
            raise WorkerGone
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(framed)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream's transport reads and writes

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) < LENGTH_BYTES:
            return
        try:
            end = LENGTH_BYTES + content_bytes(bytes(self._received[:LENGTH_BYTES]))
        except ValueError as error:
            self._fail(WorkerGone(Ending(f"wrote {error}", Kind.FAULT)))
            return
        if len(self._received) >= end:
            content, self._received = bytes(self._received[LENGTH_BYTES:end]), self._received[end:]
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(content)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - whatever it was, the process is ended and tells why
        self._fail(WorkerGone())

    def _fail(self, gone: WorkerGone) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(gone)
        if not self.gone.done():
            self.gone.set_result(None)
