"""What operators are told of a process on a real broker, and how it leaves: ready or not, in order, with 70 when it stands still."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import AsyncExitStack, contextmanager

import orjson
import pytest
from harness import FOLDER, environment, new_cluster, newsroom, produce, read_all

from dateline.log import topics
from dateline.log.contact import PROBE_SECONDS
from dateline.poller.feeds import add_feeds
from dateline.poller.opml import read_list
from dateline.run import serving
from dateline.settings import load_settings

PARTITIONS = 4
NEVER = "no answer"


@pytest.fixture
async def cluster(kafka_bootstrap, monkeypatch):
    return await prepared(kafka_bootstrap, monkeypatch)


async def prepared(bootstrap, monkeypatch):
    cluster = new_cluster(bootstrap, feeds_partitions=PARTITIONS, articles_partitions=PARTITIONS)
    for name, value in environment(cluster).items():
        monkeypatch.setenv(name, value)
    await topics.apply(cluster)
    return cluster


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetched(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return answer.read()


def asked(port, path):
    """Status and body of what a process answers."""
    try:
        return 200, orjson.loads(fetched(port, path))
    except urllib.error.HTTPError as refused:
        return refused.code, orjson.loads(refused.read())
    except OSError:
        return NEVER, {"reason": None}


async def until(port, status, *, seconds, live=(200,)):
    """How long `/ready` took to answer so; `/live` is well all the while."""
    started = time.monotonic()
    while (found := await asyncio.to_thread(asked, port, "/ready"))[0] != status:
        assert time.monotonic() - started < seconds, found
        assert (await asyncio.to_thread(asked, port, "/live"))[0] in live
        await asyncio.sleep(0.1)
    return time.monotonic() - started


# ── readiness ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
@pytest.mark.timeout(110)
async def test_readiness_is_red_before_the_first_fetch_red_without_a_broker_and_green_again_with_it_and_live_stays_green(
    own_broker, monkeypatch
):
    await prepared(own_broker.bootstrap, monkeypatch)
    async with serving(load_settings(), ["enricher", "sink"]) as port:
        first = await asyncio.to_thread(asked, port, "/ready")
        assert first[0] == 503
        await until(port, 200, seconds=30)
        await asyncio.to_thread(own_broker.kill)
        red_after = await until(port, 503, seconds=40)
        # Three periods, and the looks at it once a second.
        assert red_after <= 3 * PROBE_SECONDS + 2
        await asyncio.sleep(3)
        code, body = await asyncio.to_thread(asked, port, "/ready")
        assert code == 503
        assert not {check["name"]: check["ok"] for check in body["checks"]}["broker"]
        await asyncio.to_thread(own_broker.start)
        green_after = await until(port, 200, seconds=40)
    print(f"red after {red_after:.1f} s, green again {green_after:.1f} s after the broker was back")


@pytest.mark.timeout(60)
async def test_a_standby_without_partitions_is_ready(cluster):
    """One member more than there are partitions: one of them has none."""
    async with AsyncExitStack() as stack:
        ports = [await stack.enter_async_context(serving(load_settings(), ["poller"])) for _ in range(PARTITIONS + 1)]
        for port in ports:
            await until(port, 200, seconds=30)
        statuses = [(await asyncio.to_thread(asked, port, "/status"))[1] for port in ports]
        led = [len(status["services"]["poller"]["tasks"]) for status in statuses]
        assert (sum(led), min(led)) == (PARTITIONS, 0)
        standby = statuses[led.index(0)]
        assert "standing by: no partition is given to this process" in [check["detail"] for check in standby["checks"]]


@pytest.mark.timeout(60)
async def test_lag_is_0_behind_transactions_once_everything_is_read_and_the_metrics_tell_what_was(cluster):
    async with serving(load_settings(), ["enricher", "sink"]) as port:
        await produce(cluster, "articles.raw", [(b"bad", b"{not json")] * 20, partition=1)
        deadline = time.monotonic() + 30
        while True:
            status = (await asyncio.to_thread(asked, port, "/status"))[1]
            if status["dead_letters"] == 20 and status["ready"] and status["lag"]["lag_records"] == 0:
                break
            assert time.monotonic() < deadline, status
            await asyncio.sleep(0.2)
        lines = (await asyncio.to_thread(fetched, port, "/metrics")).decode().splitlines()
    assert 'dateline_kafka_lag_records{partition="1",topic="articles.raw"} 0.0' in lines
    assert status["lag"] == {"lag_records": 0, "lag_seconds": 0.0}
    (task,) = [task for task in status["services"]["enricher"]["tasks"] if task["partition"] == 1]
    assert (task["dead_letters"], task["records"], task["backoff"]) == (20, 20, None)


# ── how a process leaves ─────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def process(*command, log, **settings):
    """A process of ours, gone with the block."""
    path = os.pathsep.join((str(FOLDER), os.environ.get("PYTHONPATH", "")))
    with log.open("ab") as output:
        started = subprocess.Popen([sys.executable, *command], env=os.environ | settings | {"PYTHONPATH": path}, stderr=output)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


@pytest.mark.timeout(60)
async def test_a_process_with_a_wedged_task_leaves_with_70_and_says_which(cluster, tmp_path):
    log = tmp_path / "log"
    await produce(cluster, "articles.enriched", [(b"en", b"{}")], partition=2)
    with process(FOLDER / "wedged_sink.py", log=log, PATIENCE_SECONDS="4") as sink:
        started = time.monotonic()
        assert await asyncio.to_thread(sink.wait, 40) == 70
        assert time.monotonic() - started > 4
    *_, event, words = log.read_text().splitlines()
    assert orjson.loads(event)["event"] == "process stalls"
    assert words.startswith("dateline: sink 2 has work to do, and nothing has come of it for ")


@pytest.mark.timeout(110)
async def test_a_process_asked_to_stop_under_load_is_gone_in_time_with_its_server_last_and_nothing_lost_or_twice(cluster, tmp_path):
    port = str(free_port())
    inside = tmp_path / "inside"
    inside.mkdir()
    command = (FOLDER / "service_worker.py", "poller", "enricher", "sink")
    settings = {"DATELINE_OPS__PORT": port, "INSIDE_FOLDER": str(inside), "PAUSE_SECONDS": "0.3"}
    with newsroom(tmp_path, rate=15) as (source, opml):
        await add_feeds(cluster, read_list(opml))
        with process(*command, log=tmp_path / "log", **settings) as worker:
            await until(port, 200, seconds=30, live=(200, NEVER))
            await under_load(cluster)
            stopping = time.monotonic()
            worker.send_signal(signal.SIGTERM)
            said = []
            while worker.poll() is None:
                said.append(await asyncio.to_thread(asked, port, "/ready"))
                await asyncio.sleep(0.02)
            seconds = time.monotonic() - stopping
            assert worker.returncode == 0
            assert seconds < 15
        answers = [code for code, _ in said]
        assert 503 in answers, "it was never said that it stops"
        first = answers.index(503)
        assert said[first][1]["reason"] == "process: stopping"
        # From then on it says so until nothing is left to answer.
        assert set(answers[first:]) <= {503, NEVER}
        assert 503 not in answers[answers.index(NEVER) :] if NEVER in answers else True
        for topic in ("articles.raw", "articles.enriched", "news"):
            written, committed = [await read_all(cluster, topic, PARTITIONS, committed=only) for only in (False, True)]
            assert Counter(record.key for record in written) == Counter(record.key for record in committed), (
                f"a transaction on {topic} was left open"
            )
        source.publish_no_more()
        with process(*command, log=tmp_path / "log", **settings):
            await everything_is_there(cluster, source)
    links = [orjson.loads(record.value)["url"] for record in await read_all(cluster, "news", PARTITIONS)]
    assert max(Counter(links).values()) == 1
    print(f"gone {seconds:.1f} s after SIGTERM, {answers.count(503)} times asked meanwhile")


async def under_load(cluster):
    """Until every service has committed something."""
    deadline = time.monotonic() + 30
    while len(await read_all(cluster, "news", PARTITIONS)) < 30:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)


async def everything_is_there(cluster, source):
    """Until every entry that was published stands in `news`, and nothing more comes for a while."""
    deadline = time.monotonic() + 60
    while True:
        links = {orjson.loads(record.value)["url"].encode() for record in await read_all(cluster, "news", PARTITIONS)}
        wanted = await asyncio.to_thread(source.published)
        if wanted <= links:
            await asyncio.sleep(2)
            return
        assert time.monotonic() < deadline, f"{len(wanted - links)} entries are missing"
        await asyncio.sleep(0.5)
