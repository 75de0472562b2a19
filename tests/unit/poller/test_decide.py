"""What a poll publishes: each article once, its revisions by its owner."""

from __future__ import annotations

from datetime import timedelta

import pytest
from invented import NOW, URL, Reader, a_feed, item, read, rss
from msgspec.structs import replace

from dateline.events import FeedState, Http, encode
from dateline.log.port import RECORD_BYTES
from dateline.poller.decide import MOST_REVISIONS, Decision, Validators, decide_poll, raw_articles
from dateline.poller.pages import wants_page
from dateline.poller.record import feed_reference
from dateline.poller.ring import Ring, disowned

OTHER = "https://harbour-gazette.example/world/rss"
THIRD = "https://harbour-gazette.example/sport/rss"


def published(decision: Decision) -> list[tuple[str | None, int]]:
    return [(article.entry.title, article.revision.number) for article in decision.articles]


def ids(decision: Decision) -> list[str]:
    return [article.id for article in decision.articles]


def test_every_entry_is_published_once() -> None:
    reader = Reader()
    assert published(reader.poll(rss(item(2), item(1)))) == [("Story 2", 0), ("Story 1", 0)]
    assert published(reader.poll(rss(item(3), item(2), item(1)))) == [("Story 3", 0)]
    assert published(reader.poll(rss(item(1), item(2), item(3)))) == []


def test_a_document_that_brings_nothing_leaves_the_state_alone() -> None:
    reader = Reader()
    assert reader.poll(rss(item(1))).state is not None
    assert reader.poll(rss(item(1))) == Decision([], [], None, [])


def test_validators_are_remembered_with_the_articles() -> None:
    reader = Reader()
    validators = Validators('"v2"', "Thu, 05 Mar 2026 10:00:00 GMT", "ab12")
    decision = decide_poll(reader.feed, reader.state, [], read(rss(item(1))), http=None, validators=validators, now=NOW)
    assert decision.state is not None
    assert (decision.state.etag, decision.state.last_modified, decision.state.body_hash) == validators
    assert decision.state.title == "Harbour Gazette"


def test_a_changed_text_is_a_revision_and_a_changed_date_is_none() -> None:
    reader = Reader()
    first = reader.poll(rss(item(1)))
    assert published(reader.poll(rss(item(1, more="<pubDate>Thu, 05 Mar 2026 10:00:00 GMT</pubDate>")))) == []
    second = reader.poll(rss(item(1, text="Corrected.")))
    assert published(second) == [("Story 1", 1)]
    assert ids(second) == ids(first)
    assert second.articles[0].revision.content_hash != first.articles[0].revision.content_hash
    assert published(reader.poll(rss(item(1, text="Corrected again.")))) == [("Story 1", 2)]


def test_a_text_that_changes_at_every_visit_is_muted_after_24_revisions() -> None:
    reader = Reader()
    numbers = [number for visit in range(40) for _, number in published(reader.poll(rss(item(1, text=f"{visit} readers now"))))]
    assert numbers == list(range(MOST_REVISIONS + 1))


def test_a_guid_already_seen_keeps_its_id_when_the_link_changes() -> None:
    reader = Reader()
    first = reader.poll(rss(item(1)))
    moved = item(1, link="https://harbour-gazette.example/2026/03/story-1")
    assert published(reader.poll(rss(moved))) == []
    revised = reader.poll(rss(moved.replace("Text of", "New text of")))
    assert (published(revised), ids(revised)) == ([("Story 1", 1)], ids(first))


def test_an_entry_with_nothing_in_it_is_no_article() -> None:
    reader = Reader()
    dated = "<item><pubDate>Thu, 05 Mar 2026 10:00:00 GMT</pubDate></item>"
    assert published(reader.poll(rss(item(1), "<item></item>", dated, item(2)))) == [("Story 1", 0), ("Story 2", 0)]


@pytest.mark.parametrize("inside", ["<guid>1</guid>", "<title>A</title>", "<description>A</description>", '<enclosure url="/1.mp3"/>'])
def test_an_entry_that_says_anything_by_which_it_can_be_followed_or_heard_is_one(inside: str) -> None:
    assert len(Reader().poll(rss(f"<item>{inside}</item>")).articles) == 1


