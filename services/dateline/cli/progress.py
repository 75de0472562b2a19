"""How far long work is, said on stderr where that is a terminal, and never anywhere else."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from dateline.ops.terminal import ERASE, bar, fitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What is over sooner needs no word, and nobody reads faster than this.
FIRST_SECONDS, EVERY_SECONDS = 0.7, 0.1


class Progress:
    """One line that is written over again and again; `told(done, total)` as often as one likes."""

    def __init__(self, what: str, unit: str, *, alone: bool = False) -> None:
        """`what` is being done to so many of `unit`; `alone`: not where the output goes to a terminal too, whose lines it would cut."""
        self._what, self._unit = what, unit
        self._wanted = sys.stderr.isatty() and not (alone and sys.stdout.isatty())
        self._next = time.monotonic() + FIRST_SECONDS
        self._shown = False

    def told(self, done: int, total: int) -> None:
        """So many of so many are done."""
        if not self._wanted or (now := time.monotonic()) < self._next:
            return
        self._next, self._shown = now + EVERY_SECONDS, True
        said = fitted(line(self._what, self._unit, done, total), sys.stderr)
        click.echo(ERASE + said, err=True, nl=False)

    def counter(self, total: int) -> Callable[[int], None]:
        """For work that says how many more of `total` are done."""
        done = 0

        def more(count: int) -> None:
            nonlocal done
            done += count
            self.told(done, total)

        return more

    def clear(self) -> None:
        """Take the line away, before anything else is said."""
        if self._shown:
            click.echo(ERASE, err=True, nl=False)
        self._shown = False


@contextmanager
def progress(what: str, unit: str, *, alone: bool = False) -> Iterator[Progress]:
    """A line while the block runs, gone afterwards; see Progress."""
    shown = Progress(what, unit, alone=alone)
    try:
        yield shown
    finally:
        shown.clear()


def line(what: str, unit: str, done: int, total: int) -> str:
    """`searching news ████████        1,200 of 3,400 records`."""
    return f"{what} {bar(done / total if total > 0 else 1.0)} {done:,} of {max(done, total):,} {unit}"
