"""Polls per CPU-second, published to real Kafka: ours against the loop that most people write, on the same feeds, in one run.

Each poller is a process of its own and is measured between the end of its warm-up and the end of the run: its CPU time, and the
requests that the server of feeds counted meanwhile. Three in ten visits find news. Documents have the sizes and the markup of real
ones, five feeds to a host; over TLS the server closes every connection, as a publisher's does between two polls.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import os
import resource
import ssl
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import feedparser
import httpx
import trustme
import uvloop
from aiohttp import web
from aiokafka import AIOKafkaProducer
from msgspec.structs import replace

from dateline.log import topics
from dateline.log.client import Cluster
from dateline.log.visit import partitions_of, publish
from dateline.ops.logs import configure_logs
from dateline.poller.feeds import feed_record, new_feed
from dateline.poller.opml import Listed
from dateline.run import collect_seldom, running
from dateline.settings import load_settings

if TYPE_CHECKING:
    from dateline.settings import Settings

FEEDS, HOSTS = 2000, 400
INTERVAL_SECONDS = 1.0
CHANGED_SHARE = 0.3
MOST_ENTRIES = 100
WARM_UP_VISITS, MOST_WARM_UP_SECONDS, MEASURED_SECONDS = 2, 240.0, 30.0
TICK_SECONDS = 0.005
NAMESPACES = (
    'version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:media="http://search.yahoo.com/mrss/"'
)
TAGS = ('<a href="http://harbour.example/ferry">the ferry</a> ', "<em>again</em> ", "</p><p>", '<img src="/a.jpg" alt="The ferry"/> ')
WORDS = ("harbour", "ferry", "council", "bridge", "vote", "river", "market", "storm", "school", "tram", "budget", "museum", "pilot")


# ── the feeds ────────────────────────────────────────────────────────────────────────────────────────────────────────


def address(number: int) -> str:
    return f"127.0.{1 + number % HOSTS // 100}.{1 + number % 100}"


def changed(number: int, visit: int) -> bool:
    """Whether a feed has news at a visit: at three of ten, whenever they come, so that a slow poller finds no more of them."""
    return hashlib.blake2b(f"{number}/{visit}".encode(), digest_size=2).digest()[0] < 256 * CHANGED_SHARE


class Kind(NamedTuple):
    """A size of document: entries, and characters and tags in the text of each."""

    entries: int
    characters: int
    tags: int


# As the quarters of 154 real feeds have them, by bytes: 16 kB, 38 kB and 85 kB between the quarters, 85 kB in the mean.
KINDS = (Kind(10, 200, 0), Kind(15, 1400, 17), Kind(25, 2500, 40), Kind(30, 5000, 80))


def document(number: int, newest: int) -> bytes:
    kind = KINDS[number % len(KINDS)]
    items = "".join(entry(number, newest - index, kind) for index in range(kind.entries))
    head = f"<title>Gazette {number}</title><link>http://gazette{number}.example/</link><language>en</language>"
    return f'<?xml version="1.0" encoding="utf-8"?><rss {NAMESPACES}><channel>{head}{items}</channel></rss>'.encode()


@cache
def markup(variant: int, kind: Kind) -> str:
    """A text of the kind, escaped."""
    words = (WORDS[(variant * 7 + word * word) % len(WORDS)] for word in range(kind.characters // 7))
    pieces = [f"{word} " for word in words]
    for tag in range(kind.tags // 2):
        pieces[tag * len(pieces) // (kind.tags // 2)] += TAGS[tag % len(TAGS)]
    return escape(f"<p>{''.join(pieces)}</p>" if kind.tags else "".join(pieces))


def entry(number: int, index: int, kind: Kind) -> str:
    link = f"http://gazette{number}.example/2026/03/05/story-{index}?utm_source=rss"
    return (
        f"<item><title>Story {index} of the gazette {number}</title><link>{escape(link)}</link>"
        f'<guid isPermaLink="false">{number}-{index}</guid><pubDate>Thu, 05 Mar 2026 10:{index % 60:02}:00 GMT</pubDate>'
        f"<dc:creator>Ann Pier</dc:creator><category>News</category><category>Harbour</category>"
        f"<description>{markup(index % 50, KINDS[0])}</description>"
        + (f"<content:encoded>{markup(index % 50, kind)}</content:encoded>" if kind.tags else "")
        + f'<media:content url="http://gazette{number}.example/image/{index}.jpg" medium="image"/></item>'
    )


class FeedServer:
    """All feeds on their hosts; counts requests and what it sent."""

    def __init__(self) -> None:
        self._visits: Counter[int] = Counter()
        self._newest: Counter[int] = Counter()
        self.requests = 0

    async def feed(self, request: web.Request) -> web.Response:
        self.requests += 1
        number = int(request.match_info["number"])
        self._visits[number] += 1
        self._newest[number] += changed(number, self._visits[number])
        newest = self._newest[number] + MOST_ENTRIES
        etag = f'"{number}-{newest}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        headers = {"ETag": etag, "Content-Encoding": "gzip", "Content-Type": "application/rss+xml"}
        return web.Response(body=gzip.compress(document(number, newest), 1), headers=headers)

    async def count(self, _: web.Request) -> web.Response:
        return web.json_response(self.requests)


async def serve(port: int, certificates: str | None) -> None:
    server = FeedServer()
    application = web.Application()
    application.add_routes([web.get("/feed/{number}", server.feed), web.get("/count", server.count)])
    runner = web.AppRunner(application, access_log=None, keepalive_timeout=0 if certificates else 75)
    await runner.setup()
    for host in sorted({address(number) for number in range(HOSTS)}):
        context = None
        if certificates:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(Path(certificates, f"{host}.pem"))
        await web.TCPSite(runner, host, port, ssl_context=context).start()
    await web.TCPSite(runner, "127.0.0.1", port).start()  # the count, without TLS
    print("ready", flush=True)
    await asyncio.Event().wait()


# ── the pollers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Meter:
    """CPU and requests between the warm-up and the end, and the longest time for which the event loop stood still."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def result(self) -> dict[str, Any]:
        async with aiohttp.ClientSession() as session:
            await self._warm(session)
            requests, cpu = await self._count(session), cpu_seconds()
            stall, ends_at = 0.0, time.monotonic() + MEASURED_SECONDS
            while (now := time.monotonic()) < ends_at:
                await asyncio.sleep(TICK_SECONDS)
                stall = max(stall, time.monotonic() - now - TICK_SECONDS)
            return {"requests": await self._count(session) - requests, "cpu_seconds": cpu_seconds() - cpu, "stall_seconds": stall}

    async def _warm(self, session: aiohttp.ClientSession) -> None:
        """Until first visits, which publish all there is, lie behind."""
        async with asyncio.timeout(MOST_WARM_UP_SECONDS):
            while await self._count(session) < WARM_UP_VISITS * FEEDS:
                await asyncio.sleep(0.5)

    async def _count(self, session: aiohttp.ClientSession) -> int:
        async with session.get(f"http://127.0.0.1:{self._port}/count") as answer:
            return int(await answer.json())


