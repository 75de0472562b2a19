"""Subscribers that share no code with us read what the sink writes, and nothing that was taken back."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaProducer
from broker import DEPLOY, fetch_jars
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from harness import environment, new_cluster, read_all
from test_chain_kill import PARTITIONS

from dateline.enricher.record import enriched_output
from dateline.events import EnrichedArticle, decode
from dateline.log import topics
from dateline.log.visit import publish
from dateline.run import running
from dateline.settings import load_settings

if TYPE_CHECKING:
    from dateline.log.client import Cluster

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
NODE = Path(__file__).parent / "node"
TAKEN_BACK = "00000000-0000-5000-8000-000000000000"
# A JVM that compiles its program first starts in 3 s on an idle core.
READ_SECONDS = 45
# How long a reader that has all of it is listened to for more.
QUIET_SECONDS = 2.0


@dataclass
class News:
    """A topic of news as the sink wrote it, behind records of a transaction that was aborted."""

    cluster: Cluster
    bootstrap: str
    topic: str
    events: dict[str, dict]


@pytest.fixture(scope="module")
def news(kafka_bootstrap):
    cluster = new_cluster(kafka_bootstrap, feeds_partitions=PARTITIONS, articles_partitions=PARTITIONS)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(cluster).items():
            patch.setenv(name, value)
        events = asyncio.run(write_news(cluster))
    return News(cluster, kafka_bootstrap, cluster.topic("news"), events)


async def write_news(cluster):
    """Every partition begins with a record that was taken back; then the sink writes the examples."""
    await topics.apply(cluster)
    await take_back(cluster)
    articles = [decode(path.read_bytes(), EnrichedArticle) for path in (SCHEMAS / "examples").glob("io.dateline.article.enriched.v1*.json")]
    await publish(cluster, [enriched_output(article, (), PARTITIONS) for article in articles])
    async with running(load_settings(), ["sink"]):
        deadline = time.monotonic() + 30
        while len(records := await read_all(cluster, "news", PARTITIONS)) < len(articles):
            assert time.monotonic() < deadline, f"{len(records)} of {len(articles)} events after 30 s"
            await asyncio.sleep(0.2)
    dirty = await read_all(cluster, "news", PARTITIONS, committed=False)
    assert [record.key.decode() for record in dirty].count(TAKEN_BACK) == PARTITIONS, "nothing was taken back, so the readers prove nothing"
    return {event["id"]: event for event in (json.loads(record.value) for record in records)}


async def take_back(cluster):
    event = json.loads((SCHEMAS / "examples" / "io.dateline.news.v1.json").read_text(encoding="utf-8")) | {"id": TAKEN_BACK}
    named = json.loads((SCHEMAS / "examples" / "news.headers.json").read_text(encoding="utf-8"))
    headers = [(name, value.encode()) for name, value in named.items()]
    producer = AIOKafkaProducer(
        bootstrap_servers=cluster.settings.bootstrap, transactional_id=f"{cluster.settings.topic_prefix}.taken-back"
    )
    await producer.start()
    try:
        await producer.begin_transaction()
        for partition in range(PARTITIONS):
            await producer.send_and_wait(
                cluster.topic("news"), json.dumps(event).encode(), key=TAKEN_BACK.encode(), partition=partition, headers=headers
            )
        await producer.abort_transaction()
    finally:
        await producer.stop()


# ── what schemas/README.md shows ─────────────────────────────────────────────────────────────────────────────────────


def shown(language):
    """The program in that language which the README shows."""
    (program,) = re.findall(rf"^```{language}\n(.*?)^```$", (SCHEMAS / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return program


def lines_of(command, count, folder):
    """The lines a program prints until it has printed `count` and then nothing for a while; then it is ended."""
    out, err = folder / "out", folder / "err"
    with out.open("w") as to_out, err.open("w") as to_err:
        process = subprocess.Popen(command, stdout=to_out, stderr=to_err)
    try:
        deadline = time.monotonic() + READ_SECONDS
        while time.monotonic() < deadline and out.read_bytes().count(b"\n") < count and process.poll() is None:
            time.sleep(0.05)
        time.sleep(QUIET_SECONDS)
        assert process.poll() is None, f"it ended by itself with {process.returncode}: {err.read_text()[-2000:]}"
    finally:
        process.kill()
        process.wait()
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def assert_read(lines, news):
    """Every event once, none that was taken back, chosen by its headers, and quoted exactly."""
    assert sorted(line["id"] for line in lines) == sorted(news.events)
    for line in lines:
        event = news.events[line["id"]]
        said = (event["language"], event["story"]["role"], event["origin"] and event["origin"]["name"])
        assert (line["language"], line["role"], line["origin"]) == said
        assert all(text == passage for text, passage in line["proofs"])
    proofs = [proof for event in news.events.values() for origin in event["origins"] for proof in origin["evidence"]]
    assert sum(len(line["proofs"]) for line in lines) == len(proofs) > 0
    assert any(event["origins"] and max(map(ord, event["body"])) > 0xFFFF for event in news.events.values()), "offsets prove nothing"


def test_the_python_program_of_the_readme_reads_what_the_sink_wrote(news, tmp_path):
    program = tmp_path / "subscriber.py"
    program.write_text(shown("python"), encoding="utf-8")
    assert_read(lines_of([sys.executable, program, news.bootstrap, news.topic, "readme-python"], len(news.events), tmp_path), news)


def test_the_javascript_program_of_the_readme_is_the_one_that_is_run_here():
    assert shown("js") == (NODE / "subscriber.mjs").read_text(encoding="utf-8")


@pytest.mark.foreign
def test_the_javascript_program_of_the_readme_reads_what_the_sink_wrote_and_finds_it_valid(news, tmp_path):
    install_node_packages()
    command = ["node", NODE / "subscriber.mjs", news.bootstrap, news.topic, "readme-node", SCHEMAS / "io.dateline.news.v1.schema.json"]
    assert_read(lines_of(command, len(news.events), tmp_path), news)


@pytest.mark.foreign
def test_the_javascript_program_refuses_an_event_that_breaks_the_schema(news, tmp_path):
    install_node_packages()
    broken = json.loads((SCHEMAS / "io.dateline.news.v1.schema.json").read_text(encoding="utf-8"))
    broken["properties"]["word_count"]["minimum"] = 1_000_000
    (tmp_path / "broken.json").write_text(json.dumps(broken), encoding="utf-8")
    done = subprocess.run(
        ["node", NODE / "subscriber.mjs", news.bootstrap, news.topic, "readme-node-broken", tmp_path / "broken.json"],
        capture_output=True,
        text=True,
        timeout=READ_SECONDS,
        check=False,
    )
    assert done.returncode == 1
    assert "/word_count" in done.stderr


@pytest.mark.foreign
def test_the_java_program_of_the_readme_reads_what_the_sink_wrote(news, tmp_path):
    need(java_program("javac"), "a Java development kit, to run Java from its source: on Debian `apt-get install openjdk-17-jdk-headless`")
    (tmp_path / "Subscriber.java").write_text(shown("java"), encoding="utf-8")
    command = [*java(), tmp_path / "Subscriber.java", news.bootstrap, news.topic, "readme-java"]
    assert_read(lines_of(command, len(news.events), tmp_path), news)


def need(program, sentence):
    """Fail, never skip, with what is missing."""
    if shutil.which(program) is None:
        pytest.fail(f"this test needs {sentence}", pytrace=False)


def install_node_packages():
    """The locked packages in an ignored folder, once for each lock."""
    need("npm", "Node 20.19 or newer with npm: on Debian 13 `apt-get install nodejs npm`, on macOS `brew install node`")
    lock, ready = NODE / "package-lock.json", NODE / "node_modules" / ".ready"
    if ready.exists() and ready.read_bytes() == lock.read_bytes():
        return
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=NODE, capture_output=True, text=True, timeout=100, check=False)
    if done.returncode:
        pytest.fail(f"npm could not install the packages of {NODE.name}/package-lock.json: {done.stderr[-500:]}", pytrace=False)
    ready.write_bytes(lock.read_bytes())


# ── the official CloudEvents library ─────────────────────────────────────────────────────────────────────────────────


async def test_what_the_sink_wrote_are_cloudevents_to_the_official_library(news):
    records = await read_all(news.cluster, "news", PARTITIONS)
    assert len(records) == len(news.events)
    for record in records:
        event = from_binary(KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value), JSONFormat())
        assert (event.get_type(), event.get_subject()) == ("io.dateline.news.v1", record.key.decode())
        assert event.get_data() == news.events[event.get_subject()]
        assert event.get_extension("language") == event.get_data()["language"]


# ── the console consumer that comes with Kafka ───────────────────────────────────────────────────────────────────────


def java_program(name):
    """As kafka.sh finds it."""
    return str(Path(os.environ["JAVA_HOME"], "bin", name)) if os.environ.get("JAVA_HOME") else name


def java():
    """The beginning of a command that runs Java with Kafka's jars."""
    fetch_jars()
    return [
        java_program("java"),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        f"-Dlog4j2.configurationFile={DEPLOY / 'log4j2.properties'}",
        "-cp",
        f"{DEPLOY / 'jars'}/*",
    ]


