"""The table of shingles against a plain model of it, and the exact table of numbers against a dictionary."""

from __future__ import annotations

from collections import defaultdict, deque
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.sink.index import COMPARED, Index
from dateline.sink.places import FULLEST, LEAST_SIZE, Places
from dateline.sink.sketches import FILLER, SKETCH_HASHES, Sample
from examples import examples

# Few hashes in a small table, so that buckets run over and keys meet in them.
SETS = st.sets(st.integers(0, 40), min_size=1, max_size=6)


def sample(hashes: set[int]) -> Sample:
    # Spread over the 32 bits, as hashes are.
    return Sample(np.array(sorted(number * 97_654_321 % FILLER for number in hashes), np.uint32), np.zeros(0, np.uint32), len(hashes))


def filled(samples: list[Sample]) -> np.ndarray:
    rows = np.full((len(samples), SKETCH_HASHES), FILLER, np.uint32)
    for row, one in zip(rows, samples, strict=True):
        row[: len(one.hashes)] = one.hashes
    return rows


class Model:
    """Buckets with the last eight rows each, as the words say."""

    def __init__(self, index: Index) -> None:
        self.index, self.buckets = index, defaultdict(lambda: deque(maxlen=8))

    def add(self, number: int, one: Sample) -> None:
        for bucket in set(self.index.buckets(one).tolist()):
            self.buckets[bucket].append(number)

    def look_up(self, one: Sample, first: int) -> list[int]:
        met = sorted(number for bucket in self.index.buckets(one).tolist() for number in self.buckets[bucket] if number >= first)
        counts = {number: met.count(number) for number in met}
        enough = [number for number, count in counts.items() if count >= min(2, len(one.hashes))]
        return sorted(enough, key=lambda number: (-counts[number], number))[:COMPARED]


@examples(100)
@given(st.lists(SETS, min_size=50, max_size=60), st.integers(0, 50), st.integers(1, 40))
def test_a_look_up_finds_the_last_rows_of_each_bucket_however_the_table_came_to_be(sets: list[set[int]], first: int, laid_out: int) -> None:
    samples = [sample(hashes) for hashes in sets]
    lived, model = Index(1), Model(Index(1))
    for number, one in enumerate(samples):
        lived.add(number, lived.buckets(one))
        model.add(number, one)
    begin = min(first, len(samples))
    rows = filled(samples)
    parts = [(start, rows[start : min(start + laid_out, len(samples))]) for start in range(begin, len(samples), laid_out)]
    restored = Index(1, parts)
    for one in samples:
        wanted = model.look_up(one, first)
        assert sorted(lived.look_up(one, first)) == sorted(wanted)
        assert lived.look_up(one, first) == restored.look_up(one, first)


@examples(100)
@given(st.lists(SETS, max_size=30), st.lists(SETS, max_size=30))
def test_what_is_taken_back_never_was(kept: list[set[int]], taken: list[set[int]]) -> None:
    index, without = Index(2), Index(2)
    changes = []
    for number, hashes in enumerate([*kept, *taken]):
        changes.append(index.add(number, index.buckets(sample(hashes))))
        if number < len(kept):
            without.add(number, without.buckets(sample(hashes)))
    for change in reversed(changes[len(kept) :]):
        index.take_back(change)
    for hashes in chain(kept, taken):
        assert index.look_up(sample(hashes), 0) == without.look_up(sample(hashes), 0)


def test_rows_that_get_smaller_numbers_are_found_under_them() -> None:
    index = Index(100)
    for number in range(60):
        index.add(number, index.buckets(sample({number // 2, number // 2 + 100})))
    index.renumber(20)
    assert index.look_up(sample({25, 125}), 0) == [30, 31]
    assert index.look_up(sample({5, 105}), 0) == []


STEPS = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 3)), max_size=400)


@examples(100)
@given(steps=STEPS, crowded=st.booleans())
def test_a_table_of_places_is_a_dictionary_that_forgets_what_is_before_the_first(steps: list[tuple[int, int]], *, crowded: bool) -> None:
    """Keys are put with rising numbers, sometimes taken back, while the first number that counts moves on."""
    places, known, first = Places(), {}, 0
    owner: dict[int, int] = {}
    tag = (lambda key: key << 20) if crowded else (lambda key: key * 163_840_001 % (1 << 32))

    def find(key: int) -> int | None:
        return places.find(tag(key), first, lambda number: owner[number] == key)

    for number, (key, step) in enumerate(steps):
        first = max(first, number - 30) if step == 1 else first
        living = {one: at for one, at in known.items() if at >= first}
        assert {one: find(one) for one in range(26)} == {one: living.get(one) for one in range(26)}
        owner[number] = key
        change, old = places.put(tag(key), number, first, lambda other, key=key: owner[other] == key)
        assert old == living.get(key)
        if step == 2:
            places.take_back(change)
        else:
            known[key] = number


def test_what_is_taken_back_forgets_nothing_though_the_table_was_laid_out_for_it() -> None:
    places = Places()
    full = int(FULLEST * LEAST_SIZE) + 1
    for number in range(full):
        places.put(number * 163_840_001 % (1 << 32), number, 0, lambda _: False)
    changes = [places.put(tag, full + tag, full - 10, lambda _: False)[0] for tag in range(3)]
    for change in reversed(changes):
        places.take_back(change)
    found = [places.find(number * 163_840_001 % (1 << 32), 0, lambda other, number=number: other == number) for number in range(full)]
    assert found == list(range(full))
    assert [places.find(tag, full, lambda _: True) for tag in range(3)] == [None] * 3


def test_places_grow_with_what_lives_and_keep_their_size_where_as_much_comes_as_goes() -> None:
    places, sizes = Places(), set()
    for number in range(60_000):
        places.put(number * 2_654_435_761 % (1 << 32), number, max(0, number - 3000), lambda _: False)
        sizes.add(places.nbytes())
    assert max(sizes) < 3000 * 8 * 2.5
    assert places.find(59_999 * 2_654_435_761 % (1 << 32), 57_000, lambda _: True) == 59_999


@pytest.mark.heavy
def test_places_with_one_tag_are_all_found() -> None:
    places = Places()
    for number in range(2000):
        places.put(0xFFFFFFFF, number, 0, lambda _: False)
    assert places.find(0xFFFFFFFF, 0, lambda number: number == 1999) == 1999
