"""The seen ring."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.poller.identity import NOTHING
from dateline.poller.ring import SLOT_BYTES, Ring, Siblings, Slot, capacity
from examples import examples

hashes = st.binary(min_size=8, max_size=8)
slots = st.builds(
    Slot,
    guid=hashes,
    link=hashes | st.just(NOTHING),
    content=st.binary(min_size=4, max_size=4),
    revision=st.integers(0, 127),
    owned=st.booleans(),
    first_seen=st.integers(0, 2**32 - 1),
)


def slot(number: int, *, link: int | None = None, owned: bool = True, revision: int = 0) -> Slot:
    return Slot(number.to_bytes(8), NOTHING if link is None else link.to_bytes(8), b"text", revision, owned, 20000)


@examples(40)
@given(st.lists(slots, max_size=20, unique_by=(lambda one: one.guid, lambda one: one.link)))
def test_a_ring_survives_being_written_and_read(kept: list[Slot]) -> None:
    text = Ring(kept).encode(100)
    assert list(Ring.decode(text)) == kept
    assert len(base64.b64decode(text)) == SLOT_BYTES * len(kept)


def test_a_ring_keeps_what_was_seen_last() -> None:
    ring = Ring([slot(number, link=100 + number) for number in range(5)])
    first = ring.by_guid(slot(0).guid)
    assert first is not None
    ring.put(first, instead_of=first)
    assert [int.from_bytes(kept.guid) for kept in Ring.decode(ring.encode(2))] == [4, 0]


def test_a_slot_is_found_by_guid_and_by_link_and_not_by_having_no_link() -> None:
    ring = Ring([slot(1, link=11), slot(2)])
    assert ring.by_link((11).to_bytes(8)) == slot(1, link=11)
    assert ring.by_guid(slot(2).guid) == slot(2)
    assert ring.by_link(NOTHING) is None


def test_a_slot_put_instead_of_another_takes_its_place() -> None:
    ring = Ring([slot(1, link=11)])
    ring.put(slot(7, link=11), instead_of=slot(1, link=11))
    assert len(ring) == 1
    assert ring.by_guid(slot(1).guid) is None
    assert ring.by_link((11).to_bytes(8)) == slot(7, link=11)


def test_among_siblings_the_owner_is_found_before_others() -> None:
    rings = [Ring([slot(1, link=11, owned=False)]).encode(9), Ring([slot(2, link=11)]).encode(9)]
    found = Siblings(rings).find(link=(11).to_bytes(8), guid=None)
    assert found == slot(2, link=11)


def test_a_sibling_is_found_by_guid_only_where_it_has_a_link() -> None:
    rings = [Ring([slot(1), slot(2, link=12)]).encode(9)]
    assert Siblings(rings).find(link=NOTHING, guid=slot(1).guid) is None
    assert Siblings(rings).find(link=NOTHING, guid=slot(2).guid) == slot(2, link=12)


def test_bytes_that_only_straddle_two_slots_are_not_found() -> None:
    packed = Ring([slot(1, link=11), slot(2, link=12)])
    straddling = base64.b64decode(packed.encode(9))[4:12]
    assert Siblings([packed.encode(9)]).find(link=straddling, guid=None) is None


def test_of_one_document_what_was_first_seen_longest_ago_is_forgotten_first() -> None:
    ring = Ring([slot(9), slot(2)._replace(first_seen=20), slot(3)._replace(first_seen=20), slot(1)._replace(first_seen=10)])
    ring.settle([slot(3).guid, slot(2).guid, slot(1).guid])  # the newest first, as most documents are
    assert [kept.guid for kept in ring] == [slot(number).guid for number in (9, 1, 2, 3)]


@pytest.mark.parametrize(("entries", "kept"), [(0, 64), (10, 64), (32, 64), (33, 66), (2000, 4000)])
def test_a_ring_holds_twice_the_document_and_at_least_64(entries: int, kept: int) -> None:
    assert capacity(entries) == kept


def test_a_damaged_ring_is_not_read_as_another() -> None:
    with pytest.raises(ValueError, match="multiple of 25"):
        Ring.decode(base64.b64encode(b"x" * 24).decode())