def console(news, isolation, count):
    """Keys, headers and values as Kafka's own console consumer prints them."""
    options = {
        "bootstrap-server": news.bootstrap,
        "topic": news.topic,
        "isolation-level": isolation,
        "max-messages": count,
        "timeout-ms": 20_000,
    }
    command = [*java(), "org.apache.kafka.tools.consumer.ConsoleConsumer", "--from-beginning"]
    command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    for wish in ("print.key=true", "print.headers=true", "headers.separator=|", "key.separator=\t"):
        command += ["--formatter-property", wish]
    done = subprocess.run(command, capture_output=True, text=True, timeout=READ_SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    records = [line.split("\t") for line in done.stdout.splitlines()]
    return [(dict(header.split(":", 1) for header in headers.split("|")), key, json.loads(value)) for headers, key, value in records]


def test_the_console_consumer_reads_what_the_sink_wrote(news):
    records = console(news, "read_committed", len(news.events))
    assert {key: event for _, key, event in records} == news.events
    for headers, key, event in records:
        assert (headers["ce_type"], headers["ce_subject"], headers["ce_storyrole"]) == ("io.dateline.news.v1", key, event["story"]["role"])
        assert headers.get("ce_originid") == (event["origin"] or {}).get("id")


def test_without_read_committed_the_console_consumer_reads_what_was_taken_back(news):
    records = console(news, "read_uncommitted", len(news.events) + PARTITIONS)
    assert [key for _, key, _ in records].count(TAKEN_BACK) == PARTITIONS
