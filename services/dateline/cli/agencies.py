"""Commands about the list of news agencies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dateline.cli.show import json_option, say, show_json, show_table
from dateline.errors import BadInput

if TYPE_CHECKING:
    from dateline.enricher.agency_check import Report


@click.group()
def agencies() -> None:
    """Show the list of news agencies, and check one of your own."""


@agencies.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """List the agencies, with your own file laid over the built-in ones."""
    from msgspec import to_builtins

    from dateline.enricher.agencies import load_agencies
    from dateline.settings import load_settings

    listed = load_agencies(load_settings().enricher.agencies).agencies
    if as_json:
        show_json(to_builtins(listed))
        return
    rows = [(agency.id, agency.name, agency.kind, agency.country, ", ".join(agency.codes), ", ".join(agency.domains)) for agency in listed]
    show_table(("id", "name", "kind", "country", "codes", "domains"), rows, empty="no agencies")


@agencies.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@json_option
def check_command(*, file: Path | None, as_json: bool) -> None:
    """Check a list of your own before it is used: what it changes, and what in it cannot work.

    FILE is laid over the built-in list as DATELINE_ENRICHER__AGENCIES would be; without it, the file of that setting is checked. Ends
    with 1 where something needs attention.
    """
    from dateline.enricher.agencies import load_agencies
    from dateline.enricher.agency_check import check_agencies
    from dateline.settings import load_settings

    if file is not None:
        _refuse_unreadable(file)
    report = check_agencies(load_agencies(None), load_agencies(file or load_settings().enricher.agencies))
    if as_json:
        show_json(as_document(report))
    else:
        for line in in_lines(report):
            say(line, err=False)
    if report.needs_attention:
        raise click.exceptions.Exit(1)


def _refuse_unreadable(file: Path) -> None:
    """BadInput for what was named and cannot be read; the file of a setting is that setting's fault."""
    try:
        with file.open("rb"):
            return
    except (OSError, ValueError) as error:
        raise BadInput(f"{str(file)[:200]} cannot be read: {getattr(error, 'strerror', error)}") from error


def as_document(report: Report) -> dict[str, object]:
    """The report for programs."""
    return {
        "rules": report.rules,
        "agencies": report.agencies,
        "added": list(report.added),
        "muted": list(report.muted),
        "corrected": [correction._asdict() for correction in report.corrected],
        "findings": [finding._asdict() for finding in report.findings],
    }


def in_lines(report: Report) -> list[str]:
    """The report for people."""
    return [
        f"rules {report.rules}: {report.agencies} agencies",
        *(f"added      {identity}" for identity in report.added),
        *(f"muted      {identity}" for identity in report.muted),
        *(f"corrected  {change.agency}: {change.field} {_shown(change.before)} → {_shown(change.after)}" for change in report.corrected),
        *(f"{finding.level:<10} {finding.agency}: {finding.says}" for finding in report.findings),
    ]


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else "none" if value is None else str(value)
