"""The newsroom as a process that can be told to publish no more: from SIGUSR1 on all that was released is served, and nothing new.

python newsroom_worker.py RATE OPML     entries a second, and the file that its list of feeds is written to
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from msgspec.structs import replace

from dateline.demo.newsroom import Newsroom, serve
from dateline.demo.stories import Steady

# However a test ends, nobody serves for longer.
MOST_SECONDS = 1500.0
# No entry leaves a document while a poller is away.
DOCUMENT_ENTRIES = 120


async def main(rate: float, opml: Path) -> None:
    newsroom = Newsroom(pace=Steady(rate=rate, document_entries=DOCUMENT_ENTRIES))

    def publish_no_more() -> None:
        newsroom.plan = replace(newsroom.plan, publish_seconds=newsroom.seconds)

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, publish_no_more)
    await serve(newsroom, MOST_SECONDS, opml)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), Path(sys.argv[2])))
