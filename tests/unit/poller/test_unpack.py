"""Unpacking: every encoding we offer, whole, cut, broken, packed twice, and as a bomb."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import brotli
import pytest

from dateline.errors import FetchError
from dateline.poller import unpack
from dateline.poller.unpack import ACCEPT_ENCODING, STEP_BYTES, unpacker

if TYPE_CHECKING:
    from collections.abc import Callable

zstd = unpack.zstd
# Words that pack well, and more of them than one step holds.
BODY = b"".join(b"<item><guid>%d</guid></item>" % number for number in range(10_000))
LIMIT = 1 << 20


def brotli_quickly(body: bytes) -> bytes:
    """At its best brotli takes 300 ms for what these tests pack, and comes out by the same steps."""
    return brotli.compress(body, quality=5)


def raw_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "brotli": ("br", brotli_quickly),
    "zstd": ("zstd", zstd.compress),
}


def unpacked(encoding: str, packed: bytes, *, piece_bytes: int = 16_384, most_bytes: int = LIMIT) -> bytes:
    stream = unpacker(encoding, most_bytes=most_bytes)
    for start in range(0, len(packed), piece_bytes):
        stream.feed(packed[start : start + piece_bytes])
    return stream.finish()


@pytest.mark.parametrize("piece_bytes", [1, 7, 16_384])
@pytest.mark.parametrize("kind", PACKERS)
def test_a_body_comes_out_whole_however_it_is_cut_into_pieces(kind: str, piece_bytes: int) -> None:
    encoding, pack = PACKERS[kind]
    body = BODY[:9_999] if piece_bytes == 1 else BODY
    assert unpacked(encoding, pack(body), piece_bytes=piece_bytes) == body


@pytest.mark.parametrize("kind", PACKERS)
def test_a_few_bytes_that_unpack_to_many_steps_come_out_whole(kind: str) -> None:
    encoding, pack = PACKERS[kind]
    for size in (STEP_BYTES - 1, STEP_BYTES, STEP_BYTES + 1, 5 * STEP_BYTES):
        assert unpacked(encoding, pack(b" " * size)) == b" " * size


@pytest.mark.parametrize("kind", PACKERS)
def test_a_body_that_ends_early_is_an_error_and_no_body_at_all_is_none(kind: str) -> None:
    encoding, pack = PACKERS[kind]
    packed = pack(BODY)
    for end in (1, 2, len(packed) // 2, len(packed) - 1):
        with pytest.raises(FetchError, match="ends early"):
            unpacked(encoding, packed[:end])
    assert unpacked(encoding, b"") == b""


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_is_not_packed_as_it_says_is_an_error(encoding: str) -> None:
    with pytest.raises(FetchError) as caught:
        unpacked(encoding, b"<rss version='2.0'><channel/></rss>" * 10)
    assert caught.value.kind == "encoding"


@pytest.mark.heavy
@pytest.mark.parametrize("kind", PACKERS)
def test_a_bomb_is_refused_at_the_limit_and_not_in_memory(kind: str) -> None:
    encoding, pack = PACKERS[kind]
    packed = pack(b" " * (8 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(FetchError, match="MAX_BODY_BYTES") as caught:
            unpacked(encoding, packed)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.kind == "size"
    assert peak < 3 * LIMIT


def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    for encoding, pack in PACKERS.values():
        assert len(unpacked(encoding, pack(b" " * LIMIT))) == LIMIT
        with pytest.raises(FetchError):
            unpacked(encoding, pack(b" " * (LIMIT + 1)))


@pytest.mark.parametrize("piece_bytes", [1, 5, 16_384])
def test_members_and_frames_follow_each_other_wherever_the_pieces_end(piece_bytes: int) -> None:
    for encoding, pack in (("gzip", gzip.compress), ("zstd", zstd.compress)):
        packed = pack(BODY[:99]) + pack(b"") + pack(BODY[99:300])
        assert unpacked(encoding, packed, piece_bytes=piece_bytes) == BODY[:300]


@pytest.mark.parametrize("piece_bytes", [1, 16_384])
def test_padding_after_gzip_is_left_and_what_follows_it_too(piece_bytes: int) -> None:
    assert unpacked("gzip", gzip.compress(BODY[:99]) + b"\0\0" + gzip.compress(b"no"), piece_bytes=piece_bytes) == BODY[:99]


def test_what_follows_brotli_or_is_no_frame_after_zstd_is_an_error() -> None:
    for encoding, pack in (("br", brotli_quickly), ("zstd", zstd.compress)):
        with pytest.raises(FetchError) as caught:
            unpacked(encoding, pack(BODY) + b"more")
        assert caught.value.kind == "encoding"


@pytest.mark.heavy
def test_a_zstd_frame_that_wants_more_memory_than_http_allows_is_refused() -> None:
    wide = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.content_size_flag: 0}
    with pytest.raises(FetchError, match="RFC 9659"):
        unpacked("zstd", zstd.compress(b" " * (64 << 20), options=wide))


def test_brotli_with_the_largest_window_is_refused_and_with_the_next_one_taken() -> None:
    with pytest.raises(FetchError, match="window"):
        unpacked("br", brotli.compress(BODY, lgwin=24, quality=2))
    for bits in range(10, 24):
        assert unpacked("br", brotli.compress(BODY, lgwin=bits, quality=2)) == BODY


def test_encodings_come_off_in_order_and_each_is_bounded() -> None:
    assert unpacked("gzip, br", brotli_quickly(gzip.compress(BODY))) == BODY
    assert unpacked("GZIP,identity , zstd", zstd.compress(gzip.compress(BODY))) == BODY
    assert unpacked("identity", BODY) == BODY
    endless_name = (
        b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 2 * LIMIT + b"\0" + raw_deflate(b"") + bytes(8)
    )  # RFC 1952 §2.3: unpacks to nothing
    with pytest.raises(FetchError, match="MAX_BODY_BYTES"):
        unpacked("gzip, br", brotli_quickly(endless_name))


@pytest.mark.parametrize(
    "encoding", ["compress", "gzip, compress", "aws-chunked", "gzip, gzip, gzip", "gzip;q=1", ", ".join(["gzip"] * 1000)]
)
def test_an_encoding_that_was_not_offered_or_too_many_are_refused(encoding: str) -> None:
    with pytest.raises(FetchError) as caught:
        unpacker(encoding, most_bytes=LIMIT)
    assert caught.value.kind == "encoding"
    assert len(caught.value.reason) < 120


def test_what_we_offer_we_unpack() -> None:
    for encoding in ACCEPT_ENCODING.split(", "):
        unpacker(encoding, most_bytes=LIMIT)


@pytest.mark.parametrize(("kind", "nothing"), [("zstd", zstd.compress(b"")), ("gzip", gzip.compress(b"", mtime=0))])
def test_a_body_of_very_many_parts_that_hold_nothing_is_refused_soon(kind: str, nothing: bytes) -> None:
    parts = nothing * (LIMIT // len(nothing) - 1)
    began = time.process_time()
    with pytest.raises(FetchError, match="parts") as caught:
        unpacked(f"{kind}, zstd", zstd.compress(parts))
    assert caught.value.kind == "encoding"
    assert time.process_time() - began < 0.2
    few = unpack.MOST_PARTS - 1
    assert unpacked(kind, nothing * few + PACKERS[kind][1](BODY)) == BODY
