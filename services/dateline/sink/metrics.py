"""What is counted of news events once they are committed: their part in stories, and how old they are by then."""

from __future__ import annotations

from collections import Counter as Tally
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter

from dateline.errors import RecordError
from dateline.ops.batch_histogram import BatchHistogram

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dateline.log.port import Output

__all__ = ["REGISTRY", "count_events"]

REGISTRY = CollectorRegistry()

EVENTS = Counter(
    "dateline_sink_events",
    "Articles by what became of them: an event with its part in a story (first, duplicate, excerpt, revision), "
    "skipped (decided before) or dead_letter.",
    ["outcome"],
    registry=REGISTRY,
)
END_TO_END = BatchHistogram(
    "dateline_end_to_end_seconds",
    "From the end of the fetch that brought an article to its committed news event.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86_400),
    registry=REGISTRY,
)
SOURCE_AGE = BatchHistogram(
    "dateline_source_age_seconds",
    "From the publisher's time, where it is exact and past, to the committed news event of a first publication.",
    buckets=(1, 10, 60, 300, 900, 3600, 21_600, 86_400),
    registry=REGISTRY,
)

_EVENTS = {role: EVENTS.labels(role) for role in ("first", "duplicate", "excerpt", "revision")}
_SKIPPED, _DEAD_LETTER = (EVENTS.labels(outcome) for outcome in ("skipped", "dead_letter"))


def count_events(outcomes: Sequence[Sequence[Output] | RecordError], *, now: datetime) -> None:
    """Count a committed batch; `now` is aware UTC."""
    dead_letters = sum(isinstance(outcome, RecordError) for outcome in outcomes)
    events = [output for outcome in outcomes if not isinstance(outcome, RecordError) for output in outcome if output.facts]
    _DEAD_LETTER.inc(dead_letters)
    _SKIPPED.inc(len(outcomes) - dead_letters - len(events))
    if not events:
        return
    roles, fetched, published = zip(*(event.facts for event in events), strict=True)
    for role, number in Tally(roles).items():
        _EVENTS[role].inc(number)
    END_TO_END.observe_all([max(0.0, (now - at).total_seconds()) for at in fetched])
    SOURCE_AGE.observe_all([(now - at).total_seconds() for at in published if at is not None and at <= now])
