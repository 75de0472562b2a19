"""Commands that carry the list of feeds in and out."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dateline.cli.cluster import cluster_of_settings
from dateline.cli.progress import progress
from dateline.cli.show import say
from dateline.showable import counted

if TYPE_CHECKING:
    from dateline.poller.listed import Changes, FeedList

YAML_ENDINGS = (".yaml", ".yml")


@click.command("import")
@click.argument("source", metavar="FILE|-|URL")
@click.option("--label", "labels", multiple=True, help="A label for all of them besides their own; may be given more than once.")
@click.option("--update", is_flag=True, help="Change feeds that are there already to what the list says.")
@click.option("--allow-secret", is_flag=True, help="Add addresses though something in them looks like a secret.")
def import_command(source: str, labels: tuple[str, ...], *, update: bool, allow_secret: bool) -> int:
    """Add every feed of a list: OPML, YAML, or one address a line.

    Folders of OPML become labels, folders within folders labels such as Coast/North. A feed that is there already stays as it is, so a
    list may be imported again; an entry that is no feed is named, and the others are added. No feed is visited.

    \b
    dateline feeds import feeds.opml
    dateline feeds import https://gazette.example/blogroll.opml --label Blogs
    dateline feeds export --format yaml - | dateline feeds import --update -
    """  # noqa: D301 - click's mark for lines that stay as they are
    from msgspec.structs import replace

    from dateline.poller.feeds import put_feeds

    found = _read(source)
    listed = [replace(one, labels=(*one.labels, *labels)) for one in found.listed]
    cluster = cluster_of_settings()
    with progress("writing", "feeds") as shown:
        written = shown.counter(len(listed))
        changes = asyncio.run(put_feeds(cluster, listed, update=update, allow_secret=allow_secret, told=written))
    changes.refused[:0] = found.refused
    return told(changes, counted=True, hint=None if update else "--update changes them")


@click.command("export")
@click.argument("file", default="-", metavar="[FILE|-]")
@click.option("--format", "form", type=click.Choice(("opml", "yaml")), help="By the file's name otherwise, OPML where that says nothing.")
def export_command(file: str, form: str | None) -> None:
    """Write all feeds as OPML, labels as folders, or as YAML with every field.

    References to secrets stand in it as they are; their values are not in it. Standard output is written where nothing is named.
    Example: dateline feeds export feeds.yaml
    """
    from dateline.errors import BadInput
    from dateline.poller.feed_lists import write_yaml
    from dateline.poller.feeds import known_feeds
    from dateline.poller.opml import write_opml

    every = sorted(asyncio.run(known_feeds(cluster_of_settings())).values(), key=lambda feed: feed.url)
    form = form or ("yaml" if file.lower().endswith(YAML_ENDINGS) else "opml")
    document = write_yaml(every) if form == "yaml" else write_opml(every, title="Feeds of dateline")
    if file == "-":
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()
        return
    try:
        Path(file).write_bytes(document)
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}") from error
    say(f"{counted(len(every), 'feed')} written to {file}")


def told(changes: Changes, *, counted: bool = False, hint: str | None = None) -> int:
    """Say what changed, on stderr, feed by feed or `counted`; the exit code is 65 where anything was refused."""
    from dateline.errors import BadInput
    from dateline.poller.identity import without_secrets

    for name, reason in changes.refused:
        say(f"dateline: {name}: {reason}")
    if counted:
        counts = (len(changes.added), len(changes.updated), len(changes.there), len(changes.refused))
        words = ("added", "updated", "there already", "refused")
        say(", ".join(f"{count} {word}" for count, word in zip(counts, words, strict=True) if count) or "no feeds")
    else:
        for feeds, word in ((changes.added, "added"), (changes.updated, "updated"), (changes.there, "there already:")):
            for feed in feeds:
                say(f"{word} {without_secrets(feed.url)} ({feed.id})")
    if hint and changes.there and not counted:
        say(hint)
    return BadInput.exit_code if changes.refused else 0


def _read(source: str) -> FeedList:
    from dateline.poller.feed_lists import MOST_LIST_BYTES, read_feed_list, without_references

    if source.startswith(("http://", "https://")):
        from dateline.cli.feed_visits import fetched
        from dateline.poller.identity import without_secrets

        return without_references(read_feed_list(fetched(source).body, without_secrets(source)))
    if source == "-":
        return read_feed_list(sys.stdin.buffer.read(MOST_LIST_BYTES + 1), "standard input")
    return read_feed_list(_file(source, MOST_LIST_BYTES + 1), source)


def _file(name: str, most_bytes: int) -> bytes:
    from dateline.errors import BadInput

    try:
        with Path(name).open("rb") as file:
            return file.read(most_bytes)
    except (OSError, ValueError) as error:
        raise BadInput(f"{name} cannot be read: {getattr(error, 'strerror', error)}") from error
