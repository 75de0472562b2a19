"""What counts as the same publisher, the same link, the same article and the same text.

An article id is made from hashes that the seen ring keeps, so that it can be told from a ring slot alone.
"""

from __future__ import annotations

import html
import re
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import idna
from publicsuffixlist import PublicSuffixList
from xxhash import xxh3_64_digest, xxh3_128_digest

from dateline.envelope import derived_id

if TYPE_CHECKING:
    from dateline.events import Entry, Feed

HASH_BYTES = 8
# No hash: xxh3 gives eight zero bytes once in 2**64.
NOTHING = bytes(HASH_BYTES)

# RFC 1035 §2.3.4; longer ones are no names, and not worth encoding.
_LONGEST_HOST = 253
_WEB_PORTS = {"http": 80, "https": 443}

# Parameters that say how a reader came, never which article it is.
_TRACKING = re.compile(
    r"utm_.+|at_(?:medium|campaign|custom\d|link_.+|ptr_name|format|bbc_team)|mc_[ce]id|_hs(?:enc|mi)|hsctatracking|mtm_.+|pk_(?:campaign|kwd|source|medium)"
    r"|(?:fb|g|d|ms|y|tw|tt|li_fat_|irc|s)clid|g(?:clsrc|braid)|wbraid|igshi?d?|mkt_tok|_ga|_gl|oly_(?:anon|enc)_id|vero_id|wickedid|xtor",
    re.IGNORECASE,
)
# Names of parameters whose value opens something: a part that is a word for it, or a word that is never anything else.
_SECRET = re.compile(
    r"(?:^|[_.-])(?:key|auth|sig|hmac|pwd|pass|pin|user|login|email|jwt)$|token|secret|passw|apikey|api_key|accesskey|signature|credential|session",
    re.IGNORECASE,
)
# A shorter value stands in innocent text too.
_TELLING_CHARACTERS = 6
# RFC 3986 §2: what may stand in a path or query as it is, besides percent-encoded bytes.
_ESCAPED_OR_UNSAFE = re.compile(r"%([0-9A-Fa-f]{2})|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_BLANK = re.compile(r"[\t\r\n]+")
# A tag never holds another "<", which keeps this linear on hostile text.
_MARKUP = re.compile(rb"<[^<>]*>")
_SPACE = b" \t\n\r\v\f"
_NO_BREAK_SPACE = "\xa0".encode()
# Links as nine in ten are written, with nothing in them to bring into another form but a query to go through.
_ORDINARY_LINK = re.compile(
    r"https?://(?:www\.)?((?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*)((?:/(?![./])[A-Za-z0-9._~!$'()*+,;=:@-]*)*)"
    r"(?:\?([A-Za-z0-9._~!$'()*+,;=:@/?&-]*))?\Z"
)
_URI = re.compile(r"(?:[a-z][a-z0-9+.-]*:[^\s]{3,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z", re.IGNORECASE)


# ── publishers ───────────────────────────────────────────────────────────────────────────────────────────────────────


def scope_of(url: str) -> str:
    """The registrable domain of an address, by the public suffix list with its private part (https://publicsuffix.org).

    A literal address gives host:port, a name without a registrable domain (localhost, a suffix itself) the name, and
    what is no address at all (a file's path) is a scope of its own.
    """
    parts = _split(url)
    if parts is None or not parts.hostname:
        return url
    literal = _literal(parts.hostname)
    if literal is not None:
        return f"{_bracketed(literal)}:{parts.port or _WEB_PORTS.get(parts.scheme, 80)}"
    name = _ascii_host(parts.hostname)
    return _suffixes().privatesuffix(name) or name


def feed_id(url: str) -> str:
    """Id of a feed, from the address it was added with."""
    return derived_id("feed", normalize_link(url))


# ── links ────────────────────────────────────────────────────────────────────────────────────────────────────────────


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


def without_secrets(url: str) -> str:
    """An address that may be shown and written: no user, no password, no parameter that opens anything, no reference to one."""
    parts = _split(url)
    if parts is None or not (parts.netloc or parts.scheme):
        return url
    kept = [pair for pair in parts.query.split("&") if pair and not _SECRET.search(pair.partition("=")[0]) and "${" not in pair]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "&".join(kept), ""))


def shown(feed: Feed) -> str:
    """A feed as logs and operators see it: its address without secrets, and its id where it is private."""
    return feed.id if feed.private else without_secrets(feed.url)


def secrets_of(url: str) -> tuple[str, ...]:
    """What an address gives away: user, password and the values that `without_secrets` leaves out, where they are long enough to tell."""
    parts = _split(url)
    if parts is None:
        return ()
    pairs = (pair.partition("=") for pair in parts.query.split("&"))
    values = [*parts.netloc.rpartition("@")[0].split(":"), *(value for name, _, value in pairs if _SECRET.search(name))]
    return tuple(dict.fromkeys(value for value in values if len(value) >= _TELLING_CHARACTERS and "${" not in value))


def is_absolute(url: str) -> bool:
    """Whether an address names a scheme and a host, as a file's path does not."""
    parts = _split(url)
    return parts is not None and bool(parts.scheme and parts.netloc)


def is_home_page(normalized: str) -> bool:
    """Whether a normalized link names a whole site and not a page of it."""
    parts = _split(normalized)
    return parts is not None and bool(parts.netloc) and not parts.path and not parts.query


# ── articles ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def link_hash(normalized: str) -> bytes:
    """Eight bytes that stand for a normalized link."""
    return _hash("link", normalized)


def guid_hash(guid: str) -> bytes:
    """Eight bytes that stand for a guid; guids that differ only in scheme, `www.` or tracking parameters are equal.

    A fragment counts, as it does not in a link: comments and notes on one page are told apart by nothing else.
    """
    normalized = normalize_link(guid)
    fragment = guid.partition("#")[2].strip()
    return _hash("guid", normalized, "" if "#" in normalized else fragment)


def text_hash(*texts: str | None) -> bytes:
    """Eight bytes that stand for an entry whose guid does not: for what it says."""
    return _hash("text", *(text or "" for text in texts))


def is_global_guid(guid: str) -> bool:
    """Whether a guid means the same in every feed: a URI or a UUID, where a bare number is each feed's own."""
    return _URI.match(guid) is not None


def article_id(scope: str, feed: str, *, guid: bytes, link: bytes) -> str:
    """Id of an article from what a ring slot keeps: by its link within the scope, else by its guid within the feed."""
    if link != NOTHING:
        return derived_id("link", scope, link.hex())
    return derived_id("guid", feed, guid.hex())


def content_hash(entry: Entry) -> bytes:
    """Sixteen bytes over title and text; markup, white space and dates do not count."""
    text = f"{entry.title or ''}\x00{entry.content or entry.summary or ''}"
    plain = text.encode(errors="replace")
    if b"<" in plain:
        plain = b"".join(_MARKUP.split(plain))
    if b"&" in plain:
        plain = html.unescape(plain.decode()).encode(errors="replace")
    plain = plain.translate(None, _SPACE)
    return xxh3_128_digest(plain if plain.isascii() else plain.replace(_NO_BREAK_SPACE, b""))


# ── helpers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _hash(*parts: str) -> bytes:
    return xxh3_64_digest("\n".join(parts).encode(errors="replace"))


def _split(url: str) -> SplitResult | None:
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
    parts = _split(f"//{netloc}")
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
