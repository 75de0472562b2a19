"""The three services against the newsroom on a real broker: what they write, how they fail, how they are run."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime

import orjson
import pytest
from harness import environment, new_cluster, newsroom, produce, read_all

from dateline.cli.filters import run_enrich, run_normalize
from dateline.enricher.agencies import load_agencies
from dateline.envelope import NEWS_EXTENSIONS
from dateline.events import FeedPlan, FeedState, encode
from dateline.log import topics
from dateline.log.visit import publish
from dateline.poller.feeds import add_feeds, feed_record, list_feeds, new_feed
from dateline.poller.listed import Listed
from dateline.poller.opml import read_list
from dateline.run import running
from dateline.settings import load_settings

PARTITIONS = 4
SECONDS = 8
HEADERS = ["content-type", "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_dataschema"]


@pytest.fixture
async def cluster(kafka_bootstrap, monkeypatch):
    cluster = new_cluster(kafka_bootstrap, feeds_partitions=PARTITIONS, articles_partitions=PARTITIONS)
    for name, value in environment(cluster).items():
        monkeypatch.setenv(name, value)
    await topics.apply(cluster)
    return cluster


async def published(cluster, source, seconds=30):
    """Links in `news` once all that was published is there."""
    deadline = time.monotonic() + seconds
    while True:
        links = [orjson.loads(record.value)["url"].encode() for record in await read_all(cluster, "news", PARTITIONS)]
        wanted = await asyncio.to_thread(source.published)
        if wanted <= set(links):
            return wanted, links
        assert time.monotonic() < deadline, f"{len(wanted - set(links))} entries are missing"
        await asyncio.sleep(0.5)


def filtered(run, records, *arguments, **options):
    """What a filter makes of the values of records."""
    out, err = io.BytesIO(), io.StringIO()
    source = io.BytesIO(b"".join(record.value + b"\n" for record in records))
    assert run(source, out, err, *arguments, **options) == 0, err.getvalue()
    return out.getvalue().splitlines()


@pytest.mark.timeout(90)
async def test_every_entry_stands_once_in_news_and_the_filters_write_what_the_services_write(cluster, tmp_path):
    with newsroom(tmp_path, rate=15) as (source, opml):
        await add_feeds(cluster, read_list(opml))
        async with running(load_settings(), ("poller", "enricher", "sink")):
            await produce(cluster, "articles.raw", [(b"bad", b"{not json")], partition=1)
            await asyncio.sleep(SECONDS)
            source.publish_no_more()
            wanted, links = await published(cluster, source)
            statuses = {status.feed.url.rpartition("/")[2]: status for status in await list_feeds(cluster)}
    assert Counter(links) == Counter(wanted)

    raw, enriched, news = [await read_all(cluster, name, PARTITIONS) for name in ("articles.raw", "articles.enriched", "news")]
    for record in enriched:
        assert [name for name, _ in record.headers] == HEADERS
    for record in news:
        names = [name for name, _ in record.headers]
        assert names[: len(HEADERS)] == HEADERS
        assert {"ce_storyrole"} <= set(names[len(HEADERS) :]) <= set(NEWS_EXTENSIONS)

    good = [record for record in raw if record.key != b"bad"]
    assert Counter(filtered(run_enrich, good, load_agencies(None))) == Counter(record.value for record in enriched)
    groups = defaultdict(list)
    for record in enriched:
        groups[record.key].append(record)
    normalized = [line for group in groups.values() for line in filtered(run_normalize, group, window_hours=72.0)]
    assert Counter(normalized) == Counter(record.value for record in news)

    (dead,) = await read_all(cluster, "dead-letters", PARTITIONS)
    assert (dead.key, dead.value) == (b"bad", b"{not json")
    reason = dict(dead.headers)
    assert reason["__connect.errors.class.name"] == b"Undecodable"
    assert (reason["__connect.errors.topic"], reason["__connect.errors.partition"]) == (cluster.topic("articles.raw").encode(), b"1")

    assert statuses["archive.xml"].plan.error == "500 Internal Server Error"
    assert statuses["weather.xml"].plan.error == "the body is an HTML page"
    assert "no complete answer" in statuses["letters.xml"].plan.error
    assert all(statuses[name].plan.errors > 0 for name in ("archive.xml", "weather.xml", "letters.xml"))
    assert statuses["archive.xml"].plan.rule == "errors"


# ── as processes ─────────────────────────────────────────────────────────────────────────────────────────────────────


def dateline(*arguments, **settings):
    """One command; its exit code, stdout and stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "dateline", *arguments], capture_output=True, text=True, timeout=60, env=os.environ | settings, check=False
    )
    return done.returncode, done.stdout, done.stderr


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.timeout(60)
async def test_a_process_says_that_it_is_ready_and_ends_with_0_when_it_is_asked_to(cluster):
    port = str(free_port())
    process = subprocess.Popen([sys.executable, "-m", "dateline", "run", "--ops-port", port], stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 30
        while (await asyncio.to_thread(dateline, "health", "ready", "--ops-port", port))[0] != 0:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)
        assert (await asyncio.to_thread(dateline, "health", "live", "--ops-port", port))[:2] == (0, "live\n")
        code, _, words = await asyncio.to_thread(dateline, "offsets", "set", "sink", "--to", "latest")
        assert code == 78, words
        assert "running members" in words
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, log = await asyncio.to_thread(process.communicate, None, 20)
        assert process.returncode == 0
        assert time.monotonic() - asked < 15
        assert [orjson.loads(line)["level"] for line in log.splitlines()].count("error") == 0
    finally:
        process.kill()
        process.communicate()
    code, _, words = await asyncio.to_thread(dateline, "offsets", "set", "sink", "--to", "earliest")
    assert code == 0, words


