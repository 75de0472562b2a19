"""Words of a text in any script: how we count them and how we compare them."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["count_words", "folded", "normalized_words", "on_one_line", "without_controls"]

# Of a shorter text the distinct characters cost more than they spare.
SHORT_CODE_POINTS = 300
# Kinds of punctuation in a text: a news text has a dozen, a hostile one tens of thousands.
FEW_CHARACTERS = 40


def normalized_words(text: str) -> list[str]:
    """The words as copies of one text share them: NFKC, no case, no punctuation, no invisible characters; CJK by character."""
    if text.isascii():
        return text.encode().translate(_ASCII_WORDS).decode().split()
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    characters = "".join(set(text)) if len(text) > SHORT_CODE_POINTS else None
    if characters is None or _CJK_CHARACTER.search(characters):
        return _WORD.findall(text)
    return _replaced(text, _SEPARATOR.findall(characters), " ").split()


def count_words(text: str) -> int:
    """Words as a person counts them: 10.5, it's and well-known are one each, a dash is none; a CJK character is one."""
    if text.isascii():
        return (b" " + text.encode().translate(_ASCII_LETTERS, _ASCII_PUNCTUATION)).count(b" x")
    characters = "".join(set(text))
    if _CJK_CHARACTER.search(characters):
        text = _CJK_CHARACTER.sub(" x ", text)
    return len(_replaced(text, _PUNCTUATION.findall(characters), "").split())


def on_one_line(text: str) -> str:
    """The text with one space between its words and none around it; most texts are so already, which is a fifth of the work to see."""
    if text.isprintable() and "  " not in text:  # of all white space only the space counts as printable
        return text.strip(" ")
    return " ".join(text.split())


def folded(text: str) -> str:
    """In small letters, and as long as before; the two letters i of Turkish are one."""
    lowered = text.replace("İ", "i").replace("ı", "i").lower()  # noqa: RUF001 - a letter of Turkish
    return lowered if len(lowered) == len(text) else "".join(small if len(small := sign.lower()) == 1 else sign for sign in text)


def without_controls(text: str) -> str:
    """Without what XML and JSON readers refuse, which character references smuggle into HTML."""
    if text.isascii():  # nine tenths quicker
        return text.encode().translate(None, _ASCII_CONTROLS).decode()
    return _CONTROLS.sub("", text)


def _replaced(text: str, characters: Sequence[str], by: str) -> str:
    """The text with something else for some characters; where these are few, one by one is quicker than all at once."""
    if len(characters) > FEW_CHARACTERS:
        return text.translate({ord(character): by for character in characters})
    for character in characters:
        text = text.replace(character, by)
    return text


def _character_class(categories: frozenset[str]) -> str:
    """The characters of the basic plane whose category starts so, as the inside of a regular expression's class."""
    runs = groupby(range(0x10000), key=lambda code: unicodedata.category(chr(code))[0] in categories)
    bounds = ((run[0], run[-1]) for chosen, codes in runs if chosen and (run := list(codes)))
    return "".join(rf"\u{first:04x}-\u{last:04x}" for first, last in bounds)


def _invisible_class() -> str:
    """Characters of category Cf: zero-width ones, soft hyphens, direction marks."""
    return re.escape("".join(chr(code) for code in range(0x10000) if unicodedata.category(chr(code)) == "Cf"))


# Written without spaces between words, so that a character counts as one: Han and Kana (not Hangul).
_CJK = "\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_SYMBOLS_BEYOND_THE_BASIC_PLANE = "\U0001f000-\U0001fbff\U000e0000-\U0010ffff"
# General categories (UAX #44) that end a word; letters, digits and the marks that Indic scripts write inside words do not.
_SEPARATING = frozenset("PSZC")
# `re` makes one bitmap of this class, so it is as fast as \w, which breaks Indic words.
_SEPARATORS = _character_class(_SEPARATING) + _SYMBOLS_BEYOND_THE_BASIC_PLANE

_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_WORD = re.compile(f"[{_CJK}]|[^{_SEPARATORS}{_CJK}]+")
_SEPARATOR = re.compile(f"[{_SEPARATORS}]")
_PUNCTUATION = re.compile(r"[^\w\s]")
# The same for ASCII alone, which `bytes.translate` does in a fraction of the time.
_ASCII = "".join(map(chr, range(128)))
_ASCII_PUNCTUATION = "".join(_PUNCTUATION.findall(_ASCII)).encode()
_ASCII_WORDS = "".join(char.lower() if char.isalnum() else " " for char in _ASCII).encode().ljust(256)
_ASCII_LETTERS = "".join(" " if char.isspace() else "x" for char in _ASCII).encode().ljust(256)
# Noncharacters (Unicode §23.7) mean nothing outside a program.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_ASCII_CONTROLS = "".join(_CONTROLS.findall(_ASCII)).encode()
_INVISIBLE = re.compile(f"[{_invisible_class()}]")
