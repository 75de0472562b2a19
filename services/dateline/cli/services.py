"""Commands that run services and ask after them."""

from __future__ import annotations

import http.client
import os
from pathlib import Path
from typing import Any

import click

from dateline.cli.show import json_option, say, show_json
from dateline.errors import DatelineError

NAMES = ("poller", "enricher", "sink")
# As in OpsSettings, which costs a probe too much to import; a test holds them together.
DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8080
_HOST, _PORT = "DATELINE_OPS__HOST", "DATELINE_OPS__PORT"
# Where settings may also come from.
_READ_WITH_CARE = {"DATELINE_SECRETS_DIR", "DATELINE_OPS"}


@click.command()
@click.argument("services", nargs=-1, type=click.Choice(NAMES))
@click.option(
    "--ops-port", type=click.IntRange(0, 65535), help="Port of the operations server, in place of DATELINE_OPS__PORT; 0 takes a free one."
)
def run(services: tuple[str, ...], ops_port: int | None) -> None:
    """Run services; none named runs all three in one process."""
    from dateline.ops.logs import configure_logs
    from dateline.run import run_services
    from dateline.settings import load_settings

    settings = load_settings(**({} if ops_port is None else {"ops": {"port": ops_port}}))
    configure_logs(settings.log)
    run_loop(run_services(settings, services or NAMES))


def run_loop(main: object) -> None:
    """Run a coroutine on the quick event loop."""
    import asyncio

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)  # type: ignore[arg-type]


@click.command()
@click.argument("question", default="ready", type=click.Choice(("live", "ready")))
@click.option("--ops-port", type=click.IntRange(1, 65535), help="Port of the process's operations server, in place of DATELINE_OPS__PORT.")
@json_option
def health(question: str, ops_port: int | None, *, as_json: bool) -> None:
    """Ask a running process whether it is live and ready.

    Where nothing is named, the question is ready.
    """
    host, port = _address(ops_port)
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", f"/{question}")
        said = _said(connection.getresponse().read(), question)
    except OSError as error:
        raise DatelineError(f"no process answers at {host}:{port} ({error.strerror or error}); is one running?") from error
    except (http.client.HTTPException, ValueError) as error:
        raise DatelineError(f"what answers at {host}:{port} is no process of ours; see --ops-port") from error
    finally:
        connection.close()
    if as_json:
        show_json(said)
    else:
        say(question if said[question] else f"not {question}: {said['reason']}", err=False)
    if not said[question]:
        raise click.exceptions.Exit(1)


def _address(ops_port: int | None) -> tuple[str, int]:
    """Host and port of a process's operations server.

    A probe asks every few seconds, so the settings, whose reading costs five times as much as the question, are read only where they
    may hold something that two variables do not.
    """
    ours = {name.upper(): value for name, value in os.environ.items() if name.upper().startswith("DATELINE_")}
    port = str(ops_port or ours.get(_PORT, DEFAULT_PORT))
    plain = port.isascii() and port.isdigit() and len(port) <= len("65535") and int(port) in range(1 << 16)
    if plain and not Path(".env").exists() and not ours.keys() & _READ_WITH_CARE:
        return ours.get(_HOST, DEFAULT_HOST), int(port)
    from dateline.settings import load_settings

    ops = load_settings().ops
    return ops.host, ops_port or ops.port


def _said(body: bytes, question: str) -> dict[str, Any]:
    """The answer to a question; ValueError where it is none."""
    import orjson

    said = orjson.loads(body)
    if not isinstance(said, dict) or question not in said:
        raise ValueError(f"no word on {question}")
    return said
