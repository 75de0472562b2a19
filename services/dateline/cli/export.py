"""Commands that follow the news into an output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from dateline.cli.match import match_option

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dateline.export.match import Match
    from dateline.export.output import OutputKind
    from dateline.settings import LogSettings, Settings


@click.group()
def export() -> None:
    """Follow the news into PostgreSQL, Parquet or JSON Lines, each event once.

    A stopped exporter goes on where its output stands; more processes for one output share its partitions.
    """


def _common(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every output."""
    options = (
        match_option,
        click.option("--once", is_flag=True, help="Write what is there now, and end."),
        click.option("--accept-gap", is_flag=True, help="Go on though events between the output and the log are gone."),
        click.option(
            "--ops-port",
            type=click.IntRange(0, 65535),
            help="Port of its operations server, which it has only with this; 0 takes a free one.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _segments(command: Callable[..., None]) -> Callable[..., None]:
    """The options of outputs made of files."""
    every = click.option(
        "--every",
        "seconds",
        type=click.FloatRange(0.1),
        default=300.0,
        show_default=True,
        metavar="SECONDS",
        help="Publish what has come at least this often.",
    )
    size = click.option(
        "--segment-bytes",
        type=click.IntRange(1),
        default=64 << 20,
        show_default=True,
        metavar="BYTES",
        help="Publish sooner when this much has come, counted as JSON.",
    )
    return every(size(command))


@export.command("postgres")
@click.argument("dsn")
@_common
def postgres(dsn: str, **wishes: Any) -> None:
    """Write articles, stories, origins and authors to tables of a PostgreSQL database, schema `dateline`.

    DSN is what libpq takes: postgresql://host/database or "host=... dbname=..."; leave a password to PGPASSWORD or a password file.
    """

    def opened(settings: Settings) -> OutputKind:
        from dateline.export.service import open_database

        return open_database(settings, dsn)

    _run(opened, **wishes)


@export.command("parquet")
@click.argument("folder", metavar="DIR")
@_common
@_segments
def parquet(folder: str, seconds: float, segment_bytes: int, **wishes: Any) -> None:
    """Write Parquet files to a folder, one folder a day.

    DIR may be an address that pyarrow knows, such as s3://bucket/folder.
    """
    _run(lambda _: _folder(folder, "parquet", seconds, segment_bytes), **wishes)


@export.command("jsonl")
@click.argument("folder", metavar="DIR|-")
@click.option("--name", default="stdout", show_default=True, help="Under which name stdout's position is kept.")
@_common
@_segments
def jsonl(folder: str, name: str, seconds: float, segment_bytes: int, **wishes: Any) -> None:
    """Write JSON Lines to a folder, or with - to stdout.

    Files hold each event once. Stdout has no memory: after a crash the last events may come again.
    """
    _refuse_idle(("seconds", "segment_bytes") if folder == "-" else ("name",), folder)

    def opened(_: Settings) -> OutputKind:
        if folder != "-":
            return _folder(folder, "jsonl", seconds, segment_bytes)
        from dateline.export.stdout import open_stdout

        return open_stdout(sys.stdout.buffer, name)

    _run(opened, **wishes)


def _refuse_idle(names: Sequence[str], folder: str) -> None:
    """UsageError for an option that was given and would do nothing."""
    context = click.get_current_context()
    for parameter in context.command.params:
        if parameter.name in names and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{parameter.opts[0]} does nothing where the output is {'stdout' if folder == '-' else 'a folder'}")


def _folder(folder: str, kind: str, seconds: float, segment_bytes: int) -> OutputKind:
    from dateline.export.segments import Limits
    from dateline.export.service import open_folder

    return open_folder(folder, kind, Limits(segment_bytes, seconds))


def _quiet(log: LogSettings) -> LogSettings:
    """Trouble only, unless something else is asked for: a line tells the rest on a terminal, and a run with an end has nothing to tell."""
    return log if "level" in log.model_fields_set else log.model_copy(update={"level": "warning"})


def _run(opened: Callable[[Settings], OutputKind], *, match: Match, once: bool, accept_gap: bool, ops_port: int | None) -> None:
    from dateline.cli.services import run_loop
    from dateline.export.service import Wishes, run_export
    from dateline.export.stdout import ReaderGone
    from dateline.ops.logs import configure_logs
    from dateline.settings import load_settings

    settings = load_settings()
    configure_logs(_quiet(settings.log) if once or sys.stderr.isatty() else settings.log)
    try:
        run_loop(run_export(settings, opened(settings), Wishes(match, once, accept_gap, ops_port)))
    except ReaderGone as error:
        raise BrokenPipeError from error
