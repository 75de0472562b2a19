"""Which encoding a body is in, whatever it says: a ladder from what cannot be wrong to what usually is right."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

# Declared → what is really meant: the superset that browsers use (https://encoding.spec.whatwg.org/#names-and-labels).
# Only codecs named here are ever tried: a body must not choose among Python's others (punycode is quadratic).
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_PLAIN = frozenset(
    (
        *(f"cp{number}" for number in (437, 850, 866, 874, 932, 949, *range(1250, 1259))),
        *(f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
        *("big5hkscs", "gb18030", "euc_jp", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic"),
    )
)
# These hide other letters in ASCII, so that being valid UTF-8 proves nothing.
_STATEFUL = frozenset(("iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_ext", "iso2022_kr", "hz"))
_LAST_RESORT = "cp1252"
# Share of broken characters among those beyond ASCII up to which a text is UTF-8 with mistakes and not something else.
_BROKEN_SHARE = 0.1

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)


class Decoded(NamedTuple):
    """A body as UTF-8 without a byte order mark, and the encoding it was in."""

    body: bytes
    encoding: str
    guessed: bool


def to_utf8(body: bytes, content_type: str | None = None) -> Decoded:
    """The body as UTF-8. A byte order mark or valid UTF-8 wins over every declaration, the header over the document's."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return Decoded(_recode(body[len(mark) :], encoding, "replace"), encoding, guessed=False)
    wide = _wide(body[:4])
    if wide is not None:
        return Decoded(_recode(body, wide, "replace"), wide, guessed=False)
    declared = [codec for codec in (_from_header(content_type), _from_declaration(body)) if codec]
    if not any(codec in _STATEFUL for codec in declared):
        if body.isascii() or _is(body, "utf-8"):
            return Decoded(body, "utf-8", guessed=False)
        mended = _mended_utf8(body)
        if mended is not None:
            return Decoded(mended, "utf-8", guessed=True)
    for codec in declared:
        if _is(body, codec):
            return Decoded(_recode(body, codec, "strict"), codec, guessed=False)
    return Decoded(_recode(body, _LAST_RESORT, "replace"), _LAST_RESORT, guessed=True)


def _wide(start: bytes) -> str | None:
    """UTF-16 without a byte order mark shows in the zero beside the first character (XML 1.0, appendix F)."""
    if len(start) < 2 or start.count(0) != len(start) // 2:  # noqa: PLR2004 - one character
        return None
    return "utf-16-le" if start[1] == 0 else "utf-16-be" if start[0] == 0 else None


def _from_header(content_type: str | None) -> str | None:
    match = _CHARSET.search(content_type) if content_type else None
    return _codec(match[1]) if match else None


def _from_declaration(body: bytes) -> str | None:
    match = _DECLARED.match(body)
    return _codec(match[1].decode()) if match else None


def _codec(name: str) -> str | None:
    """The codec for a declared name, None where it is unknown or says nothing about bytes that are not UTF-8."""
    try:
        known = codecs.lookup(name).name
    except LookupError:
        return None
    meant = _SUPERSETS.get(known, known)
    return meant if meant in _PLAIN or meant in _STATEFUL else None


def _is(body: bytes, codec: str) -> bool:
    try:
        body.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _mended_utf8(body: bytes) -> bytes | None:
    """UTF-8 with a few broken characters replaced; None where it is too broken to be UTF-8."""
    text = body.decode("utf-8", "replace")
    # Every sound character beyond ASCII takes at least one byte more than it has characters.
    sound = len(body) - len(text)
    return text.encode() if text.count("\ufffd") <= sound * _BROKEN_SHARE else None


def _recode(body: bytes, codec: str, errors: str) -> bytes:
    return body if codec == "utf-8" else body.decode(codec, errors).encode("utf-8", "replace")
