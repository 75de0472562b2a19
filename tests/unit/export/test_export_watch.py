"""An exporter that gathers events for its next file, or has written all it was asked for, is at work and has not stalled."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from dateline.export.match import Match
from dateline.export.task import ExportTask
from dateline.log.metrics import DEAD_LETTERS
from dateline.log.port import Output
from dateline.overview import unready
from following import news_log
from made_events import made, record


class Gathering:
    """One partition's place in an output that publishes as seldom as it is told to."""

    full = behind = False

    def __init__(self, patience_seconds):
        self.patience_seconds, self.added, self.commits = patience_seconds, asyncio.Event(), []

    async def fence(self):
        return 0

    async def add(self, deliveries):
        self.added.set()

    async def commit(self, position, letters):
        self.commits.append(position)

    async def close(self):
        pass


@asynccontextmanager
async def at_work(output, *entries, once):
    log = news_log(entries, service="export.test")
    task = ExportTask(log.open, 0, service="export.test", open_output=lambda *_: output, match=Match(), once=once)
    running = asyncio.create_task(task.run())
    try:
        yield task
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("every_seconds", [300.0, 900.0])
async def test_an_exporter_is_given_as_long_as_it_gathers_and_five_minutes_more(every_seconds):
    output = Gathering(every_seconds)
    async with at_work(output, record(made(1)), once=False) as task:
        await asyncio.wait_for(output.added.wait(), 5)
        assert (task.waits, task.status.lag_records, output.commits) == (True, 1, [])
        assert task.patience_seconds == every_seconds + 300


async def test_a_partition_that_has_written_all_it_was_asked_for_waits_for_nothing_and_is_ready():
    output = Gathering(900.0)
    async with at_work(output, record(made(1)), once=True) as task:
        await asyncio.wait_for(task.finished.wait(), 5)
        assert (task.status.phase, task.waits, unready(task, time.time())) == ("finished", False, None)


async def test_an_empty_partition_is_ready_too_though_nothing_was_read_of_it():
    async with at_work(Gathering(900.0), once=True) as task:
        await asyncio.wait_for(task.finished.wait(), 5)
        assert (task.status.answered_at, task.waits, unready(task, time.time())) == (None, False, None)


async def test_what_an_exporter_sets_aside_is_counted_once_it_is_committed_by_its_error():
    def counted():
        return DEAD_LETTERS.labels("Undecodable")._value.get()

    before = counted()
    async with at_work(Gathering(0.0), Output("news", b"a", b"no event"), once=True) as task:
        await asyncio.wait_for(task.finished.wait(), 5)
    assert (task.status.dead_letters, counted() - before) == (1, 1)
