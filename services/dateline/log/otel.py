"""Spans by OpenTelemetry, sent over OTLP in the background. Endpoint, headers, sampler and queue are set by its own variables.

Names and attributes: OpenTelemetry's semantic conventions for messaging and Kafka. No text of an article, no address, no secret.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from dateline import __version__
from dateline.envelope import TRACEPARENT, traceparent
from dateline.errors import RecordError
from dateline.log.dead_letters import ERROR_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.sdk.trace.sampling import Sampler

    from dateline.log.port import Output, Record
    from dateline.log.spans import Spans

# What is left when a process ends gets so long to reach the collector, out of the 15 s that a stop may take.
LAST_SECONDS = 2.0
# While a collector is away, the same complaint comes with every batch.
REPEAT_SECONDS = 60.0
_SAMPLED = b"-01"
# Where the trace's id stands in a traceparent.
_TRACE_ID = slice(3, 35)
_W3C = TraceContextTextMapPropagator()
_PLACEHOLDER = re.compile(r"%[-+#0-9.]*[a-z]")

logger = structlog.get_logger()


class OtlpCollector:
    """One exporter for all services of a process, each with a name of its own."""

    def __init__(self, processor: SpanProcessor | None = None) -> None:
        """`processor` is OpenTelemetry's, its queue bounded and emptied by a thread, unless another one is given.

        ValueError, or what else OpenTelemetry comes upon, where one of its variables cannot be used.
        """
        _retell_complaints()
        _provider("none")  # so that a variable it refuses is known here, and not only when a service asks for its spans
        self._processor = processor or BatchSpanProcessor(OTLPSpanExporter())
        self._spans: dict[str, Spans] = {}

    def spans_of(self, service: str) -> Spans:
        """The spans of one service, under `service.name` dateline-<service>, the same for all its tasks."""
        if service not in self._spans:
            self._spans[service] = self._made(service)
        return self._spans[service]

    def _made(self, service: str) -> Spans:
        provider, ids = _provider(service)
        provider.add_span_processor(self._processor)
        return _OtelSpans(provider.get_tracer("dateline", __version__), provider.sampler, ids)

    async def close(self) -> None:
        """Send what is left, for two seconds at most: a collector that is away holds up no stop."""
        loop, sent = asyncio.get_running_loop(), asyncio.Event()

        def send() -> None:
            self._processor.shutdown()
            with contextlib.suppress(RuntimeError):  # nobody waits any more
                loop.call_soon_threadsafe(sent.set)

        # A thread of its own: those of the loop are waited for at the end, however long they take.
        threading.Thread(target=send, daemon=True).start()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(sent.wait(), LAST_SECONDS)


def _provider(service: str) -> tuple[TracerProvider, _GivenIds]:
    """Makes spans under the name of a service, with ids that may be given. ValueError where a variable cannot be used."""
    resource = Resource.create({"service.name": f"dateline-{service}", "service.version": __version__})
    ids = _GivenIds()
    return TracerProvider(resource=resource, id_generator=ids, shutdown_on_exit=False), ids


class _Complaints(logging.Handler):
    """What OpenTelemetry logs, as an event of ours: without the values, among which are addresses and headers with secrets."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        # Their messages are templates: values stand in `args` alone.
        says = _PLACEHOLDER.sub("…", str(record.msg))
        now = time.monotonic()
        if now - self._said.get(says, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return
        self._said[says] = now
        values = record.args if isinstance(record.args, tuple) else ()
        errors = [type(value).__name__ for value in (*values, (record.exc_info or (None, None))[1]) if isinstance(value, BaseException)]
        codes = [value for value in values if isinstance(value, int)]
        tell = logger.error if record.levelno >= logging.ERROR else logger.warning
        tell("OpenTelemetry complains", says=says, **({"errors": errors} if errors else {}), **({"codes": codes} if codes else {}))


def _retell_complaints() -> None:
    theirs = logging.getLogger("opentelemetry")
    theirs.propagate = False
    theirs.handlers = [_Complaints()]


class _GivenIds(RandomIdGenerator):
    """Ids as they come, but for a span whose record carries them already."""

    given: SpanContext | None = None

    @contextlib.contextmanager
    def of(self, context: SpanContext) -> Iterator[None]:
        """The next span has these."""
        self.given = context
        try:
            yield
        finally:
            self.given = None

    def generate_trace_id(self) -> int:
        return super().generate_trace_id() if self.given is None else self.given.trace_id

    def generate_span_id(self) -> int:
        return super().generate_span_id() if self.given is None else self.given.span_id


class _OtelSpans:
    """The spans of one service."""

    def __init__(self, tracer: trace.Tracer, sampler: Sampler, ids: _GivenIds) -> None:
        self._tracer, self._sampler, self._ids = tracer, sampler, ids

    def begun(self, outputs: Sequence[Output]) -> Sequence[Output]:
        return [self._marked(output) for output in outputs]

    def sent(self, outputs: Sequence[Output]) -> None:
        now = time.time_ns()
        for output in outputs:
            headers = dict(output.headers)
            # Its flags before the rest of it: where few are sampled, most end here.
            if not (headers.get(TRACEPARENT) or b"").endswith(_SAMPLED) or (context := _context(headers)) is None:
                continue
            with self._ids.of(context):
                span = self._tracer.start_span(
                    f"send {output.topic}",
                    trace.set_span_in_context(trace.INVALID_SPAN),
                    kind=SpanKind.PRODUCER,
                    start_time=min(now, _nanoseconds(headers) or now),
                    attributes={
                        **_about("send", output.topic, headers),
                        "dateline.feed.id": _text(headers, "ce_source").rpartition("/")[2],
                    },
                )
            _fail(span, _text(headers, ERROR_NAME))
            span.end(now)

    def handled(self, records: Sequence[Record], outcomes: Sequence[Sequence[Output] | RecordError], began_ns: int) -> None:
        now = time.time_ns()
        for record, outcome in zip(records, outcomes, strict=True):
            headers = dict(record.headers)
            parent = trace.NonRecordingSpan(_context(headers) or trace.INVALID_SPAN_CONTEXT)
            span = self._tracer.start_span(
                f"process {record.topic}",
                trace.set_span_in_context(parent),
                kind=SpanKind.CONSUMER,
                start_time=began_ns,
                attributes={
                    **_about("process", record.topic, headers),
                    "messaging.destination.partition.id": str(record.partition),
                    "messaging.kafka.offset": record.offset,
                    "dateline.batch.records": len(records),
                    "dateline.outcome": _outcome(outcome),
                },
            )
            _fail(span, type(outcome).__name__ if isinstance(outcome, RecordError) else "")
            span.end(now)

    def _marked(self, output: Output) -> Output:
        """A record that begins a trace, with what was decided of it; one that goes on with a trace, and one that is no event, as it is."""
        headers = dict(output.headers)
        event = _text(headers, "ce_id")
        if not event or TRACEPARENT in headers:
            return output
        header = traceparent(event, sampled=False)
        sampling = self._sampler.should_sample(None, int(header[_TRACE_ID], 16), f"send {output.topic}")
        if sampling.decision is Decision.RECORD_AND_SAMPLE:
            header = traceparent(event, sampled=True)
        return output._replace(headers=(*output.headers, (TRACEPARENT, header)))


def _context(headers: Mapping[str, bytes]) -> SpanContext | None:
    """What a `traceparent` says (W3C Trace Context, §3.2); null for none and for one that is wrong."""
    extracted = _W3C.extract({TRACEPARENT: _text(headers, TRACEPARENT)}, Context())
    context = trace.get_current_span(extracted).get_span_context()
    return context if context.is_valid else None


def _about(operation: str, topic: str, headers: Mapping[str, bytes]) -> dict[str, str]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.type": operation,
        "messaging.operation.name": operation,
        "messaging.destination.name": topic,
        "dateline.article.id": _text(headers, "ce_subject"),
    }


def _fail(span: trace.Span, error: str) -> None:
    """Mark the span of a dead letter by its error's name; empty where it is none."""
    if error:
        span.set_attribute("error.type", error)
        span.set_status(Status(StatusCode.ERROR, error))


def _outcome(outcome: Sequence[Output] | RecordError) -> str:
    if isinstance(outcome, RecordError):
        return "dead_letter"
    return "written" if outcome else "nothing"


def _text(headers: Mapping[str, bytes], name: str) -> str:
    return (headers.get(name) or b"").decode("utf-8", "replace")


def _nanoseconds(headers: Mapping[str, bytes]) -> int | None:
    """The record's time, which of a raw article is the end of its fetch."""
    try:
        return int(datetime.fromisoformat(_text(headers, "ce_time")).timestamp() * 1e9)
    except ValueError:
        return None
