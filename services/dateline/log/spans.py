"""Spans of what was committed, for those who collect them with OpenTelemetry; nothing at all for the rest.

A span is made only after its transaction is committed, so that what was aborted and done again is told of once. One article's way is
one trace: the poller's span begins it, by the `traceparent` that its record carries, and those of enricher and sink are its children.
"""

from __future__ import annotations

import contextlib
import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

import structlog

from dateline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from dateline.errors import RecordError
    from dateline.log.port import Output, Record

logger = structlog.get_logger()

# The variables of OpenTelemetry's own by which a collector is named; either of them asks for spans.
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
# Here as well the particular goes before the general.
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"


class Spans(Protocol):
    """What a service's tasks tell."""

    def begun(self, outputs: Sequence[Output]) -> Sequence[Output]:
        """These in place of records that begin a trace: marked as sampled where their spans are kept."""
        ...

    def sent(self, outputs: Sequence[Output]) -> None:
        """Records that begin a trace are committed now."""
        ...

    def handled(self, records: Sequence[Record], outcomes: Sequence[Sequence[Output] | RecordError], began_ns: int) -> None:
        """These are committed now; `began_ns` is when their batch was taken up, Unix nanoseconds."""
        ...


class NoSpans:
    """Nobody collects them."""

    def begun(self, outputs: Sequence[Output]) -> Sequence[Output]:
        """As they are."""
        return outputs

    def sent(self, outputs: Sequence[Output]) -> None:
        """Nothing is told."""

    def handled(self, records: Sequence[Record], outcomes: Sequence[Sequence[Output] | RecordError], began_ns: int) -> None:
        """Nothing is told."""


class Collector(Protocol):
    """Where spans go."""

    def spans_of(self, service: str) -> Spans: ...
    async def close(self) -> None: ...


class _Harmless:
    """Spans tell of work that is done already: what goes wrong with them is said once, and nothing else."""

    def __init__(self, spans: Spans, service: str) -> None:
        self._spans, self._service, self._said = spans, service, False

    def begun(self, outputs: Sequence[Output]) -> Sequence[Output]:
        with self._careful():
            return self._spans.begun(outputs)
        return outputs

    def sent(self, outputs: Sequence[Output]) -> None:
        with self._careful():
            self._spans.sent(outputs)

    def handled(self, records: Sequence[Record], outcomes: Sequence[Sequence[Output] | RecordError], began_ns: int) -> None:
        with self._careful():
            self._spans.handled(records, outcomes, began_ns)

    @contextlib.contextmanager
    def _careful(self) -> Iterator[None]:
        try:
            yield
        except Exception:
            if not self._said:
                logger.exception("spans fail", service=self._service)
            self._said = True


_collector: Collector | None = None


def spans_of(service: str) -> Spans:
    """For one service's tasks; they ask when they are made."""
    return NoSpans() if _collector is None else _Harmless(_collector.spans_of(service), service)


def asked_for(environ: Mapping[str, str]) -> str | None:
    """The variable that asks for spans, null where none does."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or environ.get("OTEL_TRACES_EXPORTER", "").strip() == "none":
        return None
    return _set(environ, ENDPOINTS)


def open_collector(environ: Mapping[str, str]) -> Collector:
    """Where the variables say that spans go; ConfigurationError, without an address, where they cannot go there."""
    if not is_installed():
        raise ConfigurationError("OpenTelemetry is missing: pip install 'dateline[otel]'")
    endpoint, protocol = _set(environ, ENDPOINTS), _set(environ, PROTOCOLS)
    if endpoint and not environ[endpoint].strip().lower().startswith(("http://", "https://")):
        raise ConfigurationError(f"{endpoint} begins with neither http:// nor https://; a collector's own is http://collector:4318")
    if protocol and environ[protocol].strip() != PROTOCOL:
        raise ConfigurationError(
            f"{protocol} is {environ[protocol].strip()} and spans go by {PROTOCOL} alone, to port 4318 of most collectors"
        )
    try:
        # Some of its variables it reads while it is imported.
        from dateline.log.otel import OtlpCollector  # noqa: PLC0415 - only where it is asked for, and there

        return OtlpCollector()
    except ImportError as error:
        raise ConfigurationError(f"OpenTelemetry cannot be imported ({error}); install it anew: pip install 'dateline[otel]'") from error
    except Exception as error:  # what its variables name may be missing or wrong in any way
        raise ConfigurationError(f"OpenTelemetry's variables are wrong: {str(error) or type(error).__name__}") from error


def is_installed() -> bool:
    """Whether the extra is there; OpenTelemetry's interface alone, which other packages bring, is not."""
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


def _set(environ: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((name for name in names if environ.get(name, "").strip()), None)


@contextlib.asynccontextmanager
async def collected() -> AsyncIterator[None]:
    """Spans go to a collector while the block runs, where one is named; what is left at the end has two seconds to get there."""
    global _collector  # noqa: PLW0603 - one per process, as the variables of the environment are
    variable = asked_for(os.environ)
    if variable is None:
        yield
        return
    try:
        collector = open_collector(os.environ)
    except ConfigurationError as error:
        logger.warning("no spans", asked_by=variable, reason=str(error))
        yield
        return
    _collector = collector
    logger.info("spans are collected", asked_by=variable)
    try:
        yield
    finally:
        _collector = None
        await collector.close()
