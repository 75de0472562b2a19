"""Commands about the list of feeds."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from dateline.cli.cluster import cluster_of_settings
from dateline.cli.feed_files import export_command, import_command
from dateline.cli.feed_visits import discover_command, header_option, may_be_added, read_headers, sites, test_command
from dateline.cli.show import json_option, say, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Callable


# As poller/quiet.py names them; not imported, so that --help stays quick. A test compares them.
STATES = ("new", "polled", "quiet", "failing", "paused", "retired")
# Longer than a month is no interval; see poller/listed.py.
MOST_EVERY_SECONDS = 31 * 86_400


@click.group()
def feeds() -> None:
    """List, add, remove and import feeds."""


feeds.add_command(import_command)
feeds.add_command(export_command)
feeds.add_command(discover_command)
feeds.add_command(test_command)


# ── list ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@feeds.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only feeds in this state; may be given more than once.")
@click.option("--label", "labels", multiple=True, help="Only feeds with this label or one inside it; may be given more than once.")
@click.option("--match", help="Only feeds whose address, title or last error holds this text, in any case.")
@json_option
def list_command(*, states: tuple[str, ...], labels: tuple[str, ...], match: str | None, as_json: bool) -> None:
    """Show every feed with its state, its next poll and why, and its last error.

    The feeds that fail, under the label Coast: dateline feeds list --state failing --label Coast
    """
    from dateline.cli.feed_table import COLUMNS, chosen, described, row
    from dateline.poller.feeds import list_feeds

    now = datetime.now(UTC)
    every = asyncio.run(list_feeds(cluster_of_settings()))
    statuses = chosen(every, now, states=states, labels=labels, match=match)
    if as_json:
        show_json([described(status, now) for status in statuses])
        return
    none = "no feed is like that; see: dateline feeds list" if every else "no feeds yet; add one with: dateline feeds add URL"
    show_table(COLUMNS, [row(status, now) for status in statuses], empty=none)


# ── add ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _about_a_feed(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options for what can be said of a feed."""
    options = (
        click.option("--title", help="Title to show; the feed's own otherwise."),
        click.option("--label", "labels", multiple=True, help="Label, such as Coast or Coast/North; may be given more than once."),
        click.option("--language", help="Language the feed is in, BCP 47, such as pt-BR."),
        click.option(
            "--kind", type=click.Choice(("publisher", "aggregator")), help="Whether its entries are its own; publisher by default."
        ),
        click.option("--publisher", "publisher_name", help="Name of its publisher, in place of what the feed says."),
        click.option("--publisher-domain", help="Domain of its publisher."),
        click.option("--publisher-country", help="Country of its publisher, ISO 3166-1, such as NO."),
        click.option(
            "--page",
            type=click.Choice(("never", "auto", "always")),
            help="Whether linked pages are fetched; auto: where an entry's own text is short; never by default.",
        ),
        click.option(
            "--text",
            type=click.Choice(("full", "excerpt", "none")),
            help="How much of a fetched page's text is passed on; excerpt by default.",
        ),
        click.option("--priority", type=click.IntRange(-100, 100), help="Higher is polled sooner when the budget is short; 0 by default."),
        click.option(
            "--every",
            type=click.IntRange(1, MOST_EVERY_SECONDS),
            metavar="SECONDS",
            help="Fixed interval between polls; by the feed's own rate otherwise.",
        ),
        header_option,
        click.option("--private/--public", default=None, help="Keep its address out of logs and pages."),
        click.option("--paused/--polled", default=None, help="Keep it without polling it."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@feeds.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@_about_a_feed
@click.option("--all", "take_all", is_flag=True, help="Add every feed of a site that has several.")
@click.option("--update", is_flag=True, help="Change feeds that are there already to what the options say.")
@click.option("--no-check", is_flag=True, help="Add the address as it is, without a request.")
@click.option("--allow-secret", is_flag=True, help="Add an address though something in it looks like a secret.")
def add(urls: tuple[str, ...], *, take_all: bool, update: bool, no_check: bool, allow_secret: bool, **said: Any) -> int:
    """Add feeds by their address, or by the address of a site that has one.

    \b
    A site:      dateline feeds add https://gazette.example/ --label Coast --language en
    Unchecked:   dateline feeds add https://gazette.example/rss --no-check --every 600
    Change one:  dateline feeds add https://gazette.example/rss --update --title "The Gazette"

    An address that holds a secret names it: https://${GAZETTE}@gazette.example/rss, with DATELINE_FEED_SECRET_GAZETTE set for the poller.
    """  # noqa: D301 - click's mark for lines that stay as they are
    from dateline.cli.feed_files import told
    from dateline.poller.feeds import known_feeds, put_feeds

    cluster = cluster_of_settings()
    listed = [_listed(url, said) for url in urls]
    failed = 0
    if not no_check:
        # With nothing that could be added, what is wrong is said without a broker.
        known = asyncio.run(known_feeds(cluster)) if any(may_be_added(one, allow_secret=allow_secret) for one in listed) else {}
        listed, failed = sites(listed, known, take_all=take_all, allow_secret=allow_secret)
        if not listed:
            return failed
    changes = asyncio.run(put_feeds(cluster, listed, update=update, allow_secret=allow_secret))
    return told(changes, hint=None if update else "--update changes them") or failed


def _listed(url: str, said: dict[str, Any]) -> Any:
    from dateline.events import Publisher
    from dateline.poller.listed import Listed, address

    fields = {name: value for name, value in said.items() if not name.startswith("publisher_")}
    fields["headers"] = read_headers(fields["headers"])
    name, domain, country = said["publisher_name"], said["publisher_domain"], said["publisher_country"]
    publisher = Publisher(name=name, domain=domain, country=country and country.upper()) if name or domain or country else None
    return Listed(address(url), publisher=publisher, **fields)


# ── remove, pause, resume ────────────────────────────────────────────────────────────────────────────────────────────


@feeds.command()
@click.argument("names", nargs=-1, required=True, metavar="URL|ID...")
def remove(names: tuple[str, ...]) -> None:
    """Remove feeds by address or id.

    What was published stays; added again within a week, a feed goes on where it was. Example:
    dateline feeds remove https://gazette.example/rss
    """
    from dateline.poller.feeds import remove_feeds

    removed, unknown = asyncio.run(remove_feeds(cluster_of_settings(), names))
    for feed in removed:
        _say("removed", feed)
    _refuse_unknown(unknown)


@feeds.command()
@click.argument("names", nargs=-1, required=True, metavar="URL|ID...")
def pause(names: tuple[str, ...]) -> None:
    """Stop polling feeds and keep them.

    Example: dateline feeds pause https://gazette.example/rss https://lantern.example/feed
    """
    _set_paused(names, paused=True)


@feeds.command()
@click.argument("names", nargs=-1, required=True, metavar="URL|ID...")
def resume(names: tuple[str, ...]) -> None:
    """Poll paused feeds again.

    Example: dateline feeds resume https://gazette.example/rss
    """
    _set_paused(names, paused=False)


def _set_paused(names: tuple[str, ...], *, paused: bool) -> None:
    from dateline.poller.feeds import pause_feeds

    changed, same, unknown = asyncio.run(pause_feeds(cluster_of_settings(), names, paused=paused))
    for feed in changed:
        _say("paused" if paused else "resumed", feed)
    for feed in same:
        _say("already paused:" if paused else "not paused:", feed)
    _refuse_unknown(unknown)


def _say(what: str, feed: Any) -> None:
    from dateline.poller.identity import without_secrets

    say(f"{what} {without_secrets(feed.url)}")


def _refuse_unknown(names: list[str]) -> None:
    from dateline.errors import BadInput
    from dateline.poller.identity import without_secrets

    if names:
        raise BadInput(f"no such feed: {', '.join(without_secrets(name)[:200] for name in names)}; see: dateline feeds list")
