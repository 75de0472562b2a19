"""A process whose numbers, feeds and events are invented, some of them by somebody who means harm."""

from __future__ import annotations

import time
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import count

from dateline.ops.metrics import REGISTRY, rendered

NOW = datetime.now(UTC)

TASK = {
    "partition": 0,
    "phase": "running",
    "position": 800,
    "lag_records": 0,
    "lag_seconds": 0.0,
    "committed_at": NOW,
    "answered_at": NOW,
    "backoff": None,
    "last_error": None,
    "commits": 12,
    "records": 400,
    "dead_letters": 0,
    "restarts": 0,
}
EVENT = {
    "at": NOW,
    "id": "373da65f-8124-5844-94fc-d62d03b2ca06",
    "revision": 0,
    "status": "usable",
    "url": "https://gazette.example/2026/gate",
    "headline": "Storm gate holds on its first night",
    "language": "en",
    "published_at": NOW - timedelta(minutes=4),
    "first_seen_at": NOW,
    "publisher": "Quillbrook Gazette",
    "attribution_status": "attributed",
    "origin": "Meridian Press",
    "relation": "republication",
    "evidence": [{"origin": "Meridian Press", "confidence": 0.95, "kind": "notice", "text": "This report was published by Meridian Press"}],
    "story": {
        "id": "c65ed892-66ae-5d72-a85b-3419e6b25017",
        "role": "duplicate",
        "of": "11111111-66ae-5d72-a85b-3419e6b25017",
        "similarity": 0.93,
        "copies": 3,
        "origin": None,
    },
    "flags": [],
}
# Nothing of this may be more than text on the page.
HOSTILE_HEADLINE = "<img src=http://evil.example/pixel onerror=\"document.title='taken'\"><script>document.title='taken'</script> & gate"
HOSTILE = EVENT | {
    "id": "b1d0a8a4-0000-5844-94fc-d62d03b2ca06",
    "headline": HOSTILE_HEADLINE,
    "url": "javascript:document.title='taken'",
    "publisher": '"><iframe src="http://evil.example"></iframe>',
    "evidence": [EVENT["evidence"][0] | {"text": "<style>body{display:none}</style>«Meridian»"}],
}
FEED = {
    "id": "33c689f6-976f-5bbe-bf18-92286c21cac7",
    "url": "https://saltmere.example/weather.xml",
    "title": "Saltmere Mirror – Weather",
    "publisher": "Saltmere Mirror",
    "state": "failing",
    "since": None,
    "last": NOW - timedelta(minutes=3),
    "next": NOW + timedelta(minutes=9),
    "rule": "errors",
    "errors": 4,
    "error": "the body is an HTML page",
    "missed": False,
    "newest": None,
}
QUIET = FEED | {
    "id": "33c689f6-976f-5bbe-bf18-000000000000",
    "title": "Tarn Valley Post",
    "state": "quiet",
    "errors": 0,
    "error": None,
    "rule": "rate",
    "newest": NOW - timedelta(days=3),
}


PIDS = count(7)


class MadeProcess:
    """Says what a test has it say."""

    def __init__(self, *services: str):
        services = services or ("poller", "enricher", "sink")
        self.reason, self.pid = None, next(PIDS)
        self.tasks = {name: [deepcopy(TASK)] for name in services}
        self.counts = {"new": 0, "polled": 22, "quiet": 1, "failing": 1, "retired": 0, "paused": 0, "overdue": 0, "in_flight": 2}
        self.latest = [HOSTILE, EVENT] if "sink" in services else []
        self.rates = {"polls_per_second": 11.3, "events_per_second": 2.5, "end_to_end_p50_seconds": 2.1}
        self.dead_letters = 0

    def live(self):
        return 200, {"live": True, "reason": None}

    def ready(self):
        checks = [{"name": "broker", "ok": self.reason is None, "detail": "no broker has answered for 20 s", "since": NOW}]
        return 200, {"ready": self.reason is None, "reason": self.reason, "checks": checks}

    def status(self):
        return {
            "version": "0.1.0",
            "process": {
                "host": "news-1",
                "pid": self.pid,
                "services": list(self.tasks),
                "started_at": NOW,
                "uptime_seconds": 75.0,
                "stopping": False,
            },
            **self.ready()[1],
            "rates": self.rates,
            "lag": {"lag_records": 0, "lag_seconds": 0.0},
            "feeds": self.counts if "poller" in self.tasks else None,
            "dead_letters": self.dead_letters,
            "services": {name: {"joined": True, "topic": name, "tasks": tasks} for name, tasks in self.tasks.items()},
            "peers": [],
        }

    def feeds(self, states, limit):
        return {"counts": self.counts, "surveyed_at": NOW, "feeds": [FEED, QUIET] if "poller" in self.tasks else []}

    async def events(self, limit):
        return {"events": self.latest[:limit]}

    def history(self):
        moments = [time.time() - 3600 + step * 10 for step in range(360)]
        waves = [2 + (step % 40) / 10 for step in range(360)]
        gap = [None if 100 < step < 140 else wave / 2 for step, wave in enumerate(waves)]
        series = {
            "articles_per_second": waves,
            "events_per_second": gap,
            "lag_seconds": [0.1] * 360,
            "dead_letters_per_second": [None] * 360,
        }
        return {"step_seconds": 10.0, "at": moments, "series": series}

    def metrics(self):
        return rendered([REGISTRY])
