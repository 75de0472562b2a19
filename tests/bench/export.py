"""Events a second and CPU per event of each output, against a plain loop that writes the same, in one run.

The plain loops read with aiokafka, decode with orjson, write each batch as one is wont to (executemany, a table of pyarrow's per batch,
lines) and commit their offsets afterwards: a crash repeats events, and nothing keeps two of them apart. Both sides are processes of
their own; what they take for a topic of four events is taken off, so that start-up is left out.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import psutil
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic

from dateline.export.postgres import migrated
from dateline.log.client import Cluster, admin
from dateline.ops.logs import configure_logs
from dateline.settings import KafkaSettings, LogSettings

sys.path.insert(0, str(Path(__file__).parents[1]))
from made_events import article_id, encoded, made
from postgres_server import PostgresMissing, running_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from postgres_server import Server

PARTITIONS = 4
EVENTS = int(os.environ.get("BENCH_EVENTS", "20000"))
FEW = PARTITIONS
# Copies of one report are a third of what agencies' customers publish.
COPIES = 3
BATCH = 200
WORDS = [f"word{number}" for number in range(4000)]


# --- the plain loops ---


async def batches(bootstrap: str, topic: str, events: int) -> AsyncIterator[list[dict[str, Any]]]:
    """Decoded events in batches, committed after each."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=uuid.uuid4().hex, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
    seen = 0
    try:
        while seen < events:
            for records in (await consumer.getmany(timeout_ms=500, max_records=BATCH)).values():
                seen += len(records)
                yield [orjson.loads(record.value) for record in records]
            await consumer.commit()
    finally:
        await consumer.stop()


async def plain_jsonl(bootstrap: str, topic: str, events: int, place: str) -> None:
    """Append lines."""
    Path(place).mkdir(parents=True)
    with (Path(place) / "news.jsonl").open("wb") as file:
        async for found in batches(bootstrap, topic, events):
            file.write(b"".join(orjson.dumps(event) + b"\n" for event in found))
            file.flush()


async def plain_parquet(bootstrap: str, topic: str, events: int, place: str) -> None:
    """A table for each batch."""
    Path(place).mkdir(parents=True)
    writer = None
    async for found in batches(bootstrap, topic, events):
        table = pa.Table.from_pylist(found, schema=writer.schema if writer else None)
        writer = writer or pq.ParquetWriter(Path(place) / "news.parquet", table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()


async def plain_postgres(bootstrap: str, topic: str, events: int, place: str) -> None:
    """The same tables by executemany; stories are counted by adding one."""
    with psycopg.connect(place) as connection:
        async for found in batches(bootstrap, topic, events):
            with connection.cursor() as cursor:
                _insert(cursor, "articles", [_article(event) for event in found])
                _insert(cursor, "origins", [_origin(event, *one) for event in found for one in enumerate(event["origins"])])
                _insert(cursor, "evidence", [row for event in found for row in _evidence(event)])
                _insert(cursor, "authors", [_author(event, *one) for event in found for one in enumerate(event["authors"])])
                cursor.executemany(
                    "INSERT INTO dateline.stories AS s (id, copies) VALUES (%s, 1) ON CONFLICT (id) DO UPDATE SET copies = s.copies + 1",
                    [(event["story"]["id"],) for event in found],
                )
            connection.commit()


def _insert(cursor: Any, table: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        names = list(rows[0])
        places = ", ".join(f"%({name})s" for name in names)
        cursor.executemany(f"INSERT INTO dateline.{table} ({', '.join(names)}) VALUES ({places}) ON CONFLICT DO NOTHING", rows)


def _article(event: dict[str, Any]) -> dict[str, Any]:
    publisher, story, feed, rights = event["publisher"] or {}, event["story"], event["feed"], event["rights"]
    same = (
        "id revision status url canonical_url headline summary body body_from body_complete language language_confidence script "
        "published_at published_precision updated_at first_seen_at attribution_status relation dateline_place keywords word_count "
        "copyright content_hash rules enriched_id flags"
    )
    return {name: event[name] for name in same.split()} | {
        "publisher_name": publisher.get("name"),
        "publisher_domain": publisher.get("domain"),
        "publisher_country": publisher.get("country"),
        "is_accessible_for_free": rights["is_accessible_for_free"],
        "license": rights["license"],
        "rights_notice": rights["notice"],
        "tdm_reserved": rights["tdm_reserved"],
        "categories": orjson.dumps(event["categories"]).decode(),
        "images": orjson.dumps(event["images"]).decode(),
        "media": orjson.dumps(event["media"]).decode(),
        "feed_id": feed["id"],
        "feed_url": feed["url"],
        "feed_title": feed["title"],
        "labels": feed["labels"],
        "story_id": story["id"],
        "story_role": story["role"],
        "story_of": story["of"],
        "story_similarity": story["similarity"],
    }


def _origin(event: dict[str, Any], number: int, origin: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "kind", "country", "confidence")
    return {"article_id": event["id"], "number": number, "origin_id": origin["id"]} | {name: origin[name] for name in names}


def _evidence(event: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"article_id": event["id"], "origin_number": origin_number, "number": number, "span_start": one["start"], "span_end": one["end"]}
        | {name: one[name] for name in ("kind", "role", "field", "text", "weight")}
        for origin_number, origin in enumerate(event["origins"])
        for number, one in enumerate(origin["evidence"])
    ]


def _author(event: dict[str, Any], number: int, author: dict[str, Any]) -> dict[str, Any]:
    return {"article_id": event["id"], "number": number} | author


PLAIN = {"jsonl": plain_jsonl, "parquet": plain_parquet, "postgres": plain_postgres}


# --- measuring ---


@dataclass(frozen=True)
class Cost:
    """What a run took."""

    seconds: float
    cpu_seconds: float
    database_seconds: float = 0.0

    def per_event(self, start_up: Cost, events: int) -> tuple[float, float, float]:
        """Events a second, and microseconds of CPU per event here and in the database."""
        return (
            events / (self.seconds - start_up.seconds),
            (self.cpu_seconds - start_up.cpu_seconds) / events * 1e6,
            (self.database_seconds - start_up.database_seconds) / events * 1e6,
        )


def run(command: Sequence[str], environment: dict[str, str], server: Server | None) -> Cost:
    """One process from its start to its end."""
    used, database, started = resource.getrusage(resource.RUSAGE_CHILDREN), _database_seconds(server), time.monotonic()
    subprocess.run([sys.executable, *command], env=os.environ | environment, check=True, stderr=subprocess.DEVNULL)
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    time.sleep(1.0)  # until the database's sessions have ended and are counted
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return Cost(seconds, cpu, _database_seconds(server) - database)


def _database_seconds(server: Server | None) -> float:
    if server is None:
        return 0.0
    times = psutil.Process(server.pid).cpu_times()
    return times.user + times.system + times.children_user + times.children_system


async def fill(bootstrap: str, topic: str, events: int) -> None:
    """Events on a topic of its own."""
    dice = random.Random(9)
    cluster = Cluster(KafkaSettings(bootstrap=bootstrap))
    async with admin(cluster) as client:
        await client.create_topics([NewTopic(topic, PARTITIONS, 1)])
        while topic not in await client.list_topics():
            await asyncio.sleep(0.1)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type="zstd", max_batch_size=512 << 10)
    await producer.start()
    for start in range(0, events, 1000):
        sent = []
        for n in range(start, min(start + 1000, events)):
            event = made(n, story=n - n % COPIES, body=" ".join(dice.choices(WORDS, k=700)))
            sent.append(await producer.send(topic, encoded(event), key=article_id(n).encode(), partition=n % PARTITIONS))
        await asyncio.gather(*sent)
    await producer.stop()


