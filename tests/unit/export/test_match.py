"""Which events a condition lets pass."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
import pytest

from dateline.cli import cli, run
from dateline.errors import Unmatchable
from dateline.export import match
from dateline.export.match import FIELDS, BadCondition, parse

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples"
EVENT = json.loads((EXAMPLES / "io.dateline.news.v1.json").read_text(encoding="utf-8"))
ENRICHED = json.loads((EXAMPLES / "io.dateline.article.enriched.v1.json").read_text(encoding="utf-8"))


def passes(*expressions: str, **changes: object) -> bool:
    return parse(expressions)(EVENT | changes)


def test_without_a_condition_everything_passes():
    assert not parse([])
    assert passes()


@pytest.mark.parametrize(
    "expression",
    [
        "language=en",
        "language=EN",
        "language!=de",
        "publisher=Harbour Lantern",
        "publisher=harbour-lantern.example",
        "publisher~lantern",
        "origin=Meridian Press",
        "origin=demo-meridian-press",
        "origin~^meridian",
        "relation=republication",
        "relation!=original",
        "role=first",
        "story_role=first",
        "labels=coast",
        "label=English",
        "labels!=inland",
        "text~ferry",
        "text~FERRY to tarn",
        "text~eleven  weeks",
        "text~\\b3\\.6 million\\b",
        "text=new pier cost",
        "status=usable",
        "published>=2026-03-03",
        "published>=2026-03-03T07:15:00Z",
        "seen>=2026-03-03",
        "copies>=1",
        "words>=78",
        "words=78",
        "confidence>=0.9",
    ],
)
def test_a_condition_that_holds(expression):
    assert passes(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "language=de",
        "language=e",
        "language!=en",
        "publisher=Lantern",
        "publisher!=harbour lantern",
        "origin=Meridian",
        "origin=",
        "relation=original",
        "role=duplicate",
        "labels=coa",
        "labels!=coast",
        "text~ferr",
        "text~weeks eleven",
        "published>=2026-03-03T07:15:01Z",
        "copies>=2",
        "words>=79",
        "confidence>=0.96",
        "status=canceled",
    ],
)
def test_a_condition_that_does_not_hold(expression):
    assert not passes(expression)


def test_all_conditions_must_hold():
    assert passes("language=en", "text~ferry", "text~pier")
    assert not passes("language=en", "text~ferry", "text~tram")


def test_a_language_stands_for_its_scripts_and_regions_and_no_language_for_none():
    assert passes("language=zh", language="zh-Hans")
    assert not passes("language=zh-Hans", language="zh-Hant")
    assert passes("language=", language=None)
    assert not passes("language=en", language=None)
    assert passes("language!=en", language=None)


def test_a_word_of_a_script_without_spaces_is_found_within_a_run_of_signs():
    assert passes("text~渡轮", body="前往塔恩岛的渡轮再次启航")
    assert not passes("text~火车", body="前往塔恩岛的渡轮再次启航")


def test_what_is_missing_is_neither_more_nor_equal():
    assert not passes("published>=2000-01-01", published_at=None)
    assert not passes("published=2026-03-03", published_at=None)
    assert passes("publisher=", publisher=None)


def test_an_enriched_article_is_asked_where_the_same_stands_in_it():
    for expression in ("language=en", "relation=republication", "origin=Meridian Press", "text~ferry", "labels=coast"):
        assert parse([expression])(ENRICHED), expression


def test_an_event_of_another_shape_matches_nothing_and_breaks_nothing():
    asked = {"time": ">=2026-01-01", "number": ">=1"}
    for value in ({}, {"origins": 3, "story": "x", "feed": [1], "body": {"a": 1}, "word_count": "many", "published_at": "soon"}):
        for name, field in FIELDS.items():
            assert not parse([name + asked.get(field.kind, "~1")])(value)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("langage=en", ["'langage'", *FIELDS]),
        ("=en", ["''", *FIELDS]),
        ("ferry", ["field=value", "field~word"]),
        ("", ["field=value"]),
        ("relation=copied", ["'copied'", "automatic_republication"]),
        ("role=second", ["first, duplicate, revision, excerpt"]),
        ("language>=en", ["published, seen, copies, words, confidence"]),
        ("words~7", ["= or >="]),
        ("words>=many", ["'many' is not a number"]),
        ("published>=yesterday", ["2026-01-31"]),
        ("text~(", ["not a regular expression"]),
        ("text~", ["which word"]),
    ],
)
def test_a_wrong_condition_is_refused_with_what_would_be_right(expression, says):
    with pytest.raises(BadCondition) as caught:
        parse([expression])
    assert [part for part in says if part not in str(caught.value)] == []


@pytest.mark.heavy
def test_a_pattern_that_backtracks_without_end_is_stopped_and_named():
    started = time.monotonic()
    with pytest.raises(Unmatchable, match="more simply"):
        passes(r"text~(a|aa)+$", body="a" * 5000 + "b")
    assert time.monotonic() - started < 5


class Dawdling:
    """A pattern that finds nothing and takes its time, less than it may, over each text."""

    def __init__(self) -> None:
        self.given: list[float] = []

    def search(self, _: str, *, timeout: float, **__: object) -> None:
        self.given.append(timeout)
        time.sleep(0.03)


def test_all_texts_and_conditions_of_an_event_share_one_budget(monkeypatch):
    pattern = Dawdling()
    monkeypatch.setattr(match, "PATTERN_SECONDS", 0.05)
    monkeypatch.setattr(match.regex, "compile", lambda *_: pattern)
    with pytest.raises(Unmatchable, match=r"longer than 0\.05 s"):
        passes("text!=no such words", "text~(one)", "text~(other)", headline="a", summary="b", body="c")
    assert len(pattern.given) == 2
    assert pattern.given[1] < 0.03


def test_a_wrong_field_of_tap_is_a_usage_error_that_lists_the_right_ones(capsys):
    assert run(["tap", "news", "--match", "langage=en"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert [name for name in FIELDS if name not in said] == []


def test_the_help_lists_every_field():
    tap = cli.get_command(click.Context(cli), "tap")
    (option,) = [parameter for parameter in tap.params if parameter.name == "match"]
    assert [name for name in FIELDS if name not in option.help] == []
