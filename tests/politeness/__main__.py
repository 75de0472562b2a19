"""The politeness of a poller, scored by the published rules.

    python -m tests.politeness --against ours|plain [--seconds N] [--json]      one of the pollers here
    python -m tests.politeness serve [--opml FILE] [--seconds N] [--json]       any other: it prints the feeds to give to it

`serve` scores after --seconds or at Ctrl-C. Tell it with --interval, --spacing, --timeout, --most-bytes and --contact what the
other poller was told: rules are stated in these. Exit code 0 on full marks, 1 on fewer; `plain` is there to be measured: always 0.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from contextlib import suppress
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does, for fakes.py

from dateline.demo.newsroom import NewsroomError

from .pollers import POLLERS
from .rule import Pace
from .score import RULES, Score, judge, opml, run
from .server import Publishers


def options() -> argparse.ArgumentParser:
    """The command line."""
    told = Pace()
    parser = argparse.ArgumentParser(prog="python -m tests.politeness", description="Score a poller by the published rules.")
    parser.add_argument("mode", nargs="?", choices=["score", "serve"], default="score", help="score one of ours, or serve for another")
    parser.add_argument("--against", choices=sorted(POLLERS), default="ours", help="the poller to score")
    parser.add_argument("--seconds", type=float, default=told.seconds, help="how long; publishers ask for rests of half of it")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of the table")
    parser.add_argument("--opml", type=Path, help="serve: write the feeds to this file instead of printing their addresses")
    parser.add_argument("--port", type=int, default=0, help="serve: one port for all addresses; 0 takes a free one")
    parser.add_argument("--interval", type=float, default=told.interval_seconds, help="seconds between two visits to a feed")
    parser.add_argument("--spacing", type=float, default=told.spacing_seconds, help="seconds between two requests to a host")
    parser.add_argument("--timeout", type=float, default=told.timeout_seconds, help="seconds that a visit may take")
    parser.add_argument("--most-bytes", type=int, default=told.most_bytes, help="the largest body that the poller takes")
    parser.add_argument("--contact", default=told.contact, help="what the poller shall say of where to write to; empty for nothing")
    return parser


async def serve(pace: Pace, port: int, file: Path | None) -> Score:
    """Serve for a poller that somebody else runs, and score what it did."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    publishers = Publishers(RULES, pace, port)
    async with publishers.open():
        feeds = publishers.feeds()
        if file is None:
            print("\n".join(feed.url for feed in feeds), flush=True)
        else:
            file.write_text(opml(feeds), encoding="utf-8")
        print(f"{len(feeds)} feeds for {pace.seconds:g} s; Ctrl-C scores now", file=sys.stderr)
        with suppress(TimeoutError):
            async with asyncio.timeout(pace.seconds):
                await ended.wait()
        return judge(publishers, publishers.asked())


def main() -> int:
    """Score; 0 on full marks and for `plain`, 1 on fewer, 69 where the addresses cannot be listened on."""
    given = options().parse_args()
    pace = Pace(given.seconds, given.interval, given.spacing, given.timeout, given.most_bytes, given.contact or None)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        scoring = serve(pace, given.port, given.opml) if given.mode == "serve" else run(POLLERS[given.against], pace)
        score = asyncio.run(scoring)
    except NewsroomError as error:
        print(f"politeness: {error}", file=sys.stderr)
        return 69
    print(json.dumps(score.as_json(), indent=2, ensure_ascii=False) if given.json else score.table())
    measured_only = given.mode == "score" and given.against == "plain"
    return 0 if score.full or measured_only else 1


if __name__ == "__main__":
    sys.exit(main())
