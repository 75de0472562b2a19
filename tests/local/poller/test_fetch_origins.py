"""Fetching across redirects: what goes along to another origin, and what never does."""

from __future__ import annotations

import gzip
import logging
import socket
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from feed_sites import FEED, fetcher, site, to

from dateline.errors import AddressRefused, FetchError
from dateline.poller.fetch import Fetched, NotModified

if TYPE_CHECKING:
    from collections.abc import Sequence

SECRETS = {"KEY": "opensesame", "PAIR": "reader:passphrase"}


def feed(_: web.Request) -> web.Response:
    return web.Response(body=FEED, headers={"ETag": '"v1"'})


# ── validators ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_validators_go_along_redirects_while_the_origin_stays() -> None:
    async with fetcher() as ours, site(lambda request: to("/b") if request.path == "/a" else web.Response(status=304)) as here:
        answer = await ours.fetch(here.url + "/a", etag='"v1"')
    assert answer == NotModified(None, None)
    assert [request.headers.get("If-None-Match") for request in here.asked] == ['"v1"', '"v1"']


async def test_validators_of_one_origin_are_not_sent_to_another() -> None:
    async with fetcher() as ours, site(feed) as there, site(lambda _: to(there.url)) as here:
        answer = await ours.fetch(here.url, etag='"v0"', last_modified="yesterday")
    assert isinstance(answer, Fetched)
    assert here.asked[0].headers["If-None-Match"] == '"v0"'
    assert {"If-None-Match", "If-Modified-Since"}.isdisjoint(there.asked[0].headers)


async def test_validators_go_to_the_origin_that_gave_them_alone() -> None:
    async with fetcher() as ours, site(lambda _: web.Response(status=304)) as there, site(lambda _: to(there.url)) as here:
        answer = await ours.fetch(here.url, etag='"v1"', validators_from=there.url + "/rss")
    assert answer == NotModified(None, None)
    assert "If-None-Match" not in here.asked[0].headers
    assert there.asked[0].headers["If-None-Match"] == '"v1"'


async def test_an_origin_that_says_304_without_being_asked_is_not_believed() -> None:
    async with fetcher() as ours, site(lambda _: web.Response(status=304)) as there, site(lambda _: to(there.url)) as here:
        with pytest.raises(FetchError, match="304 Not Modified"):
            await ours.fetch(here.url, etag='"v1"')


async def test_a_304_says_where_the_feed_moved_and_how_long_it_is_fresh() -> None:
    def answer(request: web.Request) -> web.Response:
        return to("/b", 308) if request.path == "/a" else web.Response(status=304, headers={"Cache-Control": "max-age=900", "Age": "60"})

    async with fetcher() as ours, site(answer) as here:
        assert await ours.fetch(here.url + "/a", etag='"v1"') == NotModified(None, None, 840.0, here.url + "/b")


async def test_a_body_says_how_long_it_is_fresh() -> None:
    async with fetcher() as ours, site(lambda _: web.Response(body=FEED, headers={"Cache-Control": "max-age=900"})) as here:
        answer = await ours.fetch(here.url)
    assert isinstance(answer, Fetched)
    assert answer.fresh_seconds == 900.0


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_secrets_are_sent_to_the_feeds_own_origin_and_come_back_by_reference() -> None:
    body = b"<link>http://gazette.example/?token=opensesame</link>"
    async with fetcher(secrets=SECRETS) as ours, site(lambda _: web.Response(body=body)) as here:
        url = here.url.replace("//", "//${PAIR}@") + "/rss?token=${KEY}"
        answer = await ours.fetch(url, headers={"X-Api-Key": "${KEY}"})
    request = here.asked[0]
    assert (request.path_qs, request.headers["X-Api-Key"]) == ("/rss?token=opensesame", "opensesame")
    assert request.headers["Authorization"] == "Basic cmVhZGVyOnBhc3NwaHJhc2U="
    assert isinstance(answer, Fetched)
    assert answer.url == here.url + "/rss?token=${KEY}"
    assert answer.body == b"<link>http://gazette.example/?token=</link>"


async def test_a_secret_is_found_in_a_file_that_is_gzipped_and_without_one_the_file_stays_as_it_is() -> None:
    body = gzip.compress(b"<loc>http://gazette.example/?token=opensesame</loc>")
    async with fetcher(secrets=SECRETS) as ours, site(lambda _: web.Response(body=body)) as here:
        with_secret, without = await ours.fetch(here.url + "/?token=${KEY}"), await ours.fetch(here.url)
    assert isinstance(with_secret, Fetched)
    assert isinstance(without, Fetched)
    assert with_secret.body == b"<loc>http://gazette.example/?token=</loc>"
    assert without.body == body


async def test_headers_and_credentials_cross_to_no_other_origin_and_do_not_come_back_from_one() -> None:
    def answer(request: web.Request) -> web.Response:
        return {"/": to("/a"), "/a": to(other.url)}.get(request.path) or feed(request)

    async with fetcher(secrets=SECRETS) as ours, site(lambda _: to(home.url + "/b")) as other, site(answer) as home:
        await ours.fetch(home.url.replace("//", "//${PAIR}@") + "/", headers={"X-Api-Key": "${KEY}"})
    secret = [("X-Api-Key" in request.headers, "Authorization" in request.headers) for request in (*home.asked, *other.asked)]
    assert [request.path for request in home.asked] == ["/", "/a", "/b"]
    assert secret == [(True, True), (True, True), (False, False), (False, False)]


