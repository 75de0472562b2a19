"""How whoever works for a task tells it that something has come of it: a task of which nothing comes for long is taken for stalled."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_told: ContextVar[Callable[[], None] | None] = ContextVar("told", default=None)


def tell_movement_to(told: Callable[[], None]) -> None:
    """From now on, in this asyncio task and those it starts, movement is told to `told`."""
    _told.set(told)


def movement() -> None:
    """Something has come of the work: records were read, a worker has answered. Nothing where no task is worked for."""
    told = _told.get()
    if told is not None:
        told()
