"""An invented raw article that takes every way through the enricher: whoever has thought it over has loaded all that is needed."""

from __future__ import annotations

import orjson

__all__ = ["sample_article"]

_PARAGRAPHS = (
    "The harbour board of Port Averill opened the new storm gate on Sunday evening, in front of some four hundred people.",
    "«We have waited for this since the flood», said the harbour master, who closed the gate by hand that night.",
    "(Meridian Press)",
)
_NOWHERE = "https://lantern.example/"
_ID = "00000000-0000-5000-8000-000000000000"
_MOMENT = "2026-01-01T00:00:00Z"


def sample_article() -> bytes:
    """The article as it would stand on `articles.raw`, with a text of its own and a page."""
    html = "".join(f"<p>{text}</p>" for text in _PARAGRAPHS)
    nothing = dict.fromkeys(("guid", "guid_is_permalink", "rights", "language", "source", "published_raw", "updated_raw"))
    lists: dict[str, list[object]] = {name: [] for name in ("authors", "categories", "enclosures", "media", "links")}
    entry = {"link": _NOWHERE, "title": "Storm gate opened", "summary": _PARAGRAPHS[0], "content": html, "position": 0, "extensions": {}}
    feed: dict[str, object] = {
        "id": _ID,
        "url": _NOWHERE,
        "title": None,
        "link": None,
        "language": "en",
        "labels": [],
        "kind": "publisher",
        "publisher": None,
    }
    page = {
        "url": _NOWHERE,
        "html": f"<html><head><title>Storm gate opened</title></head><body><article>{html}</article></body></html>",
        "content_type": "text/html",
        "fetched_at": _MOMENT,
        "truncated": False,
        "rights": dict.fromkeys(("robots", "tdm_reserved", "is_accessible_for_free")),
    }
    article: dict[str, object] = {
        "id": _ID,
        "revision": {"number": 0, "content_hash": "00"},
        "feed": feed,
        "entry": {**nothing, **lists, **entry},
        **dict.fromkeys(("published_at", "published_precision", "updated_at", "http")),
        "first_seen_at": _MOMENT,
        "fetched_at": _MOMENT,
        "page": page,
        "flags": [],
    }
    return orjson.dumps(article)
