"""One visit to a publisher: conditional, bounded, and only to addresses that are ours to call."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from dateline.errors import AddressRefused, FetchError
from dateline.poller.politeness import Admission
from dateline.poller.schedule import retry_after_seconds
from dateline.poller.unpack import ACCEPT_ENCODING, unpacker
from dateline.settings import user_agent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from ipaddress import IPv4Network, IPv6Network

    from dateline.settings import PollerSettings

MOST_REDIRECTS = 5
# Pages and feeds of one publisher change their address seldom, and aiohttp asks again after a failure.
DNS_CACHE_SECONDS = 300
# A host that does not even take the connection will not hurry with the answer.
CONNECT_SECONDS = 10.0
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"

_PERMANENT = frozenset((HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT))
_REDIRECTS = _PERMANENT | {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}
_WITH_BODY = frozenset((HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION))
_SAY_WHEN = frozenset((HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE))
_PORTS = {"http": 80, "https": 443}


class NotModified(NamedTuple):
    """304: what was read last time still holds; the validators as this answer states them, if it does."""

    etag: str | None
    last_modified: str | None


class Fetched(NamedTuple):
    """A body, unpacked. `url` answered; `moved_to` is where permanent redirects alone lead, null where there were none."""

    status: int
    url: str
    body: bytes
    content_type: str | None
    etag: str | None
    last_modified: str | None
    moved_to: str | None
    wire_bytes: int


class Gone(NamedTuple):
    """410: the publisher says that the feed is gone for good."""


class _Redirect(NamedTuple):
    url: httpx.URL
    permanent: bool


class Fetcher:
    """Fetches feeds with one shared client; close it. The loop it is first used on is the loop it belongs to."""

    def __init__(self, settings: PollerSettings) -> None:
        self._settings = settings
        self._admission = Admission(concurrency=settings.concurrency, host_requests_per_second=settings.host_requests_per_second)
        self._client: httpx.AsyncClient | None = None

    async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> NotModified | Fetched | Gone:
        """Visit an address with the validators of the last body, as they were sent.

        FetchError says what went wrong and, after 429 or 503, how long to stay away; AddressRefused that the address or one
        it redirects to is not public. The time limit holds for the whole visit, redirects included, and not for waiting in
        line for the host.
        """
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in validators.items() if value}
        address, left, permanent = _checked(url), self._settings.timeout_seconds, True
        for hop in range(MOST_REDIRECTS + 1):
            async with self._admission.place(_host_and_port(address)):
                began = asyncio.get_running_loop().time()
                answer = await self._visit(address, headers, left)
                left -= asyncio.get_running_loop().time() - began
            match answer:
                case _Redirect():
                    address, permanent = answer.url, permanent and answer.permanent
                case Fetched():
                    return answer._replace(moved_to=str(address) if hop and permanent else None)
                case Gone() if hop:
                    raise FetchError("status", "410 Gone, after a redirect", status=HTTPStatus.GONE)
                case _:
                    return answer
        raise FetchError("redirect", f"more than {MOST_REDIRECTS} redirects")

    async def close(self) -> None:
        """Close every connection; the fetcher cannot be used again."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _visit(self, url: httpx.URL, headers: dict[str, str], seconds: float) -> NotModified | Fetched | Gone | _Redirect:
        """One request, with foreign errors translated."""
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                async with self._open().stream("GET", url, headers=headers) as response:
                    return await self._answer(response, conditional=bool(headers))
        except TimeoutError:
            raise FetchError("timeout", f"no complete answer within {self._settings.timeout_seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(error) from error

    async def _answer(self, response: httpx.Response, *, conditional: bool) -> NotModified | Fetched | Gone | _Redirect:
        status = response.status_code
        if status in _WITH_BODY:
            return await self._fetched(response)
        if status == HTTPStatus.NOT_MODIFIED and conditional:
            return NotModified(response.headers.get("etag"), response.headers.get("last-modified"))
        if status == HTTPStatus.GONE:
            return Gone()
        if status in _REDIRECTS and "location" in response.headers:
            target = _checked(str(response.url.join(response.headers["location"])))
            return _Redirect(target, status in _PERMANENT)
        after = retry_after_seconds(response.headers.get("retry-after"), now=datetime.now(UTC)) if status in _SAY_WHEN else None
        raise FetchError("status", _status_line(status), status=status, retry_after_seconds=after)

    async def _fetched(self, response: httpx.Response) -> Fetched:
        body = unpacker(response.headers.get("content-encoding"), most_bytes=self._settings.max_body_bytes)
        wire_bytes = 0
        async for piece in response.aiter_raw():
            wire_bytes += len(piece)
            if wire_bytes > self._settings.max_wire_bytes:
                reason = f"the body has more than {self._settings.max_wire_bytes} bytes; raise DATELINE_POLLER__MAX_WIRE_BYTES to take it"
                raise FetchError("size", reason)
            body.feed(piece)
        headers = response.headers
        return Fetched(
            status=response.status_code,
            url=str(response.url),
            body=body.finish(),
            content_type=headers.get("content-type"),
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            moved_to=None,
            wire_bytes=wire_bytes,
        )

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            context = httpx.create_ssl_context()
            self._client = httpx.AsyncClient(
                transport=AiohttpTransport(verify=context, client=lambda: _session(context, self._settings)),
                headers={"User-Agent": user_agent(self._settings.contact), "Accept": ACCEPT, "Accept-Encoding": ACCEPT_ENCODING},
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                trust_env=False,
                # The deadline of the whole visit is ours; see _visit.
                timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            )
        return self._client


class _RefusedError(OSError):
    """Raised where a socket would be made, as the kind of error that the connector carries to us."""

    def __init__(self, address: str) -> None:
        super().__init__(f"address {address} refused")
        self.address = address


def _session(context: Any, settings: PollerSettings) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        ssl=context,
        limit=0,  # Admission counts
        ttl_dns_cache=DNS_CACHE_SECONDS,
        socket_factory=_guard(settings.allow_networks),
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)


