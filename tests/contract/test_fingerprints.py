"""The fingerprint is what schemas/examples/fingerprint.md says: its examples, and its words followed step by step without numpy."""

from __future__ import annotations

import json
import re
import struct
import unicodedata
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest
import xxhash
from contract_files import SCHEMAS
from hypothesis import example, given
from hypothesis import strategies as st

from dateline.enricher.fingerprint import fingerprint_of
from examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dateline.events import Fingerprint

DOCUMENT = (SCHEMAS / "examples" / "fingerprint.md").read_text()
EXAMPLES = json.loads(re.search(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)[1])
MASK = (1 << 64) - 1
BASE, P, Q, R = 0x9E3779B97F4A7C15, 0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B
BLOCKS = [
    tuple(int(end, 16) for end in block.split("–"))
    for block in re.search(r"The scripts are the blocks\n(.*?)\.\n", DOCUMENT, re.DOTALL)[1].replace("\n", " ").split(", ")
]


def unpacked(sketch: str) -> list[int]:
    data = b64decode(sketch)
    return list(struct.unpack(f"<{len(data) // 4}I", data))


def told(fingerprint: Fingerprint) -> dict[str, object]:
    return {
        "content_hash": fingerprint.content_hash,
        "title_hash": fingerprint.title_hash,
        "sketch": unpacked(fingerprint.sketch),
        "numbers": unpacked(fingerprint.numbers),
        "shingles": fingerprint.shingles,
    }


# ── the document's words ─────────────────────────────────────────────────────────────────────────────────────────────


def normalized(text: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKC", text).casefold() if not invisible(character))


def invisible(character: str) -> bool:
    code = ord(character)
    return code == 0x640 or 0xFE00 <= code <= 0xFE0F or 0xE0000 <= code <= 0xE0FFF or unicodedata.category(character) == "Cf"


def in_word(character: str) -> bool:
    category = unicodedata.category(character)
    return (category[0] in "LNM" or category == "Cn") and ord(character) < 0x32400 and not 0x1F000 <= ord(character) <= 0x1FBFF


def kind(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd" or not any(first <= ord(character) <= last for first, last in BLOCKS):
        return "word"
    return "mark" if category[0] == "M" else "alone"


def words_of(text: str) -> list[str]:
    return "".join(character if in_word(character) else " " for character in text).split(" ")


def units_of(text: str) -> list[tuple[str, bool]]:
    units: list[tuple[str, bool]] = []
    for word in words_of(text):
        before = "separator"
        for character in word:
            now = kind(character)
            goes_on = (now == "word" and before == "word") or (now == "mark" and before in ("alone", "mark"))
            if goes_on:
                units[-1] = (units[-1][0] + character, units[-1][1])
            else:
                units.append((character, now == "alone"))
            before = now
    return units


def mix(value: int) -> int:
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def unit_hash(unit: str) -> int:
    return mix(sum(ord(character) * pow(BASE, place, 1 << 64) for place, character in enumerate(unit)) & MASK)


def shingles_of(units: list[tuple[str, bool]]) -> Iterable[int]:
    hashes = [unit_hash(unit) for unit, _ in units]
    if len(hashes) == 1:
        yield mix(hashes[0] * P & MASK)
    for place in range(len(hashes) - 1):
        three = units[place][1] and place + 2 < len(hashes)
        yield mix((hashes[place] * P + hashes[place + 1] * Q + (hashes[place + 2] * R if three else 0)) & MASK)


def numbers_of(text: str) -> Iterable[int]:
    plain = "".join(str(unicodedata.decimal(character, character)) if ord(character) < 0x32400 else "x" for character in text)
    for number in re.findall(r"[0-9](?:[.,'’٫٬]?[0-9])*", plain):
        yield unit_hash(re.sub(r"[^0-9]", "", number))


def smallest(hashes: Iterable[int], count: int) -> tuple[list[int], int]:
    different = sorted({value >> 32 for value in hashes})
    return different[:count], len(different)


def words_hash(text: str) -> str:
    return xxhash.xxh3_128_hexdigest(" ".join(word for word in words_of(text) if word).encode())


def followed(headline: str, body: str) -> dict[str, object]:
    """What the document says, a character at a time."""
    text = normalized(body)
    if len(units_of(text)) < 8:
        text = normalized(f"{headline}\n{body}")
    sketch, shingles = smallest(shingles_of(units_of(text)), 128)
    return {
        "content_hash": words_hash(text),
        "title_hash": words_hash(normalized(headline)),
        "sketch": sketch,
        "numbers": smallest(numbers_of(text), 16)[0],
        "shingles": shingles,
    }


# ── held against it ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("given_example", EXAMPLES, ids=lambda case: case["body"][:20] or "empty")
def test_an_example_is_what_the_program_makes_of_its_text(given_example: dict[str, object]) -> None:
    text = {name: given_example.pop(name) for name in ("headline", "body")}
    assert told(fingerprint_of(**text)) == given_example == followed(**text)


PIECES = st.sampled_from(
    [*"aZß1٣,. '’-\n\u00ad\u0640é\u0301人名กิ์ກຂက္ခខ្មひカﾞ़क्ष한😀\ufe0f\U000e0061\ud800", "12", "1,400", "straße ", "naïve ", "ferry "]
)
TEXTS = st.lists(PIECES | st.characters(), max_size=300).map("".join)


@examples(300)
@given(TEXTS, TEXTS)
@example("", "word " * 700)
@example("", "".join(f"{number} and " for number in range(90)))
def test_any_text_has_the_fingerprint_that_the_document_describes(headline: str, body: str) -> None:
    assert told(fingerprint_of(headline, body)) == followed(headline, body)
