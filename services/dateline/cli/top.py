"""The command that shows what running services do."""

from __future__ import annotations

import http.client
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from dateline.cli.show import show_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from dateline.ops.processes import Answer

AT_ONCE = 16
# A screen has room for so many; the rest follow when these are mended.
MOST_CONCERNS = 5


@click.command()
@click.argument("urls", nargs=-1, metavar="[URL...]")
@click.option(
    "--every", "seconds", type=click.FloatRange(0.2), default=2.0, show_default=True, metavar="SECONDS", help="How often to look."
)
@click.option("--once", is_flag=True, help="Look once and end; with 1 where no process answers.")
@click.option("--json", "as_json", is_flag=True, help="Look once and print one JSON document of verdict, numbers, concerns and rows.")
def top(urls: tuple[str, ...], *, seconds: float, once: bool, as_json: bool) -> int:
    """Show what running services do, again and again.

    URL is an operations server, such as 10.0.0.7:8080; without any it is this machine's, and the peers that the settings name. On a
    terminal it is one table; elsewhere each look is a line for each service.
    """
    from dateline.ops.processes import rows
    from dateline.ops.verdict import all_told

    places = [_place(url) for url in urls or _own()]
    if once or as_json:
        answers, first = _asked_once(places, seconds)
        if as_json:
            show_json(all_told(answers, rows(answers, first)))
        else:
            _print(answers, first)
        return 0 if any(answer.status is not None for answer in answers) else 1
    if sys.stdout.isatty():
        _live(places, seconds)
    else:
        for answers, before in _looks(places, seconds):
            _print_plain(rows(answers, before))
    return 0


def _asked_once(places: Sequence[tuple[str, str, int | None]], seconds: float) -> tuple[list[Answer], dict[str, Answer]]:
    """The answers of one look, and those before it: a rate needs two looks where a process tells none."""
    answers = _ask(places)
    first = {answer.process: answer for answer in answers}
    if any(answer.status is not None for answer in answers):
        time.sleep(min(seconds, 1.0))
        answers = _ask(places)
    return answers, first


def _own() -> Sequence[str]:
    from dateline.settings import load_settings

    ops = load_settings().ops
    return ops.url(ops.port), *ops.peers


def _place(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an operations server."""
    try:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        place = parts.scheme, parts.hostname, parts.port
    except ValueError as error:
        raise click.UsageError(f"{url[:100]!r} is no address such as 127.0.0.1:8080") from error
    if place[0] not in ("http", "https") or not place[1]:
        raise click.UsageError(f"{url[:100]!r} is no address such as 127.0.0.1:8080")
    return place[0], place[1], place[2]


def _looks(places: Sequence[tuple[str, str, int | None]], seconds: float) -> Iterator[tuple[list[Answer], dict[str, Answer]]]:
    """The answers of each look, with those of the look before; for ever."""
    before: dict[str, Answer] = {}
    while True:
        began = time.monotonic()
        answers = _ask(places)
        yield answers, before
        before = {answer.process: answer for answer in answers}
        time.sleep(max(0.0, seconds - (time.monotonic() - began)))


def _ask(places: Sequence[tuple[str, str, int | None]]) -> list[Answer]:
    from dateline.ops.processes import distinct

    with ThreadPoolExecutor(AT_ONCE) as pool:
        spread = [(address, place) for place, found in zip(places, pool.map(_addresses, places), strict=True) for address in found]
        return distinct(pool.map(_answer, spread))


def _addresses(place: tuple[str, str, int | None]) -> list[str]:
    """Where the processes behind a name are. A certificate is for a name, so that one is asked by its name."""
    from dateline.ops.addresses import addresses

    scheme, host, port = place
    found = addresses(host, port) if scheme == "http" else [host]
    return found if len(found) > 1 else [host]


def _answer(asked: tuple[str, tuple[str, str, int | None]]) -> Answer:
    from dateline.ops.processes import MOST_BYTES, PATIENCE_SECONDS, Answer, own_name, read_status, why_unread

    host, (scheme, named, port) = asked
    name = f"{host}:{port}" if port else host
    connect = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = connect(host, port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/status")
        status = read_status(connection.getresponse().read(MOST_BYTES))
        return Answer(name if host == named else own_name(status, name), time.monotonic(), status)
    except OSError as error:
        return Answer(name, time.monotonic(), None, f"no answer ({error.strerror or error})")
    except (http.client.HTTPException, ValueError) as error:
        return Answer(name, time.monotonic(), None, why_unread(error))
    finally:
        connection.close()


def _live(places: Sequence[tuple[str, str, int | None]], seconds: float) -> None:
    from rich.live import Live
    from rich.text import Text

    with Live(auto_refresh=False, vertical_overflow="visible") as live:
        for answers, before in _looks(places, seconds):
            live.update(_frame(answers, before, Text(f"every {seconds:g} s; Ctrl-C ends", style="dim")), refresh=True)


def _print(answers: Sequence[Answer], before: Mapping[str, Answer]) -> None:
    from dateline.ops.processes import rows

    if not sys.stdout.isatty():
        _print_plain(rows(answers, before))
        return
    from rich.console import Console

    Console(highlight=False).print(_frame(answers, before))


def _frame(answers: Sequence[Answer], before: Mapping[str, Answer], *last: RenderableType) -> RenderableType:
    """The verdict, the table, and what should be looked at."""
    from rich.console import Group
    from rich.text import Text

    from dateline.cli.top_table import table
    from dateline.ops.processes import rows
    from dateline.ops.verdict import concerns, verdict
    from dateline.showable import printable

    found = rows(answers, before)
    sentence = printable(f"{datetime.now(UTC):%H:%M:%SZ}  {verdict(answers, found).sentence}")
    every = concerns(answers, found)
    more = [Text(f"and {len(every) - MOST_CONCERNS} more", style="dim")] if len(every) > MOST_CONCERNS else []
    hurts = [
        Text(printable(line), style=style)
        for concern in every[:MOST_CONCERNS]
        for line, style in ((concern.finding, "yellow"), (f"  → {concern.do}", "dim"))
    ]
    head = Text(sentence, style="bold", no_wrap=True, overflow="ellipsis")
    return Group(head, Text(""), table(found), Text(""), *hurts, *more, *last)


def _print_plain(found: Sequence[Any]) -> None:
    from dateline.cli.top_table import plain

    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    sys.stdout.write("".join(f"{now} {plain(row)}\n" for row in found))
    sys.stdout.flush()
