"""Prometheus looks at the three services as they run, and at nothing invented."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from expressions import rules
from harness import environment, new_cluster, newsroom
from live_prometheus import is_evaluated, is_scraped, prometheus, promtool, until

from dateline.log import topics
from dateline.poller.feeds import add_feeds
from dateline.poller.opml import read_list

pytestmark = [pytest.mark.foreign, pytest.mark.timeout(180)]
SERVICES = ("poller", "enricher", "sink")


@contextmanager
def running(service, settings, folder):
    """`dateline run` of one service; gives the port of its operations server. It ends with 0 when it is asked to."""
    log = folder / f"{service}.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "dateline", "run", service, "--ops-port", "0"], stderr=stderr, env=os.environ | settings
        )
    try:
        yield lambda: (found := re.search(r'"ops_port":\s*(\d+)', log.read_text())) and int(found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0, log.read_text()[-2000:]


async def test_prometheus_sees_the_three_services_up_every_rule_healthy_and_no_alert_and_promtool_has_nothing_to_say(
    kafka_bootstrap, tmp_path, capsys
):
    cluster = new_cluster(kafka_bootstrap, feeds_partitions=4, articles_partitions=4)
    await topics.apply(cluster)
    with ExitStack() as stack:
        _, opml = stack.enter_context(newsroom(tmp_path, rate=5))
        await add_feeds(cluster, read_list(opml))
        settings = environment(cluster)
        asked = {service: stack.enter_context(running(service, settings, tmp_path)) for service in SERVICES}
        ports = {service: await until(lambda ask=ask: asyncio.to_thread(ask), bool) for service, ask in asked.items()}
        async with prometheus(tmp_path, *ports.values()) as ask:

            async def value(expression):
                result = (await ask("query", query=expression))["result"]
                return float(result[0]["value"][1]) if result else 0.0

            await until(lambda: value("sum(dateline_sink_events_total)"), lambda events: events > 20)
            targets = (await until(lambda: ask("targets"), lambda said: is_scraped(said["activeTargets"])))["activeTargets"]
            assert [(target["health"], target["lastError"]) for target in targets] == [("up", "")] * 3
            groups = (await until(lambda: ask("rules"), lambda said: is_evaluated(said["groups"])))["groups"]
            found = [rule for group in groups for rule in group["rules"]]
            assert len(found) == len(rules())
            assert [(rule["name"], rule["lastError"]) for rule in found if rule["health"] != "ok"] == []
            # Before it has looked at all of them, one seems to be down.
            await until(lambda: ask("alerts"), lambda said: said["alerts"] == [])
            recorded = [rule["name"] for rule in found if rule["type"] == "recording"]
            assert recorded
            for name in recorded:
                await until(lambda name=name: ask("query", query=name), lambda said: said["result"])
        for service, port in ports.items():
            said = httpx.get(f"http://127.0.0.1:{port}/metrics").text
            assert promtool("check", "metrics", given=said) == ""
            with capsys.disabled():
                print(f"\n{service}: {sum(not line.startswith('#') for line in said.splitlines())} series", end="")
