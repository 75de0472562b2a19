"""An example of every field, for the schemas: one invented report, told by one publisher and followed through all messages.

Types, sentences and limits stand in `events.py`; `example` finds a value by type and field, else by the field's name alone, so that a field
with a name of the house has its example already. Objects and lists of objects have theirs in their own fields.
"""

from __future__ import annotations

from typing import Any

__all__ = ["EXAMPLES", "example"]

_ARTICLE = "cda4e1d5-f0dd-5914-97a0-0900f063ffe3"
_FEED = "5fb83b98-91ca-56f4-b76a-339e3b99f41c"
_AGENCY = "demo-meridian-press"
_FEED_URL = "https://www.harbour-lantern.example/feeds/world.xml"
_LINK = "https://www.harbour-lantern.example/world/2026/03/tarn-ferry?utm_source=rss"
_PAGE = "https://www.harbour-lantern.example/world/2026/03/tarn-ferry"
_IMAGE = "https://images.harbour-lantern.example/2026/03/pier.jpg"
_HEADLINE = "Ferry to Tarn Island sails again after eleven weeks"
_HEADLINE_RAW = "Ferry to Tarn Island sails again after eleven weeks | Harbour Lantern"
_SUMMARY = "The first crossing since the December storm carried 214 passengers."
_BODY = "ELLMOUTH, March 3 – The car ferry to Tarn Island sailed again on Tuesday.\n\nThis report was first published by Meridian Press."
_PROOF = "This report was first published by Meridian Press."
_SEEN = "2026-03-03T07:19:42.381000Z"
_PUBLISHED = "2026-03-03T07:15:00Z"
_NOTICE = "© 2026 Harbour Lantern"
_CREDIT = "Joren Vale / Harbour Lantern"

