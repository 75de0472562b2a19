"""What `feeds test` says of a feed."""

from __future__ import annotations

from invented import NOW, URL, item, rss

from dateline.poller.decide import raw_articles
from dateline.poller.fetch import Fetched
from dateline.poller.listed import Listed, new_feed
from dateline.poller.parse import parse_document
from dateline.poller.trial import Trial, trial


def tried(body: bytes, *, url: str = URL, etag: str | None = '"v1"', moved_to: str | None = None) -> Trial:
    answer = Fetched(200, moved_to or url, body, "text/xml", etag, None, moved_to, len(body))
    return trial(url, answer, parse_document(body, url=answer.url, now=NOW), now=NOW)


def test_a_sound_feed_has_no_doubts():
    said = tried(rss(item(1, more="<pubDate>Thu, 05 Mar 2026 10:00:00 GMT</pubDate>")))
    assert (said.status, said.format, said.title, said.encoding, said.encoding_origin, said.etag, said.last_modified) == (
        *(200, "rss-2.0", "Harbour Gazette", "utf-8", "content", True, False),
    )
    assert (said.doubts, said.flags) == ([], {})


def test_the_articles_are_those_that_a_poll_would_publish():
    body = rss(item(1), item(2), item(1))
    feed = new_feed(Listed(URL), now=NOW)
    every = raw_articles(parse_document(body, url=URL, now=NOW), feed, http=None, now=NOW)
    said = tried(body)
    assert [entry.id for entry in said.entries] == list(dict.fromkeys(article.id for article in every))
    assert "1 of 3 entries are repeated in the document, and published once" in said.doubts


def test_what_is_doubtful_is_said_and_counted():
    naive = "<pubDate>2026-03-05 10:00:00</pubDate>"
    broken = "<pubDate>soon</pubDate>"
    said = tried(
        rss(item(1, more=naive), item(2, more=broken, guid=None), item(3, guid="same", link=None), item(4, guid="same")), etag=None
    )
    assert said.doubts[0].startswith("the server sends neither ETag nor Last-Modified")
    assert set(said.doubts[1:]) == {
        "1 of 4 entries name no time zone in their date, which is read as UTC",
        "1 of 4 entries have a date that cannot be read",
        "1 of 4 entries have no guid, and are known by their link or their words",
        "2 of 4 entries share their guid with another entry, and are told apart by link and words",
        "1 of 4 entries have no link",
        "2 of 4 entries have no date",
    }
    assert said.flags["guid_collision"] == 2 and said.flags["date_naive"] == 1


def test_addresses_are_without_secrets_and_a_move_is_told():
    said = tried(rss(item(1)), url=URL + "?token=${KEY}", moved_to="https://harbour-gazette.example/new?token=tarnferry")
    assert (said.url, said.answered, said.moved_to) == (URL, *("https://harbour-gazette.example/new",) * 2)
    assert any("moved for good to https://harbour-gazette.example/new;" in doubt for doubt in said.doubts)


def test_a_document_that_is_cut_off_or_empty_is_doubtful():
    assert "the document has no entries" in tried(rss()).doubts
    assert any("cut off" in doubt for doubt in tried(rss(item(1), item(2))[:-60]).doubts)
