"""The command that checks a deployment before it runs."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from dateline.cli.show import json_option, show_json
from dateline.errors import DatelineError


@click.command()
@click.option("--offline", is_flag=True, help="Check settings and files only, ask no broker.")
@json_option
def check(*, offline: bool, as_json: bool) -> None:
    """Check settings, broker and topics."""
    findings = [_finding("settings", _settings), _finding("agencies", _agencies)]
    if not offline and all(found["ok"] for found in findings):
        findings.append(_finding("topics", _topics))
    if as_json:
        show_json(findings)
    else:
        for found in findings:
            click.echo(f"{'ok  ' if found['ok'] else 'FAIL'} {found['what']}: {found['says']}")
    worst = max((found["exit_code"] for found in findings), default=0)
    if worst:
        raise click.exceptions.Exit(worst)


def _finding(what: str, look: Any) -> dict[str, Any]:
    try:
        return {"what": what, "ok": True, "says": look(), "exit_code": 0}
    except DatelineError as error:
        return {"what": what, "ok": False, "says": str(error), "exit_code": error.exit_code}


def _settings() -> str:
    from dateline.settings import load_settings

    kafka = load_settings().kafka
    return f"Kafka at {kafka.bootstrap}, topics {kafka.topic_prefix}.*"


def _agencies() -> str:
    from dateline.enricher.agencies import load_agencies
    from dateline.settings import load_settings

    agencies = load_agencies(load_settings().enricher.agencies)
    return f"rules {agencies.rules}"


def _topics() -> str:
    from dateline.log.client import Cluster
    from dateline.log.topics import require
    from dateline.settings import load_settings

    asyncio.run(require(Cluster(load_settings().kafka)))
    return "all there"
