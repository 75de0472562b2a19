"""Nothing a server does to a visit costs more than 20 MB or the time it was given, and each is refused with its reason."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import zlib
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import brotli
import psutil
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from judge import in_process

from dateline.errors import FetchError
from dateline.poller.fetch import Fetched, Fetcher
from dateline.poller.unpack import zstd
from dateline.settings import PollerSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]

# Bombs of a gigabyte, and servers that take seconds over nothing.
pytestmark = pytest.mark.long

MOST_GROWTH_BYTES = 20_000_000
MOST_REASON_CHARACTERS = 200
TIMEOUT_SECONDS = 3.0
GIGABYTE = 1 << 30
CHUNK = b" " * (1 << 20)


# ── what servers say ─────────────────────────────────────────────────────────────────────────────────────────────────


def gzip_bomb() -> bytes:
    stream = zlib.compressobj(level=9, wbits=31)
    return b"".join(stream.compress(CHUNK) for _ in range(GIGABYTE // len(CHUNK))) + stream.flush()


def brotli_bomb(bits: int = 23) -> bytes:
    """With the largest window that is taken; the decoder holds all of it."""
    stream = brotli.Compressor(quality=5, lgwin=bits)
    return b"".join(stream.process(CHUNK) for _ in range(GIGABYTE // len(CHUNK))) + stream.finish()


def zstd_bomb() -> bytes:
    stream = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 23})
    return b"".join(stream.compress(CHUNK) for _ in range(GIGABYTE // len(CHUNK))) + stream.flush()


def packed(encoding: str, body: Callable[[], bytes]) -> Callable[[], Talk]:
    """A server that sends this body; built outside of what is measured."""

    def build() -> Talk:
        content = body()

        async def talk(writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding.encode(), len(content)))
            writer.write(content)
            await writer.drain()

        return talk

    return build


def endless(head: bytes, part: bytes, *, every: float = 0.0) -> Callable[[], Talk]:
    """A server that says the same again and again."""

    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(every)

    return lambda: talk


def redirect(location: str) -> Callable[[], Talk]:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % location.encode())

    return lambda: talk


OK = b"HTTP/1.1 200 OK\r\n"
SERVERS: dict[str, tuple[Callable[[], Talk], str]] = {
    "gzip bomb": (packed("gzip", gzip_bomb), "size"),
    "brotli bomb": (packed("br", brotli_bomb), "size"),
    "brotli bomb with a larger window": (packed("br", lambda: brotli_bomb(24)), "encoding"),
    "zstd bomb": (packed("zstd", zstd_bomb), "size"),
    "bomb in a bomb": (packed("gzip, br", lambda: brotli.compress(gzip_bomb())), "size"),
    "members of nothing in a bomb": (packed("gzip, br", lambda: brotli.compress(gzip.compress(b"", mtime=0) * 500_000)), "size"),
    "frames of nothing": (packed("zstd", lambda: zstd.compress(b"") * 200_000), ""),
    "skipped frames": (packed("zstd", lambda: b"\x50\x2a\x4d\x18\0\0\0\0" * 250_000), ""),
    "body without end": (endless(OK + b"\r\n", b"x" * 65_536), "size"),
    "chunks without end": (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000), "size"),
    "headers without end": (endless(OK, b"X-Name: value\r\n" * 1000), "protocol"),
    "one header without end": (endless(OK + b"X-Name: ", b"x" * 65_536), "protocol"),
    "a first line without end": (endless(b"HTTP/1.1 200 ", b"x" * 65_536), "protocol"),
    "chunk size without end": (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 65_536), "timeout"),
    "100 Continue without end": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "timeout"),
    "headers at a byte a second": (endless(OK + b"X-Name: ", b"x", every=1.0), "timeout"),
    "headers, each a second late": (endless(OK, b"X-Name: value\r\n", every=1.0), "timeout"),
    "a body of a byte a second": (endless(OK + b"\r\n", b"x", every=1.0), "timeout"),
    "silence": (endless(b"", b"", every=1.0), "timeout"),
    "not HTTP": (endless(b"", b"SSH-2.0-OpenSSH_9.2\r\n" * 1000), "protocol"),
    "redirect to the cloud's own address": (redirect("http://169.254.169.254/latest/meta-data/"), "refused"),
    "redirect to loopback": (redirect("http://127.0.0.9:8009/"), "refused"),
    "redirect to loopback in IPv6": (redirect("http://[::1]:8009/"), "refused"),
    "redirect to loopback through a translator": (redirect("http://[64:ff9b::7f00:9]:8009/"), "refused"),
    "redirect to loopback in hexadecimal": (redirect("http://0x7f.0.0.9:8009/"), "url"),
    "redirect to a mail server": (redirect("http://127.0.0.1:25/"), "port"),
    "redirect to itself": (redirect("/"), "redirect"),
    "redirect to a name that rebinds": (redirect("http://rebinds.example:8009/"), "refused"),
    "redirect to an address without end": (redirect("http://gazette.example/" + "x" * 100_000), "protocol"),
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_hostile_server_is_refused_with_its_reason_in_little_memory_and_time(name: str) -> None:
    build, kind = SERVERS[name]
    with serving(build()) as port:
        verdict = in_process(visit, port)
    growth = int.from_bytes(verdict.output, "big")
    print(f"{name}: {verdict.reason or 'an empty body'}, +{growth / 1e6:.1f} MB, {verdict.wall_seconds:.2f} s")
    assert verdict.fault is None
    assert (verdict.reason or "") == kind  # what unpacks to nothing is an empty body
    assert growth < MOST_GROWTH_BYTES
    assert verdict.wall_seconds < TIMEOUT_SECONDS + 1.5


def visit(port: int) -> tuple[int | None, str | None, bytes]:
    """One fetch, after a sound one to warm up; the kind of its error, and by how many bytes the process's peak grew."""
    return asyncio.run(_visit(port))


