"""A dead letter is the record as it came, with the reason in Kafka Connect's header names, and it always fits."""

from __future__ import annotations

import hashlib

import pytest

from dateline.errors import HandlerFailed, Undecodable
from dateline.log.client import _check_size
from dateline.log.dead_letters import ERROR_HEADERS_BYTES, KEPT_BYTES, PREFIX, dead_letter
from dateline.log.port import RECORD_BYTES
from fakes import FakeRecord


def record(value: bytes | None = b"value", *, key: bytes | None = b"key", headers=()):
    return FakeRecord("p.articles.raw", 3, 17, 0, key, value, headers)


def failed(error: Exception) -> HandlerFailed:
    try:
        try:
            raise error
        except Exception as cause:
            raise HandlerFailed(f"{type(cause).__name__}: {cause}") from cause
    except HandlerFailed as raised:
        return raised


def reason(letter) -> dict[str, bytes]:
    return {name.removeprefix(PREFIX): text for name, text in letter.headers if name.startswith(PREFIX)}


def test_key_value_and_headers_are_as_they_came():
    letter = dead_letter(
        record(headers=[("ce_id", b"1"), ("twice", b"a"), ("twice", b"b"), ("null", None)]), Undecodable("no JSON"), service="enricher"
    )
    assert (letter.topic, letter.key, letter.value) == ("dead-letters", b"key", b"value")
    assert letter.headers[:4] == (("ce_id", b"1"), ("twice", b"a"), ("twice", b"b"), ("null", None))
    _check_size(letter)


def test_the_reason_carries_the_names_of_kafka_connect():
    letter = dead_letter(record(), Undecodable("no JSON"), service="enricher")
    assert reason(letter) == {
        "topic": b"p.articles.raw",
        "partition": b"3",
        "offset": b"17",
        "connector.name": b"enricher",
        "task.id": b"3",
        "stage": b"decode",
        "class.name": b"Undecodable",
        "exception.class.name": b"dateline.errors.Undecodable",
        "exception.message": b"no JSON",
        "exception.stacktrace": b"dateline.errors.Undecodable: no JSON\n",
    }


def test_a_bug_is_told_by_its_own_class_and_traceback():
    told = reason(dead_letter(record(), failed(KeyError("language")), service="sink"))
    assert told["class.name"] == b"HandlerFailed"
    assert told["exception.class.name"] == b"builtins.KeyError"
    assert told["exception.stacktrace"].startswith(b"Traceback (most recent call last):")


@pytest.mark.parametrize("value", [None, b"", b"x" * (RECORD_BYTES - 3)])
def test_what_fits_is_whole(value):
    letter = dead_letter(record(value), Undecodable("no"), service="sink")
    assert letter.value == value
    assert "value.sha256" not in reason(letter)


def test_of_a_value_that_does_not_fit_64_kb_and_its_hash_are_kept():
    value = b"x" * (RECORD_BYTES - 2)
    letter = dead_letter(record(value), Undecodable("no"), service="sink")
    assert letter.value == value[:KEPT_BYTES]
    assert len(letter.value) == 65_536
    assert reason(letter)["value.bytes"] == b"899998"
    assert reason(letter)["value.sha256"] == hashlib.sha256(value).hexdigest().encode()


def test_whatever_came_the_dead_letter_fits():
    long = "é" * 1_000_000
    came = record(long.encode(), key=long.encode(), headers=[("first", b"kept"), *[(f"h{number}", b"x" * 4000) for number in range(100)]])
    letter = dead_letter(came, failed(ValueError(long)), service="sink")
    _check_size(letter)
    assert sum(len(name) + len(text) for name, text in letter.headers if name.startswith(PREFIX)) <= ERROR_HEADERS_BYTES
    assert letter.headers[0] == ("first", b"kept")
    assert reason(letter)["key.bytes"] == b"2000000"
    assert reason(letter)["exception.message"].decode().startswith("ValueError: é")
