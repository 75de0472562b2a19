"""Identity and revisions hold for any feed: what is one article stays one, and what is new is published once.

DATELINE_TEST_EXAMPLES=1000 looks further than the few examples of every run.
"""

from __future__ import annotations

import os
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from invented import NOW, Reader, read, rss

from dateline.poller.decide import raw_articles
from dateline.poller.identity import content_hash, guid_hash, normalize_link
from dateline.poller.keys import keys_of
from examples import examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.poller.decide import Decision

MORE = int(os.environ.get("DATELINE_TEST_EXAMPLES", "0"))
SITE = "harbour-gazette.example"
OTHER = f"https://{SITE}/world/rss"


def few(count: int) -> settings:
    return settings(max_examples=MORE) if MORE else examples(count)


class Told(NamedTuple):
    """One entry as an editor thinks of it; the rest of its shape is how it happens to be served."""

    number: int
    text: str
    guid: str | None
    link: str | None

    def served(self, *, cruft: str = "", scheme: str = "https://", more: str = "") -> str:
        """The item, its link and guid spelt in one of the ways that mean the same."""
        guid, link = (None if one is None else _spelt(one, cruft, scheme) for one in (self.guid, self.link))
        parts = (
            f"<title>Story {self.number}</title><description>{escape(self.text)}</description>",
            f'<guid isPermaLink="false">{escape(guid)}</guid>' if guid else "",
            f"<link>{escape(link)}</link>" if link else "",
            more,
        )
        return f"<item>{''.join(parts)}</item>"


def _spelt(address: str, cruft: str, scheme: str) -> str:
    if not address.startswith("https://"):
        return address
    joint = "&" if "?" in address else "?"
    return address.replace("https://", scheme, 1) + (joint + cruft if cruft else "")


numbers = st.integers(1, 6)
texts = st.text("ab é<&ß漢", max_size=8)
cruft = st.sampled_from(["", "utm_source=rss", "fbclid=x&at_medium=RSS", "mc_cid=1"])
schemes = st.sampled_from(["https://", "http://", "https://www.", "http://www."])
dates = st.sampled_from(["", "<pubDate>Tue, 03 Mar 2026 10:00:00 GMT</pubDate>", "<pubDate>soon</pubDate>", "<dc:date>2026</dc:date>"])


@st.composite
def entries(draw: st.DrawFn, number: int) -> Told:
    """An entry with a guid or a link of its own, or both."""
    guid = draw(st.sampled_from([f"gazette-{number}", f"https://{SITE}/?p={number}", f"tag:{SITE},2026:{number}", None]))
    links = [f"https://{SITE}/story/{number}", f"https://{SITE}/a?id={number}"]
    link = draw(st.sampled_from(links if guid is None else [*links, None]))
    return Told(number, draw(texts), guid, link)


@st.composite
def documents(draw: st.DrawFn, least: int = 1) -> list[Told]:
    """Entries that differ in all they have."""
    return [draw(entries(number)) for number in draw(st.lists(numbers, min_size=least, max_size=6, unique=True))]


def document(told: Sequence[Told]) -> bytes:
    return rss(*(one.served() for one in told))


def ids(decision: Decision) -> list[str]:
    return [article.id for article in decision.articles]


@few(12)
@given(documents(), st.data())
def test_an_id_depends_neither_on_order_nor_on_scheme_www_or_tracking(told: list[Told], data: st.DataObject) -> None:
    reader = Reader()
    plain = {one.number: article.id for one, article in zip(told, reader.poll(document(told)).articles, strict=True)}
    shuffled = data.draw(st.permutations(told))
    disguised = rss(*(one.served(cruft=data.draw(cruft), scheme=data.draw(schemes), more=data.draw(dates)) for one in shuffled))
    assert ids(Reader().poll(disguised)) == [plain[one.number] for one in shuffled]
    assert reader.poll(disguised).articles == []


@few(12)
@given(documents())
def test_a_document_seen_twice_brings_nothing_and_leaves_the_state_alone(told: list[Told]) -> None:
    reader = Reader()
    first = reader.poll(document(told))
    assert len(set(ids(first))) == len(told)
    again = reader.poll(document(told))
    assert (again.articles, again.state) == ([], None)


