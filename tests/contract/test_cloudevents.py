"""Our records are CloudEvents: the official library for Python reads them without knowing us."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from contract_files import example, examples, kind_of

from dateline.enricher.record import enriched_output
from dateline.envelope import news_envelope
from dateline.events import TYPES, NewsEvent, decode
from dateline.log.port import Output
from dateline.poller.feeds import feed_record
from dateline.poller.pending import article_output

FEED, RAW, ENRICHED, NEWS = TYPES
PARTITIONS = 6
RECEIVED = [("traceparent", b"00-7d1c0b6e3f5a48e29b40a1c2d3e4f506-5b8e21f09ac4d713-01")]


def record_of(name: str) -> Output:
    """An example as the service that owns its topic writes it."""
    value = json.dumps(example(name)).encode()
    message: Any = decode(value, TYPES[kind_of(name)])
    match kind_of(name):
        case "io.dateline.feed.v1":
            return feed_record(message, PARTITIONS)
        case "io.dateline.article.raw.v1":
            return article_output(message)
        case "io.dateline.article.enriched.v1":
            return enriched_output(message, RECEIVED, PARTITIONS)
        case _:
            return Output("news", message.id.encode(), value, news_envelope(message, time=message.first_seen_at, received=RECEIVED))


def foreign(record: Output) -> Any:
    """The record as the official library reads it."""
    return from_binary(KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value or b""), JSONFormat())


@pytest.mark.parametrize("name", examples())
def test_a_foreign_library_reads_every_record_as_a_cloudevent(name: str) -> None:
    record = record_of(name)
    event = foreign(record)
    assert (event.get_specversion(), event.get_type(), event.get_datacontenttype()) == ("1.0", kind_of(name), "application/json")
    assert event.get_subject() == example(name)["id"]
    assert event.get_source().startswith("/dateline/")
    assert event.get_dataschema() == f"urn:dateline:schema:{kind_of(name)}"
    assert isinstance(event.get_time(), datetime)
    assert event.get_time().utcoffset() is not None
    assert event.get_data() == json.loads(record.value or b"null")


@pytest.mark.parametrize("name", examples())
def test_the_foreign_library_writes_the_headers_that_we_write(name: str) -> None:
    record = record_of(name)
    ours = {key: value for key, value in record.headers if key != "traceparent"}
    theirs = to_binary(foreign(record), JSONFormat()).headers
    # The key is no attribute of ours; the library takes it for one, as the binding lets it.
    assert {key: value for key, value in theirs.items() if key != "ce_partitionkey"} == ours


def test_a_subscriber_chooses_by_extension_attributes_and_absent_ones_are_null() -> None:
    attributed, silent = (foreign(record_of(name)) for name in (NEWS, f"{NEWS}.duplicate"))
    wanted = ("language", "storyrole", "originid", "publisherdomain")
    assert [attributed.get_extension(name) for name in wanted] == ["en", "first", "demo-meridian-press", "harbour-lantern.example"]
    assert [silent.get_extension(name) for name in wanted] == ["en", "duplicate", None, "tarn-valley-post.example"]


def test_the_same_statement_has_the_same_id_and_another_one_another() -> None:
    ids = {name: foreign(record_of(name)).get_id() for name in examples() if kind_of(name) == NEWS}
    assert ids == {name: foreign(record_of(name)).get_id() for name in ids}
    assert len(set(ids.values())) == len(ids)


def test_the_foreign_library_refuses_what_is_no_cloudevent() -> None:
    record = record_of(NEWS)
    for headers in (
        [header for header in record.headers if header[0] != "ce_type"],
        [*record.headers, ("ce_story_role", b"first")],  # names are small letters and digits
    ):
        with pytest.raises(CloudEventValidationError):
            foreign(record._replace(headers=headers))


def test_the_traceparent_goes_on_beside_the_attributes() -> None:
    message = decode(json.dumps(example(NEWS)).encode(), NewsEvent)
    assert dict(news_envelope(message, time=message.first_seen_at, received=RECEIVED))["traceparent"] == RECEIVED[0][1]
