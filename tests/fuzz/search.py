"""The search: mutate, check, make what was found small, keep it."""

from __future__ import annotations

import random
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .mutations import mutated
from .start import SEEDS, feeds_in
from .target import Broken, TooSlow, check

if TYPE_CHECKING:
    from collections.abc import Iterator

FINDINGS = Path(__file__).parent / "findings"
# What was made from a real feed holds its words: it is shown, and a fixture is written by hand.
ELSEWHERE = Path(tempfile.gettempdir()) / "dateline-fuzz"
# The fallback starts a process, which takes as long as three hundred bodies.
_FALLBACK_EVERY = 1000
_SHRINK_SECONDS = 5.0


class Finding(NamedTuple):
    """A body that broke something, as small as it got; `signature` is the error and where in our code it arose."""

    signature: str
    body: bytes
    invented: bool


class Report(NamedTuple):
    """What a search came to."""

    bodies: int
    read: int
    findings: list[Finding]


def search(seconds: float, seed: int, folder: Path | None = None) -> Report:
    """Break invented feeds, and those of a folder, for so long; every kind of finding is kept once."""
    dice, ends_at = random.Random(seed), time.monotonic() + seconds
    real = feeds_in(folder)
    bodies = read = 0
    found: dict[str, Finding] = {}
    while time.monotonic() < ends_at:
        invented = not real or dice.random() < 0.5
        body = mutated(dice.choice(SEEDS if invented else real), dice, SEEDS)
        bodies += 1
        with_fallback = bodies % _FALLBACK_EVERY == 0
        try:
            read += check(body, with_fallback=with_fallback) is not None
        except Exception as error:  # noqa: BLE001 - that is what we are looking for
            what = signature(error)
            if what not in found:
                small = body if with_fallback else shrunk(body, what)
                found[what] = Finding(what, small, invented)
    return Report(bodies, read, list(found.values()))


def signature(error: BaseException) -> str:
    """What went wrong and in which of our lines."""
    if isinstance(error, Broken | TooSlow):
        return str(error)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "services" in Path(frame.filename).parts]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].name}" if frames else "?"
    return f"{type(error).__name__} in {place}"


def shrunk(body: bytes, wanted: str) -> bytes:
    """The shortest body found in a few seconds that does the same."""
    ends_at, length = time.monotonic() + _SHRINK_SECONDS, max(1, len(body) // 2)
    while length and time.monotonic() < ends_at:
        for shorter in _shorter(body, length):
            if _does(shorter, wanted):
                body = shorter
                break
            if time.monotonic() > ends_at:
                break
        else:
            length //= 2
        length = min(length, len(body))
    return body


def keep(finding: Finding) -> Path:
    """Write a finding where every run replays it, or, where it holds a publisher's words, where nobody commits it."""
    folder = FINDINGS if finding.invented else ELSEWHERE
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(character if character.isalnum() else "-" for character in finding.signature)
    path = folder / f"{name}.bin"
    path.write_bytes(finding.body)
    return path


def _shorter(body: bytes, length: int) -> Iterator[bytes]:
    for start in range(0, len(body), length):
        yield body[:start] + body[start + length :]


def _does(body: bytes, wanted: str) -> bool:
    try:
        check(body)
    except Exception as error:  # noqa: BLE001 - whichever it is, it is compared
        return signature(error) == wanted
    return False
