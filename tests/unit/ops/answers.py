"""What made-up processes answer."""

from __future__ import annotations

from typing import Any

from dateline.ops.processes import Answer


def task(**changes: Any) -> dict[str, Any]:
    return {"partition": 0, "phase": "running", "records": 10, "dead_letters": 0} | changes


OLD = Answer("10.0.0.7:8080", 100.0, {"version": "1", "services": {"sink": [task(), task(partition=1, records=5)]}})
SILENT = Answer("10.0.0.9:8080", 0, None, "no answer (Connection refused)")


def new(status: dict[str, Any] | None = None, **changes: Any) -> Answer:
    tasks = [task(lag_records=3, lag_seconds=0.5), task(partition=1, lag_records=4, lag_seconds=2.0) | changes]
    said = {
        "process": {"stopping": False},
        "ready": True,
        "reason": None,
        "rates": {"enriched_per_second": 12.5},
        "services": {"enricher": {"joined": True, "topic": "articles.raw", "tasks": tasks}},
    }
    return Answer("10.0.0.8:8080", 100.0, said | (status or {}))
