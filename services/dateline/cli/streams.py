"""The standard streams of a command: there from the start, able to write any letter, and let go once nobody takes what is written."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dateline.showable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a write ends with when it is the place that does not take it; EIO is a terminal that has gone.
_NOT_TAKEN = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF))


class ReaderGone(Exception):
    """Who read our output has closed it. Not a BrokenPipeError, for which click ends a process with 1 whatever its caller wants."""


def prepare() -> None:
    """Streams that were closed before the start give and keep nothing; a letter that an output does not know becomes its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open for as long as the process
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def noticing() -> Iterator[None]:
    """A broken pipe inside the block is a ReaderGone."""
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGone from error


def say(sentence: str) -> None:
    """A sentence of ours on stderr; where nobody takes it, the exit code has to do."""
    with suppress(OSError):
        click.echo(printable(f"dateline: {sentence}"), err=True)


def is_not_taken(error: OSError) -> bool:
    """Whether it is an output that failed, and no file that somebody named."""
    return error.errno in _NOT_TAKEN and error.filename is None


def let_go() -> None:
    """Write what is left; an output that does not take it is pointed away, so that the interpreter's last flush stays quiet."""
    for stream in (sys.stdout, sys.stderr):
        if stream.closed:
            continue
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
