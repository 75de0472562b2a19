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
from deadly_enricher import DEADLY
from harness import FOLDER, new_cluster, produce, read_all
from test_chain_kill import environment

from dateline.enricher.sample import sample_article
from dateline.events import RawArticle, decode, encode
from dateline.log import topics

PARTITIONS = 4
ARTICLES = 4000
WORKERS = 2
KILLS = 6
WARM_SECONDS = 1.8


def article(partition: int, number: int, text: str) -> tuple[bytes, bytes]:
    """Key and value of a raw article whose id says where it stands."""
    raw = decode(sample_article(), RawArticle)
    identity = f"00000000-0000-5000-8000-{partition:02}{number:010}"
    entry = msgspec.structs.replace(raw.entry, content=f"<p>{text}</p>")
    return identity.encode(), encode(msgspec.structs.replace(raw, id=identity, entry=entry, page=None))


@contextmanager
def enricher(log_path):
    """The process, killed at the latest with the block."""
    with log_path.open("wb") as log:
        settings = {
            "DATELINE_ENRICHER__WORKERS": str(WORKERS),
            "PYTHONPATH": os.pathsep.join((str(FOLDER), os.environ.get("PYTHONPATH", ""))),
        }
        process = subprocess.Popen([sys.executable, FOLDER / "deadly_enricher.py"], env=os.environ | settings, stderr=log, stdout=log)
    try:
        yield psutil.Process(process.pid), process
    finally:
        process.kill()
        process.wait()


async def one_at_work(process, dice, *, besides):
    """A worker that has had time to load what it needs and to begin."""
    while True:
        workers = [child for child in process.children() if child.pid not in besides and time.time() - child.create_time() > WARM_SECONDS]
        if workers:
            return dice.choice(workers)
        await asyncio.sleep(0.05)


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
    written = []
    for partition in range(PARTITIONS):
        texts = [
            DEADLY.decode() if (partition, number) == (2, 30) else "A gate was opened." * 20 for number in range(ARTICLES // PARTITIONS)
        ]
        records = [article(partition, number, text) for number, text in enumerate(texts)]
        await produce(cluster, "articles.raw", records, partition=partition)
        written += [key for key, _ in records]

    dice, killed = random.Random(5), set()
    with enricher(tmp_path / "log") as (process, handle):

        async def some_are_out():
            return len(await read_all(cluster, "articles.enriched", PARTITIONS)) > 20

        async def all_are_out():
            return len(await read_all(cluster, "articles.enriched", PARTITIONS)) + 1 >= ARTICLES

        await until(some_are_out)
        for _ in range(KILLS):
            worker = await one_at_work(process, dice, besides=killed)
            worker.kill()
            killed.add(worker.pid)
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
        out[identity[24:26]].append(identity.encode())
    (dead,) = await read_all(cluster, "dead-letters", PARTITIONS)
    assert dict(dead.headers)["__connect.errors.class.name"] == b"WorkerEnded"
    assert DEADLY in dead.value
    assert dict(out) == {
        f"{part:02}": [key for key in written if key[24:26] == b"%02d" % part and key != dead.key] for part in range(PARTITIONS)
    }

    lines = [orjson.loads(line) for line in (tmp_path / "log").read_bytes().splitlines()]
    ends = [line["reason"] for line in lines if line["event"] == "worker ended"]
    # One may have met the deadly article as it was chosen.
    assert ends.count("was killed by SIGKILL") >= KILLS - 1
    assert "ended with 9" in ends
