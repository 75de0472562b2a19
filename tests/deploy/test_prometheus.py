"""Prometheus itself reads our rules, tries them on invented numbers, and looks at a process."""

from __future__ import annotations

import pytest
from exposed import exposition, serving
from expressions import CASES, expressions, rules
from live_prometheus import PROMETHEUS, is_evaluated, is_scraped, prometheus, promtool, until

pytestmark = pytest.mark.foreign


def test_promtool_accepts_the_rules_and_the_configuration():
    assert f"{len(rules())} rules found" in promtool("check", "rules", str(PROMETHEUS / "rules.yml"))
    promtool("check", "config", str(PROMETHEUS / "prometheus.yml"))


def test_promtool_has_nothing_to_say_about_our_metrics():
    assert promtool("check", "metrics", given=exposition()) == ""


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_alerts_fire_where_they_should_and_stay_silent_where_they_should_not(file):
    promtool("test", "rules", str(file))


async def test_prometheus_finds_a_process_well_and_can_evaluate_every_rule_and_every_panel(tmp_path):
    async with serving() as ops_port, prometheus(tmp_path, ops_port) as ask:
        (target,) = (await until(lambda: ask("targets"), lambda said: is_scraped(said["activeTargets"])))["activeTargets"]
        assert (target["health"], target["lastError"]) == ("up", "")
        groups = (await until(lambda: ask("rules"), lambda said: is_evaluated(said["groups"])))["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        assert len(found) == len(rules())
        assert [(rule["name"], rule["lastError"]) for rule in found if rule["health"] != "ok"] == []
        for expression in expressions():
            await ask("query", query=expression)
        (version,) = (await ask("query", query='dateline_build_info{job="dateline"}'))["result"]
        assert "version" in version["metric"]
