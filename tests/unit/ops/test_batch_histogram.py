"""A batch that is observed at once counts as if it were observed one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from dateline.ops.batch_histogram import BatchHistogram

BUCKETS = (0.5, 1.0, 60.0)


@given(st.lists(st.sampled_from([0.0, 0.5, 0.7, 1.0, 59.0, 60.0, 60.1, 1e9]), max_size=30))
def test_a_batch_counts_as_one_by_one(amounts):
    registries = [CollectorRegistry(), CollectorRegistry()]
    plain = Histogram("delay_seconds", "A delay.", buckets=BUCKETS, registry=registries[0])
    batch = BatchHistogram("delay_seconds", "A delay.", buckets=BUCKETS, registry=registries[1])
    for amount in amounts:
        plain.observe(amount)
    batch.observe_all(amounts)
    one, other = map(read, registries)
    assert one == pytest.approx(other)


def read(registry):
    lines = generate_latest(registry).decode().splitlines()
    return [float(line.rpartition(" ")[2]) for line in lines if line[0] != "#" and "_created" not in line]
