"""Commands about records that could not be handled."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import click

from dateline.cli.cluster import cluster_of_settings
from dateline.cli.moments import HELP as MOMENT
from dateline.cli.moments import a_moment
from dateline.cli.show import json_option, say, show_json, show_table
from dateline.showable import counted, moment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from dateline.log.client import Cluster
    from dateline.log.letters import Letter, Spot
    from dateline.log.port import Output, Record

    Write = Callable[[Sequence[Output]], Awaitable[None]]

# Written together: few enough for a transaction's deadline, whatever the records weigh.
AT_ONCE, AT_ONCE_BYTES = 200, 4 << 20
# Who writes to `dead-letters` beside the services; one at a time.
LEASE = "dead-letters"
# So many are named before one is asked; the rest are counted.
NAMED = 10


@click.group("dead-letters")
def dead_letters() -> None:
    """List, show, replay and discard records that could not be handled."""


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose letters."""
    options = (
        click.option("--topic", help="Only from a topic whose name holds this, such as articles.raw."),
        click.option("--service", help="Only set aside by this service."),
        click.option("--error", help="Only with an error whose class holds this, such as Undecodable."),
        click.option("--reason", help="Only with a reason that holds this text, in any case."),
        click.option("--since", callback=a_moment, metavar="TIME|AGE", help=f"Only set aside since then: {MOMENT}."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@dead_letters.command("list")
@_filters
@click.option("--all", "all_", is_flag=True, help="Those that were replayed or discarded too.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="The latest so many.")
@json_option
def list_command(*, all_: bool, limit: int, as_json: bool, **wanted: str | None) -> None:
    """List what waits for a decision, the latest last.

    Example: dateline dead-letters list --error Undecodable --since -1d
    """
    every = _chosen(asyncio.run(_letters(cluster_of_settings())), (), wanted)
    listed = [letter for letter in every if all_ or letter.state == "waiting"]
    shown = listed[-limit:]
    if as_json:
        show_json([_described(letter) for letter in shown])
        return
    columns = ("letter", "set aside", "from", "by", "error", "replays", "state", "reason")
    show_table(columns, [_row(letter) for letter in shown], empty="no dead letters" + ("" if all_ else " that wait for a decision"))
    if len(listed) > len(shown):
        say(f"{len(listed) - len(shown):,} earlier ones are not shown; see --limit")


@dead_letters.command("show")
@click.argument("name", metavar="LETTER")
@json_option
def show_command(name: str, *, as_json: bool) -> None:
    """Show one with its headers, its error's trace and the beginning of its value; LETTER is PARTITION/OFFSET."""
    from dateline.errors import BadInput
    from dateline.log.letters import spot_of

    spot = spot_of(name)
    letters, record = asyncio.run(_one(cluster_of_settings(), spot))
    if record is None:
        raise BadInput(f"there is no dead letter {spot}; see: dateline dead-letters list")
    described = _described(letters[spot]) | _content(record)
    if as_json:
        show_json(described)
        return
    trace = described.pop("trace")
    width = max(map(len, described))
    for field, value in described.items():
        say(f"{field.replace('_', ' '):<{width}}  {'' if value is None else value}", err=False)
    for line in (trace or "").splitlines():
        say(line, err=False)


@dead_letters.command("replay")
@click.argument("names", nargs=-1, metavar="[LETTER...]")
@_filters
@click.option("--every", "every", is_flag=True, help="All that wait, as far as the options choose.")
@click.option("--force", is_flag=True, help="Also what came back dead, and of those named what is done with already.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def replay_command(names: tuple[str, ...], *, every: bool, force: bool, yes: bool, **wanted: str | None) -> int:
    """Put records back to their topic as they came, with a header that counts.

    A record that comes back dead is not replayed again without --force, so that nothing goes round. Mend the cause first.

    \b
    One:       dateline dead-letters replay 3/17
    A kind:    dateline dead-letters replay --error WorkerEnded --since -2h --yes
    """  # noqa: D301 - click's mark for lines that stay as they are
    return asyncio.run(_decide("replayed", _named(names, wanted, every=every), wanted, force=force, yes=yes))


@dead_letters.command("discard")
@click.argument("names", nargs=-1, metavar="[LETTER...]")
@_filters
@click.option("--every", "every", is_flag=True, help="All that wait, as far as the options choose.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def discard_command(names: tuple[str, ...], *, every: bool, yes: bool, **wanted: str | None) -> int:
    """Mark records as done with, so that they are listed no more; they stay in the topic for its 30 days.

    Example: dateline dead-letters discard 3/17 3/18
    """
    return asyncio.run(_decide("discarded", _named(names, wanted, every=every), wanted, force=False, yes=yes))


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _letters(cluster: Cluster) -> list[Letter]:
    from dateline.cli.progress import progress
    from dateline.log.dead_letters import TOPIC
    from dateline.log.letters import Letters
    from dateline.log.reading import read_each

    book = Letters(cluster.settings.topic_prefix)
    with progress("reading dead letters", "records") as shown:
        async for record in read_each(cluster, TOPIC, told=shown.told):
            book.apply(record)
    return book.every()


async def _one(cluster: Cluster, spot: Spot) -> tuple[dict[Spot, Letter], Record | None]:
    from dateline.log.dead_letters import TOPIC
    from dateline.log.letters import Letters
    from dateline.log.reading import read_each

    book, wanted = Letters(cluster.settings.topic_prefix), None
    async for record in read_each(cluster, TOPIC, partitions={spot.partition}):
        book.apply(record)
        if record.offset == spot.offset and book.get(spot) is not None:
            wanted = record
    letter = book.get(spot)
    return ({} if letter is None else {spot: letter}), wanted


def _chosen(letters: Sequence[Letter], spots: Sequence[Spot], wanted: Mapping[str, str | None]) -> list[Letter]:
    from dateline.cli.moments import milliseconds, read_when
    from dateline.log.letters import chosen

    fields = {name: text for name, text in wanted.items() if name != "since"}
    since = wanted.get("since")
    since_ms = 0 if since is None else milliseconds(read_when(since, datetime.now(UTC)))
    return [letter for letter in chosen(letters, spots, **fields) if letter.at_ms >= since_ms]


def _named(names: tuple[str, ...], wanted: Mapping[str, str | None], *, every: bool) -> list[Spot]:
    """The letters that are named; UsageError where neither these nor anything else says which."""
    from dateline.log.letters import spot_of

    if not names and not every and not any(wanted.values()):
        raise click.UsageError("which? Name some as PARTITION/OFFSET, choose with --topic, --error, …, or take --every")
    return [spot_of(name) for name in names]


# ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _decide(
    state: Literal["replayed", "discarded"], spots: Sequence[Spot], wanted: Mapping[str, str | None], *, force: bool, yes: bool
) -> int:
    """Replay or discard what is chosen: 1. take the lease  2. read  3. ask  4. write, a few at a time, each few as a whole."""
    from dateline.log.visit import lease

    cluster = cluster_of_settings()
    async with lease(cluster, LEASE) as write:  # 1
        letters = await _letters(cluster)  # 2
        _refuse_unknown(spots, letters)
        found = _chosen(letters, spots, wanted)
        if not spots:
            found = [letter for letter in found if letter.state == "waiting"]
        taken, refused = _sorted(state, found, force=force)
        for letter, reason in refused:
            say(f"dateline: {letter.spot} {reason}")
        if not taken:
            say(f"nothing is {state}")
            return 1 if refused else 0
        if not yes:
            _confirm(taken, state)  # 3
        await _write_all(cluster, taken, state, write)  # 4
    say(f"{len(taken):,} {state}")
    return 1 if refused else 0


def _refuse_unknown(spots: Sequence[Spot], letters: Sequence[Letter]) -> None:
    from dateline.errors import BadInput

    unknown = set(spots) - {letter.spot for letter in letters}
    if unknown:
        raise BadInput(f"no such dead letter: {', '.join(map(str, sorted(unknown)))}; see: dateline dead-letters list --all")


def _sorted(state: str, found: Sequence[Letter], *, force: bool) -> tuple[list[Letter], list[tuple[Letter, str]]]:
    """What may be done, and what not with the reason."""
    from dateline.log.letters import refusal

    if state == "discarded":
        done = [(letter, f"was {letter.state} before") for letter in found if letter.state != "waiting"]
        return [letter for letter in found if letter.state == "waiting"], done
    judged = [(letter, refusal(letter, force=force)) for letter in found]
    return [letter for letter, reason in judged if reason is None], [(letter, reason) for letter, reason in judged if reason is not None]


def _confirm(taken: Sequence[Letter], state: str) -> None:
    verb = "Replay" if state == "replayed" else "Discard"
    if not sys.stdin.isatty():
        raise click.UsageError(f"{verb.lower()} {counted(len(taken), 'record')}? With nobody to ask, add --yes")
    for letter in taken[:NAMED]:
        say(f"  {letter.spot}  from {letter.origin}, {letter.error}: {letter.reason[:100]}")
    if len(taken) > NAMED:
        say(f"  and {len(taken) - NAMED:,} more")
    click.confirm(f"{verb} {len(taken):,}?", abort=True, err=True)


async def _write_all(cluster: Cluster, taken: Sequence[Letter], state: Literal["replayed", "discarded"], write: Write) -> None:
    from dateline.log.letters import marker

    if state == "discarded":
        for start in range(0, len(taken), AT_ONCE):
            await write([marker(letter, state) for letter in taken[start : start + AT_ONCE]])
        return
    await _replay_all(cluster, {letter.spot: letter for letter in taken}, write)


async def _replay_all(cluster: Cluster, taken: Mapping[Spot, Letter], write: Write) -> None:
    """Each record and its marker in one transaction; values are read again, so that few are held at once."""
    from dateline.cli.progress import progress
    from dateline.log.dead_letters import TOPIC
    from dateline.log.letters import REPLAYABLE, Spot, marker, replayed
    from dateline.log.reading import read_each
    from dateline.log.visit import partitions_of

    counts = {topic: await partitions_of(cluster, topic) for topic in REPLAYABLE}
    waiting: list[Output] = []
    with progress("replaying", "records") as shown:
        async for record in read_each(cluster, TOPIC, partitions={spot.partition for spot in taken}, told=shown.told):
            letter = taken.get(Spot(record.partition, record.offset))
            if letter is None:
                continue
            waiting += [replayed(record, letter, counts), marker(letter, "replayed")]
            if len(waiting) >= AT_ONCE or sum(len(output.value or b"") for output in waiting) >= AT_ONCE_BYTES:
                await write(waiting)
                waiting = []
    if waiting:
        await write(waiting)


# ── showing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _row(letter: Letter) -> tuple[Any, ...]:
    reason = letter.reason
    shortened = reason if len(reason) <= 100 else reason[:99] + "…"  # noqa: PLR2004 - a line of a terminal
    return letter.spot, _time(letter.at_ms), letter.origin, letter.service, letter.error, letter.replays or None, letter.state, shortened


def _described(letter: Letter) -> dict[str, Any]:
    return {
        "letter": str(letter.spot),
        "state": letter.state,
        "set_aside_at": _time(letter.at_ms),
        "key": None if letter.key is None else letter.key.decode("utf-8", "replace"),
        "value_bytes": letter.value_bytes,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "service": letter.service,
        "stage": letter.stage,
        "error": letter.error,
        "exception": letter.exception,
        "reason": letter.reason,
        "attempts": letter.replays + 1,
        "replays": letter.replays,
        "cut": letter.cut,
    }


def _content(record: Record) -> dict[str, Any]:
    """The headers that came with the record, its value's beginning, and the trace of its error."""
    from dateline.log.dead_letters import PREFIX

    named = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
    return {
        "headers": {name: text for name, text in named.items() if not name.startswith(PREFIX)},
        "value": (record.value or b"")[:2000].decode("utf-8", "replace"),
        "trace": named.get(f"{PREFIX}exception.stacktrace"),
    }


def _time(at_ms: int) -> str | None:
    at = moment(at_ms / 1000)
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")