async def test_a_redirect_that_writes_a_reference_is_given_no_secret_then_or_later() -> None:
    async with fetcher(secrets=SECRETS) as ours, site(feed) as there, site(lambda _: to(there.url + "/?steal=${KEY}", 301)) as here:
        answer = await ours.fetch(here.url)
        assert isinstance(answer, Fetched)
        assert answer.moved_to is not None
        await ours.fetch(answer.moved_to)
        await ours.fetch(here.url, moved_to=there.url + "/?steal=${KEY}", headers={"X-Api-Key": "${KEY}"})
    assert not any("opensesame" in f"{request.path_qs}{request.headers}" for request in there.asked)
    assert len(there.asked) == 3


async def test_a_feed_that_moved_within_its_origin_keeps_its_credentials() -> None:
    async with (
        fetcher(secrets=SECRETS) as ours,
        site(lambda request: to("/new?token=opensesame", 301) if request.path == "/old" else feed(request)) as here,
    ):
        url = here.url.replace("//", "//${PAIR}@") + "/old?token=${KEY}"
        answer = await ours.fetch(url)
        assert isinstance(answer, Fetched)
        assert answer.moved_to == here.url + "/new?token=${KEY}"
        await ours.fetch(url, moved_to=answer.moved_to)
    assert [request.path_qs for request in here.asked[1:]] == ["/new?token=opensesame"] * 2
    assert all("Authorization" in request.headers for request in here.asked)


async def test_a_move_that_carries_a_secret_to_another_origin_is_not_passed_on() -> None:
    async with fetcher(secrets=SECRETS) as ours, site(feed) as there, site(lambda request: to(there.url + request.path_qs, 301)) as here:
        answer = await ours.fetch(here.url + "/?token=${KEY}")
    assert isinstance(answer, Fetched)
    assert answer.moved_to is None
    assert "opensesame" not in answer.url


async def test_a_missing_secret_is_an_error_before_any_request() -> None:
    async with fetcher() as ours, site(feed) as here:
        with pytest.raises(FetchError, match="secret KEY is missing"):
            await ours.fetch(here.url + "/?token=${KEY}")
    assert here.asked == []


@pytest.mark.parametrize("path", ["/?token=${KEY}", "/${KEY}/broken"])
async def test_values_stand_in_no_error_and_in_no_log(path: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with (
        fetcher(secrets=SECRETS) as ours,
        site(lambda request: to("http://[::1/", 301) if "broken" in request.path else web.Response(status=500)) as here,
    ):
        with pytest.raises(FetchError) as caught:
            await ours.fetch(here.url + path)
    assert "opensesame" not in caplog.text
    assert "opensesame" not in "".join(map(str, (caught.value, caught.value.__cause__)))


async def test_an_error_keeps_what_a_client_says_of_an_address_unless_a_secret_stands_in_it() -> None:
    async with fetcher(secrets=SECRETS, resolver=Names(["127.0.0.9"], ["127.0.0.9"]), allow_networks=()) as ours:
        causes = []
        for path in ("", "?token=${KEY}"):
            with pytest.raises(AddressRefused) as caught:
                await ours.fetch(f"http://gazette.example/{path}")
            causes.append(caught.value.__cause__)
    assert (causes[0] is None, causes[1]) == (False, None)


async def test_a_user_that_a_redirect_names_is_not_sent() -> None:
    async with fetcher() as ours, site(feed) as there, site(lambda _: to(there.url.replace("//", "//eve:word@"))) as here:
        await ours.fetch(here.url)
    assert "Authorization" not in there.asked[0].headers


# ── guards at every hop ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("http://169.254.169.254/latest/meta-data/", "refused"),
        ("http://[::1]:8009/", "refused"),
        ("http://10.0.0.1/", "refused"),
        ("https://127.0.0.1:22/", "port"),
        ("http://0x7f.1/", "url"),
        ("http://2130706433:8009/", "url"),
        ("gopher://127.0.0.1:8009/", "url"),
        ("file:///etc/passwd", "url"),
    ],
)
async def test_every_hop_is_judged_like_the_first(target: str, kind: str) -> None:
    async with fetcher() as ours, site(lambda request: to("/b") if request.path == "/a" else to(target)) as here:
        with pytest.raises(FetchError) as caught:
            await ours.fetch(here.url + "/a")
    assert caught.value.kind == kind
    assert len(here.asked) == 2


class Names(AbstractResolver):
    """Gives one list of addresses after the other."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        addresses = self._answers.pop(0)
        return [ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0) for address in addresses]

    async def close(self) -> None:
        pass


async def test_a_name_that_changes_its_address_between_two_look_ups_is_judged_by_the_one_that_is_dialled() -> None:
    names = Names(["127.0.0.1"], ["127.0.0.9"])
    allowed = {"allow_networks": "127.0.0.1/32"}
    async with site(feed) as here:
        url = here.url.replace("127.0.0.1", "rebinds.example")
        async with fetcher(resolver=names, **allowed) as first:
            assert isinstance(await first.fetch(url), Fetched)
        async with fetcher(resolver=names, **allowed) as second:
            with pytest.raises(AddressRefused, match=r"127\.0\.0\.9"):
                await second.fetch(url)
    assert len(here.asked) == 1


async def test_of_several_addresses_of_a_name_only_those_that_are_ours_are_dialled() -> None:
    async with site(feed) as here:
        url = here.url.replace("127.0.0.1", "many.example")
        async with fetcher(resolver=Names(["127.0.0.9", "127.0.0.1"]), allow_networks="127.0.0.1/32") as ours:
            assert isinstance(await ours.fetch(url), Fetched)
        async with fetcher(resolver=Names(["127.0.0.8", "127.0.0.9"]), allow_networks="127.0.0.1/32") as ours:
            with pytest.raises(AddressRefused):
                await ours.fetch(url)
