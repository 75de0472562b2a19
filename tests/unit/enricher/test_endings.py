"""When a worker's end is a record's fault, and when somebody else's."""

from __future__ import annotations

import itertools
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.enricher.endings import OUT_OF_MEMORY, Ending, Kind, condemned, how_it_ended, pause_seconds, verdict

FAULT = Ending("ended with 3", Kind.FAULT)
LATE = Ending("gave no answer for 60 s", Kind.LATE)
KILL = Ending("was killed by SIGKILL", Kind.KILLED)
FAULT_IN_COMPANY, LATE_IN_COMPANY, KILL_IN_COMPANY = (ending._replace(alone=False) for ending in (FAULT, LATE, KILL))


def met(ending):
    """Ends of one kind, one after the other, until they condemn, and the pauses between them."""
    endings, pauses = [ending], []
    while not condemned(endings):
        pauses.append(pause_seconds(endings))
        endings.append(ending)
    return endings, pauses


@pytest.mark.parametrize(
    ("endings", "guilty"),
    [
        ([FAULT_IN_COMPANY], False),
        ([FAULT_IN_COMPANY, FAULT], False),
        ([FAULT_IN_COMPANY, FAULT, FAULT], True),
        ([FAULT, KILL, FAULT], True),
        ([LATE_IN_COMPANY], False),
        ([LATE], False),
        ([LATE_IN_COMPANY, LATE], True),
        ([FAULT_IN_COMPANY, LATE], False),
        ([KILL_IN_COMPANY, LATE, LATE], True),
        ([KILL_IN_COMPANY, KILL, KILL], False),
        ([KILL_IN_COMPANY, KILL, FAULT], False),
    ],
)
def test_two_faults_met_alone_or_two_deadlines_are_a_records_own_and_few_kills_are_not(endings, guilty):
    assert condemned(endings) is guilty


@given(st.lists(st.sampled_from([FAULT_IN_COMPANY, KILL_IN_COMPANY, LATE_IN_COMPANY]), max_size=20))
def test_nobody_is_condemned_for_what_happened_in_company(endings):
    assert not condemned(endings)


def test_whoever_kills_must_go_on_for_half_a_minute_before_a_record_is_condemned():
    endings, pauses = met(KILL)
    assert 30 < sum(pauses) < 60
    assert len(endings) < 10
    assert all(later == 2 * earlier for earlier, later in itertools.pairwise(pauses))


def test_a_fault_and_a_deadline_are_tried_again_at_once():
    for endings in ([FAULT], [FAULT_IN_COMPANY, FAULT], [LATE], [KILL_IN_COMPANY]):
        assert pause_seconds(endings) == 0


@given(st.lists(st.sampled_from([FAULT, LATE, KILL]), min_size=10, max_size=10))
def test_whatever_a_record_does_to_its_workers_it_ends_ten_alone_at_most(endings):
    assert condemned([KILL_IN_COMPANY, *endings])


@pytest.mark.parametrize(
    ("exit_code", "ending"),
    [
        (3, FAULT),
        (-signal.SIGSEGV, Ending("was killed by SIGSEGV", Kind.FAULT)),
        (-signal.SIGABRT, Ending("was killed by SIGABRT", Kind.FAULT)),
        (-signal.SIGKILL, KILL),
        (-signal.SIGRTMIN - 1, Ending(f"was killed by signal {signal.SIGRTMIN + 1}", Kind.KILLED)),
        (OUT_OF_MEMORY, Ending("ran out of memory (DATELINE_ENRICHER__WORKER_MEMORY_BYTES)", Kind.FAULT)),
    ],
)
def test_an_exit_code_says_in_words_how_a_worker_ended_and_whose_doing_it_was(exit_code, ending):
    assert how_it_ended(exit_code) == ending


def test_a_verdict_says_how_many_workers_ended_and_how_the_last_one_did():
    assert str(verdict([LATE, LATE])) == "2 worker processes in turn ended at this record; the last one gave no answer for 60 s"
