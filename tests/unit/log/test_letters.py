"""Dead letters for operators: each goes back as it came, once, and nothing goes round."""

from __future__ import annotations

from typing import Any

import pytest

from dateline.errors import BadInput, TooLarge, Undecodable
from dateline.log.dead_letters import dead_letter, refused_output
from dateline.log.letters import REPLAYS, Letter, Letters, Spot, chosen, marker, refusal, replayed, spot_of
from dateline.log.port import RECORD_BYTES, Output
from fakes import FakeRecord

PREFIX = "p"
PARTITIONS = {"articles.raw": 6, "articles.enriched": 6}


def original(value: bytes = b"{not json", headers: Any = (("ce_id", b"1"), ("traceparent", b"00-1"))) -> FakeRecord:
    return FakeRecord("p.articles.raw", 3, 17, 0, b"key", value, headers)


class Topic:
    """`dead-letters` as it fills, one partition."""

    def __init__(self) -> None:
        self.records: list[FakeRecord] = []

    def add(self, output: Output, at_ms: int = 0) -> FakeRecord:
        record = FakeRecord("p.dead-letters", 2, len(self.records), at_ms, output.key, output.value, tuple(output.headers))
        self.records.append(record)
        return record

    def letters(self) -> list[Letter]:
        book = Letters(PREFIX)
        for record in self.records:
            book.apply(record)
        return book.every()


def set_aside(record: FakeRecord, topic: Topic) -> Letter:
    topic.add(dead_letter(record, Undecodable("no JSON"), service="enricher"))
    return topic.letters()[-1]


def put_back(topic: Topic, letter: Letter) -> FakeRecord:
    """The record as it stands in its own topic again."""
    output = replayed(topic.records[letter.spot.offset], letter, PARTITIONS)
    topic.add(marker(letter, "replayed"))
    return FakeRecord(f"p.{output.topic}", output.partition or 0, 99, 0, output.key, output.value, tuple(output.headers))


def test_a_letter_tells_where_it_came_from_and_why() -> None:
    letter = set_aside(original(), Topic())
    assert (letter.spot, letter.topic, letter.partition, letter.offset) == (Spot(2, 0), "articles.raw", 3, 17)
    assert (letter.service, letter.stage, letter.error, letter.reason) == ("enricher", "decode", "Undecodable", "no JSON")
    assert (letter.state, letter.replays, letter.cut, letter.value_bytes) == ("waiting", 0, False, 9)
    assert letter.origin == "articles.raw/3 offset 17"


def test_a_record_goes_back_as_it_came_to_its_own_partition_with_a_header_that_counts() -> None:
    topic = Topic()
    back = put_back(topic, set_aside(original(), topic))
    assert (back.topic, back.partition, back.key, back.value) == ("p.articles.raw", 3, b"key", b"{not json")
    assert back.headers == ((REPLAYS, b"1"), ("ce_id", b"1"), ("traceparent", b"00-1"))
    assert [letter.state for letter in topic.letters()] == ["replayed"]


def test_where_its_partition_is_no_more_its_key_places_it() -> None:
    topic = Topic()
    letter = set_aside(original(), topic)
    assert replayed(topic.records[0], letter, {"articles.raw": 3}).partition is None


def test_a_record_that_came_back_dead_is_not_replayed_again_unless_it_is_forced_and_counts_on() -> None:
    topic = Topic()
    again = set_aside(put_back(topic, set_aside(original(), topic)), topic)
    assert (again.replays, again.state) == (1, "waiting")
    assert "came back dead after 1 replays" in (refusal(again, force=False) or "")
    assert refusal(again, force=True) is None
    third = set_aside(put_back(topic, again), topic)
    assert third.replays == 2
    assert [letter.state for letter in topic.letters()] == ["replayed", "replayed", "waiting"]


def test_the_count_survives_a_record_with_more_headers_than_are_kept() -> None:
    topic = Topic()
    many = tuple((f"x-{number}", b"y" * 1000) for number in range(40))
    again = set_aside(put_back(topic, set_aside(original(headers=many), topic)), topic)
    assert again.replays == 1


