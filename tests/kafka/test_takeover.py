"""How long a partition stands still when the process that led it is killed."""

from __future__ import annotations

import asyncio
import random
import time

import pytest
from harness import FOLDER, Chaos, create_topics, group_is_whole, new_cluster, produce, read_all

from dateline.log.topics import set_offsets

PARTITIONS = 4
KILLS = 3


@pytest.mark.timeout(150)
async def test_a_killed_processs_partitions_are_taken_over_within_the_session_timeout_and_a_little(kafka_bootstrap, tmp_path):
    cluster = new_cluster(kafka_bootstrap)
    await create_topics(cluster, "in", "out", "dead-letters", partitions=PARTITIONS)
    await set_offsets(cluster, "relay", "in", dict.fromkeys(range(PARTITIONS), 0))
    command = [str(FOLDER / "relay_worker.py"), kafka_bootstrap, cluster.settings.topic_prefix]
    stalls = []
    with Chaos([command] * 2, random.Random(3), log=tmp_path / "workers.log") as chaos:
        await relayed_everywhere(cluster, b"warm")
        for number in range(KILLS):
            await group_is_whole(cluster, "relay", members=2)
            chaos.strike(kill_share=1.0, among=[number % 2])
            killed = time.monotonic()
            await relayed_everywhere(cluster, b"kill %d" % number)
            stalls.append(time.monotonic() - killed)
    print("\nseconds from kill -9 until every partition moved again: " + ", ".join(f"{stall:.1f}" for stall in stalls))
    assert max(stalls) < 15


async def relayed_everywhere(cluster, mark: bytes, budget_seconds: float = 40) -> None:
    """Write a record to every partition and wait until all have come out."""
    wanted = {mark + b" %d" % number for number in range(PARTITIONS)}
    for number in range(PARTITIONS):
        await produce(cluster, "in", [(b"k", mark + b" %d" % number)], partition=number)
    deadline = time.monotonic() + budget_seconds
    while not wanted <= {record.value for record in await read_all(cluster, "out", PARTITIONS)}:
        assert time.monotonic() < deadline, "not every partition came back"
        await asyncio.sleep(0.1)
