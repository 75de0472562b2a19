"""The filters: lines in, lines out, and a word for every line that is not as it must be."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from dateline.cli import filters
from dateline.cli.filters import run_enrich, run_normalize
from dateline.enricher.agencies import read_agencies
from dateline.enricher.enrich import enrich
from dateline.events import RawArticle, decode, encode

if TYPE_CHECKING:
    from pathlib import Path

AGENCIES = read_agencies(b"agencies: [{id: tern, name: Tern News, kind: agency}]")
BODY = "The council opened the new bridge over the Tarn on Sunday, two years later than planned."


def raw_line(number: int, **changes: Any) -> bytes:
    """A RawArticle as JSON."""
    entry = dict.fromkeys(("guid", "guid_is_permalink", "summary", "rights", "language", "source", "published_raw", "updated_raw"))
    lists: dict[str, list[str]] = {key: [] for key in ("authors", "categories", "enclosures", "media", "links")}
    identity = f"00000000-0000-5000-8000-{number:012}"
    article = {
        "id": identity,
        "revision": {"number": 0, "content_hash": "00"},
        "feed": {
            **dict.fromkeys(("link", "language", "publisher")),
            "id": identity,
            "url": "https://post.example/rss",
            "title": "Post",
            "labels": [],
            "kind": "publisher",
        },
        "entry": {**entry, **lists, "title": "A bridge", "content": BODY, "link": None, "position": 0, "extensions": {}},
        **dict.fromkeys(("published_at", "published_precision", "updated_at", "http", "page")),
        "first_seen_at": "2026-03-01T08:30:00Z",
        "fetched_at": "2026-03-01T08:30:00Z",
        "flags": [],
    }
    return json.dumps(article | changes).encode() + b"\n"


def run_both(data: bytes) -> tuple[int, list[Any], str]:
    """Enrich, then normalize; the events and everything said."""
    enriched, news, err = io.BytesIO(), io.BytesIO(), io.StringIO()
    code = run_enrich(io.BytesIO(data), enriched, err, AGENCIES)
    enriched.seek(0)
    code = max(code, run_normalize(enriched, news, err, window_hours=72))
    return code, [json.loads(line) for line in news.getvalue().splitlines()], err.getvalue()


def test_enrich_writes_what_the_service_writes() -> None:
    out, err = io.BytesIO(), io.StringIO()
    line = raw_line(1)
    assert run_enrich(io.BytesIO(line), out, err, AGENCIES) == 0
    assert out.getvalue() == encode(enrich(decode(line, RawArticle), AGENCIES)) + b"\n"
    assert err.getvalue() == ""


def test_copies_become_one_story_and_a_repeated_revision_no_second_event() -> None:
    code, events, err = run_both(raw_line(1) + raw_line(2) + raw_line(1))
    assert (code, err) == (0, "")
    assert [event["story"]["role"] for event in events] == ["first", "duplicate"]
    assert events[1]["story"]["of"] == events[0]["id"]


@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\n"])
def test_no_input_and_blank_lines_are_no_error(data: bytes) -> None:
    assert run_both(data) == (0, [], "")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{\n", "not JSON: "),
        (b"\xff\n", "not JSON: "),
        (b'{"id": "\xff"}\n', "not UTF-8: "),
        (b"[]\n", "not of type RawArticle: Expected `object`"),
        (raw_line(1, first_seen_at="yesterday"), "`$.first_seen_at`"),
        (raw_line(1, first_seen_at="2026-03-01T08:30:00"), "`$.first_seen_at`"),
        (raw_line(1, first_seen_at="0001-01-01T00:00:00+10:00"), "a timestamp is out of range"),
        (b"[" * 100_000 + b"\n", "not "),
        (raw_line(1, flags=["x" * 880_000]), "even with its body cut"),
    ],
)
def test_a_bad_line_is_named_once_and_the_others_come_out(line: bytes, reason: str) -> None:
    code, events, err = run_both(raw_line(1) + b"\n" + line + raw_line(2))
    assert (code, len(events)) == (65, 2)
    (complaint,) = err.splitlines()
    assert complaint.startswith("dateline: line 3: ")
    assert reason in complaint


def test_a_last_line_needs_no_end() -> None:
    assert run_both(raw_line(1).strip())[0] == 0


def test_a_line_that_is_too_long_is_named_and_never_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "LINE_BYTES", 4_096)
    most = 0

    class Source(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            nonlocal most
            line = super().readline(size)
            most = max(most, len(line))
            return line

    out, err = io.BytesIO(), io.StringIO()
    code = run_enrich(Source(raw_line(1) + b"x" * 50_000 + b"\n" + raw_line(2) + b"y" * 4_096), out, err, AGENCIES)
    assert (code, out.getvalue().count(b"\n"), most) == (65, 2, 4_097)
    assert err.getvalue().splitlines()[0] == "dateline: line 2: longer than 4096 bytes"
    assert err.getvalue().splitlines()[1].startswith("dateline: line 4: not JSON")


def test_a_reader_that_has_gone_ends_the_filter_quietly(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(raw_line(1) * 3)
    reading, writing = os.pipe()
    os.close(reading)
    err = io.StringIO()
    with (tmp_path / "in").open("rb") as source, os.fdopen(writing, "wb", closefd=True) as out:
        assert run_enrich(source, out, err, AGENCIES) == 0
        assert out.closed
    assert err.getvalue() == ""
