"""The exporter's process: a task for each partition of `news` that the output's group gives it, until it is asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog

from dateline.export.output import TOPIC
from dateline.export.progress import progress, showing
from dateline.export.task import ExportTask
from dateline.log.client import Cluster, CommittedOffsets, KafkaPartitionLog, ignore_abandoned
from dateline.log.contact import BrokerContact
from dateline.log.service import Service
from dateline.log.tasks import end, stop_on_signals
from dateline.log.visit import places_of, publish
from dateline.ops.leaving import Leaving
from dateline.ops.server import ops_server
from dateline.overview import Overview

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from dateline.export.match import Match
    from dateline.export.output import OutputKind
    from dateline.export.segments import Limits
    from dateline.log.port import PartitionLog
    from dateline.log.task import Task
    from dateline.settings import Settings

logger = structlog.get_logger()

# What was read is written before we go, within the 15 s that a process has to end.
LAST_COMMIT_SECONDS = 8.0
LOOK_SECONDS = 0.1


class Wishes(NamedTuple):
    """What is asked of an exporter beside its output."""

    match: Match
    once: bool = False
    accept_gap: bool = False
    ops_port: int | None = None


def open_folder(place: str, kind: str, limits: Limits) -> OutputKind:
    """A folder, or an address that pyarrow knows, as an output of one format."""
    from dateline.export.files import LocalFiles
    from dateline.export.segments import open_segments

    if kind == "parquet":
        from dateline.export.parquet import ParquetFormat as Format
    else:
        from dateline.export.jsonl import JsonLinesFormat as Format  # type: ignore[assignment]
    if "://" in place:
        from dateline.export.arrow_files import open_address

        return open_segments(open_address(place), Format(), place, limits)
    return open_segments(LocalFiles(Path(place)), Format(), place, limits)


def open_database(settings: Settings, dsn: str) -> OutputKind:
    """A PostgreSQL database as an output."""
    from dateline.export.postgres import open_postgres

    cluster = Cluster(settings.kafka)
    return open_postgres(dsn, topic=cluster.topic(TOPIC), publish=partial(publish, cluster))


async def run_export(settings: Settings, kind: OutputKind, wishes: Wishes) -> None:
    """Follow `news` into an output until SIGTERM, Ctrl-C or, with `once`, the end of what is there now.

    KafkaUnavailable, ConfigurationError or Stalled when it cannot start or go on. Whoever runs this ends the process with it.
    """
    asyncio.get_running_loop().set_exception_handler(ignore_abandoned)
    stop = stop_on_signals()
    with Leaving() as leaving:
        await _export(settings, kind, wishes, stop, leaving)
    logger.info("export stopped", output=kind.name)


async def _export(settings: Settings, kind: OutputKind, wishes: Wishes, stop: asyncio.Event, leaving: Leaving) -> None:
    cluster = Cluster(settings.kafka)
    await places_of(cluster, TOPIC)
    offsets = CommittedOffsets(cluster)
    made: list[ExportTask] = []
    service = _service(cluster, offsets, kind, wishes, made)
    logger.info("export runs", output=kind.name, id=kind.id)
    try:
        async with (
            _operations(settings, service, wishes.ops_port, leaving),
            showing(lambda: progress(made, _tasks(service)), sys.stderr, alone=kind.name != "stdout"),
        ):
            await _run(service, stop, leaving, once=wishes.once)
    finally:
        await offsets.close()


def _service(cluster: Cluster, offsets: CommittedOffsets, kind: OutputKind, wishes: Wishes, made: list[ExportTask]) -> Service:
    """What runs the tasks; each that it makes is noted in `made`."""
    name = f"export.{kind.id}"

    def make_task(partition: int) -> Task:
        def open_log() -> PartitionLog:
            return KafkaPartitionLog(cluster, offsets, service=name, topic=TOPIC, partition=partition)

        task = ExportTask(
            open_log,
            partition,
            service=name,
            open_output=kind.open,
            match=wishes.match,
            once=wishes.once,
            accept_gap=wishes.accept_gap,
        )
        made.append(task)
        return task

    return Service(cluster, name=name, topic=TOPIC, make_task=make_task)


def _tasks(service: Service) -> list[ExportTask]:
    return [task for task in service.tasks() if isinstance(task, ExportTask)]


async def _run(service: Service, stop: asyncio.Event, leaving: Leaving, *, once: bool) -> None:
    running = asyncio.create_task(service.run(), name=service.name)
    leaving.watch(running)
    try:
        while not running.done() and not stop.is_set() and not (once and _finished(_tasks(service))):
            await asyncio.wait({running}, timeout=LOOK_SECONDS)
        leaving.begin()
        await _last_commit(running, service)
    finally:
        await end([running])
    if not running.cancelled() and (error := running.exception()) is not None:
        raise error


def _finished(tasks: Collection[ExportTask]) -> bool:
    return bool(tasks) and all(task.finished.is_set() for task in tasks)


async def _last_commit(running: asyncio.Task[None], service: Service) -> None:
    """Have what was read committed; a task whose output is away has nothing to commit, or is not waited for beyond its time."""
    at_work = [task for task in _tasks(service) if task.status.phase == "running"]
    for task in at_work:
        task.stop()
    all_finished: asyncio.Future[Any] = asyncio.gather(*[task.finished.wait() for task in at_work])
    ends: set[asyncio.Future[Any]] = {running, all_finished}
    await asyncio.wait(ends, timeout=LAST_COMMIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    all_finished.cancel()


@contextlib.asynccontextmanager
async def _operations(settings: Settings, service: Service, port: int | None, leaving: Leaving) -> AsyncIterator[None]:
    """The operations server, where one is asked for. Stalled when a task has work to do and nothing comes of it."""
    if port is None:
        yield
        return
    ops = settings.ops.model_copy(update={"port": port})
    contact = BrokerContact(Cluster(settings.kafka))
    overview = Overview(ops, [service.name], contact)
    overview.services = [service]
    async with ops_server(ops, settings.kafka, overview):
        try:
            async with asyncio.TaskGroup() as group:
                beside = [group.create_task(contact.run()), group.create_task(overview.watch())]
                for run in beside:
                    leaving.watch(run)
                yield
                overview.stopping = True
                await end(beside)
        except* Exception as failures:  # noqa: BLE001 - taken out of its group
            raise failures.exceptions[0] from failures.exceptions[0].__cause__
