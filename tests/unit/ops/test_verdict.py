"""How processes stand is one sentence that names first what hurts, and each concern says what to do."""

from __future__ import annotations

from typing import Any

import pytest
from answers import OLD, SILENT, new, task

from dateline.ops.processes import Answer, numbers, rows
from dateline.ops.verdict import Concern, concerns, verdict


def judged(*answers: Answer) -> tuple[str, str]:
    return tuple(verdict(answers, rows(answers, {})))


def looked_at(*answers: Answer) -> list[Concern]:
    return concerns(answers, rows(answers, {}))


def alone(sentence: str) -> str:
    return f"{sentence} (enricher alone; DATELINE_OPS__PEERS names the others)"


def of(name: str, *, tasks: int = 2, partitions: int = 2, process: str | None = None, **status: Any) -> Answer:
    """One service of a process of its own."""
    service = {"joined": True, "topic": name, "partitions": partitions, "tasks": [task(lag_records=0, lag_seconds=0.0)] * tasks}
    return Answer(process or f"{name}:8080", 0, {"services": {name: service}} | status)


def checks(**failed: str) -> dict[str, Any]:
    return {"reason": "; ".join(failed), "checks": [{"name": name, "ok": False, "detail": detail} for name, detail in failed.items()]}


ALL = (of("poller"), of("enricher"), of("sink"))


def test_the_verdict_says_first_what_hurts() -> None:
    assert judged(new()) == ("well", alone("keeping up: 7 records wait"))
    assert judged(new(lag_seconds=75.0)) == ("behind", "behind: 7 records wait, the oldest for 1 min")
    assert judged(new(backoff="x"), SILENT) == ("unwell", "not well: enricher: backing off; 1 without an answer")
    assert judged(new({"reason": "broker: no broker answers"})) == ("unwell", "not well: broker: no broker answers")
    assert judged(new(checks(broker="no broker answers", output="x"))) == ("unwell", "not well: broker: no broker answers")
    assert judged(SILENT) == ("unwell", "no process answers")
    assert "do not say what waits" in judged(OLD)[1]


def test_all_services_together_keep_up_without_another_word() -> None:
    assert judged(*ALL) == ("well", "keeping up: nothing waits")
    assert looked_at(*ALL) == []


def test_a_service_that_runs_nowhere_is_missed_as_far_as_others_were_asked() -> None:
    assert judged(of("poller"), of("sink")) == ("unwell", "not well: no enricher runs")
    assert looked_at(of("poller"), of("sink"))[0].finding == "no enricher runs"
    assert judged(of("poller")) == ("well", "keeping up: nothing waits (poller alone; DATELINE_OPS__PEERS names the others)")


def test_partitions_that_nobody_has_are_behind_whatever_the_others_say() -> None:
    few = (of("poller"), of("enricher", tasks=2, partitions=6), of("enricher", tasks=1, partitions=6, process="b:1"), of("sink"))
    assert judged(*few) == ("behind", "behind: 3 of 6 partitions of the enricher are with nobody")
    assert looked_at(*few)[0].finding == "3 of 6 partitions of the enricher are with nobody"
    assert judged(few[1]) == ("well", alone("keeping up: nothing waits")), "one alone knows of no others"


def test_nobody_is_missed_while_one_starts_or_says_nothing() -> None:
    starting = of("enricher", tasks=0, process="b:1", **checks(process="starting", group="every group is joined", output="starting"))
    for others in ((starting,), (SILENT,)):
        assert not [concern for concern in looked_at(of("poller"), of("sink"), *others) if "no enricher" in concern.finding]
    assert judged(of("poller"), of("sink"), starting) == ("changing", "a process starts: b:1")
    assert [concern.finding for concern in looked_at(starting)] == ["not ready: process: starting"], "the rest follows from that"


def test_restores_and_stops_go_by_themselves() -> None:
    restoring = new(checks(state="enricher 1 restoring 62 %"), phase="restoring 62 %")
    assert judged(restoring) == ("changing", "enricher 1 restoring 62 %")
    assert judged(new({"process": {"stopping": True}} | checks(process="stopping"))) == ("changing", "a process stops: 10.0.0.8:8080")


def test_a_process_that_does_not_answer_is_not_well_though_the_others_keep_up() -> None:
    assert judged(new(), SILENT) == ("unwell", "keeping up: 7 records wait; 1 without an answer")


def test_a_standby_is_well_and_says_what_it_does() -> None:
    standby = Answer("a:1", 0, {"services": {"sink": {"joined": True, "tasks": []}}})
    assert judged(standby)[0] == "well" and judged(standby)[1].startswith("standing by: no partition is given to it")


