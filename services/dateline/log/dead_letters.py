"""A record that cannot be handled, as it goes to `dead-letters`: untouched, with the reason in Kafka Connect's header names.

Source of the names: Apache Kafka Connect, DeadLetterQueueReporter.
"""

from __future__ import annotations

import hashlib
import traceback
from typing import TYPE_CHECKING

from dateline.log.port import RECORD_BYTES, Output

if TYPE_CHECKING:
    from dateline.errors import RecordError
    from dateline.log.port import Record

TOPIC = "dead-letters"
PREFIX = "__connect.errors."
# All error headers together; a trace longer than this hides more than it shows.
ERROR_HEADERS_BYTES = 16 << 10
_MESSAGE_BYTES = 4 << 10
_TRACE_BYTES = 10 << 10
# What is kept of a value that does not fit a record again, beside its hash and where it came from.
KEPT_BYTES = 64 << 10


def dead_letter(record: Record, error: RecordError, *, service: str) -> Output:
    """The record as it is written to `dead-letters`: original key, value and headers, and why it is there."""
    value, cut = _kept(record)
    headers = tuple(record.headers) + tuple((PREFIX + name, text) for name, text in (*_reason(record, error, service), *cut))
    return Output(TOPIC, record.key, value, headers)


def _reason(record: Record, error: RecordError, service: str) -> list[tuple[str, bytes]]:
    cause = error.__cause__ or error
    trace = "".join(traceback.format_exception(cause))
    return [
        ("topic", record.topic.encode()),
        ("partition", str(record.partition).encode()),
        ("offset", str(record.offset).encode()),
        ("connector.name", service.encode()),
        ("task.id", str(record.partition).encode()),
        ("stage", error.stage.encode()),
        ("class.name", type(error).__name__.encode()),
        ("exception.class.name", f"{type(cause).__module__}.{type(cause).__qualname__}".encode()),
        ("exception.message", _clip(str(error) or str(cause), _MESSAGE_BYTES)),
        ("exception.stacktrace", _clip(trace, _TRACE_BYTES)),
    ]


def _kept(record: Record) -> tuple[bytes | None, list[tuple[str, bytes]]]:
    value = record.value
    if value is None or len(value) + len(record.key or b"") <= RECORD_BYTES:
        return value, []
    digest = hashlib.sha256(value).hexdigest()
    return value[:KEPT_BYTES], [("value.sha256", digest.encode()), ("value.bytes", str(len(value)).encode())]


def _clip(text: str, limit: int) -> bytes:
    encoded = text.encode("utf-8", "replace")
    return encoded if len(encoded) <= limit else encoded[:limit].decode("utf-8", "ignore").encode()
