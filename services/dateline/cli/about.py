"""Commands about dateline itself: version, settings, schemas."""

from __future__ import annotations

from pathlib import Path

import click

from dateline import __version__
from dateline.cli.show import json_option, show_json, show_table
from dateline.errors import BadInput


@click.command()
@json_option
def version(*, as_json: bool) -> None:
    """Print the version."""
    if as_json:
        show_json({"name": "dateline", "version": __version__})
    else:
        click.echo(f"dateline {__version__}")


@click.command()
@json_option
def config(*, as_json: bool) -> None:
    """Show every setting with its value, its origin and one sentence."""
    from dateline.settings import described, load_settings

    rows = described(load_settings())
    if as_json:
        show_json([row._asdict() for row in rows])
    else:
        show_table(("setting", "value", "origin", "meaning"), rows, empty="no settings")


def _named(context: click.Context, parameter: click.Parameter, folder: str | None) -> Path | None:
    """The folder that was named; an empty name would be the current one."""
    if folder == "":
        raise click.BadParameter("names no folder", context, parameter)
    return None if folder is None else Path(folder)


@click.command()
@click.option("--write", "folder", type=click.Path(file_okay=False), callback=_named, help="Write one file per event type here.")
def schemas(*, folder: Path | None) -> None:
    """Print or write the JSON Schemas of the events."""
    from dateline.schemas import schema_files

    files = schema_files()
    if folder is None:
        for body in files.values():
            click.echo(body, nl=False)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, body in files.items():
            (folder / name).write_text(body, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{error.filename or folder} cannot be written: {error.strerror}") from error
    for name in files:
        click.echo(f"wrote {folder / name}", err=True)
