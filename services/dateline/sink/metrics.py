"""What is counted of news events once they are committed: their part in stories, and how old they are by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram

from dateline.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dateline.log.port import Output
    from dateline.sink.latest import LatestEvents

__all__ = ["REGISTRY", "count_events"]

REGISTRY = CollectorRegistry()

EVENTS = Counter(
    "dateline_sink_events",
    "Articles by what became of them: an event with its part in a story (first, duplicate, excerpt, revision), "
    "skipped (decided before) or dead_letter.",
    ["outcome"],
    registry=REGISTRY,
)
END_TO_END = Histogram(
    "dateline_end_to_end_seconds",
    "From the end of the fetch that brought an article to its committed news event.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86_400),
    registry=REGISTRY,
)
SOURCE_AGE = Histogram(
    "dateline_source_age_seconds",
    "From the publisher's time, where it is exact and past, to the committed news event of a first publication.",
    buckets=(1, 10, 60, 300, 900, 3600, 21_600, 86_400),
    registry=REGISTRY,
)

_EVENTS = {role: EVENTS.labels(role) for role in ("first", "duplicate", "excerpt", "revision")}
_SKIPPED, _DEAD_LETTER = (EVENTS.labels(outcome) for outcome in ("skipped", "dead_letter"))


def count_events(outcomes: Sequence[Sequence[Output] | RecordError], latest: LatestEvents, *, now: datetime) -> None:
    """Count a committed batch, and keep its events to be shown; `now` is aware UTC."""
    for outcome in outcomes:
        if isinstance(outcome, RecordError):
            _DEAD_LETTER.inc()
        elif not outcome:
            _SKIPPED.inc()
        for output in () if isinstance(outcome, RecordError) else outcome:
            if output.facts:
                role, fetched_at, published_at = output.facts
                _EVENTS[role].inc()
                END_TO_END.observe(max(0.0, (now - fetched_at).total_seconds()))
                if published_at is not None and published_at <= now:
                    SOURCE_AGE.observe((now - published_at).total_seconds())
                latest.add(output, now)
