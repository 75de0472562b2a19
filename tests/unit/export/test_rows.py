"""An event as rows, and which events of an article count."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from dateline.events import NewsEvent, decode
from dateline.export.rows import Known, article_row, as_json, newest, tables
from made_events import article_id, canceled, encoded, made


def event(value: dict) -> NewsEvent:
    return decode(encoded(value), NewsEvent)


def test_of_each_article_the_highest_revision_counts_and_then_the_later_record():
    events = [made(1), made(2), made(1, revision=2, headline="a"), made(1, revision=1), made(1, revision=2, headline="b")]
    counted = newest(map(event, events), {})
    assert [(one.id, one.revision, one.headline) for one in counted] == [
        (article_id(1), 2, "b"),
        (article_id(2), 0, made(2)["headline"]),
    ]


def test_what_is_known_already_counts_against_an_older_revision_and_a_withdrawal_against_all():
    known = {article_id(1): Known(3, "usable", article_id(1)), article_id(2): Known(0, "canceled", article_id(2))}
    events = [made(1, revision=2), made(2, revision=9), canceled(1), made(1, revision=4)]
    assert [(one.id, one.status) for one in newest(map(event, events), known)] == [(article_id(1), "canceled")]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.booleans()), max_size=12), st.integers(0, 12))
def test_however_events_are_cut_into_batches_the_same_counts(steps, cut):
    events = [event(canceled(n, revision=revision) if gone else made(n, revision=revision)) for n, revision, gone in steps]
    first = newest(events[:cut], {})
    known = {one.id: Known(one.revision, one.status, one.story.id) for one in first}
    last = {one.id: one for one in [*first, *newest(events[cut:], known)]}
    assert sorted((one.id, one.revision, one.status) for one in last.values()) == [
        (one.id, one.revision, one.status) for one in newest(events, {})
    ]


def test_stories_are_counted_anew_where_articles_come_and_where_they_leave_in_the_order_of_their_ids():
    known = {article_id(5): Known(0, "usable", article_id(9))}
    rows = tables([event(made(5, story=7, revision=1)), event(made(2))], known)
    assert rows.stories == sorted([article_id(2), article_id(7), article_id(9)])
    assert rows.replaced == [article_id(5)]


def test_rows_hold_what_the_event_says():
    row = article_row(event(made(1, translation={"kind": "human", "from": "de", "confidence": 0.9})))
    assert (row["publisher_domain"], row["labels"], row["translation_from"]) == ("harbour-lantern.example", ["coast", "english"], "de")
    assert row["first_seen_at"] == "2026-03-03T07:19:42.381000+00:00"
    rows = tables([event(made(1))], {})
    assert [one["name"] for one in rows.origins] == ["Meridian Press"]
    assert [(one["span_start"], one["span_end"]) for one in rows.evidence] == [(386, 436)]


def test_what_a_database_knows_no_sign_for_is_replaced_one_for_one():
    rows = [{"a": "x\0y", "b": ["\0"], "c": [{"d": "\\u0000"}], "e": None, "f": 1}]
    assert json.loads(as_json(rows)) == [{"a": "x\ufffdy", "b": ["\ufffd"], "c": [{"d": "\\u0000"}], "e": None, "f": 1}]
