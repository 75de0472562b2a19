"""One article for `dateline explain`: from a file, standard input, an address, or the log."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import orjson

from dateline.cli.documents import fetch
from dateline.cli.filters import LINE_BYTES, decoded, read_lines
from dateline.cli.progress import progress
from dateline.cli.reading import is_file, too_long
from dateline.enricher.enrich import enrich
from dateline.enricher.record import ENRICHED
from dateline.errors import BadInput, DatelineError, RecordError
from dateline.events import UNREADABLE, EnrichedArticle, RawArticle, decode
from dateline.poller.document import Limits
from dateline.poller.identity import without_secrets
from dateline.poller.sources import Source, read_source
from dateline.showable import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dateline.enricher.agencies import Agencies
    from dateline.settings import KafkaSettings, PollerSettings

__all__ = ["Found", "Reading", "look_up", "read_article"]

# An article's id is the first thing in its record.
ID_BYTES = 80


class Reading(NamedTuple):
    """How sources are read and articles enriched: `now` is aware UTC, `url` the address that a file came from."""

    poller: PollerSettings
    agencies: Agencies
    now: datetime
    url: str | None = None


class Found(NamedTuple):
    """One article, and how many articles its source holds."""

    article: EnrichedArticle
    articles: int


def read_article(name: str, reading: Reading, entry: int | None = None) -> Found:
    """An article of a file, of standard input (`-`) or at an address; `entry` counts from 1, the first where it is null.

    BadInput and FetchError say what is wrong.
    """
    try:
        with _opened(name, reading) as (stream, source):
            return _read(stream, source, reading, entry or 1)
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror}") from error
    except (BadInput, RecordError) as error:
        raise BadInput(f"{without_secrets(name)}: {error}") from error


@contextmanager
def _opened(name: str, reading: Reading) -> Iterator[tuple[BinaryIO, Source]]:
    if name == "-":
        yield sys.stdin.buffer, Source(name, reading.url)
    elif is_file(name):
        with Path(name).open("rb") as file:
            yield file, Source(name, reading.url)
    else:
        body, source = fetch(reading.poller, None, name)
        yield io.BytesIO(body), source


def _read(stream: BinaryIO, source: Source, reading: Reading, entry: int) -> Found:
    """Articles line by line where the first line is one; else one article as a document, or what a document holds."""
    first = b"" if source.name.lower().endswith(".txt") else _first_line(stream)
    if (kind := _kind_of(first)) is not None:
        return _of_lines(first, stream, kind, reading, entry)
    body = first + stream.read(reading.poller.max_body_bytes + 1)
    if len(body) > reading.poller.max_body_bytes:
        raise too_long(reading.poller.max_body_bytes)
    if (kind := _kind_of(body)) is not None:
        return _of_lines(orjson.dumps(orjson.loads(body)), io.BytesIO(), kind, reading, entry)
    articles = read_source(body, source, now=reading.now, limits=Limits.of(reading.poller)).articles
    return Found(enrich(articles[_place(entry, len(articles))], reading.agencies), len(articles))


def _first_line(stream: BinaryIO) -> bytes:
    line = stream.readline(LINE_BYTES + 1)
    while line and not line.strip():
        line = stream.readline(LINE_BYTES + 1)
    return line


def _kind_of(document: bytes) -> type[RawArticle | EnrichedArticle] | None:
    """Which of the two a JSON document means to be, by the fields that only it has; BadInput where it is what came of one."""
    if document.lstrip()[:1] != b"{":
        return None
    try:
        keys = orjson.loads(document).keys()
    except orjson.JSONDecodeError:
        return None
    if {"id", "entry", "feed"} <= keys:
        return RawArticle
    if {"id", "headline", "attribution_status"} <= keys:
        raise BadInput(f"is an event of news; explain its article: dateline explain {orjson.loads(document)['id']!s:.40}")
    return EnrichedArticle if {"id", "text", "attribution"} <= keys else None


def _of_lines(first: bytes, rest: BinaryIO, kind: type[RawArticle | EnrichedArticle], reading: Reading, entry: int) -> Found:
    wanted, count = first, 1
    for line in read_lines(rest):
        count += bool(line.strip())
        if count == entry and line.strip():
            wanted = line
    _place(entry, count)
    article = decoded(wanted, kind)
    return Found(article if isinstance(article, EnrichedArticle) else enrich(article, reading.agencies), count)


def _place(entry: int, count: int) -> int:
    if not count:
        raise BadInput("holds no article")
    if entry > count:
        raise BadInput(f"holds {counted(count, 'article')}, so there is no entry {entry}")
    return entry - 1


async def look_up(settings: KafkaSettings, identity: str) -> EnrichedArticle:
    """The newest revision of an article in `articles.enriched`, which is read once as it is now; DatelineError where it is not there.

    The topic is keyed by language group, so that nothing but reading it finds an article: of newer records with the same revision
    the later one counts.
    """
    from dateline.log.client import Cluster
    from dateline.log.reading import read_each

    cluster, needle = Cluster(settings), identity.encode()
    newest: EnrichedArticle | None = None
    read = 0
    with progress(f"searching {cluster.topic(ENRICHED)}", "records") as shown:
        async for record in read_each(cluster, ENRICHED, told=shown.told):
            read += 1
            if needle in (record.value or b"")[:ID_BYTES] and (article := _article(record.value)) is not None:
                newest = article if newest is None or article.revision.number >= newest.revision.number else newest
    if newest is None:
        raise DatelineError(f"no article {identity} among the {read:,} records of {cluster.topic(ENRICHED)}, which are kept for 7 days")
    return newest


def _article(value: bytes | None) -> EnrichedArticle | None:
    try:
        return decode(value, EnrichedArticle)
    except UNREADABLE:
        return None
