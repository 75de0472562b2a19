"""OPERATIONS.md has an answer to every alert."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from operations import OPERATIONS

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules.yml"
GROUPS = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
SEVERITIES = {rule["alert"]: rule["labels"]["severity"] for group in GROUPS for rule in group["rules"] if "alert" in rule}


def text():
    return OPERATIONS.read_text(encoding="utf-8")


def test_every_alert_has_a_section_in_the_order_of_the_rules_and_no_section_is_left_over():
    part = text().split("\n## Alerts\n")[1].split("\n## ")[0]
    assert re.findall(r"^### (\w+)$", part, re.MULTILINE) == list(SEVERITIES)


@pytest.mark.parametrize("alert", SEVERITIES)
def test_a_section_says_what_an_alert_means_how_to_look_and_what_to_do(alert):
    section = re.split(r"\n##+ ", text().split(f"\n### {alert}\n")[1])[0]
    paragraphs = [paragraph for paragraph in section.strip().split("\n\n") if paragraph]
    assert [paragraph.split("**")[1] for paragraph in paragraphs] == ["Means.", "Look.", "Do."]
    assert all(len(paragraph.split()) > 5 for paragraph in paragraphs)


def test_the_alerts_that_call_at_night_are_named_before_the_others():
    named = re.findall(r"Dateline\w+", text().split("\n## Alerts\n")[1].split("\n### ")[0])
    assert named == [alert for alert, severity in SEVERITIES.items() if severity == "page"]
