"""A relay whose processes are killed and stopped inside their transactions loses nothing and repeats nothing."""

from __future__ import annotations

import asyncio
import os
import random
import time
from typing import NamedTuple

import pytest
from harness import FOLDER, Chaos, Verdict, create_topics, new_cluster, produce, read_all

from dateline.log.topics import offsets, set_offsets

PARTITIONS = 4
SECONDS = float(os.environ.get("KILL_SECONDS", "25"))


async def relay_under_fire(
    bootstrap: str, tmp_path, *, seconds: float, own_ids: bool, stops_only: bool = False
) -> tuple[Verdict, Verdict, Chaos]:
    """What read_committed finds, what read_uncommitted finds, and what was done to the workers."""
    cluster = new_cluster(bootstrap)
    await create_topics(cluster, "in", "out", "dead-letters", partitions=PARTITIONS)
    await set_offsets(cluster, "relay", "in", dict.fromkeys(range(PARTITIONS), 0))
    command = [str(FOLDER / "relay_worker.py"), bootstrap, cluster.settings.topic_prefix, "--pause-ms", "150"]
    command += ["--own-ids"] if own_ids else []
    expected: list[bytes] = []
    chaos = Chaos([command] * 3, random.Random(7), log=tmp_path / "workers.log")
    with chaos:
        started = time.monotonic()
        next_strike = started + 4
        while time.monotonic() - started < seconds:
            numbers = [b"%d" % number for number in range(len(expected), len(expected) + 40)]
            await produce(cluster, "in", [(number, number) for number in numbers])
            expected += numbers
            if time.monotonic() >= next_strike:
                chaos.strike(kill_share=0.0 if stops_only else 0.65)
                next_strike = time.monotonic() + chaos.dice.uniform(0.6, 1.8)
            chaos.wake()
            await asyncio.sleep(0.1)
        chaos.wake(all_of_them=True)
        await drained(cluster, chaos, must=not own_ids)
    committed = Verdict.of(expected, [record.value for record in await read_all(cluster, "out")])
    uncommitted = Verdict.of(expected, [record.value for record in await read_all(cluster, "out", committed=False)])
    assert not await read_all(cluster, "dead-letters")
    return committed, uncommitted, chaos


async def drained(cluster, chaos: Chaos, *, must: bool = True) -> None:
    """Until the group has committed everything there is.

    Without the fence it need not come to that: a former owner that wakes late may commit an older offset last, and nobody reads on.
    """
    written = dict.fromkeys(range(PARTITIONS), 0)
    for record in await read_all(cluster, "in"):
        written[record.partition] = record.offset + 1
    deadline = time.monotonic() + (60.0 if must else 20.0)
    while await offsets(cluster, "relay", "in", range(PARTITIONS)) != written:
        chaos.revive()
        if time.monotonic() > deadline:
            assert not must, "the relay did not drain"
            return
        await asyncio.sleep(0.3)


class Relays(NamedTuple):
    """What became of ours and of the control, each as `relay_under_fire` tells it."""

    ours: tuple[Verdict, Verdict, Chaos]
    control: tuple[Verdict, Verdict, Chaos]


@pytest.fixture(scope="module")
def relays(kafka_bootstrap, tmp_path_factory):
    """Both at the same time, for most of it is waiting."""

    async def side_by_side():
        return await asyncio.gather(
            relay_under_fire(kafka_bootstrap, tmp_path_factory.mktemp("ours"), seconds=SECONDS, own_ids=False),
            relay_under_fire(kafka_bootstrap, tmp_path_factory.mktemp("control"), seconds=25, own_ids=True, stops_only=True),
        )

    return Relays(*asyncio.run(side_by_side()))


@pytest.mark.timeout(180)
def test_killed_and_stopped_relays_deliver_each_record_exactly_once(relays):
    committed, uncommitted, chaos = relays.ours
    print(f"\nrelay: kills {chaos.kills}, stops {chaos.stops}, aborted copies {uncommitted.duplicated}, {committed}")
    assert (committed.lost, committed.duplicated) == (0, 0)
    assert uncommitted.duplicated > 0, "no kill hit a transaction, so the test proved nothing"


@pytest.mark.timeout(180)
def test_the_same_checker_finds_duplicates_where_ids_belong_to_processes(relays):
    committed, _, chaos = relays.control
    print(f"\ncontrol: kills {chaos.kills}, stops {chaos.stops}, {committed}")
    assert committed.duplicated > 0
