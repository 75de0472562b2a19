"""A text as the numbers that copies of it share: its normalized form, its units, its shingles. All arithmetic is modulo 2^64.

`schemas/examples/fingerprint.md` says the same for readers in other languages, with examples.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Whole = npt.NDArray[np.uint64]
    Hashes = npt.NDArray[np.uint32]
    Places = npt.NDArray[np.intp]
    Kinds = npt.NDArray[np.uint8]

__all__ = ["Normal", "normal"]

# What a character is to a text: nothing, the end of a word, part of a word, a letter that is a unit alone, or a mark on such a letter.
INVISIBLE, SEPARATOR, WORD, ALONE, MARK = range(5)

# Scripts written without spaces between words: their letters are units. Thai and Lao, Burmese, Khmer, Tai, Kana, Bopomofo, Han, Yi.
_SPACELESS = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x1950, 0x19DF), (0x1A20, 0x1AAF), (0x3005, 0x3007), (0x3040, 0x30FF)),
    *((0x3100, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA48F), (0xA9E0, 0xA9FF)),
    *((0xAA60, 0xAADF), (0xF900, 0xFAFF), (0x20000, 0x323AF)),
)
# Format characters (category Cf), variation selectors, and the stroke that stretches Arabic words: printed or not, the text is the same.
_INVISIBLE_BESIDES = ((0x0640, 0x0640), (0xFE00, 0xFE0F), (0xE0000, 0xE0FFF))
# Pictures and symbols, assigned or not, so that the emoji of a coming year separate as those of this one do.
_PICTURES = (0x1F000, 0x1FBFF)
# Nothing beyond is written in a word; private use is not either.
_END_OF_LETTERS = 0x32400
# A number goes on over one of these if a digit follows: 1,000.50 and 1'000, and as Arabic separates thousands.
_JOINERS = ".,'\u2019\u066b\u066c"
# In the table of digits, beside their values.
_JOINER, _NO_DIGIT = 10, 11
_ZERO, _SPACE = ord("0"), ord(" ")

# Odd numbers without a pattern: the fractions of the golden ratio, of 2^(1/2), 3^(1/2) and 5^(1/2), in 64 bits.
_BASE = 0x9E3779B97F4A7C15
_FACTORS = tuple(np.uint64(number) for number in (0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B))
# The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
_MIX = (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9), np.uint64(27), np.uint64(0x94D049BB133111EB), np.uint64(31))
_UPPER_HALF = np.uint64(32)
# Powers are kept for texts as long as nearly all are, 1 MB; for longer ones they are made and thrown away.
_KEPT_POWERS = 1 << 16


class Units(NamedTuple):
    """The hash of each unit of a text, in its order, and whether it is a letter of a script without spaces."""

    hashes: Whole
    alone: npt.NDArray[np.bool_]

    def shingles(self) -> Hashes:
        """The hashes of its shingles, rising, each once: of each unit with the next, of each letter that is a unit with the next two."""
        hashes, alone = self
        if len(hashes) == 0:
            return _NO_HASHES
        first, second, third = _FACTORS
        if len(hashes) == 1:
            return _distinct(_mixed(hashes * first))
        sums = hashes[:-1] * first + hashes[1:] * second
        if alone.any():
            sums[:-1] += np.where(alone[:-2], hashes[2:] * third, np.uint64(0))
        return _distinct(_mixed(sums))


class Normal(NamedTuple):
    """A text without what copies of it may differ in: code points and what each is to the text."""

    points: Hashes
    kinds: Kinds

    def words(self) -> bytes:
        """The words, joined by one space, in UTF-8."""
        inside = self.kinds > SEPARATOR
        kept = inside.copy()
        kept[1:] |= inside[:-1]
        points = np.where(inside, self.points, _SPACE)[kept]
        return points.astype("<u4").tobytes().decode("utf-32-le").rstrip(" ").encode()

    def units(self) -> Units:
        """Words, and single letters of scripts without spaces."""
        kinds = self.kinds
        inside = np.concatenate((_FALSE, kinds > SEPARATOR, _FALSE))
        if int(kinds.max(initial=0)) <= WORD:
            edges = np.flatnonzero(inside[1:] != inside[:-1])
            places, ends = edges[::2], edges[1::2]
        else:
            starts = np.append(_starts(kinds, np.concatenate((_NOTHING, kinds[:-1]))), _FALSE)
            places, ends = np.flatnonzero(starts), np.flatnonzero(inside[1:-1] & (~inside[2:] | starts[1:])) + 1
        return Units(_hashed(self.points, places, ends), kinds[places] == ALONE)

    def numbers(self) -> Hashes:
        """The hashes of its numbers, rising, each once: their digits in any script, without the points and commas between them."""
        values = _digits().take(self.points)
        places = np.flatnonzero(values < _JOINER)
        if len(places) == 0:
            return _NO_HASHES
        gaps = np.diff(places)
        joined = (gaps == 1) | ((gaps == 2) & (values[places[:-1] + 1] == _JOINER))  # noqa: PLR2004 - one character between
        starts = np.flatnonzero(np.concatenate((_TRUE, ~joined)))
        ends = np.append(starts[1:], len(places))
        return _distinct(_hashed(values[places].astype(np.uint32) + np.uint32(_ZERO), starts, ends))


def normal(text: str) -> Normal:
    """NFKC, case folded, without invisible characters."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    points = np.frombuffer(text.casefold().encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _kinds().take(points)
    if not text.isascii():
        visible = kinds != INVISIBLE
        if not visible.all():
            points, kinds = points[visible], kinds[visible]
    return Normal(points, kinds)


