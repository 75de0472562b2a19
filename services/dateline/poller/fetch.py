"""One visit to a publisher: conditional, bounded, and only to addresses that are ours to call."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from dateline.errors import AddressRefused, ConfigurationError, FetchError
from dateline.poller.addresses import WEB_PORTS, address_of, host_and_port, is_ours_to_call, origin_of, refuse_unresolved
from dateline.poller.credentials import Request, neutral, resolve
from dateline.poller.freshness import fresh_seconds
from dateline.poller.identity import scope_of
from dateline.poller.metrics import RECEIVED_DECODED, RECEIVED_WIRE, count_response
from dateline.poller.politeness import Admission, Rests
from dateline.poller.schedule import retry_after_seconds
from dateline.poller.unpack import ACCEPT_ENCODING, ungzipped, unpacker
from dateline.settings import user_agent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from ipaddress import IPv4Network, IPv6Network

    from aiohttp.abc import AbstractResolver

    from dateline.settings import PollerSettings

MOST_REDIRECTS = 5
# Pages and feeds of one publisher change their address seldom, and aiohttp asks again after a failure.
DNS_CACHE_SECONDS = 300
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"

# What answers say of the use of pages (poller/rights.py) and of how long a robots.txt may be kept.
KEPT_HEADERS = ("cache-control", "tdm-reservation", "x-robots-tag")

_PERMANENT = frozenset((HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT))
_REDIRECTS = _PERMANENT | {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}
_WITH_BODY = frozenset((HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION))
_SAY_WHEN = frozenset((HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE))


class NotModified(NamedTuple):
    """304: what was read last time still holds; the validators as this answer states them, if it does."""

    etag: str | None
    last_modified: str | None
    # How long the publisher says there is nothing new to ask for; null where it says nothing (RFC 9111 §4.2.1).
    fresh_seconds: float | None = None
    moved_to: str | None = None


class Fetched(NamedTuple):
    """A body, unpacked. `url` answered; `moved_to` is where permanent redirects alone lead, null where there were none.

    Neither names a user, and both hold the feed's secrets by reference, as the feed does; the body is without them.
    """

    status: int
    url: str
    body: bytes
    content_type: str | None
    etag: str | None
    last_modified: str | None
    moved_to: str | None
    wire_bytes: int
    # As in NotModified.
    fresh_seconds: float | None = None
    # The Link header as sent, null where there is none.
    link: str | None = None
    # What KEPT_HEADERS names, in lower case; a name that was sent several times has a line for each.
    headers: Mapping[str, str] = MappingProxyType({})


class Gone(NamedTuple):
    """410: the publisher says that the feed is gone for good."""


class _Redirect(NamedTuple):
    url: httpx.URL
    permanent: bool


@dataclass
class _Visit:
    """How far one visit has come."""

    # The feed's address as it was given, by which hosts' wishes are told apart.
    feed: str
    scope: str
    address: httpx.URL
    request: Request
    # Where credentials belong, and where the validators come from.
    home: tuple[str, str, int]
    validated: tuple[str, str, int]
    validators: dict[str, str]
    seconds_left: float
    at_home: bool
    hops: int = 0
    permanent: bool = True

    def follow(self, redirect: _Redirect) -> None:
        """Go where a redirect leads. Whoever has left the feed's origin does not come back with its credentials."""
        self.address, self.permanent = redirect.url, self.permanent and redirect.permanent
        self.hops += 1
        self.at_home = self.at_home and origin_of(self.address) == self.home

    def is_conditional(self) -> bool:
        """Whether the validators go along: to the origin that gave them, as another one means something else by them.

        The same host by https instead of http is the same publisher, so that a feed which redirects there stays conditional.
        """
        here = origin_of(self.address)
        upgraded = ("https", self.validated[1], WEB_PORTS["https"]) if self.validated[2] == WEB_PORTS["http"] else self.validated
        return bool(self.validators) and here in (self.validated, upgraded)

    def headers(self) -> dict[str, str]:
        """What this hop's request carries beside what every request does."""
        return {**(self.request.headers if self.at_home else {}), **(self.validators if self.is_conditional() else {})}

    def shown(self) -> str:
        """The address that is being called, with secrets by reference."""
        return self.request.masked(neutral(str(self.address)))

    def moved_to(self) -> str | None:
        """Where permanent redirects alone have led; null where a redirect carries a secret to another origin."""
        astray = origin_of(self.address) != self.home and self.shown() != neutral(str(self.address))
        return self.shown() if self.hops and self.permanent and not astray else None


