"""Invented news events for tests of outputs, and the records that carry them."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

from dateline.log.port import Output

_EXAMPLES = Path(__file__).parents[1] / "schemas" / "examples"
_EXAMPLE = json.loads((_EXAMPLES / "io.dateline.news.v1.json").read_text(encoding="utf-8"))
_CANCELED = json.loads((_EXAMPLES / "io.dateline.news.v1.canceled.json").read_text(encoding="utf-8"))


def article_id(number: int) -> str:
    return str(uuid.UUID(int=number + 1))


def made(number: int, *, story: int | None = None, day: int = 3, **changes: object) -> dict:
    """An event of an article of its own, first seen on a day of March 2026."""
    story_id = article_id(number if story is None else story)
    event = _EXAMPLE | {"id": article_id(number), "first_seen_at": f"2026-03-{day:02d}T07:19:42.381000Z"}
    event["story"] = _EXAMPLE["story"] | {"id": story_id, "role": "first" if story in (None, number) else "duplicate"}
    return event | changes


def canceled(number: int, *, day: int = 3, **changes: object) -> dict:
    """What withdraws an article."""
    event = made(number, day=day)
    return event | {key: value for key, value in _CANCELED.items() if key not in ("id", "first_seen_at", "story")} | changes


def encoded(event: dict) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def record(event: dict | bytes) -> Output:
    """An event, or bytes that are none, as it stands on the log."""
    if isinstance(event, bytes):
        return Output("news", b"key", event)
    return Output("news", event["id"].encode(), encoded(event))
