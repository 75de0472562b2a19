"""Withdrawals end to end: what is withdrawn is canceled, `news` compacts to that, and nothing brings it back."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import orjson
import pytest
from aiohttp import web
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from broker import free_ports
from harness import FOLDER, Chaos, create_topics, environment, new_cluster, newsroom, produce, read_all
from msgspec.structs import replace
from test_services import PARTITIONS, dateline

from dateline.events import NewsEvent, RawArticle, Revision, Withdrawal, decode, encode
from dateline.log import topics
from dateline.log.lookup import ScannedTopic, Start
from dateline.log.topic_log import KafkaTopicLog
from dateline.log.visit import partition_of, publish
from dateline.log.withdrawals import order_output
from dateline.poller.feeds import add_feeds
from dateline.poller.listed import Listed
from dateline.poller.opml import read_list
from dateline.run import running
from dateline.settings import load_settings

# The cleaner rests for 15 s between its rounds; a second round takes what the first saw too early.
COMPACTED_SECONDS = 60.0
# Before the first kill some articles have been published that are withdrawn then.
QUIET_SECONDS = 9
BETWEEN_SECONDS = 4
# After a kill the others wait for the session timeout; who does nothing for longer will do no more.
STANDSTILL_SECONDS = 30
# Compaction at once, of segments that are closed by the next record a second later.
COMPACT_SOON = {
    "cleanup.policy": "compact",
    "segment.ms": "1000",
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": "1000",
    "min.cleanable.dirty.ratio": "0.001",
}


class Publisher:
    """A feed on loopback whose entries a test changes while it is polled."""

    def __init__(self, address: str, port: int) -> None:
        self.address, self.port = address, port
        self.texts: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.deleted: list[str] = []

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}/feed"

    def link(self, name: str) -> str:
        return self.links.get(name, f"http://{self.address}:{self.port}/{name}")

    async def answer(self, _: web.Request) -> web.Response:
        return web.Response(text=self.document(), content_type="application/atom+xml")

    def document(self) -> str:
        entries = [
            f"<entry><id>tag:{self.address},2026:{name}</id><title>{name} reported</title><link href='{self.link(name)}'/>"
            f"<summary>{text}</summary></entry>"
            for name, text in self.texts.items()
        ]
        gone = [f"<at:deleted-entry ref='tag:{self.address},2026:{name}' when='2026-03-05T10:00:00Z'/>" for name in self.deleted]
        spaces = "xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'"
        return f"<feed {spaces}><title>{self.address}</title>{''.join(entries + gone)}</feed>"


@asynccontextmanager
async def serving(*publishers: Publisher):
    runners = []
    for publisher in publishers:
        app = web.Application()
        app.router.add_get("/feed", publisher.answer)
        runners.append(web.AppRunner(app, access_log=None, shutdown_timeout=0.1))
        await runners[-1].setup()
        await web.TCPSite(runners[-1], publisher.address, publisher.port).start()
    try:
        yield
    finally:
        for runner in runners:
            await runner.cleanup()


class News:
    """What stands on `news`."""

    def __init__(self, cluster) -> None:
        self.cluster = cluster

    async def events(self) -> dict[str, list[NewsEvent]]:
        """Events in the order of the log, by the last part of their address as it was first."""
        by_id: defaultdict[str, list[NewsEvent]] = defaultdict(list)
        for record in await read_all(self.cluster, "news", PARTITIONS):
            if record.key != b"filler":
                by_id[record.key.decode()].append(decode(record.value, NewsEvent))
        return {events[0].url.rpartition("/")[2]: events for events in by_id.values()}

    async def until(self, says, seconds: float = 20) -> dict[str, list[NewsEvent]]:
        deadline = time.monotonic() + seconds
        while not says(events := await self.events()):
            assert time.monotonic() < deadline, {name: [(event.status, event.revision) for event in of] for name, of in events.items()}
            await asyncio.sleep(0.3)
        return events

    async def until_canceled(self, *names: str) -> dict[str, list[NewsEvent]]:
        return await self.until(lambda events: all(name in events and events[name][-1].status == "canceled" for name in names))

    async def until_usable(self, *names: str) -> dict[str, list[NewsEvent]]:
        return await self.until(lambda events: all(name in events and events[name][-1].status == "usable" for name in names))


@pytest.fixture
async def cluster(kafka_bootstrap, monkeypatch):
    cluster = new_cluster(kafka_bootstrap, feeds_partitions=PARTITIONS, articles_partitions=PARTITIONS)
    for name, value in environment(cluster).items():
        monkeypatch.setenv(name, value)
    client = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await client.start()
    await client.create_topics([NewTopic(cluster.topic("news"), PARTITIONS, 1, topic_configs=COMPACT_SOON)])
    await client.close()
    await topics.apply(cluster)
    return cluster


async def command(*arguments: str) -> str:
    """Its stdout; it must end well."""
    code, out, words = await asyncio.to_thread(dateline, *arguments)
    assert code == 0, words
    return out


async def withdraw(*arguments: str) -> dict:
    return orjson.loads(await command("withdraw", *arguments, "--reason", "a test", "--yes", "--json"))


async def forget_feeds(cluster) -> None:
    """Lose what pollers remember, so that all that is served looks new."""
    for record in await read_all(cluster, "feeds.state", PARTITIONS):
        await produce(cluster, "feeds.state", [(record.key, None)], partition=record.partition)


async def later_revision(cluster, name: str) -> None:
    """A revision that is in flight already, behind whatever the poller holds back."""
    raw = next(
        article
        for record in await read_all(cluster, "articles.raw", PARTITIONS)
        if (article := decode(record.value, RawArticle)).entry.link.endswith(f"/{name}")
    )
    revised = replace(raw, revision=Revision(number=7, content_hash="f" * 32))
    await produce(cluster, "articles.raw", [(raw.id.encode(), encode(revised))])


@pytest.mark.timeout(240)
async def test_what_is_withdrawn_is_canceled_compacts_to_that_and_neither_a_poll_nor_a_restart_brings_it_back(cluster):
    (port,) = free_ports(1)
    lantern, post = Publisher("127.0.0.2", port), Publisher("127.0.0.3", port)
    lantern.texts = {name: f"The text of {name}." for name in ("article", "address", "own", "stays")}
    post.texts = {"everything": "The text of everything.", "too": "A text too."}
    news = News(cluster)
    async with serving(lantern, post):
        await add_feeds(cluster, [Listed(lantern.url), Listed(post.url)])
        async with running(load_settings(), ("poller", "enricher", "sink")):
            before = await news.until_usable("article", "address", "own", "stays", "everything", "too")
            code, _, words = await asyncio.to_thread(dateline, "withdraw", before["article"][-1].id, "--reason", "a test")
            assert (code, "--yes" in words) == (2, True)

            # ── every way to withdraw ──
            assert (await withdraw(before["article"][-1].id))["articles"] == [before["article"][-1].id]
            assert (await withdraw(f"{lantern.link('address')}?utm_source=rss"))["articles"] == [before["address"][-1].id]
            assert set((await withdraw("--publisher", f"127.0.0.3:{port}"))["articles"]) == {
                before["everything"][-1].id,
                before["too"][-1].id,
            }
            lantern.deleted.append("own")
            del lantern.texts["own"]
            after = await news.until_canceled("article", "address", "own", "everything", "too")
            for name in ("article", "address", "own", "everything", "too"):
                was, now = before[name][-1], after[name][-1]
                assert (now.headline, now.summary, now.body, now.authors, now.origins, now.images) == (None, None, None, [], [], [])
                assert (now.story.id, now.revision, now.publisher, now.url) == (was.story.id, was.revision, was.publisher, was.url)

            # ── what comes later: a revision, a new article, the same at another address, a text that was in flight ──
            lantern.texts |= {"article": "A revised text.", "address": "A revised text.", "own": "Back again.", "stays": "Revised too."}
            lantern.links["address"] = f"http://127.0.0.2:{port}/moved"
            post.texts["new"] = "New, from a publisher that is withdrawn."
            await later_revision(cluster, "article")
            await later_revision(cluster, "everything")
            await news.until(lambda events: events["stays"][-1].revision == 1)
            await news.until(lambda events: events["article"][-1].revision == 7 and events["everything"][-1].revision == 7)

        # ── a restart, with pollers that have lost their memory: an article is then known by its address alone ──
        await forget_feeds(cluster)
        lantern.links.clear()
        lantern.texts["last"] = "The last text."
        async with running(load_settings(), ("poller", "enricher", "sink")):
            await news.until_usable("last")
            await asyncio.sleep(3)  # two more polls
            # A record more closes each partition's segment, which is cleaned then.
            for partition in range(PARTITIONS):
                await produce(cluster, "news", [(b"filler", b"{}")], partition=partition)
            events = await news.until(lambda events: all(len(of) == 1 for of in events.values()), COMPACTED_SECONDS)
    statuses = {name: of[-1].status for name, of in events.items()}
    assert {name for name, status in statuses.items() if status == "usable"} == {"stays", "last"}
    assert {name for name, status in statuses.items() if status == "canceled"} >= {"article", "address", "own", "everything", "too"}

    listed = {row["subject"]: row for row in orjson.loads(await command("withdraw", "--list", "--json"))}
    assert {(row["kind"], row["articles"], row["waiting"]) for row in listed.values()} >= {("article", 1, 0), ("publisher", 2, 0)}
    assert not await read_all(cluster, "dead-letters", PARTITIONS)


@pytest.mark.long
@pytest.mark.timeout(180)
async def test_articles_withdrawn_in_flight_stay_withdrawn_though_sinks_are_killed_and_stopped_inside_their_transactions(
    kafka_bootstrap, tmp_path
):
    cluster = new_cluster(kafka_bootstrap, feeds_partitions=PARTITIONS, articles_partitions=PARTITIONS)
    await topics.apply(cluster)
    inside = tmp_path / "inside"
    inside.mkdir()
    # After a kill the sink takes its next 200 records one by one, and waits in each transaction.
    surroundings = environment(cluster) | {"INSIDE_FOLDER": str(inside), "PAUSE_SECONDS": "0.1"}
    worker = str(FOLDER / "service_worker.py")
    commands = [[worker, "poller", "enricher"], [worker, "sink"], [worker, "sink"]]
    operator = Operator(cluster, random.Random(7))
    with newsroom(tmp_path, rate=8) as (source, opml):
        await add_feeds(cluster, read_list(opml))
        with Chaos(commands, random.Random(11), environment=surroundings, log=tmp_path / "workers.log") as chaos:
            acting = asyncio.create_task(operator.act_for_ever())
            await asyncio.sleep(QUIET_SECONDS)
            await chaos.strike_inside(inside, among=(1, 2), within_seconds=STANDSTILL_SECONDS)
            await asyncio.sleep(BETWEEN_SECONDS)
            chaos.strike(among=(1, 2), kill_share=0.0)
            await asyncio.sleep(BETWEEN_SECONDS)
            await chaos.strike_inside(inside, among=(1, 2), within_seconds=STANDSTILL_SECONDS)
            source.publish_no_more()
            await asyncio.sleep(BETWEEN_SECONDS)
            acting.cancel()
            chaos.wake(all_of_them=True)
            raw, statuses = await at_rest(cluster, operator.withdrawn)
    withdrawn = operator.withdrawn
    print(f"{len(raw)} articles, {len(withdrawn)} withdrawn in flight, {chaos.kills} kills, {chaos.stops} stops")
    assert (chaos.kills, chaos.stops) == (2, 1)
    assert {article for article, of in statuses.items() if of[-1] == "usable"} == raw - withdrawn
    assert {article for article, of in statuses.items() if of[-1] == "canceled"} <= withdrawn
    # Some had been published before, some came after the order: else this proves nothing.
    assert {of[0] for article, of in statuses.items() if article in withdrawn} == {"usable", "canceled"}


class Operator:
    """Withdraws a third of the articles, at once or some time after they came in."""

    def __init__(self, cluster, dice: random.Random) -> None:
        self._cluster, self._dice = cluster, dice
        # When each article is withdrawn; never is infinity.
        self._due: dict[str, float] = {}
        self.withdrawn: set[str] = set()

    async def act_for_ever(self) -> None:
        while True:
            await self._act()
            await asyncio.sleep(0.3)

    async def _act(self) -> None:
        now = time.monotonic()
        for record in await read_all(self._cluster, "articles.raw", PARTITIONS):
            wait = self._dice.choice((0.0, 1.0, 5.0)) if self._dice.random() < 0.33 else float("inf")
            self._due.setdefault(record.key.decode(), now + wait)
        chosen = {article for article, due in self._due.items() if due <= now} - self.withdrawn
        self.withdrawn |= chosen
        orders = [Withdrawal(subject=article, kind="article", reason="a test", at=datetime.now(UTC)) for article in chosen]
        await publish(self._cluster, list(map(order_output, orders)))


async def at_rest(cluster, withdrawn: set[str]) -> tuple[set[str], dict[str, list[str]]]:
    """Ids in `articles.raw`, and the statuses of each in `news`, once every article has come and every order is carried out."""
    seen, since = None, time.monotonic()
    while True:
        raw = {record.key.decode() for record in await read_all(cluster, "articles.raw", PARTITIONS)}
        statuses: defaultdict[str, list[str]] = defaultdict(list)
        for record in await read_all(cluster, "news", PARTITIONS):
            statuses[record.key.decode()].append(decode(record.value, NewsEvent).status)
        done = {
            order.subject
            for record in await read_all(cluster, "withdrawals", PARTITIONS)
            if (order := decode(record.value, Withdrawal)).carried_out
        }
        if (raw <= statuses.keys() and withdrawn <= done) or time.monotonic() - since > STANDSTILL_SECONDS:
            return raw, statuses
        if seen != (seen := (len(statuses), len(done))):
            since = time.monotonic()
        await asyncio.sleep(1)


async def test_the_last_record_of_a_key_is_found_from_any_start_and_open_transactions_are_waited_for(kafka_bootstrap):
    cluster = new_cluster(kafka_bootstrap)
    await create_topics(cluster, "news", partitions=PARTITIONS)
    records = [(f"k{number % 50}".encode(), str(number).encode()) for number in range(500)]
    await produce(cluster, "news", records)
    news = ScannedTopic(lambda: KafkaTopicLog(cluster, "news"), partition_of)
    found = await news.find({b"k1": Start(), b"k3": Start(since_ms=0), b"none": Start()})
    assert {key: record.value for key, record in found.items()} == {b"k1": b"451", b"k3": b"453"}
    assert await news.find({b"k1": Start(offset=10**9)}) == {}
    assert await news.find({b"k1": Start(since_ms=int(time.time() * 1000) + 10_000)}) == {}
    for end, value in (("abort_transaction", b"451"), ("commit_transaction", b"late")):
        producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, transactional_id=cluster.settings.topic_prefix)
        await producer.start()
        await producer.begin_transaction()
        await producer.send_and_wait(cluster.topic("news"), b"late", key=b"k1")
        finding = asyncio.create_task(news.find({b"k1": Start()}))
        await asyncio.sleep(2)
        assert not finding.done()
        await getattr(producer, end)()
        assert (await finding)[b"k1"].value == value
        await producer.stop()
