"""Commands that visit a site: what feeds it has, and what a poll of one would publish."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from dateline.cli.show import json_option, say, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dateline.events import Feed
    from dateline.poller.discover import Discovery
    from dateline.poller.fetch import Fetched, Gone, NotModified
    from dateline.poller.listed import Listed
    from dateline.poller.trial import Trial
    from dateline.settings import PollerSettings

header_option = click.option(
    "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A request header of its own; may be given more than once."
)


def read_headers(lines: Sequence[str]) -> dict[str, str]:
    """Headers as they are given on the command line."""
    pairs = [line.partition(":") for line in lines]
    wrong = next((name for name, colon, _ in pairs if not (colon and name.strip())), None)
    if wrong is not None:
        raise click.UsageError(f"--header {wrong[:20]!r}… is not of the form 'Name: value'")
    return {name.strip(): value.strip() for name, _, value in pairs}


@click.command("discover")
@click.argument("url")
@header_option
@json_option
def discover_command(url: str, *, headers: tuple[str, ...], as_json: bool) -> int:
    """Find the feeds of a site: those its page names, else its news sitemaps, else the usual places.

    Each is fetched and read once; nothing is added. Example: dateline feeds discover gazette.example
    """
    import msgspec

    from dateline.errors import BadInput
    from dateline.poller.discover import with_scheme

    url = with_scheme(url)
    found = _discovered(url, read_headers(headers))
    if as_json:
        passed = [{"url": address, "reason": reason} for address, reason in found.passed]
        show_json({"feeds": [msgspec.to_builtins(feed) for feed in found.feeds], "passed": passed, "complete": found.complete})
    else:
        _show_found(found)
    if not found.feeds:
        raise BadInput(_none_found(url, found))
    return 0


@click.command("test")
@click.argument("url")
@header_option
@json_option
def test_command(url: str, *, headers: tuple[str, ...], as_json: bool) -> None:
    """Show what one poll of a feed would publish, and what about it is doubtful; without Kafka.

    Example: dateline feeds test https://gazette.example/rss
    """
    import msgspec

    from dateline.errors import NotAFeed
    from dateline.poller.document import Limits
    from dateline.poller.read import read_document
    from dateline.poller.trial import trial
    from dateline.settings import load_settings

    now = datetime.now(UTC)
    answer = fetched(url, read_headers(headers))
    limits = Limits.of(load_settings().poller)
    try:
        document = read_document(answer.body, url=answer.url, content_type=answer.content_type, now=now, limits=limits)
    except NotAFeed as error:
        raise NotAFeed(f"{error}; a site's feeds are found with: dateline feeds discover URL") from error
    tried = trial(url, answer, document, now=now)
    if as_json:
        show_json(msgspec.to_builtins(tried))
    else:
        _show_trial(tried)


def fetched(url: str, headers: Mapping[str, str] | None = None) -> Fetched:
    """One visit to an address; BadInput where it is gone."""
    from dateline.errors import BadInput
    from dateline.poller.fetch import Fetched, Fetcher
    from dateline.settings import feed_secrets, load_settings

    async def visit() -> object:
        fetcher = Fetcher(load_settings().poller, secrets=feed_secrets())
        try:
            return await fetcher.fetch(url, headers=headers)
        finally:
            await fetcher.close()

    answer = asyncio.run(visit())
    if not isinstance(answer, Fetched):
        raise BadInput("410 Gone: the publisher says that the feed is gone for good")
    return answer


def may_be_added(listed: Listed, *, allow_secret: bool) -> bool:
    """Whether an address can be one of a feed or a site at all, which is told without asking anybody."""
    from dateline.errors import BadInput

    try:
        _cleaned(listed, allow_secret=allow_secret)
    except BadInput:
        return False
    return True


def sites(listed: Sequence[Listed], known: Mapping[str, Feed], *, take_all: bool, allow_secret: bool) -> tuple[list[Listed], int]:
    """What to add in place of addresses that may be sites, and the exit code where some cannot be added; says why on stderr.

    Feeds that are known and addresses that cannot be added at all are not visited.
    """
    from dateline.errors import DatelineError
    from dateline.poller.identity import without_secrets

    taken: list[Listed] = []
    exit_code = 0
    for one in listed:
        try:
            taken += _feeds_of(one, known, take_all=take_all, allow_secret=allow_secret)
        except DatelineError as error:
            say(f"dateline: {without_secrets(one.url)[:200]}: {error}")
            exit_code = max(exit_code, error.exit_code)
    return taken, exit_code


def _feeds_of(one: Listed, known: Mapping[str, Feed], *, take_all: bool, allow_secret: bool) -> list[Listed]:
    from msgspec.structs import replace

    from dateline.errors import BadInput, FetchError
    from dateline.poller.identity import feed_id

    one = _cleaned(one, allow_secret=allow_secret)
    if feed_id(one.url) in known:
        return [one]
    try:
        found = _discovered(one.url, one.headers)
    except FetchError as error:
        if error.kind == "secret":
            say(f"not checked, as the poller has what it takes and this command has not: {error}")
            return [one]
        raise FetchError(error.kind, f"{error}; --no-check adds the address as it is") from error
    if not found.feeds:
        raise BadInput(_none_found(one.url, found))
    if len(found.feeds) > 1 and not take_all:
        _show_found(found)
        raise BadInput(
            f"has {len(found.feeds)} feeds; add one by its address, as in `dateline feeds add {found.feeds[0].url}`, or all with --all"
        )
    (first, *_) = found.feeds
    if first.found == "the address itself":
        return [one]
    return [replace(one, url=feed.url, headers=one.headers if _same_host(feed.url, one.url) else None) for feed in found.feeds]


def _cleaned(listed: Listed, *, allow_secret: bool) -> Listed:
    from msgspec.structs import replace

    from dateline.poller.discover import with_scheme
    from dateline.poller.listed import cleaned

    return cleaned(replace(listed, url=with_scheme(listed.url)), allow_secret=allow_secret)


def _discovered(url: str, headers: Mapping[str, str] | None) -> Discovery:
    from dateline.settings import load_settings

    return asyncio.run(_discover(url, headers, load_settings().poller))


async def _discover(url: str, headers: Mapping[str, str] | None, settings: PollerSettings) -> Discovery:
    from dateline.poller.discover import discover
    from dateline.poller.document import Limits
    from dateline.poller.fetch import Fetcher
    from dateline.settings import feed_secrets

    fetcher = Fetcher(settings, secrets=feed_secrets())

    async def visit(address: str) -> Fetched | NotModified | Gone:
        # The feed's own headers are for its own host: what a page names may stand anywhere.
        return await fetcher.fetch(address, headers=headers if _same_host(address, url) else None)

    try:
        return await discover(url, visit, now=datetime.now(UTC), limits=Limits.of(settings))
    finally:
        await fetcher.close()


def _same_host(one: str, other: str) -> bool:
    try:
        first, second = urlsplit(one), urlsplit(other)
    except ValueError:  # the visit says so
        return False
    return (first.scheme, first.netloc.rpartition("@")[2].lower()) == (second.scheme, second.netloc.rpartition("@")[2].lower())


def _none_found(url: str, found: Discovery) -> str:
    from dateline.poller.identity import without_secrets

    looked = f" (looked at: {', '.join(address for address, _ in found.passed)})" if found.passed else ""
    return f"no feed found at {without_secrets(url)}{looked}; if you know its address: dateline feeds add URL"


def _show_found(found: Discovery) -> None:
    rows = [(feed.url, feed.format, feed.title, feed.entries, feed.language, feed.found) for feed in found.feeds]
    if rows:
        show_table(("url", "format", "title", "entries", "language", "found by"), rows, empty="no feeds")
    if not found.complete:
        say("not everything was looked at: the visits or the time for one search were used up")


def _show_trial(tried: Trial) -> None:
    head = {
        "address": tried.url,
        "status": tried.status,
        "answered": tried.answered if tried.answered != tried.url else None,
        "type": tried.content_type,
        "format": tried.format,
        "title": tried.title,
        "language": tried.language,
        "encoding": f"{tried.encoding} ({tried.encoding_origin})",
        "validators": ", ".join(name for name, there in (("ETag", tried.etag), ("Last-Modified", tried.last_modified)) if there) or "none",
        "bytes": f"{tried.wire_bytes} sent, {tried.body_bytes} unpacked",
        "entries": len(tried.entries),
        "flags": ", ".join(f"{flag} {count}" for flag, count in tried.flags.items()) or None,
    }
    for name, value in head.items():
        if value is not None:
            say(f"{name:<11}{value}", err=False)
    for doubt in tried.doubts:
        say(f"doubtful   {doubt}", err=False)
    if tried.entries:
        click.echo()
        rows = [(entry.published_at and f"{entry.published_at:%Y-%m-%d %H:%M:%SZ}", entry.title, entry.link) for entry in tried.entries]
        show_table(("published", "title", "link"), rows, empty="no entries")
