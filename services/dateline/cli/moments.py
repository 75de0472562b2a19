"""Moments as they are given on the command line: a time, or how long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

_AGE = re.compile(r"-?(\d{1,9}(?:\.\d{1,6})?)([smhdw])", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
HELP = "a time as RFC 3339, or an age such as -2h (s, m, h, d or w)"


def read_when(text: str, now: datetime) -> datetime:
    """A time in UTC, from an RFC 3339 time (UTC where it names no zone) or an age before `now`; UsageError where it is neither."""
    age = _AGE.fullmatch(text.strip())
    try:
        if age is not None:
            return now - timedelta(seconds=float(age[1]) * _SECONDS[age[2].lower()])
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise click.UsageError(f"{text!r} is no moment: {HELP}") from error


def a_moment(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:  # noqa: ARG001 - click's signature
    """For an option: the text as it is, once it is known to name a moment, so that nobody is asked anything before."""
    if text is not None:
        read_when(text, datetime.now(UTC))
    return text


def milliseconds(moment: datetime) -> int:
    """Unix milliseconds, as records carry them; never before 1970."""
    return max(0, int(moment.timestamp() * 1000))
