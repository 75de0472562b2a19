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
_ONE_BYTE = frozenset(
    (
        *(f"cp{number}" for number in (437, 850, 866, 874, *range(1250, 1259))),
        *(f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
        *("koi8-r", "koi8-u", "mac-roman", "mac-cyrillic"),
    )
)
_TWO_BYTES = frozenset(("big5hkscs", "cp932", "cp949", "euc_jp", "gb18030"))
# These hide other letters in ASCII, so that being valid UTF-8 proves nothing.
_STATEFUL = frozenset(("iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_ext", "iso2022_kr", "hz"))
_WEB_NAMES = {
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "utf-32-le": "utf-32le",
    "utf-32-be": "utf-32be",
    "cp866": "ibm866",
    "cp874": "windows-874",
    "cp932": "shift_jis",
    "cp949": "euc-kr",
    "euc_jp": "euc-jp",
    "big5hkscs": "big5",
    "mac-roman": "macintosh",
    "mac-cyrillic": "x-mac-cyrillic",
    "iso2022_jp": "iso-2022-jp",
    "iso2022_kr": "iso-2022-kr",
    "hz": "hz-gb-2312",
}
_LAST_RESORT = "cp1252"

_BROKEN = "\N{REPLACEMENT CHARACTER}"
# Share of broken characters among the others beyond ASCII up to which a text is in an encoding with mistakes and not in another one.
_BROKEN_SHARE = 0.1
_ASCII = bytes(range(0x80))
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
# More than this tells statistics nothing new; where the first byte beyond ASCII stands, its text began before.
_TELLING_BYTES, _BEFORE_BYTES = 16 << 10, 200

# The marks of UTF-32 first: one of them begins like a mark of UTF-16.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([A-Za-z0-9._:-]{1,40})\s*[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)


class Decoded(NamedTuple):
    """A body as UTF-8 without a byte order mark, the encoding it was in as the web calls it, and what named that encoding.

    `origin` is `bom`, `zeros` (UTF-16 without a mark), `content` (the bytes are UTF-8, whatever is declared), `header`,
    `declaration`, `statistics` or `default`; `damaged`: some characters could not be read.
    """

    body: bytes
    encoding: str
    origin: str
    damaged: bool = False

    @property
    def guessed(self) -> bool:
        """Whether the text may be wrong: nothing certain named the encoding, or some characters are lost."""
        return self.damaged or self.origin in ("statistics", "default")


def to_utf8(body: bytes, content_type: str | None = None) -> Decoded:
    """The body as UTF-8. What its bytes prove wins over every declaration, and a declaration over statistics."""
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _read(body[len(mark) :], codec, "bom")
    wide = _wide(body[:4])
    if wide is not None:
        return _read(body, wide, "zeros")
    declared = _declared(body, content_type)
    if not any(codec in _STATEFUL for codec, _ in declared):
        if body.isascii() or _is(body, "utf-8"):
            return Decoded(_without_late_mark(body), "utf-8", "content")
        if _is_nearly_utf8(body, declared=_says_utf8(body, content_type)):
            return _read(body, "utf-8", "content")
    # What is sound in any of them comes before what is nearly sound in one.
    for holds in (_is, _is_nearly):
        for codec, origin in declared:
            if holds(body, codec):
                return _read(body, codec, origin)
    return _read(body, *_guess(body))


def hides_letters(body: bytes, content_type: str | None) -> bool:
    """Whether a codec is declared in which being valid UTF-8 proves nothing."""
    return any(codec in _STATEFUL for codec, _ in _declared(body, content_type))


def _read(body: bytes, codec: str, origin: str) -> Decoded:
    text = body.decode(codec, "replace")
    return Decoded(text.encode("utf-8", "replace"), _web_name(codec), origin, damaged=_BROKEN in text)


def _wide(start: bytes) -> str | None:
    """UTF-16 without a byte order mark shows in the zero beside the first character (XML 1.0, appendix F)."""
    if len(start) < 2 or start.count(0) != len(start) // 2:  # noqa: PLR2004 - one character
        return None
    return "utf-16-le" if start[1] == 0 else "utf-16-be" if start[0] == 0 else None


# ── what is declared ─────────────────────────────────────────────────────────────────────────────────────────────────


def _declared(body: bytes, content_type: str | None) -> list[tuple[str, str]]:
    """The codecs that header and document name, the header first: a proxy that changed the encoding says so there.

    Latin-1 in a header comes last: it is what servers say of everything (the default of RFC 2616 §3.7.1).
    """
    header, own = _from_header(content_type), _from_declaration(body)
    declared = [(codec, origin) for codec, origin in ((header, "header"), (own, "declaration")) if codec]
    return declared[::-1] if header == _LAST_RESORT else declared


def _says_utf8(body: bytes, content_type: str | None) -> bool:
    """Whether header or document name UTF-8."""
    header, own = _CHARSET.search(content_type or ""), _DECLARED.match(body)
    return any(_is_utf8(name) for name in (header and header[1], own and own[1].decode()) if name)


def _is_utf8(name: str) -> bool:
    try:
        return codecs.lookup(name).name == "utf-8"
    except LookupError:
        return False


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
    return meant if meant in _ONE_BYTE or meant in _TWO_BYTES or meant in _STATEFUL else None


# ── what the bytes say ───────────────────────────────────────────────────────────────────────────────────────────────


def _is(body: bytes, codec: str) -> bool:
    try:
        body.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _is_nearly_utf8(body: bytes, *, declared: bool) -> bool:
    """Whether all but a few of the characters beyond ASCII are sound: each of those takes more than one byte, which is proof enough.

    Where UTF-8 is declared, one may be broken in any case, as where a text was cut, so long as another one is sound: of a single
    byte beyond ASCII, other encodings tell more.
    """
    text = body.decode("utf-8", "replace")
    broken = text.count(_BROKEN)
    if broken <= (len(body) - len(text)) * _BROKEN_SHARE:
        return True
    ascii_bytes = len(body) - len(body.translate(None, _ASCII))
    sound = len(text) - ascii_bytes - broken
    return declared and broken == 1 and sound > 0


def _is_nearly(body: bytes, codec: str) -> bool:
    """Whether little is broken in a codec that there is reason to believe; one character may be, as where a body was cut."""
    beyond = len(body.translate(None, _ASCII)) // (1 if codec in _ONE_BYTE else 2)
    return body.decode(codec, "replace").count(_BROKEN) <= max(1, beyond * _BROKEN_SHARE)


def _guess(body: bytes) -> tuple[str, str]:
    """By statistics over its bytes, else what most documents are in that say nothing."""
    import chardet  # noqa: PLC0415 - one body in a hundred needs it, and its tables take long to load

    first = _BEYOND_ASCII.search(body)
    start = max(first.start() - _BEFORE_BYTES, 0) if first else 0
    name = chardet.detect(body[start : start + _TELLING_BYTES])["encoding"]
    codec = _codec(name) if name else None
    if codec is None or not _is_nearly(body, codec):
        return _LAST_RESORT, "default"
    # Where a rarer codec reads the same characters, the more common one is what the publisher uses.
    same = body.decode(codec, "replace") == body.decode(_LAST_RESORT, "replace")
    return _LAST_RESORT if same else codec, "statistics"


# ── helpers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _without_late_mark(body: bytes) -> bytes:
    """Without a byte order mark that stands behind blank space, where a script printed an empty line first."""
    return body.lstrip().removeprefix(codecs.BOM_UTF8) if body[:1].isspace() else body


def _web_name(codec: str) -> str:
    """The name of https://encoding.spec.whatwg.org/#names-and-labels in place of Python's."""
    if codec.startswith("cp125"):
        return f"windows-{codec[2:]}"
    return _WEB_NAMES.get(codec, codec.replace("iso8859", "iso-8859"))
