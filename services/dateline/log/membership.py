"""Which partitions the group gives this process: a consumer that subscribes, pauses everything and carries no data.

Membership only places partitions; the producer's epoch is the lease. A wrong belief about placement costs time, never a record.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import GroupAuthorizationFailedError, InvalidSessionTimeoutError, TopicAuthorizationFailedError

from dateline.errors import ConfigurationError
from dateline.log.client import drop_consumer, translated
from dateline.log.tasks import end

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aiokafka import TopicPartition

    from dateline.log.client import Cluster
    from dateline.log.metrics import Meter

logger = structlog.get_logger()

HEARTBEAT_MS = 1000
# How long members have to rejoin; their tasks run on meanwhile, so only a hung process uses it up.
REBALANCE_TIMEOUT_MS = 10_000
POLL_PAUSE_SECONDS = 1.0


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # the client is untyped
    """One member of a service's group. `joins` counts completed joins; `changed` is set at each, and when the member is `broken`.

    That is when it has failed for twice as long as the group waits for it: only a new one can help then.
    """

    def __init__(self, cluster: Cluster, *, service: str, topic: str, meter: Meter) -> None:
        self._cluster, self._service, self._topic, self._meter = cluster, service, topic, meter
        self._given_back_at: float | None = None
        self._session_seconds = cluster.settings.session_timeout_seconds
        self._consumer: AIOKafkaConsumer | None = None
        self._polling: asyncio.Task[None] | None = None
        self.assigned: frozenset[int] = frozenset()
        self.joins = 0
        self.lapsed = self.broken = False
        self._failing_since: float | None = None
        self.changed = asyncio.Event()

    async def start(self) -> None:
        """Join the group; returns when connected, the first assignment comes through `changed`.

        ConfigurationError where the broker refuses this member for ever.
        """
        # The assignor keeps its state in class variables: a class of its own keeps members of one process apart.
        assignor = type("MemberAssignor", (StickyPartitionAssignor,), {})
        self._consumer = AIOKafkaConsumer(
            **self._cluster.client_options(),
            group_id=self._cluster.group(self._service),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(assignor,),
            session_timeout_ms=int(self._session_seconds * 1000),
            heartbeat_interval_ms=HEARTBEAT_MS,
            rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
        )
        self._consumer.subscribe([self._cluster.topic(self._topic)], listener=self)
        with translated(), self._refused():
            await self._consumer.start()
        self._polling = asyncio.create_task(self._poll(self._consumer), name=f"{self._service} membership")

    @property
    def partitions(self) -> int | None:
        """How many there are of the topic, null before a broker has told."""
        known = self._consumer.partitions_for_topic(self._cluster.topic(self._topic)) if self._consumer is not None else None
        return len(known) if known else None

    async def stop(self) -> None:
        """Leave the group, within two seconds."""
        consumer, self._consumer = self._consumer, None
        if self._polling is not None:
            await end([self._polling])
        if consumer is not None:
            await drop_consumer(consumer)

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002 - all are given back
        """Nothing but the time: tasks run on through a rebalance, the epoch protects them."""
        self._given_back_at = time.monotonic()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """A join is complete."""
        places = list(assigned)
        if self._consumer is not None:
            # First, because aiokafka delivers records before this callback has finished.
            self._consumer.pause(*places)
        self.assigned = frozenset(place.partition for place in places)
        self.joins += 1
        self.changed.set()
        self._meter.rebalances.inc()
        if self._given_back_at is not None:
            self._meter.rebalance_duration.observe(time.monotonic() - self._given_back_at)

    @contextlib.contextmanager
    def _refused(self) -> Iterator[None]:
        """What a broker refuses for ever, in words."""
        try:
            yield
        except InvalidSessionTimeoutError as error:
            raise ConfigurationError(
                f"DATELINE_KAFKA__SESSION_TIMEOUT_SECONDS is {self._session_seconds:g}, which the brokers refuse:"
                " see their group.min.session.timeout.ms and group.max.session.timeout.ms"
            ) from error
        except (GroupAuthorizationFailedError, TopicAuthorizationFailedError) as error:
            group, topic = self._cluster.group(self._service), self._cluster.topic(self._topic)
            raise ConfigurationError(
                f"this user may not join group {group} or read topic {topic}; what is missing says: dateline check"
            ) from error

    def _failed(self, error: Exception) -> None:
        logger.warning("membership poll failed", service=self._service, error=str(error))
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if now - self._failing_since > 2 * self._session_seconds:
            self.broken = True
            self.changed.set()

    async def _poll(self, consumer: Any) -> None:
        """Keeps the member alive, and notices when this process stood still longer than the group waits for it."""
        while True:
            before = time.monotonic()
            try:
                await consumer.getmany(timeout_ms=1000)
            except Exception as error:  # noqa: BLE001 - the member is rebuilt when it does not recover
                self._failed(error)
                await asyncio.sleep(POLL_PAUSE_SECONDS)
            else:
                self._failing_since = None
            if time.monotonic() - before > self._session_seconds:
                self.lapsed = True
