"""What processes say of themselves, older and newer ones, as rows, a verdict and what to do: for `dateline top` and for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = [
    "BEHIND_SECONDS",
    "MOST_BYTES",
    "NOBODY",
    "PATIENCE_SECONDS",
    "STRANGER",
    "Answer",
    "Concern",
    "Numbers",
    "Row",
    "Verdict",
    "age",
    "concerns",
    "distinct",
    "numbers",
    "own_name",
    "read_status",
    "rows",
    "verdict",
]

# Who asks a process for its status waits this long: one that takes longer is not well, and the next look comes soon.
PATIENCE_SECONDS = 1.5
# And reads so much, a status with thousands of partitions; whoever sends more is no process of ours.
MOST_BYTES = 4 << 20
STRANGER = "no process of ours"
# Which of a process's rates is a service's.
RATES = {"poller": "polls_per_second", "enricher": "enriched_per_second", "sink": "events_per_second"}
# Behind for longer than this is worth a word; a batch that is under way takes less.
BEHIND_SECONDS = 30.0
# Of feeds that are polled: more than these shares are a concern, as for the alerts of deploy/prometheus.
FAILING_SHARE, OVERDUE_SHARE = 0.2, 0.05
# In place of a service's name where a process does not answer.
NOBODY = "-"
MINUTE, HOUR, DAY = 60, 3600, 86_400

# What to do about a check that does not hold; what a process is not known to say has no entry.
_ABOUT_CHECKS = {
    "process": "it starts or stops, and says so for seconds; its log says why",
    "broker": "is Kafka up, and may this machine reach it? `dateline check` asks each broker",
    "group": "it joins within seconds of a broker's answer; its log names rebalances",
    "state": "a restore says how far it is, and goes on by itself",
    "output": "bring back what is away: it is waited for, and nothing is lost",
}


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


class Verdict(NamedTuple):
    """How it stands: a word to sort by, and a sentence."""

    state: Literal["well", "behind", "unwell"]
    sentence: str


class Concern(NamedTuple):
    """Something that somebody should look at, and what to do about it."""

    finding: str
    do: str


class Numbers(NamedTuple):
    """What all processes do together; null where none of them says. Rates are those of the last ten seconds, feeds are counts by state."""

    events_per_second: float | None
    polls_per_second: float | None
    lag_records: int | None
    lag_seconds: float | None
    end_to_end_p50_seconds: float | None
    feeds: dict[str, int] | None
    dead_letters: int


def read_status(body: bytes) -> dict[str, Any]:
    """What `/status` of a process says; ValueError where it is none of ours."""
    said = orjson.loads(body)
    if not isinstance(said, dict) or "services" not in said:
        raise ValueError(STRANGER)
    return said


def own_name(status: Mapping[str, Any], name: str) -> str:
    """What a process's machine calls itself, with the port of `name`, which is one of many addresses and says less."""
    host = _process(status).get("host")
    return f"{host}:{name.rpartition(':')[2]}" if host else name


def distinct(answers: Iterable[Answer]) -> list[Answer]:
    """The first answer of each process: one may be asked under several names."""
    found: dict[object, Answer] = {}
    for answer in answers:
        process = _process(answer.status or {})
        found.setdefault((process["host"], process["pid"]) if process.keys() >= {"host", "pid"} else answer.process, answer)
    return list(found.values())


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


def verdict(answers: Sequence[Answer], found: Sequence[Row]) -> Verdict:
    """What one wants to know first of these processes and their rows."""
    silent = [answer for answer in answers if answer.status is None]
    answering = [answer for answer in answers if answer.status is not None]
    away = f"; {len(silent)} without an answer" if silent else ""
    if not answering:
        return Verdict("unwell", "no process answers")
    unready = [str(answer.status["reason"]) for answer in answering if answer.status and answer.status.get("reason")]
    unwell = unready or [f"{row.service}: {row.state}" for row in found if row.state not in ("ok", "standby") and row.service != NOBODY]
    if unwell:
        return Verdict("unwell", f"not well: {unwell[0]}{away}")
    waiting = sum(row.lag_records or 0 for row in found)
    seconds = max((row.lag_seconds or 0.0 for row in found), default=0.0)
    state: Literal["well", "unwell"] = "unwell" if silent else "well"
    if all(row.lag_records is None for row in found):
        return Verdict(state, f"{len(answering)} running{away}; they do not say what waits, see: dateline offsets show")
    if waiting and seconds > BEHIND_SECONDS:
        return Verdict("behind", f"behind: {waiting:,} records wait, the oldest for {age(seconds)}{away}")
    told = f"{waiting:,} records wait" if waiting else "nothing waits"
    return Verdict(state, f"keeping up: {told}{_freshness(answering)}{away}")


def numbers(answers: Sequence[Answer], found: Sequence[Row]) -> Numbers:
    """What these processes and their rows come to."""
    counts = [feeds for answer in answers if isinstance(feeds := (answer.status or {}).get("feeds"), dict)]
    states = dict.fromkeys(state for feeds in counts for state in feeds)
    return Numbers(
        events_per_second=_sum(_rates(answers, "events_per_second")),
        polls_per_second=_sum(_rates(answers, "polls_per_second")),
        lag_records=None if (lag := _sum(row.lag_records for row in found)) is None else int(lag),
        lag_seconds=max((row.lag_seconds for row in found if row.lag_seconds is not None), default=None),
        end_to_end_p50_seconds=max(_rates(answers, "end_to_end_p50_seconds"), default=None),
        feeds={state: sum(int(feeds.get(state) or 0) for feeds in counts) for state in states} if counts else None,
        dead_letters=sum(row.dead_letters for row in found),
    )


