"""The enricher as a process whose workers do as `deadly_work.py` says; loop, pool and worker processes are the service's own."""

from __future__ import annotations

import asyncio

from dateline.enricher import service
from dateline.ops.logs import configure_logs
from dateline.run import run_services
from dateline.settings import load_settings

if __name__ == "__main__":
    service.FUNCTION = "deadly_work:decide"
    settings = load_settings()
    configure_logs(settings.log)
    asyncio.run(run_services(settings, ["enricher"]))
