"""An article's way from its feed to the event is one trace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import defaultdict

import pytest
from aiohttp import web
from harness import environment, new_cluster, newsroom
from live_prometheus import until
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from dateline.log import topics
from dateline.poller.feeds import add_feeds
from dateline.poller.opml import read_list
from loopback import loopback

SERVICES = ("poller", "enricher", "sink")


@pytest.mark.timeout(90)
async def test_the_spans_of_poller_enricher_and_sink_are_one_trace_that_the_event_names(kafka_bootstrap, tmp_path):
    spans = defaultdict(dict)

    async def take(request):
        sent = ExportTraceServiceRequest.FromString(await request.read())
        for resource in sent.resource_spans:
            (service,) = [one.value.string_value for one in resource.resource.attributes if one.key == "service.name"]
            for scope in resource.scope_spans:
                for span in scope.spans:
                    spans[span.trace_id][service.removeprefix("dateline-")] = span
        return web.Response()

    def whole():
        return [found for found in spans.values() if found.keys() >= set(SERVICES)]

    cluster = new_cluster(kafka_bootstrap, feeds_partitions=2, articles_partitions=2)
    await topics.apply(cluster)
    async with loopback(web.post("/v1/traces", take)) as url:
        settings = environment(cluster) | {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "300"}
        with newsroom(tmp_path, rate=5) as (_, opml):
            await add_feeds(cluster, read_list(opml))
            process = subprocess.Popen([sys.executable, "-m", "dateline", "run"], env=os.environ | settings, stderr=subprocess.PIPE)
            try:
                await until(look(whole), lambda found: len(found) >= 5)
            finally:
                process.send_signal(signal.SIGTERM)
                _, err = process.communicate(timeout=30)
        assert process.returncode == 0, err[-2000:]
    for trace in whole():
        poll = trace["poller"]
        assert not poll.parent_span_id
        assert [trace[service].parent_span_id for service in ("enricher", "sink")] == [poll.span_id] * 2
        ids = {one.value.string_value for span in trace.values() for one in span.attributes if one.key == "dateline.article.id"}
        assert len(ids) == 1
        assert poll.end_time_unix_nano <= trace["enricher"].end_time_unix_nano <= trace["sink"].end_time_unix_nano


def look(at):
    async def looked():
        return at()

    return looked
