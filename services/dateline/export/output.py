"""The port between an exporter and its output: what one partition's place in an output can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dateline.events import NewsEvent
    from dateline.log.port import Output, PartitionLog

TOPIC = "news"


class Delivery(NamedTuple):
    """One event as an output gets it: its place, as it was encoded (JSON, UTF-8), and as it reads."""

    offset: int
    value: bytes
    event: NewsEvent


class PartitionOutput(Protocol):
    """One partition's place in an output. After any error: close it and open a new one.

    Raises TransientError while the output is away, Moved when another owner has fenced this one.
    """

    # How long what was added may wait to be committed together with more; 0 commits what each read brings.
    patience_seconds: float

    # Whether `fence` has found that the output lacks events before its position, such as when an older state of it was brought back.
    behind: bool

    async def fence(self) -> int | None:
        """Take the lease, finish what a former owner left half done, and say which offset comes next; None where none was ever written."""
        ...

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Write events, not for others to see yet. Refused: none of these was taken; alone it is the event's fault."""
        ...

    @property
    def full(self) -> bool:
        """Whether what was added should be committed now, whatever the patience."""
        ...

    async def commit(self, position: int, letters: Sequence[Output]) -> None:
        """All that was added and the position after it, at once or not at all; `letters` go to dead-letters before or with it."""
        ...

    async def close(self) -> None:
        """Let go, whatever state it is in; what was not committed is as if it had never been added."""
        ...


class OutputKind(NamedTuple):
    """An output that has been opened: its own id, how a person would name it, and each partition's place in it."""

    id: str
    name: str
    open: Callable[[PartitionLog, int], PartitionOutput]
