"""The enricher as a process whose workers take their time, and end at an article that says so."""

from __future__ import annotations

import asyncio
import os
import time

from dateline.enricher import service
from dateline.enricher.record import enrich_record
from dateline.ops.logs import configure_logs
from dateline.run import run_services
from dateline.settings import load_settings

DEADLY = b"This text ends whoever reads it."
SECONDS_EACH = 0.025


def decide(item, agencies, partitions):
    """What workers call."""
    if DEADLY in item.value:
        os._exit(9)
    time.sleep(SECONDS_EACH)
    return enrich_record(item, agencies, partitions)


if __name__ == "__main__":
    service.FUNCTION = "deadly_enricher:decide"
    settings = load_settings()
    configure_logs(settings.log)
    asyncio.run(run_services(settings, ["enricher"]))
