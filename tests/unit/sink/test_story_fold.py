"""Which articles become one story, and that the fold is pure: same log, same stories, whatever fails in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enriched import article_id, enriched, hours
from hypothesis import given
from hypothesis import strategies as st

from dateline.sink.normalize import normalize
from dateline.sink.stories import Stories
from examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dateline.events import EnrichedArticle, NewsStory, StoryRecord


def fold(articles: Iterable[EnrichedArticle], *, group: str = "en") -> list[StoryRecord | None]:
    """Every decision by itself, committed at once."""
    stories = Stories(72)
    records = []
    for offset, article in enumerate(articles):
        records.append(record := stories.decide(article, group, offset))
        if record is not None:
            stories.apply(record)
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
        stories.apply(record)


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
    batch = Stories(72).batch()
    records = [batch.decide(article, "en", 0) for article in (early, late)]
    assert [record and record.role for record in records] == ["first", "first"]


def test_a_duplicate_is_of_the_earliest_copy_committed_or_not() -> None:
    stories = Stories(72)
    first = stories.decide(enriched("a"), "en", 0)
    assert first is not None
    stories.apply(first)
    batch = stories.batch()
    records = [batch.decide(enriched(name), "en", offset) for offset, name in enumerate("bc", start=1)]
    assert [record and record.of for record in records] == [A, A]


def test_a_story_lives_on_as_long_as_any_copy_does() -> None:
    *_, last = told(enriched("a", seen=0), enriched("b", seen=70), enriched("x", "other", seen=73), enriched("c", seen=74))
    assert (last.role, last.id, last.of, last.copies) == ("duplicate", A, B, 3)


def test_the_window_keeps_no_more_than_it_spans() -> None:
    stories = Stories(72)
    for count in range(300):
        record = stories.decide(enriched(str(count), str(count % 7), seen=count), "en", count)
        assert record is not None
        stories.apply(record)
    assert len(stories) == 73


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


ARTICLES = st.builds(
    lambda name, text, revision, rules, seen, published, credit: enriched(
        name, text, revision=revision, rules=rules, seen=seen, published=published, credit=credit
    ),
    st.sampled_from("abcdef"),
    st.sampled_from("xyz"),
    st.integers(0, 2),
    st.sampled_from("12"),
    st.integers(0, 200),
    st.none() | st.integers(-100, 200),
    st.sampled_from([None, None, "Tern", "Heron"]),
)
LOGS = st.lists(ARTICLES, max_size=24)


@examples(60)
@given(LOGS, st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=12))
def test_batches_and_failed_commits_change_no_decision(log: list[EnrichedArticle], batches: list[tuple[int, bool]]) -> None:
    stories, records, position = Stories(72), [], 0
    for size, fails in [*batches, (len(log), False)]:
        batch = stories.batch()
        decided = [batch.decide(article, "en", offset) for offset, article in enumerate(log[position : position + size], start=position)]
        if not fails:
            stories.advance(batch)
            records += decided
            position += size
    assert records == fold(log)


@examples(60)
@given(LOGS, LOGS)
def test_a_state_restored_from_the_last_window_decides_like_the_one_that_lived_on(
    before: list[EnrichedArticle], after: list[EnrichedArticle]
) -> None:
    records = [record for record in fold(before) if record is not None]
    lived, restored = Stories(72), Stories(72)
    for record in records:
        lived.apply(record)
        if record.clock >= records[-1].clock - (hours(72) - hours(0)):
            restored.apply(record)
    for offset, article in enumerate(after, start=len(before)):
        decision = lived.decide(article, "en", offset)
        assert restored.decide(article, "en", offset) == decision
        if decision is not None:
            lived.apply(decision)
            restored.apply(decision)
