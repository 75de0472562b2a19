"""One event is one line, whatever its fields hold, and says which trace it belongs to."""

from __future__ import annotations

import os
import subprocess
import sys

import orjson

from dateline.envelope import traced

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SAID = f"""
import asyncio, logging, structlog
from dateline.errors import Undecodable
from dateline.log.task import StreamTask
from dateline.ops.logs import configure_logs
from dateline.settings import LogSettings
from fakes import FakeLog, drain, raw

configure_logs(LogSettings())
logger = structlog.get_logger()
try:
    raise ValueError("first\\nsecond")
except ValueError as error:
    logger.exception("feed cannot be read", feed="https://one.example/\\nlevel=error", error=str(error))
logging.getLogger("a.library").warning("a port is\\nclosed")
logger.info("odd", value={{1}}, body=b"\\xff")

async def refuse(records, state):
    return [Undecodable("not JSON") for _ in records]

log = FakeLog([raw("a secret body", key="key", headers={{"traceparent": "{TRACE}"}})])
asyncio.run(drain(log, lambda: StreamTask(log.open, 0, service="relay", topic="in", handler=refuse)))
"""


def test_every_event_is_one_line_of_json_and_a_dead_letter_tells_its_trace_and_not_its_value():
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", SAID], env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == ""
    failed, library, odd, dead = map(orjson.loads, done.stderr.splitlines())
    assert (failed["event"], failed["feed"], failed["level"]) == ("feed cannot be read", "https://one.example/\nlevel=error", "error")
    assert "Traceback" in failed["exception"]
    assert (library["event"], library["level"]) == ("a port is\nclosed", "warning")
    assert odd["value"] == "{1}"
    assert (dead["event"], dead["traceparent"], dead["error"], dead["offset"]) == ("record dead-lettered", TRACE, "not JSON", 0)
    assert "secret body" not in done.stderr


def test_a_record_without_a_trace_adds_no_field():
    assert traced([("content-type", b"application/json"), ("traceparent", None)]) == {}
