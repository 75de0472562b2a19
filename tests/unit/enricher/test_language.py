"""Which language an article is in, and on which partition its group stands."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.enricher.close import ask_words
from dateline.enricher.engines import Opinion, ask_cld2
from dateline.enricher.fusion import weigh
from dateline.enricher.language import detect_language, language_group
from dateline.enricher.placement import LARGEST_GROUPS, partition_of_group
from dateline.enricher.scripts import sample_of
from dateline.enricher.tags import canonical_language
from examples import examples

ENGLISH = "The council opened the new bridge over the river on Sunday, two years later than it had been planned. " * 3
NORWEGIAN = "Kommunestyret åpnet søndag den nye broen over elven, to år senere enn det opprinnelig var planlagt av dem. " * 3
SERBIAN = "Влада је данас усвојила предлог закона о раду, а посланици ће о њему расправљати наредне недеље у Скупштини."
CROATIAN = "Vlada je danas usvojila prijedlog zakona o radu, a zastupnici će o njemu raspravljati sljedeći tjedan u Saboru."
SIMPLIFIED = "国务院总理会见了美国代表团，并就经济问题发表讲话，记者报道了此次会议。"
TRADITIONAL = "國務院總理會見了美國代表團，並就經濟問題發表講話，記者報導了此次會議。"
TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?")
# Everything a string can hold, lone surrogates and controls with it, among words.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40) | st.lists(
    st.sampled_from(
        ["the", "bridge", "Brücke", "новый", "мост", "桥", "橋", "橋を", "جسر", "पुल", "\x00", "\ud800", "😀", "7", "@a", "http://b.example"]
    ),
    max_size=30,
).map(" ".join)


def test_text_and_declaration_that_agree_are_agreed() -> None:
    language = detect_language(None, ENGLISH, [None, "en-GB"])
    assert (language.tag, language.script, language.method, language.declared) == ("en", "Latn", "agreed", ["en-GB"])


def test_a_long_text_overrules_a_wrong_declaration_which_stays_as_declared() -> None:
    language = detect_language(None, NORWEGIAN, ["en-US"])
    assert (language.tag, language.method, language.declared) == ("nb", "detected", ["en-US"])


@pytest.mark.parametrize(
    ("headline", "tag"),
    [
        ("Rådet åbnede søndag den nye bro over åen", "da"),
        ("Stadtrat eröffnet neue Brücke über den Fluss", "de"),
        ("El ayuntamiento inauguró el domingo el puente nuevo", "es"),
        ("Şehir meclisi yeni köprüyü pazar günü açtı", "tr"),
        ("Ратуша открыла в воскресенье новый мост через реку", "ru"),
        ("Міська рада відкрила в неділю новий міст через річку", "uk"),
        ("市议会周日为新桥举行了通车典礼", "zh-Hans"),
        ("市議会は日曜日に新しい橋を開通させた", "ja"),
        ("افتتح مجلس المدينة الجسر الجديد فوق النهر يوم الأحد", "ar"),
        ("شورای شهر روز یکشنبه پل تازه را روی رودخانه گشود", "fa"),
        ("नगर परिषद ने रविवार को नदी पर नया पुल खोला", "hi"),
        ("Hội đồng thành phố khánh thành cây cầu mới hôm chủ nhật", "vi"),
    ],
)
def test_a_headline_tells_its_language_without_a_declaration_and_against_a_wrong_one(headline: str, tag: str) -> None:
    assert [detect_language(headline, None, declared).tag for declared in ([], ["en"])] == [tag, tag]


def test_english_is_believed_less_than_any_other_declaration() -> None:
    english, german = (detect_language(None, "", [tag]).confidence for tag in ("en", "de"))
    assert (round(english, 2), round(german, 2)) == (0.7, 0.9)


def test_a_declaration_weighs_more_than_a_doubtful_text() -> None:
    silent, declared = (detect_language("Trump samlar veljarar i Vest-Virginia", None, given) for given in ([], ["nn"]))
    assert (declared.tag, declared.method) == ("nn", "agreed")
    assert declared.confidence > silent.confidence


def test_the_most_specific_declaration_counts_most() -> None:
    assert [detect_language(None, "", tags).tag for tags in (["hr", "sr"], ["sr", "hr"])] == ["hr", "sr-Cyrl"]


def test_a_short_text_is_what_it_is_declared_to_be_and_undetermined_without() -> None:
    assert detect_language("Kylian Mbappé", None, ["de"]).tag == "de"
    silent = detect_language("Kylian Mbappé", None, [None])
    assert (silent.tag, silent.confidence, silent.method, silent.script) == (None, None, "undetermined", "Latn")


@pytest.mark.parametrize(
    ("names", "declared", "tag"),
    [
        ("Man Utd 2-1 Leeds; Arsenal 0-0 Fulham; Spurs 3-2 Wolves; " * 3, ["de"], "de"),
        ("Man Utd 2-1 Leeds; Arsenal 0-0 Fulham; Spurs 3-2 Wolves; " * 3, ["no"], "nb"),
        ("AAPL TSLA BABA NIO XPEV KO", ["en"], None),
    ],
)
def test_a_text_that_is_in_no_language_is_in_a_declared_one_or_undetermined(names: str, declared: list[str], tag: str | None) -> None:
    assert detect_language(None, names, []).tag is None
    assert detect_language(None, names, declared).tag == tag


@pytest.mark.parametrize(
    "nothing",
    ["", " ", "12.03.2026 – 14:00", "😀😀🔥🔥", "\x00\x01\x02", "\ud800\udfff", "https://gazette.example/de/der-artikel-ueber-die-bruecke"],
)
def test_what_holds_no_words_is_undetermined(nothing: str) -> None:
    assert detect_language(nothing, nothing, []).tag is None


@pytest.mark.parametrize(
    "noise", ["\x00", "\ud800", "\x1b[31m", "\u200b", "\u202e", "👩‍👩‍👧", " www.gazette.example/fr/?a=b ", " desk@gazette.example "]
)
def test_noise_between_words_changes_nothing(noise: str) -> None:
    words = ["Der", "Stadtrat", "hat", "am", "Sonntag", "die", "neue", "Brücke", "über", "den", "Fluss", "eröffnet"]
    assert detect_language(f"{noise} ".join(words), None, []).tag == "de"


@pytest.mark.parametrize(("text", "tag"), [("กรุงเทพ", "th"), ("서울", "ko"), ("Αθήνα", "el"), ("თბილისი", "ka")])
def test_a_script_of_one_language_says_it_with_a_single_word(text: str, tag: str) -> None:
    assert detect_language(text, None, []).tag == tag


@pytest.mark.parametrize("text", ["Москва", "東証続落", "Paris", "الرياض"])
def test_a_script_of_several_languages_says_nothing_with_a_single_word(text: str) -> None:
    assert detect_language(text, None, []).tag is None


def test_a_headline_repeated_as_the_body_is_no_longer_than_it_is() -> None:
    assert detect_language("Real Madrid", "Real Madrid", []).tag is None


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
        ("Apple 發表 iPhone 17 Pro Max，股價隨即上漲，分析師表示樂觀", None, "zh-Hant", "Hant"),
        ("中文", "zh-TW", "zh-Hant", "Hant"),
        ("中文", "zh-CN", "zh-Hans", "Hans"),
        ("東京で会議が開かれた。首相は出席しなかった。", None, "ja", "Jpan"),
        ("국회는 오늘 새로운 법안을 통과시켰다고 밝혔다.", None, "ko", "Kore"),
        ("Шаҳар кенгаши якшанба куни дарё устидаги янги кўприкни очди, деб хабар берди ҳокимият.", "uz", "uz-Cyrl", "Cyrl"),
        ("Shahar kengashi yakshanba kuni daryo ustidagi yangi koʻprikni ochdi, deb xabar berdi hokimiyat.", None, "uz", "Latn"),
        ("شارەوانی ڕۆژی یەکشەممە پردە نوێیەکەی سەر ڕووبارەکەی کردەوە", None, "ckb", "Arab"),
        ("", "no", "nb", None),
        ("Kommunestyret opna sundag den nye brua over elva, og dei som bur der er ikkje nøgde", "no", "nn", "Latn"),
        ("", "prs-AF", "fa", None),
        ("", "iw", "he", None),
        ("", "tl", "fil", None),
        ("", "in", "id", None),
    ],
)
def test_tags_are_canonical_and_say_the_script_where_it_matters(text: str, declared: str | None, tag: str, script: str | None) -> None:
    language = detect_language(None, text, [declared])
    assert (language.tag, language.script) == (tag, script)


def test_languages_that_the_text_hardly_tells_apart_are_guessed_with_little_confidence_and_named() -> None:
    language = detect_language("Predsjednik je danas najavio izbore u travnju", None, [])
    vague = detect_language("Policija je danas uhapsila trojicu osumnjičenih", None, [])
    assert language.tag == "hr"
    assert vague.confidence < 0.9
    assert {vague.tag, *(other.tag for other in vague.alternatives)} == {"bs", "hr", "sr-Latn"}
    assert sum((vague.confidence, *(other.confidence for other in vague.alternatives))) <= 1.001


def test_own_words_tell_close_languages_apart() -> None:
    assert [ask_words(text, "hbs").symbol for text in ("Tko je izvijestio sud?", "Ko je pobedio, gde i pre koga?", "Tko? Ko?")] == [
        "hr:1",
        "sr:2",
        "",
    ]
    assert [ask_words(text, "ethiopic").symbol[:2] for text in ("ኣብ ሓደ መዓልቲ", "አንድ ቀን")] == ["ti", "am"]


@pytest.mark.parametrize(
    ("body", "mixed"),
    [
        (ENGLISH + NORWEGIAN, True),
        (ENGLISH * 6 + NORWEGIAN * 6, True),
        (ENGLISH * 12, False),
        (CROATIAN * 12, False),
        (ENGLISH + "The mayor said “vi er stolte” and left. " + ENGLISH, False),
        (ENGLISH[:104] + SERBIAN, True),
        ("", False),
    ],
)
def test_a_text_in_two_languages_is_flagged_and_a_quotation_is_not(body: str, *, mixed: bool) -> None:
    assert detect_language("The bridge", body, []).mixed is mixed


def test_a_list_of_names_after_a_text_makes_no_second_language() -> None:
    names = "Lim Tan Goh Ong Lee Koh Chua Teo Ng Ang Yeo Sim Wee Low Ho Chan " * 6
    assert not detect_language(None, ENGLISH + names, []).mixed


def test_addresses_are_read_in_no_language() -> None:
    address = "https://zeitung.example/politik/der-stadtrat-hat-am-sonntag-die-neue-bruecke-ueber-den-fluss-eroeffnet"
    assert sample_of(f"See {address} and write to die.neue.zeitung@stadtrat.example now").text == "See and write to now"


def test_a_declaration_of_english_does_not_spare_a_doubtful_text_the_slow_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("dateline.enricher.language.ask_langid", lambda text: asked.append(text) or Opinion("langid", "de:0"))
    for declared in ("de", "en"):
        detect_language("Smith hält Rede in West Riverton ab", None, [declared])
    assert asked == ["Smith hält Rede in West Riverton ab"]


def test_the_slow_detector_is_asked_only_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("dateline.enricher.language.ask_langid", lambda text: asked.append(text) or Opinion("langid", "nb:0"))
    detect_language(None, ENGLISH, [])
    assert asked == []
    detect_language("Scherzer vil drille Rockies", None, [])
    assert asked == ["Scherzer vil drille Rockies"]


def test_a_detector_that_refuses_a_text_knows_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError

    monkeypatch.setattr("dateline.enricher.engines._cld2", lambda: (refuse, ValueError))
    assert ask_cld2("Der Stadtrat") == Opinion("cld2", "")


def test_probabilities_sum_to_one_at_most_and_fall() -> None:
    ranking = weigh((Opinion("script", "Latn"), Opinion("eldc", "no:1"), Opinion("cld2", "da:2")), (("nb", "nn"),))
    assert sum(candidate.probability for candidate in ranking) <= 1.0000001
    assert sorted(ranking, key=lambda candidate: -candidate.probability) == list(ranking)


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


@examples(150)
@given(
    ANY_TEXT, ANY_TEXT, st.lists(st.text(max_size=6) | st.sampled_from(["en", "zh-Hant-TW", "no", "sh", "ar_EG", "x-klingon"]), max_size=3)
)
def test_any_text_has_one_answer_with_a_canonical_tag(headline: str, body: str, declared: list[str]) -> None:
    language = detect_language(headline, body, declared)
    assert language == detect_language(headline, body, declared)
    assert (language.tag is None) == (language.method == "undetermined") == (language.confidence is None)
    for tag in filter(None, [language.tag, *(other.tag for other in language.alternatives)]):
        assert TAG.fullmatch(tag)
        assert canonical_language(tag) == tag.partition("-")[0]
    assert all(0 <= other.confidence <= 1 for other in language.alternatives)
