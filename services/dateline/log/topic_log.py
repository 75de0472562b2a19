"""Every partition of a topic on real Kafka, for those who need all of it: read as committed, up to what is stable or sent now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, TopicPartition

from dateline.errors import KafkaUnavailable, TransientError
from dateline.log.client import FETCH_BYTES, RETRY_BACKOFF_MS, START_SECONDS, Cluster, drop_consumer, translated
from dateline.log.contact import Patience
from dateline.log.port import TopicBatch
from dateline.log.tasks import to_the_end
from dateline.log.visit import places_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from dateline.log.port import Record, TopicLog

# A read's worth of records; the client holds about as many more.
READ_RECORDS = 5000
# How long a read waits for records that are on their way: for those of open transactions, until these end.
WAIT_SECONDS = 1.0


async def scan(log: TopicLog, positions: Mapping[int, int]) -> AsyncIterator[TopicBatch]:
    """Committed records of the partitions named, from there to the end as it is now; waits for transactions that are open now.

    When it is over, whatever had been sent when it began has been yielded or was aborted.
    """
    ends = await log.sent()
    while any(position < ends.get(number, 0) for number, position in positions.items()):
        batch = await log.read(positions, wait_seconds=WAIT_SECONDS)
        positions = batch.positions
        yield batch


class KafkaTopicLog:
    """`TopicLog` on Kafka."""

    def __init__(self, cluster: Cluster, topic: str, *, waits: bool = True) -> None:
        """For a topic by its short name; nothing is connected before the first question.

        `waits`: for a broker that is silent, as services do; a command does so for ten seconds and then has a TransientError.
        """
        self._cluster, self._topic, self._waits = cluster, topic, waits
        self._patience: Patience | None = None
        self._places: dict[int, TopicPartition] = {}
        # One reader for each question: only who reads uncommitted is told the end of what is sent.
        self._readers: dict[str, AIOKafkaConsumer] = {}
        # Up to where the partitions that are being read have been handed out.
        self._positions: dict[int, int] = {}

    async def first(self, since_ms: Mapping[int, int]) -> dict[int, int]:
        with translated():
            reader = await self._reader("read_committed")
            found = await reader.beginning_offsets(list(self._places.values()))
            first = {place.partition: offset for place, offset in found.items()}
            if since_ms:
                later = await reader.offsets_for_times({self._places[number]: moment for number, moment in since_ms.items()})
                ends = await reader.end_offsets(list(later))
                first |= {place.partition: ends[place] if at is None else at.offset for place, at in later.items()}
            return first

    async def stable(self) -> dict[int, int]:
        return await self._ends("read_committed")

    async def sent(self) -> dict[int, int]:
        return await self._ends("read_uncommitted")

    async def read(self, positions: Mapping[int, int], *, wait_seconds: float) -> TopicBatch:
        with translated():
            reader = await self._reader("read_committed")
            places = [self._places[number] for number in positions]
            if self._positions.keys() != positions.keys():
                # What is assigned is fetched, so nothing else may be.
                reader.assign(places)
                self._positions = {}
            for number, position in positions.items():
                if self._positions.get(number) != position:
                    reader.seek(self._places[number], position)
            found = await reader.getmany(*places, timeout_ms=int(wait_seconds * 1000), max_records=READ_RECORDS)
            reached = {place.partition: await reader.position(place) for place in places}
            if not self._waits:
                self._patience = self._patience or Patience(reader)
                self._patience.with_read(places, found=bool(found))
        self._positions = reached
        records: list[Record] = [record for records in found.values() for record in records]
        return TopicBatch(records, reached)

    async def close(self) -> None:
        await to_the_end(self._close())

    async def _close(self) -> None:
        readers, self._readers = self._readers, {}
        self._positions.clear()
        await asyncio.gather(*(drop_consumer(reader) for reader in readers.values()))

    async def _ends(self, isolation: str) -> dict[int, int]:
        with translated():
            reader = await self._reader(isolation)
            known = reader.partitions_for_topic(self._cluster.topic(self._topic))
            if known is not None and len(known) != len(self._places):
                raise TransientError(f"topic {self._topic} has {len(known)} partitions now instead of {len(self._places)}")
            found = await reader.end_offsets(list(self._places.values()))
        return {place.partition: offset for place, offset in found.items()}

    async def _reader(self, isolation: str) -> AIOKafkaConsumer:
        reader = self._readers.get(isolation)
        if reader is None:
            self._places = await self._found()
            reader = self._readers[isolation] = AIOKafkaConsumer(
                **self._cluster.client_options(),
                group_id=None,
                isolation_level=isolation,
                auto_offset_reset="none",
                enable_auto_commit=False,
                fetch_max_wait_ms=500,
                max_partition_fetch_bytes=FETCH_BYTES,
                retry_backoff_ms=RETRY_BACKOFF_MS * 10,
            )
            await asyncio.wait_for(reader.start(), START_SECONDS)
        return reader

    async def _found(self) -> dict[int, TopicPartition]:
        try:
            return {place.partition: place for place in await places_of(self._cluster, self._topic)}
        except KafkaUnavailable as error:
            raise TransientError(str(error)) from error