def test_the_verdict_says_how_fresh_news_is_where_some_was_just_written() -> None:
    assert judged(new({"rates": {"end_to_end_p50_seconds": 2.14}}))[1] == (
        alone("keeping up: 7 records wait, and an article is in news 2.1 s after its poll")
    )
    assert "after its poll" not in judged(new({"rates": {"end_to_end_p50_seconds": None}}))[1]


@pytest.mark.parametrize(
    ("counts", "judgement"),
    [
        ({"polled": 90, "failing": 10, "retired": 900, "paused": 50, "overdue": 2}, ("well", "keeping up: nothing waits")),
        ({"polled": 60, "failing": 40}, ("well", "keeping up: nothing waits")),
        ({"polled": 90, "failing": 10, "overdue": 6}, ("behind", "behind: 6 of 100 feeds are overdue")),
        ({"polled": 0, "failing": 25}, ("unwell", "not well: 25 of 25 feeds fail")),
    ],
)
def test_feeds_that_are_lost_or_late_are_in_the_verdict(counts: dict[str, int], judgement: tuple[str, str]) -> None:
    assert judged(of("poller", feeds=counts), *ALL[1:]) == judgement
    found = [concern.finding for concern in looked_at(of("poller", feeds=counts), *ALL[1:])]
    assert any("feeds fail" in finding for finding in found) == (counts["failing"] > 20)


def test_nothing_is_a_concern_where_all_is_well() -> None:
    feeds = {"new": 0, "polled": 90, "quiet": 0, "failing": 10, "retired": 50, "paused": 0, "overdue": 2, "in_flight": 3}
    fine = {"name": "broker", "ok": True, "detail": "a broker answers"}
    assert looked_at(new({"feeds": feeds, "dead_letters": 40, "dead_letters_last_hour": 0, "checks": [fine]})) == []


def test_each_concern_says_what_to_do_the_worst_first() -> None:
    status = {"feeds": {"polled": 70, "failing": 30, "overdue": 6}, "dead_letters_last_hour": 2} | checks(group="sink not joined yet")
    found = looked_at(new(status, lag_seconds=75.0, backoff="TransientError: broker away"))
    assert [concern.finding for concern in found] == [
        "not ready: group: sink not joined yet",
        "enricher 1: TransientError: broker away",
        "enricher is behind: 7 records wait, the oldest for 1 min",
        "30 of 100 feeds fail",
        "6 of 100 feeds are overdue",
        "2 records were set aside in the last hour",
    ]
    assert all(concern.do for concern in found)


def test_who_is_behind_is_told_what_helps() -> None:
    late = task(lag_records=9, lag_seconds=75.0)

    def advice(service: str, *tasks: dict[str, Any]) -> str:
        (concern,) = looked_at(Answer("a:1", 0, {"services": {service: {"tasks": list(tasks)}}}))
        return concern.do

    assert advice("sink", late, task()).startswith("one partition goes no faster than one core")
    assert advice("sink", late, late) == "another process of the sink takes some of its 2 partitions"
    assert "DATELINE_ENRICHER__WORKERS" in advice("enricher", late, late)


def test_one_cause_is_one_concern_however_many_partitions_wait_for_it() -> None:
    tasks = [task(partition=number, backoff="TransientError: no broker", lag_records=5, lag_seconds=90.0) for number in range(48)]
    away = {"services": {"sink": {"joined": True, "tasks": tasks}}}
    assert [concern.finding for concern in looked_at(Answer("a:1", 0, away))] == [
        "sink, 48 partitions: TransientError: no broker",
        "sink is behind: 240 records wait, the oldest for 2 min",
    ]
    said = looked_at(Answer("a:1", 0, away | checks(broker="no broker", output="sink 0: TransientError")))
    assert [concern.finding for concern in said] == ["not ready: broker: no broker", "not ready: output: sink 0: TransientError"]


def test_concerns_name_the_process_where_there_are_several() -> None:
    assert [concern.finding for concern in looked_at(new(backoff="x"), SILENT)] == [
        "10.0.0.9:8080: no answer (Connection refused)",
        "10.0.0.8:8080: enricher 1: x",
    ]


@pytest.mark.parametrize(
    "said",
    [
        {"services": None},
        {"services": {"sink": None}},
        {"services": {"sink": ["x", 3]}},
        {"services": {"sink": {"tasks": [{"records": "x", "lag_seconds": "y"}]}}},
        {"services": {}, "checks": ["x"], "feeds": 7},
    ],
)
def test_an_answer_that_makes_no_sense_breaks_nothing(said: dict[str, Any]) -> None:
    assert judged(Answer("a:1", 0, said))[1]
    assert looked_at(Answer("a:1", 0, said)) == []
    assert numbers([Answer("a:1", 0, said)], rows([Answer("a:1", 0, said)], {})).dead_letters == 0
