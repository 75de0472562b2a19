"""What `/metrics` of a process says that runs one service, or all three, with twelve partitions each.

python rendered_metrics.py poller
"""

from __future__ import annotations

import sys
from types import SimpleNamespace

from dateline.enricher.metrics import REGISTRY as ENRICHER
from dateline.log.metrics import Meter
from dateline.log.task import TaskStatus
from dateline.ops.logs import configure_logs
from dateline.overview import Overview
from dateline.poller.metrics import REGISTRY as POLLER
from dateline.settings import LogSettings, OpsSettings
from dateline.sink.metrics import REGISTRY as SINK

PARTITIONS = 12
SERVICES = {"poller": ("feeds", POLLER), "enricher": ("articles.raw", ENRICHER), "sink": ("articles.enriched", SINK)}


def rendered(*names: str) -> bytes:
    """The text of a process with these services. For a process of its own: what is bound stays bound."""
    overview = Overview(OpsSettings(), names, SimpleNamespace(answered_at=None))
    overview.services = [fake_service(name, *SERVICES[name]) for name in names]
    overview.look()
    return overview.metrics()


def fake_service(name, topic, registry):
    Meter(name, topic)
    status = [TaskStatus(partition, phase="running", position=7, stable=9, answered_at=1.0) for partition in range(PARTITIONS)]
    tasks = [SimpleNamespace(status=each, waits=False, patience_seconds=300.0) for each in status]
    return SimpleNamespace(name=name, topic=topic, joined=True, tasks=lambda: tasks, metrics=registry, shows={})


if __name__ == "__main__":
    configure_logs(LogSettings(level="error"))
    sys.stdout.buffer.write(rendered(*(sys.argv[1:] or SERVICES)))
