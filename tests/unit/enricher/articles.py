"""Raw articles to enrich: whatever a test does not name is as plain as can be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from dateline.enricher.agencies import read_agencies
from dateline.events import FeedReference, RawArticle, Revision
from plain import plain_entry

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
ID = "00000000-0000-5000-8000-000000000001"

AGENCIES = read_agencies(
    b"""
agencies:
- {id: tern, name: Tern News Agency, kind: agency, country: XT, names: [Tern News, "\xd0\xa2\xd0\x95\xd0\xa0\xd0\x9d"],
   codes: [TNA, tn/a], domains: [tern.example]}
- {id: heron, name: Heron Telegraph, kind: agency, names: [Heron Telegraph], codes: [HT]}
- {id: wireline, name: Wireline Releases, kind: press_release, names: [Wireline Releases]}
"""
)

FEED = FeedReference(
    id=ID,
    url="https://feeds.post.example/rss.xml",
    title="Tarn Post",
    link="https://www.post.example/",
    language="en",
    labels=[],
    kind="publisher",
    publisher=None,
)
ENTRY = plain_entry(guid="1", link="https://www.post.example/1", title="Council opens the bridge")
BODY = (
    "<p>The council opened the new bridge over the Tarn on Sunday, two years later than planned.</p>"
    "<p>Several hundred people crossed it on foot before the first bus did, and the band played on.</p>"
)


def raw(content: str | None = BODY, *, feed: FeedReference = FEED, article: str = ID, **entry: Any) -> RawArticle:
    """An article as the poller writes it."""
    return RawArticle(
        id=article,
        revision=Revision(number=0, content_hash="00"),
        feed=feed,
        entry=replace(ENTRY, content=content, **entry),
        published_at=NOW,
        published_precision="second",
        updated_at=None,
        first_seen_at=NOW,
        fetched_at=NOW,
        http=None,
        page=None,
        flags=[],
    )
