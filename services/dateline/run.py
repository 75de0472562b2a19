"""Services in one process: started together, stopped together, each restarting its own tasks."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
from typing import TYPE_CHECKING, Any

import structlog

from dateline.enricher.service import enricher
from dateline.errors import KafkaUnavailable
from dateline.log import topics
from dateline.log.client import Cluster, CommittedOffsets, KafkaPartitionLog, ignore_abandoned
from dateline.log.tasks import end, stop_on_signals
from dateline.ops.server import ops_server
from dateline.poller.service import poller
from dateline.sink.canceler import canceler
from dateline.sink.service import sink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection

    from dateline.log.port import PartitionLog
    from dateline.log.service import OpenLog, Service
    from dateline.settings import Settings

logger = structlog.get_logger()

# What runs under each name.
SERVICES = {"poller": (poller,), "enricher": (enricher,), "sink": (sink, canceler)}
# A command that finds no broker says so within 15 s; this leaves it time to stop.
START_SECONDS = 13.0


def open_kafka(cluster: Cluster, offsets: CommittedOffsets) -> OpenLog:
    """How a task opens its partition's log on Kafka."""

    def open_log(service: str, topic: str, partition: int) -> PartitionLog:
        return KafkaPartitionLog(cluster, offsets, service=service, topic=topic, partition=partition)

    return open_log


@contextlib.asynccontextmanager
async def running(
    settings: Settings, names: Collection[str], *, wrap: Callable[[OpenLog], OpenLog] = lambda open_log: open_log
) -> AsyncIterator[list[Service]]:
    """The services run while the block does; what ends one ends all, and comes out of the block."""
    asyncio.get_running_loop().set_exception_handler(ignore_abandoned)
    cluster = Cluster(settings.kafka)
    offsets = CommittedOffsets(cluster)
    open_log = wrap(open_kafka(cluster, offsets))
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(offsets.close)
        parts = [part for name in names for part in SERVICES[name]]
        services = [await stack.enter_async_context(part(settings, cluster, open_log)) for part in parts]
        try:
            async with asyncio.TaskGroup() as group:
                runs = [group.create_task(service.run(), name=service.name) for service in services]
                yield services
                await end(runs)
        except* Exception as failures:  # noqa: BLE001 - taken out of its group
            raise failures.exceptions[0] from failures.exceptions[0].__cause__


def collect_seldom() -> None:
    """Have the garbage collector leave alone what was imported, and come less often: it took a sixth of a busy poller's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def run_services(
    settings: Settings, names: Collection[str], *, wrap: Callable[[OpenLog], OpenLog] = lambda open_log: open_log
) -> None:
    """Run until SIGTERM or SIGINT. KafkaUnavailable or ConfigurationError when it cannot start or go on."""
    collect_seldom()
    await require_topics(settings)
    stop = stop_on_signals()
    async with running(settings, names, wrap=wrap) as services:
        joined = lambda: {service.name: service.joined for service in services}  # noqa: E731 - said twice otherwise
        async with ops_server(settings.ops, settings.kafka, lambda: statuses(services), joined) as port:
            logger.info("services run", services=[service.name for service in services], ops_port=port)
            await stop.wait()
    logger.info("services stopped")


async def require_topics(settings: Settings) -> None:
    """Every topic is there, or an error says what to do."""
    try:
        await asyncio.wait_for(topics.require(Cluster(settings.kafka)), START_SECONDS)
    except TimeoutError as error:
        raise KafkaUnavailable(settings.kafka.bootstrap, "no answer in time") from error


def statuses(services: Collection[Service]) -> dict[str, list[dict[str, Any]]]:
    """What each task of each service is doing."""
    return {service.name: [dataclasses.asdict(task.status) for task in service.tasks()] for service in services}
