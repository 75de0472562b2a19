"""The examples are events: valid, decodable, consistent; and a broken one is noticed."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime
from typing import Any

import msgspec
import pytest
from contract_files import DIALECTS, EXAMPLES, example, examples, faults, kind_of, misquoted, rules_of, spans

from dateline.envelope import enriched_event_id, news_envelope
from dateline.events import TYPES, EnrichedArticle, Feed, NewsEvent, RawArticle, decode, encode
from dateline.poller.identity import article_id, content_hash, feed_id, guid_hash, link_hash, scope_of
from dateline.sink.normalize import EXCERPT_CODE_POINTS, normalize
from dateline.sink.stories import Stories
from dateline.withdrawn import canceled as withdrawal_of

FEED, RAW, ENRICHED, NEWS = TYPES
DUPLICATE, CANCELED = f"{NEWS}.duplicate", f"{NEWS}.canceled"
EVENTS = [name for name in examples() if kind_of(name) == NEWS]
REGENERATE = "the program has moved on: write the example anew"


def decoded(name: str, value: Any = None) -> Any:
    return decode(json.dumps(example(name) if value is None else value).encode(), TYPES[kind_of(name)])


# ── they are what they claim to be ───────────────────────────────────────────────────────────────────────────────────


def test_every_type_has_an_example() -> None:
    assert {kind_of(name) for name in examples()} == set(TYPES)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.__name__)
@pytest.mark.parametrize("name", examples())
def test_an_example_is_valid(name: str, dialect: Any) -> None:
    assert faults(example(name), rules_of(kind_of(name)), dialect) == []


@pytest.mark.parametrize("name", examples())
def test_an_example_decodes_to_its_type_and_encodes_back_to_the_same_value(name: str) -> None:
    assert json.loads(encode(decoded(name))) == example(name)


@pytest.mark.parametrize("name", examples())
def test_fields_that_a_reader_does_not_know_change_nothing(name: str) -> None:
    extended = with_unknown_fields(example(name))
    assert extended != example(name)
    assert faults(extended, rules_of(kind_of(name))) == []
    assert decoded(name, extended) == decoded(name)


def with_unknown_fields(value: Any) -> Any:
    """The same with one more field in every object but `extensions` and `headers`, whose names are data."""
    if isinstance(value, list):
        return [with_unknown_fields(item) for item in value]
    if not isinstance(value, dict):
        return value
    known = {key: item if key in ("extensions", "headers") else with_unknown_fields(item) for key, item in value.items()}
    return known | {"added_later": {"by": ["a", "later", "release"]}}


# ── they quote exactly ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", examples())
def test_every_span_quotes_the_text_at_its_offsets(name: str) -> None:
    assert misquoted(example(name)) == []


@pytest.mark.parametrize("name", [ENRICHED, NEWS])
def test_an_attribution_is_quoted_and_a_moved_quotation_is_noticed(name: str) -> None:
    event = example(name)
    assert any("weight" in span for span in spans(event))
    for number in range(len(spans(event))):
        moved = deepcopy(event)
        span = spans(moved)[number]
        span["start"], span["end"] = span["start"] - 1, span["end"] - 1
        assert misquoted(moved) == [span]


@pytest.mark.parametrize("name", [name for name in examples() if kind_of(name) == ENRICHED])
def test_the_paragraphs_are_the_body(name: str) -> None:
    text = decoded(name).text
    assert "\n\n".join(text.body[part.start : part.end] for part in text.paragraphs) == text.body


# ── they hang together: one feed, its entry, what is said of it, what subscribers get ────────────────────────────────


def test_ids_and_hashes_are_the_ones_the_program_gives() -> None:
    feed, raw, enriched, news = (decoded(name) for name in (FEED, RAW, ENRICHED, NEWS))
    assert isinstance(feed, Feed)
    assert isinstance(raw, RawArticle)
    assert (feed.id, feed.scope) == (feed_id(feed.url), scope_of(feed.url))
    assert raw.feed.id == enriched.feed.id == news.feed.id == feed.id
    assert raw.id == article_id(feed.scope, feed.id, guid=guid_hash(raw.entry.guid or ""), link=link_hash(raw.entry.link or ""))
    assert raw.id == enriched.id == news.id
    assert raw.revision.content_hash == content_hash(raw.entry).hex()
    assert enriched.revision == raw.revision


def test_the_news_is_what_the_sink_makes_of_the_enriched_articles() -> None:
    stories = Stories(window_hours=72)
    for offset, (article, event) in enumerate(((ENRICHED, NEWS), (f"{ENRICHED}.duplicate", DUPLICATE))):
        enriched: EnrichedArticle = decoded(article)
        story = stories.decide(enriched, "en", offset)
        assert story is not None
        assert normalize(enriched, story) == decoded(event), REGENERATE


def test_the_headers_are_those_of_the_news() -> None:
    news: NewsEvent = decoded(NEWS)
    enriched: EnrichedArticle = decoded(ENRICHED)
    headers = example("news.headers")
    received = [("traceparent", headers["traceparent"].encode())]
    made = news_envelope(news, time=datetime.fromisoformat(headers["ce_time"]), received=received)
    assert [(name, value.decode()) for name, value in made] == list(headers.items()), REGENERATE
    assert news.enriched_id == enriched_event_id(enriched)


def test_the_origin_is_the_first_one_when_the_copy_names_one_and_null_otherwise() -> None:
    for name in EVENTS:
        event: NewsEvent = decoded(name)
        assert event.origin == (event.origins[0] if event.attribution_status == "attributed" else None)


def test_a_silent_copy_belongs_to_the_story_that_knows_its_origin() -> None:
    first, copy = decoded(NEWS), decoded(DUPLICATE)
    assert (copy.attribution_status, copy.origin) == ("unattributed", None)
    assert (copy.story.id, copy.story.of, copy.story.copies) == (first.story.id, first.id, 2)
    assert (copy.story.origin.name, copy.story.origin.article) == (first.origin.name, first.id)


def test_a_canceled_event_carries_nothing_of_the_text_nor_of_people() -> None:
    first, canceled = decoded(NEWS), decoded(CANCELED)
    assert (canceled.id, canceled.revision, canceled.status) == (first.id, first.revision, "canceled")
    assert (canceled.headline, canceled.summary, canceled.body) == (None, None, None)
    assert canceled.authors == canceled.origins == canceled.images == canceled.keywords == canceled.categories == canceled.media == []
    assert (canceled.rights.notice, canceled.copyright, canceled.story.origin) == (None, None, None)
    assert spans(example(CANCELED)) == []
    assert canceled == withdrawal_of(first), REGENERATE


# What an example is named after, and where it shows.
SHOWN = {
    "canceled": lambda event: event.status == "canceled",
    "conflict": lambda event: event.attribution_status == "conflict" and len(event.origins) == 2 and event.relation == "unknown",
    "duplicate": lambda event: event.story.role == "duplicate" and event.story.origin is not None and event.origin is None,
    "excerpt": lambda event: event.body_from == "page" and event.body.endswith("…") and len(event.body) <= EXCERPT_CODE_POINTS,
    "headline_only": lambda event: (event.url, event.published_at, event.summary, event.body_from) == (None, None, None, "title"),
    "revision": lambda event: event.story.role == "revision" and event.revision == 1 and event.updated_at is not None,
    "translation": lambda event: event.translation.kind == "machine" and event.relation == "translation",
    "withheld": lambda event: event.status == "withheld" and event.body is None and event.word_count > 0,
    "zh_hans": lambda event: (event.language, event.script) == ("zh-Hans", "Hans"),
}


@pytest.mark.parametrize("what", SHOWN)
def test_an_example_shows_what_it_is_named_after(what: str) -> None:
    assert SHOWN[what](decoded(f"{NEWS}.{what}"))


def test_there_is_an_example_of_each_edge() -> None:
    assert {name.removeprefix(NEWS).removeprefix(".") for name in EVENTS} == {"", *SHOWN}


def test_the_revision_replaces_what_it_revises_and_a_withdrawal_both() -> None:
    first, revision, canceled = (decoded(name) for name in (NEWS, f"{NEWS}.revision", CANCELED))
    assert first.id == revision.id == canceled.id == revision.story.of
    assert first.story.id == revision.story.id
    assert first.body != revision.body


def test_evidence_after_characters_beyond_the_basic_plane_stands_elsewhere_in_utf_16() -> None:
    event = decoded(f"{NEWS}.zh_hans")
    (proof,) = event.origin.evidence
    assert event.body[proof.start : proof.end] == proof.text
    units = event.body.encode("utf-16-le")
    assert units[2 * proof.start : 2 * proof.end].decode("utf-16-le") != proof.text


# ── the validator has teeth ──────────────────────────────────────────────────────────────────────────────────────────

BROKEN = {
    "an unknown status": ("status", "deleted"),
    "an id in capitals": ("id", "ABBC9E9D-CD89-55E0-9B29-105D05B5C81A"),
    "a revision below 0": ("revision", -1),
    "a revision in words": ("revision", "0"),
    "a list that is null": ("origins", None),
    "a time without a zone": ("first_seen_at", "2026-03-03T07:19:42"),
    "a day that does not exist": ("first_seen_at", "2026-02-30T07:19:42Z"),
    "a time that is null where there is always one": ("first_seen_at", None),
    "more than sure": ("origins.0.confidence", 1.5),
    "evidence that starts nowhere": ("origins.0.evidence.0.start", None),
    "a story without copies": ("story.copies", 0),
}
# What our own decoder forgives, for readers of older records, and the schema does not.
CARELESS = {"an offset instead of Z": ("first_seen_at", "2026-03-03T08:19:42+01:00")}


def broken(path: str, value: Any) -> Any:
    event = example(NEWS)
    place: Any = event
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parents:
        place = place[part]
    assert last in place
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return event


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.__name__)
@pytest.mark.parametrize(("path", "value"), [*BROKEN.values(), *CARELESS.values()], ids=[*BROKEN, *CARELESS])
def test_a_broken_example_is_refused_by_its_schema(path: str, value: Any, dialect: Any) -> None:
    assert faults(broken(path, value), rules_of(NEWS), dialect)


@pytest.mark.parametrize(("path", "value"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_example_is_refused_by_its_type(path: str, value: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded(NEWS, broken(path, value))


@pytest.mark.parametrize("path", ["headline", "story", "origin.evidence", "feed.labels", "publisher.id"])
def test_a_field_that_is_left_out_is_refused_by_the_schema(path: str) -> None:
    assert faults(broken(path, ...), rules_of(NEWS))


def test_no_example_names_anybody_real() -> None:
    for path in EXAMPLES.glob("*.json"):
        hosts = {part.split("/")[0] for part in path.read_text(encoding="utf-8").split("://")[1:]}
        assert all(host.endswith((".example", "purl.org")) for host in hosts), path.name
