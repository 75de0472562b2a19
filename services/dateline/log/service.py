"""A service: one task for each partition that the group gives this process, kept running through rebalances."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from dateline.errors import Moved, TransientError
from dateline.log.membership import Membership
from dateline.log.metrics import Meter
from dateline.log.tasks import end, to_the_end

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from prometheus_client import CollectorRegistry

    from dateline.log.client import Cluster
    from dateline.log.port import PartitionLog
    from dateline.log.task import Task

    # Opens one partition's log for a service: (service, topic, partition).
    OpenLog = Callable[[str, str, int], PartitionLog]

logger = structlog.get_logger()


@dataclass(frozen=True)
class Changes:
    """Which tasks are to be closed and which opened."""

    close: frozenset[int]
    open: frozenset[int]


def plan_tasks(assigned: Collection[int], running: Collection[int], moved: Mapping[int, int], *, joins: int, lapsed: bool) -> Changes:
    """What to do after a change. `moved` tells at which join a partition was fenced away from us.

    A fenced task is reopened only after a later join still assigns its partition: two members that both believed in an old
    assignment would fence each other for ever. After a lapse (we stood still, others may have led meanwhile) a join that keeps a
    partition here makes us take its lease anew.
    """
    wanted = frozenset(part for part in assigned if moved.get(part, -1) < joins)
    kept = frozenset() if lapsed else wanted & frozenset(running)
    return Changes(close=frozenset(running) - kept, open=wanted - kept)


class Service:
    """Opens, keeps and closes the tasks of one service in this process."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        name: str,
        topic: str,
        make_task: Callable[[int], Task],
        metrics: CollectorRegistry | None = None,
        shows: Mapping[str, Callable[[], Any]] | None = None,
    ) -> None:
        """`metrics` are the service's own; `shows` what it has for operators beside its tasks, by name."""
        self.name, self.topic = name, topic
        self.metrics, self.shows = metrics, shows or {}
        self._meter = Meter(name, topic)
        self._cluster, self._make_task = cluster, make_task
        self._tasks: dict[int, tuple[Task, asyncio.Task[None]]] = {}
        self._moved: dict[int, int] = {}
        self._rejoin_by: float | None = None
        self._membership = self._member()

    @property
    def joined(self) -> bool:
        """Whether this process is a member of the group, as far as it knows."""
        return self._membership.joins > 0 and not self._membership.broken

    @property
    def partitions(self) -> int | None:
        """How many the topic has, for all processes of this service together; null before a broker has told."""
        return self._membership.partitions

    def tasks(self) -> list[Task]:
        """The tasks that run now."""
        return [task for task, _ in self._tasks.values()]

    async def settle(self) -> None:
        """Have no task begin anything any more, and wait for the transactions that are open."""
        await asyncio.gather(*(task.settle() for task in self.tasks()))

    async def run(self) -> None:
        """Lead what is assigned until cancelled; raises ConfigurationError when a task cannot go on anywhere."""
        try:
            await self._join()
            while True:
                await self._wait()
                self._collect()
                await self._reconcile()
        finally:
            await to_the_end(self._leave())

    async def _leave(self) -> None:
        """Close every task, then leave the group, so that others may have the partitions at once."""
        await self._close(list(self._tasks))
        await self._membership.stop()

    def _member(self) -> Membership:
        return Membership(self._cluster, service=self.name, topic=self.topic, meter=self._meter)

    async def _join(self) -> None:
        """Join the group, trying again while no broker answers."""
        delay = 0.2
        while True:
            try:
                await self._membership.start()
            except TransientError as error:
                logger.warning("group cannot be joined yet", service=self.name, error=str(error))
                await self._membership.stop()
                await asyncio.sleep(delay)
                delay = min(5.0, delay * 2)
                self._membership = self._member()
            else:
                return

    async def _wait(self) -> None:
        """Until a join, the end of a task, or the time by which a rejoin should have come."""
        joined = asyncio.ensure_future(self._membership.changed.wait())
        timeout = None if self._rejoin_by is None else max(0.0, self._rejoin_by - _now())
        try:
            await asyncio.wait(
                {joined, *(handle for _, handle in self._tasks.values())}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            joined.cancel()

    def _collect(self) -> None:
        """Take note of tasks that have ended: moved away is no fault, anything else goes up."""
        for partition, (_, handle) in list(self._tasks.items()):
            if not handle.done():
                continue
            del self._tasks[partition]
            if handle.cancelled():
                raise AssertionError(f"the task of {self.name} {partition} was cancelled by nobody")
            error = handle.exception()
            if not isinstance(error, Moved):
                raise error or AssertionError("a task ended by itself")
            logger.info("partition moved away", service=self.name, partition=partition)
            self._moved[partition] = self._membership.joins
            self._rejoin_by = self._rejoin_by or _now() + 2 * self._cluster.settings.session_timeout_seconds

    async def _reconcile(self) -> None:
        membership = self._membership
        if membership.broken:
            logger.warning("the membership does not recover: joining anew", service=self.name)
            await self._rebuild()
        elif membership.changed.is_set():
            membership.changed.clear()
            changes = plan_tasks(membership.assigned, self._tasks, self._moved, joins=membership.joins, lapsed=membership.lapsed)
            membership.lapsed = False
            # Fenced as this join came: perhaps after it, so only a later one or a new membership decides.
            self._moved = {part: join for part, join in self._moved.items() if part in membership.assigned and join >= membership.joins}
            self._rejoin_by = self._rejoin_by if self._moved else None
            await self._close(changes.close)
            self._open(changes.open)
        elif self._rejoin_by is not None and _now() >= self._rejoin_by:
            logger.warning("no rejoin after being fenced: joining anew", service=self.name)
            await self._rebuild()

    async def _rebuild(self) -> None:
        await self._membership.stop()
        self._membership, self._moved, self._rejoin_by = self._member(), {}, None
        await self._join()

    def _open(self, partitions: Collection[int]) -> None:
        for partition in sorted(partitions):
            task = self._make_task(partition)
            self._tasks[partition] = (task, asyncio.create_task(task.run(), name=f"{self.name} {partition}"))
        logger.info("tasks assigned", service=self.name, opened=sorted(partitions), running=sorted(self._tasks))

    async def _close(self, partitions: Collection[int]) -> None:
        handles = [self._tasks.pop(partition)[1] for partition in partitions]
        await end(handles)


def _now() -> float:
    """Seconds on the loop's clock, by which it also waits."""
    return asyncio.get_running_loop().time()
