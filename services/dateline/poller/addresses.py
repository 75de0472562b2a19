"""Which addresses are ours to call: by scheme, port and spelling before a look-up, by number where a socket is made."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

import httpx

from dateline.errors import AddressRefused, FetchError

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

WEB_PORTS = {"http": 80, "https": 443}
# Below are the ports that only a machine's administrator opens (mail, terminals, files): what answers there is no feed, and a
# request that reaches it may still do something. Publishers do run servers of their own on 8080 and the like.
FIRST_OPEN_PORT = 1024
_LAST_PORT = 65_535

# A name as DNS carries it, with the underscores that some hosts have; no percent signs, blanks or empty labels.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")
# The WHATWG URL standard takes a host whose last label is a number for an IPv4 address, as C libraries do: 2130706433, 0x7f.1.
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
# RFC 6761 §6.3 and RFC 6762 §3: names of this machine and of its network, whatever a resolver says.
_LOCAL_NAME = re.compile(r"(?:.+\.)?(?:localhost|local)", re.IGNORECASE)

# IANA has given out no other part of IPv6 for hosts (RFC 4291 §2.4); of that, RFC 9637 keeps a part for documentation.
_IPV6_HOSTS = IPv6Network("2000::/3")
_IPV6_EXAMPLES = IPv6Network("3fff::/20")
# A translator (RFC 6052) calls the IPv4 address in the last four bytes; networks with IPv6 alone reach the old web through it.
_TRANSLATED = IPv6Network("64:ff9b::/96")
# RFC 7526: relays that no longer are.
_RELAYS = IPv4Network("192.88.99.0/24")
_LOOPBACK = ip_address("127.0.0.1")


def address_of(url: str, *, ports: Container[int] = ()) -> httpx.URL:
    """The address to call, in one spelling: http or https, no user, no fragment, no dot at the host's end.

    FetchError says what is wrong with it: kind `url` where it cannot be read or hides a number, `port` where its port is
    below 1024, not its scheme's own and not among `ports`.
    """
    address = _read(url)
    host = address.raw_host.decode("ascii", "replace").removesuffix(".")
    if literal(host) is None:
        _check_name(host)
    _check_port(address, ports)
    if host == address.raw_host.decode("ascii", "replace") and "#" not in url and "@" not in url:
        return address  # as nearly all are: another round of reading would cost a tenth of a visit
    return address.copy_with(host=host, fragment=None, userinfo=b"")


def host_and_port(address: httpx.URL) -> str:
    """What politeness counts by."""
    return f"{address.host}:{port_of(address)}"


def origin_of(address: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port (RFC 6454 §4): what a credential belongs to."""
    return address.scheme, address.host, port_of(address)


def port_of(address: httpx.URL) -> int:
    """The port that would be called."""
    return address.port or WEB_PORTS[address.scheme]


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is in digits; null for a name."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def is_ours_to_call(address: str, allowed: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether an address is public, or in a network that was allowed by name. IPv4 inside IPv6 is judged as IPv4."""
    ip = ip_address(address.partition("%")[0])
    if any(ip in network for network in allowed):
        return True
    if isinstance(ip, IPv6Address):
        inner = _inner(ip)
        if inner is None:
            return ip in _IPV6_HOSTS and ip not in _IPV6_EXAMPLES and ip.is_global
        return is_ours_to_call(str(inner), allowed)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved) and ip not in _RELAYS


def refuse_unresolved(address: httpx.URL, allowed: Sequence[IPv4Network | IPv6Network]) -> None:
    """AddressRefused for an address that can be told to be not public without a look-up, which a proxy would make for us."""
    ip = literal(address.host) or (_LOOPBACK if _LOCAL_NAME.fullmatch(address.host) else None)
    if ip is not None and not is_ours_to_call(str(ip), allowed):
        raise AddressRefused(address.host[:80])


def _read(url: str) -> httpx.URL:
    # Browsers read a backslash as a slash, so that two readers would see two hosts.
    if "\\" in url.partition("://")[2].partition("/")[0]:
        raise FetchError("url", "the address has a backslash in its host")
    try:
        address = httpx.URL(url)
        # Read here, since a name that only claims to be international (xn--a) fails no sooner.
        names_a_host = bool(address.host)
    except (httpx.InvalidURL, ValueError):
        raise FetchError("url", "the address cannot be read") from None
    if address.scheme not in WEB_PORTS:
        raise FetchError("url", f"addresses with {address.scheme[:20] or 'no scheme'} are not fetched; only http and https are")
    if not names_a_host:
        raise FetchError("url", "the address names no host")
    return address


def _check_name(host: str) -> None:
    if not _NAME.fullmatch(host):
        raise FetchError("url", "the address's host is no name")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise FetchError("url", "the address's host is a number in an unusual spelling; write it as 192.0.2.1")


def _check_port(address: httpx.URL, ports: Container[int]) -> None:
    port = address.port
    if port is None or FIRST_OPEN_PORT <= port <= _LAST_PORT or port in ports:
        return
    own = WEB_PORTS[address.scheme]
    reason = f"port {port} is not called: {address.scheme} has {own} and {FIRST_OPEN_PORT} to {_LAST_PORT}"
    raise FetchError("port", f"{reason}; allow more with DATELINE_POLLER__ALLOW_PORTS")


def _inner(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that is called in the end: mapped, by 6to4 or by a translator."""
    if ip in _TRANSLATED:
        return IPv4Address(ip.packed[-4:])
    return ip.ipv4_mapped or ip.sixtofour
