"""The commands behind `make demo` and `make run`."""

from __future__ import annotations

import os
from typing import Any

import click


@click.command()
@click.option("--seconds", type=click.FloatRange(min=1), help="Stop after this long; otherwise Ctrl-C stops it.")
@click.option("--own-feeds", is_flag=True, help="Show the events of your own feeds instead of the newsroom's.")
def demo(*, seconds: float | None, own_feeds: bool) -> None:
    """Run a newsroom with invented stories and all services, on one screen."""
    from dateline.cli.services import run_loop
    from dateline.demo.show import DEMO_POLLER, demo_agencies, show_demo
    from dateline.ops.logs import configure_logs
    from dateline.settings import LogSettings, load_settings

    level: dict[str, Any] = {} if "DATELINE_LOG__LEVEL" in os.environ else {"log": {"level": "error"}}
    if own_feeds:
        settings = load_settings(**level)
        configure_logs(settings.log)
        run_loop(_own(settings, seconds))
        return
    configure_logs(LogSettings(level=os.environ.get("DATELINE_LOG__LEVEL", "error")))  # type: ignore[arg-type]
    with demo_agencies() as agencies:
        settings = load_settings(poller=DEMO_POLLER, enricher={"agencies": agencies}, **level)
        run_loop(show_demo(settings, seconds=seconds))


async def _own(settings: Any, seconds: float | None) -> None:  # noqa: ANN401 - Settings, imported late
    from rich.console import Console

    from dateline.demo.show import show_events
    from dateline.run import require_topics, stop_on_signals

    await require_topics(settings)
    await show_events(settings, stop_on_signals(), seconds=seconds, console=Console(highlight=False, soft_wrap=True))