def test_a_guid_that_rotates_is_the_same_article() -> None:
    reader = Reader()
    first = reader.poll(rss(item(1)))
    assert published(reader.poll(rss(item(1, guid="cache-8f3a")))) == []
    assert published(reader.poll(rss(item(1, guid="https://harbour-gazette.example/?p=1")))) == []
    revised = reader.poll(rss(item(1, guid="http://www.harbour-gazette.example/?p=1&utm_source=rss", text="Corrected.")))
    assert (published(revised), ids(revised)) == ([("Story 1", 1)], ids(first))


def by_place(*numbers: int, guid: str = "{}", edited: int | None = None) -> bytes:
    """A document whose guids say nothing but at which place an entry stands."""
    texts = {edited: "Corrected."}
    return rss(*(item(number, guid=guid.format(place), text=texts.get(number, "")) for place, number in enumerate(numbers)))


@pytest.mark.parametrize("guid", ["{}", "0{}", "item-{}", "https://harbour-gazette.example/rss#{}"])
@pytest.mark.parametrize("at_once", [1, 3])
def test_where_guids_are_places_each_story_is_published_once_and_none_is_taken_for_anothers_revision(guid: str, at_once: int) -> None:
    reader, all_published = Reader(), []
    newest_first = list(range(60, 0, -1))
    for first in range(50, -1, -at_once):
        all_published += published(reader.poll(by_place(*newest_first[first : first + 10], guid=guid)))
    assert sorted(all_published) == sorted((f"Story {number}", 0) for number in range(1, 61 - first))
    again = reader.poll(by_place(*newest_first[first : first + 10], guid=guid))
    assert (again.articles, again.state) == ([], None)


def test_where_guids_are_places_a_story_is_revised_wherever_it_stands_and_keeps_its_id() -> None:
    reader = Reader()
    first = dict(zip((3, 2, 1), ids(reader.poll(by_place(3, 2, 1))), strict=True))
    for numbers, edited in (((4, 3, 2), 3), ((2, 4), 2), ((1, 4), 4)):
        decision = reader.poll(by_place(*numbers, edited=edited))
        articles = {article.entry.title: article for article in decision.articles}
        first.setdefault(4, ids(decision)[0])
        assert articles[f"Story {edited}"].id == first[edited]
        assert [(title, number) for title, number in published(decision) if number] == [(f"Story {edited}", 1)]


def test_where_guids_are_places_a_document_without_anything_of_the_last_one_is_all_new() -> None:
    reader = Reader()
    for number in range(1, 40):
        assert published(reader.poll(by_place(2 * number, 2 * number + 1))) == [(f"Story {2 * number}", 0), (f"Story {2 * number + 1}", 0)]


def test_a_place_as_guid_keeps_its_article_while_its_link_alone_changes() -> None:
    reader = Reader()
    reader.poll(by_place(2, 1))
    moved = by_place(2, 1).replace(b"/story/1", b"/2026/03/story-1?from=rss")
    assert published(reader.poll(moved)) == []


@pytest.mark.parametrize(
    "guid",
    [
        "https://harbour-gazette.example/?p=123",
        "tag:harbour-gazette.example,2026:1",
        "7d9f2c34-11aa-4bcd-9e0f-0123456789ab",
        "gazette-1",
        "123",
        "4711",
    ],
)
def test_a_headline_and_an_address_that_change_together_are_a_revision_where_the_guid_is_no_place(guid: str) -> None:
    reader = Reader()
    first = reader.poll(rss(item(2), item(1, guid=guid)))
    edited = item(1, guid=guid, link="https://harbour-gazette.example/2026/03/ferry-sails-after-all", text="It sails.")
    revised = reader.poll(rss(item(3), item(2), edited.replace("Story 1", "Ferry sails after all")))
    assert published(revised) == [("Story 3", 0), ("Ferry sails after all", 1)]
    assert ids(revised)[1] == ids(first)[1]


def test_links_that_are_places_do_not_part_a_guid_from_its_article() -> None:
    reader, all_published = Reader(), []
    for first in range(9, -1, -1):
        numbers = range(20 - first, 10 - first, -1)
        links = [f"https://harbour-gazette.example/click/{place}" for place in range(10)]
        all_published += published(reader.poll(rss(*(item(number, link=link) for number, link in zip(numbers, links, strict=True)))))
    assert sorted(all_published) == sorted((f"Story {number}", 0) for number in range(2, 21))


