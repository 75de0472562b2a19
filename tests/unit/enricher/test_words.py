"""Words as they are compared and counted."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.enricher.words import count_words, normalized_words, on_one_line

SECONDS = 2.0  # A tenth of it is taken; each kind of character replaced on its own took 20 s.
# Arrows and signs of mathematics: more kinds of punctuation than any news has.
MARKS = "".join(map(chr, range(0x2190, 0x2300)))


@pytest.mark.parametrize("times", [1, 40])
@pytest.mark.parametrize(
    ("text", "words", "count"),
    [
        ("The well-known 10.5 – it's HERE! ", ["the", "well", "known", "10", "5", "it", "s", "here"], 5),
        ("Ça va? «L’été» — oui… ", ["ça", "va", "l", "été", "oui"], 4),
        ("हिन्दी में\u200b समाचार। ", ["हिन्दी", "में", "समाचार"], 3),
        ("東京で news。 ", ["東", "京", "で", "news"], 4),
        (f"one {' '.join(MARKS)} two ", ["one", "two"], 2),
    ],
)
def test_words_are_the_same_in_a_short_text_and_in_a_long_one(text: str, words: list[str], count: int, times: int) -> None:
    assert normalized_words(text * times) == words * times
    assert count_words(text * times) == count * times


ANY_TEXT = st.text() | st.text(st.sampled_from("a. ")) | st.text(st.sampled_from("a\u0301.,-' \t\n\x1c\x85\xa0\u2003\u2028\u200b\u3000"))


@given(ANY_TEXT)
def test_a_text_on_one_line_has_one_space_between_its_words_and_none_around(text: str) -> None:
    assert on_one_line(text) == " ".join(text.split())


@given(st.text(st.characters(max_codepoint=127)))
def test_words_of_ascii_are_those_of_the_same_text_beside_another_script(text: str) -> None:
    assert normalized_words(text) == normalized_words(f"{text} é")[:-1]
    assert count_words(text) == count_words(f"{text} é") - 1


@pytest.mark.heavy
def test_a_text_of_ten_thousand_kinds_of_characters_is_read_in_time_by_its_length() -> None:
    dice = random.Random(1)
    text = "".join(chr(dice.randrange(0xE0000, 0x110000)) for _ in range(200_000))
    began = time.process_time()
    assert normalized_words(text) == []
    count_words(text)
    assert time.process_time() - began < SECONDS
