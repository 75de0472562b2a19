"""How processes stand, in a sentence, what hurts and what to do about it: for the page and for `dateline top`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dateline.ops.processes import NOBODY, age, number_of, numbers, process_of, rates_of, services_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dateline.ops.processes import Answer, Row

__all__ = ["BEHIND_SECONDS", "Concern", "Verdict", "all_told", "concerns", "verdict"]

# Without each of these no article gets from a feed to `news`.
SERVICES = ("poller", "enricher", "sink")
# Behind for longer than this is worth a word; a batch that is under way takes less.
BEHIND_SECONDS = 30.0
# Of feeds that are polled: more failing than the first are a concern, than the second as if nothing were polled; more overdue: behind.
FAILING_SHARE, LOST_SHARE, OVERDUE_SHARE = 0.2, 0.5, 0.05

# What to do about a check that does not hold; what a process is not known to say has no entry.
_ABOUT_CHECKS = {
    "process": "it starts or stops, and says so for seconds; its log says why",
    "broker": "is Kafka up, and may this machine reach it? `dateline check` asks each broker",
    "group": "it joins within seconds of a broker's answer; its log names rebalances",
    "state": "a restore says how far it is, and goes on by itself",
    "output": "bring back what is away: it is waited for, and nothing is lost",
}
_UNKNOWN = "see its log"


class Verdict(NamedTuple):
    """How it stands: a word, and a sentence. `changing` is what goes by itself: a start, a restore, a stop."""

    state: Literal["well", "changing", "behind", "unwell"]
    sentence: str


class Concern(NamedTuple):
    """Something that somebody should look at, and what to do about it."""

    finding: str
    do: str


def verdict(answers: Sequence[Answer], found: Sequence[Row]) -> Verdict:
    """What one wants to know first of these processes and their rows; what hurts most comes first."""
    answering = [answer for answer in answers if answer.status is not None]
    silent = len(answers) - len(answering)
    away = f"; {silent} without an answer" if silent else ""
    if not answering:
        return Verdict("unwell", "no process answers")
    if unwell := [*_unready(answering, found), *_missing(answers, found), *_lost_feeds(answering)]:
        return Verdict("unwell", f"not well: {unwell[0]}{away}")
    if late := [*_waiting_long(found), *_unowned(answers, found), *_overdue(answering)]:
        return Verdict("behind", f"behind: {late[0]}{away}")
    if changing := _changes(answering, found):
        return Verdict("unwell" if silent else "changing", f"{changing[0]}{away}")
    return Verdict("unwell" if silent else "well", f"{_well(answering, found)}{_of_whom(answers, found)}{away}")


def concerns(answers: Sequence[Answer], found: Sequence[Row]) -> list[Concern]:
    """What hurts and what to do, the worst first; empty where nothing does. Processes are named where there are several."""
    apart = [
        Concern(f"{answer.process}: {concern.finding}" if len(answers) > 1 else concern.finding, concern.do)
        for about in (_absence, _checks, _backoffs, _delays, _feeds, _dead_letters)
        for answer in answers
        for concern in about(answer, [row for row in found if row.process == answer.process])
    ]
    return [*_together(answers, found), *apart]


def all_told(answers: Sequence[Answer], found: Sequence[Row]) -> dict[str, Any]:
    """Verdict, numbers, concerns and rows as one document, for `/processes` and `dateline top --json`."""
    return {
        "verdict": verdict(answers, found)._asdict(),
        "numbers": numbers(answers, found)._asdict(),
        "concerns": [concern._asdict() for concern in concerns(answers, found)],
        "rows": [row._asdict() for row in found],
    }


# ── what they are together ───────────────────────────────────────────────────────────────────────────────────────────


def _together(answers: Sequence[Answer], found: Sequence[Row]) -> Iterator[Concern]:
    for finding in _missing(answers, found):
        yield Concern(finding, "start one, or name its operations server in DATELINE_OPS__PEERS")
    for finding in _unowned(answers, found):
        yield Concern(finding, "they move within seconds of a start or an end; later: does somebody have them who is not asked?")


def _all_are_seen(answers: Sequence[Answer]) -> bool:
    """Whether these say what all processes do: one that was asked alone knows of no others, one that is silent or starts says nothing."""
    return len(answers) > 1 and not any(answer.status is None or _is_moving(answer) for answer in answers)


def _missing(answers: Sequence[Answer], found: Sequence[Row]) -> list[str]:
    """Services that run in none of these processes."""
    there = {row.service for row in found}
    return [f"no {name} runs" for name in SERVICES if name not in there] if _all_are_seen(answers) and there & set(SERVICES) else []


def _unowned(answers: Sequence[Answer], found: Sequence[Row]) -> list[str]:
    """Partitions of a service that no process has, so that nobody tells what waits in them."""
    if not _all_are_seen(answers):
        return []
    told = [(name, service.get("partitions")) for answer in answers for name, service in services_of(answer.status or {})]
    there = {name: partitions for name, partitions in told if isinstance(partitions, int)}
    nobodys = {name: partitions - sum(row.tasks for row in found if row.service == name) for name, partitions in there.items()}
    return [f"{number} of {there[name]} partitions of the {name} are with nobody" for name, number in nobodys.items() if number > 0]


def _of_whom(answers: Sequence[Answer], found: Sequence[Row]) -> str:
    """Of which services a process speaks that knows of no others, where these are not all."""
    there = [name for name in SERVICES if any(row.service == name for row in found)]
    if len(answers) > 1 or len(there) in (0, len(SERVICES)):
        return ""
    return f" ({' and '.join(there)} alone; DATELINE_OPS__PEERS names the others)"


def _unready(answers: Iterable[Answer], found: Iterable[Row]) -> Iterator[str]:
    """Why processes are not ready, but for what goes by itself."""
    for answer in answers:
        checks = _failed_checks(answer)
        if not checks and (answer.status or {}).get("reason"):
            yield str((answer.status or {})["reason"])
        if not _is_moving(answer):
            yield from (f"{check.get('name')}: {check.get('detail')}" for check in checks if check.get("name") != "state")
    yield from (f"{row.service}: {row.state}" for row in found if row.state == "backing off")


def _changes(answers: Iterable[Answer], found: Iterable[Row]) -> list[str]:
    """What goes by itself: starts, stops and restores."""
    moving = [answer for answer in answers if _is_moving(answer)]
    restoring = [str(check.get("detail")) for answer in answers for check in _failed_checks(answer) if check.get("name") == "state"]
    states = [f"{row.service}: {row.state}" for row in found if row.state not in ("ok", "standby") and row.service != NOBODY]
    return [f"a process {'stops' if _is_stopping(answer) else 'starts'}: {answer.process}" for answer in moving] + restoring + states


def _waiting_long(found: Sequence[Row]) -> list[str]:
    waiting = sum(row.lag_records or 0 for row in found)
    seconds = max((row.lag_seconds or 0.0 for row in found), default=0.0)
    return [f"{waiting:,} records wait, the oldest for {age(seconds)}"] if waiting and seconds > BEHIND_SECONDS else []


def _well(answers: Sequence[Answer], found: Sequence[Row]) -> str:
    if not any(row.tasks for row in found):
        return "standing by: no partition is given to it"
    if all(row.lag_records is None for row in found):
        return f"{len(answers)} running; they do not say what waits, see: dateline offsets show"
    waiting = sum(row.lag_records or 0 for row in found)
    return f"keeping up: {f'{waiting:,} records wait' if waiting else 'nothing waits'}{_freshness(answers)}"


def _freshness(answers: Iterable[Answer]) -> str:
    """How soon an article is in `news`, where a process has just written some."""
    seconds = rates_of(answers, "end_to_end_p50_seconds")
    return f", and an article is in news {age(max(seconds))} after its poll" if seconds else ""


# ── what each of them says ───────────────────────────────────────────────────────────────────────────────────────────


def _absence(answer: Answer, _: Sequence[Row]) -> Iterator[Concern]:
    if answer.status is None:
        yield Concern(answer.error or "no answer", "is it running? its log says why it left")


def _checks(answer: Answer, _: Sequence[Row]) -> Iterator[Concern]:
    checks = _failed_checks(answer)
    # While a process starts or stops, nothing else of it is worth a word.
    for check in [check for check in checks if check.get("name") == "process"] or checks:
        yield Concern(f"not ready: {check.get('name')}: {check.get('detail')}", _ABOUT_CHECKS.get(str(check.get("name")), _UNKNOWN))
    if not checks and (answer.status or {}).get("reason"):
        yield Concern(f"not ready: {(answer.status or {})['reason']}", _UNKNOWN)


def _backoffs(answer: Answer, _: Sequence[Row]) -> Iterator[Concern]:
    """What tasks wait for, once for each cause, unless a check has said it."""
    if any(check.get("name") == "output" for check in _failed_checks(answer)):
        return
    for name, service in services_of(answer.status or {}):
        waiting: dict[str, list[Any]] = {}
        for task in service["tasks"]:
            if task.get("backoff") or task.get("phase") == "backoff":
                waiting.setdefault(str(task.get("backoff") or task.get("last_error")), []).append(task.get("partition"))
        for cause, partitions in waiting.items():
            where = f"{name} {partitions[0]}" if len(partitions) == 1 else f"{name}, {len(partitions)} partitions"
            yield Concern(f"{where}: {cause}", _ABOUT_CHECKS["output"])


def _delays(answer: Answer, found: Sequence[Row]) -> Iterator[Concern]:
    # While something is away, what waits is no matter of speed.
    if any(check.get("name") in ("broker", "output") for check in _failed_checks(answer)):
        return
    tasks = {name: service["tasks"] for name, service in services_of(answer.status or {})}
    for row in found:
        if not row.lag_records or (row.lag_seconds or 0.0) <= BEHIND_SECONDS:
            continue
        late = sum(number_of(task.get("lag_seconds")) > BEHIND_SECONDS for task in tasks.get(row.service, ()))
        finding = f"{row.service} is behind: {row.lag_records:,} records wait, the oldest for {age(row.lag_seconds or 0.0)}"
        yield Concern(finding, _how_to_catch_up(row.service, late, row.tasks))


def _how_to_catch_up(service: str, late: int, tasks: int) -> str:
    more = f"another process of the {service} takes some of its {tasks} partitions"
    if service == "enricher":
        more += "; more of DATELINE_ENRICHER__WORKERS use more cores"
    return more if late > 1 else "one partition goes no faster than one core: see DatelineConsumerBehind in OPERATIONS.md"


def _feeds(answer: Answer, _: Sequence[Row]) -> Iterator[Concern]:
    counts = _feed_counts(answer)
    if counts.failing > FAILING_SHARE * counts.polled:
        do = "`dateline feeds list --state failing` names each with its error; where all fail, is the network up, or the proxy?"
        yield Concern(f"{counts.failing:,} of {counts.polled:,} feeds fail", do)
    for finding in _overdue([answer]):
        yield Concern(finding, "more DATELINE_POLLER__REQUESTS_PER_SECOND, or another process of the poller")


def _dead_letters(answer: Answer, _: Sequence[Row]) -> Iterator[Concern]:
    dead = int(number_of((answer.status or {}).get("dead_letters_last_hour")))
    if dead > 0:
        finding = "1 record was set aside" if dead == 1 else f"{dead:,} records were set aside"
        yield Concern(f"{finding} in the last hour", "`dateline dead-letters list` says which and why")


class _FeedCounts(NamedTuple):
    polled: int
    failing: int
    overdue: int


def _feed_counts(*answers: Answer) -> _FeedCounts:
    """Feeds of all these processes; those that are retired or paused are not polled."""
    counts = [feeds for answer in answers if isinstance(feeds := (answer.status or {}).get("feeds"), dict)]
    number = {
        state: int(sum(number_of(feeds.get(state)) for feeds in counts)) for state in ("new", "polled", "quiet", "failing", "overdue")
    }
    overdue = number.pop("overdue")
    return _FeedCounts(sum(number.values()), number["failing"], overdue)


def _lost_feeds(answers: Iterable[Answer]) -> list[str]:
    counts = _feed_counts(*answers)
    return [f"{counts.failing:,} of {counts.polled:,} feeds fail"] if counts.failing > LOST_SHARE * counts.polled else []


def _overdue(answers: Iterable[Answer]) -> list[str]:
    counts = _feed_counts(*answers)
    return [f"{counts.overdue:,} of {counts.polled:,} feeds are overdue"] if counts.overdue > OVERDUE_SHARE * counts.polled else []


def _failed_checks(answer: Answer) -> list[dict[str, Any]]:
    checks = (answer.status or {}).get("checks")
    return [check for check in checks if isinstance(check, dict) and check.get("ok") is False] if isinstance(checks, list) else []


def _is_stopping(answer: Answer) -> bool:
    return bool(process_of(answer.status or {}).get("stopping"))


def _is_moving(answer: Answer) -> bool:
    """Whether a process starts or stops."""
    return _is_stopping(answer) or any(check.get("name") == "process" for check in _failed_checks(answer))