def _starts(kinds: Kinds, before: Kinds) -> npt.NDArray[np.bool_]:
    """Where units start: at each letter that is one; at a word after what is none; at a mark that follows no such letter."""
    of_letter = (before == ALONE) | (before == MARK)
    starts: npt.NDArray[np.bool_] = (kinds == ALONE) | ((kinds == WORD) & (before != WORD)) | ((kinds == MARK) & ~of_letter)
    return starts


def _hashed(points: Hashes, starts: Places, ends: Places) -> Whole:
    """Of each run of code points c0, c1, …: c0 + c1·B + c2·B² + …, mixed; by differences of sums over the whole text."""
    powers, inverses = _powers(len(points))
    sums = np.concatenate((_ZERO_SUM, np.cumsum(points * powers, dtype=np.uint64)))
    return _mixed((sums[ends] - sums[starts]) * inverses[starts])


def _mixed(values: Whole) -> Whole:
    first, factor, second, other, last = _MIX
    values = (values ^ (values >> first)) * factor
    values = (values ^ (values >> second)) * other
    return values ^ (values >> last)


def _distinct(values: Whole) -> Hashes:
    """The upper halves, rising, each once."""
    halves = (values >> _UPPER_HALF).astype(np.uint32)
    halves.sort()
    keep = np.empty(len(halves), np.bool_)
    keep[0] = True
    np.not_equal(halves[1:], halves[:-1], out=keep[1:])
    return halves[keep]


def _powers(count: int) -> tuple[Whole, Whole]:
    """B^0, B^1, … and their inverses, `count` of each."""
    powers, inverses = _kept_powers() if count <= _KEPT_POWERS else _made_powers(count)
    return powers[:count], inverses[:count]


@functools.cache
def _kept_powers() -> tuple[Whole, Whole]:
    return _made_powers(_KEPT_POWERS)


def _made_powers(count: int) -> tuple[Whole, Whole]:
    bases = (_BASE, pow(_BASE, -1, 1 << 64))
    powers, inverses = (np.concatenate((_ONE, np.full(count, base, np.uint64))).cumprod(dtype=np.uint64)[:count] for base in bases)
    return powers, inverses


@functools.cache
def _kinds() -> Kinds:
    """What each code point is to a text."""
    kinds = np.full(0x110000, SEPARATOR, np.uint8)
    kinds[:_END_OF_LETTERS] = [_kind(unicodedata.category(chr(code))) for code in range(_END_OF_LETTERS)]
    for first, last in _SPACELESS:
        run = kinds[first : last + 1]
        letters = [unicodedata.category(chr(code))[0] in "LCN" for code in range(first, last + 1)]
        digits = _digits()[first : last + 1] < _JOINER
        run[(run == WORD) & ~digits] = MARK
        run[(run == MARK) & letters] = ALONE
    kinds[_PICTURES[0] : _PICTURES[1] + 1] = SEPARATOR
    for first, last in _INVISIBLE_BESIDES:
        kinds[first : last + 1] = INVISIBLE
    return kinds


def _kind(category: str) -> int:
    """Of a general category (UAX #44): letters, digits, marks, and what is not assigned yet, since most of that will be letters."""
    if category == "Cf":
        return INVISIBLE
    return WORD if category[0] in "LNM" or category == "Cn" else SEPARATOR


@functools.cache
def _digits() -> Kinds:
    """The value of each decimal digit of any script, and what may join digits."""
    values = np.full(0x110000, _NO_DIGIT, np.uint8)
    values[:_END_OF_LETTERS] = [unicodedata.decimal(chr(code), _NO_DIGIT) for code in range(_END_OF_LETTERS)]
    values[[ord(joiner) for joiner in _JOINERS]] = _JOINER
    return values


_NOTHING = np.array([SEPARATOR], np.uint8)
_NO_HASHES = np.zeros(0, np.uint32)
_TRUE, _FALSE = np.array([True]), np.array([False])
_ZERO_SUM = np.zeros(1, np.uint64)
_ONE = np.ones(1, np.uint64)
