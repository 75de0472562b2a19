"""A task says what waits and since when, counts what is committed and nothing else, and settles before it ends."""

from __future__ import annotations

import asyncio

import pytest

from dateline.errors import TransientError, Undecodable
from dateline.log import metrics
from dateline.log.movement import movement
from dateline.log.port import Batch, Output
from dateline.log.task import StreamTask, TaskStatus
from fakes import CRASH, FIRST_TIMESTAMP_MS, FakeLog, FakeRecord, FakeTopics, Fault, raw


async def copy(records, state):
    return [[Output("out", record.key, record.value)] for record in records]


def task_on(log, handler=copy, **options):
    return StreamTask(log.open, 0, service="relay", topic="in", handler=handler, **options)


async def led(log, task, until):
    """Run a task until something holds."""
    running = asyncio.create_task(task.run())
    async with asyncio.timeout(5):
        while not until():
            await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def record(offset, *, seconds=0.0):
    return FakeRecord("in", 0, offset, int(seconds * 1000), b"key", b"value", ())


# ── lag ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lag_is_from_the_next_record_that_is_not_committed_and_as_old_as_that():
    status = TaskStatus(0, position=10)
    status.saw(Batch([record(10, seconds=100.0), record(11, seconds=104.0)], 12, 20, 109.9), 110.0)
    assert (status.lag_records, status.lag_seconds(110.0), status.answered_at) == (10, 10.0, 109.9)


def test_lag_is_0_when_caught_up_though_control_records_end_the_partition():
    status = TaskStatus(0, position=12)
    status.saw(Batch([], 13, 13, 110.0), 110.0)
    status.position = 13
    assert (status.lag_records, status.lag_seconds(9999.0)) == (0, 0.0)


def test_lag_is_never_negative():
    status = TaskStatus(0, position=30, stable=20, waiting_since=500.0)
    assert (status.lag_records, status.lag_seconds(100.0)) == (0, 0.0)
    status.stable = 31
    assert status.lag_seconds(100.0) == 0.0


def test_before_anything_was_told_there_is_no_lag():
    assert (TaskStatus(0).lag_records, TaskStatus(0).lag_seconds(1.0)) == (0, 0.0)


def test_records_that_are_stable_and_not_read_yet_wait_since_they_were_noticed():
    status = TaskStatus(0, position=10, stable=10, waiting_since=50.0)
    status.saw(Batch([], 10, 15, 110.0), 110.0)
    status.saw(Batch([], 10, 15, 111.0), 111.0)
    assert (status.lag_records, status.lag_seconds(113.0)) == (5, 3.0)


def test_an_answer_that_did_not_come_changes_nothing_that_was_known():
    status = TaskStatus(0, position=10)
    status.saw(Batch([], 10, 15, 110.0), 110.0)
    status.saw(Batch([], 10), 120.0)
    assert (status.stable, status.answered_at) == (15, 110.0)


async def test_while_a_batch_is_handled_its_records_wait_and_then_they_do_not():
    log, seen = FakeLog([raw("a"), raw("b")]), []

    async def look(records, state):
        seen.append((task.status.lag_records, task.waits, task.status.waiting_since))
        return await copy(records, state)

    task = task_on(log, look)
    await led(log, task, lambda: log.idle.is_set() and task.status.commits)
    assert seen == [(2, True, FIRST_TIMESTAMP_MS / 1000)]
    assert (task.status.lag_records, task.waits, task.status.backoff) == (0, False, None)
    assert task.status.committed_at is not None


# ── what is away ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_task_that_waits_for_what_is_away_says_why_until_something_comes_of_it_again():
    log, reasons = FakeLog([raw("a")]), []

    async def away_twice(records, state):
        reasons.append(task.status.backoff)
        if len(reasons) < 3:
            raise TransientError("the database is away")
        return await copy(records, state)

    task = task_on(log, away_twice)
    await led(log, task, lambda: task.status.commits)
    assert reasons == [None, "the database is away", "the database is away"]
    assert task.status.backoff is None
    assert task.status.last_error == "the database is away"


async def test_a_task_with_nothing_to_do_forgets_what_was_away():
    log = FakeLog([Fault("fence")])
    task = task_on(log)
    await led(log, task, lambda: task.status.restarts and task.status.backoff is None)
    assert (task.status.restarts, task.status.last_error) == (1, "fault at fence")


