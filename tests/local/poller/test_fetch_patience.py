"""Fetching: how long we wait, for whom, and through which proxy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from feed_sites import FEED, fetcher, raw_site, site, to

from dateline.errors import AddressRefused, ConfigurationError, FetchError
from dateline.poller.fetch import Fetched, Fetcher
from dateline.poller.identity import scope_of
from dateline.settings import PollerSettings, Settings, described

if TYPE_CHECKING:
    from collections.abc import Callable


def feed(_: web.Request) -> web.Response:
    return web.Response(body=FEED)


async def drip(writer: asyncio.StreamWriter, text: bytes, *, every: float = 0.01) -> None:
    for byte in text:
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(every)


# ── deadlines ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"])
async def test_an_answer_that_drips_byte_by_byte_ends_at_the_total_deadline(head: bytes) -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await drip(writer, b"X-Name: value\r\n" * 20 if head else b"HTTP/1.1 200 OK\r\n" + b"X-Name: value\r\n" * 20)

    if b"chunked" in head:

        async def talk(writer: asyncio.StreamWriter) -> None:
            writer.write(head)
            for _ in range(100):
                writer.write(b"1\r\nx\r\n")
                await asyncio.sleep(0.01)

    async with raw_site(talk) as url, fetcher(timeout_seconds=0.15, read_timeout_seconds=0.1) as ours:
        began = asyncio.get_running_loop().time()
        with pytest.raises(FetchError, match=r"no complete answer within 0\.15 s") as caught:
            await ours.fetch(url)
        assert 0.14 < asyncio.get_running_loop().time() - began < 0.5
    assert caught.value.kind == "timeout"


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
async def test_a_host_that_falls_silent_is_given_up_before_the_total_deadline(head: bytes) -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await asyncio.sleep(5)

    async with raw_site(talk) as url, fetcher(read_timeout_seconds=0.05) as ours:
        with pytest.raises(FetchError, match="fell silent") as caught:
            await ours.fetch(url)
    assert caught.value.kind == "timeout"


async def test_the_deadline_holds_for_all_hops_together() -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.06)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")

    async with raw_site(talk) as url, fetcher(timeout_seconds=0.15) as ours:
        with pytest.raises(FetchError, match="no complete answer"):
            await ours.fetch(url)


async def test_waiting_in_line_costs_none_of_the_time_a_visit_has() -> None:
    async with site(feed) as here, fetcher(timeout_seconds=0.1, host_requests_per_second=10) as ours:
        answers = await asyncio.gather(*(ours.fetch(here.url) for _ in range(4)))
    assert all(isinstance(answer, Fetched) for answer in answers)


async def test_a_slow_feed_delays_no_other() -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with raw_site(talk) as slow, site(feed) as here, fetcher(timeout_seconds=0.3) as ours:
        began = asyncio.get_running_loop().time()
        waiting = asyncio.gather(*(ours.fetch(slow) for _ in range(2)), return_exceptions=True)
        await ours.fetch(here.url)
        assert asyncio.get_running_loop().time() - began < 0.2
        await waiting


# ── hosts that ask for rest, and hosts outside the scope ─────────────────────────────────────────────────────────────


def away(_: web.Request) -> web.Response:
    return web.Response(status=503, headers={"Retry-After": "120"})


async def failure(ours: Fetcher, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await ours.fetch(url)
    return caught.value


async def test_a_host_that_sends_two_feeds_away_is_not_asked_for_any_until_then() -> None:
    async with site(away) as here, site(feed) as other, fetcher() as ours:
        kinds = [(await failure(ours, here.url + path)).kind for path in ("/a", "/a", "/b", "/c", "/a")]
        resting = await failure(ours, here.url + "/d")
        await ours.fetch(other.url)
    assert kinds == ["status", "status", "status", "resting", "resting"]
    assert resting.retry_after_seconds == pytest.approx(120, abs=2)
    assert len(here.asked) == 3


async def test_a_resting_host_is_not_waited_for_in_line() -> None:
    async with site(away) as here, fetcher(host_requests_per_second=5) as ours:
        await asyncio.gather(*(ours.fetch(here.url + path) for path in ("/a", "/b")), return_exceptions=True)
        began = asyncio.get_running_loop().time()
        kinds = [(await failure(ours, here.url + "/c")).kind for _ in range(5)]
        assert asyncio.get_running_loop().time() - began < 0.1
    assert kinds == ["resting"] * 5


async def test_feeds_in_line_for_a_host_that_comes_to_rest_do_not_reach_it() -> None:
    async with site(away) as here, fetcher(host_requests_per_second=50) as ours:
        answers = await asyncio.gather(*(ours.fetch(f"{here.url}/{number}") for number in range(6)), return_exceptions=True)
    kinds = [answer.kind for answer in answers if isinstance(answer, FetchError)]
    assert kinds == ["status", "status", "resting", "resting", "resting", "resting"]


async def test_a_host_reached_by_redirect_rests_for_all_who_are_led_there() -> None:
    async with site(away) as there, site(lambda _: to(there.url)) as here, fetcher() as ours:
        kinds = [(await failure(ours, here.url + path)).kind for path in ("/a", "/b", "/c")]
    assert kinds == ["status", "status", "resting"]
    assert (len(here.asked), len(there.asked)) == (3, 2)


async def test_errors_that_ask_for_nothing_bring_no_rest() -> None:
    async with site(lambda _: web.Response(status=503)) as here, fetcher() as ours:
        kinds = [(await failure(ours, here.url + path)).kind for path in ("/a", "/b", "/c")]
    assert kinds == ["status"] * 3


async def test_a_host_outside_the_feeds_scope_gets_its_part_of_the_rate() -> None:
    async def seconds(scope_of_feed: Callable[[str], str]) -> float:
        async with site(feed) as here, fetcher(host_requests_per_second=100, tasks=10) as ours:
            began = asyncio.get_running_loop().time()
            await asyncio.gather(*(ours.fetch(here.url, scope=scope_of_feed(here.url)) for _ in range(3)))
            return asyncio.get_running_loop().time() - began

    assert await seconds(scope_of) < 0.15
    assert 0.19 < await seconds(lambda _: "elsewhere.example") < 0.6


# ── proxy ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_proxy_is_asked_for_every_address_and_looks_names_up_itself() -> None:
    async with site(feed) as proxy, fetcher(proxy=proxy.url.replace("//", "//reader:word@"), allow_networks=()) as ours:
        answer = await ours.fetch("http://gazette.example/rss?a=b")
    assert isinstance(answer, Fetched)
    assert str(proxy.asked[0].url) == "http://gazette.example/rss?a=b"
    assert proxy.asked[0].headers["Proxy-Authorization"].startswith("Basic ")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254"])
async def test_a_proxy_is_not_asked_for_what_is_known_to_be_private(host: str) -> None:
    async with site(lambda _: to(f"http://{host}/")) as proxy, fetcher(proxy=proxy.url, allow_networks=()) as ours:
        with pytest.raises(AddressRefused):
            await ours.fetch(f"http://{host}:8080/")
        assert proxy.asked == []
        with pytest.raises(AddressRefused):
            await ours.fetch("http://gazette.example/")
    assert len(proxy.asked) == 1


async def test_a_proxy_that_gives_no_connection_is_an_error_of_its_own() -> None:
    async with site(lambda _: web.Response(status=407)) as proxy, fetcher(proxy=proxy.url) as ours:
        assert (await failure(ours, "https://gazette.example/")).kind == "proxy"


def test_a_proxy_that_is_none_is_named_by_its_setting_and_its_password_is_not_shown() -> None:
    for proxy in ("socks5://reader:passphrase@proxy.example:1080", "reader:passphrase", "http://", "http://reader:passphrase@xn--a:3128"):
        with pytest.raises(ConfigurationError, match="DATELINE_POLLER__PROXY") as caught:
            Fetcher(PollerSettings.model_validate({"proxy": proxy}))
        assert "passphrase" not in str(caught.value)
    settings = PollerSettings.model_validate({"proxy": "http://reader:passphrase@proxy.example:3128"})
    assert "passphrase" not in str(described(Settings(poller=settings)))
