"""The last record of a key, for the few times when somebody needs it: a topic is read, from where the key may first stand."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, Protocol

import structlog

from dateline.log.topic_log import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dateline.log.port import Record, TopicLog

logger = structlog.get_logger()


class Start(NamedTuple):
    """Where to begin: at an offset, else at a time (Unix milliseconds), else at the beginning."""

    offset: int | None = None
    since_ms: int | None = None


class LastRecords(Protocol):
    """What a topic last says of keys."""

    async def find(self, wanted: Mapping[bytes, Start]) -> dict[bytes, Record]:
        """The last committed record of each key, of all that were sent before this was called; open transactions are waited for."""
        ...


class ScannedTopic:
    """`LastRecords` by reading the partitions that hold the keys."""

    def __init__(self, open_topic: Callable[[], TopicLog], partition_of: Callable[[bytes, int], int]) -> None:
        """`partition_of` says where a key stands, given the number of partitions."""
        self._open_topic, self._partition_of = open_topic, partition_of

    async def find(self, wanted: Mapping[bytes, Start]) -> dict[bytes, Record]:
        log = self._open_topic()
        try:
            positions = await self._positions(log, wanted)
            ends = await log.stable()
            logger.info("topic searched", keys=len(wanted), records=sum(ends[number] - at for number, at in positions.items()))
            found: dict[bytes, Record] = {}
            async for batch in scan(log, positions):
                found |= {key: record for record in batch.records if (key := record.key or b"") in wanted}
            return found
        finally:
            await log.close()

    async def _positions(self, log: TopicLog, wanted: Mapping[bytes, Start]) -> dict[int, int]:
        """Where to begin in each partition that holds a wanted key: early enough for all of them."""
        count = len(first := await log.first({}))
        starts: defaultdict[int, list[Start]] = defaultdict(list)
        for key, start in wanted.items():
            starts[self._partition_of(key, count)].append(start)
        timed = {
            number: min(start.since_ms for start in group if start.since_ms is not None)
            for number, group in starts.items()
            if any(start.since_ms is not None for start in group)
        }
        since = await log.first(timed)
        return {
            number: max(first[number], min(_offset(start, first[number], since[number]) for start in group))
            for number, group in starts.items()
        }


def _offset(start: Start, first: int, since: int) -> int:
    if start.offset is not None:
        return start.offset
    return first if start.since_ms is None else since
