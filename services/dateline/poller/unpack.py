"""Bodies as sent, unpacked by us: never more memory than allowed, however small the bomb."""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Protocol

import brotli

from dateline.errors import FetchError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
# Most that a decoder may hand out at once. Brotli's counts in blocks and may go beyond by half (google/brotli issue 1396).
STEP_BYTES = 64 << 10
# Members of gzip and frames of zstd in one body: each costs a decoder, though it has nine bytes and holds nothing. Tools that pack in
# parts make them of 64 kB at the least, of which these are 64 MB.
MOST_PARTS = 1000
# Some servers pack what is packed already; nobody honest does it three times.
MOST_ENCODINGS = 2

_GZIP_OR_ZLIB = 47  # 32 (either header, by what it says) + 15 (largest window)
_RAW_DEFLATE = -15
_GZIP_MAGIC = b"\x1f\x8b"
# A decoder holds its whole window. Over HTTP, one of zstd has at most 8 MiB (RFC 9659); brotli knows one above, which no usual
# encoder takes for a body that fits in less: its first four bits are ones (RFC 7932 §9.1).
_WINDOW_OF_16_MIB = 0x0F
_ZSTD_WINDOW: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}


class Unpacker:
    """Takes a body piece by piece; FetchError where it is broken or grows beyond its limit, in any of its layers."""

    def __init__(self, layers: Sequence[_Decoder], most_bytes: int) -> None:
        self._layers = layers
        self._most_bytes = most_bytes
        # Bytes out of every layer; what a layer hands to the next counts too, as unpacking nothing out of it takes time.
        self._bytes = [0] * (len(layers) + 1)
        # In blocks, as one growing buffer was seen to take twice its size while it moves; the last one is still filling.
        self._blocks: list[bytes] = []
        self._filling = bytearray()

    def feed(self, piece: bytes) -> None:
        """Take the next piece as sent."""
        for unpacked in self._through(piece, 0):
            self._filling += unpacked
            if len(self._filling) >= STEP_BYTES:
                self._blocks.append(bytes(self._filling))
                self._filling.clear()

    def finish(self) -> bytes:
        """The whole body, after its last piece."""
        for layer, fed in zip(self._layers, self._bytes, strict=False):
            if fed and not layer.ended():
                raise FetchError("read", "the compressed body ends early")
        return b"".join((*self._blocks, self._filling))

    def _through(self, piece: bytes, depth: int) -> Iterator[bytes]:
        """What comes out at the end when a piece goes into the layer at `depth`, in steps."""
        self._bytes[depth] += len(piece)
        if self._bytes[depth] > self._most_bytes:
            raise _too_large(self._most_bytes)
        if depth == len(self._layers):
            yield piece
            return
        for step in self._layers[depth].unpack(piece):
            if step:
                yield from self._through(step, depth + 1)


def unpacker(content_encoding: str | None, *, most_bytes: int) -> Unpacker:
    """The unpacker for a Content-Encoding (RFC 9110 §8.4); FetchError where it names one we did not offer, or too many.

    The header lists encodings in the order in which they were applied, so they come off from its end.
    """
    names = [name.strip().lower() for name in (content_encoding or "").split(",")]
    packed = [name for name in names if name not in ("", "identity")]
    if len(packed) > MOST_ENCODINGS:
        raise FetchError("encoding", f"the body was packed {len(packed)} times; at most {MOST_ENCODINGS} are unpacked")
    for name in packed:
        if name not in _DECODERS:
            raise FetchError("encoding", f"the body came in an encoding that was not asked for: {name[:40]}")
    return Unpacker([_DECODERS[name]() for name in reversed(packed)], most_bytes)


def ungzipped(body: bytes, *, most_bytes: int) -> bytes:
    """A body that is a gzipped file, as sitemaps often are, unpacked; any other as it is. FetchError as from an unpacker."""
    if not body.startswith(_GZIP_MAGIC):
        return body
    stream = unpacker("gzip", most_bytes=most_bytes)
    stream.feed(body)
    return stream.finish()


class _Decoder(Protocol):
    def unpack(self, piece: bytes) -> Iterator[bytes]:
        """Everything that this piece unpacks to, in steps; empty steps mean nothing."""
        ...

    def ended(self) -> bool:
        """Whether what was fed so far is whole."""
        ...


