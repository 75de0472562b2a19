"""A process that ends is gone in time though a thread of it hangs: a name server that gives no answer, a folder that does not."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

# Threads cannot be cancelled: the loop waits for them as it closes, and the interpreter once more. Long enough that a busy machine
# starts a process meanwhile.
HANG_SECONDS = 40
BEGINS = f"""
import asyncio, contextlib, os, signal, threading, time
from dateline import run
from dateline.cli.services import run_loop
from dateline.errors import ConfigurationError
from dateline.export import service
from dateline.export.match import Match
from dateline.export.output import OutputKind
from dateline.settings import Settings

timer = threading.Timer
threading.Timer = lambda seconds, function: timer(0.2, function)

def hang():
    asyncio.get_running_loop().run_in_executor(None, time.sleep, {HANG_SECONDS})

class Hung:
    name = "export.test"
    def __init__(self, *_, **__): pass
    def tasks(self): return []
    async def run(self):
        hang()
        await self.lead()
    async def lead(self):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

class Wrong(Hung):
    async def lead(self): raise ConfigurationError("wrong")

@contextlib.asynccontextmanager
async def serving(*_, **__):
    hang()
    yield 0

async def places_of(*_): pass

def export(kind):
    service.places_of, service.Service = places_of, kind
    return service.run_export(Settings(), OutputKind("test", "test", None), service.Wishes(Match()))

def services(serving):
    run.serving = serving
    return run.run_services(Settings(), ["sink"])
"""
STOPPED = """
@contextlib.asynccontextmanager
async def stopped(*_, **__):
    async with serving():
        os.kill(os.getpid(), signal.SIGTERM)
        yield 0
run_loop(services(stopped))
"""
FAILED = """
@contextlib.asynccontextmanager
async def failed(*_, **__):
    async with serving():
        raise ConfigurationError("wrong")
        yield 0
from dateline import cli
cli.cli.main = lambda *_, **__: run_loop(services(failed))
cli.main()
"""
FAILED_EXPORT = "from dateline import cli\ncli.cli.main = lambda *_, **__: run_loop(export(Wrong))\ncli.main()\n"


@pytest.mark.parametrize(
    ("ends", "code"),
    [(STOPPED, 0), (FAILED, 78), ("run_loop(export(Hung))\n", 0), (FAILED_EXPORT, 78)],
    ids=["services that are asked to stop", "services that fail", "an exporter that is asked to stop", "an exporter that fails"],
)
def test_a_process_whose_thread_hangs_is_gone_in_time_with_the_code_by_which_it_ends(ends, code):
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", BEGINS + ends], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "the stop takes too long" in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr
    assert time.monotonic() - began < HANG_SECONDS