class Fetcher:
    """Fetches feeds over one transport with its connections; close it. The loop it is first used on is the loop it belongs to.

    `secrets` are what feeds refer to, by name in capitals; `tasks` is over how many the fleet's visits are spread, each of
    which gets its part of the rate of a host outside its feeds' scopes; `resolver` looks names up, aiohttp's own if null.
    """

    def __init__(
        self,
        settings: PollerSettings,
        *,
        secrets: Mapping[str, str] | None = None,
        tasks: int = 1,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._settings = settings
        self._secrets = secrets or {}
        self._resolver = resolver
        self._proxy = _proxy(settings)
        rate = settings.host_requests_per_second
        self._admission = Admission(concurrency=settings.concurrency, host_requests_per_second=rate, tasks=tasks)
        self._rests = Rests()
        self._headers = {"User-Agent": user_agent(settings.contact), "Accept": ACCEPT, "Accept-Encoding": ACCEPT_ENCODING}
        # The deadline of the whole visit is ours; see _request.
        self._timeouts = {"timeout": {"connect": settings.connect_timeout_seconds, "read": settings.read_timeout_seconds}}
        self._transport: AiohttpTransport | None = None

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        validators_from: str | None = None,
        moved_to: str | None = None,
        headers: Mapping[str, str] | None = None,
        scope: str | None = None,
        permit: Callable[[str], Awaitable[None]] | None = None,
    ) -> NotModified | Fetched | Gone:
        """Visit a feed's address with the validators of the last body, as they were sent.

        `validators_from` is the address that sent them (`Fetched.url`), the visited one if null; `moved_to` where the feed has
        moved since, which is called instead; `headers` the feed's own; `scope` the feed's, its address's if null. Secrets
        are put into the address and the headers, and go to the address's own origin only. `permit` is asked before each
        redirect is followed, and raises a FetchError where it may not be.

        FetchError says what went wrong and, after 429 or 503, how long to stay away; AddressRefused that the address or one
        it redirects to is not public. A host that asked two feeds to stay away is not called until then: kind `resting`.
        The time limit holds for the whole visit, redirects included, and not for waiting in line for the host.
        """
        request = resolve(url, self._secrets, headers)
        own = self._checked(request.url)
        home, address = origin_of(own), self._start(own, moved_to)
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        visit = _Visit(
            feed=url,
            scope=scope or scope_of(url),
            address=address,
            request=request,
            home=home,
            validated=origin_of(self._checked(validators_from)) if validators_from else origin_of(address),
            validators={name: value for name, value in validators.items() if value},
            seconds_left=self._settings.timeout_seconds,
            at_home=origin_of(address) == home,
        )
        while True:
            answer = await self._hop(visit)
            match answer:
                case _Redirect() if visit.hops == MOST_REDIRECTS:
                    raise FetchError("redirect", f"more than {MOST_REDIRECTS} redirects")
                case _Redirect():
                    if permit is not None:
                        await permit(str(answer.url))
                    visit.follow(answer)
                case Gone() if visit.hops:
                    raise FetchError("status", "410 Gone, after a redirect", status=HTTPStatus.GONE)
                case _:
                    return answer

    async def close(self) -> None:
        """Close every connection; the fetcher cannot be used again."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()

    def _start(self, own: httpx.URL, moved_to: str | None) -> httpx.URL:
        """Where a visit begins. An adopted address of another origin is what a publisher wrote, and refers to no secret."""
        if moved_to is None:
            return own
        address = self._checked(neutral(moved_to))
        return self._checked(resolve(moved_to, self._secrets).url) if origin_of(address) == origin_of(own) else address

    def _checked(self, url: str) -> httpx.URL:
        address = address_of(url, ports=self._settings.allow_ports)
        if self._proxy is not None:
            refuse_unresolved(address, self._settings.allow_networks)
        return address

    async def _hop(self, visit: _Visit) -> NotModified | Fetched | Gone | _Redirect:
        """One request, when its turn comes and its host takes any."""
        host, clock = host_and_port(visit.address), asyncio.get_running_loop().time
        outside = scope_of(str(visit.address)) != visit.scope
        self._refuse_resting(host, clock())
        async with self._admission.place(host, outside=outside):
            self._refuse_resting(host, clock())  # while this visit waited, others may have been sent away
            began = clock()
            try:
                return await self._request(visit)
            except FetchError as error:
                self._rests.asked(host, visit.feed, error.retry_after_seconds or 0.0, now=clock())
                raise
            finally:
                visit.seconds_left -= clock() - began

    def _refuse_resting(self, host: str, now: float) -> None:
        left = self._rests.seconds_left(host, now=now)
        if left:
            raise FetchError("resting", "the host has asked two of its feeds to stay away", retry_after_seconds=left)

    async def _request(self, visit: _Visit) -> NotModified | Fetched | Gone | _Redirect:
        """One request, with foreign errors translated."""
        try:
            async with asyncio.timeout(max(visit.seconds_left, 0.0)):
                response = await self._send(httpx.Request("GET", visit.address, headers=self._headers | visit.headers()))
                count_response(response.status_code)
                try:
                    return await self._answer(response, visit)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise FetchError("timeout", f"no complete answer within {self._settings.timeout_seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError) as error:
            # Their words may hold the address, and so a secret.
            raise _translated(error) from (None if visit.request.values else error)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to come. By the transport alone: a client around it would keep cookies and follow redirects."""
        request.extensions = self._timeouts
        return await self._open().handle_async_request(request)

    async def _answer(self, response: httpx.Response, visit: _Visit) -> NotModified | Fetched | Gone | _Redirect:
        status, headers, now = response.status_code, response.headers, datetime.now(UTC)
        if status in _WITH_BODY:
            return await self._fetched(response, visit, now)
        if status == HTTPStatus.NOT_MODIFIED and visit.is_conditional():
            return NotModified(headers.get("etag"), headers.get("last-modified"), fresh_seconds(headers, now=now), visit.moved_to())
        if status == HTTPStatus.GONE:
            return Gone()
        if status in _REDIRECTS and "location" in headers:
            return _Redirect(self._checked(str(response.url.join(headers["location"]))), status in _PERMANENT)
        after = retry_after_seconds(headers.get("retry-after"), now=now) if status in _SAY_WHEN else None
        raise FetchError("status", _status_line(status), status=status, retry_after_seconds=after)

    async def _fetched(self, response: httpx.Response, visit: _Visit, now: datetime) -> Fetched:
        body = unpacker(response.headers.get("content-encoding"), most_bytes=self._settings.max_body_bytes)
        wire_bytes = 0
        async for piece in response.aiter_raw():
            wire_bytes += len(piece)
            if wire_bytes > self._settings.max_wire_bytes:
                reason = f"the body has more than {self._settings.max_wire_bytes} bytes; raise DATELINE_POLLER__MAX_WIRE_BYTES to take it"
                raise FetchError("size", reason)
            body.feed(piece)
        headers, unpacked = response.headers, body.finish()
        RECEIVED_WIRE.inc(wire_bytes)
        RECEIVED_DECODED.inc(len(unpacked))
        if visit.request.values:  # which are found in no file that is gzipped
            unpacked = ungzipped(unpacked, most_bytes=self._settings.max_body_bytes)
        return Fetched(
            status=response.status_code,
            url=visit.shown(),
            body=visit.request.without_values(unpacked),
            content_type=headers.get("content-type"),
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            moved_to=visit.moved_to(),
            wire_bytes=wire_bytes,
            fresh_seconds=fresh_seconds(headers, now=now),
            link=response.headers.get("link"),
            headers={name: "\n".join(headers.get_list(name)) for name in KEPT_HEADERS if name in headers},
        )

    def _open(self) -> AiohttpTransport:
        if self._transport is None:
            context = httpx.create_ssl_context()
            self._transport = AiohttpTransport(verify=context, proxy=self._proxy, client=lambda: self._session(context))
        return self._transport

    def _session(self, context: Any) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=context,
            limit=0,  # Admission counts
            ttl_dns_cache=DNS_CACHE_SECONDS,
            resolver=self._resolver,
            # Through a proxy, every socket leads to the proxy, which the operator has named.
            socket_factory=_guard(self._settings.allow_networks) if self._proxy is None else None,
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)


