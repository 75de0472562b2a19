"""How much of one text stands in another, by the sketches of their fingerprints (`schemas/examples/fingerprint.md`)."""

from __future__ import annotations

from binascii import Error, a2b_base64
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from dateline.events import Fingerprint

    Hashes = npt.NDArray[np.uint32]

__all__ = ["FILLER", "NUMBER_HASHES", "SKETCH_HASHES", "WHOLE", "Sample", "numbers_agree", "sample_of", "share"]

# The fingerprint's version that is compared here, and its sizes.
VERSION = 2
SKETCH_HASHES = 128
NUMBER_HASHES = 16
# Shares are whole ten-thousandths, so that they are the same on every machine and as they are published.
WHOLE = 10_000
# What stands behind a sketch that is not full.
FILLER = 0xFFFFFFFF
# Three numbers or more agree from this share on: the report that rounds or corrects one goes on as a copy. Of one or two at least one
# must be the same: a template with another figure is another report.
ENOUGH_NUMBERS = 3
NUMBERS_SHARE = 0.66


class Sample(NamedTuple):
    """A fingerprint to compare: hashes of shingles and of numbers, rising, and how many different shingles the text has."""

    hashes: Hashes
    numbers: Hashes
    shingles: int


def sample_of(fingerprint: Fingerprint) -> Sample:
    """What of a fingerprint can be compared. Nothing, if it is of another version or no fingerprint at all."""
    hashes = _hashes(fingerprint.sketch, SKETCH_HASHES)
    if fingerprint.version != VERSION or not len(hashes) or fingerprint.shingles is None or fingerprint.shingles < len(hashes):
        return NOTHING
    # A sketch that is not full has all shingles; more than 2^32 of them do not exist.
    shingles = len(hashes) if len(hashes) < SKETCH_HASHES else min(fingerprint.shingles, FILLER)
    return Sample(hashes, _hashes(fingerprint.numbers, NUMBER_HASHES), shingles)


def share(one: Hashes, other: Hashes) -> int:
    """How much of the smaller text stands in the larger, by their sketches, in ten-thousandths.

    A full sketch says nothing of hashes above its last, so only those are counted that neither is silent about.
    """
    mine, theirs = len(one), len(other)
    if mine == 0 or theirs == 0:
        return 0
    if mine == theirs and one.tobytes() == other.tobytes():
        return WHOLE
    both = np.concatenate((one, other))
    both.sort()
    common = int(np.count_nonzero(both[1:] == both[:-1]))
    if mine == SKETCH_HASHES and (theirs < SKETCH_HASHES or one[-1] < other[-1]):
        theirs = int(other.searchsorted(one[-1], "right"))
    elif theirs == SKETCH_HASHES:
        mine = int(one.searchsorted(other[-1], "right"))
    return common * WHOLE // max(1, min(mine, theirs))


def numbers_agree(one: Hashes, other: Hashes) -> bool:
    """Whether two reports tell of the same numbers, as far as both sketches say."""
    mine, theirs = set(one.tolist()), set(other.tolist())
    if mine == theirs:
        return True
    last = min(int(full[-1]) if len(full) == NUMBER_HASHES else FILLER for full in (one, other))
    smaller = min(sum(number <= last for number in numbers) for numbers in (mine, theirs))
    common = len(mine & theirs)
    return common >= NUMBERS_SHARE * smaller if smaller >= ENOUGH_NUMBERS else common > 0 or smaller == 0


def _hashes(encoded: str | None, most: int) -> Hashes:
    """The hashes of a sketch; none, if it is no sketch."""
    try:
        data = a2b_base64(encoded or "", strict_mode=True)
    except (Error, ValueError):
        return _NO_HASHES
    if len(data) % 4 or len(data) > 4 * most:
        return _NO_HASHES
    hashes = np.frombuffer(data, "<u4")
    return hashes if (hashes[1:] > hashes[:-1]).all() else _NO_HASHES


_NO_HASHES = np.zeros(0, np.uint32)
NOTHING = Sample(_NO_HASHES, _NO_HASHES, 0)
