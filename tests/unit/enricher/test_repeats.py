"""What a text says twice is marked, and what is merely about the same thing is not."""

from __future__ import annotations

import time
from typing import Any

import pytest

from dateline.enricher.repeats import MOST_REPEATS, find_repeats
from dateline.events import Paragraph, Repeat

OPENED = (
    "The council opened the new storm gate at Port Averill on Sunday after six years of building, and several hundred people crossed it."
)
OPENED_AGAIN = (
    "After six years of building, the new storm gate at Port Averill was opened by the council; people crossed it, several hundred."
)
FISHERS = "Fishers in the lower quarter have asked the harbour board to dredge the channel before the autumn herring arrives in the sound."
# Two paragraphs that say in pieces what one said at once.
INVASION = (
    "The flood came as a shock to Ostrow, which, like Averill, has rivers beside it that threaten the lower town. "
    "As a result, polls show that citizens support the plan of the council for another gate."
)
INVASION_PART = (
    "Like Averill, Ostrow threatens its rivers. For this reason the flood came as a great shock to citizens beside the lower town."
)
POLLS_PART = "Polls show as a result that many citizens of the town largely support the council and its plan for another gate."


def repeats(*paragraphs: str) -> list[Repeat]:
    places, start = [], 0
    for paragraph in paragraphs:
        places.append(Paragraph(start=start, end=start + len(paragraph)))
        start += len(paragraph) + 2
    body = "\n\n".join(paragraphs)
    found = find_repeats(body, places)
    for repeat in found:
        assert body[repeat.a.start : repeat.a.end] == repeat.a.text
        assert body[repeat.b.start : repeat.b.end] == repeat.b.text
        assert repeat.a.end <= repeat.b.start
    return found


def test_the_next_paragraph_in_other_words_is_marked() -> None:
    (repeat,) = repeats(FISHERS, OPENED, OPENED_AGAIN)
    assert (repeat.a.text, repeat.b.text, repeat.kind) == (OPENED, OPENED_AGAIN, "paraphrase")


def test_two_paragraphs_that_together_say_what_the_one_before_or_behind_says_are_marked_as_one_passage() -> None:
    (behind,) = repeats(FISHERS, INVASION, INVASION_PART, POLLS_PART, FISHERS.upper())
    assert (behind.a.text, behind.b.text) == (INVASION, f"{INVASION_PART}\n\n{POLLS_PART}")
    (before,) = repeats(INVASION_PART, POLLS_PART, INVASION)
    assert (before.a.text, before.b.text) == (f"{INVASION_PART}\n\n{POLLS_PART}", INVASION)


def test_a_paragraph_that_stands_twice_is_marked_wherever_it_stands_in_any_script() -> None:
    (repeat,) = repeats(OPENED, FISHERS, "Short.", OPENED)
    assert (repeat.a.start, repeat.kind) == (0, "verbatim")
    chinese = "周日，理事会开放了经过六年建设的新风暴闸门，数百人步行通过了它。" * 4
    assert [repeat.kind for repeat in repeats(chinese, FISHERS, chinese)] == ["verbatim"]


@pytest.mark.parametrize(
    "paragraphs",
    [
        (OPENED, FISHERS),
        ("The gate", "The gate", "It rained.", "It rained."),
        (
            "Tarn Mills said sales for the five weeks ended in April rose 1.3 per cent to 1.12 billion crowns from 1.11 billion before.",
            "Tarn Mills said sales for the nine weeks ended in April rose 2.2 per cent to 1.90 billion crowns from 1.87 billion before.",
        ),
        (OPENED, FISHERS, OPENED_AGAIN),
        (),
    ],
)
def test_what_is_short_or_gives_other_figures_or_stands_far_away_is_not_marked(paragraphs: tuple[str, ...]) -> None:
    assert repeats(*paragraphs) == []


@pytest.mark.heavy
def test_marks_are_few_however_often_something_is_said_and_take_no_time() -> None:
    started = time.process_time()
    assert len(repeats(*[OPENED] * 3000)) == MOST_REPEATS
    assert time.process_time() - started < 1


def test_of_the_article_this_began_with_the_one_pair_is_marked(beginning: tuple[str, dict[str, Any]]) -> None:
    (repeat,) = repeats(*beginning[0][130:6273].split("\n\n"))
    assert (repeat.a.start + 130, repeat.a.end + 130, repeat.b.start + 130, repeat.b.end + 130) == (4439, 4655, 4657, 4918)
