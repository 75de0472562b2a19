"""What processes say of themselves becomes rows, a verdict and what to do, whatever their age and whatever they say."""

from __future__ import annotations

from typing import Any

import pytest

from dateline.ops.processes import Answer, Concern, age, concerns, distinct, numbers, own_name, rows, verdict


def task(**changes: Any) -> dict[str, Any]:
    return {"partition": 0, "phase": "running", "records": 10, "dead_letters": 0} | changes


OLD = Answer("10.0.0.7:8080", 100.0, {"version": "1", "services": {"sink": [task(), task(partition=1, records=5)]}})
SILENT = Answer("10.0.0.9:8080", 0, None, "no answer (Connection refused)")


def new(status: dict[str, Any] | None = None, **changes: Any) -> Answer:
    tasks = [task(lag_records=3, lag_seconds=0.5), task(partition=1, lag_records=4, lag_seconds=2.0) | changes]
    said = {
        "process": {"stopping": False},
        "ready": True,
        "reason": None,
        "rates": {"enriched_per_second": 12.5},
        "services": {"enricher": {"joined": True, "topic": "articles.raw", "tasks": tasks}},
    }
    return Answer("10.0.0.8:8080", 100.0, said | (status or {}))


def judged(*answers: Answer) -> tuple[str, str]:
    return tuple(verdict(answers, rows(answers, {})))


def looked_at(*answers: Answer) -> list[Concern]:
    return concerns(answers, rows(answers, {}))


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


def test_the_verdict_says_first_what_hurts() -> None:
    assert judged(new()) == ("well", "keeping up: 7 records wait")
    assert judged(new(lag_seconds=75.0)) == ("behind", "behind: 7 records wait, the oldest for 1 min")
    assert judged(new(backoff="x"), SILENT) == ("unwell", "not well: enricher: backing off; 1 without an answer")
    assert judged(new({"reason": "broker: no broker answers"})) == ("unwell", "not well: broker: no broker answers")
    assert judged(SILENT) == ("unwell", "no process answers")
    assert "do not say what waits" in judged(OLD)[1]


def test_a_process_that_does_not_answer_is_not_well_though_the_others_keep_up() -> None:
    assert judged(new(), SILENT) == ("unwell", "keeping up: 7 records wait; 1 without an answer")


def test_a_standby_is_well() -> None:
    assert judged(Answer("a:1", 0, {"services": {"sink": {"joined": True, "tasks": []}}}))[0] == "well"


def test_the_verdict_says_how_fresh_news_is_where_some_was_just_written() -> None:
    assert judged(new({"rates": {"end_to_end_p50_seconds": 2.14}}))[1] == (
        "keeping up: 7 records wait, and an article is in news 2.1 s after its poll"
    )
    assert "after its poll" not in judged(new({"rates": {"end_to_end_p50_seconds": None}}))[1]


def test_numbers_are_those_of_all_processes_together() -> None:
    one = new({"feeds": {"polled": 3, "failing": 1}, "rates": {"events_per_second": 2.0, "end_to_end_p50_seconds": 1.0}}, dead_letters=2)
    other = Answer("b:1", 0, {"services": {}, "feeds": {"polled": 4}, "rates": {"events_per_second": 0.5, "end_to_end_p50_seconds": 3.0}})
    found = numbers([one, other, SILENT], rows([one, other, SILENT], {}))
    assert (found.events_per_second, found.end_to_end_p50_seconds, found.feeds) == (2.5, 3.0, {"polled": 7, "failing": 1})
    assert (found.lag_records, found.lag_seconds, found.dead_letters, found.polls_per_second) == (7, 2.0, 2, None)
    assert numbers([SILENT], rows([SILENT], {})) == (None, None, None, None, None, None, 0)


def test_a_process_that_is_asked_under_two_names_counts_once() -> None:
    one = {"services": {}, "process": {"host": "news-1", "pid": 7}}
    answers = [
        Answer("a:1", 0, one),
        Answer("b:1", 0, one),
        Answer("c:1", 0, {**one, "process": {"host": "news-1", "pid": 8}}),
        SILENT,
        OLD,
    ]
    assert [answer.process for answer in distinct(answers)] == ["a:1", "c:1", SILENT.process, OLD.process]


def test_one_of_many_addresses_goes_by_the_name_of_its_machine() -> None:
    assert own_name({"process": {"host": "news-sink-5d9"}}, "10.2.0.7:8080") == "news-sink-5d9:8080"
    assert own_name({}, "[fd00::7]:8080") == "[fd00::7]:8080"


def test_nothing_is_a_concern_where_all_is_well() -> None:
    feeds = {"new": 0, "polled": 90, "quiet": 0, "failing": 10, "retired": 50, "paused": 0, "overdue": 2, "in_flight": 3}
    assert (
        looked_at(new({"feeds": feeds, "dead_letters": 0, "checks": [{"name": "broker", "ok": True, "detail": "a broker answers"}]})) == []
    )


def test_each_concern_says_what_to_do_the_worst_first() -> None:
    status = {
        "reason": "broker: no broker has answered for 20 s",
        "checks": [
            {"name": "broker", "ok": False, "detail": "no broker has answered for 20 s"},
            {"name": "group", "ok": True, "detail": ""},
        ],
        "feeds": {"polled": 70, "failing": 30, "overdue": 6},
        "dead_letters": 2,
    }
    found = looked_at(new(status, lag_seconds=75.0, backoff="TransientError: broker away"))
    assert [concern.finding for concern in found] == [
        "not ready: broker: no broker has answered for 20 s",
        "enricher 1: TransientError: broker away",
        "enricher is behind: 7 records wait, the oldest for 1 min",
        "30 of 100 feeds fail",
        "6 of 100 feeds are overdue",
        "2 records were set aside since the process began",
    ]
    assert all(concern.do for concern in found)
    assert found[2].do == "another process of the enricher takes some of its 2 partitions"


def test_concerns_name_the_process_where_there_are_several() -> None:
    assert [concern.finding for concern in looked_at(new(backoff="x"), SILENT)] == [
        "10.0.0.9:8080: no answer (Connection refused)",
        "10.0.0.8:8080: enricher 1: x",
    ]


@pytest.mark.parametrize(
    "said",
    [{"services": None}, {"services": {"sink": None}}, {"services": {"sink": ["x", 3]}}, {"services": {}, "checks": ["x"], "feeds": 7}],
)
def test_an_answer_that_makes_no_sense_breaks_nothing(said: dict[str, Any]) -> None:
    assert judged(Answer("a:1", 0, said))[1]
    assert looked_at(Answer("a:1", 0, said)) == []


def test_an_age_is_as_short_as_its_size_allows() -> None:
    assert [age(seconds) for seconds in (0.0, 4.25, 42.0, 190.0, 7300.0, 400_000.0)] == ["0.0 s", "4.2 s", "42 s", "3 min", "2 h", "5 d"]
