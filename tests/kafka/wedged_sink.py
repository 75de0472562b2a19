"""A sink whose handler never comes back from its first batch, and whose patience is a test's."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from dateline.cli import run
from dateline.log.handlers import Handler
from dateline.log.task import Task


async def never(*_: Any) -> Any:
    await asyncio.Event().wait()


if __name__ == "__main__":
    Task.patience_seconds = float(os.environ["PATIENCE_SECONDS"])
    Handler.__call__ = never  # type: ignore[method-assign]
    raise SystemExit(run(["run", "sink"]))