@few(12)
@given(documents(), st.integers(0, 6), st.integers(0, 6))
def test_two_polls_that_overlap_publish_what_one_would_have(told: list[Told], here: int, there: int) -> None:
    whole, split = Reader(), Reader()
    start, end = sorted((here % (len(told) + 1), there % (len(told) + 1)))
    parts = [split.poll(document(told[:end])), split.poll(document(told[start:]))]
    assert [one for part in parts for one in ids(part)] == ids(whole.poll(document(told)))


@few(12)
@given(documents(), st.data())
def test_a_guid_that_rotates_makes_no_second_article(told: list[Told], data: st.DataObject) -> None:
    told = [one._replace(link=one.link or f"https://{SITE}/story/{one.number}") for one in told]
    reader = Reader()
    known = reader.poll(document(told))
    for visit in range(2):
        rotated = [one._replace(guid=f"cache-{visit}-{one.number}" if data.draw(st.booleans()) else one.guid) for one in told]
        assert reader.poll(document(rotated)).articles == []
    revised = reader.poll(document([one._replace(guid=f"last-{one.number}", text="Corrected.") for one in told]))
    assert ids(revised) == ids(known)


@few(12)
@given(documents(), st.data())
def test_a_guid_that_is_no_place_holds_an_article_together_whatever_becomes_of_its_link_and_text(
    told: list[Told], data: st.DataObject
) -> None:
    told = [one._replace(guid=one.guid or f"gazette-{one.number}", link=one.link or f"https://{SITE}/story/{one.number}") for one in told]
    reader = Reader()
    known = dict(zip((one.number for one in told), ids(reader.poll(document(told))), strict=True))
    for visit in range(2):
        slugs = {one.number: data.draw(st.booleans()) for one in told}
        told = [one._replace(link=f"https://{SITE}/{visit}/{one.number}" if slugs[one.number] else one.link) for one in told]
        told = [one._replace(text=data.draw(texts)) for one in data.draw(st.permutations(told))]
        assert set(ids(reader.poll(document(told)))) <= set(known.values())


@few(20)
@given(st.data())
def test_where_guids_are_places_each_story_is_published_once_and_revised_when_it_changes(data: st.DataObject) -> None:
    reader, versions, seen = Reader(), dict.fromkeys(range(1, 9), 0), dict[int, tuple[str, int]]()
    for _ in range(data.draw(st.integers(2, 5))):
        shown = data.draw(st.lists(st.integers(1, 8), min_size=1, max_size=6, unique=True))
        versions |= {number: versions[number] + data.draw(st.integers(0, 1)) for number in shown}
        served = [
            Told(number, f"Text {number}, version {versions[number]}.", str(place), f"https://{SITE}/story/{number}")
            for place, number in enumerate(shown)
        ]
        articles = {article.entry.title: article for article in reader.poll(document(served)).articles}
        for number in shown:
            article = articles.pop(f"Story {number}", None)
            if number not in seen or seen[number][1] != versions[number]:
                assert article is not None
                assert article.id == seen.get(number, (article.id, 0))[0]
                assert (article.revision.number == 0) == (number not in seen)
                seen[number] = (article.id, versions[number])
            else:
                assert article is None
        assert articles == {}
    assert len({known for known, _ in seen.values()}) == len(seen)


@few(12)
@given(documents(least=2))
def test_entries_that_share_a_guid_are_as_many_articles_and_flagged(told: list[Told]) -> None:
    shared = [one._replace(guid="same", link=f"https://{SITE}/story/{one.number}") for one in told]
    reader = Reader()
    first = reader.poll(document(shared))
    assert len(set(ids(first))) == len(told)
    assert all("guid_collision" in article.flags for article in first.articles)
    assert reader.poll(document(shared[::-1])).articles == []


