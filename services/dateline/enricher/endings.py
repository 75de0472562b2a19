"""What a worker process's end says, and when it is a record's fault."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, NamedTuple

from dateline.errors import WorkerEnded

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["OUT_OF_MEMORY", "Ending", "condemned", "how_it_ended", "verdict"]

# With what a worker ends that its memory limit has refused something: what is left of it is not to be trusted.
OUT_OF_MEMORY = 71
# A process may be killed for no fault of its record, once or even twice; a task's own process has as many lives.
LIVES = 3
# Time runs out by itself: whoever used up two deadlines, the second one alone, would use up the third.
DEADLINES = 2


class Ending(NamedTuple):
    """How a worker ended that was handling something; `late` where it gave no answer in time."""

    reason: str
    late: bool = False


def how_it_ended(exit_code: int) -> str:
    """An exit code in words; a negative one is the signal's number."""
    if exit_code == OUT_OF_MEMORY:
        return "ran out of memory (DATELINE_ENRICHER__WORKER_MEMORY_BYTES)"
    if exit_code >= 0:
        return f"ended with {exit_code}"
    try:
        return f"was killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"was killed by signal {-exit_code}"


def condemned(endings: Sequence[Ending]) -> bool:
    """Whether these ends of workers, all but the first met by one record alone, are that record's fault."""
    return len(endings) >= LIVES or sum(ending.late for ending in endings) >= DEADLINES


def verdict(endings: Sequence[Ending]) -> WorkerEnded:
    """What becomes of a condemned record."""
    return WorkerEnded(f"{len(endings)} worker processes in turn ended at this record; the last one {endings[-1].reason}")
