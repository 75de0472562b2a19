"""The contract as a running process serves it: the schemas of its own types, and asyncapi.json with this deployment's names."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from dateline.schemas import schema_files

if TYPE_CHECKING:
    from dateline.settings import KafkaSettings

__all__ = ["asyncapi", "contract_routes"]

# The prefix that asyncapi.yaml is written with.
DEFAULT_PREFIX = "dateline"


def asyncapi(kafka: KafkaSettings) -> bytes:
    """The AsyncAPI document as JSON, its topics and its broker named as in these settings."""
    document: dict[str, Any] = orjson.loads((files("dateline.ops") / "asyncapi.json").read_bytes())
    document["components"]["serverVariables"]["bootstrap"]["default"] = kafka.bootstrap
    for channel in document["channels"].values():
        address = f"{kafka.topic_prefix}{channel['address'].removeprefix(DEFAULT_PREFIX)}"
        channel["address"] = channel["bindings"]["kafka"]["topic"] = address
    return orjson.dumps(document)


def contract_routes(kafka: KafkaSettings) -> list[web.RouteDef]:
    """`/asyncapi.json`, `/schemas` (a list of names) and `/schemas/<name>`; made once, since neither changes while a process runs."""
    document, schemas = asyncapi(kafka), schema_files()
    names = orjson.dumps({"schemas": list(schemas)})

    async def show_document(_: web.Request) -> web.Response:
        return web.Response(body=document, content_type="application/json")

    async def list_schemas(_: web.Request) -> web.Response:
        return web.Response(body=names, content_type="application/json")

    async def show_schema(request: web.Request) -> web.Response:
        found = schemas.get(request.match_info["name"])
        if found is None:
            return web.Response(status=404, body=names, content_type="application/json")
        return web.Response(text=found, content_type="application/schema+json")

    return [
        web.get("/asyncapi.json", show_document),
        web.get("/schemas", list_schemas),
        web.get("/schemas/{name}", show_schema),
    ]
