"""Documents read for `dateline parse`, one by one here or many at once in processes of their own; results in the order asked for."""

from __future__ import annotations

import os
import resource
from collections import deque
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson
from pebble import ProcessExpired, ProcessPool

from dateline.errors import BadInput, FetchError
from dateline.events import encode
from dateline.poller.identity import without_secrets
from dateline.poller.sources import Source, read_source, summary_line

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from dateline.poller.document import Limits

# Below this, starting processes costs more than it saves (two of them break even at 14 MB of feeds).
POOLED_BYTES = 16 << 20
# The worst body known takes a tenth of it.
DEADLINE_SECONDS = 60.0
# Ten times the peak of the worst body known: a process that meets a worse one dies, and not the machine.
_MEMORY_BYTES = 3 << 30
# Documents read ahead of the one whose turn it is, for each process, so that memory does not grow with the number of files.
_AHEAD = 8


class Job(NamedTuple):
    """How documents are to be read: `now` is aware UTC, `url` the address of the only one."""

    limits: Limits
    now: datetime
    summary: bool
    url: str | None = None


class Parsed(NamedTuple):
    """The lines of one document; with `error`, why it could not be read."""

    name: str
    lines: bytes
    error: str | None = None


def parse_all(names: Sequence[str], job: Job, fetch: Callable[[str], tuple[bytes, Source]]) -> Generator[Parsed]:
    """Every source in order. Files are read in processes where there are many bytes of them; `fetch` gets what is no file."""
    files = [name for name in names if is_file(name)]
    processes = min(len(files), len(os.sched_getaffinity(0)))
    if processes > 1 and sum(map(_size, files)) > POOLED_BYTES:
        yield from _pooled(names, job, fetch, processes)
    else:
        for name in names:
            yield parse_file(name, job) if is_file(name) else parse_one(without_secrets(name), job, partial(fetch, name))


def is_file(name: str) -> bool:
    """Whether a source is a file, not standard input or an address."""
    return name != "-" and not name.startswith(("http://", "https://"))


def parse_file(name: str, job: Job) -> Parsed:
    """One file's lines. Runs in any process."""
    return parse_one(name, job, partial(_from_file, name, job))


def parse_one(name: str, job: Job, read: Callable[[], tuple[bytes, Source]]) -> Parsed:
    """The lines of what `read` gives; whatever goes wrong is the document's own."""
    try:
        body, source = read()
        found = read_source(body, source, now=job.now, limits=job.limits)
    except Exception as error:  # noqa: BLE001 - a bug that one document finds must not cost the others
        known = isinstance(error, BadInput | FetchError)
        return _failed(name, job, str(error) if known else f"a fault in dateline, please report it: {error!r:.200}")
    if job.summary:
        return Parsed(name, orjson.dumps(found.summary, option=orjson.OPT_APPEND_NEWLINE))
    return Parsed(name, b"".join(encode(article) + b"\n" for article in found.articles))


def _failed(name: str, job: Job, reason: str) -> Parsed:
    line = orjson.dumps(summary_line(Source(name, job.url), None, reason), option=orjson.OPT_APPEND_NEWLINE) if job.summary else b""
    return Parsed(name, line, reason)


def _from_file(name: str, job: Job) -> tuple[bytes, Source]:
    most = job.limits.max_body_bytes
    try:
        with Path(name).open("rb") as file:
            body = file.read(most + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}") from error
    if len(body) > most:
        raise too_long(most)
    return body, Source(name, job.url)


def too_long(most_bytes: int) -> BadInput:
    """Why a body is not read."""
    return BadInput(f"has more than {most_bytes} bytes; raise DATELINE_POLLER__MAX_BODY_BYTES to read it")


def _size(name: str) -> int:
    try:
        return Path(name).stat().st_size
    except OSError:
        return 0


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _pooled(names: Sequence[str], job: Job, fetch: Callable[[str], tuple[bytes, Source]], processes: int) -> Generator[Parsed]:
    pool = ProcessPool(max_workers=processes, context=get_context("spawn"), initializer=_bounded)
    turns: deque[Callable[[], Parsed]] = deque()
    try:
        for name in names:
            if is_file(name):
                turns.append(partial(_result, pool.schedule(parse_file, args=(name, job), timeout=DEADLINE_SECONDS), name, job))
            else:
                turns.append(partial(parse_one, without_secrets(name), job, partial(fetch, name)))
            if len(turns) > processes * _AHEAD:
                yield turns.popleft()()
        while turns:
            yield turns.popleft()()
    finally:
        pool.stop()
        pool.join()


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


def _result(future: Future[Parsed], name: str, job: Job) -> Parsed:
    try:
        return future.result()
    except TimeoutError:
        return _failed(name, job, f"cannot be read: given up after {DEADLINE_SECONDS:g} s")
    except ProcessExpired as error:
        return _failed(name, job, f"cannot be read: the process that tried ended with {error.exitcode}")
