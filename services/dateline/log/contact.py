"""Whether a broker answers: a metadata request every few seconds, beside whatever the tasks hear."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from dateline.log.client import drop

if TYPE_CHECKING:
    from dateline.log.client import Cluster

PROBE_SECONDS = 5.0


class BrokerContact:
    """Asks until cancelled. `answered_at` is when a broker last answered, Unix seconds; null before the first answer."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.answered_at: float | None = None

    async def run(self) -> None:
        """Ask every five seconds, by a new client after any error."""
        while True:
            try:
                await self._ask()
            except (KafkaError, OSError, TimeoutError):
                await asyncio.sleep(PROBE_SECONDS / 5)  # its absence is what says so; another try soon shows its return

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
