"""Commands about the list of feeds."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dateline.cli.show import json_option, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.poller.feeds import FeedStatus
    from dateline.poller.opml import Listed


@click.group()
def feeds() -> None:
    """List, add, remove and import feeds."""


@feeds.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """Show every feed with its last poll, its next one and why, and its last error."""
    from dateline.log.client import Cluster
    from dateline.poller.feeds import list_feeds
    from dateline.settings import load_settings

    statuses = asyncio.run(list_feeds(Cluster(load_settings().kafka)))
    if as_json:
        show_json([_as_dict(status) for status in statuses])
        return
    rows = [_row(status) for status in statuses]
    show_table(
        ("feed", "title", "polled", "next", "rule", "errors", "last error"),
        rows,
        empty="no feeds yet; add one with: dateline feeds add URL",
    )


@feeds.command()
@click.argument("urls", nargs=-1, required=True)
@click.option("--title", help="Title to show.")
@click.option("--label", "labels", multiple=True, help="Label; may be given more than once.")
@click.option("--language", help="Language the feed is in, BCP 47.")
def add(urls: tuple[str, ...], title: str | None, labels: tuple[str, ...], language: str | None) -> None:
    """Add feeds by their address."""
    from dateline.poller.opml import Listed

    _add([Listed(url, title, labels, language) for url in urls])


@feeds.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def import_command(file: Path) -> None:
    """Add every feed of an OPML file; folders become labels."""
    from dateline.poller.opml import read_list

    _add(read_list(file))


@feeds.command()
@click.argument("names", nargs=-1, required=True, metavar="URL|ID...")
def remove(names: tuple[str, ...]) -> None:
    """Remove feeds by address or id."""
    from dateline.errors import BadInput
    from dateline.log.client import Cluster
    from dateline.poller.feeds import remove_feeds
    from dateline.settings import load_settings

    removed, unknown = asyncio.run(remove_feeds(Cluster(load_settings().kafka), names))
    for feed in removed:
        click.echo(f"removed {feed.url}", err=True)
    if unknown:
        raise BadInput(f"no such feed: {', '.join(unknown)}; see: dateline feeds list")


def _add(listed: Sequence[Listed]) -> None:
    from dateline.log.client import Cluster
    from dateline.poller.feeds import add_feeds
    from dateline.settings import load_settings

    added, there = asyncio.run(add_feeds(Cluster(load_settings().kafka), listed))
    for feed in added:
        click.echo(f"added {feed.url} ({feed.id})", err=True)
    if there:
        click.echo(f"{len(there)} there already", err=True)


def _row(status: FeedStatus) -> tuple[Any, ...]:
    feed, state, plan = status
    title = feed.title or (state.title if state else None)
    if plan is None:
        return feed.url, title, "never", "soon", "", 0, None
    return feed.url, title, _time(plan.last), "paused" if feed.paused else _time(plan.next), plan.rule, plan.errors, plan.error


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _as_dict(status: FeedStatus) -> dict[str, Any]:
    import msgspec

    feed, state, plan = status
    return {
        "feed": msgspec.to_builtins(feed),
        "title": feed.title or (state.title if state else None),
        "plan": None if plan is None else msgspec.to_builtins(plan),
    }
