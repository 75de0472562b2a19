"""Peers are asked with little patience, and whatever they say or send is bounded."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest
from aiohttp import web
from pydantic import ValidationError

from dateline.ops.peers import Peers
from dateline.ops.processes import MOST_BYTES, PATIENCE_SECONDS
from dateline.settings import OpsSettings
from loopback import loopback


def peer(handle, **options):
    """A server whose `/status` is handled so; gives its address."""
    return loopback(web.get("/status", handle), **options)


async def well(_):
    return web.json_response({"version": "0.1.0", "services": {}})


async def stranger(_):
    return web.Response(text="<html>It works!</html>")


async def elsewhere(_):
    raise web.HTTPFound("http://169.254.169.254/latest/meta-data")


async def huge(_):
    return web.Response(body=b'{"services": "' + b"x" * (MOST_BYTES + 1) + b'"}')


async def odd(_):
    return web.json_response({"services": {}, "process": {"host": ["news"], "pid": 1, "started_at": "2026"}, "rates": [1]})


async def slow(_):
    await asyncio.sleep(30)


@pytest.mark.parametrize(
    ("handle", "error"),
    [
        (stranger, "no process of ours"),
        (elsewhere, "no process of ours"),
        (huge, "no process of ours"),
        (odd, "its status cannot be read"),
    ],
)
async def test_who_is_no_process_of_ours_is_said_to_be_none(handle, error):
    async with peer(handle) as url:
        (answer,) = await Peers([url]).answers()
    assert (answer.status, answer.error) == (None, error)


async def test_peers_are_asked_at_once_and_the_slow_one_and_the_one_that_is_away_hold_up_nobody():
    async with peer(well) as one, peer(slow) as other:
        began = time.monotonic()
        answers = await Peers([one, other, other, "http://127.0.0.1:1", "http://127.0.0.1:2"]).answers()
        took = time.monotonic() - began
    assert took < 2 * PATIENCE_SECONDS
    assert answers[0].status == {"version": "0.1.0", "services": {}}
    assert answers[1].error == f"no answer within {PATIENCE_SECONDS:g} s"
    assert [(answer.process, answer.error) for answer in answers[2:]] == [
        (f"127.0.0.1:{port}", "no answer (Connection refused)") for port in (1, 2)
    ]


async def test_a_name_with_several_addresses_is_a_process_at_each(monkeypatch):
    async def who(request):
        return web.json_response({"services": {}, "process": {"host": f"news-{request.host.rpartition(':')[0][-1]}", "pid": 1}})

    async with peer(who, hosts=("127.0.0.1", "127.0.0.2")) as url:
        port = int(url.rpartition(":")[2])
        looked_up = [(socket.AF_INET6, 1, 6, "", ("::1", port, 0, 0))]
        looked_up += [(socket.AF_INET, 1, 6, "", (f"127.0.0.{last}", port)) for last in (1, 2)]
        real = socket.getaddrinfo

        def look_up(host, *rest, **more):
            return looked_up if host == "news-ops" else real(host, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        answers = await Peers([f"http://news-ops:{port}"]).answers()
    assert [answer.process for answer in answers] == [f"news-1:{port}", f"news-2:{port}"]


async def test_a_name_that_nobody_has_is_said_to_have_no_process():
    (answer,) = await Peers(["http://nobody.invalid:8080"]).answers()
    assert (answer.process, answer.error) == ("nobody.invalid:8080", "no answer (no such host)")


async def test_a_peer_is_asked_once_for_everybody_who_looks():
    asked = []

    async def count(request):
        asked.append(request)
        return await well(request)

    async with peer(count) as url:
        peers = Peers([url])
        await asyncio.gather(*(peers.answers() for _ in range(20)))
    assert len(asked) == 1


@pytest.mark.parametrize("name", ["a..b", "x" * 70])
async def test_a_name_that_cannot_be_one_is_one_that_nobody_has(name):
    (answer,) = await Peers([f"http://{name}:8080"]).answers()
    assert answer.status is None and answer.error


async def test_a_peer_that_dies_while_it_answers_gives_no_answer():
    async def die(request):
        request.transport.abort()

    async with peer(die) as url:
        (answer,) = await Peers([url]).answers()
    assert answer.error == "no answer (the connection was closed)"


@pytest.mark.parametrize(
    "wrong", ["http://127.0.0.1:99999", "127.0.0.1:8080", "http://u:p@host:8080", "http://host:8080/path", "ftp://host"]
)
def test_an_address_that_is_no_operations_server_is_refused_as_a_setting(wrong):
    with pytest.raises(ValidationError, match="is not http://host:port"):
        OpsSettings(peers=wrong)
