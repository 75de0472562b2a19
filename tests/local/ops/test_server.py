"""The operations server answers from memory what it is asked, and is not led astray by what it is asked."""

from __future__ import annotations

import socket

import httpx
import pytest

from dateline.errors import ConfigurationError
from dateline.ops.metrics import REGISTRY, rendered
from dateline.ops.server import WORTH_A_LOOK, ops_server
from dateline.settings import KafkaSettings, OpsSettings, load_settings


class FakeProcess:
    """Says what it was asked."""

    def live(self):
        return 200, {"live": True, "reason": None}

    def ready(self):
        return 503, {"ready": False, "reason": "state: sink 2 restoring 62 %", "checks": []}

    def status(self):
        return {"version": "1"}

    def feeds(self, states, limit):
        return {"states": list(states), "limit": limit}

    async def events(self, limit):
        return {"limit": limit}

    def history(self):
        return {"at": []}

    def metrics(self):
        return rendered([REGISTRY])


@pytest.fixture
async def client():
    async with (
        ops_server(OpsSettings(host="127.0.0.1", port=0), KafkaSettings(), FakeProcess()) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as found,
    ):
        yield found


async def test_every_endpoint_is_listed_and_answers(client):
    paths = (await client.get("/endpoints")).json()["endpoints"]
    assert {
        "/",
        "/live",
        "/ready",
        "/processes",
        "/status",
        "/feeds",
        "/events",
        "/history",
        "/metrics",
        "/version",
        "/asyncapi.json",
    } <= set(paths)
    for path in paths:
        if "{" not in path:
            assert (await client.get(path)).status_code == (503 if path == "/ready" else 200), path


async def test_the_page_comes_with_a_policy_and_is_looked_up_anew(client):
    answer = await client.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-cache", "nosniff")


async def test_a_process_without_peers_judges_itself(client):
    said = (await client.get("/processes")).json()
    assert said["verdict"]["state"] == "well" and said["verdict"]["sentence"].startswith("standing by")
    assert (said["rows"], said["concerns"], said["numbers"]["feeds"]) == ([], [], None)


async def test_who_is_not_ready_says_why_with_503(client):
    answer = await client.get("/ready")
    assert (answer.status_code, answer.json()["reason"]) == (503, "state: sink 2 restoring 62 %")


@pytest.mark.parametrize(
    ("query", "states", "limit"),
    [
        ("", list(WORTH_A_LOOK), 50),
        ("?state=failing,quiet&state=new&limit=7", ["failing", "quiet", "new"], 7),
        ("?limit=99999999999999999999&state=", list(WORTH_A_LOOK), 50),
    ],
)
async def test_feeds_are_filtered_by_state_and_bounded(client, query, states, limit):
    assert (await client.get(f"/feeds{query}")).json() == {"states": states, "limit": limit}


@pytest.mark.parametrize("limit", ["-1", "many", "²", "1e3"])
async def test_a_limit_that_is_no_number_is_refused(client, limit):
    assert (await client.get("/events", params={"limit": limit})).status_code == 400


async def test_metrics_come_as_prometheus_reads_them(client):
    answer = await client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "dateline_check_ok" in answer.text
    assert "_created" not in answer.text


async def test_a_port_that_is_taken_is_said_to_be():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigurationError, match="--ops-port"):
            async with ops_server(OpsSettings(host="127.0.0.1", port=taken.getsockname()[1]), KafkaSettings(), FakeProcess()):
                pass


def test_a_peer_that_is_no_address_is_refused_by_the_name_of_its_setting(monkeypatch):
    monkeypatch.setenv("DATELINE_OPS__PEERS", "http://one.example:8080, javascript:alert(1)")
    with pytest.raises(ConfigurationError, match="DATELINE_OPS__PEERS"):
        load_settings()
