"""The commands behind `make demo` and `make run`."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from dateline.settings import OpsSettings


@click.command()
@click.option("--seconds", type=click.FloatRange(min=1), help="Stop after this long; otherwise Ctrl-C stops it.")
@click.option("--feeds", "opml", type=click.Path(path_type=Path), help="Poll the feeds of this OPML file instead of the newsroom's.")
@click.option("--ops-port", type=click.IntRange(0, 65535), help="Port of the page; 0 takes a free one, as does the usual one in use.")
def demo(*, seconds: float | None, opml: Path | None, ops_port: int | None) -> None:
    """Run a newsroom with invented stories and all services, on one screen.

    It prints where its page is, to be looked at in a browser.
    """
    from dateline.cli.services import run_loop
    from dateline.demo.show import DEMO_POLLER, demo_agencies, show_demo, show_own
    from dateline.ops.logs import configure_logs
    from dateline.settings import load_settings

    # One screen: only what is broken interrupts the events, unless a level is asked for.
    asked = load_settings()
    options: dict[str, Any] = {"ops": _ops(asked.ops, ops_port)}
    if "level" not in asked.log.model_fields_set:
        options["log"] = {"level": "error"}
    if opml is not None:
        settings = load_settings(**options)
        configure_logs(settings.log)
        run_loop(show_own(settings, opml, seconds=seconds))
        return
    with demo_agencies() as agencies:
        settings = load_settings(poller=DEMO_POLLER, enricher={"agencies": agencies}, **options)
        configure_logs(settings.log)
        run_loop(show_demo(settings, seconds=seconds))


def _ops(asked: OpsSettings, ops_port: int | None) -> dict[str, Any]:
    """The port that was asked for; else the usual one, and a free one where that is in use, since nobody looks for the demo there."""
    if ops_port is not None:
        return {"port": ops_port}
    if "port" in asked.model_fields_set:
        return {}
    with socket.socket(socket.AF_INET6 if ":" in asked.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((asked.host, asked.port))
        except OSError:
            return {"port": 0}
    return {}