def test_an_entry_that_takes_anothers_link_while_that_one_is_still_served_is_new() -> None:
    reader = Reader()
    first = reader.poll(rss(item(1)))
    both = reader.poll(rss(item(1, link="https://harbour-gazette.example/moved"), item(2, link="https://harbour-gazette.example/story/1")))
    assert published(both) == [("Story 2", 0)]
    assert ids(both) != ids(first)


def test_entries_that_share_a_link_or_point_home_are_told_apart_by_guid() -> None:
    shared = [item(n, link="https://harbour-gazette.example/live") for n in (1, 2)]
    home = [item(3, link="https://www.harbour-gazette.example"), item(4, link=None)]
    reader = Reader()
    assert len(set(ids(reader.poll(rss(*shared, *home))))) == 4
    assert published(reader.poll(rss(shared[1]))) == []


def test_entries_that_share_a_guid_are_told_apart_by_link_and_flagged() -> None:
    decision = Reader().poll(rss(item(1, guid="same"), item(2, guid="same"), item(3)))
    assert len(set(ids(decision))) == 3
    assert ["guid_collision" in article.flags for article in decision.articles] == [True, True, False]


def test_guids_that_differ_in_their_fragment_alone_are_different() -> None:
    notes = [item(n, guid=f"https://harbour-gazette.example/notes#{n}", link=f"https://harbour-gazette.example/notes#{n}") for n in (1, 2)]
    decision = Reader().poll(rss(*notes))
    assert len(set(ids(decision))) == 2
    assert decision.articles[0].flags == []


def test_entries_that_share_guid_and_link_and_say_different_things_are_all_published() -> None:
    alerts = [item(n, guid="alert", link="https://harbour-gazette.example/alerts") for n in (1, 2, 3)]
    assert len(set(ids(Reader().poll(rss(*alerts))))) == 3


def test_an_entry_repeated_in_a_document_is_published_once() -> None:
    reader = Reader()
    assert published(reader.poll(rss(item(1), item(2), item(1, text="Older text.")))) == [("Story 1", 0), ("Story 2", 0)]
    assert published(reader.poll(rss(item(1), item(2), item(1, text="Older text.")))) == []


def test_entries_without_guid_or_link_are_known_by_what_they_say() -> None:
    reader = Reader()
    bare = item(1, guid=None, link=None)
    first = reader.poll(rss(bare))
    assert len(ids(first)) == 1
    assert published(reader.poll(rss(item(2, guid=None, link=None), bare))) == [("Story 2", 0)]


def test_an_entry_without_guid_keeps_its_id_by_link_when_its_text_changes() -> None:
    reader = Reader()
    first = reader.poll(rss(item(1, guid=None)))
    revised = reader.poll(rss(item(1, guid=None, text="Corrected.")))
    assert (published(revised), ids(revised)) == ([("Story 1", 1)], ids(first))


def test_an_article_belongs_to_the_feed_that_first_published_it() -> None:
    front, world = Reader(), Reader(OTHER)
    front.poll(rss(item(1)))
    assert published(world.poll(rss(item(1, guid="world-1", text="Shorter.")), siblings=[front])) == []
    assert published(world.poll(rss(item(1, guid="world-1", text="Shorter still.")), siblings=[front])) == []
    assert published(front.poll(rss(item(1, text="Corrected.")), siblings=[world])) == [("Story 1", 1)]


def test_polls_of_one_scope_decided_together_see_each_other() -> None:
    front, world, sport = Reader(), Reader(OTHER), Reader(THIRD)
    together = [reader.poll(rss(item(1), item(2)), siblings=[front, world, sport]) for reader in (front, world, sport)]
    assert [published(decision) for decision in together] == [[("Story 1", 0), ("Story 2", 0)], [], []]


