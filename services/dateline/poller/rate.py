"""How much a feed publishes: a count of new entries that fades by half every day, kept as a value and the time it held."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dateline.poller.quiet import first_rhythm, with_news

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dateline.events import FeedHints, FeedState
    from dateline.poller.document import Document

# Recency pays on news: a day beat a week and a month in our replay of real feeds (63 and 71 minutes' delay against 57).
HALF_LIFE_SECONDS = 86_400.0
# An entry that claims to be older than this says nothing about today.
_FORGOTTEN_SECONDS = 30 * HALF_LIFE_SECONDS


class Paced(NamedTuple):
    """The fields of a FeedState that follow from a document, named as there."""

    rate: float
    rate_at: int
    newest: int
    rhythm: str
    rhythm_since: int
    hints: FeedHints | None


def decayed(count: float, at: int, now: float) -> float:
    """What is left at `now` of a count that held at `at`, both Unix seconds; it never grows."""
    half_lives = min(max(now - at, 0.0) / HALF_LIFE_SECONDS, 1000.0)
    return count * float(0.5**half_lives)


def paced(before: FeedState, document: Document, new_entries: int, now: datetime) -> Paced:
    """What a document with so many new entries says about its feed's pace; apply it with `structs.replace(state, **paced._asdict())`.

    A first document is everything the feed holds, so its dates count and not its length. The rate is a value and its time:
    it fades by formula, and is only written when something new came. `now` is aware UTC.
    """
    moment = int(now.timestamp())
    dates = sorted(_past_dates(document, moment))
    latest = dates[-1] if dates else 0
    if not before.rate_at:
        rate = sum(decayed(1.0, date, moment) for date in dates)
        rhythm, since = first_rhythm(dates, now=moment)
        return Paced(round(rate, 3), moment, latest, rhythm, since, document.hints)
    if not new_entries:
        return Paced(before.rate, before.rate_at, max(before.newest, latest), before.rhythm, before.rhythm_since, document.hints)
    rate = decayed(before.rate, before.rate_at, moment) + new_entries
    rhythm, since = with_news(before.rhythm, before.rhythm_since, now=moment)
    return Paced(round(rate, 3), moment, moment, rhythm, since, document.hints)


def _past_dates(document: Document, now: int) -> Iterator[int]:
    """When entries were published, Unix seconds; dates ahead and those too old to matter are left out."""
    for parsed in document.entries:
        if parsed.published_at is not None:
            date = int(parsed.published_at.timestamp())
            if now - _FORGOTTEN_SECONDS < date <= now:
                yield date
