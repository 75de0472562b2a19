"""What the newsroom publishes: same seed, same news."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import combinations, pairwise

import msgspec
import pycld2
import pytest

from dateline.demo.documents import curly, markup
from dateline.demo.stories import (
    Plan,
    Staged,
    Steady,
    all_feeds,
    article,
    daily_entry,
    document,
    published,
    publishing_feeds,
    state,
)
from dateline.demo.texts import Behaviour, newsroom_text, split_paragraphs

STAGED = Plan(seed=7)
STEADY = Plan(seed=7, pace=Steady(rate=40.0, document_entries=12))
WIRE = "storm-gate"


def words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"<[^>]*>|&nbsp;|&#160;", " ", text.replace("&#8212;", " ")).casefold())


def wire_copies(plan=STAGED):
    return [entry for entry in published(plan, 20.0) if entry.key.endswith(WIRE)]


def test_the_same_seed_publishes_the_same_entries_and_another_seed_other_ones():
    assert published(STAGED, 30.0) == published(Plan(seed=7), 30.0)
    guids = {entry.guid for entry in published(STAGED, 30.0)}
    assert guids.isdisjoint(entry.guid for entry in published(Plan(seed=8), 30.0))


def test_what_is_published_stays_published_in_the_same_order():
    guids = [entry.guid for entry in published(STAGED, 40.0)]
    for seconds in (0.0, 1.0, 5.5, 20.0):
        earlier = [entry.guid for entry in published(STAGED, seconds)]
        assert earlier == guids[: len(earlier)]
    assert published(STAGED, 0.0) == ()


def test_the_wire_story_reaches_nine_feeds_of_six_publishers_within_ten_seconds():
    copies = wire_copies()
    assert len({entry.feed.name for entry in copies}) == len(copies) == 9
    assert len({entry.feed.address for entry in copies}) == 6
    assert max(entry.published_seconds for entry in copies) < 10.0


def test_three_copies_of_the_wire_story_keep_silent_about_the_agency():
    assert sum("Meridian Press" not in " ".join(entry.paragraphs) for entry in wire_copies()) == 3


def test_without_the_credit_line_all_copies_of_a_story_have_the_same_words_whatever_their_markup():
    for story in newsroom_text().stories:
        bodies = set()
        for copy in story.copies:
            entry = next(entry for entry in published(STAGED, 10.0 if story.revised else 20.0) if _is_copy(entry, story, copy))
            without = [text for text in entry.paragraphs if text != copy.credit or not copy.credit]
            bodies.add(tuple(words(markup(msgspec.structs.replace(entry, paragraphs=tuple(without), markup="plain")))))
        assert bodies == {tuple(words(" ".join(split_paragraphs(story.text))))}


def _is_copy(entry, story, copy):
    return entry.feed.name == copy.feed and entry.key.endswith(story.key)


def test_markup_changes_characters_and_no_word():
    for entry in wire_copies():
        plain = markup(msgspec.structs.replace(entry, markup="plain"))
        assert words(markup(entry)) == words(plain)
    assert len({markup(entry) for entry in wire_copies()}) > 4


def test_quotation_marks_open_and_close():
    assert curly('"It\'s late," she said ("very").') == "\u201cIt\u2019s late,\u201d she said (\u201cvery\u201d)."


def test_every_language_is_heard_within_twenty_seconds():
    assert (
        {entry.feed.language for entry in published(STAGED, 20.0)}
        == set(newsroom_text().daily)
        == {"en", "de", "fr", "es", "pt", "tr", "ru"}
    )


def test_every_text_is_long_enough_to_tell_its_language():
    texts = [(story.language, story.text) for story in newsroom_text().stories]
    texts += [(entry.feed.language, " ".join(entry.paragraphs)) for entry in (daily_entry(STEADY, number) for number in range(66))]
    for language, text in texts:
        assert len(text) >= 350
        reliable, _, guesses = pycld2.detect(text)
        assert (reliable, guesses[0][1]) == (True, language)


def test_every_copy_names_a_feed_and_every_credit_an_agency_of_the_list():
    names = {agency["id"]: agency["names"] for agency in _agencies()}
    publishing = {feed.name for feed in publishing_feeds()}
    for story in newsroom_text().stories:
        for copy in story.copies:
            assert copy.feed in publishing
            assert bool(copy.credit) == (copy.at != "nowhere")
            assert not copy.credit or names[story.agency][0] in copy.credit


def _agencies():
    return msgspec.yaml.decode(files("dateline.demo").joinpath("agencies.yaml").read_bytes())["agencies"]


def test_the_live_story_keeps_its_guid_while_its_text_changes_twice():
    live = next(feed for feed in all_feeds() if feed.behaviour is Behaviour.REVISING)
    seen = [next(entry for entry in document(STAGED, live, seconds) if entry.key.endswith("tug")) for seconds in (5.0, 16.0, 30.0)]
    assert len({entry.guid for entry in seen}) == len({entry.published_seconds for entry in seen}) == 1
    assert len({entry.paragraphs for entry in seen}) == len({entry.updated_seconds for entry in seen}) == 3


def test_a_faster_pace_publishes_the_same_written_stories_sooner():
    fast = Plan(seed=7, pace=Staged(speed=4.0))
    assert [entry.guid for entry in wire_copies(fast)] == [entry.guid for entry in wire_copies()]
    assert wire_copies(fast)[-1].published_seconds == wire_copies()[-1].published_seconds / 4


def test_a_steady_newsroom_releases_its_rate_over_all_publishing_feeds_with_unique_guids():
    entries = published(STEADY, 5.0)
    assert len({entry.guid for entry in entries}) == len({(entry.feed.address, entry.path) for entry in entries}) == len(entries) == 200
    assert {entry.feed for entry in entries} == set(publishing_feeds())


def test_polls_a_second_apart_see_every_steady_entry():
    for feed in publishing_feeds()[:3]:
        seen = {entry.guid for second in range(1, 21) for entry in document(STEADY, feed, float(second))}
        assert seen == {entry.guid for entry in published(STEADY, 20.0) if entry.feed == feed}
        assert len(document(STEADY, feed, 20.0)) == 12


def test_a_rate_that_would_scroll_entries_away_unseen_is_refused_with_the_length_it_needs():
    with pytest.raises(ValueError, match=r"set document_entries to 91 or more"):
        Steady(rate=1000.0, document_entries=30)


def test_after_publish_seconds_nothing_new_is_released():
    ended = Plan(seed=7, pace=STEADY.pace, publish_seconds=2.0)
    assert published(ended, 100.0) == published(STEADY, 2.0)
    ended = Plan(seed=7, publish_seconds=16.0)
    assert published(ended, 100.0) == published(STAGED, 16.0)


def test_a_document_changes_exactly_when_its_state_does():
    live = next(feed for feed in all_feeds() if feed.behaviour is Behaviour.REVISING)
    moments = [tenths / 2 for tenths in range(80)]
    for earlier, later in pairwise(moments):
        same = document(STAGED, live, earlier) == document(STAGED, live, later)
        assert same == (state(STAGED, live, earlier) == state(STAGED, live, later))


def test_broken_feeds_publish_nothing():
    broken = [feed for feed in all_feeds() if feed not in publishing_feeds()]
    assert {feed.behaviour for feed in broken} == {Behaviour.FAILING, Behaviour.SLOW, Behaviour.PAGE}
    assert all(document(plan, feed, 30.0) == () for feed in broken for plan in (STAGED, STEADY))


def test_an_article_is_found_at_its_own_address_and_not_before_its_release():
    for entry in (daily_entry(STAGED, 3), wire_copies()[0]):
        assert article(STAGED, entry.feed.address, entry.key, entry.published_seconds + 0.01) == entry
        for address, key, seconds in (
            (entry.feed.address, entry.key, entry.published_seconds - 0.01),
            ("127.0.0.1", entry.key, 60.0),
            (entry.feed.address, "7-" + entry.key, 60.0),
        ):
            with pytest.raises(KeyError):
                article(STAGED, address, key, seconds)


@pytest.mark.parametrize("language", sorted(newsroom_text().daily))
def test_no_two_daily_reports_of_a_language_share_both_their_words_and_their_numbers(language):
    entries = [entry for entry in published(STEADY, 15.0) if entry.feed.language == language][:50]
    texts = [words(" ".join(entry.paragraphs)) for entry in entries]
    pairs = [set(pairwise(text)) for text in texts]
    numbers = [{word for word in text if word.isdecimal()} for text in texts]
    for one, other in combinations(range(len(entries)), 2):
        assert overlap(pairs[one], pairs[other]) < 0.75 or overlap(numbers[one], numbers[other]) < 0.5


def overlap(one, other):
    return len(one & other) / min(len(one), len(other))
