"""What processes say of themselves, older and newer ones, as rows and numbers: for `dateline top` and for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "MOST_BYTES",
    "NOBODY",
    "PATIENCE_SECONDS",
    "STRANGER",
    "UNREADABLE",
    "Answer",
    "Numbers",
    "Row",
    "Unreadable",
    "age",
    "distinct",
    "number_of",
    "numbers",
    "own_name",
    "process_of",
    "rates_of",
    "read_status",
    "rows",
    "services_of",
    "why_unread",
]

# Who asks a process for its status waits this long: one that takes longer is not well, and the next look comes soon.
PATIENCE_SECONDS = 1.5
# And reads so much, a status with thousands of partitions; whoever sends more is no process of ours.
MOST_BYTES = 4 << 20
STRANGER = "no process of ours"
UNREADABLE = "its status cannot be read"
# No count of ours gets so far, and the sum of all that a status has room for is still a number of JSON.
MOST_NUMBER, MOST_TASKS = 1e12, 10_000
# Which of a process's rates is a service's.
RATES = {"poller": "polls_per_second", "enricher": "enriched_per_second", "sink": "events_per_second"}
# In place of a service's name where a process does not answer.
NOBODY = "-"
MINUTE, HOUR, DAY = 60, 3600, 86_400


class Answer(NamedTuple):
    """What one process said: its `/status`, or why it said nothing. `at` is when, in seconds that only go forward."""

    process: str
    at: float
    status: Mapping[str, Any] | None
    error: str | None = None


class Row(NamedTuple):
    """One service of one process; null where its `/status` does not say. `tasks` are all, `working` those at work."""

    process: str
    service: str
    working: int
    tasks: int
    lag_records: int | None
    lag_seconds: float | None
    per_second: float | None
    records: int
    dead_letters: int
    state: str


class Numbers(NamedTuple):
    """What all processes do together; null where none of them says. Rates are those of the last ten seconds, feeds are counts by state."""

    events_per_second: float | None
    polls_per_second: float | None
    lag_records: int | None
    lag_seconds: float | None
    end_to_end_p50_seconds: float | None
    feeds: dict[str, int] | None
    dead_letters: int


class Unreadable(ValueError):
    """A status with a value that is not of its kind: nothing of it is shown, so that it spoils no other's."""


def read_status(body: bytes) -> dict[str, Any]:
    """What `/status` of a process says; ValueError where it is none of ours, Unreadable where something in it is odd."""
    said = orjson.loads(body)
    if not isinstance(said, dict) or "services" not in said:
        raise ValueError(STRANGER)
    try:
        msgspec.convert(said, _Status)
    except msgspec.ValidationError as error:
        raise Unreadable(UNREADABLE) from error
    return said


def why_unread(error: Exception) -> str:
    """What to say of whoever answered so."""
    return UNREADABLE if isinstance(error, Unreadable) else STRANGER


def own_name(status: Mapping[str, Any], name: str) -> str:
    """What a process's machine calls itself, with the port of `name`, which is one of many addresses and says less."""
    host = process_of(status).get("host")
    return f"{host}:{name.rpartition(':')[2]}" if host else name


def distinct(answers: Iterable[Answer]) -> list[Answer]:
    """The first answer of each process: one may be asked under several names, and two may share a host's name and a number there."""
    found: dict[object, Answer] = {}
    for answer in answers:
        process = process_of(answer.status or {})
        told = tuple(process.get(name) for name in ("host", "pid", "started_at"))
        found.setdefault(answer.process if None in told else told, answer)
    return list(found.values())


def rows(answers: Iterable[Answer], before: Mapping[str, Answer]) -> list[Row]:
    """A row for each service; `before` are earlier answers by process, from which a rate is told where a process tells none."""
    found = []
    for answer in answers:
        if answer.status is None:
            found.append(Row(answer.process, NOBODY, 0, 0, None, None, None, 0, 0, answer.error or "no answer"))
            continue
        for name, service in services_of(answer.status):
            found.append(_row(answer, name, service, _rate(answer, name, service, before.get(answer.process))))
    return found


def numbers(answers: Sequence[Answer], found: Sequence[Row]) -> Numbers:
    """What these processes and their rows come to."""
    counts = [feeds for answer in answers if isinstance(feeds := (answer.status or {}).get("feeds"), dict)]
    states = dict.fromkeys(state for feeds in counts for state in feeds)
    return Numbers(
        events_per_second=_sum(rates_of(answers, "events_per_second")),
        polls_per_second=_sum(rates_of(answers, "polls_per_second")),
        lag_records=None if (lag := _sum(row.lag_records for row in found)) is None else int(lag),
        lag_seconds=max((row.lag_seconds for row in found if row.lag_seconds is not None), default=None),
        end_to_end_p50_seconds=max(rates_of(answers, "end_to_end_p50_seconds"), default=None),
        feeds={state: int(sum(number_of(feeds.get(state)) for feeds in counts)) for state in states} if counts else None,
        dead_letters=int(sum(_dead_letters(answer, found) for answer in answers)),
    )


def _dead_letters(answer: Answer, found: Iterable[Row]) -> float:
    """All since the process began, as it counts them itself; older processes tell those of their present tasks alone."""
    told = (answer.status or {}).get("dead_letters")
    return number_of(told) if told is not None else sum(row.dead_letters for row in found if row.process == answer.process)


