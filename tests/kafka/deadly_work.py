"""What workers do in the enricher's kill test: they take their time, say when they are at it, and end at a text that says so.

It is light, so that a worker that was killed is soon replaced.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from dateline.log.port import Output

DEADLY = b"This text ends whoever reads it."
SLOW = b"This text takes its time."
SECONDS_EACH = 0.02


def decide(item, agencies, partitions):
    """The article as it came; while one is at a slow text, a file named by its process id lies in the folder."""
    if DEADLY in item.value:
        os._exit(9)
    if SLOW in item.value:
        inside = Path(os.environ["INSIDE_FOLDER"], str(os.getpid()))
        inside.touch()
        time.sleep(SECONDS_EACH)
        inside.unlink()
    return [Output("articles.enriched", b"en", item.value, partition=0)]
