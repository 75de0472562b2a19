"""The command that tells an article's way through the topics."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from dateline.cli.cluster import cluster_of_settings
from dateline.cli.show import say, show_json, show_lines

if TYPE_CHECKING:
    from dateline.cli.trace_search import Asked, Searched

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@click.command()
@click.argument("name", metavar="URL|ID")
@click.option("--deep", is_flag=True, help="Read all of news and articles.raw for an address that is not found otherwise; may take long.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def trace(name: str, *, deep: bool, as_json: bool) -> int:
    """Tell an article's way: poll, offsets, story and copies, or what set it aside.

    An address is compared as the poller compares links: scheme, www., fragment and tracking parameters do not count. An article that
    feeds of several publishers carry is told once for each. Ends with 1 where nothing is known.
    """
    from dateline.cli.trace_search import find_articles

    now = datetime.now(UTC)
    found = asyncio.run(find_articles(cluster_of_settings(), _asked(name), now=now, deep=deep))
    if as_json:
        show_json(_document(name, found, now))
    elif found.traces:
        _show(found, now)
    if not found.traces:
        say(f"dateline: {unknown(name, found)}")
        return 1
    return 0


def _asked(name: str) -> Asked:
    from dateline.cli.trace_search import Asked
    from dateline.errors import BadInput
    from dateline.poller.identity import is_web_address

    if _UUID.fullmatch(name):
        return Asked(name.lower())
    if is_web_address(name):
        return Asked(None, name)
    raise BadInput(f"{name[:200]!r} is neither an article's id nor an address such as https://gazette.example/2026/tug")


def unknown(name: str, found: Searched) -> str:
    """Why nothing is known, as far as the feeds tell."""
    if _UUID.fullmatch(name):
        return f"nothing is known of article {name.lower()}: no feed remembers it, and no record of it is kept"
    if not found.feeds:
        return (
            f"nothing is known of {name}: no feed of its publisher is polled, and no other feed remembers it; add one with: "
            "dateline feeds add URL, or look through the whole log with --deep"
        )
    feeds = "; ".join(_feed(*one) for one in found.feeds[:3])
    more = f"; and {len(found.feeds) - 3} more" if len(found.feeds) > 3 else ""  # noqa: PLR2004 - as many as a sentence bears
    return (
        f"nothing is known of {name}: it is in no feed's memory, so none has served it of late, or under another address (--deep looks "
        f"for that); its publisher's feeds: {feeds}{more}"
    )


def _feed(address: str, state: str, last: datetime | None, error: str | None) -> str:
    polled = "never polled" if last is None else f"last polled {last:%Y-%m-%d %H:%M:%SZ}"
    return f"{address} ({state}, {polled}{f', {error}' if error else ''})"


def _document(name: str, found: Searched, now: datetime) -> dict[str, Any]:
    import msgspec

    from dateline.explain.trace import judge

    articles = []
    for one in found.traces:
        verdict = judge(one, now=now)
        said = {"outcome": verdict.outcome, "verdict": verdict.sentence, "notes": list(verdict.notes)}
        articles.append({"id": one.id, **said, **msgspec.to_builtins(one)})
    feeds = [{"feed": feed, "state": state, "last_poll": last, "error": error} for feed, state, last, error in found.feeds]
    return {
        "asked": name,
        "found": bool(articles),
        "reason": None if articles else unknown(name, found),
        "articles": articles,
        "feeds": feeds,
    }


def _show(found: Searched, now: datetime) -> None:
    from dateline.explain.trace_words import tell

    for count, one in enumerate(found.traces):
        show_lines(tell(one, now=now, gap=count > 0))
