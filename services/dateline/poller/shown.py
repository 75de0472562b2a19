"""What a process with pollers shows of its feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateline.poller.metrics import FEEDS, FEEDS_OVERDUE, IN_FLIGHT
from dateline.poller.survey import worst
from dateline.showable import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dateline.poller.service import PollTask

__all__ = ["shown_feeds"]


def shown_feeds(tasks: Callable[[], Sequence[PollTask]]) -> dict[str, Callable[..., Any]]:
    """What to show, by name, of the tasks that run when it is asked for."""
    return {
        "feeds": lambda states, limit: _feeds(tasks(), states, limit),
        "feed_counts": lambda: _counts(tasks()),
        "gauges": lambda: _set_gauges(tasks()),
    }


def _feeds(tasks: Sequence[PollTask], states: Sequence[str], limit: int) -> dict[str, Any]:
    surveys = [task.survey for task in tasks if task.survey is not None]
    return {
        "counts": _counts(tasks),
        "surveyed_at": moment(min((survey.now for survey in surveys), default=None)),
        "feeds": worst(surveys, states, limit=limit),
    }


def _counts(tasks: Sequence[PollTask]) -> dict[str, int] | None:
    """Feeds by state, and what is overdue or being polled; null before the first look at them."""
    surveys = [task.survey for task in tasks if task.survey is not None]
    if not surveys:
        return None
    by_state = {state: sum(survey.counts[state] for survey in surveys) for state in surveys[0].counts}
    return {**by_state, "overdue": sum(task.overdue for task in tasks), "in_flight": sum(task.in_flight for task in tasks)}


def _set_gauges(tasks: Sequence[PollTask]) -> None:
    counts = _counts(tasks) or {}
    FEEDS_OVERDUE.set(counts.pop("overdue", 0))
    IN_FLIGHT.set(counts.pop("in_flight", 0))
    for state, number in counts.items():
        FEEDS.labels(state).set(number)
