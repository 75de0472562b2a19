"""CPU per feed of our parser against feedparser and fastfeedparser, the same bodies in turn in one run.

Each in turn parses a body a few times in a row, and its least time counts: what other processes did to the machine meanwhile is in
none of them. `ours, as JSON` goes on to what stands on the topic: identity, revision and the record itself.
"""

from __future__ import annotations

import gc
import io
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import fastfeedparser  # type: ignore[import-untyped]
import feedparser

from dateline.demo.documents import feed_document
from dateline.demo.stories import Plan, Staged, document, publishing_feeds
from dateline.errors import NotAFeed
from dateline.events import Feed, encode
from dateline.poller.decide import raw_articles
from dateline.poller.identity import feed_id, scope_of
from dateline.poller.parse import parse_document
from dateline.poller.read import read_document

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
URL = "https://publisher.example/feed"
FEED = Feed(id=feed_id(URL), url=URL, scope=scope_of(URL), added_at=NOW)


REPEATS = 5


def _ours(body: bytes) -> int:
    return len(parse_document(body, url=URL, now=NOW).entries)


def _ours_as_json(body: bytes) -> int:
    return len([encode(article) for article in raw_articles(parse_document(body, url=URL, now=NOW), FEED, http=None, now=NOW)])


# Each gives how many entries it found.
PARSERS: dict[str, Callable[[bytes], int]] = {
    "ours": _ours,
    "ours, as JSON": _ours_as_json,
    "fastfeedparser": lambda body: len(fastfeedparser.parse(body).entries),
    "feedparser, HTML passes off": lambda body: len(
        feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False).entries
    ),
    "feedparser, defaults": lambda body: len(feedparser.parse(io.BytesIO(body)).entries),
}


class Figures:
    """Of one parser: seconds for each body, entries in all, bodies it failed on."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.entries = self.failed = 0


def measured(bodies: list[bytes]) -> dict[str, Figures]:
    results = {name: Figures() for name in PARSERS}
    for body in bodies:
        for name, parser in PARSERS.items():
            gc.collect()  # what one parser leaves behind is not the next one's to clear
            runs = [_timed(parser, body) for _ in range(REPEATS)]
            figures = results[name]
            figures.seconds.append(min(seconds for seconds, _ in runs))
            found = runs[0][1]
            figures.failed += found is None
            figures.entries += found or 0
    return results


def _timed(parser: Callable[[bytes], int], body: bytes) -> tuple[float, int | None]:
    began = time.process_time()
    try:
        found = parser(body)
    except Exception:  # noqa: BLE001 - whatever a parser raises, it failed
        found = None
    return time.process_time() - began, found


def fallbacks(bodies: list[bytes]) -> int:
    """How many bodies our parser leaves to feedparser."""
    count = 0
    for body in bodies:
        try:
            count += read_document(body, url=URL, now=NOW).format == "feedparser"
        except NotAFeed:
            continue
    return count


def invented() -> list[bytes]:
    """The demo's feeds after ten minutes."""
    plan, root = Plan(seed=1, pace=Staged(), publish_seconds=600.0), "http://newsroom.example"
    return [feed_document(feed, document(plan, feed, 600.0), root=root, started_at=NOW) for feed in publishing_feeds()]


def report(folder: Path | None) -> None:
    bodies = [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()] if folder else invented()
    megabytes = sum(map(len, bodies)) / 1e6
    print(f"{len(bodies)} feeds, {megabytes:.1f} MB, from {folder or 'the demo; name a folder of real ones with SAMPLES='}")
    results = measured(bodies)
    for name, figures in results.items():
        total, median = sum(figures.seconds), statistics.median(figures.seconds)
        print(
            f"{name:28} {1000 * median:7.2f} ms a feed at the median, {megabytes / total:6.1f} MB/s, "
            f"{figures.entries} entries, failed on {figures.failed}"
        )
    ours = results["ours"]
    for name in list(PARSERS)[2:]:
        other = results[name]
        ratios = [theirs / mine for theirs, mine in zip(other.seconds, ours.seconds, strict=True)]
        in_all = sum(other.seconds) / sum(ours.seconds)
        print(f"{name:28} takes {in_all:5.2f} times our CPU in all, {statistics.median(ratios):5.2f} times at the median feed")
    print(f"{fallbacks(bodies)} of {len(bodies)} feeds needed feedparser as the last resort")


if __name__ == "__main__":
    report(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
