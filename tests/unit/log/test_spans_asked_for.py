"""Where OpenTelemetry's variables or its packages are not as they should be, a process says so without a secret and goes on."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pytest

from dateline.cli.check import _spans
from dateline.errors import ConfigurationError
from dateline.log import otel, spans
from dateline.log.spans import open_collector, spans_of

SECRET = "hunter2"
AWAY = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}


@pytest.fixture(autouse=True)
def their_logger_as_it_was():
    logger = logging.getLogger("opentelemetry")
    before = logger.handlers[:], logger.propagate
    yield
    logger.handlers[:], logger.propagate = before


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": f"user:{SECRET}@collector:4318"},
            "OTEL_EXPORTER_OTLP_ENDPOINT begins with neither http:// nor https://",
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": f"grpc://user:{SECRET}@c:4317"},
            "OTEL_EXPORTER_OTLP_ENDPOINT begins with neither http:// nor https://",
        ),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "c:4318", **AWAY}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT begins with neither"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", **AWAY}, "OTEL_EXPORTER_OTLP_PROTOCOL is grpc and spans go by http/protobuf"),
        (
            {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", **AWAY},
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is http/json",
        ),
        ({"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "100000", **AWAY}, "OpenTelemetry's variables are wrong: max_export_batch_size"),
        ({"OTEL_ATTRIBUTE_COUNT_LIMIT": "abc", **AWAY}, "OpenTelemetry's variables are wrong: OTEL_ATTRIBUTE_COUNT_LIMIT must be"),
        ({"OTEL_PYTHON_METER_PROVIDER": "none_such", **AWAY}, "OpenTelemetry's variables are wrong: StopIteration"),
    ],
)
async def test_a_wrong_variable_is_named_and_the_process_goes_on_without_spans(monkeypatch, capsys, environ, says):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refused:
        open_collector(environ)
    assert says in str(refused.value)
    async with spans.collected():
        assert isinstance(spans_of("sink"), spans.NoSpans)
    said = capsys.readouterr().out
    assert "no spans" in said and says in said
    assert SECRET not in said + str(refused.value)


def test_an_operator_is_told_by_check_what_is_wrong(monkeypatch):
    for name in spans.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    assert _spans() == []
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    assert [(found.level, found.says) for found in _spans()] == [("ok", "collected, as OTEL_EXPORTER_OTLP_ENDPOINT asks")]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    (found,) = _spans()
    assert found.level == "warn" and "OTEL_EXPORTER_OTLP_PROTOCOL is grpc" in found.says


def without(*packages):
    """The beginning of a program for which these packages are not there."""
    return (
        "import sys, importlib.abc\n"
        "class Hidden(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name.startswith({packages}): raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )


def ran(program, **environ):
    """What a fresh interpreter writes, which has imported nothing of OpenTelemetry before."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **environ}
    )
    return done.stdout, done.stderr


def test_opentelemetrys_interface_alone_is_not_the_extra():
    program = (
        without("opentelemetry.sdk", "opentelemetry.exporter") + "from dateline.log.spans import is_installed\nprint(is_installed())\n"
    )
    assert ran(program) == ("False\n", "")


OPENED = (
    "from dateline.errors import ConfigurationError\n"
    "from dateline.log.spans import open_collector\n"
    "try: open_collector({'OTEL_EXPORTER_OTLP_ENDPOINT': 'http://127.0.0.1:9'})\n"
    "except ConfigurationError as error: print(error)\n"
)


def test_a_variable_that_opentelemetry_refuses_while_it_is_imported_is_named_too():
    said, errors = ran(OPENED, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT="abc")
    assert said.startswith("OpenTelemetry's variables are wrong: OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT must be"), errors


def test_an_opentelemetry_that_is_there_in_part_is_no_end_of_a_process():
    said, errors = ran(without("opentelemetry.sdk") + OPENED)
    assert said.startswith("OpenTelemetry cannot be imported (opentelemetry.sdk"), errors


def test_what_opentelemetry_says_is_said_by_us_without_the_values_and_seldom(monkeypatch, capsys):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"authorization: {SECRET}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    otel.OtlpCollector()
    logger = logging.getLogger("opentelemetry.exporter.otlp")
    for _ in range(100):
        logger.error("Failed to export %s batch code: %s, reason: %s", "spans", 401, ConnectionError(f"/{SECRET}/v1/traces"))
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    assert "Header format invalid" in out
    assert out.count("Failed to export … batch code: …, reason: …") == 1
    assert "ConnectionError" in out and "401" in out
