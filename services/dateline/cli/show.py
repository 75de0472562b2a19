"""How commands speak: tables for people, JSON for programs, data on stdout and words on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
import orjson

from dateline.showable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console, RenderableType
    from rich.text import Text

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")


def say(line: str, *, err: bool = True) -> None:
    """One line for people, on stderr or else on stdout; whatever is quoted in it steers no terminal."""
    click.echo(printable(line), err=err)


def show_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE, default=str))
    sys.stdout.buffer.flush()


def show_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """A table on stdout, or a sentence on stderr when there is nothing to show. A cell is shown as it stands, and steers no terminal."""
    if not rows:
        say(empty)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else printable(str(cell))) for cell in row))
    console = Console(soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 240)
    _write(console, [table])


def show_lines(lines: Iterable[Text]) -> None:
    """Lines that are broken already, on stdout; with colour on a terminal only."""
    from rich.console import Console

    _write(Console(soft_wrap=True, highlight=False), lines)


def _write(console: Console, parts: Iterable[RenderableType]) -> None:
    """Written as a whole by us, so that a reader who has gone is noticed as everywhere else."""
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    sys.stdout.write(capture.get())
    sys.stdout.flush()
