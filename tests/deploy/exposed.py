"""What a process shows to Prometheus, as text and served; rules and dashboard are checked against it."""

from __future__ import annotations

import importlib
import pkgutil
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

import dateline
from dateline.ops.server import ops_server
from dateline.settings import KafkaSettings, OpsSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# Input and one output of each service: labels that exist only where a service runs.
TOPICS = {"poller": ("feeds", "articles.raw"), "enricher": ("articles.raw", "articles.enriched"), "sink": ("articles.enriched", "news")}


class Metric(NamedTuple):
    """A name as PromQL uses it, with every value of every label that was shown."""

    name: str
    labels: dict[str, set[str]]


@cache
def exposition() -> str:
    """The whole text of a process that runs all three services."""
    return _defined()


@cache
def metrics() -> dict[str, Metric]:
    """Every name with its labels."""
    found: dict[str, Metric] = {}
    for family in text_string_to_metric_families(exposition()):
        for sample in family.samples:
            metric = found.setdefault(sample.name, Metric(sample.name, {}))
            for label, value in sample.labels.items():
                metric.labels.setdefault(label, set()).add(value)
    return found


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """Serve /metrics as a process does; gives the port."""
    async with ops_server(OpsSettings(port=0), KafkaSettings(), _Shows()) as port:
        yield port


def _defined() -> str:
    """From the registries of every module `metrics`, with a service of each kind."""
    modules = {
        found.name: importlib.import_module(found.name)
        for found in pkgutil.walk_packages(dateline.__path__, "dateline.")
        if found.name.endswith(".metrics")
    }
    log, ops = modules["dateline.log.metrics"], modules["dateline.ops.metrics"]
    ops.describe_process(TOPICS)
    for service, (reads, writes) in TOPICS.items():
        log.Meter(service, reads)
        log.PUBLISHED.labels(writes)
        for gauge in (log.LAG_RECORDS, log.LAG_SECONDS):
            gauge.labels(reads, "0")
    return "".join(generate_latest(module.REGISTRY).decode() for module in modules.values())


class _Shows:
    """What the operations server asks of a process; here it has nothing to tell but its numbers."""

    def metrics(self) -> bytes:
        return exposition().encode()

    def __getattr__(self, name: str) -> Any:
        return lambda *_: {}
