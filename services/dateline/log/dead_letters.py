"""A record that cannot be handled, as it goes to `dead-letters`: untouched, with the reason in Kafka Connect's header names.

Source of the names: Apache Kafka Connect, DeadLetterQueueReporter.
"""

from __future__ import annotations

import hashlib
import traceback
from typing import TYPE_CHECKING

from dateline.errors import RaisedElsewhere
from dateline.log.port import RECORD_BYTES, Output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dateline.errors import RecordError
    from dateline.log.port import Record

TOPIC = "dead-letters"
PREFIX = "__connect.errors."
# All error headers together; a trace longer than this hides more than it shows.
ERROR_HEADERS_BYTES = 16 << 10
_MESSAGE_BYTES = 4 << 10
_TRACE_BYTES = 10 << 10
# What is kept of a value that does not fit a record again, beside its hash and where it came from; no key is longer either.
KEPT_BYTES = 64 << 10
# Original headers kept; with the error headers they stay under what the log takes of headers.
ORIGINAL_HEADERS_BYTES = 16 << 10


def dead_letter(record: Record, error: RecordError, *, service: str) -> Output:
    """The record as it is written to `dead-letters`: original key, value and headers, and why it is there.

    Whatever does not fit is cut: a dead letter that the log refused would hold up its partition for ever.
    """
    key, key_cut = _kept("key", record.key, KEPT_BYTES)
    value, value_cut = _kept("value", record.value, RECORD_BYTES - len(key or b""))
    reason = (*_reason(record, error, service), *key_cut, *value_cut)
    return Output(TOPIC, key, value, (*_original_headers(record), *((PREFIX + name, text) for name, text in reason)))


# By which name an error goes in the headers of what it has set aside.
ERROR_NAME = PREFIX + "class.name"


def refused_output(output: Output, error: RecordError, *, service: str, partition: int) -> Output:
    """An output that the broker takes in no transaction, as a dead letter: its beginning, its hash, and whose it was."""
    value = output.value or b""
    digest = hashlib.sha256(value).hexdigest()
    reason = [
        ("topic", output.topic.encode()),
        ("connector.name", service.encode()),
        ("task.id", str(partition).encode()),
        ("stage", error.stage.encode()),
        ("class.name", type(error).__name__.encode()),
        ("exception.message", _clip(str(error), _MESSAGE_BYTES)),
        ("value.sha256", digest.encode()),
        ("value.bytes", str(len(value)).encode()),
    ]
    headers = (*output.headers, *((PREFIX + name, text) for name, text in reason))
    return Output(TOPIC, output.key, value[:KEPT_BYTES], headers)


def _reason(record: Record, error: RecordError, service: str) -> list[tuple[str, bytes]]:
    cause = error.__cause__ or error
    name, trace = _told(cause)
    return [
        ("topic", record.topic.encode()),
        ("partition", str(record.partition).encode()),
        ("offset", str(record.offset).encode()),
        ("connector.name", service.encode()),
        ("task.id", str(record.partition).encode()),
        ("stage", error.stage.encode()),
        ("class.name", type(error).__name__.encode()),
        ("exception.class.name", name.encode()),
        ("exception.message", _clip(str(error) or str(cause), _MESSAGE_BYTES)),
        ("exception.stacktrace", _clip(trace, _TRACE_BYTES)),
    ]


def _told(cause: BaseException) -> tuple[str, str]:
    """The full name of an exception's class, and its traceback."""
    if isinstance(cause, RaisedElsewhere):
        return cause.name, cause.trace
    return f"{type(cause).__module__}.{type(cause).__qualname__}", "".join(traceback.format_exception(cause))


def _kept(part: str, content: bytes | None, limit: int) -> tuple[bytes | None, list[tuple[str, bytes]]]:
    """The key or value as it is, or its beginning and what tells of the rest."""
    if content is None or len(content) <= limit:
        return content, []
    digest = hashlib.sha256(content).hexdigest()
    return content[:KEPT_BYTES], [(f"{part}.sha256", digest.encode()), (f"{part}.bytes", str(len(content)).encode())]


def _original_headers(record: Record) -> Iterator[tuple[str, bytes]]:
    """The headers that came with the record, as far as there is room."""
    room = ORIGINAL_HEADERS_BYTES
    for name, value in record.headers:
        # Kafka knows headers without a value, though nobody of ours writes one.
        room -= len(name.encode()) + len(value or b"")
        if room < 0:
            return
        yield name, value


def _clip(text: str, limit: int) -> bytes:
    encoded = text.encode("utf-8", "replace")
    return encoded if len(encoded) <= limit else encoded[:limit].decode("utf-8", "ignore").encode()