def test_a_sibling_takes_over_when_the_owner_goes_and_goes_on_counting() -> None:
    front, world, sport = Reader(), Reader(OTHER), Reader(THIRD)
    first = front.poll(rss(item(1)))
    front.poll(rss(item(1, text="Corrected.")))
    world.poll(rss(item(1, text="Short.")), siblings=[front])
    sport.poll(rss(item(1, text="Sporty.")), siblings=[front, world])
    assert published(world.poll(rss(item(1, text="Short.")), siblings=[sport])) == []
    assert published(sport.poll(rss(item(1, text="Sportier.")), siblings=[world])) == []
    revised = world.poll(rss(item(1, text="Short and corrected.")), siblings=[sport])
    assert (published(revised), ids(revised)) == ([("Story 1", 2)], ids(first))


def test_a_newcomer_takes_over_what_only_bystanders_remember() -> None:
    front, world, sport = Reader(), Reader(OTHER), Reader(THIRD)
    front.poll(rss(item(1)))
    world.poll(rss(item(1)), siblings=[front])
    assert published(sport.poll(rss(item(1)), siblings=[world])) == []
    assert published(world.poll(rss(item(1, text="Mine?")), siblings=[sport])) == []
    assert published(sport.poll(rss(item(1, text="Corrected.")), siblings=[world])) == [("Story 1", 1)]


def test_a_number_as_guid_means_something_else_in_another_feed() -> None:
    front, world = Reader(), Reader(OTHER)
    front.poll(rss(item(1, guid="4711")))
    assert published(world.poll(rss(item(2, guid="4711")), siblings=[front])) == [("Story 2", 0)]


def test_a_uri_as_guid_finds_the_article_in_a_sibling_under_another_link() -> None:
    front, world = Reader(), Reader(OTHER)
    first = front.poll(rss(item(1, guid="tag:harbour-gazette.example,2026:1")))
    elsewhere = item(1, guid="tag:harbour-gazette.example,2026:1", link="https://harbour-gazette.example/world/1")
    assert published(world.poll(rss(elsewhere), siblings=[front])) == []
    revised = world.poll(rss(elsewhere.replace("Text", "New text")))
    assert ids(revised) == ids(first)


def test_a_ring_forgets_the_oldest_and_an_empty_document_makes_it_forget_nothing() -> None:
    reader = Reader()
    reader.poll(rss(*(item(number) for number in range(100))))
    reader.poll(rss())
    assert len(Ring.decode(reader.state.ring)) == 100
    reader.poll(rss(item(0), item(200)), now=NOW + timedelta(days=1))
    kept = Ring.decode(reader.state.ring)
    day, first = timedelta(days=1), int(NOW.timestamp())
    # Least recently seen first: what is seen again moves to the end and keeps the time when it was first seen.
    assert [slot.first_seen for slot in kept][-3:] == [first, first, first + int(day.total_seconds())]


def test_a_long_document_that_is_short_for_a_day_brings_nothing_twice() -> None:
    reader, newest_first = Reader(), [item(number) for number in range(110, 0, -1)]
    assert len(reader.poll(rss(*newest_first[10:])).articles) == 100
    for hour in range(10, -1, -1):
        assert len(reader.poll(rss(*newest_first[hour : hour + 3])).articles) == (hour < 10)
    assert published(reader.poll(rss(*newest_first[:100]))) == []


def test_a_document_that_grows_while_it_shows_little_brings_nothing_twice() -> None:
    reader, newest_first = Reader(), [item(number) for number in range(150, 0, -1)]
    assert len(reader.poll(rss(*newest_first[50:])).articles) == 100
    for more in range(49, -1, -1):
        assert len(reader.poll(rss(*newest_first[more : more + 3])).articles) == 1
    assert published(reader.poll(rss(*newest_first))) == []


@pytest.mark.heavy
def test_the_ring_of_a_feed_that_is_always_cut_off_does_not_grow_for_ever() -> None:
    reader = Reader()
    for number in range(200):
        broken = rss(item(number)).replace(b"</channel></rss>", b"<item><title>Half a st")
        assert read(broken).flags == ("xml_repaired", "cut_off")
        assert published(reader.poll(broken)) == [(f"Story {number}", 0)]
    assert len(Ring.decode(reader.state.ring)) == 64


def test_the_filter_publishes_every_entry_as_served() -> None:
    document = read(rss(item(1), item(1), item(2)))
    articles = raw_articles(document, a_feed(), http=None, now=NOW)
    assert len({article.id for article in articles}) == 2
    assert [(article.revision.number, article.first_seen_at, article.fetched_at) for article in articles] == [(0, NOW, NOW)] * 3
    assert [article.id for article in articles[1:]] == ids(Reader().poll(rss(item(1), item(2))))


