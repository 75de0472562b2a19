"""What `dateline top` shows: the services of all processes as rows, made of what `/status` says; older and newer answers alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.table import Table

__all__ = ["COLUMNS", "Answer", "Row", "plain", "reasons", "rows", "table", "verdict"]

COLUMNS = ("process", "service", "tasks", "waiting", "behind", "per s", "done", "dead", "state")
# Which of a process's rates is a service's.
RATES = {"poller": "polls_per_second", "enricher": "enriched_per_second", "sink": "events_per_second"}
# Behind for longer than this is worth a word; a batch that is under way takes less.
BEHIND_SECONDS = 30.0
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
    """One service of one process; null where its `/status` does not say. `tasks` are those at work, of all."""

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


def rows(answers: Iterable[Answer], before: Mapping[str, Answer]) -> list[Row]:
    """A row for each service; `before` are earlier answers by process, from which a rate is told where a process tells none."""
    found = []
    for answer in answers:
        if answer.status is None:
            found.append(Row(answer.process, NOBODY, 0, 0, None, None, None, 0, 0, answer.error or "no answer"))
            continue
        for name, service in _services(answer.status):
            found.append(_row(answer, name, service, _rate(answer, name, service, before.get(answer.process))))
    return found


def verdict(found: Sequence[Row]) -> str:
    """How it stands, in one sentence."""
    answering = {row.process for row in found if row.service != NOBODY}
    silent = {row.process for row in found} - answering
    away = f"; {len(silent)} without an answer" if silent else ""
    if not answering:
        return "no process answers"
    unwell = [f"{row.service}: {row.state}" for row in found if row.state != "ok" and row.service != NOBODY]
    if unwell:
        return f"not well: {unwell[0]}{away}"
    waiting = sum(row.lag_records or 0 for row in found)
    seconds = max((row.lag_seconds or 0.0 for row in found), default=0.0)
    if all(row.lag_records is None for row in found):
        return f"{len(answering)} running{away}; they do not say what waits, see: dateline offsets show"
    if waiting and seconds > BEHIND_SECONDS:
        return f"behind: {waiting:,} records wait, the oldest for {age(seconds)}{away}"
    return f"keeping up: {waiting:,} records wait{away}" if waiting else f"keeping up: nothing waits{away}"


def reasons(answers: Iterable[Answer]) -> list[str]:
    """Why something is not well, a line each: what is not ready, and what tasks wait for."""
    lines = []
    for answer in answers:
        if answer.status is None:
            lines.append(f"{answer.process}: {answer.error}")
            continue
        if answer.status.get("reason"):
            lines.append(f"{answer.process}: not ready: {answer.status['reason']}")
        for name, service in _services(answer.status):
            backoffs = [task for task in service["tasks"] if task.get("backoff") or task.get("phase") == "backoff"]
            lines += [f"{answer.process}: {name} {task['partition']}: {task.get('backoff') or task.get('last_error')}" for task in backoffs]
    return lines


def table(found: Sequence[Row]) -> Table:
    """The rows as a table of 80 columns."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold", show_edge=False, width=80, padding=(0, 1, 0, 0))
    for column in COLUMNS:
        right = column in COLUMNS[2:8]
        shown.add_column(
            column, justify="right" if right else "left", no_wrap=True, overflow="ellipsis", ratio=1 if column == "state" else None
        )
    for row in found:
        style = "green" if row.state == "ok" else "red"
        shown.add_row(*(Text(cell) for cell in _cells(row)[:-1]), Text(_printable(row.state), style=style))
    return shown


def plain(row: Row) -> str:
    """A row as one line for programs and logs."""
    values = (
        ("tasks", f"{row.working}/{row.tasks}"),
        ("lag_records", row.lag_records),
        ("lag_seconds", None if row.lag_seconds is None else round(row.lag_seconds, 1)),
        ("per_second", None if row.per_second is None else round(row.per_second, 1)),
        ("records", row.records),
        ("dead_letters", row.dead_letters),
    )
    said = " ".join(f"{name}={'-' if value is None else value}" for name, value in values)
    return f"{row.process} {row.service} {said} state={_printable(row.state)!r}"


def age(seconds: float) -> str:
    """`4.2 s`, `3 min`, `5 h`, `2 d`."""
    if seconds < MINUTE:
        return f"{seconds:.1f} s" if seconds < MINUTE / 6 else f"{seconds:.0f} s"
    if seconds < HOUR:
        return f"{seconds / MINUTE:.0f} min"
    return f"{seconds / HOUR:.0f} h" if seconds < 2 * DAY else f"{seconds / DAY:.0f} d"


# ── what an answer says ──────────────────────────────────────────────────────────────────────────────────────────────


def _services(status: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
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
        records=sum(int(task.get("records") or 0) for task in tasks),
        dead_letters=sum(int(task.get("dead_letters") or 0) for task in tasks),
        state=_state(answer.status or {}, service),
    )


def _state(status: Mapping[str, Any], service: Mapping[str, Any]) -> str:
    tasks = service["tasks"]
    if (status.get("process") or {}).get("stopping"):
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
    of_process = ((answer.status or {}).get("rates") or {}).get(RATES.get(name, ""))
    if isinstance(of_process, int | float):
        return float(of_process)
    earlier = dict(_services(before.status)).get(name) if before is not None and before.status is not None else None
    if before is None or earlier is None or answer.at <= before.at:
        return None
    done = _total(service, "records"), _total(earlier, "records")
    # Fewer than before: partitions have moved away.
    return None if None in done else max(0.0, ((done[0] or 0) - (done[1] or 0)) / (answer.at - before.at))


def _cells(row: Row) -> tuple[str, ...]:
    return (
        _short(row.process),
        row.service[:10],
        f"{row.working}/{row.tasks}",
        "-" if row.lag_records is None else f"{row.lag_records:,}",
        "-" if row.lag_seconds is None else age(row.lag_seconds),
        "-" if row.per_second is None else f"{row.per_second:.1f}",
        f"{row.records:,}",
        f"{row.dead_letters:,}",
        row.state,
    )


def _short(process: str) -> str:
    """The end of a long name, where the port stands."""
    most = 21
    return process if len(process) <= most else f"…{process[-(most - 1) :]}"


def _printable(text: str) -> str:
    """What a terminal may be given, whoever answered."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
