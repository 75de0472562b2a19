"""Which language an article is in, and on which partition its group stands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.enricher.language import detect_language, language_group
from dateline.enricher.placement import LARGEST_GROUPS, partition_of_group
from dateline.enricher.tags import canonical_language

ENGLISH = "The council opened the new bridge over the river on Sunday, two years later than it had been planned. " * 3
NORWEGIAN = "Kommunestyret åpnet søndag den nye broen over elven, to år senere enn det opprinnelig var planlagt av dem. " * 3
SERBIAN = "Влада је данас усвојила предлог закона о раду, а посланици ће о њему расправљати наредне недеље у Скупштини."
CROATIAN = "Vlada je danas usvojila prijedlog zakona o radu, a zastupnici će o njemu raspravljati sljedeći tjedan u Saboru."
SIMPLIFIED = "国务院总理会见了美国代表团，并就经济问题发表讲话，记者报道了此次会议。"
TRADITIONAL = "國務院總理會見了美國代表團，並就經濟問題發表講話，記者報導了此次會議。"


def test_text_and_declaration_that_agree_are_agreed() -> None:
    language = detect_language(None, ENGLISH, [None, "en-GB"])
    assert (language.tag, language.script, language.method, language.declared) == ("en", "Latn", "agreed", ["en-GB"])


def test_a_long_text_overrules_a_wrong_declaration_which_is_kept_as_an_alternative() -> None:
    language = detect_language(None, NORWEGIAN, ["en-US"])
    assert (language.tag, language.method, [other.tag for other in language.alternatives]) == ("nb", "detected", ["en"])


def test_a_short_text_is_what_it_is_declared_to_be_and_undetermined_without() -> None:
    assert detect_language("Kylian Mbappé", None, ["de"]).tag == "de"
    silent = detect_language("Kylian Mbappé", None, [None])
    assert (silent.tag, silent.confidence, silent.method, silent.script) == (None, None, "undetermined", "Latn")


def test_a_declaration_that_the_script_contradicts_is_not_believed() -> None:
    assert detect_language("Привет, мир", None, ["en"]).tag is None
    assert detect_language("Привет, мир", None, ["en", "ru"]).tag == "ru"


@pytest.mark.parametrize(
    ("text", "declared", "tag", "script"),
    [
        (SERBIAN, "sr", "sr-Cyrl", "Cyrl"),
        (CROATIAN, "sr-RS", "sr-Latn", "Latn"),
        (CROATIAN, "hr", "hr", "Latn"),
        (SIMPLIFIED, "zh-TW", "zh-Hans", "Hans"),
        (TRADITIONAL, "zh", "zh-Hant", "Hant"),
        ("中文", "zh-TW", "zh-Hant", "Hant"),
        ("中文", "zh-CN", "zh-Hans", "Hans"),
        ("東京で会議が開かれた。首相は出席しなかった。", None, "ja", "Jpan"),
        ("국회는 오늘 새로운 법안을 통과시켰다고 밝혔다.", None, "ko", "Kore"),
        ("", "no", "nb", None),
        ("", "prs-AF", "fa", None),
    ],
)
def test_tags_are_canonical_and_say_the_script_where_it_matters(text: str, declared: str | None, tag: str, script: str | None) -> None:
    language = detect_language(None, text, [declared])
    assert (language.tag, language.script) == (tag, script)


def test_languages_that_no_text_tells_apart_are_guessed_with_little_confidence_and_named_all() -> None:
    language = detect_language(None, CROATIAN, [])
    assert language.confidence <= 0.5
    assert {language.tag, *(other.tag for other in language.alternatives)} == {"bs", "hr", "sr-Latn"}


@pytest.mark.parametrize("declared", ["und", "mul", "x", "", "english", "e", "qqq", "12"])
def test_what_is_no_language_declares_none(declared: str) -> None:
    assert canonical_language(declared) is None


def test_close_languages_share_a_group_and_nothing_is_und() -> None:
    tags = ["bs", "hr", "sr-Latn", "id", "ms", "nb", "nn", "zh-Hans", "zh-Hant", "pt", None]
    assert [language_group(tag) for tag in tags] == ["hbs"] * 3 + ["ms"] * 2 + ["no"] * 2 + ["zh"] * 2 + ["pt", "und"]


def test_large_groups_are_spread_evenly_and_small_ones_left_to_their_key() -> None:
    partitions = [partition_of_group(group, 24) for group in LARGEST_GROUPS]
    assert sorted(partitions) == list(range(24))
    assert {partition_of_group(group, 1) for group in LARGEST_GROUPS} == {0}
    assert partition_of_group("is", 24) is None


@settings(max_examples=40)
@given(st.text(max_size=20), st.text(max_size=40), st.lists(st.text(max_size=6), max_size=2))
def test_no_text_and_no_declaration_makes_detection_fail(headline: str, body: str, declared: list[str]) -> None:
    language = detect_language(headline, body, declared)
    assert (language.tag is None) == (language.method == "undetermined") == (language.confidence is None)