class _RefusedError(OSError):
    """Raised where a socket would be made, as the kind of error that the connector carries to us."""

    def __init__(self, address: str) -> None:
        super().__init__(f"address {address} refused")
        self.address = address


def _guard(allowed: tuple[IPv4Network | IPv6Network, ...]) -> Callable[[Any], socket.socket]:
    """A socket maker that looks at the resolved address it is about to dial: for names, literals and every redirect alike."""

    def make(info: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _, address = info
        if not is_ours_to_call(str(address[0]), allowed):
            raise _RefusedError(str(address[0]))
        return socket.socket(family, kind, protocol)

    return make


def _proxy(settings: PollerSettings) -> httpx.Proxy | None:
    """The proxy of the settings; ConfigurationError, without its words, as they may hold a password, where it is none."""
    if settings.proxy is None:
        return None
    try:
        url = httpx.URL(settings.proxy.get_secret_value())
        is_one = url.scheme in WEB_PORTS and bool(url.host)
    except (httpx.InvalidURL, ValueError):
        is_one = False
    if not is_one:
        raise ConfigurationError("DATELINE_POLLER__PROXY: is no address such as http://user:password@proxy.example:3128")
    # aiohttp sends this on to the proxy as Proxy-Authorization; its own argument for that goes away with version 4.
    headers = {"Authorization": aiohttp.encode_basic_auth(url.username, url.password)} if url.username else {}
    return httpx.Proxy(url.copy_with(userinfo=b""), headers=headers)


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _translated(error: Exception) -> FetchError:
    """What a client's error means to us; its own words stay in the cause, as they may hold the address."""
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, _RefusedError):
            return AddressRefused(cause.address)
    for kinds, kind, reason in _KINDS:
        if any(isinstance(cause, kinds) for cause in chain):
            return FetchError(kind, reason)
    return FetchError("protocol", f"the answer is not sound HTTP ({type(chain[-1]).__name__})")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, the first reason last."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        inner = getattr(seen, "os_error", None)
        seen = inner if isinstance(inner, OSError) else seen.__cause__


# By the transport's errors: its translation to httpx's calls every refused connection a timeout.
_KINDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str, str], ...] = (
    (
        (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError),
        "proxy",
        "the proxy gives no connection; see DATELINE_POLLER__PROXY",
    ),
    (aiohttp.ClientConnectorDNSError, "dns", "the host's name cannot be resolved"),
    (aiohttp.ClientSSLError, "tls", "no trusted connection to the host"),
    (aiohttp.ConnectionTimeoutError, "timeout", "the host takes no connection in time"),
    (aiohttp.ServerTimeoutError, "timeout", "the host fell silent before its answer was complete"),
    (aiohttp.ClientConnectorError, "connect", "no connection to the host"),
    ((aiohttp.InvalidURL, httpx.InvalidURL), "url", "the address cannot be read"),
    ((aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, OSError), "read", "the host broke the answer off"),
)
