"""A worker process: it is briefed once, and answers chunk by chunk until its parent hangs up.

python -m dateline.enricher.worker     with a socket as standard input, where frames come and answers go
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import resource
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any

import structlog

from dateline.enricher.agencies import index_agencies
from dateline.enricher.chunks import (
    LENGTH_BYTES,
    READY,
    Item,
    answer_frame,
    briefing_in,
    content_bytes,
    frame,
    outcome_of_bug,
    records_in,
)
from dateline.enricher.endings import OUT_OF_MEMORY
from dateline.enricher.sample import sample_article
from dateline.ops.logs import configure_logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from io import BufferedRWPair

    from dateline.enricher.chunks import Briefing
    from dateline.errors import RecordError
    from dateline.log.port import Output

    Decide = Callable[[Item], Sequence[Output] | RecordError]

logger = structlog.get_logger()

# How much longer than its parent a worker gives itself: it ends by itself only where no parent is left to end it.
PATIENCE_SECONDS = 5.0
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve one parent."""
    _end_with_the_parent()
    stream = socket.socket(fileno=os.dup(0)).makefile("rwb")
    try:
        contents = _contents(stream)
        for briefing in contents:
            _serve(stream, briefing_in(briefing), contents)
    except (BrokenPipeError, ConnectionResetError):
        sys.exit()  # the parent is gone, and nobody is left to tell
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except Exception as error:  # the last word of this process, in the form of all our words
        logger.exception("worker fails", pid=os.getpid(), error=str(error))
        sys.exit(1)


def _end_with_the_parent() -> None:
    """A stop asked of the whole group is the parent's to arrange; its end, of whatever kind, is ours as well."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _contents(stream: BufferedRWPair) -> Iterator[bytes]:
    """The content of each frame that comes whole."""
    while len(length := stream.read(LENGTH_BYTES)) == LENGTH_BYTES:
        size = content_bytes(length)
        content = stream.read(size)
        if len(content) < size:
            return
        yield content


def _serve(stream: BufferedRWPair, briefing: Briefing, chunks: Iterator[bytes]) -> None:
    decide = _prepared(briefing)
    _send(stream, frame(READY))
    for content in chunks:
        # A chunk nobody waits for any more must not outlive its parent, even where the signal above is unknown.
        signal.setitimer(signal.ITIMER_REAL, briefing.deadline_seconds + PATIENCE_SECONDS)
        answer = answer_frame([_decided(decide, item) for item in records_in(content)])
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(stream, answer)


def _prepared(briefing: Briefing) -> Decide:
    """Limits, logs and everything that is slow to load, before the first chunk."""
    _bound(briefing.memory_bytes)
    configure_logs(briefing.log)
    module, _, name = briefing.function.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    agencies = index_agencies(briefing.agencies)
    function(Item(sample_article(), []), agencies, briefing.partitions)
    gc.collect()
    gc.freeze()
    return lambda item: function(item, agencies, briefing.partitions)


def _bound(memory_bytes: int) -> None:
    """So much memory and no more, and no core file of a page's making."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # a platform may know no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _decided(decide: Decide, item: Item) -> Sequence[Output] | RecordError:
    try:
        return decide(item)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug of ours must not cost the chunk's other records
        return outcome_of_bug(error)


def _send(stream: BufferedRWPair, framed: bytes) -> None:
    stream.write(framed)
    stream.flush()


if __name__ == "__main__":
    main()