def test_an_article_too_long_for_a_record_is_cut_and_flagged() -> None:
    long = "Ferry &lt;b&gt;sails&lt;/b&gt; øst. " * 60_000
    (article,) = Reader().poll(rss(item(1, text=long))).articles
    assert 500_000 < len(encode(article)) < RECORD_BYTES
    assert article.flags == ["truncated"]
    assert article.entry.title == "Story 1"


def test_a_feeds_title_of_any_length_leaves_articles_and_state_that_fit_a_record() -> None:
    reader = Reader()
    document = replace(read(rss(item(1))), title="Gazette " * 200_000)
    decision = decide_poll(reader.feed, reader.state, [], document, http=None, validators=Validators(), now=NOW)
    (article,) = decision.articles
    assert len(encode(article)) < RECORD_BYTES
    assert (article.entry.title, article.flags) == ("Story 1", ["truncated"])
    assert decision.state is not None
    assert len(encode(decision.state)) < RECORD_BYTES // 10
    assert (decision.state.title or "").startswith("Gazette Gazette")


def test_a_feed_is_named_without_what_opens_it() -> None:
    document = read(rss(item(1)))
    feed = a_feed("https://anna:hunter2@harbour-gazette.example/rss?key=abc&page=2", labels=["Sea"], title="Added as")
    reference = feed_reference(feed, document)
    assert (reference.url, reference.title) == ("https://harbour-gazette.example/rss?page=2", "Harbour Gazette")
    assert (reference.link, reference.labels) == ("https://harbour-gazette.example/", ["Sea"])
    assert feed_reference(a_feed(URL, private=True), document).url == "https://harbour-gazette.example/"


@pytest.mark.parametrize(("private", "answered"), [(True, "https://harbour-gazette.example/"), (False, URL)])
def test_the_answer_of_a_private_feed_is_named_by_its_host_alone(answered: str, *, private: bool) -> None:
    http = Http(status=200, url=URL, content_type="text/xml")
    feed, document = a_feed(private=private), read(rss(item(1)))
    decision = decide_poll(feed, FeedState(id=feed.id), [], document, http=http, validators=Validators(), now=NOW)
    for article in (*decision.articles, *raw_articles(document, feed, http=http, now=NOW)):
        assert article.http == replace(http, url=answered)
        assert (URL in encode(article).decode()) is not private


def test_an_address_that_leads_through_a_secret_of_the_feed_is_left_out_and_the_article_stays_the_same() -> None:
    url = "https://harbour-gazette.example/${TOKEN}/rss"
    reader = Reader(url)
    more = '<enclosure url="sound/1.mp3"/><enclosure url="https://harbour-gazette.example/2.mp3"/><source url="rss">Us</source>'
    entries = [item(1, guid=None, link="a/1", more=more), item(2, link="/story/2"), item(3, text="Write ${TOKEN} in a shell.")]
    first = reader.poll(rss(*entries, head="<title>Harbour Gazette</title><link>./</link>"))
    through, beside, harmless = first.articles
    assert (through.entry.link, through.flags) == (None, ["link_withheld"])
    assert ([one.url for one in through.entry.enclosures], through.feed.link) == (["https://harbour-gazette.example/2.mp3"], None)
    assert through.entry.source is not None
    assert through.entry.source.url is None
    assert (beside.entry.link, beside.flags) == ("https://harbour-gazette.example/story/2", [])
    assert (harmless.entry.summary, harmless.flags) == ("Write ${TOKEN} in a shell.", [])
    revised = reader.poll(rss(entries[0].replace("Text of", "New text of")))
    assert (published(revised), ids(revised)) == ([("Story 1", 1)], ids(first)[:1])
    assert not wants_page(replace(reader.feed, page="always"), replace(through.entry, link="https://harbour-gazette.example/${TOKEN}/a/1"))


def atom(*inside: str) -> bytes:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">' + "".join(inside) + "</feed>"
    ).encode()


