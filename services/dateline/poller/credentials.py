"""Secrets that open feeds: kept by reference in a feed's record, put in where it is called, taken out of what comes back.

A feed's address names a secret as `${NAME}`, in the place of user or password (`https://${NAME}@host/…`), in its path or in
its query (`?token=${NAME}`); a header's value may name some too (`Authorization: Bearer ${NAME}`).
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from dateline.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_REFERENCE = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]{0,63})\}")
_OPENING = "${"
# A shorter value stands in innocent text too, and would be taken out of it.
_TELLING_CHARACTERS = 6
# What XML without a document type knows by name, and what JSON escapes with a backslash beside its numbers.
_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_ESCAPED_IN_JSON = frozenset('"/\\')
# latin-1 stands for windows-1252 and its like; letters beyond it come as entities in those.
_CODECS = ("utf-8", "latin-1")
# RFC 9110 §5.6.2.
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What the request says of itself, of us and of what we have; a feed's record does not change it.
_OURS = frozenset(
    (
        "accept-encoding",
        "connection",
        "content-length",
        "host",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    )
)
_CONDITIONS = frozenset(("if-modified-since", "if-none-match"))


class Request(NamedTuple):
    """A feed's address and headers with their secrets put in. `values` maps each reference to its value, for `masked`."""

    url: str
    headers: dict[str, str]
    values: tuple[tuple[str, str], ...] = ()

    def masked(self, url: str) -> str:
        """An address with references in the place of values, as they stand or percent-encoded; in its path and query alone."""
        if not self.values:
            return url
        parts = urlsplit(url)
        path, query = parts.path, parts.query
        for reference, value in self.values:
            written = re.compile(_spellings(value))
            path, query = (reference.join(written.split(text)) for text in (path, query))
        return urlunsplit(parts._replace(path=path, query=query))

    def without_values(self, body: bytes) -> bytes:
        """A publisher's body without the values, which some write into every link; however addresses, markup and JSON spell them."""
        # A body in UTF-16 has a zero in nearly every other byte, and one in UTF-8 has none.
        codecs = _CODECS if b"\0" not in body else (*_CODECS, "utf-16-le", "utf-16-be")
        for _, value in self.values:
            if len(value) >= _TELLING_CHARACTERS:
                for pattern in {spelt for codec in codecs if (spelt := _encoded_spellings(value, codec)) is not None}:
                    body = re.sub(pattern, b"", body)
        return body