def measure(output: str, bootstrap: str, prefixes: dict[int, str], fresh_place: Callable[[], str], server: Server | None) -> None:
    """Print the figures of one output, ours against the plain loop."""
    figures = {}
    for kind in ("plain", "dateline"):
        costs = {}
        for events, prefix in prefixes.items():
            place = fresh_place()
            if kind == "plain":
                command = ["-m", "tests.bench.export", output, bootstrap, f"{prefix}.news", str(events), place]
            else:
                command = ["-m", "dateline", "export", output, place, "--once"]
            costs[events] = run(command, {"KAFKA_BOOTSTRAP": bootstrap, "DATELINE_KAFKA__TOPIC_PREFIX": prefix}, server)
        figures[kind] = costs[EVENTS].per_event(costs[FEW], EVENTS)
        rate, cpu, database = figures[kind]
        words = f", {database:6.0f} µs in the database" if server else ""
        print(f"{output:9s} {kind:9s} {rate:7.0f} events/s  {cpu:6.0f} µs CPU/event{words}")
    cpu_ratio, rate_ratio = figures["plain"][1] / figures["dateline"][1], figures["dateline"][0] / figures["plain"][0]
    print(f"{output:9s} CPU of the plain loop / ours {cpu_ratio:.2f} ×; our events a second / the plain loop's {rate_ratio:.2f} ×")


def main() -> None:
    """Measure every output."""
    configure_logs(LogSettings(level="error"))
    bootstrap = os.environ.get("KAFKA_BOOTSTRAP", "127.0.0.1:9092")
    prefixes = {events: f"bench{uuid.uuid4().hex[:8]}" for events in (FEW, EVENTS)}
    for events, prefix in prefixes.items():
        asyncio.run(fill(bootstrap, f"{prefix}.news", events))
    with tempfile.TemporaryDirectory() as folder:

        def fresh_folder() -> str:
            return f"{folder}/{uuid.uuid4().hex}"

        for output in ("jsonl", "parquet"):
            measure(output, bootstrap, prefixes, fresh_folder, None)
    try:
        with running_server() as server:

            def fresh_database() -> str:
                dsn = server.create_database()
                with psycopg.connect(dsn, autocommit=True) as connection:
                    migrated(connection)
                return dsn

            measure("postgres", bootstrap, prefixes, fresh_database, server)
    except PostgresMissing as error:
        print(f"postgres: not measured; {error}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        name, its_bootstrap, its_topic, its_events, its_place = sys.argv[1:]
        asyncio.run(PLAIN[name](its_bootstrap, its_topic, int(its_events), its_place))
    else:
        main()
