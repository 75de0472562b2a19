"""JSON Lines: one event a line, as it came."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import msgspec
import orjson

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dateline.export.output import Delivery


def one_line(value: bytes) -> bytes:
    """A JSON value in one line; line breaks between its parts are legal and taken out."""
    return orjson.dumps(orjson.loads(value)) if b"\n" in value or b"\r" in value else value


def lines(deliveries: Sequence[Delivery]) -> bytes:
    """Events as lines, each with its end."""
    return b"".join([one_line(delivery.value) + b"\n" for delivery in deliveries])


class JsonLinesFormat:
    """The format of a folder of JSON Lines."""

    suffix = "jsonl"

    def rows(self, deliveries: Sequence[Delivery]) -> bytes:
        """Events as they are written."""
        return lines(deliveries)

    def writer(self, stream: IO[bytes]) -> JsonLinesFile:
        """Writes one file."""
        return JsonLinesFile(stream)

    def holds(self, file: IO[bytes], ids: Collection[str]) -> bool:
        """Whether a file has copies of these articles, withdrawals aside."""
        return any(_is_copy(one, ids) for one in file)

    def without(self, file: IO[bytes], ids: Collection[str], stream: IO[bytes]) -> None:
        """Write a file's events anew without the copies of these articles."""
        for kept in file:
            if not _is_copy(kept, ids):
                stream.write(kept)


class JsonLinesFile:
    """Writes one file."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def add(self, rows: bytes) -> None:
        """Write rows."""
        self._stream.write(rows)

    def close(self) -> None:
        """All is written."""
        self._stream.close()


class _Copy(msgspec.Struct):
    """What tells whose copy a line is; the rest is not decoded."""

    id: str
    status: str


_copy = msgspec.json.Decoder(_Copy)


def _is_copy(one: bytes, ids: Collection[str]) -> bool:
    event = _copy.decode(one)
    return event.id in ids and event.status != "canceled"
