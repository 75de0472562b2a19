"""The whole chain under fire: processes of every service are killed and stopped, and every published entry stands once in `news`."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
from collections import Counter

import orjson
import pytest
from harness import FOLDER, Chaos, Newsroom, Verdict, copies, environment, new_cluster, newsroom, read_all

from dateline.log import topics
from dateline.poller.feeds import add_feeds
from dateline.poller.opml import read_list

PARTITIONS = 4
# Each service is hit in turn, and is at work again before its next turn: after a kill its group waits for the session timeout.
STRIKE_SECONDS = (2.5, 5.0)
# Time in which a service that no kill has hit inside a transaction is hit again.
EXTRA_SECONDS = 60.0
# A service whose group has lost a process waits for the session timeout, and works again well within this.
AT_WORK_SECONDS = 15.0
# Between sending and committing; a task that follows a killed one takes its first two hundred records one by one, each with this pause.
PAUSE_SECONDS = 0.15
SERVICES = ("poller", "enricher", "sink")
OUTPUT_OF = {"poller": "articles.raw", "enricher": "articles.enriched", "sink": "news"}


async def settled(cluster, source: Newsroom, chaos: Chaos, *, budget_seconds: float = 90) -> list[bytes]:
    """Links in `news`, once every published entry is there and nothing more comes for a while."""
    deadline = time.monotonic() + budget_seconds
    before = -1
    while True:
        chaos.revive()
        links = [orjson.loads(record.value)["url"].encode() for record in await read_all(cluster, "news", PARTITIONS)]
        complete = source.published() <= set(links)
        if (complete and len(links) == before) or time.monotonic() > deadline:
            return links
        before = len(links)
        await asyncio.sleep(2.0)


async def chain_under_fire(bootstrap: str, tmp_path, *, seconds: float, rate: float, processes: int):
    cluster = new_cluster(bootstrap, feeds_partitions=PARTITIONS, articles_partitions=PARTITIONS)
    await topics.apply(cluster)
    commands = [[str(FOLDER / "service_worker.py"), service] for service in SERVICES for _ in range(processes)]
    inside = tmp_path / "inside"
    inside.mkdir()
    surroundings = environment(cluster) | {"INSIDE_FOLDER": str(inside), "PAUSE_SECONDS": str(PAUSE_SECONDS)}
    chaos = Chaos(commands, random.Random(11), environment=surroundings, log=tmp_path / "workers.log")
    with newsroom(tmp_path, rate=rate) as (source, opml):
        await add_feeds(cluster, read_list(opml))
        with chaos:
            started = time.monotonic()
            for strike in range(round(seconds / statistics.mean(STRIKE_SECONDS))):
                await asyncio.sleep(chaos.dice.uniform(*STRIKE_SECONDS))
                turn = strike % len(SERVICES)
                services = range(turn * processes, (turn + 1) * processes)
                if strike < len(SERVICES):
                    # Whatever the dice do later, each service is killed once where it hurts.
                    await chaos.strike_inside(inside, among=services, within_seconds=AT_WORK_SECONDS)
                else:
                    chaos.strike(among=services)
            while time.monotonic() - started < seconds + EXTRA_SECONDS and (missed := await unhit(cluster)):
                services = range(missed[0] * processes, (missed[0] + 1) * processes)
                await chaos.strike_inside(inside, among=services, within_seconds=AT_WORK_SECONDS)
                await at_work_again(cluster, missed[0])
            source.publish_no_more()
            chaos.wake(all_of_them=True)
            links = await settled(cluster, source, chaos)
            verdict = Verdict.of(source.published(), links)
    return cluster, chaos, verdict


async def at_work_again(cluster, turn: int) -> None:
    """Until what a kill left open is seen aborted, or so long that the service must have met it."""
    deadline = time.monotonic() + AT_WORK_SECONDS
    while turn in await unhit(cluster) and time.monotonic() < deadline:
        await asyncio.sleep(1.0)


async def unhit(cluster) -> list[int]:
    """Services that no kill has hit inside a transaction yet."""
    return [turn for turn, service in enumerate(SERVICES) if not (await copies(cluster, OUTPUT_OF[service]))[0]]


async def check(bootstrap: str, tmp_path, *, seconds: float, rate: float, processes: int) -> None:
    cluster, chaos, verdict = await chain_under_fire(bootstrap, tmp_path, seconds=seconds, rate=rate, processes=processes)
    aborted = {}
    writers = {}
    for service, topic in OUTPUT_OF.items():
        aborted[service], writers[service] = await copies(cluster, topic)
    dead = Counter(dict(record.headers)["__connect.errors.class.name"] for record in await read_all(cluster, "dead-letters", PARTITIONS))
    print(f"\n{'kills':>6} {'stops':>6} {'published':>10} {'lost':>5} {'twice':>6}   aborted copies: " + ", ".join(OUTPUT_OF))
    print(
        f"{chaos.kills:>6} {chaos.stops:>6} {verdict.expected:>10} {verdict.lost:>5} {verdict.duplicated:>6}   "
        + ", ".join(str(aborted[service]) for service in OUTPUT_OF)
        + f"   poller processes that published: {len(writers['poller'])}"
    )
    assert not dead
    assert (verdict.lost, verdict.duplicated) == (0, 0)
    assert len(writers["poller"]) >= 2, "one poller did all the work, so a takeover was never tried"
    assert all(aborted.values()), "a service was never hit inside a transaction, so the test proved nothing"


@pytest.mark.timeout(240)
async def test_every_published_entry_stands_once_in_news_though_services_are_killed(kafka_bootstrap, tmp_path):
    await check(kafka_bootstrap, tmp_path, seconds=40, rate=20, processes=2)


@pytest.mark.long
@pytest.mark.timeout(1500)
async def test_the_same_for_ten_minutes_with_three_processes_of_each(kafka_bootstrap, tmp_path):
    await check(kafka_bootstrap, tmp_path, seconds=float(os.environ.get("KILL_SECONDS", "600")), rate=20, processes=3)
