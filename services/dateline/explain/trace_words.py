"""An article's way as lines for a person: what became of it first, then each step with its place and its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text as Line

from dateline.explain.trace import judge
from dateline.showable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dateline.explain.trace import Dead, Enriched, News, Order, Place, Poll, Raw, Sight, Story, Trace

__all__ = ["tell"]

STEP_COLUMNS = 12
_NOT_TOLD = "no longer told by the log"


def tell(trace: Trace, *, now: datetime, gap: bool = False) -> Iterator[Line]:
    """Headline, address and id, the verdict, the steps in the order of the flow, and notes. `now` is aware UTC."""
    verdict = judge(trace, now=now)
    if gap:
        yield Line("")
    yield Line(printable(_headline(trace)), style="bold")
    yield Line(printable(" · ".join(part for part in (_address(trace), trace.id) if part)), style="dim")
    yield Line("")
    yield Line(printable(f"{verdict.outcome.replace('_', ' ')}: {verdict.sentence}."), style="bold yellow")
    for note in verdict.notes:
        yield Line(printable(f"note: {note}."))
    yield Line("")
    yield from _steps(trace)


def _steps(trace: Trace) -> Iterator[Line]:
    for sight in trace.sights:
        yield _line("feed", _sight(sight))
    for raw in trace.raw:
        yield _line("poll", _poll(raw))
        yield _line("raw", _raw(raw))
    for enriched in trace.enriched:
        yield _line("enriched", _enriched(enriched))
    for story in trace.stories:
        yield _line("story", _story(story))
    for event in trace.news:
        yield _line("news", _news(event))
    for letter in trace.dead_letters:
        yield _line("dead letter", _dead(letter))
    for order in trace.orders:
        yield _line("order", _order(order))


def _line(step: str, said: str) -> Line:
    line = Line(f"{step:<{STEP_COLUMNS}}", style="cyan")
    return line.append(printable(said), style="default")


def _headline(trace: Trace) -> str:
    titles = [event.headline for event in reversed(trace.news)] + [raw.title for raw in reversed(trace.raw)]
    return next((title for title in titles if title), "(no headline)")


def _address(trace: Trace) -> str | None:
    links = [event.url for event in reversed(trace.news)] + [raw.link for raw in reversed(trace.raw)]
    return next((link for link in links if link), None)


def _sight(sight: Sight) -> str:
    owned = "publishes it" if sight.owned else "has seen it, another feed published it"
    title = f" ({sight.title})" if sight.title else ""
    poll = f"; {_polled(sight.last_poll)}" if sight.last_poll else "; not polled"
    error = f"; last error: {sight.error}" if sight.error else ""
    deleted = "; says that it deleted it" if sight.taken_back else ""
    seen = f"first seen {_at(sight.first_seen_at)}, revision {sight.revision}"
    return f"{sight.feed}{title} {owned}; {seen}{deleted}; {sight.state}{poll}{error}"


def _polled(poll: Poll) -> str:
    return f"last polled {_at(poll.at)}, next {_at(poll.next_at)} by rule {poll.next_by}"


def _poll(raw: Raw) -> str:
    if raw.poll is None:
        return f"{_at(raw.fetched_at)}  {raw.feed}; the rule that made it due is {_NOT_TOLD}"
    due = f"due by rule {raw.poll.due_by}" if raw.poll.due_by else f"what made it due is {_NOT_TOLD}"
    return f"{_at(raw.fetched_at)}  {raw.feed}; {due}; next {_at(raw.poll.next_at)} by rule {raw.poll.next_by}"


def _raw(raw: Raw) -> str:
    flags = f"; {', '.join(raw.flags)}" if raw.flags else ""
    return f"{_place(raw.place)}  revision {raw.revision}{'; with its page' if raw.has_page else ''}{flags}"


def _enriched(enriched: Enriched) -> str:
    language = enriched.language or "undetermined"
    return f"{_place(enriched.place)}  revision {enriched.revision}; {language}; {enriched.status}, relation {enriched.relation}"


def _story(story: Story) -> str:
    return f"{_place(story.place)}  revision {story.revision}; {_part(story)}; decided on offset {story.input_offset}"


def _news(event: News) -> str:
    publisher = f"; {event.publisher}" if event.publisher else ""
    return f"{_place(event.place)}  revision {event.revision}; {event.status}; {_part(event)}{publisher}"


def _part(one: Story | News) -> str:
    similarity = "" if one.similarity is None else f" ({one.similarity:.2f})"
    of = f" of {one.of}{similarity}" if one.of else ""
    return f"{one.role}{of} in story {one.story}, copies so far {one.copies}"


def _dead(letter: Dead) -> str:
    replays = f"; replayed {letter.replays} times before" if letter.replays else ""
    return f"{_place(letter.place)}  {letter.state}; from {letter.origin} by the {letter.service}; {letter.error}: {letter.reason}{replays}"


def _order(order: Order) -> str:
    return f"{_at(order.at)}  {order.kind} {order.subject}: {order.reason}"


def _place(place: Place) -> str:
    return f"{_at(place.at)}  {place.topic}/{place.partition} offset {place.offset}"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}Z" if moment.microsecond else f"{moment:%Y-%m-%d %H:%M:%SZ}"
