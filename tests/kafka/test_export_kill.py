"""Exporters that are killed and stopped under load lose no event and repeat none, in each kind of output."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import psutil
import psycopg
import pytest
from harness import Chaos, create_topics, new_cluster, produce, read_all

from made_events import article_id, encoded, made
from postgres_server import PostgresMissing, running_server

if TYPE_CHECKING:
    from collections.abc import Callable

PARTITIONS = 4
STORIES = 11
# An exporter takes a second to start, on a busy machine more.
START_SECONDS = 3.0


async def export_under_fire(bootstrap, tmp_path, arguments: list[str], rows: Callable[[], tuple[int, int]], *, kills: int) -> int:
    """Kill one of three exporters of one output again and again while events come; how many events there are in the end."""
    cluster = new_cluster(bootstrap)
    await create_topics(cluster, "news", "dead-letters", partitions=PARTITIONS)
    environment = {"KAFKA_BOOTSTRAP": bootstrap, "DATELINE_KAFKA__TOPIC_PREFIX": cluster.settings.topic_prefix}
    chaos = Chaos([["-m", "dateline", "export", *arguments]] * 3, random.Random(11), environment, tmp_path / "exporters.log")
    written = 0
    with chaos:
        next_strike = time.monotonic() + 4
        while chaos.kills < kills:
            numbers = range(written, written + 40)
            await produce(cluster, "news", [(article_id(n).encode(), encoded(made(n, story=n % STORIES, day=3 + n % 3))) for n in numbers])
            written += len(numbers)
            if time.monotonic() >= next_strike and (at_work := grown_up(chaos)):
                chaos.strike(kill_share=0.8, among=at_work)
                next_strike = time.monotonic() + chaos.dice.uniform(0.5, 3.0)
            chaos.wake()
            await asyncio.sleep(0.1)
        chaos.wake(all_of_them=True)
        deadline = time.monotonic() + 90
        while rows()[0] < written:
            chaos.revive()
            assert time.monotonic() < deadline, f"{rows()} of {written} were written; see {chaos.log}"
            await asyncio.sleep(0.5)
        # What would come twice has the time to.
        await asyncio.sleep(3)
    print(f"\n{arguments[0]}: {written} events, kills {chaos.kills}, stops {chaos.stops}, rows and ids {rows()}")
    assert chaos.log.read_text().count("export runs") > kills / 2, "most of those who were killed had not begun"
    assert not await read_all(cluster, "dead-letters")
    return written


def grown_up(chaos: Chaos) -> list[int]:
    """The numbers of the workers that have had the time to begin: who dies at the start proves little."""
    ages = [time.time() - psutil.Process(worker.pid).create_time() for worker in chaos._workers]
    return [number for number, age in enumerate(ages) if age > START_SECONDS]


def parquet_rows(folder):
    def rows():
        if not list(folder.rglob("*.parquet")):
            return 0, 0
        with duckdb.connect() as connection:
            return connection.execute(f"SELECT count(*), count(DISTINCT id) FROM read_parquet('{folder}/**/*.parquet')").fetchone()

    return rows


@pytest.mark.long
@pytest.mark.parametrize("kills", [5, 20])
@pytest.mark.timeout(300)
async def test_killed_exporters_write_each_event_once_to_parquet(kafka_bootstrap, tmp_path, kills):
    rows = parquet_rows(tmp_path / "out")
    arguments = ["parquet", str(tmp_path / "out"), "--every", "0.5"]
    written = await export_under_fire(kafka_bootstrap, tmp_path, arguments, rows, kills=kills)
    assert rows() == (written, written)


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_killed_exporters_write_each_event_once_to_postgres(kafka_bootstrap, tmp_path):
    with server_or_fail() as server:
        dsn = server.create_database()

        def rows():
            with psycopg.connect(dsn) as connection:
                if connection.execute("SELECT to_regclass('dateline.articles')").fetchone() == (None,):
                    return 0, 0
                return connection.execute("SELECT count(*), count(DISTINCT id) FROM dateline.articles").fetchone()

        written = await export_under_fire(kafka_bootstrap, tmp_path, ["postgres", dsn], rows, kills=20)
        assert rows() == (written, written)
        with psycopg.connect(dsn) as connection:
            stories = dict(connection.execute("SELECT id::text, copies FROM dateline.stories").fetchall())
        assert stories == {article_id(story): sum(n % STORIES == story for n in range(written)) for story in range(STORIES)}


@contextmanager
def server_or_fail():
    try:
        with running_server() as server:
            yield server
    except PostgresMissing as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
