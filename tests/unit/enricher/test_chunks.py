"""How a batch is cut, and what passes to a worker and back."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.enricher.chunks import (
    CHUNK_BYTES,
    CHUNK_RECORDS,
    LARGEST_FRAME_BYTES,
    LENGTH_BYTES,
    answer_frame,
    chunk_frame,
    chunks_of,
    content_bytes,
    outcomes_in,
    records_in,
)
from dateline.enricher.sample import sample_article
from dateline.errors import HandlerFailed, ProcessKilled, TooLarge, Undecodable
from dateline.events import RawArticle, decode
from dateline.log.port import BATCH_RECORDS, Output
from fakes import received


@given(st.lists(st.integers(0, CHUNK_BYTES + 10), max_size=60))
def test_a_batch_is_cut_in_order_and_no_chunk_is_over_its_measure_but_one_large_record(sizes):
    batch = received(*[b"x" * size for size in sizes])
    chunks = list(chunks_of(batch))
    assert [record for chunk in chunks for record in chunk] == batch
    for chunk in chunks:
        assert 1 <= len(chunk) <= CHUNK_RECORDS
        assert len(chunk) == 1 or sum(len(record.value) for record in chunk) <= CHUNK_BYTES


def test_a_few_texts_are_one_chunk_and_a_full_batch_is_spread():
    assert [len(chunk) for chunk in chunks_of(received(*[b"x" * 7500] * 5))] == [5]
    assert {len(chunk) for chunk in chunks_of(received(*[b"x" * 7500] * BATCH_RECORDS))} == {16, 8}
    assert {len(chunk) for chunk in chunks_of(received(*[b"x" * 180_000] * 20))} == {1}


def content_of(framed):
    assert content_bytes(framed[:LENGTH_BYTES]) == len(framed) - LENGTH_BYTES
    return framed[LENGTH_BYTES:]


def test_a_worker_reads_what_the_loop_has_sent():
    batch = received("é", b"\xff", headers=[("ce_id", b"1"), ("null", None), ("ce_id", b"2")])
    items = records_in(content_of(chunk_frame(batch)))
    assert [item.value for item in items] == ["é".encode(), b"\xff"]
    assert items[0].headers == [("ce_id", b"1"), ("null", None), ("ce_id", b"2")]


def test_the_loop_reads_what_a_worker_has_answered():
    outputs = [Output("out", b"k", b"v", (("ce_id", b"1"),), 3), Output("out", None, None)]
    read = outcomes_in(content_of(answer_frame([outputs, [], TooLarge("no room")])), received("a", "b", "c"))
    assert read[:2] == [outputs, []]
    assert isinstance(read[2], TooLarge)
    assert str(read[2]) == "no room"


@pytest.mark.parametrize("kind", [HandlerFailed, ProcessKilled, TooLarge, Undecodable])
def test_a_refusal_comes_back_as_the_kind_it_was(kind):
    (read,) = outcomes_in(content_of(answer_frame([kind("why")])), received("a"))
    assert type(read) is kind


@pytest.mark.parametrize(
    "answer", [b"", b"\xc1", msgspec.msgpack.encode([]), msgspec.msgpack.encode([[], []]), msgspec.msgpack.encode([7])]
)
def test_what_is_no_answer_to_the_chunk_is_refused(answer):
    with pytest.raises(ValueError, match=r"not an answer|outcomes for 1 records"):
        outcomes_in(answer, received("a"))


def test_no_worker_can_make_the_loop_wait_for_more_than_a_chunk_can_give():
    with pytest.raises(ValueError, match="a frame of"):
        content_bytes((LARGEST_FRAME_BYTES + 1).to_bytes(LENGTH_BYTES, "big"))


def test_the_sample_that_warms_a_worker_up_is_an_article_with_a_page():
    article = decode(sample_article(), RawArticle)
    assert article.page is not None
    assert article.entry.content
