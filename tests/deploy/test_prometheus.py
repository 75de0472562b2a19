"""Prometheus itself reads our rules, tries them on invented numbers, and looks at a process."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import time
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import aiohttp
import pytest
import yaml
from exposed import exposition, serving
from expressions import CASES, ROOT, expressions, rules
from programs import program

PROMETHEUS = ROOT / "deploy" / "prometheus"
# It is ready after 0.3 s and looks at everything once a second; the rest is patience with a busy machine.
PATIENCE_SECONDS = 60.0

pytestmark = pytest.mark.foreign


def promtool(*arguments: str, given: str | None = None) -> str:
    """What promtool says; the test fails where it objects."""
    done = subprocess.run([program("promtool"), *arguments], input=given, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_promtool_accepts_the_rules_and_the_configuration():
    assert f"{len(rules())} rules found" in promtool("check", "rules", str(PROMETHEUS / "rules.yml"))
    promtool("check", "config", str(PROMETHEUS / "prometheus.yml"))


def test_promtool_has_nothing_to_say_about_our_metrics():
    assert promtool("check", "metrics", given=exposition()) == ""


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_alerts_fire_where_they_should_and_stay_silent_where_they_should_not(file):
    promtool("test", "rules", str(file))


async def test_prometheus_finds_a_process_well_and_can_evaluate_every_rule_and_every_panel(tmp_path):
    async with serving() as ops_port, prometheus(tmp_path, ops_port) as ask:
        (target,) = (await until(lambda: ask("targets"), lambda said: is_scraped(said["activeTargets"])))["activeTargets"]
        assert (target["health"], target["lastError"]) == ("up", "")
        groups = (await until(lambda: ask("rules"), lambda said: is_evaluated(said["groups"])))["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        assert len(found) == len(rules())
        assert [(rule["name"], rule["lastError"]) for rule in found if rule["health"] != "ok"] == []
        for expression in expressions():
            await ask("query", query=expression)
        (version,) = (await ask("query", query='dateline_build_info{job="dateline"}'))["result"]
        assert "version" in version["metric"]


@asynccontextmanager
async def prometheus(folder, ops_port):
    """Run it with our rules on one process; gives a function that asks its API."""
    configuration = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    configuration["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(PROMETHEUS / "rules.yml")]
    (scrape,) = configuration["scrape_configs"]
    del scrape["dns_sd_configs"]
    scrape["static_configs"] = [{"targets": [f"127.0.0.1:{ops_port}"]}]
    (folder / "prometheus.yml").write_text(json.dumps(configuration), encoding="utf-8")
    port = free_port()
    command = [program("prometheus"), f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            await until(lambda: is_ready(session), lambda ready: ready)
            yield lambda what, **asked: answer(session, what, asked)
    except Exception as error:
        error.add_note((folder / "prometheus.log").read_text()[-2000:])
        raise
    finally:
        process.terminate()
        process.wait(timeout=20)


async def answer(session, what, asked):
    async with session.get(f"/api/v1/{what}?{urlencode(asked)}") as response:
        said = await response.json()
    assert said["status"] == "success", f"{asked}: {said}"
    return said["data"]


async def is_ready(session):
    try:
        async with session.get("/-/ready") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def until(look, enough):
    """What is seen once it is enough."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not enough(seen := await look()):
        assert time.monotonic() < deadline, seen
        await asyncio.sleep(0.1)
    return seen


def is_scraped(targets):
    return bool(targets) and all(target["health"] != "unknown" for target in targets)


def is_evaluated(groups):
    return bool(groups) and all(rule["health"] != "unknown" for group in groups for rule in group["rules"])


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]
