"""Commands about dateline itself: version, settings, schemas."""

from __future__ import annotations

from pathlib import Path

import click

from dateline import __version__
from dateline.cli.show import json_option, show_json, show_table


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


@click.command()
@click.option("--write", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write one file per event type here.")
def schemas(*, folder: Path | None) -> None:
    """Print or write the JSON Schemas of the events."""
    from dateline.schemas import schema_files

    files = schema_files()
    if folder is None:
        for body in files.values():
            click.echo(body, nl=False)
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (folder / name).write_text(body, encoding="utf-8")
        click.echo(f"wrote {folder / name}", err=True)
