"""Rules and dashboard speak of what a process shows, and of nothing else."""

from __future__ import annotations

import json

import promql_parser
import pytest
import yaml
from exposed import metrics
from expressions import CASES, ROOT, alerts, dashboard, expressions, parts, recorded, rules

from dateline.settings import PollerSettings

# What Prometheus adds to whatever it fetches, and what our scrape configuration does.
TARGET_LABELS = {"job", "instance", "component"}


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_named_is_shown_by_a_process_or_recorded(expression):
    named = {selector.name for selector in parts(expression, promql_parser.VectorSelector)}
    assert named - {"up"}, "it names no metric of ours"
    assert named - {"up"} - recorded() <= set(metrics())


@pytest.mark.parametrize("expression", expressions())
def test_every_label_asked_for_has_the_values_asked_for(expression):
    for selector in parts(expression, promql_parser.VectorSelector):
        labels = metrics()[selector.name].labels if selector.name in metrics() else {}
        for matcher in selector.matchers.matchers:
            if matcher.name not in TARGET_LABELS:
                assert set(matcher.value.split("|")) <= labels.get(matcher.name, set()), f"{selector.name}{{{matcher.name}}}"


@pytest.mark.parametrize("expression", expressions())
def test_every_label_that_is_summed_by_is_one_of_its_metrics(expression):
    for aggregate in parts(expression, promql_parser.AggregateExpr):
        selectors = list(parts(str(aggregate.expr), promql_parser.VectorSelector))
        known = {label for selector in selectors if selector.name in metrics() for label in metrics()[selector.name].labels}
        by = set(aggregate.modifier.labels) if aggregate.modifier else set()
        assert by <= known | TARGET_LABELS


def test_the_committed_dashboard_is_what_its_program_writes():
    assert dashboard.FILE.read_text(encoding="utf-8") == dashboard.written(), "run `make generate`"


def test_every_panel_has_a_question_of_its_own_and_a_place_of_its_own():
    panels = json.loads(dashboard.written())["panels"]
    assert len({panel["title"] for panel in panels}) == len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["title"].endswith("?") for panel in panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < dashboard.COLUMNS


def test_the_dashboard_shows_every_metric_but_those_that_only_describe():
    shown = {selector.name for expression in dashboard.expressions() for selector in parts_of_panel(expression)}
    ours = {name.removesuffix("_sum").removesuffix("_count").removesuffix("_bucket") for name in metrics() if name.startswith("dateline_")}
    families = {name.removesuffix("_bucket") for name in shown}
    # Facts, details of /status and of the content that the page shows.
    left_out = {
        *("dateline_build_info", "dateline_loop_last_turn_timestamp_seconds", "dateline_task_restarts_total"),
        *("dateline_kafka_rebalance_duration_seconds", "dateline_kafka_transaction_records"),
        *("dateline_poller_entries_total", "dateline_enricher_articles_total", "dateline_enricher_attributions_total"),
        *("dateline_enricher_relations_total", "dateline_enricher_texts_total"),
    }
    assert ours - families == left_out


def parts_of_panel(expression):
    return parts(expression.replace("$__rate_interval", "1m"), promql_parser.VectorSelector)


def test_the_dashboard_asks_the_source_that_is_provisioned_with_the_interval_of_the_scrapes():
    provisioned = ROOT / "deploy" / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioned / "datasources" / "prometheus.yaml").read_text(encoding="utf-8"))["datasources"]
    scrape = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    assert source["type"] == "prometheus"
    assert source["jsonData"]["timeInterval"] == scrape["global"]["scrape_interval"]


def test_every_alert_says_how_urgent_it_is_and_where_to_read_on():
    for alert in alerts():
        assert alert["labels"]["severity"] in ("page", "ticket"), alert["alert"]
        assert alert["annotations"]["runbook"] == f"OPERATIONS.md#{alert['alert'].lower()}"
        assert alert["annotations"]["summary"]


def test_every_alert_has_a_case_that_fires_and_one_that_stays_silent():
    cases = [
        (case["alertname"], bool(case["exp_alerts"]))
        for file in CASES
        for test in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]
        for case in test["alert_rule_test"]
    ]
    assert (
        {name for name, fires in cases if fires} == {name for name, fires in cases if not fires} == {alert["alert"] for alert in alerts()}
    )


def test_the_bounds_of_the_rules_are_bounds_of_the_buckets():
    bounds = {
        (selector.name, matcher.value)
        for rule in rules()
        for selector in parts(rule["expr"], promql_parser.VectorSelector)
        for matcher in selector.matchers.matchers
        if matcher.name == "le"
    }
    assert bounds == {("dateline_end_to_end_seconds_bucket", "60.0")}
    # A quantile cannot be compared with a bound that lies inside a bucket.
    assert f"{PollerSettings().min_interval_seconds:.1f}" in metrics()["dateline_poller_schedule_delay_seconds_bucket"].labels["le"]


def test_a_poll_is_late_by_the_shortest_interval_that_is_set_by_default():
    (late,) = (alert for alert in alerts() if alert["alert"] == "DatelinePollerLate")
    assert late["expr"].strip().endswith(f"> {PollerSettings().min_interval_seconds:g}")
