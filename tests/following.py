"""Running export tasks in tests: until everything is written, through deaths of the process, with files that fail on demand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dateline.events import NewsEvent, decode
from dateline.export.files import LocalFiles
from dateline.export.match import Match
from dateline.export.output import Delivery
from dateline.export.segments import Limits, open_segments
from dateline.export.task import ExportTask
from fakes import FakeLog, Killed

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

AT_ONCE = Limits(segment_seconds=0.0)


class Counter:
    """Counts what is done with files over all lives of a process, and ends the life at one of them."""

    def __init__(self, *, kill_at: int = -1, after: bool = False, error: OSError | None = None, writes: bool = True) -> None:
        self.count, self.kill_at, self.after, self.error = 0, kill_at, after, error
        # Whether each write is a step; a Parquet file is made of hundreds.
        self.writes = writes


class MortalFiles:
    """Files whose process dies before or after one of its steps, and then does nothing more."""

    def __init__(self, files, counter: Counter) -> None:
        self._files, self.counter, self._dead = files, counter, False
        self._streams: list[MortalStream] = []
        self._read: list[IO[bytes]] = []
        self.place = files.place

    def __getattr__(self, name):
        return lambda *arguments: self.step(getattr(self._files, name), *arguments)

    def create(self, path):
        return self.step(self._created, path)

    def _created(self, path):
        self._streams.append(MortalStream(self._files.create(path), self))
        return self._streams[-1]

    def open(self, path):
        return self.step(self._opened, path)

    def _opened(self, path):
        stream = self._files.open(path)
        if stream is not None:
            self._read.append(stream)
        return stream

    def step(self, function, *arguments):
        if self._dead:
            raise Killed
        number, counter = self.counter.count, self.counter
        counter.count += 1
        if number == counter.kill_at and counter.error:
            raise counter.error
        if number == counter.kill_at and not counter.after:
            self._die()
        result = function(*arguments)
        if number == counter.kill_at:
            self._die()
        return result

    def _die(self):
        self._dead = True
        for stream in self._streams:
            stream.lose()
        for stream in self._read:
            stream.close()
        raise Killed


class MortalStream:
    """A file of such a process."""

    def __init__(self, stream, files: MortalFiles) -> None:
        self._stream, self._files, self.closed = stream, files, False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def write(self, content):
        return self._files.step(self._stream.write, content) if self._files.counter.writes else self._stream.write(content)

    def flush(self):
        self._stream.flush()

    def close(self):
        if not self.closed:
            try:
                self._files.step(self._stream.close)
                self.closed = True
            finally:
                self.lose()

    def lose(self):
        """As the system closes a file of a process that has ended: what was not written yet is lost."""
        if not self.closed:
            self.closed = True
            if not self._stream.closed:
                self._stream.detach().close()


def news_log(entries, *, service: str, partition: int = 0, topics=None, start=None) -> FakeLog:
    return FakeLog(entries, service=service, topic="news", partition=partition, start=start, topics=topics)


def deliveries(log, first: int, end: int) -> list[Delivery]:
    """The events of a log's records, by their numbers."""
    found = log.topics.records("news", log.input[1])[first:end]
    return [Delivery(one.offset, one.value, decode(one.value, NewsEvent)) for one in found]


def task_of(kind, log, *, match=None, partition: int = 0, **options) -> ExportTask:
    return ExportTask(log.open, partition, service=f"export.{kind.id}", open_output=kind.open, match=match or Match(), once=True, **options)


async def finish(make_task) -> ExportTask:
    """Run a task, and a fresh one whenever the process dies, until it has written everything; the last one."""
    while True:
        try:
            task = make_task()
        except Killed:
            continue
        running, finished = asyncio.ensure_future(task.run()), asyncio.ensure_future(task.finished.wait())
        await asyncio.wait({running, finished}, return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        finished.cancel()
        ended, _ = await asyncio.gather(running, finished, return_exceptions=True)
        if isinstance(ended, asyncio.CancelledError):
            return task
        if not isinstance(ended, Killed):
            raise ended


def folder(tmp_path: Path, form, limits: Limits = AT_ONCE, files=None):
    """A folder as an output."""
    return open_segments(files or LocalFiles(tmp_path), form, str(tmp_path), limits)
