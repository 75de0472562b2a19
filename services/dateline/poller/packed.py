"""Many small messages in little memory: kept as bytes, fields by position, and unpacked on use."""

from __future__ import annotations

import base64
import binascii
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T", bound=msgspec.Struct)

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()
# Encoded here and copied to its length: an encoder's own result is cut from a larger block, and the rest of a million blocks is lost.
_buffer = bytearray()


class Kept(msgspec.Struct, gc=False):
    """What is kept under one key, packed; and the key, so that every table can hold the same object."""

    key: str
    feed: bytes | None = None
    state: bytes | None = None
    plan: bytes | None = None

    def is_empty(self) -> bool:
        """Whether nothing is kept any more."""
        return self.feed is None and self.state is None and self.plan is None


class Packed(MutableMapping[str, T], Generic[T]):
    """The messages of one type on a shelf of `Kept`, by key. What is taken out equals what was put in and is a fresh object.

    `place` is the field of `Kept`. `key_field` names a text that equals the key and is left out, `base64_field` one that is base64 and
    kept as the bytes it stands for. A message takes about half of its JSON, and nothing for the garbage collector to walk.
    """

    def __init__(
        self, shelf: dict[str, Kept], place: str, kind: type[T], *, key_field: str | None = None, base64_field: str | None = None
    ) -> None:
        self._shelf, self._place, self._kind = shelf, place, kind
        self._names = tuple(field.name for field in msgspec.structs.fields(kind))
        self._key_at = self._names.index(key_field) if key_field else None
        self._base64_at = self._names.index(base64_field) if base64_field else None
        self._count = 0

    def __getitem__(self, key: str) -> T:
        packed = self._packed(key)
        if packed is None:
            raise KeyError(key)
        values: list[Any] = _decoder.decode(packed)
        if self._key_at is not None and values[self._key_at] is None:
            values[self._key_at] = key
        if self._base64_at is not None and isinstance(values[self._base64_at], bytes):
            values[self._base64_at] = base64.b64encode(values[self._base64_at]).decode()
        return msgspec.convert(dict(zip(self._names, values, strict=True)), self._kind)

    def __setitem__(self, key: str, message: T) -> None:
        values = list(msgspec.structs.astuple(message))
        if self._key_at is not None and values[self._key_at] == key:
            values[self._key_at] = None
        if self._base64_at is not None:
            values[self._base64_at] = _as_bytes(values[self._base64_at])
        self._count += self._packed(key) is None
        kept = self._shelf.get(key)
        if kept is None:
            kept = self._shelf[key] = Kept(key)
        _encoder.encode_into(values, _buffer)
        setattr(kept, self._place, bytes(_buffer))

    def __delitem__(self, key: str) -> None:
        if self._packed(key) is None:
            raise KeyError(key)
        self._count -= 1
        setattr(self._shelf[key], self._place, None)
        if self._shelf[key].is_empty():
            del self._shelf[key]

    def __iter__(self) -> Iterator[str]:
        return (kept.key for kept in self._shelf.values() if getattr(kept, self._place) is not None)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._packed(key) is not None

    def _packed(self, key: str) -> bytes | None:
        kept = self._shelf.get(key)
        return None if kept is None else getattr(kept, self._place)


def _as_bytes(text: str) -> bytes | str:
    """What base64 stands for; the text itself where it is none, or none that comes back the same."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text
    return data if base64.b64encode(data).decode() == text else text
