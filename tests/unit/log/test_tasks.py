"""Ending what runs: nothing is lost when a cancellation comes at a bad moment."""

import asyncio

import pytest

from dateline.log.tasks import end, to_the_end


@pytest.mark.parametrize("steps", [1, 2, 3], ids="cancelled after {} steps".format)
async def test_a_closing_is_done_whole_before_a_cancellation_is_raised(steps):
    done = []

    async def closing():
        for part in ("readers", "producer"):
            await asyncio.sleep(0)
            done.append(part)

    waiting = asyncio.create_task(to_the_end(closing()))
    for _ in range(steps):
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert done == ["readers", "producer"]


async def test_every_cancellation_that_comes_meanwhile_waits_too():
    done = asyncio.Event()
    waiting = asyncio.create_task(to_the_end(done.wait()))
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.cancel()
    assert not waiting.done()
    done.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_closing_that_fails_says_so():
    async def closing():
        await asyncio.sleep(0)
        raise OSError("no such file")

    with pytest.raises(OSError, match="no such file"):
        await to_the_end(closing())


async def test_whoever_is_cancelled_while_it_ends_tasks_still_waits_for_all_of_them():
    ended = []

    async def close(number):
        await asyncio.sleep(0.01)
        ended.append(number)

    async def slow_to_end(number):
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await to_the_end(close(number))

    tasks = [asyncio.create_task(slow_to_end(number)) for number in range(3)]
    await asyncio.sleep(0)
    ending = asyncio.create_task(end(tasks))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert sorted(ended) == [0, 1, 2]
