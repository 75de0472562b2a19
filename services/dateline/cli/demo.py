"""The commands behind `make demo` and `make run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command()
@click.option("--seconds", type=click.FloatRange(min=1), help="Stop after this long; otherwise Ctrl-C stops it.")
@click.option("--feeds", "opml", type=click.Path(path_type=Path), help="Poll the feeds of this OPML file instead of the newsroom's.")
def demo(*, seconds: float | None, opml: Path | None) -> None:
    """Run a newsroom with invented stories and all services, on one screen."""
    from dateline.cli.services import run_loop
    from dateline.demo.show import DEMO_POLLER, demo_agencies, show_demo, show_own
    from dateline.ops.logs import configure_logs
    from dateline.settings import load_settings

    # One screen: only what is broken interrupts the events, unless a level is asked for.
    asked = "level" in load_settings().log.model_fields_set
    quiet: dict[str, Any] = {} if asked else {"log": {"level": "error"}}
    if opml is not None:
        settings = load_settings(**quiet)
        configure_logs(settings.log)
        run_loop(show_own(settings, opml, seconds=seconds))
        return
    with demo_agencies() as agencies:
        settings = load_settings(poller=DEMO_POLLER, enricher={"agencies": agencies}, **quiet)
        configure_logs(settings.log)
        run_loop(show_demo(settings, seconds=seconds))
