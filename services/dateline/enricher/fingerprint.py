"""What tells copies of one text from other texts: hashes that anyone can make again (`schemas/examples/fingerprint.md`)."""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING

import xxhash

from dateline.enricher.shingles import normal
from dateline.events import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import numpy.typing as npt

    from dateline.enricher.shingles import Normal
    from dateline.events import Paragraph, Text

__all__ = ["fingerprint", "fingerprint_of"]

# Version of all that follows and of shingles.py: fingerprints compare only within one.
VERSION = 2
# The smallest hashes of a text's shingles are a sample of it that any two texts take alike (Broder 1997). 128 of them tell a
# share of 0.75 to ± 0.04; half as many cost half a point of F1.
SKETCH_HASHES = 128
# As many numbers as a long report has; a text with fewer is compared by all of them.
NUMBER_HASHES = 16
# A body shorter than this ("Read more on our site.") is the same in unrelated articles, so its headline belongs to the text.
TELLING_UNITS = 8


def fingerprint(text: Text, credit_lines: Iterable[Paragraph] = ()) -> Fingerprint:
    """Of the body without its credit lines, and of the headline apart: editors change headlines and credits, and those make no other text.

    A body of fewer than TELLING_UNITS units is read with its headline before it; a headline alone is the text.
    """
    body = _without(text, credit_lines) if text.from_ != "title" else ""
    return fingerprint_of(text.headline or "", body)


def fingerprint_of(headline: str, body: str) -> Fingerprint:
    """Of a headline and a body as they are."""
    title, whole = normal(headline), normal(body)
    units = whole.units()
    if len(units.hashes) < TELLING_UNITS:
        whole = normal(f"{headline}\n{body}")
        units = whole.units()
    shingles, numbers = units.shingles(), whole.numbers()
    return Fingerprint(
        version=VERSION,
        content_hash=_hash(whole),
        title_hash=_hash(title),
        sketch=_encoded(shingles[:SKETCH_HASHES]),
        numbers=_encoded(numbers[:NUMBER_HASHES]),
        shingles=len(shingles),
    )


def _without(text: Text, credit_lines: Iterable[Paragraph]) -> str:
    body = text.body or ""
    for line in sorted(credit_lines, key=lambda line: line.start, reverse=True):
        body = body[: line.start] + body[line.end :]
    return body


def _hash(text: Normal) -> str:
    return xxhash.xxh3_128_hexdigest(text.words())


def _encoded(hashes: npt.NDArray[np.uint32]) -> str:
    return b2a_base64(hashes.astype("<u4").tobytes(), newline=False).decode()
