"""A service runs a task for each partition it is given, and forgets none that was fenced away."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from dateline.errors import Moved, NoCommittedOffset
from dateline.log.service import Service
from dateline.log.tasks import end, to_the_end

SESSION_SECONDS = 0.02


class FakeTask:
    """Runs until told to fail."""

    def __init__(self, partition):
        self.partition = partition
        self.end = asyncio.get_running_loop().create_future()

    async def run(self):
        await self.end


class FakeMembership:
    """A group of one whose joins are made by the test."""

    def __init__(self):
        self.assigned, self.joins, self.lapsed, self.changed = frozenset(), 0, False, asyncio.Event()
        self.stopped = self.broken = False

    async def start(self):
        pass

    async def stop(self):
        self.stopped = True

    def join(self, *partitions):
        self.assigned = frozenset(partitions)
        self.joins += 1
        self.changed.set()


class ServiceUnderTest(Service):
    def __init__(self):
        self.memberships, self.made = [], []
        cluster = SimpleNamespace(settings=SimpleNamespace(session_timeout_seconds=SESSION_SECONDS))
        super().__init__(cluster, name="relay", topic="in", make_task=self.make)

    def make(self, partition):
        self.made.append(FakeTask(partition))
        return self.made[-1]

    def _member(self):
        self.memberships.append(FakeMembership())
        return self.memberships[-1]

    def running(self):
        return sorted(task.partition for task in self.tasks())


@asynccontextmanager
async def running_service():
    service = ServiceUnderTest()
    running = asyncio.create_task(service.run())
    await settle()
    yield service, running
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert service.running() == []
    assert all(membership.stopped for membership in service.memberships)


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_kept_tasks_are_the_same_tasks_after_a_join():
    async with running_service() as (service, _):
        service.memberships[0].join(0, 1)
        await settle()
        kept = service.made[1]
        service.memberships[0].join(1, 2)
        await settle()
        assert service.running() == [1, 2]
        assert kept in service.tasks()


async def test_a_fenced_partition_waits_for_a_join_that_still_assigns_it():
    async with running_service() as (service, _):
        service.memberships[0].join(0, 1)
        await settle()
        service.made[0].end.set_exception(Moved())
        await settle()
        assert service.running() == [1]
        service.memberships[0].join(0, 1)
        await settle()
        assert service.running() == [0, 1]
        await asyncio.sleep(3 * SESSION_SECONDS)
        assert len(service.memberships) == 1


async def test_without_a_join_within_twice_the_session_the_membership_is_built_anew():
    async with running_service() as (service, _):
        service.memberships[0].join(0, 1)
        await settle()
        service.made[0].end.set_exception(Moved())
        await asyncio.sleep(3 * SESSION_SECONDS)
        assert len(service.memberships) == 2
        assert service.memberships[0].stopped
        assert service.running() == [1]
        service.memberships[1].join(0, 1)
        await settle()
        assert service.running() == [0, 1]


async def test_a_partition_fenced_at_the_moment_of_a_join_is_not_forgotten():
    """Nobody knows whether the fence came before the join or after: it waits, and a new membership decides."""
    async with running_service() as (service, _):
        service.memberships[0].join(0, 1)
        await settle()
        service.made[0].end.set_exception(Moved())
        service.memberships[0].join(0, 1)
        await asyncio.sleep(3 * SESSION_SECONDS)
        assert len(service.memberships) == 2
        service.memberships[1].join(0, 1)
        await settle()
        assert service.running() == [0, 1]


async def test_a_task_that_can_go_on_nowhere_ends_the_service():
    async with running_service() as (service, running):
        service.memberships[0].join(0)
        await settle()
        service.made[0].end.set_exception(NoCommittedOffset("relay", "in", 0))
        with pytest.raises(NoCommittedOffset):
            await running


async def test_a_member_that_is_broken_is_no_member_and_is_built_anew_while_its_tasks_run_on():
    async with running_service() as (service, _):
        service.memberships[0].join(0, 1)
        await settle()
        assert service.joined
        service.memberships[0].broken = True
        assert not service.joined
        service.memberships[0].changed.set()
        await settle()
        assert len(service.memberships) == 2
        assert service.memberships[0].stopped
        assert service.running() == [0, 1]
        assert not service.joined
        kept = service.tasks()
        service.memberships[1].join(0, 1)
        await settle()
        assert service.joined
        assert service.tasks() == kept


async def test_a_task_that_is_cancelled_by_nobody_ends_the_service_loudly():
    """Ending it quietly would leave a process that leads nothing and looks well."""
    async with running_service() as (service, running):
        service.memberships[0].join(0)
        await settle()
        service.made[0].end.cancel()
        with pytest.raises(AssertionError, match="relay 0 was cancelled by nobody"):
            await running


async def test_a_service_that_is_cancelled_again_and_again_still_closes_its_tasks_and_then_leaves_the_group(monkeypatch):
    monkeypatch.setattr("dateline.log.tasks.AGAIN_SECONDS", 0.005)
    closed = []

    class SlowToClose(FakeTask):
        async def run(self):
            try:
                await self.end
            finally:
                await to_the_end(self.close())

        async def close(self):
            await asyncio.sleep(0.03)
            closed.append(self.partition)

    monkeypatch.setattr(f"{__name__}.FakeTask", SlowToClose)
    async with running_service() as (service, running):
        service.memberships[0].join(0, 1)
        await settle()
        await end([running])
        assert sorted(closed) == [0, 1]
        assert service.memberships[0].stopped