class _Deflate:
    """gzip in one or more members, zlib, and the bare deflate that some servers send by that name (RFC 9110 §8.4.1.2)."""

    def __init__(self) -> None:
        self._stream: zlib._Decompress | None = None
        self._raw = False
        # The first two bytes tell what follows, and may come one by one.
        self._head = b""
        self._padding = False
        self._parts = 0

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        while piece and not self._padding:
            if self._stream is None or self._stream.eof:
                piece = self._open(self._head + piece)
            else:
                step = self._decompress(self._stream, piece)
                yield step
                # With no input left, output may still be held back: ask again until a step is not full.
                while len(step) == STEP_BYTES and not self._stream.eof and not self._stream.unconsumed_tail:
                    step = self._decompress(self._stream, b"")
                    yield step
                piece = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail

    def ended(self) -> bool:
        return self._padding or (self._stream is not None and self._stream.eof and not self._head)

    def _open(self, head: bytes) -> bytes:
        """Begin a member with its first bytes, or take them as padding after the last one; gives what is to be unpacked."""
        if len(head) < len(_GZIP_MAGIC):
            self._head = head
            return b""
        self._head = b""
        if self._stream is not None and not head.startswith(_GZIP_MAGIC):
            self._padding = True
            return b""
        first = self._stream is None
        self._parts = _one_more(self._parts)
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        if first and not head.startswith(_GZIP_MAGIC) and not _is_zlib(head):
            self._stream, self._raw = zlib.decompressobj(_RAW_DEFLATE), True
        return head

    def _decompress(self, stream: zlib._Decompress, piece: bytes) -> bytes:
        try:
            return stream.decompress(piece, STEP_BYTES)
        except zlib.error:
            reason = "the body is not compressed as it says" if self._raw else "the compressed body is broken"
            raise FetchError("encoding", reason) from None


def _is_zlib(head: bytes) -> bool:
    """Whether two bytes begin a zlib stream: method 8, and a multiple of 31 (RFC 1950 §2.2)."""
    method = 8
    return head[0] & 0x0F == method and int.from_bytes(head[:2], "big") % 31 == 0


class _Brotli:
    """One brotli stream (RFC 7932), which knows no members; anything after its end is an error."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._started = False

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        if not self._started and piece and piece[0] & _WINDOW_OF_16_MIB == _WINDOW_OF_16_MIB:
            raise FetchError("encoding", "the body is brotli that wants a window of more than 8 MiB, which is not offered")
        self._started = True
        step = self._step(piece)
        while step:
            yield step
            step = self._step(b"")

    def ended(self) -> bool:
        return bool(self._stream.is_finished())

    def _step(self, piece: bytes) -> bytes:
        try:
            step: bytes = self._stream.process(piece, output_buffer_limit=STEP_BYTES)
        except brotli.error:
            raise FetchError("encoding", "the body is not brotli, or broken") from None
        return step


class _Zstd:
    """zstd in one or more frames (RFC 8878 §3.1)."""

    def __init__(self) -> None:
        self._stream = zstd.ZstdDecompressor(options=_ZSTD_WINDOW)
        self._parts = 1

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        while piece or not (self._stream.needs_input or self._stream.eof):
            if self._stream.eof:
                self._parts = _one_more(self._parts)
                self._stream = zstd.ZstdDecompressor(options=_ZSTD_WINDOW)
            yield self._step(piece)
            piece = self._stream.unused_data if self._stream.eof else b""

    def ended(self) -> bool:
        return self._stream.eof

    def _step(self, piece: bytes) -> bytes:
        try:
            return self._stream.decompress(piece, STEP_BYTES)
        except zstd.ZstdError:
            raise FetchError("encoding", "the body is not zstd, or broken, or wants a window of more than 8 MiB (RFC 9659)") from None


_DECODERS: dict[str, Callable[[], _Decoder]] = {
    "gzip": _Deflate,
    "x-gzip": _Deflate,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}


def _one_more(parts: int) -> int:
    if parts == MOST_PARTS:
        raise FetchError("encoding", f"the body was packed in more than {MOST_PARTS} parts")
    return parts + 1


def _too_large(most_bytes: int) -> FetchError:
    return FetchError("size", f"the body has more than {most_bytes} bytes unpacked; raise DATELINE_POLLER__MAX_BODY_BYTES to take it")
