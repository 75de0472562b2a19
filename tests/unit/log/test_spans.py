"""Spans tell of what was committed, once, in the trace that the record names, and cost nothing where nobody asks for them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from dateline.envelope import derived_id, envelope, traceparent
from dateline.errors import TooLarge, TransientError, Undecodable
from dateline.log import otel, spans, task
from dateline.log.dead_letters import refused_output
from dateline.log.otel import OtlpCollector
from dateline.log.port import Output
from dateline.log.spans import asked_for, spans_of
from dateline.log.task import StreamTask, transact
from dateline.log.withdrawals import GuardedLog
from fakes import FakeLog, Fault, drain, raw

EVENT = derived_id("raw", "a")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch):
    monkeypatch.setattr(task, "FIRST_BACKOFF_SECONDS", 0.0)


@pytest.fixture
def exporter(monkeypatch):
    """What has reached the collector."""
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(spans, "_collector", OtlpCollector(SimpleSpanProcessor(exporter)))
    return exporter


def article_output(event=EVENT):
    return Output("articles.raw", b"key", b"a secret body", envelope("type", event, source="poller/feed-7", subject="article-1", time=NOON))


def header(output):
    return dict(output.headers)["traceparent"]


def test_a_trace_is_the_same_for_the_same_content_and_there_is_none_where_nobody_collects_spans():
    assert "traceparent" not in dict(article_output().headers), "without a collector subscribers trace as they like"
    made = traceparent(EVENT, sampled=False)
    assert re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-00", made)
    assert made != traceparent(derived_id("raw", "b"), sampled=False)


def test_a_sampled_article_is_marked_before_it_is_sent_and_told_of_once_it_is_committed(exporter):
    tracer = spans_of("poller")
    state = Output("feeds.state", b"feed", b"{}")
    marked, other = tracer.begun([article_output(), state])
    assert header(marked) == traceparent(EVENT, sampled=True)
    assert other is state
    assert exporter.get_finished_spans() == ()
    tracer.sent([marked, state])
    (span,) = exporter.get_finished_spans()
    assert (f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}") == tuple(header(marked).decode().split("-")[1:3])
    assert (span.name, span.kind, span.parent, span.resource.attributes["service.name"]) == (
        "send articles.raw",
        SpanKind.PRODUCER,
        None,
        "dateline-poller",
    )
    assert span.attributes["dateline.article.id"] == "article-1" and span.attributes["dateline.feed.id"] == "feed-7"
    assert span.start_time == int(NOON.timestamp() * 1e9)


async def test_what_was_aborted_is_told_of_once_and_a_dead_letter_is_an_error(exporter):
    sampled = {"traceparent": traceparent(EVENT, sampled=True).decode()}

    async def decide(records, state):
        return [Undecodable("not JSON: a secret body") if record.value == b"{" else (Output("out", b"k", b"v"),) for record in records]

    log = FakeLog([Fault("before_commit"), raw("a secret body", headers=sampled), raw("{", headers=sampled)])
    await drain(log, lambda: StreamTask(log.open, 0, service="relay", topic="in", handler=decide))
    written, dead = exporter.get_finished_spans()
    assert [span.attributes["dateline.outcome"] for span in (written, dead)] == ["written", "dead_letter"]
    assert [span.attributes["messaging.kafka.offset"] for span in (written, dead)] == [0, 1]
    # A count of messages is for spans of several (semantic conventions for messaging); ours are of one.
    assert written.attributes["dateline.batch.records"] == 2 and "messaging.batch.message_count" not in written.attributes
    _, trace, parent, _ = traceparent(EVENT, sampled=False).decode().split("-")
    assert {f"{span.context.trace_id:032x}" for span in (written, dead)} == {trace}
    assert f"{written.parent.span_id:016x}" == parent
    assert (written.status.status_code, dead.status.status_code) == (StatusCode.UNSET, StatusCode.ERROR)
    assert dead.attributes["error.type"] == "Undecodable"
    assert "secret" not in json.dumps([json.loads(span.to_json()) for span in (written, dead)])


class HoldsBack:
    """A guard through which one article does not pass."""

    def __init__(self, event):
        self._event = event

    async def prepare(self): ...
    async def confirm(self, sent): ...

    async def admit(self, outputs):
        return [output for output in outputs if dict(output.headers)["ce_id"] != self._event.encode()]


async def test_of_the_pollers_articles_those_are_told_of_that_a_guard_let_pass_and_a_transaction_committed(exporter):
    withdrawn, passing = article_output(derived_id("raw", "withdrawn")), article_output()
    log = FakeLog([Fault("before_commit")], topic="articles.raw", service="poller")

    async def once():
        guarded = GuardedLog(log.open(), HoldsBack(derived_id("raw", "withdrawn")), spans_of("poller"))
        await guarded.fence()
        await transact(guarded, [withdrawn, passing], None, deadline_seconds=5)
        await transact(guarded, [], None, deadline_seconds=5)

    with pytest.raises(TransientError, match="fault at before_commit"):
        await once()
    assert exporter.get_finished_spans() == ()
    await once()
    (span,) = exporter.get_finished_spans()
    assert f"{span.context.trace_id:032x}" == traceparent(EVENT, sampled=False).decode().split("-")[1]
    assert [header(record)[-2:] for record in log.topics.records("articles.raw", 0)] == [b"01"]


def test_an_article_that_the_broker_refuses_is_an_error_too(exporter):
    tracer = spans_of("poller")
    tracer.sent(tracer.begun([refused_output(article_output(), TooLarge("too large"), service="poller", partition=0)]))
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.status.status_code, span.attributes["error.type"]) == ("send dead-letters", StatusCode.ERROR, "TooLarge")


async def test_headers_without_a_value_and_spans_that_fail_restart_no_task(exporter, monkeypatch, capsys):
    async def nothing(records, state):
        return [() for _ in records]

    empty = Output("in", b"k", b"v", (("traceparent", None), ("ce_subject", None)))
    log = FakeLog([empty])
    (ran,) = await drain(log, lambda: StreamTask(log.open, 0, service="relay", topic="in", handler=nothing))
    assert (ran.status.restarts, len(exporter.get_finished_spans())) == (0, 1)
    monkeypatch.setattr(exporter, "export", None)
    monkeypatch.setattr(otel, "_about", None)
    log.feed(empty, empty)
    (ran,) = await drain(log, lambda: StreamTask(log.open, 0, service="relay", topic="in", handler=nothing))
    assert (ran.status.restarts, ran.status.records) == (0, 2)
    assert capsys.readouterr().out.count("spans fail") == 1


@pytest.mark.parametrize("wrong", ["ff-{}-{}-01", "00-{}-{}", "00-{}-{}-1", "00-{}-{}-01-more", "00-{}-0000000000000000-01"])
async def test_a_traceparent_that_w3c_does_not_allow_is_none(exporter, wrong):
    log = FakeLog([raw("x", headers={"traceparent": wrong.format("a" * 32, "b" * 16)})])

    async def nothing(records, state):
        return [() for _ in records]

    await drain(log, lambda: StreamTask(log.open, 0, service="relay", topic="in", handler=nothing))
    (span,) = exporter.get_finished_spans()
    assert span.parent is None and f"{span.context.trace_id:032x}" != "a" * 32


def test_the_tasks_of_a_service_share_what_makes_their_spans(exporter):
    assert spans._collector.spans_of("sink") is spans._collector.spans_of("sink")
    assert spans._collector.spans_of("sink") is not spans._collector.spans_of("poller")


async def test_what_the_poller_did_not_sample_nobody_tells_of(exporter):
    log = FakeLog(
        [raw("x", headers={"traceparent": traceparent(EVENT, sampled=False).decode()}), raw("y", headers={"traceparent": "00-1"})]
    )

    async def nothing(records, state):
        return [() for _ in records]

    await drain(log, lambda: StreamTask(log.open, 0, service="relay", topic="in", handler=nothing))
    (span,) = exporter.get_finished_spans()
    assert (span.attributes["messaging.kafka.offset"], span.parent, span.attributes["dateline.outcome"]) == (1, None, "nothing")


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, None),
    ],
)
def test_spans_are_asked_for_by_opentelemetrys_own_variables(environ, variable):
    assert asked_for(environ) == variable


async def test_an_extra_that_is_missing_is_said_once_and_stops_nothing(monkeypatch, capsys):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(spans, "is_installed", lambda: False)
    async with spans.collected():
        assert isinstance(spans_of("sink"), spans.NoSpans)
    assert "pip install 'dateline[otel]'" in capsys.readouterr().out