def test_what_is_done_with_is_replayed_only_when_it_is_forced() -> None:
    topic = Topic()
    letter = set_aside(original(), topic)
    topic.add(marker(letter, "discarded"))
    (discarded,) = topic.letters()
    assert "was discarded before" in (refusal(discarded, force=False) or "")
    assert refusal(discarded, force=True) is None


def test_a_beginning_is_never_put_back_as_if_it_were_the_whole() -> None:
    topic = Topic()
    topic.add(dead_letter(original(b"x" * (RECORD_BYTES + 1)), TooLarge("too large"), service="enricher"))
    topic.add(refused_output(Output("articles.raw", b"key", b"y" * RECORD_BYTES), TooLarge("too large"), service="poller", partition=0))
    for letter in topic.letters():
        assert letter.cut
        assert "only the beginning" in (refusal(letter, force=True) or "")


def test_nothing_is_put_into_a_topic_that_a_forged_header_names() -> None:
    topic = Topic()
    for name in ("p.feeds", "other.articles.raw", "p.news", "__consumer_offsets"):
        topic.add(dead_letter(original()._replace(topic=name), Undecodable("no JSON"), service="enricher"))
    assert all("are put back" in (refusal(letter, force=True) or "") for letter in topic.letters())


def test_a_record_whose_own_headers_look_like_a_marker_is_a_letter_all_the_same() -> None:
    topic = Topic()
    set_aside(original(), topic)
    forged = (("dateline-done", b"discarded"), ("dateline-done-offset", b"0"))
    for value in (b"x", None):
        topic.add(dead_letter(original()._replace(value=value, headers=forged), Undecodable("no JSON"), service="enricher"))
    assert [letter.state for letter in topic.letters()] == ["waiting"] * 3


def test_headers_that_make_no_sense_are_not_believed() -> None:
    topic = Topic()
    topic.add(Output("dead-letters", None, b"x", (("__connect.errors.offset", b"many"), (REPLAYS, b"-1"))))
    (letter,) = topic.letters()
    assert (letter.topic, letter.offset, letter.replays, letter.origin, letter.error) == (None, None, 0, "unknown", "unknown")
    assert refusal(letter, force=True) is not None


def test_letters_are_chosen_by_name_and_by_what_their_fields_hold() -> None:
    topic = Topic()
    set_aside(original(), topic)
    topic.add(dead_letter(original()._replace(topic="p.articles.enriched"), TooLarge("too large"), service="sink"))
    every = topic.letters()
    assert [letter.spot.offset for letter in chosen(every, (), error="toolarge")] == [1]
    assert [letter.spot.offset for letter in chosen(every, (), topic="articles", service=None)] == [0, 1]
    assert [letter.spot.offset for letter in chosen(every, [Spot(2, 0)], reason="json")] == [0]
    assert chosen(every, [Spot(2, 0)], service="sink") == []


def test_a_letters_name_is_partition_and_offset() -> None:
    assert spot_of("3/17") == Spot(3, 17)
    assert str(Spot(3, 17)) == "3/17"
    for wrong in ("3", "3/", "/17", "-1/2", "a/b", "3/17/2", "³/1"):
        with pytest.raises(BadInput, match="no letter's place"):
            spot_of(wrong)


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 20, "٣", "-1", "1.5", ""])
def test_a_header_that_is_no_number_of_ours_is_one_that_says_nothing(number: str) -> None:
    topic = Topic()
    headers = [(REPLAYS, number.encode()), ("dateline-done", b"replayed"), ("dateline-done-offset", number.encode())]
    topic.add(Output("dead-letters", b"key", b"x", tuple(headers)))
    topic.add(Output("dead-letters", b"key", None, tuple(headers[1:])))
    assert [(letter.replays, letter.state) for letter in topic.letters()] == [(0, "waiting")] * 2


def test_a_place_of_too_many_digits_is_refused() -> None:
    for place in ("9" * 5000 + "/1", "1/" + "9" * 5000, "٣/1"):
        with pytest.raises(BadInput, match="no letter's place"):
            spot_of(place)
