"""A container asks every few seconds: the question is answered right, and costs next to nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from dateline.cli.services import DEFAULT_HOST, DEFAULT_PORT
from dateline.settings import OpsSettings

HEAVY = ("pydantic", "pydantic_settings", "aiohttp", "aiokafka", "faststream", "structlog", "prometheus_client", "asyncio", "msgspec")
PROBE = """
import json, sys
from dateline.cli import run
code = run(["health", *sys.argv[1:]])
print(json.dumps({"code": code, "modules": sorted(sys.modules)}), file=sys.stderr)
"""
ANSWERS = {
    "/live": (200, {"live": True, "reason": None}),
    "/ready": (503, {"ready": False, "reason": "state: sink 2 restoring 62 %", "checks": []}),
}


class Process(BaseHTTPRequestHandler):
    """What a process answers."""

    def do_GET(self):
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def serving():
    server = HTTPServer(("127.0.0.1", 0), Process)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield str(server.server_port)
    finally:
        server.shutdown()
        server.server_close()


def asked(folder, *arguments, **settings):
    """What the command says, its exit code, and the modules it has loaded."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    environment = kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)} | settings
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    *words, last = done.stderr.splitlines()
    told = json.loads(last)
    return done.stdout + "\n".join(words), told["code"], [name for name in HEAVY if name in told["modules"]]


def test_a_probe_is_answered_and_imports_nothing_heavy(tmp_path):
    with serving() as port:
        assert asked(tmp_path, "live", DATELINE_OPS__PORT=port) == ("live\n", 0, [])
        assert asked(tmp_path, "ready", "--ops-port", port) == ("not ready: state: sink 2 restoring 62 %\n", 1, [])


def test_where_settings_stand_in_a_file_they_are_read_there(tmp_path):
    with serving() as port:
        (tmp_path / ".env").write_text(f"DATELINE_OPS__PORT={port}\n", encoding="utf-8")
        said, code, _ = asked(tmp_path, "live")
    assert (said, code) == ("live\n", 0)


@pytest.mark.parametrize("port", ["99999", "eighty", "²"])
def test_a_port_that_is_none_is_refused_by_the_name_of_its_setting(tmp_path, port):
    said, code, _ = asked(tmp_path, "live", DATELINE_OPS__PORT=port)
    assert code == 78
    assert "DATELINE_OPS__PORT" in said


def test_without_a_process_it_says_where_it_asked(tmp_path):
    said, code, heavy = asked(tmp_path, "live", DATELINE_OPS__HOST="127.0.0.9", DATELINE_OPS__PORT="1")
    assert (code, heavy) == (1, [])
    assert "127.0.0.9:1" in said


def test_the_probe_asks_where_a_process_listens_unless_told_otherwise():
    assert (OpsSettings().host, OpsSettings().port) == (DEFAULT_HOST, DEFAULT_PORT)
