"""What a poller knows of its partition, in little memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import structlog
from invented import NOW, URL, a_feed
from msgspec.structs import replace

from dateline.events import Feed, FeedHints, FeedMove, FeedPlan, FeedState, Publisher, encode
from dateline.log.visit import partition_of
from dateline.poller.packed import Kept, Packed
from dateline.poller.registry import Registry
from dateline.poller.ring import Ring, Slot
from fakes import FakeRecord

if TYPE_CHECKING:
    import msgspec

OTHER = "https://harbour-gazette.example/world/rss"
DAY = 86_400
KEY = a_feed().id
MOMENT = int(NOW.timestamp())
RING = Ring([Slot(bytes([n]) * 8, bytes([n + 1]) * 8, bytes(4), 0, owned=True, first_seen=7) for n in range(9)]).encode(9)


def record(topic: str, key: str, message: msgspec.Struct | None, at: int = MOMENT) -> FakeRecord:
    return FakeRecord(topic, 0, 0, at * 1000, key.encode(), None if message is None else encode(message), ())


def feed_record(feed: Feed, *, gone: bool = False, at: int = MOMENT) -> FakeRecord:
    return record("feeds", feed.id, None if gone else feed, at)


# --- packing ---


@pytest.mark.parametrize(
    "message",
    [
        a_feed(),
        a_feed(OTHER, labels=["a", "b"], publisher=Publisher(name="x", domain=None, country="de"), every=60, headers={"A": "${B}"}),
        FeedState(id=a_feed(OTHER).id),
        FeedState(id=KEY, ring=RING, etag='W/"1"', hints=FeedHints(skip_days=3), move=FeedMove(url=URL, since=1), rate=0.125),
        FeedState(id=KEY, ring="no base64"),
        FeedState(id=KEY, ring="YQ==" + "YQ=="),
        FeedPlan(last=1, next=2, rule="rate", error="ö", weight=0.5),
    ],
)
def test_what_is_taken_out_equals_what_was_put_in(message: Feed | FeedState | FeedPlan) -> None:
    place = {Feed: "feed", FeedState: "state", FeedPlan: "plan"}[type(message)]
    field = "id" if not isinstance(message, FeedPlan) else None
    packed = Packed({}, place, type(message), key_field=field, base64_field="ring" if isinstance(message, FeedState) else None)
    packed[KEY] = message
    assert packed[KEY] == message
    assert (list(packed), len(packed), KEY in packed, "y" in packed) == ([KEY], 1, True, False)


def test_what_is_kept_under_one_key_comes_and_goes_alone() -> None:
    shelf: dict[str, Kept] = {}
    plans, states = Packed(shelf, "plan", FeedPlan), Packed(shelf, "state", FeedState)
    plans["a"] = plans["a"] = FeedPlan(last=1, next=2, rule="rate")
    states["b"] = FeedState(id=KEY)
    assert (list(plans), list(states), len(plans), "b" in plans, plans.get("b")) == (["a"], ["b"], 1, False, None)
    with pytest.raises(KeyError):
        del plans["b"]
    del plans["a"], states["b"]
    assert (len(plans), len(states), shelf) == (0, 0, {})


def test_a_state_takes_less_than_two_thirds_of_its_record() -> None:
    state = FeedState(id=a_feed().id, ring=RING * 3, title="Harbour Gazette")
    shelf: dict[str, Kept] = {}
    packed = Packed(shelf, "state", FeedState, key_field="id", base64_field="ring")
    packed[state.id] = state
    assert len(shelf[state.id].state or b"") < 2 / 3 * len(encode(state))


# --- scopes ---


def test_a_scopes_other_feeds_are_its_siblings_and_those_that_are_gone_own_nothing() -> None:
    registry, feeds = Registry(), [a_feed(), a_feed(OTHER), a_feed("https://tarn-valley-post.example/rss")]
    registry.apply("feeds", [feed_record(feed) for feed in feeds])
    registry.apply("feeds.state", [record("feeds.state", feed.id, FeedState(id=feed.id, ring=RING)) for feed in feeds])
    assert [sibling.id for sibling in registry.siblings(feeds[0], {})] == [feeds[1].id]
    pending = {feeds[1].id: FeedState(id=feeds[1].id, title="pending")}
    assert list(registry.siblings(feeds[0], pending)) == list(pending.values())
    registry.apply("feeds", [feed_record(feeds[1], gone=True)])
    (gone,) = registry.siblings(feeds[0], {})
    assert {slot.owned for slot in Ring.decode(gone.ring)} == {False}


def test_a_feed_in_the_wrong_partition_is_reported_once_and_ignored() -> None:
    feed = a_feed()

    def place_of(scope: str) -> int:
        return partition_of(scope.encode(), 6)

    wanted = place_of(feed.scope)
    with structlog.testing.capture_logs() as lines:
        wrong = Registry((wanted + 1) % 6, place_of)
        assert wrong.apply("feeds", [feed_record(feed), feed_record(feed)]) == []
    assert len(wrong.feeds) == 0
    assert [(line["event"][:28], line["wanted"]) for line in lines] == [("feed in the wrong partition ", wanted)]
    right = Registry(wanted, place_of)
    assert right.apply("feeds", [feed_record(feed)]) == [feed.id]


def elsewhere() -> Registry:
    """A registry of a partition to which no feed belongs."""
    return Registry(0, lambda _scope: 1)


def states(feed: Feed) -> list[FakeRecord]:
    """A feed's state and its plan."""
    plan = FeedPlan(last=1, next=2, rule="rate")
    return [record("feeds.state", feed.id, FeedState(id=feed.id, title="kept")), record("feeds.state", feed.id + "/plan", plan)]


