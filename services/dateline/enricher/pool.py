"""Worker processes that think for the loop: batches in, one outcome per record out, whatever becomes of a worker.

    async with worker_pool(briefing, size=2, deadline_seconds=60.0) as pool:
        outcomes = await pool.decide(records)

    1. a batch is cut into chunks, and has one chunk at a time in the line that all batches share: partitions take turns
    2. a worker takes the first chunk of the line as soon as it has answered the one before
    3. a worker that ends before it has answered is replaced, and its chunk's records are tried alone, one after the other
    4. a record that goes on ending workers is condemned, later where they were killed: whoever kills is given time to cease

It is not pebble's pool, which `dateline parse` uses: there all workers share one pair of pipes and their locks, so that one killed while it
reads or writes holds up the others, one killed while none has work breaks the pool, and one that hangs outlives a parent that is killed.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from dateline.enricher.chunks import briefing_frame, chunk_frame, chunks_of, outcomes_in
from dateline.enricher.endings import Ending, Kind, condemned, pause_seconds, verdict
from dateline.enricher.worker_process import WorkerGone, WorkerProcess
from dateline.log.movement import movement
from dateline.log.tasks import end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from dateline.enricher.chunks import Briefing
    from dateline.errors import RecordError
    from dateline.log.port import Output, Record

    Outcomes = Sequence[Sequence[Output] | RecordError]

__all__ = ["WorkerPool", "worker_pool"]

logger = structlog.get_logger()

# Loading takes half a second; a machine under heavy load may need many times that.
BRIEFING_SECONDS = 60.0
# Between workers that do not even come to be briefed: the machine has no room, or our own code is broken.
FIRST_BACKOFF_SECONDS = 0.1
LAST_BACKOFF_SECONDS = 5.0


@dataclass(eq=False, slots=True)
class _Job:
    """A chunk in the line, or with a worker; cancelling `answer` says that nobody waits for it any more."""

    records: Sequence[Record]
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    answer: asyncio.Future[Outcomes | Ending] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


@asynccontextmanager
async def worker_pool(briefing: Briefing, *, size: int) -> AsyncIterator[WorkerPool]:
    """A pool whose workers start while the block runs, and are gone when it is over."""
    pool = WorkerPool(briefing)
    seats = [asyncio.create_task(pool.keep_a_worker(), name=f"worker {number}") for number in range(size)]
    try:
        yield pool
    finally:
        await end(seats)


class WorkerPool:
    """The line of chunks, and the loops that keep a worker each."""

    def __init__(self, briefing: Briefing) -> None:
        self._briefing, self._deadline_seconds = briefing_frame(briefing), briefing.deadline_seconds
        self._line: asyncio.Queue[_Job] = asyncio.Queue()

    async def decide(self, records: Sequence[Record]) -> Outcomes:
        """One outcome per record, in order."""
        settled = []
        async with asyncio.TaskGroup() as group:
            for chunk in chunks_of(records):  # 1
                job = self._enqueued(chunk)
                settled.append(group.create_task(self._settled(job)))
                await job.taken.wait()
        return [outcome for task in settled for outcome in task.result()]

    def _enqueued(self, records: Sequence[Record]) -> _Job:
        job = _Job(records)
        self._line.put_nowait(job)
        return job

    async def _settled(self, job: _Job) -> Outcomes:
        answer = await job.answer
        movement()
        match answer:
            case Ending() as ending:
                return [await self._alone(record, ending) for record in job.records]  # 3
            case outcomes:
                return outcomes

    async def _alone(self, record: Record, ending: Ending) -> Sequence[Output] | RecordError:
        """The outcome of a record that was in company, or alone, when its worker ended."""
        endings = [ending]
        while not condemned(endings):
            movement()
            await asyncio.sleep(pause_seconds(endings))
            match await self._enqueued([record]).answer:
                case Ending() as another:
                    endings.append(another)
                case outcomes:
                    return outcomes[0]
        return verdict(endings)  # 4

    # ── the workers ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def keep_a_worker(self) -> None:
        """Keep one worker at work until cancelled, and another when it ends."""
        backoff = FIRST_BACKOFF_SECONDS
        while True:
            try:
                served = await self._one_worker()
            except Exception as error:
                logger.warning("worker cannot be kept", error=str(error) or type(error).__name__, exc_info=error)
                served = False
            backoff = FIRST_BACKOFF_SECONDS if served else min(backoff * 2, LAST_BACKOFF_SECONDS)
            if not served:
                await asyncio.sleep(backoff)

    async def _one_worker(self) -> bool:
        """The life of one worker; whether it was ready to serve."""
        process = await WorkerProcess.start()
        started, served = asyncio.get_running_loop().time(), False
        try:
            await process.brief(self._briefing, deadline_seconds=BRIEFING_SECONDS)
            served = True
            logger.debug("worker ready", pid=process.pid, seconds=round(asyncio.get_running_loop().time() - started, 3))
            while True:
                job = await self._next_job(process)  # 2
                job.taken.set()
                if not job.answer.done():
                    await self._serve(process, job)
        except WorkerGone as gone:
            ending = await process.ending(gone)
            logger.warning("worker ended", pid=process.pid, reason=ending.reason, ready=served)
            return served
        finally:
            await process.end()

    async def _next_job(self, process: WorkerProcess) -> _Job:
        """The first of the line. WorkerGone when the worker ends before there is one."""
        getting = asyncio.ensure_future(self._line.get())
        waiting: set[asyncio.Future[Any]] = {getting, process.gone}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not process.gone.done():
                return getting.result()
            if getting.done():  # it goes back, behind others: its place in its batch is its batch's affair
                self._line.put_nowait(getting.result())
            raise WorkerGone
        finally:
            getting.cancel()

    async def _serve(self, process: WorkerProcess, job: _Job) -> None:
        try:
            content = await process.ask(chunk_frame(job.records), deadline_seconds=self._deadline_seconds)
            answer = _understood(content, job.records)
        except WorkerGone as gone:
            ending = await process.ending(gone)
            if not job.answer.done():
                job.answer.set_result(ending._replace(alone=len(job.records) == 1))
            raise WorkerGone(ending) from gone
        if not job.answer.done():
            job.answer.set_result(answer)


def _understood(content: bytes, records: Sequence[Record]) -> Outcomes:
    try:
        return outcomes_in(content, records)
    except ValueError as error:
        raise WorkerGone(Ending(f"wrote {error}", Kind.FAULT)) from error
