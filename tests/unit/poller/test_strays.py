"""Which records lie in a partition that is not their feed's, and what is said and done about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from invented import URL, a_feed
from msgspec.structs import replace

from dateline.cli.findings import about_strays
from dateline.events import FeedPlan, FeedState, encode
from dateline.log.visit import partition_of
from dateline.poller import strays
from dateline.poller.feeds import removals
from dateline.poller.strays import Found, Search, Stray, find_strays
from fakes import FakeRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import msgspec

PARTITIONS = 6
FEED = a_feed()
HOME = partition_of(FEED.scope.encode(), PARTITIONS)
WRONG = (HOME + 1) % PARTITIONS
OTHER_SCOPE = next(name for name in (f"a{n}.example" for n in range(99)) if partition_of(name.encode(), PARTITIONS) == WRONG)
PLAN = FeedPlan(last=1, next=2, rule="rate")


def record(topic: str, key: str, message: msgspec.Struct | None, partition: int, at: int = 0) -> FakeRecord:
    return FakeRecord(topic, partition, 0, at, key.encode(), None if message is None else encode(message), ())


def feed(partition: int, *, gone: bool = False, at: int = 0, scope: str = FEED.scope) -> FakeRecord:
    return record("feeds", FEED.id, None if gone else replace(FEED, scope=scope), partition, at)


def state(partition: int, *, gone: bool = False) -> FakeRecord:
    return record("feeds.state", FEED.id, None if gone else FeedState(id=FEED.id), partition)


def plan(partition: int, *, gone: bool = False) -> FakeRecord:
    return record("feeds.state", FEED.id + "/plan", None if gone else PLAN, partition)


def found(*records: FakeRecord) -> list[Stray]:
    search = Search(PARTITIONS)
    for one in records:
        search.apply(one.topic, one)
    return search.strays()


def test_what_lies_where_it_belongs_is_no_stray() -> None:
    assert found(feed(HOME), state(HOME), plan(HOME)) == []


def test_a_feed_in_a_wrong_partition_is_one_stray_with_its_state() -> None:
    assert found(feed(WRONG), state(WRONG), plan(WRONG)) == [Stray(FEED.id, WRONG, HOME, is_feed=True)]


@pytest.mark.parametrize("alone", [state, plan])
def test_a_state_or_a_plan_that_is_not_beside_its_feed_is_one(alone: Callable[[int], FakeRecord]) -> None:
    assert found(feed(HOME), alone(WRONG)) == [Stray(FEED.id, WRONG, HOME, is_feed=False)]


def test_only_the_latest_record_of_a_key_in_its_partition_counts_and_no_tombstone() -> None:
    assert found(feed(WRONG), feed(WRONG, gone=True), feed(HOME)) == []
    assert found(feed(WRONG), feed(HOME), feed(HOME, gone=True)) == [Stray(FEED.id, WRONG, HOME, is_feed=True)]
    assert found(feed(HOME), state(WRONG), state(WRONG, gone=True), plan(WRONG), plan(WRONG, gone=True)) == []
    assert found(feed(HOME), state(WRONG), plan(WRONG), plan(WRONG, gone=True)) == [Stray(FEED.id, WRONG, HOME, is_feed=False)]


def test_where_a_removed_feed_belongs_is_known_from_what_is_left_of_it() -> None:
    assert found(feed(HOME), feed(HOME, gone=True), state(HOME)) == []
    assert found(feed(HOME), feed(HOME, gone=True), state(WRONG)) == [Stray(FEED.id, WRONG, HOME, is_feed=False)]


def test_a_state_of_which_no_feed_is_known_is_not_judged() -> None:
    assert found(feed(HOME, gone=True), state(HOME), plan(WRONG)) == []


def test_a_feed_that_came_into_another_scope_belongs_where_its_latest_record_says() -> None:
    moved = feed(WRONG, scope=OTHER_SCOPE, at=2)
    wanted = [Stray(FEED.id, HOME, WRONG, is_feed=True)]
    assert found(feed(HOME, at=1), moved) == wanted
    assert found(moved, feed(HOME, at=1)) == wanted


def test_what_cannot_be_read_is_left_out() -> None:
    assert found(FakeRecord("feeds", WRONG, 0, 0, b"a", b"{", ()), FakeRecord("feeds.state", WRONG, 0, 0, None, b"{", ())) == []


# --- what is said ---


async def strays_of(records: list[FakeRecord], monkeypatch: pytest.MonkeyPatch, **options: int) -> tuple[list[Found], int]:
    async def read_each(_: object, topic: str) -> AsyncIterator[FakeRecord]:
        for one in records:
            if one.topic == topic:
                yield one

    async def partitions_of(*_: object) -> int:
        return PARTITIONS

    monkeypatch.setattr(strays, "read_each", read_each)
    monkeypatch.setattr(strays, "partitions_of", partitions_of)
    return await find_strays(None, **options)  # type: ignore[arg-type]


async def test_a_stray_is_named_by_its_address_without_secrets_and_a_private_one_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    secret, private = a_feed(URL + "?token=${OPENS}"), replace(a_feed(URL + "?b"), private=True)
    records = [record("feeds", one.id, one, WRONG) for one in (secret, private)]
    named, count = await strays_of(records, monkeypatch)
    assert (sorted(one.feed for one in named), count) == (sorted([URL, private.id]), 2)


async def test_no_more_are_named_than_a_person_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    feeds = [a_feed(f"{URL}?{number}") for number in range(9)]
    named, count = await strays_of([record("feeds", one.id, one, WRONG) for one in feeds], monkeypatch, most=2)
    assert (len(named), count) == (2, 9)
    assert [(finding.level, finding.says) for finding in about_strays(named, count)][2] == ("fail", "7 more lie in a wrong partition")


def test_a_feed_astray_fails_the_check_and_is_told_with_its_cure_and_a_mere_state_is_only_told() -> None:
    astray, left = (Found(Stray(FEED.id, 3, 1, is_feed=is_feed), URL) for is_feed in (True, False))
    feed_says, state_says = about_strays([astray, left], 2)
    assert (feed_says.what, feed_says.level, feed_says.exit_code) == ("feeds", "fail", 78)
    assert f"{URL} lies in partition 3 and belongs in 1" in feed_says.says
    assert f"dateline feeds remove {URL}" in feed_says.says
    assert (state_says.what, state_says.level) == ("feeds.state", "ok")
    assert "a week" in state_says.says


# --- what is done ---


def test_a_removed_feed_goes_from_everywhere_and_its_state_from_where_nobody_reads_it() -> None:
    other = a_feed("https://tarn-valley-post.example/rss")
    written = removals([FEED], [feed(WRONG), record("feeds", other.id, other, WRONG)], PARTITIONS)
    key, plan_key = FEED.id.encode(), FEED.id.encode() + b"/plan"
    gone = {("feeds", key, HOME), ("feeds", key, WRONG), ("feeds.state", key, WRONG), ("feeds.state", plan_key, WRONG)}
    assert {(output.topic, output.key, output.partition) for output in written} == gone
    assert {output.value for output in written} == {None}
    assert {output.topic for output in removals([FEED], [feed(HOME)], PARTITIONS)} == {"feeds"}


def test_removed_where_it_was_astray_nothing_is() -> None:
    records = [feed(WRONG), state(WRONG), plan(WRONG)]
    gone = [FakeRecord(one.topic, one.partition or 0, 1, 1, one.key, None, ()) for one in removals([FEED], [feed(WRONG)], PARTITIONS)]
    added = feed(HOME, at=2)
    ordered = sorted([*records, *gone, added], key=lambda one: (one.topic, one.partition))
    assert found(*ordered) == []
