"""What operators ask of a running deployment: an article's way, dead letters put back, ranges of time, and what runs."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import orjson
import pytest
from harness import environment, new_cluster, produce, read_all

from dateline.errors import Moved
from dateline.events import Withdrawal, encode
from dateline.log import topics
from dateline.log.letters import REPLAYS
from dateline.log.port import Output
from dateline.log.visit import lease, publish
from dateline.run import running
from dateline.settings import load_settings

PARTITIONS = 4
CASE = re.compile(r"dateline trace (\S+) +(.*)")


@pytest.fixture
async def cluster(kafka_bootstrap, monkeypatch):
    cluster = new_cluster(kafka_bootstrap, feeds_partitions=PARTITIONS, articles_partitions=PARTITIONS)
    for name, value in environment(cluster).items():
        monkeypatch.setenv(name, value)
    await topics.apply(cluster)
    return cluster


def dateline(*arguments, **settings):
    done = subprocess.run(
        [sys.executable, "-m", "dateline", *arguments], capture_output=True, text=True, timeout=60, env=os.environ | settings, check=False
    )
    return done.returncode, done.stdout, done.stderr


def traced(name, *options, **settings):
    code, out, err = dateline("trace", name, "--json", *options, **settings)
    assert code in (0, 1), err
    return orjson.loads(out)


def raw_article(article: str, title: str = "A bridge opens") -> bytes:
    """A RawArticle as the poller writes it, of a feed that nobody polls."""
    feed = {"url": "https://gazette.example/rss", "title": None, "link": None, "language": "en", "labels": [], "kind": "publisher"}
    entry = {
        **dict.fromkeys(("guid", "guid_is_permalink", "summary", "rights", "language", "source", "published_raw", "updated_raw")),
        **{name: [] for name in ("authors", "categories", "enclosures", "media", "links")},
        "link": f"https://gazette.example/{article}",
        "title": title,
        "content": "<p>The council opened the bridge.</p>",
        "position": 0,
        "extensions": {},
    }
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return orjson.dumps(
        {
            "id": article,
            "revision": {"number": 0, "content_hash": "00"},
            "feed": {"id": "00000000-0000-5000-8000-00000000000f", "publisher": None, **feed},
            "entry": entry,
            **dict.fromkeys(("published_at", "published_precision", "updated_at", "http", "page")),
            "first_seen_at": at,
            "fetched_at": at,
            "flags": [],
        }
    )


async def until(look, *, seconds=30.0):
    """What a look gives once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := await asyncio.to_thread(look)):
        assert time.monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.5)
    return found


# --- trace ---


@pytest.mark.long
@pytest.mark.timeout(120)
def test_on_the_running_demo_a_trace_answers_for_each_end_that_an_article_may_have(kafka_bootstrap):
    prefix = new_cluster(kafka_bootstrap).settings.topic_prefix
    settings = {"KAFKA_BOOTSTRAP": kafka_bootstrap, "DATELINE_KAFKA__TOPIC_PREFIX": prefix}
    demo = subprocess.Popen(
        [sys.executable, "-m", "dateline", "demo"], stdout=subprocess.PIPE, text=True, env=os.environ | settings | {"PYTHONUNBUFFERED": "1"}
    )
    try:
        lines = iter(demo.stdout)
        cases = {}
        while len(cases) < 4:
            if found := CASE.search(next(lines)):
                cases[found[2]] = found[1]
        torn, single, copy, barred = cases.values()
        wanted = [(torn, "dead_letter"), (single, "published"), (copy, "duplicate"), (barred, "published")]
        told = {}
        deadline = time.monotonic() + 80
        while len(told) < len(wanted):
            assert time.monotonic() < deadline, [url for url, _ in wanted if url not in told]
            for url, outcome in wanted:
                found = traced(url, **settings) if url not in told else {}
                if found.get("found") and found["articles"][0]["outcome"] == outcome:
                    told[url] = found["articles"][0]
            time.sleep(1)
        by_id = traced(told[copy]["id"], **settings)["articles"][0]
        nowhere = dateline("trace", torn.replace("-torn", "-nowhere"), **settings)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=30)

    # From the poll to the event: where each record stands, and that each was made from the one before.
    one = told[copy]
    assert [len(one[step]) for step in ("sights", "raw", "enriched", "stories", "news")] == [1, 1, 1, 1, 1]
    assert one["stories"][0]["input_offset"] == one["enriched"][0]["place"]["offset"]
    assert one["enriched"][0]["place"]["partition"] == one["stories"][0]["place"]["partition"]
    assert one["news"][0]["of"] != one["id"]
    assert one["raw"][0]["poll"]["next_by"]
    assert (by_id["id"], by_id["outcome"], by_id["raw"], by_id["news"]) == (one["id"], "duplicate", one["raw"], one["news"])
    # What robots.txt kept out, and what was set aside, with their reasons.
    assert told[barred]["raw"][0]["flags"] == ["page_missing", "page_missing_robots"]
    assert "robots.txt does not allow it" in told[barred]["notes"][0]
    (letter,) = told[torn]["dead_letters"]
    assert (letter["error"], letter["service"], letter["state"]) == ("Undecodable", "enricher", "waiting")
    # What no feed has served.
    code, out, err = nowhere
    assert (code, out) == (1, "")
    assert "it is in no feed's memory" in err and "/feeds/world.xml (polled" in err


