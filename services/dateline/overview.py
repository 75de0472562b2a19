"""What a process shows of itself: its services' tasks, as checks, as status, as numbers and as the last hour; and who has stalled."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog

from dateline import __version__
from dateline.errors import Stalled
from dateline.log.metrics import ASSIGNED, LAG_RECORDS, LAG_SECONDS, dead_letters_counted
from dateline.log.metrics import REGISTRY as LOG_METRICS
from dateline.log.task import FINISHED
from dateline.ops.health import LIVE_SECONDS, Finding, Health, Sight, Watchdog, broker_finding
from dateline.ops.history import STEP_SECONDS, History, Rates
from dateline.ops.metrics import LOOP_DELAY, LOOP_LAST_TURN, describe_process, rendered, show_checks, totals
from dateline.ops.metrics import REGISTRY as PROCESS_METRICS
from dateline.ops.terminal import bar
from dateline.showable import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from prometheus_client import CollectorRegistry

    from dateline.log.contact import BrokerContact
    from dateline.log.service import Service
    from dateline.log.task import Task
    from dateline.ops.health import CheckName
    from dateline.settings import OpsSettings

logger = structlog.get_logger()

# How often the process looks at itself.
LOOK_SECONDS = 1.0
# A broker answers a fetch within half a second, with nothing if need be; a partition that moves to another leader takes longer.
SILENT_SECONDS = 60.0
# Partitions that a check names; of hundreds, the first say enough.
_NAMED = 5


class Overview:
    """Filled by `run.py` as the process starts; asked by the operations server; `watch` keeps it up to date.

    `clock` gives Unix seconds, `monotonic` those that only go forward.
    """

    def __init__(
        self,
        settings: OpsSettings,
        names: Sequence[str],
        contact: BrokerContact,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._peers, self._names, self._contact = settings.peers, list(names), contact
        self._clock, self._monotonic = clock, monotonic
        self._started_at = self._now()
        self._looked_at = monotonic()
        self._sampled_at = self._looked_at - STEP_SECONDS
        self._health = Health(now=self._started_at)
        self._watchdog, self._history, self._task_rates = Watchdog(), History(), Rates()
        self._dead_letters_before = dead_letters_counted()
        self.services: list[Service] = []
        self.stopping = False
        describe_process(names)

    async def watch(self) -> None:
        """Look again and again. Stalled when a task has work to do and nothing comes of it."""
        while True:
            asked = self._monotonic()
            await asyncio.sleep(LOOK_SECONDS)
            LOOP_DELAY.observe(max(0.0, self._monotonic() - asked - LOOK_SECONDS))
            self.look()

    def look(self) -> None:
        """One look at everything. Stalled as `watch` says."""
        now, clock = self._now(), self._monotonic()
        LOOP_LAST_TURN.set(now.timestamp())
        self._looked_at = clock
        for check in self._health.judge(self._findings(now.timestamp()), now=now):
            (logger.info if check.ok else logger.warning)("check changed", check=check.name, ok=check.ok, detail=check.detail)
        show_checks(self._health.checks)
        if clock - self._sampled_at >= STEP_SECONDS:
            self._sampled_at = clock
            self._task_rates.take({_key(service, task): task.status.records for service, task in self._tasks()}, clock=clock)
            self._history.take(totals(self._registries()), self._lag(now.timestamp()), at=now.timestamp(), clock=clock)
        stalled = self._watchdog.stalled(self._sights(), excused=self._is_excused(), now=clock)
        if stalled is not None and not self.stopping:
            raise Stalled(f"{stalled}; this process leaves, so that another one takes over")

    # ── what the operations server asks ──────────────────────────────────────────────────────────────────────────────

    def live(self) -> tuple[int, dict[str, Any]]:
        """Whether the loop has turned of late. That this is answered at all says most of it."""
        silence = self._monotonic() - self._looked_at
        if silence > LIVE_SECONDS:
            return 503, {"live": False, "reason": f"the process has not looked at itself for {silence:.0f} s"}
        return 200, {"live": True, "reason": None}

    def ready(self) -> tuple[int, dict[str, Any]]:
        """Every check, and 503 while one does not hold; what was found at the last look."""
        reason = "process: stopping" if self.stopping else self._health.reason
        checks = [check._asdict() for check in self._health.checks]
        return (503 if reason else 200), {"ready": reason is None, "reason": reason, "checks": checks}

    def status(self) -> dict[str, Any]:
        """Everything that one wants to know first."""
        now = self._now()
        _, ready = self.ready()
        return {
            "version": __version__,
            "process": {
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "services": self._names,
                "started_at": self._started_at,
                "uptime_seconds": round((now - self._started_at).total_seconds(), 1),
                "stopping": self.stopping,
            },
            **ready,
            "rates": self._history.latest,
            "lag": self._lag(now.timestamp()),
            "feeds": next((ask() for ask in self._asks("feed_counts")), None),
            # Not of the tasks of now: each takes its own along when its partition moves away.
            "dead_letters": dead_letters_counted() - self._dead_letters_before,
            "dead_letters_last_hour": self._history.counted("dead_letters_per_second"),
            "services": {
                service.name: {
                    "joined": service.joined,
                    "topic": service.topic,
                    "partitions": service.partitions,
                    "tasks": [_shown_task(task, self._task_rates.get(_key(service, task)), now.timestamp()) for task in service.tasks()],
                }
                for service in self.services
            },
            "peers": list(self._peers),
        }

    def feeds(self, states: Sequence[str], limit: int) -> dict[str, Any]:
        """Feeds that most need to be looked at, of each state at most `limit`, and how many there are of every state."""
        nothing: dict[str, Any] = {"counts": None, "surveyed_at": None, "feeds": []}
        return next((ask(states, limit) for ask in self._asks("feeds")), nothing)

    async def events(self, limit: int) -> dict[str, Any]:
        """The latest events that this process has committed, latest first; those withdrawn meanwhile as withdrawn."""
        shown = [event for ask in self._asks("events") for event in await ask()]
        return {"events": sorted(shown, key=lambda event: event["at"], reverse=True)[:limit]}

    def history(self) -> dict[str, Any]:
        """The last hour."""
        return self._history.shown()

    def metrics(self) -> bytes:
        """The text that Prometheus reads."""
        self._show_gauges()
        return rendered(self._registries())

    def restores(self) -> str | None:
        """How far the restores of this process are, in a line for a terminal; null where none is under way."""
        restoring = [(service, task.status) for service, task in self._tasks() if task.status.phase.startswith("restoring")]
        if not restoring:
            return None
        share = sum(status.restored_share for _, status in restoring) / len(restoring)
        return f"restoring {bar(share)} {share:.0%} · {_some(f'{service.name} {status.partition}' for service, status in restoring)}"

    # ── what they are made of ────────────────────────────────────────────────────────────────────────────────────────

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _tasks(self) -> Iterator[tuple[Service, Task]]:
        return ((service, task) for service in self.services for task in service.tasks())

    def _asks(self, what: str) -> Iterator[Callable[..., Any]]:
        return (service.shows[what] for service in self.services if what in service.shows)

    def _registries(self) -> list[CollectorRegistry]:
        own = [service.metrics for service in self.services if service.metrics is not None]
        return [PROCESS_METRICS, LOG_METRICS, *dict.fromkeys(own)]

    def _findings(self, now: float) -> dict[CheckName, Finding]:
        started = len(self.services) > 0
        heard = [task.status.answered_at for _, task in self._tasks()]
        answered_at = max((at for at in (*heard, self._contact.answered_at) if at is not None), default=None)
        away = [service.name for service in self.services if not service.joined]
        waiting = [
            f"{service.name} {task.status.partition} {why}" for service, task in self._tasks() if (why := unready(task, now)) is not None
        ]
        backoffs = [
            f"{service.name} {task.status.partition}: {task.status.backoff}" for service, task in self._tasks() if task.status.backoff
        ]
        state = "every task is at work" if heard else "standing by: no partition is given to this process"
        return {
            "process": Finding(started and not self.stopping, "stopping" if self.stopping else "running" if started else "starting"),
            "broker": broker_finding(answered_at, now=now),
            "group": Finding(started and not away, f"{_some(away)} not joined yet" if away else "every group is joined"),
            "state": Finding(started and not waiting, _some(waiting) or state),
            "output": Finding(not backoffs, _some(backoffs) or "whatever was to be written was written"),
        }

    def _sights(self) -> Iterator[Sight]:
        for service, task in self._tasks():
            mark = (task.status.progressed_at, task.status.position)
            yield Sight(f"{service.name} {task.status.partition}", task.waits, mark, task.patience_seconds)

    def _is_excused(self) -> bool:
        broker = next(check for check in self._health.checks if check.name == "broker")
        return not broker.ok or any(task.status.backoff for _, task in self._tasks())

    def _lag(self, now: float) -> dict[str, float]:
        statuses = [task.status for _, task in self._tasks()]
        return {
            "lag_records": sum(status.lag_records for status in statuses),
            "lag_seconds": round(max((status.lag_seconds(now) for status in statuses), default=0.0), 3),
        }

    def _show_gauges(self) -> None:
        """Set what is not counted but looked at; a partition that has gone is not shown any more."""
        now = self._clock()
        LAG_RECORDS.clear()
        LAG_SECONDS.clear()
        for service in self.services:
            ASSIGNED.labels(service.topic).set(len(service.tasks()))
            for task in service.tasks():
                labels = (service.topic, str(task.status.partition))
                LAG_RECORDS.labels(*labels).set(task.status.lag_records)
                LAG_SECONDS.labels(*labels).set(task.status.lag_seconds(now))
        for show in self._asks("gauges"):
            show()


def unready(task: Task, now: float) -> str | None:
    """Why a task is not at work, null where it is: it has to be past its restore and to hear of its partition; `now` in Unix seconds.

    One that has done all it was asked for is as good as at work: others go on. A partition without a leader is not told of as a
    fault: its task hears nothing, and looks as if nothing waited.
    """
    if task.status.phase == FINISHED:
        return None
    if task.status.phase != "running":
        return task.status.phase
    if task.status.answered_at is None:
        return "has read nothing yet"
    silence = now - task.status.answered_at
    return f"has heard nothing of its partition for {silence:.0f} s" if silence > SILENT_SECONDS and not task.status.lag_records else None


def _some(named: Iterable[str]) -> str:
    """The first few of many, and how many more there are."""
    every = list(named)
    more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more


def _key(service: Service, task: Task) -> tuple[str, int]:
    return service.name, task.status.partition


def _shown_task(task: Task, rate_per_second: float | None, now: float) -> dict[str, Any]:
    status = task.status
    return {
        "partition": status.partition,
        "phase": status.phase,
        "position": status.position,
        "lag_records": status.lag_records,
        "lag_seconds": round(status.lag_seconds(now), 3),
        "committed_at": moment(status.committed_at),
        "answered_at": moment(status.answered_at),
        "backoff": status.backoff,
        "last_error": status.last_error,
        "commits": status.commits,
        "records": status.records,
        "rate_per_second": None if rate_per_second is None else round(rate_per_second, 3),
        "dead_letters": status.dead_letters,
        "restarts": status.restarts,
    }
