"""Spans reach a collector over OTLP as foreign code reads them, and one that is away or slow costs a process nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from dateline.envelope import derived_id, envelope, traceparent
from dateline.log.port import Output
from dateline.log.spans import collected, spans_of
from loopback import loopback

NOW = datetime.now(UTC)
# How long the exporter waits for an answer here; a stop gives it less.
PATIENCE_SECONDS = 3


@pytest.fixture(autouse=True)
def no_thread_outlives_its_test(monkeypatch):
    """What a stop leaves behind goes on for a while: its dice, thrown in a thread, would disturb the tests that come next."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", str(PATIENCE_SECONDS))
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("OtelBatch"):
            thread.join(4 * PATIENCE_SECONDS)
            assert not thread.is_alive()


@asynccontextmanager
async def collector(*, slow_seconds=0.0):
    """A collector; gives its address and what it was sent."""
    requests = []

    async def take(request):
        requests.append(ExportTraceServiceRequest.FromString(await request.read()))
        await asyncio.sleep(slow_seconds)
        return web.Response(content_type="application/x-protobuf")

    async with loopback(web.post("/v1/traces", take)) as url:
        yield url, requests


def articles(count):
    headers = [envelope("type", derived_id("raw", number), source="poller/f", subject=str(number), time=NOW) for number in range(count)]
    return [Output("articles.raw", b"key", b"value", made) for made in headers]


async def test_a_collector_gets_every_span_with_the_name_of_its_service(monkeypatch):
    async with collector() as (url, requests):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        async with collected():
            tracer = spans_of("poller")
            tracer.sent(tracer.begun(articles(700)))
    resources = [resource for request in requests for resource in request.resource_spans]
    names = {attribute.value.string_value for one in resources for attribute in one.resource.attributes if attribute.key == "service.name"}
    assert names == {"dateline-poller"}
    spans = [span for resource in resources for scope in resource.scope_spans for span in scope.spans]
    assert {span.trace_id.hex() for span in spans} == {
        traceparent(derived_id("raw", number), sampled=True).decode().split("-")[1] for number in range(700)
    }
    assert {span.name for span in spans} == {"send articles.raw"}


async def test_a_sampler_of_opentelemetrys_own_decides_for_the_whole_trace(monkeypatch):
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.25")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    async with collected():
        marked = spans_of("poller").begun(articles(2000))
    sampled = sum(dict(output.headers)["traceparent"].endswith(b"-01") for output in marked)
    assert 400 < sampled < 600


async def test_a_collector_that_is_away_or_slow_holds_up_neither_work_nor_the_stop(monkeypatch):
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "512")  # one batch is soon given up
    # Whoever waited for it would take half a minute; how long ten thousand spans take is the machine's affair.
    async with collector(slow_seconds=30) as (slow, _):
        for url in ("http://127.0.0.1:9", slow):
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
            began = time.monotonic()
            async with collected():
                tracer = spans_of("poller")
                for _ in range(10):
                    tracer.sent(tracer.begun(articles(1000)))
                worked = time.monotonic()
                assert worked - began < 25, "ten thousand spans wait in a bounded queue and for nobody"
            assert time.monotonic() - worked < 10


def test_where_nobody_asks_nothing_of_opentelemetry_is_imported():
    # FastStream looks whether a part of it is there.
    said = "import sys, dateline.run; print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exp'))])"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
