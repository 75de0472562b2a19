"""One service as a process of its own, with a pause inside each transaction and its process id on every record it writes."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dateline.ops.logs import configure_logs
from dateline.run import run_services
from dateline.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.log.port import Output, PartitionLog
    from dateline.log.service import OpenLog

PAUSE_SECONDS = float(os.environ.get("PAUSE_SECONDS", "0.4"))
STAMP = (("worker", str(os.getpid()).encode()),)
# There while a transaction of this process holds records that the broker has and that are not committed.
INSIDE = Path(os.environ["INSIDE_FOLDER"], str(os.getpid()))


class PausingLog:
    """A partition's log that stamps what it sends and waits between sending and committing."""

    def __init__(self, log: PartitionLog) -> None:
        self._log = log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def send(self, outputs: Sequence[Output]) -> dict[str, int]:
        written = await self._log.send([output._replace(headers=(*output.headers, *STAMP)) for output in outputs])
        if outputs:
            INSIDE.touch()
        return written

    async def commit(self, offset: int | None, **options: Any) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        INSIDE.unlink(missing_ok=True)
        await self._log.commit(offset, **options)


def pausing(open_log: OpenLog) -> OpenLog:
    return lambda service, topic, partition: PausingLog(open_log(service, topic, partition))


if __name__ == "__main__":
    settings = load_settings()
    configure_logs(settings.log)
    asyncio.run(run_services(settings, sys.argv[1:], wrap=pausing))
