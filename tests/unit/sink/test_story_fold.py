"""Which articles become one story, and that the fold is pure: same log, same stories, whatever fails in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from enriched import article_id, enriched, hours, origin, words
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dateline.events import StoryRecord, decode, encode
from dateline.sink.normalize import normalize
from dateline.sink.places import FULLEST, LEAST_SIZE
from dateline.sink.stories import Stories
from examples import examples

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    from dateline.events import EnrichedArticle, NewsStory


def fold(articles: Iterable[EnrichedArticle], *, group: str = "en", most: int = 1000) -> list[StoryRecord | None]:
    """Every decision by itself, committed at once."""
    stories = Stories(72, articles=most)
    records = []
    for offset, article in enumerate(articles):
        records.append(stories.decide(article, group, offset))
        stories.commit()
    return records


def told(*articles: EnrichedArticle) -> list[NewsStory]:
    """What subscribers read of the stories."""
    return [normalize(article, record).story for article, record in zip(articles, fold(articles), strict=True) if record is not None]


def roles(*articles: EnrichedArticle) -> list[tuple[str, str]]:
    return [(story.role, story.id) for story in told(*articles)]


A, B, C = map(article_id, "abc")


def test_the_first_with_a_text_starts_a_story_and_copies_join_it() -> None:
    first, second, third = told(enriched("a", published=-1), enriched("b", published=-3), enriched("c"))
    assert (first.role, first.id, first.of, first.similarity, first.copies) == ("first", A, None, None, 1)
    assert (second.role, second.id, second.of, second.similarity, second.copies) == ("duplicate", A, A, 1.0, 2)
    assert (third.of, third.copies, third.earliest_published_at) == (A, 3, hours(-3))


def test_another_text_is_another_story_and_so_is_the_same_one_in_another_group() -> None:
    assert roles(enriched("a"), enriched("b", "other")) == [("first", A), ("first", B)]
    stories = Stories(72)
    for name, group in (("a", "en"), ("b", "ms")):
        record = stories.decide(enriched(name), group, 0)
        assert record is not None
        assert record.role == "first"


def test_the_same_revision_under_the_same_rules_is_dropped() -> None:
    again = fold([enriched("a"), enriched("a"), enriched("b"), enriched("a", revision=1), enriched("a", revision=1)])
    assert [record and record.role for record in again] == ["first", None, "duplicate", "revision", None]


def test_a_revision_stays_in_its_story_and_revises_its_own_article() -> None:
    *_, revision, late = told(enriched("a"), enriched("b"), enriched("b", "corrected", revision=1), enriched("c", "corrected"))
    assert (revision.role, revision.id, revision.of, revision.copies) == ("revision", A, B, 2)
    assert (late.role, late.id, late.of, late.copies) == ("duplicate", A, B, 3)


def test_a_revision_whose_earlier_text_is_not_here_starts_anew_and_is_flagged() -> None:
    (record,) = fold([enriched("a", revision=2)])
    assert record is not None
    assert (record.role, record.story, record.of) == ("revision", A, A)
    assert normalize(enriched("a", revision=2), record).flags == ["story_restarted"]


def test_an_article_decided_again_under_other_rules_keeps_its_part_and_is_not_its_own_copy() -> None:
    assert roles(enriched("a"), enriched("b"), enriched("a", rules="2"), enriched("b", rules="2")) == [
        ("first", A),
        ("duplicate", A),
        ("first", A),
        ("duplicate", A),
    ]
    assert [story.copies for story in told(enriched("a"), enriched("b"), enriched("a", rules="2"))] == [1, 2, 2]


def test_copies_are_dated_by_publication_if_it_is_exact_and_past_and_by_first_sight_otherwise() -> None:
    assert roles(enriched("a", published=-70), enriched("b", published=0))[1] == ("duplicate", A)
    assert roles(enriched("a", published=-73), enriched("b", published=0))[1] == ("first", B)
    assert roles(enriched("a", published=-73, precision="day"), enriched("b", published=0))[1] == ("duplicate", A)
    assert roles(enriched("a", published=90), enriched("b", published=0))[1] == ("duplicate", A)


def test_what_the_window_has_left_behind_is_forgotten_also_within_one_batch() -> None:
    early, late = enriched("a", seen=0, published=0), enriched("b", seen=73, published=0)
    assert roles(early, late) == [("first", A), ("first", B)]
    stories = Stories(72)
    records = [stories.decide(article, "en", 0) for article in (early, late)]
    assert [record and record.role for record in records] == ["first", "first"]


def test_of_equal_copies_a_duplicate_is_of_the_earliest_committed_or_not() -> None:
    stories = Stories(72)
    assert stories.decide(enriched("a"), "en", 0)
    stories.commit()
    records = [stories.decide(enriched(name), "en", offset) for offset, name in enumerate("bc", start=1)]
    assert [record and record.of for record in records] == [A, A]


def test_a_duplicate_is_of_the_copy_that_is_most_like_it_however_late_that_came() -> None:
    text = words("text")
    edited = " ".join(word if place % 12 else "else" for place, word in enumerate(text.split()))
    *_, last = told(enriched("a", text), enriched("b", edited), enriched("c", edited + " and more"))
    assert (last.role, last.id, last.of, last.similarity) == ("duplicate", A, B, 1.0)


# ── copies that differ ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_copy_that_was_cut_reordered_edited_or_framed_is_a_duplicate() -> None:
    said = words("text").split()
    for changed in (
        said[:60],
        [*said[60:], *said[:60]],
        [word for place, word in enumerate(said) if place % 10],
        [*words("frame", 100).split(), *said, *words("foot", 50).split()],
    ):
        _, copy = told(enriched("a"), enriched("b", " ".join(changed)))
        assert (copy.role, copy.of) == ("duplicate", A)
        assert 0.75 <= copy.similarity <= 1


def test_a_text_of_which_half_is_another_is_another_story() -> None:
    said = words("text").split()
    half = " ".join([*said[:60], *words("rest", 80).split()])
    assert roles(enriched("a"), enriched("b", half)) == [("first", A), ("first", B)]


def test_a_small_part_is_an_excerpt_in_a_story_of_its_own_whichever_comes_first() -> None:
    part = " ".join(words("text").split()[:35])
    for first, second in ((words("text"), part), (part, words("text"))):
        story = told(enriched("a", first), enriched("b", second))[1]
        assert (story.role, story.id, story.of, story.similarity, story.copies) == ("excerpt", B, A, 1.0, 1)


def test_a_copy_of_an_excerpt_joins_the_excerpt_and_not_the_whole() -> None:
    part = " ".join(words("text").split()[:35])
    *_, copy = told(enriched("a"), enriched("b", part), enriched("c", part))
    assert (copy.role, copy.id, copy.of, copy.copies) == ("duplicate", B, B, 2)


@pytest.mark.parametrize(
    ("numbers", "others", "role"),
    [
        ("", "", "duplicate"),
        ("", "12 and 7", "duplicate"),
        ("12", "13", "first"),
        ("12 and 7", "12 and 8", "duplicate"),
        ("12 and 7", "13 and 8", "first"),
        ("12 and 7 and 300", "12 and 7 and 301", "duplicate"),
        ("12 and 7 and 300", "12 and 8 and 301", "first"),
        (" ".join(map(str, range(100, 120))), " ".join(map(str, range(200, 220))), "first"),
    ],
)
def test_a_text_with_other_numbers_is_another_story(numbers: str, others: str, role: str) -> None:
    assert roles(enriched("a", f"{words('text')} {numbers}"), enriched("b", f"{words('text')} {others}"))[1][0] == role


def test_a_fingerprint_of_another_version_or_none_at_all_matches_nothing_and_breaks_nothing() -> None:
    plain = enriched("a")
    for broken in (
        {"version": 1},
        {"version": 3},
        {"sketch": None},
        {"sketch": "!"},
        {"sketch": "AAAA"},
        {"shingles": 1},
        {"shingles": None},
    ):
        strange = replace(enriched("b"), fingerprint=replace(plain.fingerprint, **broken))
        assert roles(plain, strange, replace(strange, id=C)) == [("first", A), ("first", B), ("first", C)]


# ── the publisher's own ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_text_that_comes_again_in_its_feed_under_its_headline_is_a_revision_and_no_copy() -> None:
    again = enriched("b", words("text") + " updated at noon", feed="a")
    _, update, copy = told(enriched("a"), again, enriched("c"))
    assert (update.role, update.id, update.of, update.copies) == ("revision", A, A, 1)
    assert update.similarity >= 0.9
    assert (copy.role, copy.of, copy.copies) == ("duplicate", A, 2)


def test_in_another_feed_or_under_another_headline_it_is_a_duplicate() -> None:
    for other in (enriched("b"), enriched("b", feed="a", headline="Another")):
        assert roles(enriched("a"), other)[1] == ("duplicate", A)


def test_an_update_is_of_the_feeds_own_article_though_a_copy_is_more_like_it() -> None:
    edited = words("text") + " updated at noon"
    *_, update = told(enriched("a"), enriched("b", edited), enriched("c", edited, feed="a"))
    assert (update.role, update.of, update.copies) == ("revision", A, 2)


# ── texts that say little ────────────────────────────────────────────────────────────────────────────────────────────

HEADLINE = "Ferry crews end their strike in Port Amber"


def test_equal_headlines_alone_are_two_stories() -> None:
    assert roles(enriched("a", "", headline=HEADLINE), enriched("b", "", headline=HEADLINE)) == [("first", A), ("first", B)]


def test_equal_headlines_that_lead_to_one_page_or_credit_one_origin_are_one_story() -> None:
    page = {"headline": HEADLINE, "link": "https://www.post.example/ferry/"}
    same = {"headline": HEADLINE, "link": "http://post.example/ferry?utm_source=rss#top"}
    assert roles(enriched("a", "", **page), enriched("b", "", **same))[1] == ("duplicate", A)
    credited = {"headline": HEADLINE, "credit": "Tern"}
    assert roles(enriched("a", "", **credited), enriched("b", "", **credited))[1] == ("duplicate", A)
    assert roles(enriched("a", "", **credited), enriched("b", "", headline=HEADLINE, credit="Heron"))[1] == ("first", B)
    assert roles(enriched("a", "", **page), enriched("b", "", headline=HEADLINE + " today", link=page["link"]))[1] == ("first", B)


def test_a_sentence_or_two_are_one_story_only_if_they_are_equal() -> None:
    sentence = words("sentence", 18)
    assert roles(enriched("a", sentence), enriched("b", sentence.upper()))[1] == ("duplicate", A)
    assert roles(enriched("a", sentence), enriched("b", sentence + " else"))[1] == ("first", B)


@pytest.mark.parametrize("text", ["", " More", "Read more on our site", " …"])
def test_texts_that_say_nothing_are_never_one_story(text: str) -> None:
    articles = [enriched(name, text, headline="") for name in "abc"]
    assert [role for role, _ in roles(*articles)] == ["first"] * 3


# ── the window ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_story_lives_on_as_long_as_any_copy_does() -> None:
    *_, last = told(enriched("a", seen=0), enriched("b", seen=70), enriched("x", "other", seen=73), enriched("c", seen=74))
    assert (last.role, last.id, last.of, last.copies) == ("duplicate", A, B, 3)


def test_the_window_keeps_no_more_than_it_spans_nor_more_articles_than_it_may() -> None:
    stories, few = Stories(72), Stories(72, articles=50)
    for count in range(300):
        article = enriched(str(count), str(count % 7), seen=count)
        assert (few.decide(article, "en", count) is None) == (stories.decide(article, "en", count) is None)
        stories.commit()
        few.commit()
    assert (len(stories), len(few)) == (73, 50)


@pytest.mark.parametrize("odd", [{"published": -9000}, {"published": 9000}, {"published": 9000, "precision": "day"}, {"published": None}])
def test_a_date_that_is_a_year_off_concerns_nobody_else(odd: dict[str, Any]) -> None:
    *_, second, third = told(enriched("a", published=-1), enriched("x", "other"), enriched("z", "text", **odd), enriched("b", published=-2))
    assert (third.role, third.id, third.of) == ("duplicate", A, A)
    assert second.id in {A, article_id("z")}
    assert third.earliest_published_at == hours(-2)


def test_a_clock_that_is_a_year_ahead_forgets_once_and_merges_no_strangers() -> None:
    ahead = 9000
    stories = told(
        enriched("a", seen=0),
        enriched("y", "other", seen=ahead),
        enriched("b", seen=1),
        enriched("c", seen=2),
        enriched("z", "other", seen=3),
    )
    assert [story.role for story in stories] == ["first", "first", "first", "duplicate", "first"]
    assert stories[3].id == B


def test_what_the_window_forgets_for_a_commit_that_failed_is_remembered_when_it_is_decided_again() -> None:
    stories = Stories(72)
    # The table of articles is laid out anew at the next one, which leaves out what is forgotten.
    for number in range(int(FULLEST * LEAST_SIZE) + 1):
        stories.decide(enriched(f"n{number}", ""), "en", number)
    stories.commit()
    again, later = enriched("n5", ""), enriched("later", "", seen=73)
    assert stories.decide(again, "en", 900) is None
    assert stories.decide(later, "en", 901) is not None
    stories.take_back()
    assert stories.decide(again, "en", 900) is None, "it was decided before, and the window spans it"


def test_the_clock_never_goes_back() -> None:
    early, late = fold([enriched("a", seen=5), enriched("b", "other", seen=1)])
    assert early is not None
    assert late is not None
    assert early.clock == late.clock == hours(5)


def test_a_sibling_proves_an_origin_for_the_others_and_not_for_itself() -> None:
    first, second, third = told(enriched("a"), enriched("b", credit="Tern"), enriched("c"))
    assert first.origin is second.origin is None
    assert third.origin is not None
    assert (third.origin.id, third.origin.article) == ("tern", B)


def test_siblings_that_contradict_each_other_prove_nothing() -> None:
    *_, last = told(enriched("a", credit="Tern"), enriched("b", credit="Heron"), enriched("c"))
    assert last.origin is None


def test_a_revision_that_takes_its_credit_back_proves_nothing_any_more() -> None:
    *_, last = told(enriched("a", credit="Tern"), enriched("b", "b"), enriched("a", revision=1), enriched("c"))
    assert last.origin is None


def test_a_copy_that_says_whose_it_is_hears_nothing_of_what_its_siblings_say() -> None:
    own = enriched("b")
    for status in ("self", "conflict", "attributed"):
        speaking = replace(own, attribution=replace(own.attribution, status=status))
        assert told(enriched("a", credit="Tern"), speaking)[1].origin is None
    assert told(enriched("a", credit="Tern"), own)[1].origin is not None


def test_a_sibling_that_is_unsure_or_carries_the_report_among_others_proves_nothing() -> None:
    sure = enriched("a", credit="Tern")
    for unsure in (
        replace(sure.attribution, origins=[origin("Tern", 0.79)]),
        replace(sure.attribution, origins=[replace(origin("Tern"), evidence=[])]),
        replace(sure.attribution, relation="compiled"),
    ):
        assert told(replace(sure, attribution=unsure), enriched("b"))[1].origin is None


# ── the fold is pure ─────────────────────────────────────────────────────────────────────────────────────────────────


def variants(name: str) -> list[str]:
    """A text as copies have it: whole, framed, cut, quoted, with figures, and its headline alone."""
    said = words(name).split()
    figures = ("1 2 3 4", "5 6 7 8")
    whole = " ".join(said)
    return [whole, f"{words('frame', 40)} {whole}", " ".join(said[:70]), " ".join(said[:30]), *(f"{whole} {f}" for f in figures), ""]


ARTICLES = st.builds(
    lambda name, text, feed, **fields: enriched(name, text, feed=feed, headline=f"What is new in {len(text) % 2}", **fields),
    st.sampled_from("abcdefgh"),
    st.sampled_from([*variants("x"), *variants("y")]),
    st.sampled_from(["one", "two", None]),
    revision=st.integers(0, 2),
    rules=st.sampled_from("12"),
    seen=st.integers(0, 200),
    published=st.none() | st.integers(-100, 200),
    credit=st.sampled_from([None, None, "Tern", "Heron"]),
)
LOGS = st.lists(ARTICLES, max_size=24)
FEW = 7
# Tables so small that they are laid out anew, and full, within a few articles.
small_tables = mock.patch("dateline.sink.window.LEAST_ROOM", 1)


@small_tables
@examples(100)
@given(LOGS, st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=12), st.sampled_from([FEW, 1000]))
def test_batches_and_failed_commits_change_no_decision(log: list[EnrichedArticle], batches: list[tuple[int, bool]], most: int) -> None:
    stories, records, position = Stories(72, articles=most), [], 0
    for size, fails in [*batches, (len(log), False)]:
        decided = [stories.decide(article, "en", offset) for offset, article in enumerate(log[position : position + size], start=position)]
        if fails:
            stories.take_back()
        else:
            stories.commit()
            records += decided
            position += size
    assert records == fold(log, most=most)


@small_tables
@examples(100)
@given(LOGS, LOGS, st.sampled_from([FEW, 1000]))
def test_a_state_restored_from_the_last_window_decides_like_the_one_that_lived_on(
    before: list[EnrichedArticle], after: list[EnrichedArticle], most: int
) -> None:
    records = [record for record in fold(before, most=most) if record is not None]
    lived, restored, decoded = (Stories(72, articles=most) for _ in range(3))
    for offset, article in enumerate(before):
        lived.decide(article, "en", offset)
        lived.commit()
    for record in records:
        decoded.apply(decode(encode(record), StoryRecord))
        if record.clock >= records[-1].clock - (hours(72) - hours(0)):
            restored.apply(record)
    for offset, article in enumerate(after, start=len(before)):
        decision = lived.decide(article, "en", offset)
        assert restored.decide(article, "en", offset) == decision == decoded.decide(article, "en", offset)


@small_tables
@examples(50)
@given(
    st.lists(st.tuples(st.integers(0, 30) | st.just(0), st.integers(0, 30)), max_size=120),
    st.integers(1, 9),
    st.randoms(use_true_random=False),
)
def test_a_process_that_takes_over_in_the_middle_decides_like_the_one_before(
    log: list[tuple[int, int]], size: int, dice: random.Random
) -> None:
    articles = [enriched(str(place), f"t{text}", seen=place / 4 + ahead) for place, (text, ahead) in enumerate(log)]
    undisturbed = fold(articles, most=40)
    committed: list[StoryRecord] = []
    stories, position = Stories(72, articles=40), 0
    while position < len(articles):
        decided = [stories.decide(article, "en", position + place) for place, article in enumerate(articles[position : position + size])]
        match dice.choice(["commits", "fails", "dies", "dies after its commit"]):
            case "commits":
                stories.commit()
            case "fails":
                stories.take_back()
                continue
            case "dies":
                stories = restored_from(committed)
                continue
            case _:
                stories = restored_from([*committed, *(record for record in decided if record)])
        committed += [record for record in decided if record]
        position += len(decided)
    assert committed == [record for record in undisturbed if record]


def restored_from(records: list[StoryRecord]) -> Stories:
    stories = Stories(72, articles=40)
    for record in records:
        stories.apply(record)
    stories.commit()
    return stories
