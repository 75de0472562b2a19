"""What the enricher's loop counts: one outcome for each article, by labels that are few."""

from __future__ import annotations

from articles import AGENCIES, BODY, raw

from dateline.enricher import metrics, rules
from dateline.enricher.chunks import answer_frame, outcomes_in
from dateline.enricher.metrics import count_articles
from dateline.enricher.record import enrich_record
from dateline.errors import Undecodable
from dateline.events import encode
from fakes import FakeRecord


def sums():
    """Sums of each family over its labels."""
    return {
        family.name: sum(sample.value for sample in family.samples if sample.name.endswith("_total"))
        for family in metrics.REGISTRY.collect()
    }


def record(value):
    return FakeRecord("articles.raw", 0, 0, 0, b"key", value, ())


def test_each_article_counts_once_in_every_family():
    before = sums()
    records = [record(encode(raw())), record(b"{"), record(encode(raw(BODY + "<p>Source: Tern News</p>")))]
    outcomes = outcomes_in(answer_frame([enrich_record(each, AGENCIES, 4) for each in records])[4:], records)
    assert isinstance(outcomes[1], Undecodable)
    count_articles(records, outcomes)
    counted = {name: value - before[name] for name, value in sums().items()}
    assert counted.pop("dateline_enricher_articles") == 3
    assert set(counted.values()) == {2}


def test_what_no_label_is_made_for_counts_as_other():
    before = metrics.REGISTRY.get_sample_value("dateline_enricher_languages_total", {"language": "other"})
    series = sum(len(family.samples) for family in metrics.REGISTRY.collect())
    (output,) = enrich_record(record(encode(raw())), AGENCIES, 4)
    count_articles([record(b"")], [[output._replace(facts=("xx", "unattributed", "unknown", "a new kind of proof", "content"))]])
    assert metrics.REGISTRY.get_sample_value("dateline_enricher_languages_total", {"language": "other"}) == before + 1
    assert sum(len(family.samples) for family in metrics.REGISTRY.collect()) == series


def test_every_kind_of_proof_that_rules_know_has_a_label():
    assert {rule.kind for rule in rules.rule_book().rules} <= set(metrics._PROOFS)
