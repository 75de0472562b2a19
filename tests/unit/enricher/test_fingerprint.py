"""What changes a fingerprint and what does not."""

from __future__ import annotations

import time
from base64 import b64decode

import pytest

from dateline.enricher.fingerprint import fingerprint_of

FERRY = "The ferry crews of Port Amber voted on Sunday to end a strike of 12 days that had cost the islands 1,400 visitors."


def hashes(text: str) -> set[bytes]:
    sketch = b64decode(fingerprint_of("", text).sketch)
    return {sketch[place : place + 4] for place in range(0, len(sketch), 4)}


def numbers(text: str) -> str:
    return fingerprint_of("", text).numbers


def shared(one: str, other: str) -> float:
    left, right = hashes(one), hashes(other)
    return len(left & right) / min(len(left), len(right))


@pytest.mark.parametrize(
    "copy",
    [
        FERRY.upper(),
        FERRY.replace(" ", "\u00a0\n"),
        FERRY.replace("ferry", "fer\u00adry").replace("voted", "vo\u200bted"),
        f"«{FERRY}»",
        FERRY.replace("1,400", "1.400"),
        FERRY.replace("Port Amber", "Ｐｏｒｔ Ａｍｂｅｒ"),
    ],
)
def test_case_spaces_punctuation_and_invisible_characters_change_nothing(copy: str) -> None:
    assert fingerprint_of("", copy) == fingerprint_of("", FERRY)


def test_a_headline_has_a_hash_of_its_own_and_does_not_change_a_text() -> None:
    one, other = fingerprint_of("Strike ends", FERRY), fingerprint_of("Ferries sail again", FERRY)
    assert one.title_hash != other.title_hash
    assert (one.content_hash, one.sketch) == (other.content_hash, other.sketch)
    assert one.title_hash == fingerprint_of("STRIKE — ends!", "").title_hash == fingerprint_of("strike ends", "").content_hash


def test_a_word_that_is_changed_changes_the_two_shingles_it_is_in() -> None:
    assert len(hashes(FERRY) - hashes(FERRY.replace("Sunday", "Monday"))) == 2


@pytest.mark.parametrize(
    ("text", "changed", "least"),
    [
        ("港口渡轮船员星期日投票决定结束持续十二天的罢工", "港口渡轮船员星期一投票决定结束持续十二天的罢工", 0.8),
        ("เรือข้ามฟากกลับเข้าท่าแล้วเมื่อวันอาทิตย์", "เรือข้ามฟากออกจากท่าแล้วเมื่อวันอาทิตย์", 0.5),
        ("フェリーの乗組員は日曜日に投票でストライキの終了を決めた", "フェリーの乗組員は月曜日に投票でストライキの終了を決めた", 0.8),
    ],
)
def test_scripts_without_spaces_are_compared_by_letters(text: str, changed: str, least: float) -> None:
    assert least <= shared(text, changed) < 1
    assert shared(text, f"{text[:9]} {text[9:]}") == 1


def test_words_of_scripts_with_marks_are_whole() -> None:
    assert fingerprint_of("", "तमिलनाडु में नावें लौटीं").shingles == 3
    assert fingerprint_of("", "페리 승무원들이 파업을 끝냈다").shingles == 3


def test_numbers_are_the_same_in_any_digits_and_with_any_points() -> None:
    assert numbers("1,400 of 12") == numbers("١٬٤٠٠ or ١٢") == numbers("12: 1.400") == numbers("1'400, 12, and 12")
    assert numbers("1,400") != numbers("1, 400")
    assert numbers("none at all") == ""


@pytest.mark.parametrize("text", ["", " \n", "…", "\ud800", "\u200b"])
def test_a_text_without_words_has_an_empty_fingerprint(text: str) -> None:
    fingerprint = fingerprint_of(text, text)
    assert (fingerprint.sketch, fingerprint.numbers, fingerprint.shingles) == ("", "", 0)


@pytest.mark.heavy
@pytest.mark.parametrize("text", ["x" * 1_000_000, "a b " * 250_000, "界" * 333_000, "1" * 1_000_000, "\u0301" * 500_000, "9 " * 500_000])
def test_a_body_of_a_megabyte_takes_a_moment(text: str) -> None:
    began = time.process_time()
    fingerprint = fingerprint_of("", text)
    assert time.process_time() - began < 1.0
    assert len(b64decode(fingerprint.sketch)) <= 512
