"""Services in one process: started together, watched, stopped together in order, each restarting its own tasks."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from typing import TYPE_CHECKING, Any

import structlog

from dateline.enricher.service import enricher
from dateline.errors import KafkaUnavailable, Stalled
from dateline.log import topics
from dateline.log.client import Cluster, CommittedOffsets, KafkaPartitionLog, ignore_abandoned
from dateline.log.contact import BrokerContact
from dateline.log.spans import collected
from dateline.log.tasks import end, stop_on_signals
from dateline.ops.leaving import Leaving
from dateline.ops.server import ops_server
from dateline.ops.terminal import foot_line
from dateline.overview import Overview
from dateline.poller.service import poller
from dateline.sink.canceler import canceler
from dateline.sink.service import sink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Coroutine

    from dateline.log.port import PartitionLog
    from dateline.log.service import OpenLog, Service
    from dateline.settings import Settings

logger = structlog.get_logger()

# What runs under each name.
SERVICES = {"poller": (poller,), "enricher": (enricher,), "sink": (sink, canceler)}
# A command that finds no broker says so within 15 s; this leaves it time to stop.
START_SECONDS = 13.0
# A process that is asked to stop is gone within 15 s (`ops/leaving.py`). Of these, transactions that are open get so much; clients that
# hang are dropped within two seconds each, tasks first and then the membership.
SETTLE_SECONDS = 6.0


def open_kafka(cluster: Cluster, offsets: CommittedOffsets) -> OpenLog:
    """How a task opens its partition's log on Kafka."""

    def open_log(service: str, topic: str, partition: int) -> PartitionLog:
        return KafkaPartitionLog(cluster, offsets, service=service, topic=topic, partition=partition)

    return open_log


@contextlib.asynccontextmanager
async def running(
    settings: Settings,
    names: Collection[str],
    *,
    wrap: Callable[[OpenLog], OpenLog] = lambda open_log: open_log,
    beside: Collection[Coroutine[Any, Any, None]] = (),
    watch: Callable[[asyncio.Task[None]], None] = lambda _: None,
) -> AsyncIterator[list[Service]]:
    """The services run while the block does, and `beside` with them; what ends one ends all, and comes out of the block.

    `watch` is given all that runs, for who wants to know before the rest has ended too.
    """
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
                runs += [group.create_task(one) for one in beside]
                for run in runs:
                    watch(run)
                yield services
                await settle(services)
                await end(runs)
        except* Exception as failures:  # noqa: BLE001 - taken out of its group
            raise failures.exceptions[0] from failures.exceptions[0].__cause__


async def settle(services: Collection[Service]) -> None:
    """Have nothing new begun, and give the transactions that are open a while to end."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_SECONDS):
            await asyncio.gather(*(service.settle() for service in services))


@contextlib.asynccontextmanager
async def serving(
    settings: Settings,
    names: Collection[str],
    *,
    wrap: Callable[[OpenLog], OpenLog] = lambda open_log: open_log,
    watch: Callable[[asyncio.Task[None]], None] = lambda _: None,
    foot: bool = True,
) -> AsyncIterator[int]:
    """The services with their operations server, whose port this gives. KafkaUnavailable or ConfigurationError when they cannot start.

    What stops them all is done in this order:

    1. /ready turns 503
    2. no poll and no transaction is begun any more
    3. transactions that are open end, or are given up
    4. tasks end, and drop their clients; nothing waits to be flushed, since every send was awaited
    5. groups are left, and the enricher's workers end
    6. spans that are left are sent, for two seconds at most
    7. the operations server ends

    `foot`: say on a terminal how far restores are, unless something else is written to it. `watch` is given all that runs, as `running`
    says. Stalled comes out of the block where a task has stalled.
    """
    contact = BrokerContact(Cluster(settings.kafka))
    overview = Overview(settings.ops, tuple(names), contact)
    async with ops_server(settings.ops, settings.kafka, overview) as port:  # 7
        await require_topics(settings)
        beside = (contact.run(), _watch(overview))
        async with (
            collected(),  # 6
            foot_line(sys.stderr, overview.restores if foot else lambda: None),
            running(settings, names, wrap=wrap, beside=beside, watch=watch) as services,  # 2 to 5
        ):
            overview.services = services
            logger.info("services run", services=[service.name for service in services], ops_port=port, page=f"{settings.ops.url(port)}/")
            try:
                yield port
            finally:
                overview.stopping = True  # 1


async def _watch(overview: Overview) -> None:
    try:
        await overview.watch()
    except Stalled as error:
        logger.error("process stalls", reason=str(error))  # noqa: TRY400 - foreseen, and its traceback says nothing
        raise


def collect_seldom() -> None:
    """Have the garbage collector leave alone what was imported, and come less often: it took a sixth of a busy poller's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def run_services(
    settings: Settings, names: Collection[str], *, wrap: Callable[[OpenLog], OpenLog] = lambda open_log: open_log
) -> None:
    """Run until SIGTERM or SIGINT. KafkaUnavailable, ConfigurationError or Stalled when it cannot start or go on.

    Whoever runs this ends the process with it.
    """
    collect_seldom()
    stop = stop_on_signals()
    with Leaving() as leaving:
        async with serving(settings, names, wrap=wrap, watch=leaving.watch):
            await stop.wait()
            leaving.begin()
        logger.info("services stopped")


async def require_topics(settings: Settings) -> None:
    """Every topic is there, or an error says what to do."""
    try:
        await asyncio.wait_for(topics.require(Cluster(settings.kafka)), START_SECONDS)
    except TimeoutError as error:
        raise KafkaUnavailable(settings.kafka.bootstrap, "no answer in time") from error
