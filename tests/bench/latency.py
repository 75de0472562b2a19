"""From the end of a fetch to the committed news event, with a newsroom that publishes at a steady rate and all services in one process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import datetime
from pathlib import Path

from dateline.log import topics
from dateline.log.client import Cluster
from dateline.log.visit import follow
from dateline.poller.feeds import add_feeds
from dateline.poller.opml import read_list
from dateline.run import running
from dateline.settings import load_settings

SECONDS = 40.0
# Until caches are warm and the newsroom's first entries are through.
WARM_UP_SECONDS = 8.0
POLLER = {
    "requests_per_second": 200,
    "host_requests_per_second": 50,
    "min_interval_seconds": 1.0,
    "timeout_seconds": 5.0,
    "allow_networks": "127.0.0.0/8",
}


async def measure(bootstrap: str, rate: float) -> list[float]:
    """Milliseconds of every event after the warm-up."""
    settings = load_settings(
        kafka={"bootstrap": bootstrap, "topic_prefix": f"bench{uuid.uuid4().hex[:8]}"}, poller=POLLER, log={"level": "error"}
    )
    cluster = Cluster(settings.kafka)
    await topics.apply(cluster)
    waits: list[float] = []
    started = time.monotonic()

    async def watch() -> None:
        async for record in follow(cluster, "news", dict.fromkeys(range(settings.kafka.articles_partitions), 0)):
            fetched = datetime.fromisoformat(dict(record.headers)["ce_time"].decode())
            if time.monotonic() - started > WARM_UP_SECONDS:
                waits.append((time.time() - fetched.timestamp()) * 1000)

    with tempfile.TemporaryDirectory() as folder:
        opml = Path(folder) / "feeds.opml"
        command = [sys.executable, "-m", "dateline.demo.newsroom", "--rate", str(rate), "--document-entries", "200", "--opml", str(opml)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as newsroom:
            assert newsroom.stdout is not None
            newsroom.stdout.readline()
            await add_feeds(cluster, read_list(opml))
            async with running(settings, ("poller", "enricher", "sink")):
                watching = asyncio.create_task(watch())
                await asyncio.sleep(SECONDS)
                watching.cancel()
            newsroom.terminate()
    return sorted(waits)


def at(waits: list[float], share: float) -> float:
    return waits[min(len(waits) - 1, int(len(waits) * share))]


def report(bootstrap: str, rate: float) -> None:
    waits = asyncio.run(measure(bootstrap, rate))
    quantiles = ", ".join(f"p{share * 100:g} {at(waits, share):.0f} ms" for share in (0.5, 0.95, 0.99))
    print(f"fetch to committed news event at {rate:g} articles/s: {quantiles} ({len(waits)} events)")
