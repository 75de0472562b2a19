"""A process with a pool whose workers are at work, to be killed: its worker processes' ids are its only line."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import psutil
from pools import deadly_briefing

from dateline.enricher.pool import worker_pool
from dateline.ops.logs import configure_logs
from dateline.settings import LogSettings
from fakes import received


async def main():
    async with worker_pool(deadly_briefing(), size=2) as pool:
        await pool.decide(received("warm", "warm"))
        busy = asyncio.create_task(pool.decide(received(sys.argv[1])))
        deadline = time.monotonic() + 20
        while len(children := psutil.Process().children()) < 2 or not Path(sys.argv[1].split(" ")[1]).exists():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        print(*(child.pid for child in children), flush=True)
        await busy


configure_logs(LogSettings())
asyncio.run(main())
