"""Templates by the thousand, one text without end, and texts without anything: bounded time and memory, and no merged strangers."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from enriched import enriched, words
from msgspec.structs import replace

from dateline.enricher.fingerprint import fingerprint_of
from dateline.sink import window
from dateline.sink.stories import Stories

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 1_000
# A decision takes some 0.1 ms; this is what a laptop at its worst may take on average, and much less than anything that grows.
SECONDS_EACH = 0.002
NAMES = words("names", 3_000).title().split()


def weather(dice: random.Random) -> str:
    """A forecast for one town."""
    town, day = dice.choice(NAMES), dice.choice(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"])
    sky, wind = dice.choice(["sunny", "cloudy", "windy", "foggy", "rainy"]), dice.choice(["north", "south", "east", "west"])
    return (
        f"The weather in {town} will be {sky} on {day} with a high of {dice.randint(-5, 35)} degrees and a low of "
        f"{dice.randint(-15, 20)} degrees. The wind will blow from the {wind} at {dice.randint(2, 90)} kilometres an hour. "
        f"The chance of rain is {dice.randint(0, 100)} per cent, and the sun will set at {dice.randint(16, 21)}:{dice.randint(10, 59)}. "
        f"Residents of {town} should look at the warnings of the weather service before they leave home for a longer trip."
    )


def stocks(dice: random.Random) -> str:
    """The closing prices of a day."""
    price = lambda most: f"{dice.randint(0, most)}.{dice.randint(10, 99)}"  # noqa: E731 - only here
    rows = [f"{name} {price(900)} {dice.choice('+-')}{price(9)}" for name in dice.sample(NAMES, 12)]
    return "\n".join(["The closing prices of the day at the exchange, name by name, with the change since the day before.", *rows])


def obituary(dice: random.Random) -> str:
    """One person's obituary in the words of the funeral home."""
    first, last, town, born, employer, church, cause, home = dice.sample(NAMES, 8)
    day, minute = dice.choice(["Sunday", "Monday", "Friday"]), dice.choice(["00", "15", "30", "45"])
    return (
        f"{first} {last}, {dice.randint(50, 99)}, of {town}, passed away peacefully on {day}, surrounded by the family. "
        f"Born in {dice.randint(1925, 1975)} in {born}, {first} worked for {dice.randint(10, 45)} years at {employer} and loved gardening, "
        f"music and the grandchildren. A service will be held at {church} at {dice.randint(9, 16)}:{minute}. In lieu of flowers, the "
        f"family asks for donations to {cause}. Funeral arrangements are in the care of {home} and Sons."
    )


@pytest.mark.heavy
@pytest.mark.parametrize("template", [weather, stocks, obituary])
def test_reports_from_one_template_are_not_merged(template: Callable[[random.Random], str]) -> None:
    dice = random.Random(7)
    stories, began, merged = Stories(72), time.process_time(), 0
    plain = enriched("a", "x")
    for number in range(COUNT):
        name = enriched(str(number), "x")
        article = replace(plain, id=name.id, feed=name.feed, fingerprint=fingerprint_of(f"Report {number}", template(dice)))
        record = stories.decide(article, "en", number)
        stories.commit()
        merged += record.story != article.id
    assert merged <= COUNT / 100
    assert (time.process_time() - began) / COUNT < SECONDS_EACH


@pytest.mark.heavy
def test_one_text_from_ten_thousand_feeds_is_one_story_at_the_same_price_to_the_end() -> None:
    stories, took = Stories(72), []
    for number in range(10_000):
        article = enriched(f"n{number}", "x", seen=number / 1000)
        began = time.process_time()
        record = stories.decide(article, "en", number)
        stories.commit()
        took.append(time.process_time() - began)
        assert record.story == enriched("n0").id
        assert record.copies == number + 1
    assert len(stories) == 10_000
    assert sum(took[-2000:]) < 2000 * SECONDS_EACH


@pytest.mark.heavy
def test_one_article_ten_thousand_times_is_one_decision_and_its_revisions_cost_the_same_to_the_end() -> None:
    stories = Stories(72)
    assert sum(stories.decide(enriched("a", "x"), "en", number) is not None for number in range(10_000)) == 1
    stories.commit()
    assert len(stories) == 1
    began = time.process_time()
    for number in range(1, 3_000):
        record = stories.decide(enriched("a", "x", revision=number), "en", number)
        assert (record.role, record.copies) == ("revision", 1)
        assert stories.decide(enriched("a", "x", revision=number // 2 + 1), "en", number) is None
    assert (time.process_time() - began) / 6_000 < SECONDS_EACH


def test_a_feed_that_publishes_its_text_under_ever_new_ids_makes_one_story_of_one_copy() -> None:
    stories = Stories(72)
    records = [stories.decide(enriched(f"n{number}", "x", feed="one"), "en", number) for number in range(500)]
    assert {(record.story, record.copies) for record in records} == {(enriched("n0").id, 1)}


@pytest.mark.heavy
def test_a_window_takes_no_more_memory_than_its_articles_may_whatever_comes() -> None:
    stories, dice = Stories(72, articles=2_500), random.Random(3)
    sizes = []
    for number in range(9_000):
        name = enriched(str(number), "x", seen=number / 100_000)
        made = fingerprint_of("", f"{weather(dice)} {' '.join(dice.choices(NAMES, k=130))}")
        stories.decide(replace(name, fingerprint=made), "en", number)
        stories.commit()
        sizes.append(stories.nbytes())
    assert len(stories) == 2_500
    # Blocks are taken and given back whole: at most two more than are full.
    assert max(sizes) <= 2_500 * 900 + 2 * 4096 * 700
    assert max(sizes[6_000:]) <= max(sizes[:6_000])


@pytest.mark.heavy
def test_a_window_that_empties_gives_its_memory_back() -> None:
    stories = Stories(72)
    for number in range(12_000):
        stories.decide(enriched(f"n{number}", f"t{number % 50}", seen=number / 1000), "en", number)
    stories.commit()
    full = stories.nbytes()
    stories.decide(enriched("late", "late", seen=400), "en", 12_000)
    stories.commit()
    assert len(stories) == 1
    for number in range(12):
        stories.decide(enriched(f"m{number}", f"s{number}", seen=400), "en", number)
        stories.commit()
    assert stories.nbytes() < full / 3


@pytest.mark.heavy
def test_a_group_that_has_decided_for_years_counts_its_rows_anew_and_decides_the_same() -> None:
    lived, renumbered = Stories(72, articles=500), Stories(72, articles=500)
    with mock.patch.object(window, "RENUMBERED_AT", 4_500):
        for number in range(7_000):
            article = enriched(f"n{number % 6_000}", f"t{number % 70}", revision=number // 6_000, seen=number / 1000)
            assert renumbered.decide(article, "en", number) == lived.decide(article, "en", number)
            for stories in (lived, renumbered):
                stories.commit()
    (rows,) = (group.rows for group in renumbered._windows.values())
    assert set(rows._blocks) == {0}
