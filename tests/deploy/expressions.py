"""The PromQL of rules and dashboard, taken apart."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import promql_parser
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "rules.yml"
# What promtool tries them on.
CASES = [Path(__file__).with_name(name) for name in ("alerts.yml", "alerts_of_days.yml")]

sys.path.insert(0, str(ROOT / "deploy" / "grafana"))

import dashboard  # noqa: E402 - a script beside what it writes, not a package


@cache
def rules() -> list[dict[str, Any]]:
    """Every rule, in order."""
    return [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    """Every rule that calls somebody."""
    return [rule for rule in rules() if "alert" in rule]


def recorded() -> set[str]:
    """The names that rules record."""
    return {rule["record"] for rule in rules() if "record" in rule}


def in_panel(expression: str) -> str:
    """An expression of the dashboard as Grafana sends it."""
    return expression.replace("$__rate_interval", "1m").replace("$job", "dateline")


def expressions() -> list[str]:
    """All of them, as Prometheus gets them."""
    return [*(rule["expr"] for rule in rules()), *map(in_panel, dashboard.expressions())]


def parts(expression: str, kind: type) -> Iterator[Any]:
    """Every node of a kind; ValueError where the expression cannot be read."""
    found: list[Any] = []
    promql_parser.walk(promql_parser.parse(expression), found.append)
    return (node for node in found if isinstance(node, kind))
