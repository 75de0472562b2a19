"""Parquet files of events: a column for each field of a NewsEvent, nested as it is, compressed with zstd.

Types come from events.py, so that a field that is added there is a column here.
"""

from __future__ import annotations

import types
import typing
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import msgspec

from dateline.errors import Refused
from dateline.events import NewsEvent
from dateline.export.extras import needed
from dateline.export.jsonl import one_line

with needed("parquet", "pyarrow"):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.json as pa_json
    import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dateline.export.output import Delivery

# Of columns in memory, about a quarter of it on disk: large enough to be read in one sweep, small enough that many can be open.
ROW_GROUP_BYTES = 16 << 20
# zstd's own default; higher levels cost twice the time for a twentieth of the size.
COMPRESSION_LEVEL = 3
_SIMPLE = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), datetime: pa.timestamp("us", "UTC")}


def columns() -> pa.Schema:
    """A column for each field of a NewsEvent."""
    return pa.schema(list(_arrow_type(NewsEvent)))


def _arrow_type(kind: Any) -> pa.DataType:
    """The type of a column for a type of ours; null is always possible, so it is not said."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (one for one in get_args(kind) if one is not types.NoneType)
        return _arrow_type(inner)
    if origin is list:
        return pa.list_(_arrow_type(get_args(kind)[0]))
    if origin is Literal:
        return pa.string()
    if issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind)
        return pa.struct([pa.field(field.encode_name, _arrow_type(hints[field.name])) for field in msgspec.structs.fields(kind)])
    return _SIMPLE[kind]


COLUMNS = columns()
_PARSE = pa_json.ParseOptions(explicit_schema=COLUMNS, unexpected_field_behavior="ignore")


class ParquetFormat:
    """The format of a folder of Parquet files."""

    suffix = "parquet"

    def rows(self, deliveries: Sequence[Delivery]) -> pa.Table:
        """Events as columns; Refused where one does not fit them."""
        lines = b"\n".join([one_line(delivery.value) for delivery in deliveries])
        read = pa_json.ReadOptions(use_threads=False, block_size=len(lines) + 1)
        try:
            return pa_json.read_json(pa.BufferReader(lines), read_options=read, parse_options=_PARSE)
        except pa.ArrowInvalid as error:
            raise Refused(f"does not fit the columns: {error}") from error

    def writer(self, stream: IO[bytes]) -> ParquetFile:
        """Writes one file."""
        return ParquetFile(stream, COLUMNS)

    def holds(self, file: IO[bytes], ids: Collection[str]) -> bool:
        """Whether a file has copies of these articles, withdrawals aside; only the columns that tell are read."""
        found = pq.ParquetFile(file).read(columns=["id", "status"])
        return bool(pc.any(_copies(found, ids)).as_py())

    def without(self, file: IO[bytes], ids: Collection[str], stream: IO[bytes]) -> None:
        """Write a file's events anew without the copies of these articles."""
        before = pq.ParquetFile(file)
        # Its own columns: it may have been written by an older version.
        writer = ParquetFile(stream, before.schema_arrow)
        for number in range(before.num_row_groups):
            group = before.read_row_group(number)
            writer.add(group.filter(pc.invert(_copies(group, ids))))
        writer.close()


class ParquetFile:
    """Writes one file, a row group whenever there is enough for one."""

    def __init__(self, stream: IO[bytes], schema: pa.Schema) -> None:
        self._stream = stream
        self._writer = pq.ParquetWriter(stream, schema, compression="zstd", compression_level=COMPRESSION_LEVEL)
        self._waiting: list[pa.Table] = []
        self._bytes = 0

    def add(self, rows: pa.Table) -> None:
        """Write rows."""
        self._waiting.append(rows)
        self._bytes += rows.nbytes
        if self._bytes >= ROW_GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """All is written."""
        self._flush()
        self._writer.close()
        self._stream.close()

    def _flush(self) -> None:
        if self._waiting:
            table = pa.concat_tables(self._waiting)
            self._writer.write_table(table, row_group_size=max(1, len(table)))
        self._waiting, self._bytes = [], 0


def _copies(table: pa.Table, ids: Collection[str]) -> pa.ChunkedArray:
    return pc.and_(pc.is_in(table["id"], pa.array(sorted(ids), pa.string())), pc.not_equal(table["status"], "canceled"))
