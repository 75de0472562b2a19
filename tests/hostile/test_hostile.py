"""Nothing a publisher can serve hangs, blows up or tricks the parser: a result or a clear error, in 5 s and 300 MB."""

from __future__ import annotations

import gzip
import json
import socket
from typing import TYPE_CHECKING

import pytest
from families import FAMILIES, bomb, doctype, rss
from judge import in_process, judge

from dateline.cli import run
from dateline.errors import FetchError
from dateline.poller.unpack import unpacker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _pytest.mark import ParameterSet
    from judge import Verdict

# Three minutes of bodies as large as the poller takes.
pytestmark = pytest.mark.long
CPU_SECONDS = 5.0
PEAK_BYTES = 300_000_000
# The most that is fetched and that `parse` takes, with room for what a family puts around; what feedparser still gets when ours fails.
LARGE, MIDDLING = 7 << 20, 950_000
AT = ("--at", "2026-03-05T12:00:00Z")
CANARY = "the harbour master's secret"
GOOD = b"<rss version='2.0'><channel><title>Gazette</title><item><title>Ferry sails</title><guid>1</guid></item></channel></rss>"


# ── time and memory ──────────────────────────────────────────────────────────────────────────────────────────────────


def bodies() -> Iterator[ParameterSet]:
    for name in FAMILIES:
        yield pytest.param(name, MIDDLING, id=f"{name}-1MB")
        yield pytest.param(name, LARGE, id=f"{name}-7MiB")


@pytest.mark.parametrize(("name", "size"), list(bodies()))
def test_a_hostile_body_ends_in_a_result_or_a_clear_error(name: str, size: int, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(FAMILIES[name](size))
    verdict = judge(body)
    within_limits(verdict)
    if verdict.reason is not None:
        assert 0 < len(verdict.reason) < 300
        assert verdict.reason.isprintable()


def within_limits(verdict: Verdict) -> None:
    print(f"{verdict.articles} {verdict.reason or ''} {verdict.cpu_seconds:.2f} s {verdict.peak_bytes / 1e6:.0f} MB")
    assert verdict.fault is None
    assert verdict.cpu_seconds < CPU_SECONDS
    assert max(verdict.peak_bytes, verdict.child_peak_bytes) < PEAK_BYTES


# ── files and addresses ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that nothing may be read from."""
    path = tmp_path / "secret.txt"
    path.write_text(CANARY)
    return path


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port that nobody may call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


BAITS = {
    "entity": lambda at: rss(b"<item><title>a&x;b</title></item>", before=doctype(b'<!ENTITY x SYSTEM "%s">' % at)),
    "parameter": lambda at: rss(b"<item><title>a</title></item>", before=doctype(b'<!ENTITY %% x SYSTEM "%s"> %%x;' % at)),
    "dtd": lambda at: rss(b"<item><title>a&x;</title></item>", before=b'<!DOCTYPE rss SYSTEM "%s">' % at),
    "public dtd": lambda at: rss(b"<item><title>a&x;</title></item>", before=b'<!DOCTYPE rss PUBLIC "x" "%s">' % at),
    "xinclude": lambda at: rss(
        b'<item><title>t<x:include xmlns:x="http://www.w3.org/2001/XInclude" parse="text" href="%s"/></title></item>' % at
    ),
    "stylesheet": lambda at: rss(b"<item><title>a</title></item>", before=b'<?xml-stylesheet type="text/xsl" href="%s"?>' % at),
    "schema": lambda at: (
        b'<rss xmlns:s="http://www.w3.org/2001/XMLSchema-instance" s:schemaLocation="x %s"><channel><item/></channel></rss>' % at
    ),
    "fallback": lambda at: b"%s\n<!DOCTYPE x SYSTEM '%s'><x><item><title>a</title></item>" % (at, at),
    "bare": lambda at: at,
    "bare line": lambda at: at + b"\n",
    "json": lambda at: b'"%s"' % at,
    "page": lambda at: b'<html><base href="%s"><link rel=stylesheet href="%s"><iframe src="%s">' % (at, at, at),
}


@pytest.mark.parametrize("bait", BAITS)
def test_what_reads_like_a_path_or_an_address_is_neither_opened_nor_called(
    bait: str, tmp_path: Path, secret: Path, listener: socket.socket
) -> None:
    body = tmp_path / "body"
    for address in (str(secret), secret.as_uri(), f"http://127.0.0.1:{listener.getsockname()[1]}/feed.xml"):
        body.write_bytes(BAITS[bait](address.encode()))
        verdict = judge(body, name=address)
        assert verdict.fault is None
        assert CANARY.encode() not in verdict.output
        with pytest.raises(BlockingIOError):
            listener.accept()


# ── compressed bodies ────────────────────────────────────────────────────────────────────────────────────────────────

PACKED = gzip.compress(rss(b"<item/>"), mtime=0)
COMPRESSED = {
    "bomb": (lambda: bomb(0), "size"),
    "bomb behind a sound member": (lambda: PACKED + bomb(0), "size"),
    "a million empty members": (lambda: gzip.compress(b"", mtime=0) * 100_000, None),
    "cut off": (lambda: PACKED[:-9], "read"),
    "two members": (lambda: PACKED * 2, None),
    "padding": (lambda: PACKED + bytes(1 << 20), None),
    "header alone": (lambda: PACKED[:10], "read"),
    "wrong checksum": (lambda: PACKED[:-8] + bytes(8), "encoding"),
    "none": (lambda: rss(b"<item/>"), "encoding"),
    "nothing": (lambda: b"", None),
}


@pytest.mark.parametrize("kind", COMPRESSED)
def test_a_compressed_body_never_takes_more_than_its_limit(kind: str, tmp_path: Path) -> None:
    build, refusal = COMPRESSED[kind]
    body = tmp_path / "body.gz"
    body.write_bytes(build())
    verdict = in_process(unpacked, body)
    within_limits(verdict)
    assert verdict.reason == refusal


def unpacked(path: Path) -> tuple[int | None, str | None, bytes]:
    stream = unpacker("gzip", most_bytes=8 << 20)
    try:
        with path.open("rb") as file:
            while piece := file.read(65_536):
                stream.feed(piece)
        return len(stream.finish()), None, b""
    except FetchError as error:
        return None, error.kind, b""


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_parse_names_every_bad_document_once_and_prints_every_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = []
    for name, build in FAMILIES.items():
        (tmp_path / f"{name}.xml").write_bytes(build(3_000)[: 1 << 20])
        (tmp_path / f"{name}.good.xml").write_bytes(GOOD)
        names += [f"{name}.xml", f"{name}.good.xml"]
    assert run(["parse", "--summary", *AT, *names]) == 65
    out, err = capfdbinary.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["source"] for line in lines] == names
    assert all(line["entries"] == 1 for line in lines if line["source"].endswith(".good.xml"))
    assert len(err.splitlines()) == sum(line["error"] is not None for line in lines) > 10
    assert b"fault in dateline" not in err
