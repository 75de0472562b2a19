"""What addresses say: one spelling for all that lead to the same article, and whose they are."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import idna
from publicsuffixlist import PublicSuffixList
from xxhash import xxh3_64_digest

# RFC 1035 §2.3.4; longer ones are no names, and not worth encoding.
_LONGEST_HOST = 253
_WEB_PORTS = {"http": 80, "https": 443}

# Parameters that say how a reader came, never which article it is.
_TRACKING = re.compile(
    r"utm_.+|at_(?:medium|campaign|custom\d|link_.+|ptr_name|format|bbc_team)|mc_[ce]id|_hs(?:enc|mi)|hsctatracking|mtm_.+|pk_(?:campaign|kwd|source|medium)"
    r"|(?:fb|g|d|ms|y|tw|tt|li_fat_|irc|s)clid|g(?:clsrc|braid)|wbraid|igshi?d?|mkt_tok|_ga|_gl|oly_(?:anon|enc)_id|vero_id|wickedid|xtor",
    re.IGNORECASE,
)
# RFC 3986 §2: what may stand in a path or query as it is, besides percent-encoded bytes.
_ESCAPED_OR_UNSAFE = re.compile(r"%([0-9A-Fa-f]{2})|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_BLANK = re.compile(r"[\t\r\n]+")
# Links as nine in ten are written, with nothing in them to bring into another form but a query to go through.
_ORDINARY_LINK = re.compile(
    r"https?://(?:www\.)?((?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*)((?:/(?![./])[A-Za-z0-9._~!$'()*+,;=:@-]*)*)"
    r"(?:\?([A-Za-z0-9._~!$'()*+,;=:@/?&-]*))?\Z"
)


def scope_of(url: str) -> str:
    """The registrable domain of an address, by the public suffix list with its private part (https://publicsuffix.org).

    A literal address gives host:port, a name without a registrable domain (localhost, a suffix itself) the name, and
    what is no address at all (a file's path) is a scope of its own.
    """
    parts = parts_of(url)
    if parts is None or not parts.hostname:
        return url
    literal = _literal(parts.hostname)
    if literal is not None:
        return f"{_bracketed(literal)}:{parts.port or _WEB_PORTS.get(parts.scheme, 80)}"
    name = _ascii_host(parts.hostname)
    return _suffixes().privatesuffix(name) or name


def is_public_suffix(name: str) -> bool:
    """Whether a name, as scope_of gives it, is one under which anybody may register (co.uk, github.io)."""
    return _suffixes().publicsuffix(name, accept_unknown=False) == name


def normalize_link(url: str) -> str:
    """One spelling for all addresses that lead to the same article; for comparing, not for fetching.

    http and https are one and are left out, as are a port 80 or 443, `www.`, the fragment, tracking parameters and a
    slash at the end of the path. The rest of the query keeps its order. What has no host (urn:, tag:) is only trimmed.
    """
    ordinary = _ORDINARY_LINK.match(url)
    if ordinary is not None:
        query = _without_tracking(ordinary[3]) if ordinary[3] else ""
        return f"//{ordinary[1]}{ordinary[2].rstrip('/')}{query and '?'}{query}"
    trimmed = _BLANK.sub("", url.strip())
    if "//" not in trimmed:
        return trimmed  # there is no host without
    try:
        parts = urlsplit(trimmed)
    except ValueError:
        return trimmed
    authority = _authority(parts.netloc) if parts.scheme in ("", "http", "https") else None
    if authority is None:
        return trimmed
    path = urlsplit(urljoin("http://h/", parts.path)).path if "/." in parts.path else parts.path
    path = _escape(path).rstrip("/")
    return urlunsplit(("", authority, path, _escape(_without_tracking(parts.query)), ""))


def _without_tracking(query: str) -> str:
    return "&".join(pair for pair in query.split("&") if pair and not _TRACKING.fullmatch(pair.partition("=")[0]))


def is_home_page(normalized: str) -> bool:
    """Whether a normalized link names a whole site and not a page of it."""
    parts = parts_of(normalized)
    return parts is not None and bool(parts.netloc) and not parts.path and not parts.query


def link_hash(normalized: str) -> bytes:
    """Eight bytes that stand for a normalized link."""
    return xxh3_64_digest(f"link\n{normalized}".encode(errors="replace"))


def parts_of(url: str) -> SplitResult | None:
    """The parts of an address; None where it has none, such as a wrong IPv6 literal or port."""
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError:
        return None
    return parts


# A feed's links lead to few hosts, and reading one costs more than all the rest of a link.
@lru_cache(maxsize=4096)
def _authority(netloc: str) -> str | None:
    """User, host and port in one spelling; None where there is no host, or no such port."""
    parts = parts_of(f"//{netloc}")
    if parts is None or not parts.hostname:
        return None
    user, at, _ = netloc.rpartition("@")
    literal = _literal(parts.hostname)
    host = _ascii_host(parts.hostname).removeprefix("www.") if literal is None else _bracketed(literal)
    port = "" if parts.port in (None, *_WEB_PORTS.values()) else f":{parts.port}"
    return f"{user}{at}{host}{port}"


def _bracketed(literal: IPv4Address | IPv6Address) -> str:
    return f"[{literal}]" if isinstance(literal, IPv6Address) else str(literal)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _ascii_host(host: str) -> str:
    """Lower case, IDNA 2008 (UTS 46), no dot at the end; what IDNA does not take stays as it is."""
    lowered = host.lower().rstrip(".")
    if lowered.isascii() or len(lowered) > _LONGEST_HOST:
        return lowered
    try:
        return idna.encode(lowered, uts46=True).decode().rstrip(".")
    except (idna.IDNAError, UnicodeError):
        return lowered


def _escape(text: str) -> str:
    """Percent-encoding in its normal form (RFC 3986 §6.2.2): unreserved characters bare, the rest in capitals."""
    return _ESCAPED_OR_UNSAFE.sub(_one_escape, text)


def _one_escape(match: re.Match[str]) -> str:
    digits = match[1]
    if digits is None:
        return "".join(f"%{byte:02X}" for byte in match[0].encode(errors="replace"))
    byte = int(digits, 16)
    return chr(byte) if byte in _UNRESERVED else f"%{byte:02X}"


@cache
def _suffixes() -> PublicSuffixList:
    # Read on first use: it costs 30 ms, which a command that needs no scope should not pay.
    return PublicSuffixList()
