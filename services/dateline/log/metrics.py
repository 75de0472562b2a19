"""What is counted of the log: records in and out, transactions, lag, rebalances, dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from dateline.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ASSIGNED", "LAG_RECORDS", "LAG_SECONDS", "REGISTRY", "Meter", "count_dead_letters", "dead_letters_counted"]

REGISTRY = CollectorRegistry()

CONSUMED = Counter("dateline_kafka_records_consumed", "Records handled and committed.", ["topic"], registry=REGISTRY)
PUBLISHED = Counter("dateline_kafka_records_published", "Records written by committed transactions.", ["topic"], registry=REGISTRY)
LAG_RECORDS = Gauge(
    "dateline_kafka_lag_records",
    "Offsets between what is stable and what has been committed by this task; 0 when it has caught up.",
    ["topic", "partition"],
    registry=REGISTRY,
)
LAG_SECONDS = Gauge(
    "dateline_kafka_lag_seconds",
    "Age of the next record that is not handled yet; 0 when the task has caught up.",
    ["topic", "partition"],
    registry=REGISTRY,
)
ASSIGNED = Gauge("dateline_kafka_assigned_partitions", "Partitions that this process has a task for.", ["topic"], registry=REGISTRY)
REBALANCES = Counter("dateline_kafka_rebalances", "Completed joins of the service's group.", ["service"], registry=REGISTRY)
REBALANCE_DURATION = Histogram(
    "dateline_kafka_rebalance_duration_seconds",
    "From giving partitions back to being given some; tasks run on meanwhile.",
    ["service"],
    buckets=(0.1, 0.5, 1, 3, 10, 30),
    registry=REGISTRY,
)
TRANSACTIONS = Counter(
    "dateline_kafka_transactions",
    "Transactions by how they ended: committed, aborted (or of unknown end), fenced by another owner.",
    ["service", "outcome"],
    registry=REGISTRY,
)
TRANSACTION_DURATION = Histogram(
    "dateline_kafka_transaction_duration_seconds",
    "From the beginning of a transaction to its commit.",
    ["service"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 20),
    registry=REGISTRY,
)
TRANSACTION_RECORDS = Histogram(
    "dateline_kafka_transaction_records",
    "Records written by a committed transaction.",
    ["service"],
    buckets=(0, 1, 5, 20, 100, 400, 1000),
    registry=REGISTRY,
)
RESTARTS = Counter(
    "dateline_task_restarts",
    "Tasks that began again from the fence: after something was away (transient), or after a bug.",
    ["service", "reason"],
    registry=REGISTRY,
)
DEAD_LETTERS = Counter(
    "dateline_dead_letters", "Records and outputs set aside, by the class of their error.", ["reason"], registry=REGISTRY
)

# Bound at import, so that each exists at 0: `increase` would miss a first event otherwise. Topics by their short names, all that
# services write to (log/topics.py), so that a test's topic is none of them.
_TOPICS = ("feeds.state", "withdrawals", "articles.raw", "articles.enriched", "stories", "news", "dead-letters")
_PUBLISHED = {topic: PUBLISHED.labels(topic) for topic in _TOPICS}
_DEAD_LETTERS = {kind.__name__: DEAD_LETTERS.labels(kind.__name__) for kind in RecordError.__subclasses__()}


def count_dead_letters(errors: Iterable[RecordError]) -> None:
    """Count what a committed transaction set aside."""
    for error in errors:
        _DEAD_LETTERS.get(type(error).__name__, _DEAD_LETTERS["HandlerFailed"]).inc()


def dead_letters_counted() -> int:
    """How many this process has set aside since it started, whichever partitions it has had."""
    samples = (sample for family in DEAD_LETTERS.collect() for sample in family.samples)
    return int(sum(sample.value for sample in samples if sample.name.endswith("_total")))


class Meter:
    """The counters of one service and the topic it reads, bound once."""

    def __init__(self, service: str, topic: str) -> None:
        self.consumed = CONSUMED.labels(topic)
        self.rebalances = REBALANCES.labels(service)
        self.rebalance_duration = REBALANCE_DURATION.labels(service)
        self.committed, self.aborted, self.fenced = (
            TRANSACTIONS.labels(service, outcome) for outcome in ("committed", "aborted", "fenced")
        )
        self.transient_restarts, self.bug_restarts = (RESTARTS.labels(service, reason) for reason in ("transient", "bug"))
        self._duration = TRANSACTION_DURATION.labels(service)
        self._records = TRANSACTION_RECORDS.labels(service)
        ASSIGNED.labels(topic)

    def transaction(self, written: Mapping[str, int], seconds: float) -> None:
        """Count a transaction that was committed; `written` are its records by their topics."""
        self.committed.inc()
        self._duration.observe(seconds)
        self._records.observe(sum(written.values()))
        for topic, count in written.items():
            (_PUBLISHED.get(topic) or PUBLISHED.labels(topic)).inc(count)