@few(12)
@given(documents(), st.data())
def test_a_revision_is_a_changed_text_and_keeps_the_id(told: list[Told], data: st.DataObject) -> None:
    reader = Reader()
    known = dict(zip((one.number for one in told), ids(reader.poll(document(told))), strict=True))
    edited = [one._replace(text=data.draw(texts)) for one in told]
    bodies = [[content_hash(parsed.entry) for parsed in read(document(version)).entries] for version in (told, edited)]
    changed = [one.number for one, before, after in zip(told, *bodies, strict=True) if before != after]
    revised = reader.poll(document(edited))
    assert ids(revised) == [known[number] for number in changed]
    assert {article.revision.number for article in revised.articles} <= {1}


@few(20)
@given(documents(), st.lists(st.tuples(st.booleans(), st.integers(0, 63), st.booleans()), min_size=1, max_size=6))
def test_two_feeds_of_a_scope_never_both_publish_a_revision_of_an_article(told: list[Told], visits: list[tuple[bool, int, bool]]) -> None:
    told = [one._replace(link=f"https://{SITE}/story/{one.number}") for one in told]
    front, world = Reader(), Reader(OTHER)
    published: set[tuple[str, int]] = set()
    for turn, (is_front, chosen, edits) in enumerate(visits):
        reader, sibling = (front, world) if is_front else (world, front)
        served = [one._replace(text=f"Text {turn}.") if edits else one for place, one in enumerate(told) if chosen >> place & 1]
        articles = reader.poll(document(served), siblings=[sibling]).articles
        assert published.isdisjoint((article.id, article.revision.number) for article in articles)
        published |= {(article.id, article.revision.number) for article in articles}
    firsts = [article for article, revision in published if revision == 0]
    assert {article for article, _ in published} == set(firsts)


@few(12)
@given(documents())
def test_every_entry_as_served_has_the_id_that_a_first_poll_gives_it(told: list[Told]) -> None:
    reader = Reader()
    served = raw_articles(read(document(told)), reader.feed, http=None, now=NOW)
    assert [article.id for article in served] == ids(reader.poll(document(told)))


@few(25)
@given(st.lists(st.text("abc漢é.", min_size=1, max_size=6), min_size=1, max_size=4), st.data())
def test_the_content_hash_sees_words_and_neither_markup_nor_white_space_nor_dates(words: list[str], data: st.DataObject) -> None:
    tags = st.sampled_from([" ", "  \n", " <b>", "</p> <p class='x'> ", " <br/> "])
    marked = "".join(word + data.draw(tags) for word in words)
    items = (Told(1, " ".join(words), "1", None).served(), Told(1, marked, "1", None).served(more=data.draw(dates)))
    plain, dressed = (content_hash(parsed.entry) for parsed in read(rss(*items)).entries)
    assert plain == dressed
    other = read(rss(Told(1, " ".join(words) + " more", "1", None).served())).entries[0].entry
    assert content_hash(other) != plain


@few(40)
@given(st.text(max_size=30), cruft)
def test_a_link_normalized_twice_is_normalized_and_a_guid_follows_it(text: str, more: str) -> None:
    assume("#" not in text)
    normalized = normalize_link(text)
    assert normalize_link(normalized) == normalized
    address = f"https://{SITE}/a?q=1"
    assert guid_hash(f"{address}&{more}" if more else address) == guid_hash(address.replace("https", "http"))


@few(20)
@given(documents(least=2), st.data())
def test_keys_are_unique_however_guids_and_links_are_shared_as_long_as_words_differ(told: list[Told], data: st.DataObject) -> None:
    guids, links = (
        st.sampled_from([None, "1", "2"]),
        st.sampled_from([None, f"https://{SITE}/live", f"https://{SITE}/", f"https://{SITE}/2"]),
    )
    mixed = [one._replace(guid=data.draw(guids), link=data.draw(links)) for one in told]
    keys = keys_of(read(document(mixed)), Reader().feed.url)
    assert len({key.guid for key in keys}) == len(mixed)
    assert len({key.link for key in keys if any(key.link)}) == sum(any(key.link) for key in keys)
    assert len(set(ids(Reader().poll(document(mixed))))) == len(mixed)