def urls(port: int, scheme: str) -> list[str]:
    return [f"{scheme}://{address(number)}:{port}/feed/{number}" for number in range(FEEDS)]


async def own_topics() -> Settings:
    """Settings with topics that meet nobody else's; they exist."""
    settings = load_settings(
        kafka={"bootstrap": os.environ["KAFKA_BOOTSTRAP"], "topic_prefix": f"bench{uuid.uuid4().hex[:8]}"},
        poller={
            "requests_per_second": 10 * FEEDS / INTERVAL_SECONDS,
            "host_requests_per_second": 1000,
            "min_interval_seconds": INTERVAL_SECONDS,
            "allow_networks": "127.0.0.0/8",
        },
    )
    configure_logs(settings.log)
    await topics.apply(Cluster(settings.kafka))
    return settings


async def ours(port: int, scheme: str) -> dict[str, Any]:
    """The poller as it is deployed, on topics of its own."""
    settings = await own_topics()
    cluster = Cluster(settings.kafka)
    feeds = [replace(new_feed(Listed(url), now=datetime.now(UTC)), every=int(INTERVAL_SECONDS)) for url in urls(port, scheme)]
    partitions = await partitions_of(cluster, "feeds")
    await publish(cluster, [feed_record(feed, partitions) for feed in feeds])
    collect_seldom()
    async with running(settings, ("poller",)):
        return await Meter(port).result()