async def test_whoever_works_for_a_task_can_tell_it_that_something_has_come_of_it():
    log, marks = FakeLog([raw("a")]), []

    async def worker():
        marks.append(task.status.progressed_at)
        await asyncio.sleep(0.002)
        movement()
        marks.append(task.status.progressed_at)

    async def by_worker(records, state):
        await asyncio.create_task(worker())
        return await copy(records, state)

    task = task_on(log, by_worker)
    await led(log, task, lambda: task.status.commits)
    assert marks[1] > marks[0]
    movement()  # nobody is worked for here


# ── what is counted ──────────────────────────────────────────────────────────────────────────────────────────────────


def value(name, **labels):
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize("fault", [Fault("send"), Fault("before_commit"), CRASH])
async def test_each_record_is_counted_once_and_when_it_is_committed(fault):
    log, told = FakeLog([raw("a"), raw("bad"), raw("c"), fault, raw("d")]), []
    consumed = value("dateline_kafka_records_consumed_total", topic="in")
    published = value("dateline_kafka_records_published_total", topic="out")
    dead = value("dateline_dead_letters_total", reason="Undecodable")

    async def handler(records, state):
        return [Undecodable("no") if each.value == b"bad" else [Output("out", each.key, each.value)] for each in records]

    task = task_on(log, handler, count=lambda records, outcomes: told.extend(each.value for each in records))
    await led(log, task, lambda: len(log.values("out")) == 3 and log.idle.is_set())
    assert told == [b"a", b"bad", b"c", b"d"]
    assert value("dateline_kafka_records_consumed_total", topic="in") - consumed == 4
    assert value("dateline_kafka_records_published_total", topic="out") - published == 3
    assert value("dateline_dead_letters_total", reason="Undecodable") - dead == 1
    assert task.status.dead_letters == 1


async def test_transactions_are_counted_by_how_they_ended():
    names = ("committed", "aborted", "fenced")
    before = {name: value("dateline_kafka_transactions_total", service="relay", outcome=name) for name in names}
    log = FakeLog([Fault("before_commit"), raw("a")])
    task = task_on(log)
    await led(log, task, lambda: task.status.commits)
    after = {name: value("dateline_kafka_transactions_total", service="relay", outcome=name) - before[name] for name in names}
    # The attempt that is written down beforehand is a transaction, too.
    assert after == {"committed": len(log.commits), "aborted": 1.0, "fenced": 0.0}
    assert len(log.commits) == 2


# ── the stop ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class SlowCommits:
    """A partition's log whose commits wait for a gate."""

    def __init__(self, log, gate, inside):
        self._log, self._gate, self._inside = log, gate, inside

    def __getattr__(self, name):
        return getattr(self._log, name)

    async def commit(self, offset, **options):
        self._inside.set()
        await self._gate.wait()
        await self._log.commit(offset, **options)


async def test_a_task_that_settles_ends_its_open_transaction_and_begins_no_other():
    log, gate, inside = FakeLog([raw(str(number)) for number in range(1000)]), asyncio.Event(), asyncio.Event()
    gate.set()

    async def close_the_gate(records, state):
        gate.clear()
        inside.clear()
        return await copy(records, state)

    task = StreamTask(lambda: SlowCommits(log.open(), gate, inside), 0, service="relay", topic="in", handler=close_the_gate)
    running = asyncio.create_task(task.run())
    await asyncio.sleep(0.01)
    await inside.wait()
    settling = asyncio.create_task(task.settle())
    await asyncio.sleep(0.01)
    assert not settling.done()
    gate.set()
    await settling
    commits = len(log.commits)
    gate.set()
    await asyncio.sleep(0.02)
    assert len(log.commits) == commits == 2
    assert log.committed.offset == len(log.values("out")) == 200
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert log.topics.left_open == {}


async def test_a_task_that_stops_between_transactions_settles_at_once():
    log = FakeLog([raw("a")], topics=FakeTopics())
    task = task_on(log)
    running = asyncio.create_task(task.run())
    await log.idle.wait()
    async with asyncio.timeout(0.1):
        await task.settle()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