@pytest.mark.timeout(90)
async def test_an_article_that_waits_is_held_back_or_is_canceled_is_told_as_such(cluster):
    waiting, withdrawn = (f"00000000-0000-5000-8000-00000000000{number}" for number in (1, 2))
    await produce(cluster, "articles.raw", [(one.encode(), raw_article(one)) for one in (waiting, withdrawn)])
    order = Withdrawal(subject=withdrawn, kind="article", reason="names a victim", at=datetime.now(UTC))
    await publish(cluster, [Output("withdrawals", withdrawn.encode(), encode(order))])

    (told,) = traced(waiting)["articles"]
    assert told["outcome"] == "waiting"
    assert told["enricher_waits"] >= 1
    # By its address too, though no feed remembers it and its id is not made of it.
    address = f"http://www.gazette.example/{waiting}/?utm_source=x"
    assert traced(address, "--deep")["articles"][0]["id"] == waiting
    assert not traced(address)["found"]
    (told,) = traced(withdrawn)["articles"]
    assert told["outcome"] == "withdrawn"
    assert "names a victim" in told["verdict"]

    async with running(load_settings(), ("enricher", "sink")):
        await until(lambda: traced(waiting)["articles"][0]["outcome"] == "published")
        assert dateline("withdraw", waiting, "--reason", "asked to", "--yes")[0] == 0
        canceled = await until(lambda: (found := traced(waiting)["articles"][0])["outcome"] == "canceled" and found)
        assert "asked to" in canceled["verdict"]
    unknown = traced("00000000-0000-5000-8000-000000000009")
    assert (unknown["found"], unknown["articles"]) == (False, [])


# --- dead letters ---


@pytest.mark.timeout(120)
async def test_a_record_that_was_set_aside_is_put_back_once_with_its_key_value_and_headers_and_nothing_goes_round(cluster):
    good, bad = (f"00000000-0000-5000-8000-00000000000{number}" for number in (3, 4))
    came = [("ce_id", b"1"), ("traceparent", b"00-1")]
    await publish(
        cluster,
        [Output("articles.raw", bad.encode(), b"{not json", came, 2), Output("articles.raw", good.encode(), raw_article(good), (), 2)],
    )

    def listed(*options):
        code, out, err = dateline("dead-letters", "list", "--json", *options)
        assert code == 0, err
        return orjson.loads(out)

    async with running(load_settings(), ("enricher", "sink")):
        (letter,) = await until(listed)
        assert (letter["topic"], letter["partition"], letter["offset"], letter["attempts"]) == ("articles.raw", 2, 0, 1)
        name = letter["letter"]
        shown = dateline("dead-letters", "show", name)[1]
        assert "{not json" in shown and "msgspec" in shown

        assert dateline("dead-letters", "replay", name)[0] == 2, "nobody was asked, and nobody said yes"
        assert dateline("dead-letters", "replay", name, "--yes")[0] == 0
        # It came back dead: it waits again, is not replayed by itself, and is counted.
        (again,) = await until(lambda: [one for one in listed() if one["letter"] != name])
        assert (again["replays"], again["attempts"]) == (1, 2)
        code, _, err = dateline("dead-letters", "replay", "--every", "--yes")
        assert (code, "came back dead after 1 replays" in err) == (1, True)
        assert dateline("dead-letters", "replay", name, "--yes")[0] == 1, "it was replayed before"
        assert dateline("dead-letters", "replay", "--every", "--force", "--yes")[0] == 0
        (last,) = await until(lambda: [one for one in listed() if one["letter"] not in (name, again["letter"])])
        assert last["replays"] == 2
        assert dateline("dead-letters", "discard", last["letter"], "--yes")[0] == 0
        assert listed() == []
        assert [one["state"] for one in listed("--all")] == ["replayed", "replayed", "discarded"]
        assert traced(bad)["articles"][0]["outcome"] == "discarded"

    raw = [record for record in await read_all(cluster, "articles.raw", PARTITIONS) if record.key == bad.encode()]
    assert [(record.partition, record.value) for record in raw] == [(2, b"{not json")] * 3
    assert [list(record.headers) for record in raw] == [came, [(REPLAYS, b"1"), *came], [(REPLAYS, b"2"), *came]]
    assert len(await read_all(cluster, "news", PARTITIONS)) == 1


