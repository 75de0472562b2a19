"""What is shown to people: texts from outside that steer no terminal, numbers as times where they are any, and numbers of things."""

from __future__ import annotations

import re
from datetime import UTC, datetime

__all__ = ["counted", "moment", "printable"]

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def printable(text: str) -> str:
    """Sign for sign what a terminal may be given: no control characters, no line breaks."""
    return _CONTROL.sub(lambda found: " " if found[0].isspace() else "\ufffd", text)


def counted(number: int, noun: str, many: str | None = None) -> str:
    """`1 worker`, `2,000 workers`; `many` where that is not the noun with an s."""
    return f"{number:,} {noun if number == 1 else many or f'{noun}s'}"


def moment(seconds: float | None) -> datetime | None:
    """Unix seconds as aware UTC; null for null, and for a number that is no time."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