def test_the_state_of_a_feed_that_belongs_elsewhere_is_ignored_and_not_forgotten_for_it() -> None:
    registry, feed = elsewhere(), a_feed()
    registry.apply("feeds", [feed_record(feed)])
    registry.apply("feeds.state", states(feed))
    assert (registry.state(feed.id).title, len(registry.plans), registry.outlived(MOMENT + 99 * DAY, most=9)) == (None, 0, [])


def test_once_a_misplaced_feed_is_removed_what_is_left_of_it_is_forgotten_like_any_removed_feeds() -> None:
    registry, feed = elsewhere(), a_feed()
    registry.apply("feeds", [feed_record(feed), feed_record(feed, gone=True)])
    registry.apply("feeds.state", states(feed))
    assert registry.outlived(MOMENT + 7 * DAY, most=9) == [feed.id]


def test_a_feed_whose_latest_record_belongs_elsewhere_is_gone_as_if_only_that_record_were_left() -> None:
    scopes = {a_feed().scope: 0, "elsewhere.example": 1}
    registry, feed = Registry(0, scopes.__getitem__), a_feed()
    registry.apply("feeds", [feed_record(feed)])
    registry.apply("feeds.state", states(feed))
    assert registry.apply("feeds", [feed_record(replace(feed, scope="elsewhere.example"))]) == [feed.id]
    assert (len(registry.feeds), registry.state(feed.id).title, len(registry.plans)) == (0, None, 0)
    assert registry.apply("feeds", [feed_record(feed)]) == [feed.id]
    registry.apply("feeds.state", states(feed))
    assert registry.state(feed.id).title == "kept"


# --- what is kept of removed feeds ---


def removed(*, at: int) -> Registry:
    registry, feed = Registry(), a_feed()
    registry.apply("feeds", [feed_record(feed), feed_record(feed, gone=True, at=at)])
    registry.apply("feeds.state", [record("feeds.state", feed.id, FeedState(id=feed.id, title="kept"))])
    registry.apply("feeds.state", [record("feeds.state", feed.id + "/plan", FeedPlan(last=at - 20 * DAY, next=0, rule="rate"))])
    return registry


def test_what_is_known_of_a_removed_feed_is_kept_for_a_week() -> None:
    registry = removed(at=MOMENT)
    assert registry.outlived(MOMENT + 7 * DAY - 1, most=9) == []
    assert registry.outlived(MOMENT + 7 * DAY, most=9) == [a_feed().id]
    assert registry.outlived(MOMENT + 7 * DAY, most=0) == []
    registry.forget(a_feed().id)
    assert (registry.outlived(MOMENT + 99 * DAY, most=9), registry.state(a_feed().id).title) == ([], None)


def test_a_feed_added_again_in_time_goes_on_where_it_was() -> None:
    registry = removed(at=MOMENT)
    registry.apply("feeds", [feed_record(replace(a_feed(), added_at=datetime(2026, 4, 1, tzinfo=UTC)))])
    assert registry.outlived(MOMENT + 99 * DAY, most=9) == []
    assert registry.state(a_feed().id).title == "kept"


def test_where_the_record_of_a_removal_is_gone_the_last_poll_tells_how_long_ago_it_was() -> None:
    registry = Registry()
    registry.apply("feeds.state", [record("feeds.state", "a/plan", FeedPlan(last=MOMENT, next=0, rule="rate"))])
    registry.apply("feeds.state", [record("feeds.state", "a", FeedState(id=a_feed().id))])
    assert registry.outlived(MOMENT + 6 * DAY, most=9) == []
    assert registry.outlived(MOMENT + 7 * DAY, most=9) == ["a"]
