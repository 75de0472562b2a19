"""The Grafana dashboard: each panel is one question, and its rows go from readers to machines.

    python deploy/grafana/dashboard.py        writes dashboard.json beside this file; `make generate` calls it

`$job` chooses a deployment: one job of Prometheus, however many processes it has.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("dashboard.json")
# Grafana counts the width of a dashboard in 24 columns, and a row of 8 is as high as a chart needs.
COLUMNS, HEIGHT = 24, 8
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


class Query(NamedTuple):
    """A PromQL expression, and what its lines are called; labels stand in {{braces}}."""

    expression: str
    legend: str


class Panel(NamedTuple):
    """One question. `unit` as Grafana names it; `line` is a bound to be drawn; `stacked` where lines are parts of a whole."""

    question: str
    queries: tuple[Query, ...]
    unit: str = "short"
    meaning: str = ""
    stacked: bool = False
    line: float | None = None


class Row(NamedTuple):
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


def total(metric: str, by: str = "", labels: str = "") -> str:
    """How much a counter grows a second, summed over processes, by a label or as a whole."""
    chosen = f'job="$job"{", " + labels if labels else ""}'
    return f"sum{f' by ({by})' if by else ''} (rate({metric}{{{chosen}}}[$__rate_interval]))"


def gauge(metric: str, how: str, by: str = "", labels: str = "") -> str:
    """A gauge over all processes: `how` is sum or max."""
    chosen = f'job="$job"{", " + labels if labels else ""}'
    return f"{how}{f' by ({by})' if by else ''} ({metric}{{{chosen}}})"


def share(part: str, whole: str) -> str:
    """One of the other; no line where there is nothing to divide by."""
    return f"{part} / ({whole} > 0)"


def quantiles(histogram: str, *levels: float) -> tuple[Query, ...]:
    """Lines such as p95 of a histogram over all processes."""
    buckets = total(f"{histogram}_bucket", by="le")
    return tuple(Query(f"histogram_quantile({level}, {buckets})", f"p{level * 100:g}") for level in levels)


# Polls by what came of them; a feed taken off meanwhile is no poll.
_POLLS = total("dateline_poller_fetches_total", labels='outcome!="dropped"')
_NOT_MODIFIED = total("dateline_poller_fetches_total", labels='outcome="not_modified"')
_EVENTS = total("dateline_sink_events_total", labels='outcome=~"first|duplicate|excerpt|revision"')
_DUPLICATES = total("dateline_sink_events_total", labels='outcome="duplicate"')

ROWS = (
    Row(
        "Is it fresh?",
        (
            Panel(
                "How long from our fetch to the committed event?",
                quantiles("dateline_end_to_end_seconds", 0.5, 0.95, 0.99),
                "s",
                "The goal is 99 % below the line.",
                line=60,
            ),
            Panel(
                "How long from publication to our fetch?",
                quantiles("dateline_poller_discovery_seconds", 0.5, 0.95),
                "s",
                "Entries that are new in feeds polled before. The budget and each feed's rate decide.",
            ),
            Panel(
                "What comes out?",
                (Query(total("dateline_sink_events_total", by="outcome"), "{{outcome}}"),),
                "ops",
                "Events by their part in a story; skipped and dead_letter are no events.",
                stacked=True,
            ),
            Panel(
                "How old is news when subscribers get it?",
                quantiles("dateline_source_age_seconds", 0.5, 0.95),
                "s",
                "From the publisher's time to the committed event.",
            ),
        ),
    ),
    Row(
        "Is Kafka flowing?",
        (
            Panel(
                "How far behind is the slowest partition?",
                (Query(gauge("dateline_kafka_lag_seconds", "max", by="topic"), "{{topic}}"),),
                "s",
                "DatelineConsumerBehind above the line.",
                line=120,
            ),
            Panel("How many records wait?", (Query(gauge("dateline_kafka_lag_records", "sum", by="topic"), "{{topic}}"),)),
            Panel("What goes in?", (Query(total("dateline_kafka_records_consumed_total", by="topic"), "{{topic}}"),), "ops"),
            Panel("What goes out?", (Query(total("dateline_kafka_records_published_total", by="topic"), "{{topic}}"),), "ops"),
            Panel(
                "How do transactions end?",
                (Query(total("dateline_kafka_transactions_total", by="service, outcome"), "{{service}} {{outcome}}"),),
                "ops",
            ),
            Panel("How long do transactions take?", quantiles("dateline_kafka_transaction_duration_seconds", 0.5, 0.95, 0.99), "s"),
            Panel(
                "Are partitions moving?",
                (Query('max by (service) (increase(dateline_kafka_rebalances_total{job="$job"}[$__rate_interval]))', "{{service}}"),),
                "short",
                "Completed joins of each service's group.",
            ),
            Panel(
                "Who has the partitions?",
                (Query(gauge("dateline_kafka_assigned_partitions", "sum", by="topic, instance"), "{{topic}} {{instance}}"),),
                stacked=True,
            ),
        ),
    ),
    Row(
        "Are feeds well?",
        (
            Panel("How are the feeds?", (Query(gauge("dateline_poller_feeds", "sum", by="state"), "{{state}}"),), stacked=True),
            Panel(
                "What comes of polls?", (Query(total("dateline_poller_fetches_total", by="outcome"), "{{outcome}}"),), "ops", stacked=True
            ),
            Panel(
                "How many polls cost next to nothing?",
                (Query(share(_NOT_MODIFIED, _POLLS), "not modified (304)"),),
                "percentunit",
                "Polls that the publisher answered with 304 Not Modified.",
            ),
            Panel(
                "How many bytes come in?",
                (Query(total("dateline_poller_received_bytes_total", by="form"), "{{form}}"),),
                "Bps",
                "The difference is what compression saves.",
            ),
            Panel(
                "How late do polls start?",
                quantiles("dateline_poller_schedule_delay_seconds", 0.5, 0.95),
                "s",
                "DatelinePollerLate above the line.",
                line=300,
            ),
            Panel(
                "How many feeds wait for their poll?",
                (
                    Query(gauge("dateline_poller_feeds_overdue", "sum"), "overdue"),
                    Query(gauge("dateline_poller_fetches_in_flight", "sum"), "being polled"),
                ),
            ),
            Panel("How long does a poll take?", quantiles("dateline_poller_fetch_duration_seconds", 0.5, 0.95), "s"),
            Panel("What do publishers answer?", (Query(total("dateline_poller_http_responses_total", by="code"), "{{code}}"),), "ops"),
        ),
    ),
    Row(
        "Is the content right?",
        (
            Panel(
                "Which languages?", (Query(total("dateline_enricher_languages_total", by="language"), "{{language}}"),), "ops", stacked=True
            ),
            Panel(
                "What proves an origin?",
                (Query(total("dateline_enricher_sources_total", by="method"), "{{method}}"),),
                "ops",
                "none: the copy names no origin, as most do.",
                stacked=True,
            ),
            Panel(
                "How many are copies?",
                (Query(share(_DUPLICATES, _EVENTS), "duplicates"),),
                "percentunit",
                "Events whose text another article had before.",
            ),
            Panel(
                "What was set aside?",
                (Query('sum by (reason) (increase(dateline_dead_letters_total{job="$job"}[$__rate_interval]))', "{{reason}}"),),
                "short",
                "Records that went to dead-letters.",
            ),
        ),
    ),
    Row(
        "Are the processes well?",
        (
            Panel(
                "What is not ready?",
                (Query(gauge("dateline_check_ok", "min", by="instance, check"), "{{instance}} {{check}}"),),
                "bool_yes_no",
                "The checks of /ready.",
            ),
            Panel(
                "How many cores are used?",
                (Query(total("process_cpu_seconds_total", by="instance"), "{{instance}}"),),
                "short",
                "The enricher's worker processes are not in it.",
            ),
            Panel("How much memory?", (Query(gauge("process_resident_memory_bytes", "sum", by="instance"), "{{instance}}"),), "bytes"),
            Panel(
                "Does the event loop keep up?",
                quantiles("dateline_event_loop_delay_seconds", 0.5, 0.99),
                "s",
                "How much later than asked the loop wakes up.",
            ),
        ),
    ),
)


def dashboard() -> dict[str, Any]:
    """The whole dashboard as Grafana imports it."""
    return {
        "uid": "dateline",
        "title": "dateline",
        "tags": ["dateline"],
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "schemaVersion": 39,
        "graphTooltip": 1,
        "templating": {"list": [_datasource_choice(), _job_choice()]},
        "panels": _placed(ROWS),
    }


def expressions() -> list[str]:
    """Every PromQL expression of the dashboard."""
    return [query.expression for row in ROWS for panel in row.panels for query in panel.queries]


def _placed(rows: tuple[Row, ...]) -> list[dict[str, Any]]:
    """Rows from top to bottom, four panels side by side."""
    placed: list[dict[str, Any]] = []
    top = 0
    width = COLUMNS // 4
    for row in rows:
        placed.append(_numbered(placed, {"type": "row", "title": row.title, "collapsed": False, "panels": []}, (0, top, COLUMNS, 1)))
        top += 1
        for number, panel in enumerate(row.panels):
            below, beside = divmod(number, 4)
            placed.append(_numbered(placed, _panel(panel), (beside * width, top + below * HEIGHT, width, HEIGHT)))
        top += -(-len(row.panels) // 4) * HEIGHT
    return placed


def _numbered(before: list[dict[str, Any]], panel: dict[str, Any], place: tuple[int, int, int, int]) -> dict[str, Any]:
    return {"id": len(before) + 1, **panel, "gridPos": dict(zip("xywh", place, strict=True))}


def _panel(panel: Panel) -> dict[str, Any]:
    bound = [] if panel.line is None else [{"color": "red", "value": panel.line}]
    return {
        "type": "timeseries",
        "title": panel.question,
        "description": panel.meaning,
        "datasource": DATASOURCE,
        "targets": [_target(number, query) for number, query in enumerate(panel.queries)],
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "custom": {
                    "fillOpacity": 20 if panel.stacked else 0,
                    "stacking": {"mode": "normal" if panel.stacked else "none"},
                    "thresholdsStyle": {"mode": "line" if bound else "off"},
                },
                "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": None}, *bound]},
            },
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}},
    }


def _target(number: int, query: Query) -> dict[str, Any]:
    return {"refId": chr(ord("A") + number), "datasource": DATASOURCE, "expr": query.expression, "legendFormat": query.legend}


def _datasource_choice() -> dict[str, Any]:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "current": {}}


def _job_choice() -> dict[str, Any]:
    query = "label_values(dateline_build_info, job)"
    return {
        "name": "job",
        "label": "Deployment",
        "type": "query",
        "datasource": DATASOURCE,
        "definition": query,
        "query": {"query": query, "refId": "A"},
        "refresh": 2,
        "sort": 1,
    }


def written() -> str:
    """The file as it is committed."""
    return json.dumps(dashboard(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
