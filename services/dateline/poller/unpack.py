"""Bodies as sent, unpacked by us: never more memory than allowed, however small the bomb."""

from __future__ import annotations

import zlib
from typing import Protocol

from dateline.errors import FetchError

ACCEPT_ENCODING = "gzip, deflate"
_GZIP_OR_ZLIB = 47  # 32 (either header, by what it says) + 15 (largest window)
_RAW_DEFLATE = -15
_GZIP_MAGIC = b"\x1f\x8b"


class Unpacker(Protocol):
    """Takes a body piece by piece; FetchError where it is broken or grows beyond its limit."""

    def feed(self, piece: bytes) -> None:
        """Take the next piece as sent."""
        ...

    def finish(self) -> bytes:
        """The whole body, after its last piece."""
        ...


def unpacker(content_encoding: str | None, *, most_bytes: int) -> Unpacker:
    """The unpacker for a Content-Encoding; FetchError where it is one we did not offer."""
    match (content_encoding or "").strip().lower():
        case "" | "identity":
            return _Plain(most_bytes)
        case "gzip" | "x-gzip" | "deflate":
            return _Deflated(most_bytes)
        case other:
            raise FetchError("encoding", f"the body came in an encoding that was not asked for: {other[:40]}")


class _Plain:
    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._body = bytearray()

    def feed(self, piece: bytes) -> None:
        self._body += piece
        if len(self._body) > self._most_bytes:
            raise _too_large(self._most_bytes)

    def finish(self) -> bytes:
        return bytes(self._body)


class _Deflated(_Plain):
    """gzip in one or more members, zlib, and the bare deflate that some servers send by that name (RFC 9110 §8.4.1.2)."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(most_bytes)
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._started = False

    def feed(self, piece: bytes) -> None:
        while piece:
            if self._stream.eof:
                if not piece.startswith(_GZIP_MAGIC):
                    return  # padding after the end
                self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
            # One byte beyond the limit is enough to know.
            super().feed(self._decompress(piece, self._most_bytes - len(self._body) + 1))
            piece = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail

    def finish(self) -> bytes:
        if self._started and not self._stream.eof:
            raise FetchError("read", "the compressed body ends early")
        return super().finish()

    def _decompress(self, piece: bytes, most: int) -> bytes:
        first, self._started = not self._started, True
        try:
            return self._stream.decompress(piece, most)
        except zlib.error:
            if not first:
                raise FetchError("encoding", "the compressed body is broken") from None
        self._stream = zlib.decompressobj(_RAW_DEFLATE)
        try:
            return self._stream.decompress(piece, most)
        except zlib.error:
            raise FetchError("encoding", "the body is not compressed as it says") from None


def _too_large(most_bytes: int) -> FetchError:
    return FetchError("size", f"the body has more than {most_bytes} bytes unpacked; raise DATELINE_POLLER__MAX_BODY_BYTES to take it")
