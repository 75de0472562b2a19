"""Which registrable domain an address belongs to."""

from __future__ import annotations

from functools import cache, lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

__all__ = ["host_of", "registrable_domain"]


# The addresses of a process's feeds come again with every entry.
_REMEMBERED_ADDRESSES = 10_000


@lru_cache(_REMEMBERED_ADDRESSES)
def host_of(url: str | None) -> str | None:
    """The host of an http(s) address in lower case and ASCII; null for anything else, literal addresses included."""
    try:
        parts = urlsplit(url or "")
        host = (parts.hostname or "").rstrip(".")
        if parts.scheme not in {"http", "https"} or not host or _is_literal(host):
            return None
        return host.encode("idna").decode("ascii").lower()
    except ValueError:
        return None


@lru_cache(_REMEMBERED_ADDRESSES)
def registrable_domain(url: str | None) -> str | None:
    """The domain somebody registered, by the public suffix list with its private part; null where there is none."""
    host = host_of(url)
    return _suffixes().privatesuffix(host) if host else None


def _is_literal(host: str) -> bool:
    if ":" not in host and not host[-1].isdigit():
        return False
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@cache
def _suffixes() -> PublicSuffixList:
    """The list that ships with the library; 30 ms to read, so only when first asked."""
    return PublicSuffixList()
