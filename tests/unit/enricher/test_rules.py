"""The rules of attribution: each holds for its examples and passes over the others."""

from __future__ import annotations

import pytest

from dateline.enricher.agencies import load_agencies
from dateline.enricher.evidence import Where, find_evidence
from dateline.enricher.rules import Example, Rule, rule_book
from dateline.enricher.zones import Line

AGENCIES = load_agencies(None)
RULES = rule_book().rules
EXAMPLES = [(rule, example) for rule in RULES for example in rule.examples]


def line_for(rule: Rule, text: str) -> Line:
    """The line in one of the rule's places."""
    kind = "republication_disclaimer" if "disclaimer" in rule.places else None
    if "above" in rule.places and kind is None:
        return Line("above", text, "source", 0, None, 1)
    if rule.places & {"tail", "below", "disclaimer"}:
        return Line("below", text, "source", 0, kind, 1)
    if declared := rule.places & {"author", "source", "source_address", "canonical"}:
        return Line("declared", text, "source", 0, name=next(iter(declared)))
    return Line("body", text, "body", 0, None, 0, 0)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule.id}: {example.line[:40]}" for rule, example in EXAMPLES])
def test_a_rule_holds_for_its_examples_and_for_no_counterexample(rule: Rule, example: Example) -> None:
    speaking = {
        language for identity in example.origins for agency in AGENCIES.agencies if agency.id == identity for language in agency.languages
    }
    domain = "msn.com" if rule.form == "portal" and example.name else "post.example"
    where = Where(language=next(iter(sorted(speaking)), "en"), domain=domain)
    found = [
        finding
        for finding in find_evidence([(line_for(rule, example.line), AGENCIES.names.in_line(example.line))], where)
        if finding.rule.id == rule.id
    ]
    if not example.origins and example.name is None and example.says is None:
        assert found == []
        return
    (finding,) = found
    assert tuple(dict.fromkeys(agency.id for agency, _ in finding.agencies)) == example.origins
    assert finding.name == example.name
    if example.says is not None:
        assert finding.text == example.says
    assert finding.text in example.line


def test_every_rule_has_an_example_and_a_counterexample() -> None:
    lacking = [
        rule.id
        for rule in RULES
        if not any(example.origins or example.name or example.says for example in rule.examples)
        or not any(not (example.origins or example.name or example.says) for example in rule.examples)
    ]
    assert lacking == []
