"""Whether a process is ready, check by check, and when it has stalled; judged by what comes of its work and never by a ping alone.

Live is whoever answers: the answer comes from the loop that does the work, so a blocked one gives none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

__all__ = ["CHECKS", "LIVE_SECONDS", "MOST_SILENCE_SECONDS", "Check", "Finding", "Health", "Sight", "Watchdog", "broker_finding"]

CheckName = Literal["process", "broker", "group", "state", "output"]
CHECKS: tuple[CheckName, ...] = get_args(CheckName)
# Three times what passes between two requests to a broker that are made whatever happens.
MOST_SILENCE_SECONDS = 15.0
# A loop that has not turned for so long is dead to everybody.
LIVE_SECONDS = 30.0
# A watch that is itself this late has stood still (a stopped process, a closed laptop), and so has all that it watches.
STOOD_STILL_SECONDS = 30.0


class Finding(NamedTuple):
    """What a look at one check has found; `detail` is one sentence."""

    ok: bool
    detail: str


class Check(NamedTuple):
    """One check as `/ready` lists it; `since` is when `ok` last changed, aware UTC."""

    name: CheckName
    ok: bool
    detail: str
    since: datetime


class Health:
    """The checks of a process; none holds before it was looked at."""

    def __init__(self, *, now: datetime) -> None:
        self.checks = [Check(name, ok=False, detail="starting", since=now) for name in CHECKS]

    def judge(self, findings: Mapping[CheckName, Finding], *, now: datetime) -> list[Check]:
        """Take over a look at every check; returns those whose `ok` has changed."""
        before = self.checks
        self.checks = [
            Check(check.name, found.ok, found.detail, check.since if found.ok == check.ok else now)
            for check in before
            for found in (findings[check.name],)
        ]
        return [check for check, old in zip(self.checks, before, strict=True) if check.ok != old.ok]

    @property
    def reason(self) -> str | None:
        """The first check that does not hold, null where all do."""
        return next((f"{check.name}: {check.detail}" for check in self.checks if not check.ok), None)


def broker_finding(answered_at: float | None, *, now: float) -> Finding:
    """Whether a broker has answered lately; both in Unix seconds."""
    if answered_at is None:
        return Finding(ok=False, detail="no broker has answered yet")
    silence = max(0.0, now - answered_at)
    if silence > MOST_SILENCE_SECONDS:
        return Finding(ok=False, detail=f"no broker has answered for {silence:.0f} s")
    return Finding(ok=True, detail="a broker answers")


class Sight(NamedTuple):
    """What the watchdog sees of a task: whether work waits for it, and a mark that changes when something comes of it."""

    name: str
    waits: bool
    mark: object
    patience_seconds: float


class Watchdog:
    """Finds the task that has stalled. Times are those of one clock that only goes forward, in seconds."""

    def __init__(self) -> None:
        self._still: dict[str, tuple[object, float]] = {}
        self._looked_at: float | None = None

    def stalled(self, sights: Iterable[Sight], *, excused: bool, now: float) -> str | None:
        """A sentence on the first task that had work, and of which nothing came, at every look for longer than its patience.

        `excused`: something that we wait for is away, and is said to be. Then nobody stalls, and patience begins anew.
        """
        if self._looked_at is None or excused or now - self._looked_at > STOOD_STILL_SECONDS:
            self._still.clear()
        self._looked_at = now
        before, self._still = self._still, {}
        for sight in sights:
            if not sight.waits:
                continue
            mark, since = before.get(sight.name, (sight.mark, now))
            since = since if mark == sight.mark else now
            self._still[sight.name] = (sight.mark, since)
            if now - since > sight.patience_seconds:
                return f"{sight.name} has work to do, and nothing has come of it for {now - since:.0f} s"
        return None
