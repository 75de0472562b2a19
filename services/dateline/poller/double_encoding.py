"""Text that was encoded to UTF-8 twice: UTF-8 taken for Windows-1252 or Latin-1 and encoded once more, `Ã¤` for `ä`."""

from __future__ import annotations

import codecs
import re

# The first two bytes of a character, as characters, in UTF-8: [C2-F4] and [80-BF], the latter in Latin-1 or Windows-1252.
_TRACE = re.compile(rb"\xc3[\x82-\xb4](?:\xc2[\x80-\xbf]|\xe2[\x80\x82\x84]|\xc5[\x92-\xbe]|\xc6\x92|\xcb[\x86\x9c])")
# A letter at the end of a word, punctuation behind it and nothing else beyond ASCII reads alike: `MANHÃ…` is no `MANHÅ`. A small letter
# stands right behind a character that was meant (`Ã…rhus`), and hardly ever behind an ellipsis, a dash or a quotation mark.
_PUNCTUATED = re.compile(r"[\x00-\x7f]*+[\u00c2-\u00f4][\u2013\u2014\u2018-\u201e\u2026\u2039\u203a]{1,3}(?![a-z])[\x00-\x7f]*+\Z")
_C1 = range(0x80, 0xA0)
_ERRORS = "dateline-c1"


def has_trace(utf8: bytes) -> bool:
    """Whether any text of a document can have been encoded twice; costs next to nothing."""
    return not utf8.isascii() and _TRACE.search(utf8) is not None


def decoded_once(text: str) -> str:
    """The text as it was before its second encoding; as it stands where it was not encoded twice throughout, or may not have been."""
    if text.isascii() or _PUNCTUATED.match(text):
        return text
    try:
        return text.encode("cp1252", _ERRORS).decode()
    except UnicodeError:
        return text


def _as_itself(error: UnicodeError) -> tuple[bytes, int]:
    """Controls that Windows-1252 leaves undefined stand for their byte, as in browsers (https://encoding.spec.whatwg.org/#windows-1252)."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    if not all(ord(character) in _C1 for character in characters):
        raise error
    return characters.encode("latin-1"), error.end


codecs.register_error(_ERRORS, _as_itself)
