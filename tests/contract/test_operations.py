"""OPERATIONS.md names every metric, setting and command; metrics are named as is the custom, and their number is bounded."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from operations import OPERATIONS, REGISTRIES, metrics, with_tables

from dateline.log.metrics import _TOPICS
from dateline.log.topics import wanted_topics
from dateline.ops.health import CHECKS
from dateline.ops.history import RATES
from dateline.ops.metrics import totals
from dateline.poller.metrics import FEEDS
from dateline.poller.quiet import FeedHealth
from dateline.poller.survey import FeedState
from dateline.settings import KafkaSettings

SCRIPT = Path(__file__).with_name("rendered_metrics.py")
# Of a process with twelve partitions; a quarter above what there is, so that a label that grows is noticed.
MOST_SERIES = {"poller": 210, "enricher": 200, "sink": 165}


def rendered(*services):
    done = subprocess.run([sys.executable, SCRIPT, *services], capture_output=True, text=True, check=True, timeout=60)
    return [line for line in done.stdout.splitlines() if line and not line.startswith("#")]


def every():
    return [metric for registry in REGISTRIES.values() for metric in metrics(registry)]


def test_the_tables_are_what_the_definitions_say():
    text = OPERATIONS.read_text(encoding="utf-8")
    assert text == with_tables(text), "run make generate"


def test_names_and_labels_are_as_is_the_custom():
    names = [name for name, *_ in every()]
    assert len(names) == len(set(names)) > 30
    for name, kind, labels, sentence in every():
        assert re.fullmatch(r"dateline(_[a-z]+)+", name)
        assert sentence.endswith(".")
        assert not re.search(r"feed_|host|url", labels), "a label that grows with the feeds"
        if kind == "histogram":
            assert name.endswith(("_seconds", "_records"))


@pytest.mark.parametrize("service", MOST_SERIES)
def test_a_service_has_a_bounded_number_of_series(service):
    series = rendered(service)
    print(f"{service}: {len(series)} series")
    assert len(series) == len(set(series))
    assert len(series) <= MOST_SERIES[service]
    others = set(MOST_SERIES) - {service}
    assert not [line for line in series if line.startswith(tuple(f"dateline_{other}_" for other in others))]


def test_what_is_counted_exists_at_0_from_the_start():
    lines = rendered("poller", "enricher", "sink")
    counters = {name for name, kind, *_ in every() if kind == "counter"}
    assert counters
    for counter in counters:
        found = [line for line in lines if line.startswith((f"{counter}{{", f"{counter} "))]
        assert found, counter
        assert {float(line.rpartition(" ")[2]) for line in found} == {0.0}, counter


def test_labels_are_the_names_that_the_program_uses():
    assert set(_TOPICS) == {topic.name for topic in wanted_topics(KafkaSettings())} - {"feeds"}
    assert get_args(FeedState) == get_args(get_type_hints(FeedHealth)["state"])
    assert {labels[0] for labels in FEEDS._metrics} == set(get_args(FeedState))
    assert len(set(CHECKS)) == len(CHECKS)


def test_the_last_hour_is_made_of_counters_that_exist():
    counted = totals(REGISTRIES.values())
    assert [name for names in RATES.values() for name in names if name not in counted] == []


def test_the_bound_that_freshness_is_judged_by_is_spelled_as_prometheus_stores_it():
    assert any(line.startswith('dateline_end_to_end_seconds_bucket{le="60.0"}') for line in rendered("sink"))