def test_an_entry_that_its_feed_deletes_is_withdrawn_once_by_the_id_it_was_published_with() -> None:
    reader, sibling = Reader(), Reader(OTHER)
    entry = "<entry><id>tag:gazette,2026:1</id><title>Wrong</title><link href='https://harbour-gazette.example/1'/></entry>"
    deleted = atom('<at:deleted-entry ref="tag:gazette,2026:1" when="2026-03-05T10:00:00Z"/><at:deleted-entry ref="never-seen"/>')
    first = reader.poll(atom(entry))
    sibling.poll(atom(entry), siblings=[reader])
    assert [taken.article for taken in reader.poll(deleted).withdrawn] == ids(first)
    assert reader.poll(deleted).withdrawn == []
    assert sibling.poll(deleted, siblings=[reader]).withdrawn == []  # not its own to take back


def test_an_entry_that_comes_back_after_it_was_deleted_is_a_revision() -> None:
    reader = Reader()
    entry = "<entry><id>tag:gazette,2026:1</id><title>Right after all</title></entry>"
    first = reader.poll(atom(entry))
    reader.poll(atom('<at:deleted-entry ref="tag:gazette,2026:1"/>'))
    again = reader.poll(atom(entry))
    assert (ids(again), published(again)) == (ids(first), [("Right after all", 1)])


def test_a_revision_keeps_the_time_at_which_its_article_was_first_seen() -> None:
    front, world = Reader(), Reader(OTHER)
    later = NOW + timedelta(hours=5)
    (first,) = front.poll(rss(item(1))).articles
    (revised,) = front.poll(rss(item(1, text="Corrected.")), now=later).articles
    assert (first.first_seen_at, revised.first_seen_at, revised.fetched_at) == (NOW, NOW, later)
    world.poll(rss(item(1)), siblings=[front], now=later)
    front.state = front.state.__class__(id=front.state.id)  # the owner is gone
    (taken_over,) = world.poll(rss(item(1, text="Mine now.")), siblings=[front], now=later + timedelta(hours=1)).articles
    assert taken_over.first_seen_at == NOW


def removed(reader: Reader) -> Reader:
    """The feed as its siblings see it once it is removed."""
    gone = Reader(reader.feed.url)
    gone.state = replace(reader.state, ring=disowned(reader.state.ring))
    return gone


def test_who_takes_an_article_over_counts_on_from_the_last_revision_though_it_saw_only_the_first() -> None:
    front, world = Reader(), Reader(OTHER)
    front.poll(rss(item(1)))
    world.poll(rss(item(1, text="Shorter.")), siblings=[front])
    front.poll(rss(item(1, text="Corrected.")))
    front.poll(rss(item(1, text="Corrected twice.")))
    assert published(world.poll(rss(item(1, text="Shorter, corrected.")), siblings=[removed(front)])) == [("Story 1", 3)]


@pytest.mark.parametrize("meanwhile", ["Second.", ""])
def test_a_feed_that_comes_back_leaves_its_articles_to_the_one_that_took_them_over(meanwhile: str) -> None:
    front, world = Reader(), Reader(OTHER)
    front.poll(rss(item(1)))
    world.poll(rss(item(1)), siblings=[front])
    revisions = published(world.poll(rss(item(1, text=meanwhile)), siblings=[removed(front)]))
    revisions += published(front.poll(rss(item(1, text="Third.")), siblings=[world]))
    revisions += published(world.poll(rss(item(1, text="Third.")), siblings=[front]))
    revisions += published(front.poll(rss(item(1, text="Third, in other words.")), siblings=[world]))
    revisions += published(world.poll(rss(item(1, text="Third.")), siblings=[front]))
    assert [number for _, number in revisions] == ([1, 2] if meanwhile else [1])


def test_an_article_in_a_feed_and_in_the_sitemap_of_its_publisher_is_published_once() -> None:
    feed, sitemap = Reader(), Reader("https://harbour-gazette.example/news-sitemap.xml")
    listed = (
        b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://harbour-gazette.example/story/1</loc></url>"
        b"<url><loc>https://harbour-gazette.example/story/2/</loc></url></urlset>"
    )
    first = feed.poll(rss(item(1)))
    (second,) = sitemap.poll(listed, siblings=[feed]).articles
    assert second.entry.link == "https://harbour-gazette.example/story/2/"
    assert feed.poll(rss(item(1), item(2)), siblings=[sitemap]).articles == []
    assert second.id not in ids(first)
