"""When a process begins to end, with which code it leaves by the clock, and that nobody leaves who does not own the process."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dateline.errors import ConfigurationError, Stalled
from dateline.ops import leaving as subject
from dateline.ops.leaving import LEAVE_SECONDS, Leaving
from dateline.run import running
from dateline.settings import Settings


@pytest.fixture
def clock(monkeypatch):
    """Timers that were started, by their seconds; calling one is its end."""
    started = []

    class Timer:
        daemon = False

        def __init__(self, seconds, function):
            self.seconds, self.strike = seconds, function

        def start(self):
            started.append(self)

    monkeypatch.setattr(threading, "Timer", Timer)
    return started


@pytest.fixture
def left(monkeypatch):
    """The codes by which this process would have left."""
    codes = []
    monkeypatch.setattr(subject.os, "_exit", codes.append)
    return codes


def test_a_block_that_is_left_begins_the_end_once_and_nothing_takes_it_back(clock, left):
    with Leaving() as leaving:
        assert clock == []
        leaving.begin()
    (timer,) = clock
    assert (timer.seconds, timer.daemon) == (LEAVE_SECONDS, True)
    timer.strike()
    assert left == [0]


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([None, ConfigurationError("wrong")], 78),
        ([Stalled("still"), ConfigurationError("wrong"), None], 70),
        ([KeyError("a bug")], 1),
        ([asyncio.CancelledError()], 0),
    ],
    ids=["an error on the way out", "the first of two errors", "a bug", "a cancellation"],
)
def test_who_leaves_by_the_clock_leaves_by_the_first_error_and_says_it(clock, left, capsys, errors, code):
    leaving = Leaving()
    for error in errors:
        leaving.begin(error)
    (timer,) = clock
    timer.strike()
    assert left == [code]
    assert next((str(error) for error in errors if isinstance(error, Exception)), "asked to stop") in capsys.readouterr().out


async def test_a_part_that_fails_begins_the_end_while_another_hangs_in_its_own(clock, left):
    leaving, began = Leaving(), asyncio.Event()

    async def fails():
        await asyncio.sleep(0)
        raise ConfigurationError("wrong")

    async def hangs():
        try:
            await asyncio.Event().wait()
        finally:
            began.set()
            await asyncio.Event().wait()

    async def serve():
        async with running(Settings(), (), beside=(hangs(), fails()), watch=leaving.watch):
            await asyncio.Event().wait()

    serving = asyncio.create_task(serve())
    await began.wait()
    (timer,) = clock
    timer.strike()
    assert left == [78]
    while not serving.done():
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(ConfigurationError):
        await serving


async def test_a_part_that_is_ended_begins_nothing(clock):
    run = asyncio.create_task(asyncio.Event().wait())
    Leaving().watch(run)
    await asyncio.sleep(0)
    run.cancel()
    await asyncio.wait({run})
    await asyncio.sleep(0)
    assert clock == []


async def test_who_lives_on_after_its_services_is_not_ended(clock):
    async def fails():
        raise ConfigurationError("wrong")

    async with running(Settings(), ()):
        pass
    with pytest.raises(ConfigurationError):
        async with running(Settings(), (), beside=(fails(),)):
            await asyncio.Event().wait()
    assert clock == []
