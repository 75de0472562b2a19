"""The command that checks a deployment before it runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from dateline.cli.show import json_option, show_json
from dateline.errors import ConfigurationError, DatelineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dateline.poller.strays import Found


@click.command()
@click.option("--offline", is_flag=True, help="Check settings and files only, ask no broker.")
@json_option
def check(*, offline: bool, as_json: bool) -> None:
    """Check settings, broker, topics and the places of feeds."""
    findings = [*_findings("settings", _settings), *_findings("agencies", _agencies)]
    for what, look in () if offline else (("topics", _topics), ("feeds", _feeds)):
        if all(found["ok"] for found in findings):
            findings += _findings(what, look)
    if as_json:
        show_json(findings)
    else:
        for found in findings:
            click.echo(f"{'ok  ' if found['ok'] else 'FAIL'} {found['what']}: {found['says']}")
    worst = max((found["exit_code"] for found in findings), default=0)
    if worst:
        raise click.exceptions.Exit(worst)


def _findings(what: str, look: Callable[[], str | list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What a look finds: a sentence where all is well, else several findings or an error."""
    try:
        found = look()
    except DatelineError as error:
        return [_finding(what, str(error), exit_code=error.exit_code)]
    return [_finding(what, found)] if isinstance(found, str) else found


def _finding(what: str, says: str, *, exit_code: int = 0) -> dict[str, Any]:
    return {"what": what, "ok": not exit_code, "says": says, "exit_code": exit_code}


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


def _feeds() -> str | list[dict[str, Any]]:
    from dateline.log.client import Cluster
    from dateline.poller.strays import find_strays
    from dateline.settings import load_settings

    found, count = asyncio.run(find_strays(Cluster(load_settings().kafka)))
    return about_strays(found, count) if found else "each in its partition, with its state"


def about_strays(found: Sequence[Found], count: int) -> list[dict[str, Any]]:
    """A finding for each stray that is named, and one for the rest of them. Only a feed is at fault: a mere state goes by itself."""
    wrong = ConfigurationError.exit_code
    findings = [
        _finding("feeds" if one.stray.is_feed else "feeds.state", one.says(), exit_code=wrong if one.stray.is_feed else 0) for one in found
    ]
    if count > len(found):
        findings.append(_finding("feeds", f"{count - len(found)} more lie in a wrong partition", exit_code=findings[-1]["exit_code"]))
    return findings
