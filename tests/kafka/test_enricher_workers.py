"""The enricher as a process whose workers are killed: every article once and in order, but the one that no worker survives."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager

import msgspec
import orjson
import psutil
import pytest
from deadly_work import DEADLY, SLOW
from harness import FOLDER, environment, new_cluster, produce, read_all

from dateline.enricher.sample import sample_article
from dateline.events import RawArticle, decode, encode
from dateline.log import topics

PARTITIONS = 4
WORKERS = 2
KILLS = 6
# Per partition: before the first kill, and before each, so that there is work whenever one is to be killed at it.
FIRST_ARTICLES, MORE_ARTICLES = 60, 15
DEADLY_AT = (2, 30)
# Between kills; a new worker is at work after some 0.3 s, so that new and old ones are struck, and chunks and records alone.
PAUSE_SECONDS = (0.0, 0.4)


class Writer:
    """Writes raw articles to all partitions, and knows them."""

    def __init__(self, cluster) -> None:
        self.cluster, self.keys = cluster, [[] for _ in range(PARTITIONS)]

    async def write(self, count: int) -> None:
        for partition, keys in enumerate(self.keys):
            numbers = range(len(keys), len(keys) + count)
            records = [article(partition, number, DEADLY if (partition, number) == DEADLY_AT else SLOW) for number in numbers]
            await produce(self.cluster, "articles.raw", records, partition=partition)
            keys += [key for key, _ in records]


def article(partition: int, number: int, text: bytes) -> tuple[bytes, bytes]:
    """Key and value of a raw article whose id says where it stands."""
    raw = decode(sample_article(), RawArticle)
    identity = f"00000000-0000-5000-8000-{partition:02}{number:010}"
    entry = msgspec.structs.replace(raw.entry, content=f"<p>{text.decode()}</p>")
    return identity.encode(), encode(msgspec.structs.replace(raw, id=identity, entry=entry, page=None))


@contextmanager
def enricher(folder):
    """The process, killed at the latest with the block."""
    with (folder / "log").open("wb") as log:
        settings = {
            "DATELINE_ENRICHER__WORKERS": str(WORKERS),
            "INSIDE_FOLDER": str(folder / "inside"),
            "PYTHONPATH": os.pathsep.join((str(FOLDER), os.environ.get("PYTHONPATH", ""))),
        }
        process = subprocess.Popen([sys.executable, FOLDER / "deadly_enricher.py"], env=os.environ | settings, stderr=log, stdout=log)
    try:
        yield psutil.Process(process.pid), process
    finally:
        process.kill()
        process.wait()


async def killed_at_work(process, inside, dice) -> bool:
    """Kill one worker that says it is at an article; whether it still was when it died: what it says then stays."""
    at_work = []
    while not at_work:
        at_work = [child for child in process.children() if (inside / str(child.pid)).exists()]
        await asyncio.sleep(0.002)
    worker = dice.choice(at_work)
    worker.kill()
    await asyncio.to_thread(psutil.wait_procs, [worker])
    return (inside / str(worker.pid)).exists()


async def until(enough, *, seconds=60):
    deadline = time.monotonic() + seconds
    while not await enough():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)


@pytest.mark.timeout(120)
async def test_workers_that_are_killed_cost_no_article_and_the_one_they_die_of_is_set_aside(kafka_bootstrap, monkeypatch, tmp_path):
    cluster = new_cluster(kafka_bootstrap, feeds_partitions=PARTITIONS, articles_partitions=PARTITIONS)
    for name, value in environment(cluster).items():
        monkeypatch.setenv(name, value)
    await topics.apply(cluster)
    inside = tmp_path / "inside"
    inside.mkdir()
    writer, dice, kills = Writer(cluster), random.Random(5), 0
    await writer.write(FIRST_ARTICLES)
    with enricher(tmp_path) as (process, handle):

        async def some_are_out():
            return len(await read_all(cluster, "articles.enriched", PARTITIONS)) > 20

        async def all_are_out():
            return len(await read_all(cluster, "articles.enriched", PARTITIONS)) + 1 >= sum(map(len, writer.keys))

        await until(some_are_out)
        while kills < KILLS:
            await writer.write(MORE_ARTICLES)
            kills += await killed_at_work(process, inside, dice)
            await asyncio.sleep(dice.uniform(*PAUSE_SECONDS))
        assert not await all_are_out(), "nothing was left to do, so the kills proved nothing"
        await until(all_are_out)
        workers = process.children()
        asked = time.monotonic()
        handle.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(handle.wait, 20) == 0
        assert time.monotonic() - asked < 15
        assert not any(worker.is_running() for worker in workers)

    out = defaultdict(list)
    for record in await read_all(cluster, "articles.enriched", PARTITIONS):
        identity = orjson.loads(record.value)["id"]
        out[int(identity[24:26])].append(identity.encode())
    (dead,) = await read_all(cluster, "dead-letters", PARTITIONS)
    assert dict(dead.headers)["__connect.errors.class.name"] == b"WorkerEnded"
    assert DEADLY in dead.value
    assert dict(out) == {partition: [key for key in keys if key != dead.key] for partition, keys in enumerate(writer.keys)}

    lines = [orjson.loads(line) for line in (tmp_path / "log").read_bytes().splitlines()]
    ends = [line["reason"] for line in lines if line["event"] == "worker ended"]
    assert ends.count("was killed by SIGKILL") >= KILLS
    assert "ended with 9" in ends
