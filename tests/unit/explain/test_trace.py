"""What became of an article: the furthest place that it reached tells most, and every end says what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dateline.explain.trace import Dead, Enriched, News, Order, Place, Poll, Raw, Sight, Story, Trace, judge, page_reasons
from dateline.explain.trace_words import STEP_COLUMNS, tell
from dateline.poller.decide import MOST_REVISIONS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID, OTHER = "00000000-0000-5000-8000-000000000001", "00000000-0000-5000-8000-000000000002"
FEED = "https://gazette.example/rss"


def place(topic: str, offset: int = 7) -> Place:
    return Place(topic=f"dateline.{topic}", partition=3, offset=offset, at=NOW)


def sight(**changes: Any) -> Sight:
    said: dict[str, Any] = {
        "feed": FEED,
        "feed_id": "f",
        "title": None,
        "state": "polled",
        "first_seen_at": NOW - timedelta(hours=1),
        "revision": 0,
        "owned": True,
        "taken_back": False,
        "last_poll": Poll(at=NOW, due_by="rate", next_at=NOW + timedelta(minutes=5), next_by="ttl"),
        "error": None,
    }
    return Sight(**(said | changes))


def raw(revision: int = 0, flags: tuple[str, ...] = ()) -> Raw:
    return Raw(
        place=place("articles.raw"),
        revision=revision,
        feed=FEED,
        feed_id="f",
        link="https://gazette.example/tug",
        title="Tug drifts",
        first_seen_at=NOW,
        fetched_at=NOW,
        has_page=False,
        flags=list(flags),
    )


def enriched() -> Enriched:
    return Enriched(place=place("articles.enriched"), revision=0, group="en", language="en", status="unattributed", relation="unknown")


def news(role: str = "first", **changes: Any) -> News:
    said: dict[str, Any] = {
        "place": place("news"),
        "revision": 0,
        "status": "usable",
        "role": role,
        "story": ID if role == "first" else OTHER,
        "of": None if role == "first" else OTHER,
        "similarity": None if role == "first" else 1.0,
        "copies": 2,
        "url": "https://gazette.example/tug",
        "headline": "Tug drifts",
        "publisher": "Gazette",
        "language": "en",
        "flags": [],
    }
    return News(**(said | changes))


def dead(state: str = "waiting", *, replays: int = 0) -> Dead:
    return Dead(
        place=place("dead-letters", 17),
        origin="articles.raw/3 offset 7",
        service="enricher",
        error="Undecodable",
        reason="not a RawArticle",
        replays=replays,
        state=state,
    )


ORDER = Order(kind="url", subject="https://gazette.example/tug", reason="court order 12/26", at=NOW)


def outcome(**found: Any) -> tuple[str, str]:
    verdict = judge(Trace(id=ID, **found), now=NOW)
    return verdict.outcome, verdict.sentence


@pytest.mark.parametrize(
    ("found", "word", "says"),
    [
        ({"raw": [raw()], "news": [news()]}, "published", "the first of story"),
        ({"news": [news("duplicate")]}, "duplicate", f"the same text as article {OTHER} (similarity 1.00)"),
        ({"news": [news("excerpt", similarity=0.8)]}, "excerpt", "a part of the text"),
        ({"news": [news(), news("revision", revision=2, story=ID)]}, "revision", "revision 2 in its own story"),
        ({"news": [news(), news(status="canceled")], "orders": [ORDER]}, "canceled", "court order 12/26"),
        ({"news": [news(status="withheld")]}, "published", "its text is withheld"),
        ({"raw": [raw()], "dead_letters": [dead()]}, "dead_letter", "dateline dead-letters replay 3/17"),
        ({"raw": [raw()], "dead_letters": [dead("replayed"), dead(replays=1)]}, "dead_letter", "Undecodable: not a RawArticle"),
        ({"raw": [raw()], "dead_letters": [dead("discarded")]}, "discarded", "an operator discarded it"),
        ({"dead_letters": [dead("discarded")]}, "discarded", "nothing else of it is kept"),
        ({"sights": [sight()], "orders": [ORDER]}, "withdrawn", "its address was withdrawn"),
        ({"raw": [raw()], "enricher_waits": 31}, "waiting", "waits for the enricher: 31 records to go"),
        ({"raw": [raw()], "enriched": [enriched()], "sink_waits": 2}, "waiting", "waits for the sink: 2 records to go"),
        ({"raw": [raw()], "enricher_waits": 0}, "lost", "nothing came of it"),
        ({"raw": [raw()]}, "unclear", "dateline offsets show"),
        ({"sights": [sight(taken_back=True)]}, "taken_back", "RFC 6721"),
        ({"sights": [sight(first_seen_at=NOW - timedelta(days=40))]}, "expired", "40 days ago"),
        ({"sights": [sight(owned=False)]}, "seen_before", "another feed had published it before"),
        ({"sights": [sight()]}, "held_back", "no record of it is in the log"),
    ],
)
def test_the_furthest_place_that_an_article_reached_is_its_outcome(found: dict[str, Any], word: str, says: str) -> None:
    told = outcome(**found)
    assert told[0] == word
    assert says in told[1]


def test_an_article_that_was_replayed_and_got_through_is_published_and_the_letter_a_note() -> None:
    verdict = judge(Trace(id=ID, raw=[raw(), raw()], news=[news()], dead_letters=[dead("replayed")]), now=NOW)
    assert verdict.outcome == "published"
    assert [note for note in verdict.notes if "set aside" in note] == [
        "a record of it from articles.raw/3 offset 7 was set aside (not a RawArticle): 3/17, replayed"
    ]


def test_a_page_that_robots_txt_kept_out_is_told_with_its_reason() -> None:
    verdict = judge(Trace(id=ID, raw=[raw(flags=("page_missing", "page_missing_robots"))], news=[news()]), now=NOW)
    assert verdict.notes == ("its page was not fetched: the site's robots.txt does not allow it; its text is what the feed itself carries",)
    assert page_reasons(["page_missing", "page_missing_connect"]) == ["it could not be fetched (connect)"]
    assert page_reasons(["page_cut", "truncated"]) == []


def test_a_feed_that_carries_an_article_of_another_is_a_note_that_names_the_owner() -> None:
    other = sight(feed="https://gazette.example/coast", owned=False)
    verdict = judge(Trace(id=ID, sights=[other, sight()], news=[news()]), now=NOW)
    assert verdict.notes == (f"also seen in https://gazette.example/coast and not published again: {FEED} had it first",)


def test_revisions_that_are_not_published_any_more_are_told() -> None:
    assert "revised" in judge(Trace(id=ID, sights=[sight(revision=MOST_REVISIONS)], news=[news()]), now=NOW).notes[0]
    assert judge(Trace(id=ID, sights=[sight(revision=MOST_REVISIONS - 1)], news=[news()]), now=NOW).notes == ()


def test_a_revision_that_is_not_news_yet_and_an_order_that_is_not_carried_out_are_told() -> None:
    verdict = judge(Trace(id=ID, raw=[raw(), raw(1)], news=[news()], orders=[ORDER]), now=NOW)
    assert [note.partition(" is ")[0] for note in verdict.notes] == ["revision 1", "an order names it and"]


def test_an_order_alone_tells_why_there_is_nothing() -> None:
    assert Trace(id=ID).is_empty
    assert outcome(orders=[ORDER]) == (
        "withdrawn",
        f"it is held back: its address was withdrawn ({ORDER.subject}), because: court order 12/26",
    )


def test_lines_tell_the_verdict_first_and_then_each_step_with_its_place() -> None:
    story = Story(place=place("stories"), revision=0, input_offset=7, story=OTHER, role="duplicate", of=OTHER, similarity=1.0, copies=2)
    trace = Trace(
        id=ID,
        sights=[sight()],
        raw=[raw()],
        enriched=[enriched()],
        stories=[story],
        news=[news("duplicate")],
        dead_letters=[dead()],
        orders=[ORDER],
    )
    lines = [line.plain for line in tell(trace, now=NOW)]
    assert lines[0] == "Tug drifts"
    assert ID in lines[1]
    assert lines[3].startswith("duplicate: ")
    steps = [line[:STEP_COLUMNS].strip() for line in lines[lines.index("", 3) + 1 :]]
    assert steps == ["feed", "poll", "raw", "enriched", "story", "news", "dead letter", "order"]
    assert any("dateline.articles.raw/3 offset 7" in line for line in lines)


def test_a_hostile_headline_and_reason_send_no_control_characters_to_a_terminal() -> None:
    trace = Trace(id=ID, news=[news(headline="a\x1b]0;b\x07\nc")])
    assert all(sign.isprintable() for line in tell(trace, now=NOW) for sign in line.plain)