def test_without_a_broker_a_command_ends_with_69_and_names_the_address():
    bootstrap = f"127.0.0.1:{free_port()}"
    for command in (["run"], ["topics"], ["feeds", "list"], ["tap", "news"], ["demo"], ["export", "jsonl", "-"]):
        started = time.monotonic()
        code, out, words = dateline(*command, KAFKA_BOOTSTRAP=bootstrap, DATELINE_OPS__PORT="0")
        assert (code, out) == (69, "")
        assert bootstrap in words
        assert words.count("\n") == 1
        assert time.monotonic() - started < 15


def test_without_its_topics_a_service_ends_with_78_and_says_how_to_make_them(kafka_bootstrap):
    cluster = new_cluster(kafka_bootstrap)
    code, _, words = dateline("run", "--ops-port", "0", **environment(cluster))
    assert code == 78
    assert "dateline topics --apply" in words


async def test_feeds_are_added_listed_and_removed(cluster, tmp_path):
    opml = tmp_path / "feeds.opml"
    opml.write_text(
        '<opml version="2.0"><body><outline text="Coast"><outline xmlUrl="https://gazette.example/rss"/></outline></body></opml>'
    )
    assert dateline("feeds", "add", "https://lantern.example/feed", "--no-check", "--label", "harbour")[0] == 0
    assert dateline("feeds", "import", str(opml))[0] == 0
    assert "there already" in dateline("feeds", "add", "--no-check", "https://lantern.example/feed")[2]
    rows = {row["feed"]["url"]: row for row in orjson.loads(dateline("feeds", "list", "--json")[1])}
    assert rows["https://gazette.example/rss"]["feed"]["labels"] == ["Coast"]
    assert rows["https://lantern.example/feed"]["feed"]["labels"] == ["harbour"]
    assert dateline("feeds", "remove", "https://gazette.example/rss")[0] == 0
    assert dateline("feeds", "remove", "https://gazette.example/rss")[0] == 65
    assert [row["feed"]["url"] for row in orjson.loads(dateline("feeds", "list", "--json")[1])] == ["https://lantern.example/feed"]
    assert dateline("feeds", "add", "file:///etc/passwd")[0] == 65


