"""An invented raw article as most are: whoever has thought it over has loaded what nearly every article needs.

What a language in doubt needs (80 MB, half a second of CPU) and a page of few words (30 MB, a fifth of a second) is loaded with the
first of these.
"""

from __future__ import annotations

import orjson

__all__ = ["sample_article"]

_PARAGRAPHS = (
    "The harbour board of Port Averill opened the new storm gate on Sunday evening, in front of some four hundred people.",
    "«We have waited for this since the flood», said the harbour master, who closed the gate by hand that night.",
    "The gate took eleven years to build, because the sea bed turned out to be softer than the first drawings had assumed.",
    "Two firms that had drawn it went to court over who was to pay for longer piles, and the town paid for both lawyers.",
    "Fishermen of the lower quay had asked for a wider passage, since their boats have grown since the old wall was raised.",
    "The board gave them four metres more in return for a fee that each boat is to pay on the first of May.",
    "Schoolchildren painted the railings in the colours of the town, blue and rust, a week before the opening.",
    "The brass band of the fire brigade played until the tide turned and the lamps on the far side came on one by one.",
    "The board wants to close the gate twice a year for practice, once before the storms of autumn and once after those of spring.",
    "The bell of the customs house will ring an hour before, so that nobody is shut out who means to come home for the night.",
    "Whoever comes later than that may moor at the outer mole, where the board has put up a shed with a stove and two benches.",
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
