"""Fetching, against a small server of our own on loopback."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from dateline.errors import AddressRefused, FetchError
from dateline.poller.fetch import Fetched, Fetcher, Gone, NotModified
from dateline.poller.politeness import Admission
from dateline.settings import PollerSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BODY = b"<rss version='2.0'><channel/></rss>" * 10
LOOPBACK = (ip_network("127.0.0.0/8"),)


class Publisher:
    """A server that misbehaves on demand and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        return await getattr(self, "_" + request.path.strip("/").partition("/")[0])(request)  # type: ignore[no-any-return]

    async def _plain(self, request: web.Request) -> web.StreamResponse:
        headers = {"ETag": '"v1"', "Last-Modified": "Thu, 05 Mar 2026 10:00:00 GMT", "Set-Cookie": "id=7", "Content-Type": "text/xml"}
        if request.headers.get("If-None-Match") == '"v1"':
            return web.Response(status=304, headers=headers)
        return web.Response(body=BODY, headers=headers)

    async def _packed(self, request: web.Request) -> web.StreamResponse:
        kind = request.query["kind"]
        raw = zlib.compressobj(wbits=-15)
        packed = {
            "gzip": gzip.compress(BODY),
            "members": gzip.compress(BODY[:99]) + gzip.compress(BODY[99:]) + b"\0\0",
            "zlib": zlib.compress(BODY),
            "raw": raw.compress(BODY) + raw.flush(),
            "short": gzip.compress(BODY)[:-20],
            "lie": BODY,
            "bomb": gzip.compress(b" " * (4 << 20)),
        }[kind]
        return web.Response(body=packed, headers={"Content-Encoding": "deflate" if kind in ("zlib", "raw") else "gzip"})

    async def _other(self, _: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x", headers={"Content-Encoding": "compress"})

    async def _long(self, _: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x" * 200_000)

    async def _status(self, request: web.Request) -> web.StreamResponse:
        after = {"Retry-After": request.query["after"]} if "after" in request.query else {}
        return web.Response(status=int(request.query["code"]), headers=after)

    async def _to(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=int(request.query.get("code", "302")), headers={"Location": request.query["url"]})

    async def _loop(self, _: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/loop"})

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x")
            await asyncio.sleep(0.02)
        return response

    async def _broken(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"x")
        assert request.transport is not None
        request.transport.abort()
        return response


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    server = Publisher()
    application = web.Application()
    application.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    fetcher = Fetcher(some_settings())
    yield fetcher
    await fetcher.close()


def some_settings(**changes: object) -> PollerSettings:
    usual = {"allow_networks": LOOPBACK, "host_requests_per_second": 1000, "contact": "https://reader.example/about"}
    small = {"max_wire_bytes": 100_000, "max_body_bytes": 1 << 20, "timeout_seconds": 5}
    return PollerSettings.model_validate({**usual, **small, **changes})


async def test_a_body_comes_with_its_validators_and_we_say_who_we_are(fetcher: Fetcher, publisher: Publisher) -> None:
    answer = await fetcher.fetch(publisher.url + "/plain")
    assert isinstance(answer, Fetched)
    assert (answer.status, answer.body, answer.content_type, answer.wire_bytes) == (200, BODY, "text/xml", len(BODY))
    assert (answer.etag, answer.last_modified, answer.moved_to) == ('"v1"', "Thu, 05 Mar 2026 10:00:00 GMT", None)
    headers = publisher.asked[0].headers
    assert headers["User-Agent"].startswith("dateline/")
    assert "https://reader.example/about" in headers["User-Agent"]
    assert headers["Accept-Encoding"] == "gzip, deflate, br, zstd"


async def test_validators_are_sent_back_as_they_came_and_cookies_are_not(fetcher: Fetcher, publisher: Publisher) -> None:
    await fetcher.fetch(publisher.url + "/plain")
    answer = await fetcher.fetch(publisher.url + "/plain", etag='"v1"', last_modified="yesterday, roughly")
    assert answer == NotModified('"v1"', "Thu, 05 Mar 2026 10:00:00 GMT")
    headers = publisher.asked[1].headers
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"v1"', "yesterday, roughly")
    assert "Cookie" not in headers


@pytest.mark.parametrize("kind", ["gzip", "members", "zlib", "raw"])
async def test_a_compressed_body_is_unpacked(fetcher: Fetcher, publisher: Publisher, kind: str) -> None:
    answer = await fetcher.fetch(f"{publisher.url}/packed?kind={kind}")
    assert isinstance(answer, Fetched)
    assert answer.body == BODY
    assert answer.wire_bytes < len(BODY)


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("/packed?kind=bomb", "size", "MAX_BODY_BYTES"),
        ("/packed?kind=short", "read", "ends early"),
        ("/packed?kind=lie", "encoding", "not compressed"),
        ("/other", "encoding", "not asked for: compress"),
        ("/long", "size", "MAX_WIRE_BYTES"),
        ("/broken", "read", "broke the answer off"),
        ("/status?code=500", "status", "500 Internal Server Error"),
        ("/status?code=599", "status", "599"),
        ("/status?code=304", "status", "304 Not Modified"),
        ("/to?url=/to?url=/plain&code=300", "status", "300 Multiple Choices"),
        ("/to?url=ftp://127.0.0.1/feed", "url", "ftp"),
        ("/to?url=/status?code=410", "status", "410 Gone, after a redirect"),
    ],
)
async def test_what_goes_wrong_is_one_error_with_a_kind_and_a_sentence(
    fetcher: Fetcher, publisher: Publisher, path: str, kind: str, words: str
) -> None:
    with pytest.raises(FetchError, match=words) as caught:
        await fetcher.fetch(publisher.url + path)
    assert caught.value.kind == kind
    assert publisher.url not in caught.value.reason


@pytest.mark.parametrize("url", ["gazette.example/rss", "/etc/passwd", "file:///etc/passwd", "http://", "http://gazette.example:port/"])
async def test_what_is_no_web_address_is_not_fetched(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(url)
    assert caught.value.kind == "url"


async def test_a_publisher_may_say_how_long_to_stay_away(fetcher: Fetcher, publisher: Publisher) -> None:
    asked = {}
    for code, after in ((429, "120"), (503, "Thu, 05 Mar 2020 10:00:00 GMT"), (500, "120"), (429, "soon")):
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(f"{publisher.url}/status?code={code}&after={after}")
        asked[code, after] = (caught.value.status, caught.value.retry_after_seconds)
    assert list(asked.values()) == [(429, 120.0), (503, 0.0), (500, None), (429, None)]


async def test_a_feed_that_is_gone_is_said_to_be_gone(fetcher: Fetcher, publisher: Publisher) -> None:
    assert await fetcher.fetch(publisher.url + "/status?code=410") == Gone()


async def test_permanent_redirects_alone_say_where_the_feed_moved(fetcher: Fetcher, publisher: Publisher) -> None:
    moved = await fetcher.fetch(publisher.url + "/to?code=301&url=/to?code=308%26url=/plain")
    passing = await fetcher.fetch(publisher.url + "/to?code=301&url=/to?code=302%26url=/plain")
    assert isinstance(moved, Fetched)
    assert isinstance(passing, Fetched)
    assert (moved.url, moved.moved_to) == (publisher.url + "/plain", publisher.url + "/plain")
    assert (passing.url, passing.moved_to) == (publisher.url + "/plain", None)


async def test_redirects_that_do_not_end_are_given_up(fetcher: Fetcher, publisher: Publisher) -> None:
    with pytest.raises(FetchError, match="more than 5 redirects"):
        await fetcher.fetch(publisher.url + "/loop")
    assert len(publisher.asked) == 6


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8009/",
        "http://localhost:8009/",
        "http://[::1]:8009/",
        "http://[::ffff:127.0.0.1]:8009/",
        "http://0.0.0.0:8009/",
        "http://127.0.0.1.:8009/",
        "http://127\u30020\u30020\u30021:8009/",
        "http://gazette.example@127.0.0.1:8009/",
        "http://gazette.example:80@127.0.0.1:8009/",
        "http://[64:ff9b::7f00:1]:8009/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
async def test_addresses_that_are_not_public_are_refused_where_they_are_dialled(url: str) -> None:
    fetcher = Fetcher(some_settings(allow_networks=()))
    with pytest.raises(AddressRefused, match="is not public"):
        await fetcher.fetch(url)
    await fetcher.close()


async def test_a_redirect_does_not_lead_to_an_address_that_is_not_public(publisher: Publisher) -> None:
    fetcher = Fetcher(some_settings(allow_networks=(ip_network("127.0.0.1/32"),)))
    with pytest.raises(AddressRefused, match=r"127\.0\.0\.9"):
        await fetcher.fetch(publisher.url + "/to?url=http://127.0.0.9:8009/")
    await fetcher.close()


async def test_a_body_that_drips_does_not_outlast_the_deadline(publisher: Publisher) -> None:
    fetcher = Fetcher(some_settings(timeout_seconds=0.1))
    with pytest.raises(FetchError, match=r"within 0\.1 s") as caught:
        await fetcher.fetch(publisher.url + "/drip")
    assert caught.value.kind == "timeout"
    await fetcher.close()


async def test_a_host_that_does_not_answer_is_an_error_of_its_kind(fetcher: Fetcher) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and never listens
        with pytest.raises(FetchError) as refused:
            await fetcher.fetch(f"http://127.0.0.1:{closed.getsockname()[1]}/")
    with pytest.raises(FetchError) as nameless:
        await fetcher.fetch("http://no-such-host.invalid/")
    assert (refused.value.kind, nameless.value.kind) == ("connect", "dns")


async def test_a_host_gets_two_requests_at_once_and_waiting_for_it_takes_nobodys_place() -> None:
    admission = Admission(concurrency=2, host_requests_per_second=10_000)
    inside: list[str] = []
    most: list[int] = []

    async def visit(host: str) -> None:
        async with admission.place(host):
            inside.append(host)
            most.append(inside.count("a.example:80"))
            await asyncio.sleep(0.002)
            inside.remove(host)

    await asyncio.gather(*(visit("a.example:80") for _ in range(8)), visit("b.example:80"))
    assert max(most) == 2


async def test_requests_to_one_host_are_spaced_and_those_to_others_are_not() -> None:
    admission = Admission(concurrency=10, host_requests_per_second=50)
    clock = asyncio.get_running_loop().time
    began = clock()
    started: dict[str, list[float]] = {"a.example:80": [], "b.example:80": []}

    async def visit(host: str) -> None:
        async with admission.place(host):
            started[host].append(clock() - began)

    await asyncio.gather(*(visit(host) for host in ("a.example:80", "a.example:80", "a.example:80", "b.example:80")))
    assert started["a.example:80"][2] >= 0.039
    assert started["b.example:80"][0] < 0.02
