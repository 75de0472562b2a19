"""The three services as filters: parse, enrich, normalize."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from dateline.cli.progress import progress
from dateline.cli.show import say
from dateline.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from dateline.poller.sources import Source
    from dateline.settings import PollerSettings


def _an_address(context: click.Context, parameter: click.Parameter, url: str | None) -> str | None:
    from dateline.poller.identity import is_web_address

    if url is not None and not is_web_address(url):
        raise click.BadParameter(f"{url[:200]!r} is not an http or https address", context, parameter)
    return url


# What `parse` and `explain` take of a document that says neither itself.
url_option = click.option("--url", callback=_an_address, help="The address the file came from.")


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@url_option
@click.option("--at", "at", metavar="TIME", help="The time to use as now, RFC 3339; the present one otherwise.")
@click.option("--summary", is_flag=True, help="One line per document instead of its entries.")
def parse(sources: tuple[str, ...], url: str | None, at: str | None, *, summary: bool) -> int:
    """Read feeds and print their entries as RawArticle JSON Lines.

    SOURCE is a file, - for standard input, or an http(s) address of a feed or an article page.
    """
    if url is not None and len(sources) > 1:
        raise click.UsageError("--url goes with one source")
    now = read_moment(at)
    from dateline.cli.reading import Job, parse_all
    from dateline.poller.document import Limits
    from dateline.settings import load_settings

    settings = load_settings().poller
    exit_code = 0
    # Closed at once where the reader has gone, so that no process goes on for nobody.
    documents = parse_all(sources, Job(Limits.of(settings), now, summary, url), partial(fetch, settings, url))
    with contextlib.closing(documents), progress("reading", "documents", alone=True) as shown:
        for count, parsed in enumerate(documents, start=1):
            sys.stdout.buffer.write(parsed.lines)
            sys.stdout.buffer.flush()
            if parsed.error is not None:
                shown.clear()
                say(f"dateline: {parsed.name}: {parsed.error}")
                exit_code = BadInput.exit_code
            shown.told(count, len(sources))
    return exit_code


def read_moment(text: str | None) -> datetime:
    """An RFC 3339 time in UTC, the present one where none is given."""
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"--at: {text!r} is not a time such as 2026-01-31T12:00:00Z") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def fetch(settings: PollerSettings, url: str | None, name: str) -> tuple[bytes, Source]:
    """What stands on standard input or at an address."""
    from dateline.cli.reading import too_long
    from dateline.poller.sources import Source

    if name != "-":
        return asyncio.run(_fetched(name, settings))
    body = sys.stdin.buffer.read(settings.max_body_bytes + 1)
    if len(body) > settings.max_body_bytes:
        raise too_long(settings.max_body_bytes)
    return body, Source(name, url)


async def _fetched(url: str, settings: PollerSettings) -> tuple[bytes, Source]:
    from dateline.events import Http
    from dateline.poller.fetch import Fetched, Fetcher
    from dateline.poller.identity import without_secrets
    from dateline.poller.sources import Source

    fetcher = Fetcher(settings)
    try:
        answer = await fetcher.fetch(url)
    finally:
        await fetcher.close()
    if not isinstance(answer, Fetched):
        raise BadInput("the publisher says that it is gone for good")
    http = Http(status=answer.status, url=without_secrets(answer.url), content_type=answer.content_type)
    return answer.body, Source(without_secrets(url), answer.url, answer.content_type, http)


@click.command()
@click.argument("file", default="-", metavar="[FILE|-]")
def enrich(file: str) -> int:
    """Turn RawArticle JSON Lines into EnrichedArticle JSON Lines.

    Standard input is read where nothing is named.
    """
    from dateline.cli.filters import run_enrich
    from dateline.enricher.agencies import load_agencies
    from dateline.settings import load_settings

    agencies = load_agencies(load_settings().enricher.agencies)
    return _filtered(file, lambda lines: run_enrich(lines, sys.stdout.buffer, sys.stderr, agencies, file=file))


@click.command()
@click.argument("file", default="-", metavar="[FILE|-]")
def normalize(file: str) -> int:
    """Turn EnrichedArticle JSON Lines into NewsEvent JSON Lines.

    Stories are folded in input order, per language group. Standard input is read where nothing is named.
    """
    from dateline.cli.filters import run_normalize
    from dateline.settings import load_settings

    sink = load_settings().sink

    def run(lines: BinaryIO) -> int:
        return run_normalize(
            lines,
            sys.stdout.buffer,
            sys.stderr,
            window_hours=sink.window_hours,
            window_articles=sink.window_articles,
            file=file,
        )

    return _filtered(file, run)


def _filtered(file: str, run: Callable[[BinaryIO], int]) -> int:
    if file == "-":
        return run(sys.stdin.buffer)
    try:
        opened = Path(file).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error
    with opened:
        return run(opened)
