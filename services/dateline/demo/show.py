"""The demo: a newsroom on this machine, all services in one process, and one screen that prints what they commit."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from dateline.demo.cases import cases, torn_record
from dateline.demo.newsroom import Newsroom, NewsroomError
from dateline.demo.screen import Edition, event_line, proof_line, screen_of, story_card, summary
from dateline.errors import ConfigurationError, KafkaUnavailable
from dateline.events import NewsEvent, Publisher, decode
from dateline.log import topics
from dateline.log.client import Cluster
from dateline.log.tasks import stop_on_signals
from dateline.log.visit import follow, publish
from dateline.poller.feeds import add_feeds, list_feeds, remove_feeds
from dateline.poller.opml import Listed, read_list
from dateline.run import START_SECONDS, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from rich.console import Console

    from dateline.demo.newsroom import ListedFeed
    from dateline.settings import Settings

# Marks the demo's feeds, so that it takes its own away and touches no others.
LABEL = "dateline demo"
# What the demo asks of the poller: its newsroom is on loopback and wants to be asked often.
DEMO_POLLER = {
    "requests_per_second": 100.0,
    "host_requests_per_second": 20.0,
    "min_interval_seconds": 1.5,
    "timeout_seconds": 5.0,
    "allow_networks": "127.0.0.0/8",
}


def demo_agencies() -> Any:
    """The file of the invented agencies."""
    return as_file(files(__package__).joinpath("agencies.yaml"))


async def show_demo(settings: Settings, *, seconds: float | None) -> Edition:
    """Run until `seconds` are over or a signal comes. NewsroomError, KafkaUnavailable and ConfigurationError say what to do."""
    console = screen_of()
    cluster = Cluster(settings.kafka)
    newsroom = Newsroom(seed=secrets.randbelow(1 << 31))
    stop = stop_on_signals()
    try:
        await newsroom.start()
    except NewsroomError as error:
        raise ConfigurationError(str(error)) from error
    try:
        await _prepare(cluster, newsroom)
        await publish(cluster, [torn_record(newsroom)])
        console.print(f"newsroom: {len(newsroom.feeds())} feeds of invented publishers; Kafka at {settings.kafka.bootstrap}", style="dim")
        for case in cases(newsroom):
            console.print(f"  dateline trace {case.url}   {case.what}", style="dim")
        return await show_events(settings, stop, seconds=seconds, console=console)
    finally:
        await newsroom.stop()
        with contextlib.suppress(KafkaUnavailable):
            await _clear(cluster)


async def show_own(settings: Settings, opml: Path, *, seconds: float | None) -> Edition:
    """The same screen for the feeds of an OPML file, which are added and stay."""
    console = screen_of()
    cluster = Cluster(settings.kafka)
    listed = read_list(opml)
    stop = stop_on_signals()
    await _apply_topics(cluster)
    added, there = await add_feeds(cluster, listed)
    console.print(f"{len(added)} feeds added, {len(there)} there already; Kafka at {settings.kafka.bootstrap}", style="dim")
    return await show_events(settings, stop, seconds=seconds, console=console)


async def show_events(settings: Settings, stop: asyncio.Event, *, seconds: float | None, console: Console) -> Edition:
    """Run all services and print each news event as it is committed; at the end the story card and a summary."""
    edition = Edition()
    cluster = Cluster(settings.kafka)
    ends = await topics.positions_at(cluster, "news", None, latest=True)
    async with serving(settings, ("poller", "enricher", "sink"), foot=False) as port:
        console.print(f"page: {settings.ops.url(port)}/\n", style="bold")
        printing = asyncio.create_task(_print_events(cluster, ends, edition, console))
        await _first_of(stop.wait, printing, seconds)
    card = story_card(edition)
    console.print()
    if card:
        console.print(card, style="bold")
    console.print(summary(edition))
    return edition


async def _prepare(cluster: Cluster, newsroom: Newsroom) -> None:
    """Topics, and the newsroom's feeds as the only ones."""
    await _apply_topics(cluster)
    await _clear(cluster)
    others = [status.feed.url for status in await list_feeds(cluster)]
    if others:
        raise ConfigurationError(
            f"topics {cluster.topic('*')} hold your own feeds ({others[0]}, …); give the demo a prefix: DATELINE_KAFKA__TOPIC_PREFIX=demo"
        )
    await add_feeds(cluster, [_listed(feed) for feed in newsroom.feeds()])


async def _apply_topics(cluster: Cluster) -> None:
    try:
        await asyncio.wait_for(topics.apply(cluster), START_SECONDS)
    except TimeoutError as error:
        raise KafkaUnavailable(cluster.settings.bootstrap, "no answer in time") from error


def _listed(feed: ListedFeed) -> Listed:
    publisher = Publisher(name=feed.publisher, domain=None, country=None)
    # What a feed leaves out stands on its pages.
    return Listed(feed.url, feed.title, (LABEL,), feed.language, publisher, page="auto" if feed.text == "page" else "never")


async def _clear(cluster: Cluster) -> None:
    """Take the demo's feeds away, those of a run that was killed too."""
    ours = [status.feed.id for status in await list_feeds(cluster) if LABEL in status.feed.labels]
    if ours:
        await remove_feeds(cluster, ours)


async def _print_events(cluster: Cluster, ends: dict[int, int], edition: Edition, console: Console) -> None:
    async for record in follow(cluster, "news", ends):
        if record.value is None:
            continue
        event = decode(record.value, NewsEvent)
        edition.add(event)
        console.print(event_line(event))
        if (proof := proof_line(event)) is not None:
            console.print(proof)


async def _first_of(stopped: Callable[[], Awaitable[Any]], printing: asyncio.Task[None], seconds: float | None) -> None:
    """Until told to stop, the time is over, or printing fails."""
    waiting: Sequence[asyncio.Future[Any]] = [asyncio.ensure_future(stopped()), printing]
    done, _ = await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    if printing in done:
        await printing
