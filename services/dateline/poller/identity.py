"""What counts as the same publisher, the same link, the same article and the same text.

An article id is made from hashes that the seen ring keeps, so that it can be told from a ring slot alone.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import urlunsplit

from xxhash import xxh3_64_digest, xxh3_128_digest

from dateline.envelope import derived_id
from dateline.links import is_home_page, link_hash, normalize_link, parts_of, scope_of

if TYPE_CHECKING:
    from dateline.events import Entry, Feed

# What links.py says of addresses is part of it.
__all__ = [
    "NOTHING",
    "article_id",
    "content_hash",
    "feed_id",
    "guid_hash",
    "is_absolute",
    "is_global_guid",
    "is_home_page",
    "link_hash",
    "normalize_link",
    "scope_of",
    "secrets_of",
    "shown",
    "text_hash",
    "without_secrets",
]

HASH_BYTES = 8
# No hash: xxh3 gives eight zero bytes once in 2**64.
NOTHING = bytes(HASH_BYTES)

# Names of parameters whose value opens something: a part that is a word for it, or a word that is never anything else.
_SECRET = re.compile(
    r"(?:^|[_.-])(?:key|auth|sig|hmac|pwd|pass|pin|user|login|email|jwt)$|token|secret|passw|apikey|api_key|accesskey|signature|credential|session",
    re.IGNORECASE,
)
# A shorter value stands in innocent text too.
_TELLING_CHARACTERS = 6
# A tag never holds another "<", which keeps this linear on hostile text.
_MARKUP = re.compile(rb"<[^<>]*>")
_SPACE = b" \t\n\r\v\f"
_NO_BREAK_SPACE = "\xa0".encode()
_URI = re.compile(r"(?:[a-z][a-z0-9+.-]*:[^\s]{3,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z", re.IGNORECASE)


# ── publishers ───────────────────────────────────────────────────────────────────────────────────────────────────────


def feed_id(url: str) -> str:
    """Id of a feed, from the address it was added with."""
    return derived_id("feed", normalize_link(url))


# ── links ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def without_secrets(url: str) -> str:
    """An address that may be shown and written: no user, no password, no parameter that opens anything, no reference to one."""
    parts = parts_of(url)
    if parts is None or not (parts.netloc or parts.scheme):
        return url
    kept = [pair for pair in parts.query.split("&") if pair and not _SECRET.search(pair.partition("=")[0]) and "${" not in pair]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "&".join(kept), ""))


def shown(feed: Feed) -> str:
    """A feed as logs and operators see it: its address without secrets, and its id where it is private."""
    return feed.id if feed.private else without_secrets(feed.url)


def secrets_of(url: str) -> tuple[str, ...]:
    """What an address gives away: user, password and the values that `without_secrets` leaves out, where they are long enough to tell."""
    parts = parts_of(url)
    if parts is None:
        return ()
    pairs = (pair.partition("=") for pair in parts.query.split("&"))
    values = [*parts.netloc.rpartition("@")[0].split(":"), *(value for name, _, value in pairs if _SECRET.search(name))]
    return tuple(dict.fromkeys(value for value in values if len(value) >= _TELLING_CHARACTERS and "${" not in value))


def is_absolute(url: str) -> bool:
    """Whether an address names a scheme and a host, as a file's path does not."""
    parts = parts_of(url)
    return parts is not None and bool(parts.scheme and parts.netloc)


# ── articles ─────────────────────────────────────────────────────────────────────────────────────────────────────────


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
