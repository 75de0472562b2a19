"""Each record that `dateline tap` prints is a line of JSON, whatever its value is."""

from __future__ import annotations

import json

import pytest

from dateline.cli.kafka import _line, _value
from fakes import FakeRecord

DEEP = b"[" * 400 + b"]" * 400


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b'{"a": [1]}', {"a": [1]}),
        (b"no JSON \xff", "no JSON �"),
        (None, None),
        (DEEP, DEEP.decode()),
        (b"[" * 254 + b"]" * 254, None),
        (b"[" * 5000, "[" * 5000),
    ],
)
def test_a_value_is_shown_as_it_is_or_as_text_where_it_is_nothing_that_we_can_write(value: bytes | None, shown: object) -> None:
    record = FakeRecord("dateline.news", 0, 7, 0, b"k", value, (("a", b"1"),))
    line = json.loads(_line(record, _value(record)))
    assert (line["offset"], line["key"], line["headers"]) == (7, "k", {"a": "1"})
    assert shown is None or line["value"] == shown
