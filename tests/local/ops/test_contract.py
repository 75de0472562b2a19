"""A running process serves its contract, under the names of its deployment."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import orjson
import pytest
from jsonschema import Draft202012Validator

from dateline.events import TYPES
from dateline.ops.contract import asyncapi
from dateline.ops.server import ops_server
from dateline.schemas import schema_files
from dateline.settings import KafkaSettings, OpsSettings

KAFKA = KafkaSettings(bootstrap="broker.example:9093", topic_prefix="night-desk")


@pytest.fixture
async def client():
    async with (
        ops_server(OpsSettings(host="127.0.0.1", port=0), KAFKA, SimpleNamespace()) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as found,
    ):
        yield found


async def test_every_schema_is_listed_and_served_as_its_file_is(client):
    listed = (await client.get("/schemas")).json()["schemas"]
    assert listed == [f"{kind}.schema.json" for kind in TYPES]
    for name in listed:
        answer = await client.get(f"/schemas/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/schema+json; charset=utf-8")
        assert answer.text == schema_files()[name]
        Draft202012Validator.check_schema(answer.json())


@pytest.mark.parametrize("name", ["io.dateline.news.v9.schema.json", "..%2fsettings.py", "x" * 5000])
async def test_a_schema_that_is_not_there_is_answered_with_those_that_are(client, name):
    answer = await client.get(f"/schemas/{name}")
    assert answer.status_code == 404
    assert answer.json()["schemas"]


async def test_asyncapi_is_served_with_the_names_of_this_deployment(client):
    document = (await client.get("/asyncapi.json")).json()
    assert document["channels"]["news"]["address"] == "night-desk.news"
    assert {channel["bindings"]["kafka"]["topic"] for channel in document["channels"].values()} == {
        channel["address"] for channel in document["channels"].values()
    }
    assert document["components"]["serverVariables"]["bootstrap"]["default"] == "broker.example:9093"


async def test_what_asyncapi_points_to_is_served(client):
    pointed = references(orjson.loads(asyncapi(KAFKA)))
    assert pointed
    for reference in pointed:
        assert (await client.get(f"/{reference}")).status_code == 200, reference


def references(node):
    """The files that a document points to."""
    match node:
        case {"$ref": str(reference)}:
            return set() if reference.startswith("#") else {reference}
        case dict():
            return set().union(*map(references, node.values()))
        case list():
            return set().union(*map(references, node))
        case _:
            return set()
