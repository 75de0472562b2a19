"""Exporters as processes on a real broker: where they begin, how they end, and what is theirs."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time

import orjson
import pytest
from harness import create_topics, new_cluster, produce, read_all

from made_events import article_id, encoded, made

PARTITIONS = 3


@pytest.fixture
async def cluster(kafka_bootstrap):
    cluster = new_cluster(kafka_bootstrap)
    await create_topics(cluster, "news", "dead-letters", partitions=PARTITIONS)
    return cluster


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(cluster):
    settings = cluster.settings
    return os.environ | {"KAFKA_BOOTSTRAP": settings.bootstrap, "DATELINE_KAFKA__TOPIC_PREFIX": settings.topic_prefix}


def start(cluster, *arguments):
    command = [sys.executable, "-m", "dateline", "export", *map(str, arguments)]
    return subprocess.Popen(command, env=environment(cluster), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


async def export(cluster, *arguments):
    """One exporter up to its end: exit code, stdout and stderr."""
    process = start(cluster, *arguments)
    try:
        out, words = await asyncio.to_thread(process.communicate, None, 60)
    finally:
        process.kill()
        process.communicate()
    return process.returncode, out, words.decode()


async def write(cluster, *numbers):
    await produce(cluster, "news", [(article_id(n).encode(), encoded(made(n))) for n in numbers])


def ids(folder):
    lines = [line for path in sorted(folder.rglob("*.jsonl")) for line in path.read_bytes().splitlines()]
    return sorted(orjson.loads(line)["id"] for line in lines)


def wanted(numbers):
    return sorted(article_id(n) for n in numbers)


async def test_what_is_there_is_written_and_a_second_run_goes_on_where_the_first_ended(cluster, tmp_path):
    await write(cluster, *range(30))
    assert await export(cluster, "jsonl", tmp_path, "--once") == (0, b"", "")
    assert ids(tmp_path) == wanted(range(30))
    await write(cluster, *range(30, 40))
    assert (await export(cluster, "jsonl", tmp_path, "--once"))[0] == 0
    assert ids(tmp_path) == wanted(range(40))


async def test_two_outputs_that_follow_one_topic_are_apart(cluster, tmp_path):
    await write(cluster, *range(10))
    for folder in (tmp_path / "staging", tmp_path / "production"):
        assert (await export(cluster, "jsonl", folder, "--once"))[0] == 0
        assert ids(folder) == wanted(range(10))


async def test_asked_to_stop_it_publishes_what_it_has_read_and_ends_with_0(cluster, tmp_path):
    await write(cluster, *range(20))
    port = str(free_port())
    process = start(cluster, "jsonl", tmp_path, "--every", "600", "--ops-port", port)
    try:
        deadline = time.monotonic() + 30
        ready = [sys.executable, "-m", "dateline", "health", "ready", "--ops-port", port]
        while (await asyncio.to_thread(subprocess.run, ready, capture_output=True, check=False)).returncode != 0:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        while len(list(tmp_path.rglob("*.staged"))) < PARTITIONS:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        assert ids(tmp_path) == []
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, words = await asyncio.to_thread(process.communicate, None, 20)
        assert process.returncode == 0, words
        assert time.monotonic() - asked < 15
        assert ids(tmp_path) == wanted(range(20))
        assert [orjson.loads(line)["level"] for line in words.splitlines()].count("error") == 0
    finally:
        process.kill()
        process.communicate()


async def test_two_processes_share_the_partitions_of_one_output(cluster, tmp_path):
    processes = [start(cluster, "jsonl", tmp_path, "--every", "0.3") for _ in range(2)]
    try:
        for number in range(0, 60, 6):
            await write(cluster, *range(number, number + 6))
            await asyncio.sleep(0.5)
        deadline = time.monotonic() + 30
        while len(ids(tmp_path)) < 60:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)
        assert ids(tmp_path) == wanted(range(60))
    finally:
        for process in processes:
            process.kill()
            process.communicate()


async def test_stdout_has_a_line_for_each_event_and_what_is_no_event_is_a_dead_letter(cluster):
    await write(cluster, 1, 2)
    await produce(cluster, "news", [(b"x", b"no json")])
    code, out, _ = await export(cluster, "jsonl", "-", "--once", "--match", "text~ferry")
    assert code == 0
    assert sorted(orjson.loads(line)["id"] for line in out.splitlines()) == wanted([1, 2])
    (letter,) = await read_all(cluster, "dead-letters", PARTITIONS)
    assert letter.value == b"no json"
    code, out, _ = await export(cluster, "jsonl", "-", "--once")
    assert (code, out) == (0, b"")


async def test_a_reader_that_has_gone_ends_it_quietly(cluster):
    await write(cluster, *range(50))
    process = start(cluster, "jsonl", "-")
    process.stdout.close()
    try:
        words = await asyncio.to_thread(process.stderr.read)
        assert await asyncio.to_thread(process.wait, 20) == 0
        assert b"Traceback" not in words
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


async def test_without_the_topic_it_ends_with_78_and_says_how_to_make_it(kafka_bootstrap, tmp_path):
    code, _, words = await export(new_cluster(kafka_bootstrap), "jsonl", tmp_path)
    assert code == 78
    assert "dateline topics --apply" in words


async def test_a_folder_of_another_format_and_a_place_that_is_none_end_with_78(cluster, tmp_path):
    (tmp_path / "file").write_text("")
    assert (await export(cluster, "jsonl", tmp_path / "out", "--once"))[0] == 0
    for place, says in ((tmp_path / "out", "a folder of its own"), (tmp_path / "file", "no folder")):
        code, _, words = await export(cluster, "parquet", place)
        assert code == 78
        assert says in words
