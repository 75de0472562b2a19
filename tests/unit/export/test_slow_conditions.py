"""A condition that takes long at events holds up no heartbeat, and one that takes too long at all of them ends the exporter."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dateline.errors import ConfigurationError, Unmatchable
from dateline.export import task as task_module
from dateline.export.task import SLOW_IN_A_ROW, ExportTask
from following import finish, news_log
from made_events import article_id, canceled, made, record


class Kept:
    """One partition's place in an output that remembers what it was given."""

    full, behind, patience_seconds = False, False, 0.0

    def __init__(self):
        self.ids = []

    async def fence(self):
        return None

    async def add(self, deliveries):
        self.ids += [delivery.event.id for delivery in deliveries]

    async def commit(self, position, letters):
        pass

    async def close(self):
        pass


def asking(condition, *events):
    """A task that asks each event a condition of ours, and where it brings the events."""
    output, log = Kept(), news_log(map(record, events), service="export.test")
    return output, ExportTask(log.open, 0, service="export.test", open_output=lambda *_: output, match=condition, once=True)


async def test_while_a_condition_thinks_the_loop_goes_on():
    loop, answers = asyncio.get_running_loop(), []

    def waits_for_the_loop(_):
        went_on = threading.Event()
        loop.call_soon_threadsafe(went_on.set)
        answers.append(went_on.wait(2))
        return True

    output, task = asking(waits_for_the_loop, made(1))
    await finish(lambda: task)
    assert (answers, output.ids) == ([True], [article_id(1)])


async def test_a_thread_is_asked_no_more_than_a_slice_at_once_and_all_is_answered_in_order(monkeypatch):
    monkeypatch.setattr(task_module, "SLICE_SECONDS", 0.0)
    threads, slices = [], []
    to_thread = asyncio.to_thread

    async def counted(function, *arguments):
        slices.append(function)
        return await to_thread(function, *arguments)

    monkeypatch.setattr(task_module.asyncio, "to_thread", counted)
    output, task = asking(lambda _: bool(threads.append(threading.current_thread())) or True, *map(made, range(5)))
    await finish(lambda: task)
    assert output.ids == [article_id(number) for number in range(5)]
    assert len(slices) == 5
    assert threading.main_thread() not in threads


def too_slow(at):
    def condition(event):
        if event["id"] in at:
            raise Unmatchable("'text~(a|aa)+$' takes longer than 1 s at this text; write the pattern more simply")
        return True

    return condition


async def test_a_condition_that_takes_too_long_at_many_events_in_a_row_ends_the_exporter_and_sets_them_not_aside():
    every = [made(number) for number in range(SLOW_IN_A_ROW)]
    # A withdrawal is not asked, so it says nothing for the condition.
    every.insert(3, canceled(99))
    _, task = asking(too_slow({event["id"] for event in every}), *every)
    with pytest.raises(ConfigurationError, match=r"20 events in a row.*text~\(a\|aa\).*more simply"):
        await finish(lambda: task)
    assert task.status.dead_letters == 0


async def test_a_condition_that_takes_too_long_at_some_events_sets_those_aside():
    events = [made(number) for number in range(3 * SLOW_IN_A_ROW)]
    slow = {event["id"] for number, event in enumerate(events) if number % SLOW_IN_A_ROW}
    output, task = asking(too_slow(slow), *events)
    await finish(lambda: task)
    assert len(output.ids) == 3
    assert task.status.dead_letters == len(slow)
