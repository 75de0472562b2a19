"""What a worker process's end says, and when it is a record's fault.

A process that ends by what it does (a fault, too much memory, no answer in time) was at fault, or the record that it handled alone. One
that is killed may be innocent, and so may its record: an operator and the kernel's search for memory strike whoever is there. So ends count
by kind, and a record whose workers are killed is tried again after longer and longer pauses, until whoever kills has had time to tire.
"""

from __future__ import annotations

import signal
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from dateline.errors import WorkerEnded

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["OUT_OF_MEMORY", "Ending", "Kind", "condemned", "how_it_ended", "pause_seconds", "verdict"]

# With what a worker ends that its memory limit has refused something: what is left of it is not to be trusted.
OUT_OF_MEMORY = 71
# One fault may be left over from what its worker did before; two in two workers that did nothing else meanwhile are the record's.
MOST_FAULTS = 2
# Time runs out by itself: whoever used up two deadlines, the second one alone, would use up the third.
MOST_DEADLINES = 2
# With the pauses between them, which double each time, these kills of one record's workers take more than half a minute. Whoever kills for
# so long, and each time in the few milliseconds that the record takes, is the kernel out of memory for the record's sake.
MOST_KILLS = 8
FIRST_PAUSE_SECONDS = 0.25

# What the kernel sends a process for what it does itself, and the alarm that a worker sets for itself.
_OWN_SIGNALS = frozenset({signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT, signal.SIGSYS, signal.SIGALRM})


class Kind(Enum):
    """Who ended a worker."""

    FAULT = auto()  # it ended itself, or wrote nonsense
    LATE = auto()  # we did, because it gave no answer in time
    KILLED = auto()  # somebody else did


class Ending(NamedTuple):
    """How a worker ended that was handling something; `alone` where that was one record."""

    reason: str
    kind: Kind
    alone: bool = True


def how_it_ended(exit_code: int) -> Ending:
    """What an exit code says; a negative one is the signal's number."""
    if exit_code == OUT_OF_MEMORY:
        return Ending("ran out of memory (DATELINE_ENRICHER__WORKER_MEMORY_BYTES)", Kind.FAULT)
    if exit_code >= 0:
        return Ending(f"ended with {exit_code}", Kind.FAULT)
    try:
        number = signal.Signals(-exit_code)
    except ValueError:
        return Ending(f"was killed by signal {-exit_code}", Kind.KILLED)
    return Ending(f"was killed by {number.name}", Kind.FAULT if number in _OWN_SIGNALS else Kind.KILLED)


def condemned(endings: Sequence[Ending]) -> bool:
    """Whether these ends of workers, all that one record has met, are that record's fault."""
    alone = [ending.kind for ending in endings if ending.alone]
    late = sum(ending.kind is Kind.LATE for ending in endings)
    return (
        alone.count(Kind.FAULT) >= MOST_FAULTS or alone.count(Kind.KILLED) >= MOST_KILLS or (late >= MOST_DEADLINES and Kind.LATE in alone)
    )


def pause_seconds(endings: Sequence[Ending]) -> float:
    """How long a record waits that is not condemned by these ends, before it is tried again: kills are given time to cease."""
    kills = sum(ending.alone and ending.kind is Kind.KILLED for ending in endings)
    return FIRST_PAUSE_SECONDS * 2 ** (kills - 1) if kills else 0.0


def verdict(endings: Sequence[Ending]) -> WorkerEnded:
    """What becomes of a condemned record."""
    return WorkerEnded(f"{len(endings)} worker processes in turn ended at this record; the last one {endings[-1].reason}")
