"""`make bench`."""

from __future__ import annotations

import os
import sys

from tests.bench import latency, relay

from dateline.ops.logs import configure_logs
from dateline.settings import LogSettings

configure_logs(LogSettings(level="error"))
bootstrap = os.environ["KAFKA_BOOTSTRAP"]
asked = sys.argv[1:] or ["relay", "latency"]
if "relay" in asked:
    relay.report(bootstrap)
if "latency" in asked:
    latency.report(bootstrap, 20)
    latency.report(bootstrap, 50)
