"""What an order names, and how little it takes to remember all of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dateline.errors import TransientError
from dateline.events import Category, NewsEvent, Withdrawal, decode, encode
from dateline.log.port import Output
from dateline.log.withdrawals import WITHDRAWALS, Withdrawals, order_output
from dateline.withdrawn import Facts, Hashes, Withdrawn, canceled, order_key
from fakes import FakeTopicLog, FakeTopics

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
ID = "373da65f-8124-5844-94fc-d62d03b2ca06"


def order(kind: str, subject: str) -> Withdrawal:
    return Withdrawal(subject=subject, kind=kind, reason="a test", at=NOW)  # type: ignore[arg-type]


def named(*orders: Withdrawal, article: str = ID, link: str | None = None, publisher: str | None = None) -> str | None:
    """The kind of the order that names an article."""
    table = Withdrawn()
    for given_order in orders:
        table.add(given_order)
    found = table.naming(Facts(article, NOW, (None, link), (publisher,)))
    return found and found.kind


# Few different bytes, so that hashes share their beginnings and stand inside each other.
@given(st.lists(st.tuples(*[st.sampled_from((0, 1))] * 8).map(bytes), max_size=60), st.tuples(*[st.sampled_from((0, 1))] * 8).map(bytes))
def test_packed_hashes_are_a_set(digests: list[bytes], other: bytes) -> None:
    packed, plain = Hashes(8), set[bytes]()
    for digest in digests:
        assert packed.add(digest) == (digest not in plain)
        plain.add(digest)
    assert (len(packed), bool(packed)) == (len(plain), bool(plain))
    assert all(digest in packed for digest in plain)
    assert (other in packed) == (other in plain)


def test_an_article_is_named_by_its_id_in_any_spelling() -> None:
    assert named(order("article", ID.upper())) == "article"
    assert named(order("article", str(uuid4()))) is None
    assert order_key(order("article", ID.upper())) == ID


def test_an_address_is_compared_as_the_poller_compares_links() -> None:
    withdrawn = order("url", "https://www.gazette.example/tug/?utm_source=rss#top")
    assert named(withdrawn, link="http://gazette.example/tug") == "url"
    assert named(withdrawn, link="https://gazette.example/tug?page=2") is None
    assert order_key(withdrawn) == "//gazette.example/tug"


@pytest.mark.parametrize("publisher", ["gazette.example", "www.gazette.example", "https://feeds.gazette.example/rss", "//GAZETTE.example"])
def test_a_publisher_is_named_by_its_registrable_domain(publisher: str) -> None:
    assert named(order("publisher", "news.gazette.example"), publisher=publisher) == "publisher"
    assert named(order("publisher", "gazette.example"), publisher="https://gazette.example.other.example/") is None


def test_publishers_that_share_a_suffix_or_an_address_are_told_apart() -> None:
    assert named(order("publisher", "one.co.uk"), publisher="two.co.uk") is None
    assert named(order("publisher", "127.0.0.2:8000"), publisher="http://127.0.0.2:8000/feed") == "publisher"
    assert named(order("publisher", "127.0.0.2:8000"), publisher="http://127.0.0.2:8001/feed") is None


def test_an_order_that_is_there_already_changes_nothing() -> None:
    table = Withdrawn()
    assert not table
    for _ in range(2):
        table.add(order("article", ID))
        table.add(order("url", "https://gazette.example/tug"))
        table.add(order("publisher", "gazette.example"))
    assert table.version == 3


def test_of_a_withdrawn_copy_nothing_is_left_that_was_said_of_it_nor_what_its_story_proves() -> None:
    copy = decode((EXAMPLES / "io.dateline.news.v1.duplicate.json").read_bytes(), NewsEvent)
    noted = replace(
        copy, categories=[Category(term="Victims", scheme=None, label=None)], rights=replace(copy.rights, notice="© A. Reporter")
    )
    assert noted.story.origin is not None
    left = canceled(noted)
    assert (left.story.origin, left.categories, left.rights.notice) == (None, [], None)
    assert (replace(left.story, origin=copy.story.origin), replace(left.rights, notice="© A. Reporter")) == (noted.story, noted.rights)
    assert canceled(left) == left


# ── the table of a process ───────────────────────────────────────────────────────────────────────────────────────────


class Counted(FakeTopicLog):
    """Counts rounds, and breaks off the reads that it is told to."""

    rounds = 0

    def __init__(self, topics: FakeTopics, broken: list[int]) -> None:
        super().__init__(topics, WITHDRAWALS)
        self._broken = broken

    async def stable(self):
        Counted.rounds += 1
        await asyncio.sleep(0)
        return await super().stable()

    async def read(self, positions, *, wait_seconds):
        batch = await super().read(positions, wait_seconds=wait_seconds)
        if self._broken:
            self._broken.pop()
            raise TransientError("the broker went away")
        return batch


def follower(*outputs: Output, broken: int = 0) -> tuple[Withdrawals, FakeTopics]:
    Counted.rounds = 0
    topics, faults = FakeTopics(partitions=3), [1] * broken
    for output in outputs:
        topics.append((WITHDRAWALS, topics.place_of(output.key or b"")), output)
    return Withdrawals(lambda: Counted(topics, faults)), topics


async def test_orders_are_known_from_the_beginning_and_on_and_what_cannot_be_read_is_left_out() -> None:
    bad = [Output(WITHDRAWALS, b"x", b"{"), Output(WITHDRAWALS, b"x", None), Output(WITHDRAWALS, b"x", encode(order("article", "no id")))]
    withdrawals, topics = follower(order_output(order("article", ID)), *bad)
    await withdrawals.catch_up()
    assert withdrawals.orders.names_id(ID)
    later = order("publisher", "gazette.example")
    topics.append((WITHDRAWALS, 2), order_output(later))
    await withdrawals.catch_up()
    assert withdrawals.orders.version == 2


async def test_a_read_that_breaks_off_is_begun_again_where_it_was() -> None:
    withdrawals, _ = follower(order_output(order("article", ID)), broken=2)
    for _ in range(2):
        with pytest.raises(TransientError):
            await withdrawals.catch_up()
    await withdrawals.catch_up()
    assert withdrawals.orders.names_id(ID)


async def test_tasks_that_ask_together_share_a_round_that_begins_after_they_asked() -> None:
    withdrawals, _ = follower(order_output(order("article", ID)))
    first = asyncio.create_task(withdrawals.catch_up())
    await asyncio.sleep(0)
    assert Counted.rounds == 1
    await asyncio.gather(first, *(withdrawals.catch_up() for _ in range(5)))
    assert Counted.rounds == 2  # the first had begun when the others asked
    await withdrawals.catch_up(within_seconds=60)
    assert Counted.rounds == 2
    await withdrawals.catch_up()
    assert Counted.rounds == 3
