"""What is counted of polls: visits, answers, bytes, entries, and how soon an entry is found."""

from __future__ import annotations

from collections import Counter as Tally
from typing import TYPE_CHECKING, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from dateline.ops.batch_histogram import BatchHistogram
from dateline.poller.pending import VisitOutcome
from dateline.poller.survey import FeedState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.poller.pending import Told

__all__ = [
    "FEEDS",
    "FEEDS_OVERDUE",
    "FETCH_DURATION",
    "IN_FLIGHT",
    "RECEIVED_DECODED",
    "RECEIVED_WIRE",
    "REGISTRY",
    "SCHEDULE_DELAY",
    "count_response",
    "count_visits",
]

REGISTRY = CollectorRegistry()

FEEDS = Gauge(
    "dateline_poller_feeds", "Feeds by state, as `dateline feeds list` names them; counted now and then.", ["state"], registry=REGISTRY
)
FEEDS_OVERDUE = Gauge("dateline_poller_feeds_overdue", "Feeds that should have been polled more than a minute ago.", registry=REGISTRY)
IN_FLIGHT = Gauge(
    "dateline_poller_fetches_in_flight", "Feeds that are being polled now, or wait in line for their host.", registry=REGISTRY
)
SCHEDULE_DELAY = Histogram(
    "dateline_poller_schedule_delay_seconds",
    "From the time a feed was due to the start of its poll.",
    buckets=(1, 3, 10, 30, 60, 300, 900, 3600),
    registry=REGISTRY,
)
FETCHES = Counter(
    "dateline_poller_fetches",
    "Polls by what came of them; dropped is one of a feed that was removed or moved meanwhile.",
    ["outcome"],
    registry=REGISTRY,
)
RESPONSES = Counter(
    "dateline_poller_http_responses", "Answers to requests for feeds and pages, redirects included.", ["code"], registry=REGISTRY
)
FETCH_DURATION = Histogram(
    "dateline_poller_fetch_duration_seconds",
    "One poll: waiting for its host, fetching, reading, and fetching pages.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
RECEIVED = Counter("dateline_poller_received_bytes", "Bytes of bodies, as sent (wire) and unpacked (decoded).", ["form"], registry=REGISTRY)
ENTRIES = Counter(
    "dateline_poller_entries",
    "Entries of documents that were read: published, revised, or seen before.",
    ["outcome"],
    registry=REGISTRY,
)
DISCOVERY = BatchHistogram(
    "dateline_poller_discovery_seconds",
    "From the publisher's time, where it is exact and past, to our fetch, of entries that are new in feeds polled before.",
    buckets=(1, 10, 30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400),
    registry=REGISTRY,
)

_FETCHES = {outcome: FETCHES.labels(outcome) for outcome in get_args(VisitOutcome)}
_RESPONSES = {code: RESPONSES.labels(code) for code in ("2xx", "3xx", "4xx", "429", "5xx", "other")}
_PUBLISHED, _REVISED, _SEEN = (ENTRIES.labels(outcome) for outcome in ("published", "revised", "seen"))
RECEIVED_WIRE, RECEIVED_DECODED = (RECEIVED.labels(form) for form in ("wire", "decoded"))
for _state in get_args(FeedState):
    FEEDS.labels(_state)


def count_response(status: int) -> None:
    """Count an answer by its status."""
    code = "429" if status == 429 else f"{status // 100}xx"  # noqa: PLR2004 - Too Many Requests
    _RESPONSES.get(code, _RESPONSES["other"]).inc()


def count_visits(visits: Sequence[Told]) -> None:
    """Count visits, and slices of visits, that are committed together."""
    for outcome, number in Tally(told.outcome for told in visits if told.outcome is not None).items():
        _FETCHES[outcome].inc(number)
    _PUBLISHED.inc(sum(told.published for told in visits))
    _REVISED.inc(sum(told.revised for told in visits))
    _SEEN.inc(sum(told.seen for told in visits))
    DISCOVERY.observe_all([seconds for told in visits for seconds in told.discovery_seconds])