def age(seconds: float) -> str:
    """`4.2 s`, `3 min`, `5 h`, `2 d`."""
    if seconds < MINUTE:
        return f"{seconds:.1f} s" if seconds < MINUTE / 6 else f"{seconds:.0f} s"
    if seconds < HOUR:
        return f"{seconds / MINUTE:.0f} min"
    return f"{seconds / HOUR:.0f} h" if seconds < 2 * DAY else f"{seconds / DAY:.0f} d"


# ── what a status may say: whatever of it is looked at, in every version ─────────────────────────────────────────────

_Number = Annotated[float, msgspec.Meta(ge=-MOST_NUMBER, le=MOST_NUMBER)]


class _Task(msgspec.Struct):
    partition: _Number | None = None
    phase: str | None = None
    backoff: str | None = None
    last_error: str | None = None
    records: _Number | None = None
    dead_letters: _Number | None = None
    lag_records: _Number | None = None
    lag_seconds: _Number | None = None
    rate_per_second: _Number | None = None


_Tasks = Annotated[list[_Task], msgspec.Meta(max_length=MOST_TASKS)]


class _Service(msgspec.Struct):
    tasks: _Tasks | None = None
    joined: bool | None = None
    partitions: _Number | None = None
    rate_per_second: _Number | None = None


class _Process(msgspec.Struct):
    host: str | None = None
    pid: _Number | None = None
    started_at: str | _Number | None = None
    stopping: bool | None = None


class _Check(msgspec.Struct):
    name: str | None = None
    ok: bool | None = None
    detail: str | None = None


class _Status(msgspec.Struct):
    services: dict[str, _Tasks | _Service]
    process: _Process | None = None
    checks: list[_Check] | None = None
    reason: str | None = None
    rates: dict[str, _Number | None] | None = None
    feeds: dict[str, _Number | None] | None = None
    dead_letters: _Number | None = None
    dead_letters_last_hour: _Number | None = None


# ── what an answer says ──────────────────────────────────────────────────────────────────────────────────────────────


def number_of(value: object) -> float:
    """A number of an answer; 0 for what is none."""
    return float(value) if isinstance(value, int | float) else 0.0


def rates_of(answers: Iterable[Answer], name: str) -> list[float]:
    """A rate or delay as each process tells it, where it does."""
    told = [((answer.status or {}).get("rates") or {}).get(name) for answer in answers]
    return [float(rate) for rate in told if isinstance(rate, int | float)]


def _sum(values: Iterable[float | None]) -> float | None:
    """Null where there is nothing to sum."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def process_of(status: Mapping[str, Any]) -> dict[str, Any]:
    """What it says of the process itself."""
    process = status.get("process")
    return process if isinstance(process, dict) else {}


def services_of(status: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Each service with its tasks; older processes give these alone."""
    services = status.get("services")
    if not isinstance(services, dict):
        return []
    named = [(str(name), one if isinstance(one, dict) else {"tasks": one}) for name, one in services.items()]
    return [(name, {**one, "tasks": [task for task in one.get("tasks") or () if isinstance(task, dict)]}) for name, one in named]


def _row(answer: Answer, name: str, service: Mapping[str, Any], rate: float | None) -> Row:
    tasks = service["tasks"]
    return Row(
        process=answer.process,
        service=name,
        working=sum(task.get("phase") == "running" for task in tasks),
        tasks=len(tasks),
        lag_records=_total(service, "lag_records"),
        lag_seconds=_most(service, "lag_seconds"),
        per_second=rate,
        records=int(sum(number_of(task.get("records")) for task in tasks)),
        dead_letters=int(sum(number_of(task.get("dead_letters")) for task in tasks)),
        state=_state(answer.status or {}, service),
    )


def _state(status: Mapping[str, Any], service: Mapping[str, Any]) -> str:
    tasks = service["tasks"]
    if process_of(status).get("stopping"):
        return "stopping"
    if service.get("joined") is False:
        return "not joined"
    if any(task.get("backoff") or task.get("phase") == "backoff" for task in tasks):
        return "backing off"
    phases = [str(task.get("phase")) for task in tasks if task.get("phase") != "running"]
    return phases[0] if phases else "ok" if tasks else "standby"


def _total(service: Mapping[str, Any], name: str) -> int | None:
    values = [task[name] for task in service["tasks"] if isinstance(task.get(name), int | float)]
    return int(sum(values)) if values else None


def _most(service: Mapping[str, Any], name: str) -> float | None:
    return max((float(task[name]) for task in service["tasks"] if isinstance(task.get(name), int | float)), default=None)


def _rate(answer: Answer, name: str, service: Mapping[str, Any], before: Answer | None) -> float | None:
    """A rate as the service, its tasks or the process tell it, else from what was done between two answers."""
    told = service.get("rate_per_second")
    rates = [task["rate_per_second"] for task in service["tasks"] if isinstance(task.get("rate_per_second"), int | float)]
    if isinstance(told, int | float) or rates:
        return float(told) if isinstance(told, int | float) else float(sum(rates))
    if of_process := rates_of([answer], RATES.get(name, "")):
        return of_process[0]
    earlier = dict(services_of(before.status)).get(name) if before is not None and before.status is not None else None
    if before is None or earlier is None or answer.at <= before.at:
        return None
    done = _total(service, "records"), _total(earlier, "records")
    # Fewer than before: partitions have moved away.
    return None if None in done else max(0.0, ((done[0] or 0) - (done[1] or 0)) / (answer.at - before.at))