def resolve(url: str, secrets: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Request:
    """Put secrets (by name in capitals) into a feed's address and headers.

    User and password leave the address and become an Authorization header (RFC 7617), which a header given by that name
    goes before. FetchError of kind `secret` names a secret that is missing or that a header cannot carry, and a reference
    that stands where none may; of kind `header` a header that is not the feed's to set, or that cannot be sent. No sentence
    holds a value.
    """
    if not headers and not any(sign in url for sign in (_OPENING, "@", "#")):
        return Request(url, {})  # as nearly all are: nothing to put in and nothing to leave out
    parts = _split(url)
    user, at, host = parts.netloc.rpartition("@")
    if _OPENING in parts.scheme + host:
        raise FetchError("secret", "a reference to a secret stands for user, password, path or query, never for a host")
    used: dict[str, str] = {}

    def look_up(match: re.Match[str]) -> str:
        used[match[0]] = value = _secret(match[1], secrets)
        return value

    sent = {"Authorization": _basic(user, look_up)} if at else {}
    for name, value in (headers or {}).items():
        sent = {key: kept for key, kept in sent.items() if key.lower() != name.lower()} | {_header_name(name): _filled(value, look_up)}
    path, query = (_filled(text, lambda match: quote(look_up(match), safe="")) for text in (parts.path, parts.query))
    for name, value in sent.items():
        if _CONTROL.search(value):
            raise FetchError("secret", f"the value of the header {name} has a control character; write its secret on one line")
        if not value.isascii():
            raise FetchError("header", f"the value of the header {name} has letters that no header carries; write it in ASCII")
    return Request(urlunsplit((parts.scheme, host, path, query, "")), sent, tuple(used.items()))


def neutral(url: str) -> str:
    """An address that a publisher gave, in which nothing reads as a reference to a secret."""
    return url.replace(_OPENING, "$%7B")


def references_in_path(url: str) -> tuple[str, ...]:
    """References in an address's path, which every relative link of its document takes over."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ()
    return tuple(dict.fromkeys(match[0] for match in _REFERENCE.finditer(path)))


def leads_through(url: str | None, references: tuple[str, ...]) -> bool:
    """Whether an address holds one of these references."""
    return url is not None and any(reference in url for reference in references)


# ── how values are written ───────────────────────────────────────────────────────────────────────────────────────────


def _encoded_spellings(value: str, codec: str) -> bytes | None:
    """The pattern for bodies in an encoding; None where it has no such letters."""
    try:
        return _spellings(value, lambda text: re.escape(text.encode(codec)).decode("latin-1")).encode("latin-1")
    except UnicodeEncodeError:
        return None


def _spellings(value: str, literal: Callable[[str], str] = re.escape) -> str:
    """A pattern for every way to write a value; `literal` gives the pattern of what stands as it is, at the least ASCII."""
    return "".join(f"(?:{'|'.join(_of_character(character, literal))})" for character in value)


def _of_character(character: str, literal: Callable[[str], str]) -> Iterator[str]:
    """As it is, percent-encoded, as an entity and escaped as in JSON; also one in the other, as in the HTML that feeds carry.

    Each begins with a letter that is known, by which the search goes on faster, and repeats are bounded, as a body may be hostile.
    """
    yield literal(character)
    if character == " ":
        yield literal("+")
    yield "".join(f"{literal('%')}{_few(literal('25'))}(?i:{literal(f'{byte:02x}')})" for byte in character.encode(errors="replace"))
    for mark, name in (("#", f"{ord(character)}"), ("#x", f"{ord(character):x}"), ("", _NAMED.get(character, ""))):
        zeros = _few(literal("0")) if mark else ""
        if name:
            yield f"{literal('&')}{_few(literal('amp;'))}(?i:{literal(mark)}{zeros}{literal(name)}){literal(';')}"
    backslashes = literal("\\") + _few(literal("\\"))
    if character in _ESCAPED_IN_JSON:
        yield backslashes + literal(character)
    units = character.encode("utf-16-be", "surrogatepass").hex()
    yield "".join(f"{backslashes}(?i:{literal('u' + units[at : at + 4])})" for at in range(0, len(units), 4))


def _few(pattern: str) -> str:
    return f"(?:{pattern}){{0,5}}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise FetchError("url", "the address cannot be read") from None
    return parts


def _secret(name: str, secrets: Mapping[str, str]) -> str:
    value = secrets.get(name.upper())
    if not value:
        where = f"set DATELINE_FEED_SECRET_{name.upper()}, or write dateline_feed_secret_{name.lower()} into DATELINE_SECRETS_DIR"
        raise FetchError("secret", f"the secret {name} is missing; {where}")
    return value


def _filled(text: str, look_up: Callable[[re.Match[str]], str]) -> str:
    if _OPENING in _REFERENCE.sub("", text):
        raise FetchError("secret", "a reference to a secret is written ${NAME}, with letters, digits and _")
    return _REFERENCE.sub(look_up, text)


def _basic(user: str, look_up: Callable[[re.Match[str]], str]) -> str:
    """Basic credentials; a secret may hold both as `user:password`, and is taken as it is, where the rest is percent-encoded."""
    name, _, password = user.partition(":")
    pair = ":".join(_credential(part, look_up) for part in (name, password)) if password else _credential(name, look_up)
    return "Basic " + b64encode((pair if ":" in pair else pair + ":").encode()).decode()


def _credential(text: str, look_up: Callable[[re.Match[str]], str]) -> str:
    return _filled(text, look_up) if _OPENING in text else unquote(text)


def _header_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS | _CONDITIONS:
        raise FetchError("header", f"a feed may not set the header {name[:40]!a}; take it out of the feed's headers")
    return name
