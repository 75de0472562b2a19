"""Feeds broken at random end in a result or in NotAFeed, and so does everything that ever did not."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from .search import FINDINGS, Report, keep, search, shrunk
from .start import SEEDS
from .target import check

# A folder of real feeds to break as well.
FOLDER = os.environ.get("DATELINE_TEST_FEEDS")


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_a_seed_is_sound_or_refused(number: int) -> None:
    entries = check(SEEDS[number])
    assert entries is None or (entries >= 1) != (b"<sitemapindex" in SEEDS[number])


@pytest.mark.parametrize("finding", sorted(FINDINGS.iterdir()), ids=lambda path: path.stem)
def test_what_was_found_once_holds(finding: Path) -> None:
    check(finding.read_bytes())


def test_three_seconds_of_broken_feeds() -> None:
    nothing_found(search(3.0, seed=20260305))


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_minute_of_broken_feeds() -> None:
    seconds = float(os.environ.get("DATELINE_TEST_FUZZ_SECONDS", "60"))
    nothing_found(search(seconds, seed=time.time_ns(), folder=Path(FOLDER) if FOLDER else None))


def test_a_body_is_made_small_as_long_as_it_does_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def brittle(body: bytes, **_: object) -> None:
        if b"<a" in body and b"!" in body:
            raise IndexError

    monkeypatch.setattr("fuzz.search.check", brittle)
    body = random.Random(1).randbytes(500).replace(b"!", b"") + b"<a" + bytes(300) + b"!"
    assert shrunk(body, "IndexError in ?") == b"<a!"


def nothing_found(report: Report) -> None:
    print(f"{report.bodies} bodies, {report.read} read as feeds")
    kept = [f"{finding.signature}: {keep(finding)}" for finding in report.findings]
    assert kept == []
    # Bodies that are all refused would exercise nothing.
    assert report.read > report.bodies // 3 > 30
