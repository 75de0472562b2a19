"""What is counted of a process, and how everything that is counted is served and read."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, Histogram, Info, ProcessCollector, disable_created_metrics, generate_latest

from dateline import __version__
from dateline.ops.health import CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dateline.ops.health import Check

__all__ = [
    "CONTENT_TYPE",
    "LOOP_DELAY",
    "LOOP_LAST_TURN",
    "REGISTRY",
    "bucket_counts",
    "describe_process",
    "rendered",
    "show_checks",
    "totals",
]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# A third of all series would say when the others were made.
disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

BUILD = Info("dateline_build", "Version of dateline and Python, and the services in this process.", registry=REGISTRY)
CHECK_OK = Gauge("dateline_check_ok", "1 where a check of /ready holds, else 0.", ["check"], registry=REGISTRY)
LOOP_LAST_TURN = Gauge("dateline_loop_last_turn_timestamp_seconds", "When the event loop last turned.", registry=REGISTRY)
LOOP_DELAY = Histogram(
    "dateline_event_loop_delay_seconds",
    "How much later than asked the event loop wakes up; once a second.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1),
    registry=REGISTRY,
)
_CHECKS = {name: CHECK_OK.labels(name) for name in CHECKS}


def describe_process(services: Iterable[str]) -> None:
    """Say what runs here."""
    BUILD.info({"version": __version__, "python": platform.python_version(), "services": ",".join(services)})


def show_checks(checks: Iterable[Check]) -> None:
    """Set the gauges of the checks."""
    for check in checks:
        _CHECKS[check.name].set(check.ok)


def rendered(registries: Iterable[CollectorRegistry]) -> bytes:
    """The text that Prometheus reads."""
    return b"".join(generate_latest(registry) for registry in registries)


def totals(registries: Iterable[CollectorRegistry]) -> dict[str, float]:
    """What is counted: each sum over all labels by the name of its samples, and where there is one label, `name{value}` beside it."""
    found: dict[str, float] = {}
    for registry in registries:
        for family in registry.collect():
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
                if len(sample.labels) == 1:
                    (value,) = sample.labels.values()
                    found[f"{sample.name}{{{value}}}"] = sample.value
    return found


def bucket_counts(found: Mapping[str, float], histogram: str) -> list[tuple[float, float]]:
    """Upper bounds and cumulative counts of a histogram, from `totals`; empty where there is none."""
    prefix = f"{histogram}_bucket{{"
    return sorted((float(name[len(prefix) : -1]), value) for name, value in found.items() if name.startswith(prefix))
