"""Readiness says since when, and only a task of which nothing comes while work waits has stalled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dateline.ops.health import CHECKS, MOST_SILENCE_SECONDS, Finding, Health, Sight, Watchdog, broker_finding

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WELL = dict.fromkeys(CHECKS, Finding(ok=True, detail="well"))
AWAY = Finding(ok=False, detail="no broker has answered for 20 s")


def test_nothing_holds_before_it_was_looked_at():
    health = Health(now=NOW)
    assert [check.ok for check in health.checks] == [False] * len(CHECKS)
    assert health.reason == "process: starting"


def test_a_check_says_since_when_it_is_as_it_is_and_the_first_that_does_not_hold_is_the_reason():
    health = Health(now=NOW)
    seconds = [NOW + timedelta(seconds=number) for number in range(4)]
    assert len(health.judge(WELL, now=seconds[0])) == len(CHECKS)
    assert health.judge(WELL, now=seconds[1]) == []
    (changed,) = health.judge(WELL | {"broker": AWAY}, now=seconds[2])
    assert (changed.name, changed.since) == ("broker", seconds[2])
    health.judge(WELL | {"broker": AWAY._replace(detail="no broker has answered for 21 s")}, now=seconds[3])
    assert health.reason == "broker: no broker has answered for 21 s"
    assert {check.name: check.since for check in health.checks}["broker"] == seconds[2]
    assert {check.name: check.since for check in health.checks}["group"] == seconds[0]


@pytest.mark.parametrize(("answered_at", "ok"), [(None, False), (1000.0, True), (1000.0 - MOST_SILENCE_SECONDS - 1, False), (1005.0, True)])
def test_a_broker_that_was_silent_for_three_periods_is_away(answered_at, ok):
    assert broker_finding(answered_at, now=1000.0).ok is ok


# ── stalls ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def watched(looks, *, excused=lambda second: False, step=1):
    """The first second in which the watchdog finds something, of looks at (waits, mark) once a `step`."""
    dog = Watchdog()
    for number, (waits, mark) in enumerate(looks):
        second = number * step
        if dog.stalled([Sight("sink 3", waits, mark, 300.0)], excused=excused(second), now=float(second)):
            return second
    return None


def test_a_task_that_has_work_and_does_not_move_has_stalled_after_its_patience():
    assert watched([(True, 1)] * 1000) == 301


def test_a_task_that_moves_now_and_then_has_not_stalled():
    assert watched([(True, second // 290) for second in range(2000)]) is None


def test_a_task_without_work_waits_for_ever_and_has_its_whole_patience_once_work_comes():
    assert watched([(False, 1)] * 5000) is None
    assert watched([(False, 1)] * 5000 + [(True, 1)] * 1000) == 5301


def test_while_what_we_wait_for_is_away_nobody_stalls_and_patience_begins_anew_afterwards():
    assert watched([(True, 1)] * 2000, excused=lambda second: 10 <= second <= 610) == 911


def test_a_process_that_stood_still_itself_blames_no_task():
    assert watched([(True, 1)] * 100, step=100) is None


def test_each_task_is_watched_by_itself():
    dog = Watchdog()
    said = []
    for second in range(302):
        sights = [Sight(f"sink {number}", waits=True, mark=mark, patience_seconds=300.0) for number, mark in ((1, second), (2, 0))]
        said.append(dog.stalled(sights, excused=False, now=float(second)))
    assert said[:-1] == [None] * 301
    assert said[-1] == "sink 2 has work to do, and nothing has come of it for 301 s"
