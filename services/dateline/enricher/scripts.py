"""The script a text is written in, by its letters (ISO 15924), and a text as detectors can read it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import category

from dateline.enricher.words import on_one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Sample", "chinese_script", "sample_of", "without_addresses"]

# Japanese has a Kana in every few characters; a Chinese text may quote one.
LEAST_KANA_SHARE = 0.05
# How many letters of English say as much as one character of these scripts.
WEIGHTS = {"Hani": 3, "Jpan": 3, "Kore": 2, "Yiii": 3, "Ethi": 2}
# Of a text longer than this every second letter is counted.
COUNTED_CODE_POINTS = 500


class Sample(NamedTuple):
    """A printable piece of text, how many letters it has and the script of most of them.

    A Chinese character counts as three letters; of a long text half of the letters are counted.
    """

    text: str
    letters: int
    script: str | None
    # Of the letters, how many are in the script that comes second.
    second_share: float


def sample_of(text: str) -> Sample:
    """The text as detectors can read it, and what its letters say."""
    words = without_addresses(text)
    counted = words if len(words) <= COUNTED_CODE_POINTS else words[::2]
    if counted.isascii():  # the same in a twentieth of the time
        letters = len(counted.encode().translate(None, _NO_LETTERS))
        return Sample(words, letters, "Latn" if letters else None, 0.0)
    scripts: Counter[str] = Counter()
    for char, times in Counter(counted).items():
        if script := _script_of(char):
            scripts[script] += times * WEIGHTS.get(script, 1)
    return Sample(words, scripts.total(), _dominant(scripts), _second_share(scripts))


def without_addresses(text: str) -> str:
    """The text on one line without what is not printable, since detectors refuse it, and addresses, which are in no language."""
    text = on_one_line(text)
    if not text.isprintable():
        text = " ".join(text.translate({ord(char): " " for char in set(text) if not char.isprintable()}).split())
    return " ".join(_ADDRESS.sub(" ", text).split()) if any(mark in text for mark in _ADDRESS_MARKS) else text


def chinese_script(text: str) -> str | None:
    """Hans or Hant by the characters that only one of them has; null when they say nothing."""
    simplified, traditional = _exclusive_characters()
    balance = sum((char in simplified) - (char in traditional) for char in text)
    if balance == 0:
        return None
    return "Hans" if balance > 0 else "Hant"


@cache
def _exclusive_characters() -> tuple[frozenset[str], frozenset[str]]:
    """The simplified and the traditional characters that the other script lacks.

    The national standards know: GB 2312 has the simplified forms, Big5 the traditional ones.
    """
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    in_simplified = {char for char in han if _encodes(char, "gb2312")}
    in_traditional = {char for char in han if _encodes(char, "big5")}
    return frozenset(in_simplified - in_traditional), frozenset(in_traditional - in_simplified)


def _second_share(scripts: Mapping[str, int]) -> float:
    """How much of the letters is in the second script; Han and Kana are one, and Hangul with them."""
    joined: Counter[str] = Counter()
    for script, count in scripts.items():
        joined["Hani" if script in _EAST_ASIAN else script] += count
    ranked = joined.most_common(2)
    return ranked[1][1] / joined.total() if len(ranked) > 1 else 0.0


def _dominant(scripts: Mapping[str, int]) -> str | None:
    if not scripts:
        return None
    kana = scripts.get("Jpan", 0)
    east_asian = kana + scripts.get("Hani", 0)
    others = {script: count for script, count in scripts.items() if script not in {"Jpan", "Hani"}}
    most = max(others, key=lambda script: others[script], default=None)
    if most is not None and others[most] > east_asian:
        return most
    return "Jpan" if kana >= LEAST_KANA_SHARE * east_asian and kana else "Hani"


# Twice as many characters as any news is written with.
@lru_cache(16_384)
def _script_of(char: str) -> str | None:
    """The script of a letter or vowel sign; null for anything else."""
    if not char.isalpha() and category(char) not in _VOWEL_SIGNS:
        return None
    if char < "\u0250":
        return "Latn"
    code = ord(char)
    _, last, script = _RANGES[bisect_right(_STARTS, code) - 1]
    return script if code <= last else ("Zyyy" if char.isalpha() else None)


def _encodes(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


# Web and e-mail addresses and the names of accounts; each piece is bounded, so that no text is read twice.
_ADDRESS_MARKS = ("://", "www.", "@")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S{0,64}@\S+", re.IGNORECASE)
# Indic and Burmese vowels are marks (Unicode general category), and as much of a word as letters.
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
_VOWEL_SIGNS = frozenset({"Mc", "Mn"})
_EAST_ASIAN = frozenset({"Hani", "Jpan", "Kore"})

# Blocks of the letters in which news is written, in order (Unicode, Scripts.txt, joined over gaps).
_RANGES = (
    *((0x0000, 0x02AF, "Latn"), (0x0370, 0x03FF, "Grek"), (0x0400, 0x052F, "Cyrl"), (0x0531, 0x058F, "Armn")),
    *((0x0590, 0x05FF, "Hebr"), (0x0600, 0x06FF, "Arab"), (0x0700, 0x074F, "Syrc"), (0x0750, 0x077F, "Arab")),
    *((0x0780, 0x07BF, "Thaa"), (0x07C0, 0x07FF, "Nkoo"), (0x0870, 0x08FF, "Arab"), (0x0900, 0x097F, "Deva")),
    *((0x0980, 0x09FF, "Beng"), (0x0A00, 0x0A7F, "Guru"), (0x0A80, 0x0AFF, "Gujr"), (0x0B00, 0x0B7F, "Orya")),
    *((0x0B80, 0x0BFF, "Taml"), (0x0C00, 0x0C7F, "Telu"), (0x0C80, 0x0CFF, "Knda"), (0x0D00, 0x0D7F, "Mlym")),
    *((0x0D80, 0x0DFF, "Sinh"), (0x0E00, 0x0E7F, "Thai"), (0x0E80, 0x0EFF, "Laoo"), (0x0F00, 0x0FFF, "Tibt")),
    *((0x1000, 0x109F, "Mymr"), (0x10A0, 0x10FF, "Geor"), (0x1100, 0x11FF, "Kore"), (0x1200, 0x139F, "Ethi")),
    *((0x13A0, 0x13FF, "Cher"), (0x1400, 0x167F, "Cans"), (0x1780, 0x17FF, "Khmr"), (0x1800, 0x18AF, "Mong")),
    *((0x1C50, 0x1C7F, "Olck"), (0x1C80, 0x1C8F, "Cyrl"), (0x1C90, 0x1CBF, "Geor"), (0x1D00, 0x1D25, "Latn")),
    *((0x1E00, 0x1EFF, "Latn"), (0x1F00, 0x1FFF, "Grek"), (0x2C60, 0x2C7F, "Latn"), (0x2D00, 0x2D2F, "Geor")),
    *((0x2D30, 0x2D7F, "Tfng"), (0x2D80, 0x2DDF, "Ethi"), (0x2DE0, 0x2DFF, "Cyrl"), (0x3005, 0x3007, "Hani")),
    *((0x3041, 0x30FF, "Jpan"), (0x3130, 0x318F, "Kore"), (0x31F0, 0x31FF, "Jpan"), (0x3400, 0x4DBF, "Hani")),
    *((0x4E00, 0x9FFF, "Hani"), (0xA000, 0xA4CF, "Yiii"), (0xA640, 0xA69F, "Cyrl"), (0xA720, 0xA7FF, "Latn")),
    *((0xA8E0, 0xA8FF, "Deva"), (0xA9E0, 0xA9FF, "Mymr"), (0xAA60, 0xAA7F, "Mymr"), (0xAB30, 0xAB6F, "Latn")),
    *((0xABC0, 0xABFF, "Mtei"), (0xAC00, 0xD7FF, "Kore"), (0xF900, 0xFAFF, "Hani"), (0xFB00, 0xFB06, "Latn")),
    *((0xFB1D, 0xFB4F, "Hebr"), (0xFB50, 0xFDFF, "Arab"), (0xFE70, 0xFEFC, "Arab"), (0xFF21, 0xFF5A, "Latn")),
    *((0xFF66, 0xFF9F, "Jpan"), (0x1E900, 0x1E95F, "Adlm"), (0x20000, 0x323AF, "Hani")),
)
_STARTS = [first for first, _, _ in _RANGES]