async def _visit(port: int) -> tuple[int | None, str | None, bytes]:
    settings = PollerSettings.model_validate(
        {"allow_networks": "127.0.0.1/32", "timeout_seconds": TIMEOUT_SECONDS, "host_requests_per_second": 1000}
    )
    fetcher = Fetcher(settings, resolver=Rebinding())
    await _warm_up(fetcher)
    _forget_peak()
    before, kind, size = psutil.Process().memory_info().rss, None, None
    try:
        answer = await fetcher.fetch(f"http://rebinds.example:{port}/")
        assert isinstance(answer, Fetched)  # no server here says 304 or 410
        size = len(answer.body)
    except FetchError as error:
        kind = error.kind if 0 < len(error.reason) < MOST_REASON_CHARACTERS else error.reason
    await fetcher.close()
    return size, kind, max(_peak_bytes() - before, 0).to_bytes(8, "big")


class Rebinding(AbstractResolver):
    """A name that is our server's at the first look-up and another machine's at the second."""

    def __init__(self) -> None:
        self._addresses = ["127.0.0.1", "127.0.0.9"]

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        address = self._addresses.pop(0)
        return [ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        pass


async def _warm_up(fetcher: Fetcher) -> None:
    """A sound visit, and one that fails: what every visit needs once is not what the server costs."""
    server = await asyncio.start_server(_sound, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await fetcher.fetch(url)
        with contextlib.suppress(FetchError):
            await fetcher.fetch(f"{url}/cut")


async def _sound(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    body = gzip.compress(b"<rss/>")
    writer.write(OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + (body[:-1] if b"/cut" in head else body))
    await writer.drain()
    writer.close()


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")  # see proc(5)


def _peak_bytes() -> int:
    with Path("/proc/self/status").open() as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


@contextlib.contextmanager
def serving(talk: Talk) -> Iterator[int]:
    """The port of a server that reads each request's head and says what `talk` writes, in a thread of its own."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # visitors leave in the middle

    transports: list[asyncio.WriteTransport] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transports.append(writer.transport)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await talk(writer)
        writer.close()

    server = loop.run_until_complete(asyncio.start_server(handle, "127.0.0.1", 0))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        server.close()
        loop.run_until_complete(_end_talks(transports))
        loop.close()


async def _end_talks(transports: list[asyncio.WriteTransport]) -> None:
    talks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in talks:
        task.cancel()
    await asyncio.gather(*talks, return_exceptions=True)
    for transport in transports:
        transport.abort()
    await asyncio.sleep(0)  # the turn in which they close