async def test_a_feed_in_the_wrong_partition_is_gone_when_it_is_removed_and_comes_back_in_the_right_one(cluster):
    feed = new_feed(Listed("https://gazette.example/rss"), now=datetime.now(UTC))
    right = feed_record(feed, PARTITIONS)
    wrong = (right.partition + 1) % PARTITIONS
    await produce(cluster, "feeds", [(right.key, right.value)], partition=wrong)
    assert dateline("feeds", "remove", feed.url)[0] == 0
    assert orjson.loads(dateline("feeds", "list", "--json")[1]) == []
    assert dateline("feeds", "add", "--no-check", feed.url)[0] == 0
    last = {record.partition: record.value for record in await read_all(cluster, "feeds", PARTITIONS)}
    assert last[wrong] is None
    assert last[right.partition] is not None


async def test_tap_prints_records_from_where_it_is_asked_and_stops_at_its_limit(cluster):
    await produce(cluster, "news", [(b"a", b'{"headline":"Gate"}'), (b"b", b'{"headline":"Tug"}'), (b"c", b"no json")], partition=0)
    code, out, words = dateline("tap", "news", "--from", "earliest", "--limit", "3")
    assert (code, words) == (0, "")
    assert [orjson.loads(line)["value"] for line in out.splitlines()] == [{"headline": "Gate"}, {"headline": "Tug"}, "no json"]
    _, matched, _ = dateline("tap", "news", "--from", "earliest", "--match", "text~tug", "--limit", "1")
    assert orjson.loads(matched)["key"] == "b"


async def test_check_says_what_is_well(cluster):
    assert dateline("feeds", "add", "--no-check", "https://gazette.example/rss")[0] == 0
    code, out, _ = dateline("check", "--json")
    assert code == 0
    findings = {finding["what"]: finding for finding in orjson.loads(out)}
    looked_at = ["settings", "files", "agencies", "memory", "broker", "clock", "disk", "rights", "topics", "feeds", "withdrawals"]
    assert list(findings) == looked_at
    assert all(finding["ok"] for finding in findings.values())
    # Told by the broker, not given up: its clock is ours, its folder is named, and without an authorizer all is allowed.
    assert [findings[what]["level"] for what in ("clock", "rights")] == ["ok", "ok"]
    assert "free" in findings["disk"]["says"]


async def test_check_names_what_lies_in_the_wrong_partition_until_it_is_removed_and_added_again(cluster):
    feed, other = (new_feed(Listed(f"https://{name}.example/rss"), now=datetime.now(UTC)) for name in ("gazette", "lantern"))
    right = feed_record(feed, PARTITIONS)
    wrong = (right.partition + 1) % PARTITIONS
    plan = encode(FeedPlan(last=int(time.time()), next=0, rule="rate"))
    await publish(cluster, [feed_record(other, PARTITIONS), right._replace(partition=wrong)])
    await produce(cluster, "feeds.state", [(right.key, encode(FeedState(id=feed.id))), (right.key + b"/plan", plan)], partition=wrong)
    lost = (feed_record(other, PARTITIONS).partition + 1) % PARTITIONS
    await produce(cluster, "feeds.state", [(other.id.encode() + b"/plan", plan)], partition=lost)

    code, out, _ = dateline("check", "--json")
    assert code == 78
    astray, left = [finding for finding in orjson.loads(out) if finding["what"].startswith("feeds")]
    assert (astray["what"], astray["ok"]) == ("feeds", False)
    assert astray["says"].startswith(f"{feed.url} lies in partition {wrong} and belongs in {right.partition};")
    assert (left["what"], left["ok"]) == ("feeds.state", True)
    assert left["says"].startswith(f"the state of {other.url} lies in partition {lost} ")

    assert dateline("feeds", "remove", feed.url)[0] == 0
    assert dateline("feeds", "add", "--no-check", feed.url)[0] == 0
    code, out, _ = dateline("check")
    assert code == 0
    assert feed.url not in out
    last = {(record.partition, record.key): record.value for record in await read_all(cluster, "feeds.state", PARTITIONS)}
    assert [last[wrong, key] for key in (right.key, right.key + b"/plan")] == [None, None]