async def plain(port: int, scheme: str) -> dict[str, Any]:
    """A round over all feeds, fifty at once, with httpx and feedparser; later entries to Kafka as JSON, without transactions."""
    settings = await own_topics()
    topic = f"{settings.kafka.topic_prefix}.articles.raw"
    seen: set[str] = set()
    etags: dict[str, str] = {}
    producer = AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], compression_type="zstd", linger_ms=20)
    places = asyncio.Semaphore(50)

    async def poll(client: httpx.AsyncClient, url: str) -> None:
        async with places:
            answer = await client.get(url, headers={"If-None-Match": etags[url]} if url in etags else {})
        if answer.status_code != 200:
            return
        first = url not in etags
        etags[url] = answer.headers["etag"]
        for item in feedparser.parse(answer.content).entries:
            if item.id not in seen:
                seen.add(item.id)
                if not first:  # so much at once, on a loop that parses, is more than its producer gets rid of in time
                    await producer.send(topic, json.dumps(dict(item), default=str).encode())

    async def rounds() -> None:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=50), timeout=60) as client:
            while True:
                began = time.monotonic()
                await asyncio.gather(*(poll(client, url) for url in urls(port, scheme)))
                await asyncio.sleep(max(0.0, INTERVAL_SECONDS - (time.monotonic() - began)))

    await producer.start()
    try:
        async with asyncio.TaskGroup() as group:
            polling = group.create_task(rounds())
            result = await Meter(port).result()
            polling.cancel()
            return result
    finally:
        await producer.stop()


# ── the comparison ───────────────────────────────────────────────────────────────────────────────────────────────────


def report() -> None:
    for scheme in ("http", "https"):
        with tempfile.TemporaryDirectory() as folder:
            results = {who: measured(who, scheme, Path(folder)) for who in ("ours", "plain")}
        rates = {who: result["requests"] / result["cpu_seconds"] for who, result in results.items()}
        for who, result in results.items():
            print(
                f"{scheme:5} {who:5} {rates[who]:7.0f} polls a CPU-second "
                f"({result['requests']} polls, {result['cpu_seconds']:.1f} s of CPU), "
                f"longest stall of the loop {1000 * result['stall_seconds']:.0f} ms"
            )
        print(f"{scheme:5} ours makes {rates['ours'] / rates['plain']:.1f} times the polls of a CPU-second")


def measured(who: str, scheme: str, folder: Path) -> dict[str, Any]:
    """One poller's figures, against a server of its own."""
    port, environment, certificates = 18000, dict(os.environ), ""
    if scheme == "https":
        issue_certificates(folder)
        certificates, environment["SSL_CERT_FILE"] = str(folder), str(folder / "ca.pem")
    command = [sys.executable, "-m", "tests.bench.poll"]
    with subprocess.Popen([*command, "serve", str(port), certificates], stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            server.stdout.readline()
            done = subprocess.run(
                [*command, who, str(port), scheme], env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
            return result
        finally:
            server.terminate()


def issue_certificates(folder: Path) -> None:
    """One for each host, as publishers have, and the authority's own."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for host in {address(number) for number in range(HOSTS)}:
        authority.issue_cert(host).private_key_and_cert_chain_pem.write_to_path(folder / f"{host}.pem")


def main(arguments: list[str]) -> None:
    match arguments:
        case []:
            report()
        case ["serve", port, certificates]:
            asyncio.run(serve(int(port), certificates or None))
        case ["ours", port, scheme]:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as `dateline run` does
                print(json.dumps(runner.run(ours(int(port), scheme))))
        case ["plain", port, scheme]:
            print(json.dumps(asyncio.run(plain(int(port), scheme))))


if __name__ == "__main__":
    main(sys.argv[1:])