# Field, or type and field where the name alone means different things → a value as it stands in the message.
EXAMPLES: dict[str, Any] = {
    "added_at": "2026-01-12T09:30:00Z",
    "article": _ARTICLE,
    "attribution_status": "attributed",
    "body": _BODY,
    "body_complete": True,
    "body_from": "content",
    "canonical_url": _PAGE,
    "complete": True,
    "confidence": 0.95,
    "content": "<p>ELLMOUTH, March 3 – The car ferry to Tarn Island sailed again on Tuesday.</p>",
    "content_hash": "4225c93d64ef74540f0415613b4c3c2d",
    "content_type": "application/rss+xml; charset=utf-8",
    "copies": 2,
    "copyright": _NOTICE,
    "country": "XH",
    "credit": _CREDIT,
    "date": "March 3",
    "dateline_place": "Ellmouth",
    "declared": ["en"],
    "description": "The new pier at Ellmouth.",
    "domain": "harbour-lantern.example",
    "earliest_published_at": _PUBLISHED,
    "end": 125,
    "enriched_id": "1f2c0550-1827-51f2-9803-9d1520b59321",
    "every": 900,
    "extensions": {"http://purl.org/rss/1.0/modules/slash/": {"comments": "4"}},
    "fetched_at": _SEEN,
    "field": "body",
    "first_seen_at": _SEEN,
    "flags": ["date_naive"],
    "from": "content",
    "guid": "harbour-lantern-88412",
    "guid_is_permalink": False,
    "headers": {"Authorization": "Bearer ${HARBOUR_LANTERN_TOKEN}"},
    "headline": _HEADLINE,
    "headline_raw": _HEADLINE_RAW,
    "href": _LINK,
    "html": f"<!doctype html><title>{_HEADLINE}</title>",
    "id": _ARTICLE,
    "is_accessible_for_free": True,
    "keywords": ["ferry", "Tarn Island"],
    "kind": "agency",
    "label": "Ships and harbours",
    "labels": ["coast", "english"],
    "language": "en",
    "language_confidence": 0.99,
    "length": 184_220,
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "link": _LINK,
    "method": "agreed",
    "mixed": False,
    "name": "Meridian Press",
    "notice": _NOTICE,
    "number": 0,
    "numbers": "pdMGA0K1mxQ=",
    "of": _ARTICLE,
    "page": "auto",
    "page_snippet_characters": 160,
    "paused": False,
    "place": "Ellmouth",
    "position": 0,
    "priority": 0,
    "private": False,
    "published_at": _PUBLISHED,
    "published_precision": "second",
    "published_raw": "Tue, 03 Mar 2026 08:15:00 +0100",
    "raw": "ELLMOUTH, March 3",
    "rel": "alternate",
    "relation": "republication",
    "revision": 0,
    "rights": _NOTICE,
    "robots": "max-image-preview:large",
    "role": "origin",
    "rules": "1-9c692b8c",
    "scheme": "https://www.harbour-lantern.example/sections",
    "scope": "harbour-lantern.example",
    "script": "Latn",
    "shingles": 341,
    "similarity": 0.97,
    "sketch": "y0kAAJ/yBQA=",
    "start": 75,
    "status": "usable",
    "summary": _SUMMARY,
    "tag": "en",
    "tdm_reserved": False,
    "term": "Shipping",
    "text": _PROOF,
    "title": "Harbour Lantern – World",
    "title_hash": "1fe6eef7273206b6a63d161fcc1f9d20",
    "truncated": False,
    "type": "image/jpeg",
    "updated_at": "2026-03-03T10:40:00Z",
    "updated_raw": "Tue, 03 Mar 2026 11:40:00 +0100",
    "uri": "https://www.harbour-lantern.example/people/ida-ferrant",
    "url": _LINK,
    "version": 1,
    "weight": 0.95,
    "wikidata": "Q1000000000",
    "word_count": 78,
    # where the name alone would mislead
    "Attribution.status": "attributed",
    "Author.name": "Ida Ferrant",
    "Authorship.name": "Ida Ferrant",
    "Authorship.role": "reporter",
    "Distributor.id": "demo-signal-wire",
    "Distributor.name": "Signal Wire",
    "Enclosure.type": "audio/mpeg",
    "Enclosure.url": "https://audio.harbour-lantern.example/2026/03/ferry.mp3",
    "Entry.language": "en-GB",
    "Entry.title": _HEADLINE_RAW,
    "EntrySource.title": "Meridian Press – Wire",
    "EntrySource.url": "https://meridian-press.example/wire.xml",
    "Evidence.kind": "republication_notice",
    "Feed.id": _FEED,
    "Feed.kind": "publisher",
    "Feed.text": "excerpt",
    "Feed.title": "Harbour Lantern",
    "Feed.url": _FEED_URL,
    "FeedReference.id": _FEED,
    "FeedReference.kind": "publisher",
    "FeedReference.link": "https://www.harbour-lantern.example/",
    "FeedReference.text": "excerpt",
    "FeedReference.url": _FEED_URL,
    "Http.status": 200,
    "Http.url": _FEED_URL,
    "Image.url": _IMAGE,
    "Link.type": "text/html",
    "Media.url": _IMAGE,
    "Mention.id": _AGENCY,
    "Mention.role": "attribution",
    "NewsFeed.id": _FEED,
    "NewsFeed.url": _FEED_URL,
    "NewsOrigin.country": "XM",
    "NewsOrigin.id": _AGENCY,
    "NewsStory.role": "duplicate",
    "NewsTranslation.from": "sv",
    "NewsTranslation.kind": "machine",
    "Notice.kind": "republication",
    "Origin.country": "XM",
    "Origin.id": _AGENCY,
    "Page.content_type": "text/html; charset=utf-8",
    "Page.url": _PAGE,
    "Publisher.id": _AGENCY,
    "Publisher.name": "Harbour Lantern",
    "Removed.kind": "republication_disclaimer",
    "Repeat.kind": "verbatim",
    "Revision.content_hash": "d83380fe88b3fe1292be6559af2659eb",
    "StoryOrigin.id": _AGENCY,
    "Translation.from": "sv",
    "Translation.kind": "machine",
}


def example(kind: str, field: str) -> list[Any]:
    """The examples of a type's field as JSON values; none for a field that has no scalar value of its own, or no example yet."""
    found = EXAMPLES.get(f"{kind}.{field}", EXAMPLES.get(field))
    return [] if found is None else [found]
