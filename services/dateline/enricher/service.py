"""The enricher's loop: raw articles in, enriched articles out, each decided alone by a worker process. It moves bytes only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from faststream import Context

from dateline.enricher.agencies import load_agencies
from dateline.enricher.chunks import Briefing, LogWishes
from dateline.enricher.metrics import REGISTRY, count_articles
from dateline.enricher.pool import worker_pool
from dateline.enricher.record import ENRICHED
from dateline.log.handlers import Handler, Outcomes, batches, publishes, stream_broker
from dateline.log.service import Service
from dateline.log.task import StreamTask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dateline.log.client import Cluster
    from dateline.log.service import OpenLog
    from dateline.settings import Settings

NAME = "enricher"
RAW = "articles.raw"
# What a worker process calls with each record.
FUNCTION = "dateline.enricher.record:enrich_record"

# One outcome per record.
Decide = Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]


def handler(decide: Decide) -> Handler:
    """The batch handler over `articles.raw`, on whatever decides a batch."""
    broker = stream_broker()

    @publishes(broker, ENRICHED)
    @batches(broker, RAW)
    async def enrich_batch(records: Any, state: Any = Context("state")) -> Any:  # noqa: ARG001 - FastStream must not cast
        return Outcomes(await decide(records))

    return Handler(broker)


@asynccontextmanager
async def enricher(settings: Settings, cluster: Cluster, open_log: OpenLog) -> AsyncIterator[Service]:
    """The service, ready to run; its workers start meanwhile."""
    async with worker_pool(briefing(settings), size=settings.enricher.workers) as pool:
        batch_handler = handler(pool.decide)
        await batch_handler.start()

        def make_task(partition: int) -> StreamTask:
            return StreamTask(
                lambda: open_log(NAME, RAW, partition),
                partition,
                service=NAME,
                topic=RAW,
                handler=batch_handler,
                deadline_seconds=settings.kafka.transaction_deadline_seconds,
                count=count_articles,
            )

        yield Service(cluster, name=NAME, topic=RAW, make_task=make_task, metrics=REGISTRY)


def briefing(settings: Settings) -> Briefing:
    """What every worker is told, those that start later too; ConfigurationError where the agency list is wrong."""
    return Briefing(
        function=FUNCTION,
        agencies=load_agencies(settings.enricher.agencies).agencies,
        partitions=settings.kafka.articles_partitions,
        memory_bytes=settings.enricher.worker_memory_bytes,
        deadline_seconds=settings.enricher.worker_deadline_seconds,
        log=LogWishes(level=settings.log.level, format=settings.log.format),
    )
