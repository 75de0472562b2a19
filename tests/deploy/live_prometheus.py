"""Prometheus itself, from PATH or Debian's package, on loopback: its rules' judge, and its view of processes."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import time
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import aiohttp
import yaml
from expressions import ROOT
from programs import program

PROMETHEUS = ROOT / "deploy" / "prometheus"
# It is ready after 0.3 s and looks at everything once a second; the rest is patience with a busy machine.
PATIENCE_SECONDS = 60.0


def promtool(*arguments: str, given: str | None = None) -> str:
    """What promtool says; the test fails where it objects."""
    done = subprocess.run([program("promtool"), *arguments], input=given, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@asynccontextmanager
async def prometheus(folder, *ops_ports):
    """Run it with our rules on these processes; gives a function that asks its API."""
    configuration = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    configuration["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(PROMETHEUS / "rules.yml")]
    (scrape,) = configuration["scrape_configs"]
    del scrape["dns_sd_configs"]
    scrape["static_configs"] = [{"targets": [f"127.0.0.1:{port}" for port in ops_ports]}]
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