def concerns(answers: Sequence[Answer], found: Sequence[Row]) -> list[Concern]:
    """What hurts and what to do, the worst first; empty where nothing does. Processes are named where there are several."""
    return [
        Concern(f"{answer.process}: {concern.finding}" if len(answers) > 1 else concern.finding, concern.do)
        for about in (_absence, _checks, _backoffs, _delays, _feeds, _dead_letters)
        for answer in answers
        for concern in about(answer, [row for row in found if row.process == answer.process])
    ]


def age(seconds: float) -> str:
    """`4.2 s`, `3 min`, `5 h`, `2 d`."""
    if seconds < MINUTE:
        return f"{seconds:.1f} s" if seconds < MINUTE / 6 else f"{seconds:.0f} s"
    if seconds < HOUR:
        return f"{seconds / MINUTE:.0f} min"
    return f"{seconds / HOUR:.0f} h" if seconds < 2 * DAY else f"{seconds / DAY:.0f} d"


# ── concerns ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _absence(answer: Answer, _: Sequence[Row]) -> Iterator[Concern]:
    if answer.status is None:
        yield Concern(answer.error or "no answer", "is it running? its log says why it left")


def _checks(answer: Answer, _: Sequence[Row]) -> Iterator[Concern]:
    status = answer.status or {}
    checks = [check for check in status.get("checks") or () if isinstance(check, dict) and check.get("ok") is False]
    for check in checks:
        yield Concern(f"not ready: {check.get('name')}: {check.get('detail')}", _ABOUT_CHECKS.get(str(check.get("name")), "see its log"))
    if not checks and status.get("reason"):
        yield Concern(f"not ready: {status['reason']}", "see its log")


def _backoffs(answer: Answer, _: Sequence[Row]) -> Iterator[Concern]:
    for name, service in _services(answer.status or {}):
        for task in service["tasks"]:
            if task.get("backoff") or task.get("phase") == "backoff":
                yield Concern(f"{name} {task.get('partition')}: {task.get('backoff') or task.get('last_error')}", _ABOUT_CHECKS["output"])


def _delays(_: Answer, found: Sequence[Row]) -> Iterator[Concern]:
    for row in found:
        if row.lag_records and (row.lag_seconds or 0.0) > BEHIND_SECONDS:
            finding = f"{row.service} is behind: {row.lag_records:,} records wait, the oldest for {age(row.lag_seconds or 0.0)}"
            spread = f"another process of the {row.service} takes some of its {row.tasks} partitions"
            yield Concern(finding, spread if row.tasks > 1 else "see DatelineConsumerBehind in OPERATIONS.md: one partition goes no faster")


def _feeds(answer: Answer, _: Sequence[Row]) -> Iterator[Concern]:
    counts = (answer.status or {}).get("feeds")
    if not isinstance(counts, dict):
        return
    failing, overdue = (int(counts.get(name) or 0) for name in ("failing", "overdue"))
    polled = sum(int(counts.get(name) or 0) for name in ("new", "polled", "quiet", "failing"))
    if failing > FAILING_SHARE * polled:
        yield Concern(f"{failing:,} of {polled:,} feeds fail", "`dateline feeds list --state failing` names each with its error")
    if overdue > OVERDUE_SHARE * polled:
        do = "more DATELINE_POLLER__REQUESTS_PER_SECOND, or another process of the poller"
        yield Concern(f"{overdue:,} of {polled:,} feeds are overdue", do)


def _dead_letters(answer: Answer, _: Sequence[Row]) -> Iterator[Concern]:
    dead = (answer.status or {}).get("dead_letters")
    if isinstance(dead, int) and dead > 0:
        finding = "1 record was set aside" if dead == 1 else f"{dead:,} records were set aside"
        yield Concern(f"{finding} since the process began", "`dateline dead-letters list` says which and why")


# ── what an answer says ──────────────────────────────────────────────────────────────────────────────────────────────


def _freshness(answers: Iterable[Answer]) -> str:
    """How soon an article is in `news`, where a process has just written some."""
    seconds = _rates(answers, "end_to_end_p50_seconds")
    return f", and an article is in news {age(max(seconds))} after its poll" if seconds else ""


def _rates(answers: Iterable[Answer], name: str) -> list[float]:
    """A rate or delay as each process tells it, where it does."""
    told = [((answer.status or {}).get("rates") or {}).get(name) for answer in answers]
    return [float(rate) for rate in told if isinstance(rate, int | float)]


def _sum(values: Iterable[float | None]) -> float | None:
    """Null where there is nothing to sum."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _process(status: Mapping[str, Any]) -> dict[str, Any]:
    process = status.get("process")
    return process if isinstance(process, dict) else {}


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
    if _process(status).get("stopping"):
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
    if of_process := _rates([answer], RATES.get(name, "")):
        return of_process[0]
    earlier = dict(_services(before.status)).get(name) if before is not None and before.status is not None else None
    if before is None or earlier is None or answer.at <= before.at:
        return None
    done = _total(service, "records"), _total(earlier, "records")
    # Fewer than before: partitions have moved away.
    return None if None in done else max(0.0, ((done[0] or 0) - (done[1] or 0)) / (answer.at - before.at))