def _guard(allowed: tuple[IPv4Network | IPv6Network, ...]) -> Callable[[Any], socket.socket]:
    """A socket maker that looks at the resolved address it is about to dial: for names, literals and every redirect alike."""

    def make(info: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _, address = info
        if not is_ours_to_call(str(address[0]), allowed):
            raise _RefusedError(str(address[0]))
        return socket.socket(family, kind, protocol)

    return make


def is_ours_to_call(address: str, allowed: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """Whether an address is public, or in a network that was allowed by name. IPv4 inside IPv6 is judged as IPv4."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    if any(ip in network for network in allowed):
        return True
    return ip.is_global and not ip.is_multicast


def _checked(url: str) -> httpx.URL:
    """The address, which must be http or https with a host."""
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise FetchError("url", "the address cannot be read") from None
    if address.scheme not in _PORTS:
        raise FetchError("url", f"addresses with {address.scheme[:20] or 'no scheme'} are not fetched; only http and https are")
    if not address.host:
        raise FetchError("url", "the address names no host")
    return address.copy_with(fragment=None)


def _host_and_port(url: httpx.URL) -> str:
    return f"{url.host}:{url.port or _PORTS[url.scheme]}"


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
    (aiohttp.ClientConnectorDNSError, "dns", "the host's name cannot be resolved"),
    (aiohttp.ClientSSLError, "tls", "no trusted connection to the host"),
    (aiohttp.ServerTimeoutError, "timeout", "the host stopped answering"),
    (aiohttp.ClientConnectorError, "connect", "no connection to the host"),
    ((aiohttp.InvalidURL, httpx.InvalidURL), "url", "the address cannot be read"),
    ((aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, OSError), "read", "the host broke the answer off"),
)
