"""Whether a broker answers: a metadata request every few seconds beside what the tasks hear, and a command's patience with its reader."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from dateline.errors import TransientError
from dateline.log.client import drop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiokafka import AIOKafkaConsumer, TopicPartition

    from dateline.log.client import Cluster

PROBE_SECONDS = 5.0
# A broker answers every fetch within half a second, with nothing if need be: a command does not wait longer for one that is silent.
SILENCE_SECONDS = 10.0


class Patience:
    """A command's patience with a broker while it reads; a service has it without end."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._answered: list[int | None] = []
        self._since = time.monotonic()

    def with_read(self, places: Iterable[TopicPartition], *, found: bool) -> None:
        """After each read, once its records are dealt with. TransientError after ten seconds with neither a record nor an answer."""
        answered = [self._consumer.last_poll_timestamp(place) for place in places]
        if found or answered != self._answered:
            self._answered, self._since = answered, time.monotonic()
        elif time.monotonic() - self._since > SILENCE_SECONDS:
            raise TransientError(f"no broker has answered for {SILENCE_SECONDS:g} s")


class BrokerContact:
    """Asks until cancelled. `answered_at` is when a broker last answered, Unix seconds; null before the first answer."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.answered_at: float | None = None

    async def run(self) -> None:
        """Ask every five seconds, by a new client after any error."""
        while True:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):  # its absence is what says so
                await self._ask()
            await asyncio.sleep(PROBE_SECONDS / 5)  # another try soon shows its return

    async def _ask(self) -> None:
        client = AIOKafkaClient(**self._cluster.client_options(), request_timeout_ms=int(PROBE_SECONDS * 1000))
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await client.bootstrap()
                # Of no topic but one of ours: a large cluster has thousands.
                await client.set_topics([self._cluster.topic("news")])
            while True:
                async with asyncio.timeout(PROBE_SECONDS):
                    if not await client.force_metadata_update():
                        return
                self.answered_at = time.time()
                await asyncio.sleep(PROBE_SECONDS)
        finally:
            await drop(client.close())
