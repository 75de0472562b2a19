"""What spans cost: each service's loop at full throughput with none asked for, with all, and with one article's way in a hundred.

The collector is a process of its own, so that only our side counts: making spans, and sending them in the background. What a process
spends where nobody asks for spans is measured by itself, since beside a loop it is not to be seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench import ops
from tests.bench.enrich import articles
from tests.fakes import FakeRecord

from dateline.enricher.agencies import load_agencies
from dateline.enricher.record import enrich_record
from dateline.envelope import traceparent
from dateline.errors import RecordError
from dateline.log.port import BATCH_RECORDS
from dateline.log.spans import NoSpans, collected, spans_of
from dateline.log.withdrawals import GuardedLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dateline.enricher.agencies import Agencies
    from dateline.log.port import Output

ROUNDS = 12
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
ONE_IN_A_HUNDRED = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01"}
# One trace in so many is sampled.
EVERY = {"none": 100, "all": 1, "one in a hundred": 100}
COLLECTOR = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Takes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
print(server.server_port, flush=True)
server.serve_forever()
"""
# The most that one article's share may take where nobody asks: a ten-thousandth of what the sink, the quickest, takes for it.
MOST_SHARE = 1e-4


class LetsPass:
    """A guard with nothing to hold back."""

    async def prepare(self) -> None: ...
    async def confirm(self, sent: Sequence[Any]) -> None: ...

    async def admit(self, outputs: Sequence[Any]) -> Sequence[Any]:
        return outputs


def guarded(log: Any) -> GuardedLog:
    """The poller's log behind a guard that tells its spans, as in the service."""
    return GuardedLog(log, LetsPass(), spans_of("poller"))


def enriched_output(record: FakeRecord, agencies: Agencies) -> Output:
    """What the enricher makes of a record that it can read."""
    outcome = enrich_record(record, agencies, 6)
    if isinstance(outcome, RecordError):
        raise outcome
    (output,) = outcome
    return output


def records(topic: str, bodies: Sequence[tuple[bytes | None, bytes | None]], *, every: int) -> list[FakeRecord]:
    """A partition of a topic, of keys and values; one trace in `every` is sampled."""
    made = []
    for number, (key, value) in enumerate(bodies):
        header = traceparent(str(number), sampled=number % every == 0)
        made.append(FakeRecord(topic, 0, number, 0, key, value, (("traceparent", header),)))
    return made


def spent(loop: Callable[[str], Any], way: str, url: str) -> float:
    """CPU seconds of one loop, what starts and ends the collecting apart."""
    for name in (ENDPOINT, *ONE_IN_A_HUNDRED):
        os.environ.pop(name, None)
    if way != "none":
        os.environ[ENDPOINT] = url
    if way == "one in a hundred":
        os.environ.update(ONE_IN_A_HUNDRED)

    async def run() -> float:
        async with collected():
            seconds: float = await loop(way)
            return seconds

    with ops.telling(told=True):
        return asyncio.run(run())


def idle_seconds() -> float:
    """What one article takes of a batch that nobody tells of."""
    spans, times = NoSpans(), 10_000
    batch: list[Any] = [()] * BATCH_RECORDS
    began = time.process_time()
    for _ in range(times):
        spans.begun(batch)
        spans.sent(batch)
        spans.handled(batch, batch, time.time_ns())
    return (time.process_time() - began) / times / BATCH_RECORDS


@contextlib.contextmanager
def collector() -> Iterator[str]:
    """The address of one that takes whatever it is sent."""
    process = subprocess.Popen([sys.executable, "-c", COLLECTOR], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.communicate()


def report(url: str) -> int:
    """Print what each loop takes; 1 where spans that nobody asks for are to be noticed."""
    agencies = load_agencies(None)
    texts = [(b"%d" % number, text) for number, text in enumerate(articles("text", ops.ARTICLES))]
    outputs = [enriched_output(record, agencies) for record in records("articles.raw", texts, every=1)]
    enriched = [(output.key, output.value) for output in outputs]
    raw = {way: records("articles.raw", texts[: ops.THOUGHT_OVER], every=every) for way, every in EVERY.items()}
    decided = {way: records("articles.enriched", enriched, every=every) for way, every in EVERY.items()}
    loops: dict[str, tuple[Callable[[str], Any], int]] = {
        "poller": (lambda _: ops.poller(told=True, wrap=guarded), ops.FEEDS * ops.ROUNDS),
        "enricher": (lambda way: ops.enricher(raw[way], agencies, told=True), ops.THOUGHT_OVER),
        "sink": (lambda way: ops.stories(decided[way], told=True), ops.ARTICLES),
    }
    for name, (loop, count) in loops.items():
        taken: dict[str, list[float]] = {way: [] for way in EVERY}
        for number in range(ROUNDS):
            for way in list(EVERY)[:: 1 if number % 2 else -1]:
                taken[way].append(spent(loop, way, url))
        micros = {way: ops.fastest(seconds) / count * 1e6 for way, seconds in taken.items()}
        shown = ", ".join(f"{way} {value:.0f} µs ({value / micros['none'] - 1:+.1%})" for way, value in micros.items())
        print(f"{name:>8}: {shown}")
    idle = idle_seconds() * 1e6
    print(f"    idle: {idle:.4f} µs an article, {idle / micros['none']:.5%} of the sink's (≤ {MOST_SHARE:.2%})")
    return int(idle > MOST_SHARE * micros["none"])


if __name__ == "__main__":
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stderr(nowhere), collector() as address:
        code = report(address)
    raise SystemExit(code)
