"""What processes say of themselves becomes rows, a verdict and what to do, whatever their age and whatever they say."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from answers import OLD, SILENT, new, task
from hypothesis import given
from hypothesis import strategies as st

from dateline.ops.processes import STRANGER, Answer, Unreadable, age, distinct, numbers, own_name, read_status, rows, why_unread
from dateline.ops.verdict import all_told


def test_a_row_sums_what_waits_and_takes_the_oldest_and_the_rate_that_the_process_tells() -> None:
    (row,) = rows([new()], {})
    assert (row.service, row.working, row.tasks, row.lag_records, row.lag_seconds, row.per_second) == ("enricher", 2, 2, 7, 2.0, 12.5)
    assert (row.records, row.state) == (20, "ok")


def test_a_rate_that_tasks_or_service_tell_comes_before_the_processs() -> None:
    assert rows([new(rate_per_second=4.0)], {})[0].per_second == 4.0


def test_where_no_rate_is_told_it_is_what_was_done_between_two_looks() -> None:
    earlier = OLD._replace(at=90.0, status={"services": {"sink": [task(records=2), task(partition=1, records=3)]}})
    assert rows([OLD], {})[0].per_second is None
    assert rows([OLD], {OLD.process: earlier})[0].per_second == 1.0
    more = OLD._replace(at=90.0, status={"services": {"sink": [task(records=900)]}})
    assert rows([OLD], {OLD.process: more})[0].per_second == 0.0, "partitions have moved away, and no rate is negative"


@pytest.mark.parametrize(
    ("changes", "state"),
    [({"backoff": "broker away"}, "backing off"), ({"phase": "backoff"}, "backing off"), ({"phase": "restoring"}, "restoring"), ({}, "ok")],
)
def test_a_state_is_one_word(changes: dict[str, Any], state: str) -> None:
    assert rows([new(**changes)], {})[0].state == state


def test_a_service_without_partitions_stands_by_and_one_that_has_not_joined_says_so() -> None:
    for joined, state in ((True, "standby"), (False, "not joined")):
        assert rows([Answer("a:1", 0, {"services": {"sink": {"joined": joined, "tasks": []}}})], {})[0].state == state


def test_dead_letters_are_those_that_a_process_has_counted_wherever_its_partitions_are_now() -> None:
    """Older processes tell those of their present tasks alone."""
    moved, older = new({"dead_letters": 9}, dead_letters=2), new({}, dead_letters=3)._replace(process="older:8080")
    assert numbers([moved, older], rows([moved, older], {})).dead_letters == 9 + 3


def test_numbers_are_those_of_all_processes_together() -> None:
    one = new({"feeds": {"polled": 3, "failing": 1}, "rates": {"events_per_second": 2.0, "end_to_end_p50_seconds": 1.0}}, dead_letters=2)
    other = Answer("b:1", 0, {"services": {}, "feeds": {"polled": 4}, "rates": {"events_per_second": 0.5, "end_to_end_p50_seconds": 3.0}})
    found = numbers([one, other, SILENT], rows([one, other, SILENT], {}))
    assert (found.events_per_second, found.end_to_end_p50_seconds, found.feeds) == (2.5, 3.0, {"polled": 7, "failing": 1})
    assert (found.lag_records, found.lag_seconds, found.dead_letters, found.polls_per_second) == (7, 2.0, 2, None)
    assert numbers([SILENT], rows([SILENT], {})) == (None, None, None, None, None, None, 0)


def test_a_process_that_is_asked_under_two_names_counts_once_and_two_that_share_a_host_and_a_number_are_two() -> None:
    one = {"services": {}, "process": {"host": "news-1", "pid": 7, "started_at": "2026"}}
    answers = [
        Answer("a:1", 0, one),
        Answer("b:1", 0, one),
        Answer("c:1", 0, {**one, "process": {"host": "news-1", "pid": 7, "started_at": "2027"}}),
        SILENT,
        OLD,
    ]
    assert [answer.process for answer in distinct(answers)] == ["a:1", "c:1", SILENT.process, OLD.process]


def test_one_of_many_addresses_goes_by_the_name_of_its_machine() -> None:
    assert own_name({"process": {"host": "news-sink-5d9"}}, "10.2.0.7:8080") == "news-sink-5d9:8080"
    assert own_name({}, "[fd00::7]:8080") == "[fd00::7]:8080"


def test_an_age_is_as_short_as_its_size_allows() -> None:
    assert [age(seconds) for seconds in (0.0, 4.25, 42.0, 190.0, 7300.0, 400_000.0)] == ["0.0 s", "4.2 s", "42 s", "3 min", "2 h", "5 d"]


WELL = {
    "process": {"host": "news-1", "pid": 7, "started_at": "2026-03-01T12:00:00Z", "stopping": False},
    "checks": [{"name": "broker", "ok": True, "detail": "answers", "since": None}],
    "reason": None,
    "rates": {"events_per_second": 2.5, "polls_per_second": None},
    "feeds": {"polled": 3},
    "dead_letters_last_hour": 0,
    "services": {"sink": {"joined": True, "partitions": 6, "tasks": [task(lag_records=1, lag_seconds=0.5, backoff=None)]}, "old": [task()]},
}
ODD: list[dict[str, Any]] = [
    {"process": {"host": ["news"]}},
    {"process": {"host": ["news"], "pid": 7, "started_at": "2026"}},
    {"process": {"pid": {}}},
    {"process": []},
    {"rates": []},
    {"rates": ["events_per_second"]},
    {"rates": {"events_per_second": "2"}},
    {"rates": {"events_per_second": True}},
    {"feeds": {"polled": 1e308}},
    {"checks": {"name": "broker"}},
    {"checks": [{"name": ["broker"]}]},
    {"reason": 7},
    {"dead_letters_last_hour": 1e308},
    {"services": []},
    {"services": {"sink": 5}},
    {"services": {"sink": {"tasks": 5}}},
    {"services": {"sink": {"tasks": [5]}}},
    {"services": {"sink": {"partitions": 1e300, "tasks": []}}},
    {"services": {"sink": {"tasks": [task(records=1e308)]}}},
    {"services": {"sink": {"tasks": [task(lag_seconds=-1e308)]}}},
    {"services": {"sink": {"tasks": [task(phase=["running"])]}}},
    {"services": {"sink": {"rate_per_second": {}, "tasks": []}}},
]


def test_what_processes_say_old_and_new_is_read_as_it_is() -> None:
    for status in (WELL, {"services": {}}, OLD.status, new().status, {**WELL, "later": {"anything": [1]}, "process": {"host": None}}):
        assert read_status(orjson.dumps(status)) == status


@pytest.mark.parametrize("odd", ODD)
def test_a_status_with_a_value_of_another_kind_is_unreadable_and_the_others_are_shown(odd: dict[str, Any]) -> None:
    body = orjson.dumps({**WELL, **odd})
    with pytest.raises(Unreadable):
        read_status(body)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b'{"status": 1}', b"[" * 5000])
def test_what_is_no_status_is_no_process_of_ours(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*") as refused:
        read_status(body)
    assert why_unread(refused.value) == STRANGER


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
    ),
    st.data(),
)
def test_whatever_is_read_can_be_shown_and_written(odd: Any, data: st.DataObject) -> None:
    status = orjson.loads(orjson.dumps(WELL))
    parts = [
        status,
        status["process"],
        status["checks"][0],
        status["rates"],
        status["feeds"],
        status["services"],
        status["services"]["sink"],
    ]
    part = data.draw(st.sampled_from([*parts, status["services"]["sink"]["tasks"][0]]))
    part[data.draw(st.sampled_from(sorted(part)))] = odd
    try:
        answer = Answer("a:1", 1.0, read_status(json.dumps(status, allow_nan=False).encode()))
    except ValueError:
        return
    answers = distinct([answer, answer._replace(process="b:1"), new()])
    own_name(answer.status or {}, "a:1")
    orjson.dumps(all_told(answers, rows(answers, {answer.process: answer})))
