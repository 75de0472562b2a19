"""Commands about the log: topics, offsets, tap."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from dateline.cli.cluster import cluster_of_settings
from dateline.cli.match import match_option
from dateline.cli.moments import HELP as MOMENT
from dateline.cli.moments import milliseconds, read_when
from dateline.cli.show import json_option, say, show_json, show_table
from dateline.errors import Unmatchable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from dateline.export.match import Match
    from dateline.log.client import Cluster
    from dateline.log.port import Record


@click.command()
@click.option("--apply", "apply_", is_flag=True, help="Create what is missing.")
@json_option
def topics(*, apply_: bool, as_json: bool) -> None:
    """Show wanted topics against actual ones; --apply creates what is missing."""
    from dateline.log import topics as log_topics

    cluster = cluster_of_settings()
    if apply_:
        for name in asyncio.run(log_topics.apply(cluster)):
            say(f"created {cluster.topic(name)}")
    states = asyncio.run(log_topics.describe(cluster))
    rows = [
        (
            cluster.topic(state.wanted.name),
            state.wanted.partitions,
            state.partitions,
            _verdict(state),
            state.wanted.config.get("cleanup.policy"),
        )
        for state in states
    ]
    columns = ("topic", "wanted", "actual", "state", "cleanup")
    if as_json:
        show_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        show_table(columns, rows, empty="no topics")


def _verdict(state: Any) -> str:
    if state.refusal:
        return str(state.refusal)
    if state.partitions is None:
        return "missing"
    return "ok" if state.partitions == state.wanted.partitions else "differs"


@click.group()
def offsets() -> None:
    """Show or set where a service stands."""


READERS = {"poller": "feeds", "enricher": "articles.raw", "sink": "articles.enriched", "canceler": "withdrawals"}


@offsets.command("show")
@json_option
def show_offsets(*, as_json: bool) -> None:
    """Show where each service stands in its topic, and how many records wait."""
    from dateline.log import topics as log_topics

    async def gather() -> list[dict[str, Any]]:
        cluster, rows = cluster_of_settings(), []
        for service, topic in READERS.items():
            ends = await log_topics.positions_at(cluster, topic, None, latest=True)
            committed = await log_topics.offsets(cluster, service, topic, list(ends))
            rows += [
                {
                    "service": service,
                    "topic": cluster.topic(topic),
                    "partition": partition,
                    "committed": committed[partition],
                    "end": end,
                    "lag": None if committed[partition] is None else end - (committed[partition] or 0),
                }
                for partition, end in ends.items()
            ]
        return rows

    rows = asyncio.run(gather())
    if as_json:
        show_json(rows)
    else:
        show_table(tuple(rows[0]), [tuple(row.values()) for row in rows], empty="no offsets")


@offsets.command("set")
@click.argument("service", type=click.Choice([service for service in READERS if service != "poller"]))
@click.option("--to", "to", required=True, metavar="earliest|latest|TIME|AGE", help=f"Where to go on; {MOMENT}.")
@click.option("--partition", "partitions", multiple=True, type=click.IntRange(0), help="Only this partition; may be given more than once.")
def set_command(service: str, to: str, partitions: tuple[int, ...]) -> None:
    """Set where a stopped service goes on.

    The poller has no such place: whenever it starts, it reads all feeds and what it knows of them.
    """
    from dateline.log import topics as log_topics

    cluster, topic = cluster_of_settings(), READERS[service]
    positions = asyncio.run(log_topics.positions_at(cluster, topic, _moment_ms(to), latest=to == "latest"))
    unknown = sorted(set(partitions) - set(positions))
    if unknown:
        raise click.UsageError(f"{cluster.topic(topic)} has no partition {', '.join(map(str, unknown))}")
    chosen = {partition: offset for partition, offset in positions.items() if not partitions or partition in partitions}
    asyncio.run(log_topics.set_offsets(cluster, service, topic, chosen))
    for partition, offset in chosen.items():
        say(f"{cluster.group(service)} {cluster.topic(topic)}/{partition} set to {offset}")


def _moment_ms(text: str) -> int | None:
    """Unix milliseconds of a time or an age; None for earliest and latest."""
    return None if text in ("earliest", "latest") else milliseconds(read_when(text, datetime.now(UTC)))


@click.command()
@click.argument("topic")
@click.option("--from", "start", default="now", show_default=True, metavar="now|earliest|TIME|AGE", help=f"Where to begin; {MOMENT}.")
@click.option("--until", "--to", "until", metavar="now|TIME|AGE", help="Where to end; without it, the command follows the topic.")
@match_option
@click.option("--limit", type=click.IntRange(1), help="Stop after this many records.")
def tap(topic: str, start: str, until: str | None, match: Match, limit: int | None) -> None:
    """Print the records of a topic as they come.

    TOPIC is a name without the prefix, such as news. Each line is a JSON object with the record's place, key, headers and value. Times
    are those of the records, which are when they were written.

    \b
    The last two hours:  dateline tap news --from -2h --until now
    An hour of a day:    dateline tap news --from 2026-01-31T12:00:00Z --until 2026-01-31T13:00:00Z
    """  # noqa: D301 - click's mark for lines that stay as they are
    asyncio.run(_tap(topic, start, until, match, limit))


async def _tap(topic: str, start: str, until: str | None, match: Match, limit: int | None) -> None:
    cluster, seen = cluster_of_settings(), 0
    records = await _records(cluster, topic, start, until)
    try:
        async for record in records:
            value = _value(record)
            if not _wanted(match, value, record):
                continue
            sys.stdout.buffer.write(_line(record, value))
            sys.stdout.buffer.flush()
            seen += 1
            if limit is not None and seen >= limit:
                return
    finally:
        await records.aclose()


async def _records(cluster: Cluster, topic: str, start: str, until: str | None) -> AsyncGenerator[Record]:
    """The records from one moment to another, or from then on and as they come."""
    from dateline.log.topics import positions_at
    from dateline.log.visit import follow

    now = datetime.now(UTC)
    begin = now if start == "now" else None if start in ("earliest", "latest") else read_when(start, now)
    end = None if until is None else now if until == "now" else read_when(until, now)
    if begin is not None and end is not None and end < begin:
        raise click.UsageError(f"--until {until} is before --from {start}")
    ends = await positions_at(cluster, topic, None, latest=True) if until == "now" else None
    if end is not None and end < now:
        ends = await positions_at(cluster, topic, milliseconds(end))
    positions = None if start in ("now", "latest") else await positions_at(cluster, topic, None if begin is None else milliseconds(begin))
    follows_until = None if end is None or ends is not None else (end - now).total_seconds()
    return follow(cluster, topic, positions, ends=ends, seconds=follows_until)


def _wanted(match: Match, value: Any, record: Record) -> bool:
    """Whether a record is to be printed; one at which a pattern takes too long is named and passed over."""
    try:
        # What is no JSON object is a text.
        return match(value if isinstance(value, dict) else {"body": value})
    except Unmatchable as error:
        say(f"dateline: {record.topic}/{record.partition} offset {record.offset}: {error}")
        return False


def _value(record: Record) -> Any:
    """A record's value as JSON, else as text."""
    import orjson

    if record.value is None:
        return None
    try:
        return orjson.loads(record.value)
    except orjson.JSONDecodeError:
        return _text(record.value)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def _line(record: Record, value: Any) -> bytes:
    import orjson

    shown = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": _text(record.key),
        "headers": _headers(record.headers),
        "value": value,
    }
    try:
        return orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # what is nested deeply can be read, and not written again
        return orjson.dumps(shown | {"value": _text(record.value)}, option=orjson.OPT_APPEND_NEWLINE)


def _headers(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str | None]:
    return {name: _text(value) for name, value in headers}
