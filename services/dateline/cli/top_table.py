"""How `dateline top` shows the rows of processes: as a table, and as lines for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dateline.ops.processes import Row, age

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

__all__ = ["COLUMNS", "plain", "table"]

COLUMNS = ("process", "service", "tasks", "waiting", "behind", "per s", "done", "dead", "state")


def table(found: Sequence[Row]) -> Table:
    """The rows as a table of 80 columns."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold", show_edge=False, width=80, padding=(0, 1, 0, 0))
    for column in COLUMNS:
        right = column in COLUMNS[2:8]
        shown.add_column(
            column, justify="right" if right else "left", no_wrap=True, overflow="ellipsis", ratio=1 if column == "state" else None
        )
    for row in found:
        style = "green" if row.state in ("ok", "standby") else "red"
        *cells, state = map(_printable, _cells(row))
        shown.add_row(*map(Text, cells), Text(state, style=style))
    return shown


def plain(row: Row) -> str:
    """A row as one line for programs and logs."""
    values = (
        ("tasks", f"{row.working}/{row.tasks}"),
        ("lag_records", row.lag_records),
        ("lag_seconds", None if row.lag_seconds is None else round(row.lag_seconds, 1)),
        ("per_second", None if row.per_second is None else round(row.per_second, 1)),
        ("records", row.records),
        ("dead_letters", row.dead_letters),
    )
    said = " ".join(f"{name}={'-' if value is None else value}" for name, value in values)
    return f"{_printable(row.process)} {_printable(row.service)} {said} state={_printable(row.state)!r}"


def _cells(row: Row) -> tuple[str, ...]:
    return (
        _short(row.process),
        row.service[:10],
        f"{row.working}/{row.tasks}",
        "-" if row.lag_records is None else f"{row.lag_records:,}",
        "-" if row.lag_seconds is None else age(row.lag_seconds),
        "-" if row.per_second is None else f"{row.per_second:.1f}",
        f"{row.records:,}",
        f"{row.dead_letters:,}",
        row.state,
    )


def _short(process: str) -> str:
    """The end of a long name, where the port stands."""
    most = 21
    return process if len(process) <= most else f"…{process[-(most - 1) :]}"


def _printable(text: str) -> str:
    """What a terminal may be given, whoever answered."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
