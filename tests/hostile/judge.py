"""Reads one body as `dateline parse` would, in a process of its own, and says what came of it and what it cost."""

from __future__ import annotations

import resource
import time
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple

from dateline.errors import NotAFeed
from dateline.events import RawArticle, decode, encode
from dateline.poller.document import Limits
from dateline.poller.sources import Source, read_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
# So that a body that does blow up takes down its own process and not the machine.
MEMORY_BYTES = 3 << 30
GIVEN_UP_SECONDS = 20.0
# Of how many articles it is seen that the next service can read them.
SAMPLE = 20


class Verdict(NamedTuple):
    """What came of a body. `articles` is null where it was refused; `fault` is what must never be."""

    articles: int | None
    reason: str | None
    fault: str | None
    output: bytes
    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    child_peak_bytes: int


def judge(path: Path, *, name: str = "https://gazette.example/rss") -> Verdict:
    """The verdict on a file; a process that dies or does not end is a fault."""
    return in_process(_read, path, name)


def in_process(work: Callable[..., tuple[int | None, str | None, bytes]], *arguments: object) -> Verdict:
    """Run `work` in a fresh process that has everything imported, under limits."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, work, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(GIVEN_UP_SECONDS):
            return _fault(f"no end after {GIVEN_UP_SECONDS:g} s")
        verdict: Verdict = ours.recv()
        return verdict
    except EOFError:
        process.join()
        return _fault(f"the process died: {process.exitcode}")
    finally:
        process.kill()
        process.join()
        ours.close()


def _fault(reason: str) -> Verdict:
    return Verdict(None, None, reason, b"", 0.0, 0.0, 0, 0)


def _run(connection: Connection, work: Callable[..., tuple[int | None, str | None, bytes]], arguments: tuple[object, ...]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.RLIM_INFINITY))
    articles = reason = fault = None
    output = b""
    began, spent = time.monotonic(), time.process_time()
    try:
        articles, reason, output = work(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the verdict
        fault = f"{type(error).__name__}: {error!s:.300}"
    ours, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = time.process_time() - spent + children.ru_utime + children.ru_stime
    wall = time.monotonic() - began
    connection.send(Verdict(articles, reason, fault, output[:100_000], cpu, wall, ours.ru_maxrss << 10, children.ru_maxrss << 10))


def _read(path: Path, name: str) -> tuple[int | None, str | None, bytes]:
    try:
        found = read_source(path.read_bytes(), Source(name, name), now=NOW, limits=Limits())
    except NotAFeed as refusal:
        return None, str(refusal), b""
    lines = [encode(article) for article in found.articles]
    for line, article in zip(lines[:SAMPLE], found.articles, strict=False):
        if decode(line, RawArticle) != article:
            raise AssertionError("what is written cannot be read back")
    return len(lines), None, b"\n".join(lines[:SAMPLE])