@pytest.mark.timeout(60)
async def test_a_replay_that_another_operator_overtakes_writes_nothing(cluster):
    await produce(cluster, "dead-letters", [(b"key", b"x")])
    async with lease(cluster, "dead-letters") as write:
        async with lease(cluster, "dead-letters") as later:
            await later([Output("articles.raw", b"key", b"later")])
        with pytest.raises(Moved, match="another command for dead-letters began meanwhile"):
            await write([Output("articles.raw", b"key", b"earlier")])
    assert [record.value for record in await read_all(cluster, "articles.raw", PARTITIONS)] == [b"later"]


async def test_commands_without_a_broker_end_with_69_and_name_it():
    for command in (("trace", "https://gazette.example/tug"), ("dead-letters", "list"), ("dead-letters", "replay", "--every", "--yes")):
        began = time.monotonic()
        code, out, err = dateline(*command, KAFKA_BOOTSTRAP="127.0.0.1:9")
        assert (code, out) == (69, "")
        assert "127.0.0.1:9" in err
        assert time.monotonic() - began < 15


# --- tap ---


async def test_tap_prints_what_was_written_between_two_moments_and_ends(cluster):
    await produce(cluster, "news", [(b"k", b'{"n": 1}')])
    await asyncio.sleep(1.2)
    middle = datetime.now(UTC).isoformat()
    await produce(cluster, "news", [(b"k", b'{"n": 2}'), (b"k", b'{"n": 3}')])

    def values(*options):
        code, out, err = dateline("tap", "news", *options)
        assert code == 0, err
        return [orjson.loads(line)["value"]["n"] for line in out.splitlines()]

    assert values("--from", "earliest", "--until", "now") == [1, 2, 3]
    assert values("--from", "earliest", "--until", middle) == [1]
    assert values("--from", middle, "--until", "now") == [2, 3]
    assert values("--from", "-1h", "--to", "now", "--limit", "2") == [1, 2]
    assert values("--from", "-2h", "--until", "-1h") == []
    later = datetime.fromtimestamp(time.time() + 3, UTC).isoformat()
    assert values("--from", "earliest", "--until", later) == [1, 2, 3], "to come: it follows until then"
    assert dateline("tap", "news", "--from", "-1h", "--until", "-2h")[0] == 2


# --- top ---


async def test_top_shows_the_services_of_a_running_process(cluster):
    process = subprocess.Popen(
        [sys.executable, "-m", "dateline", "run", "enricher", "sink", "--ops-port", "0"], stderr=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        port = next(found[1] for line in process.stderr if (found := re.search(r'"ops_port":\s*(\d+)', line)))

        def shown():
            code, out, _ = dateline("top", "--once", f"127.0.0.1:{port}")
            states = {line.split()[2]: line for line in out.splitlines()}
            at_work = [f"tasks={PARTITIONS}/{PARTITIONS}" in states.get(name, "") for name in ("enricher", "sink")]
            return code == 0 and all(at_work) and states

        states = await until(shown)
        assert all("state='ok'" in line for line in states.values())
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0
