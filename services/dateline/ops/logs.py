"""Log lines: events with fields, JSON on a pipe, colour on a terminal, always on stderr."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

import orjson
import structlog

from dateline.ops.terminal import ErasingStream
from dateline.showable import printable

if TYPE_CHECKING:
    from collections.abc import MutableMapping

# The Kafka client repeats itself while a broker is away (thousands of lines a minute were seen): the same line passes this often.
REPEAT_SECONDS = 30.0


class Wishes(Protocol):
    """How logs are to look: LogSettings, or what a worker process was told of them."""

    @property
    def level(self) -> str: ...
    @property
    def format(self) -> str: ...


class Repeated(logging.Filter):
    """Lets the same line of another library pass once in a while."""

    def __init__(self) -> None:
        super().__init__()
        self._passed: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """True for a line that has not passed lately."""
        key = (record.name, str(record.msg))
        now = time.monotonic()
        if now - self._passed.get(key, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return False
        if len(self._passed) > 1000:  # noqa: PLR2004 - a bound against growth; templates are few
            self._passed.clear()
        self._passed[key] = now
        return True


def configure_logs(settings: Wishes) -> None:
    """Set up structlog and the standard library's logging, which the Kafka client uses."""
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    stream: Any = ErasingStream(sys.stderr) if sys.stderr.isatty() else sys.stderr
    console = settings.format == "console" or (settings.format == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if console:
        last: list[Any] = [_printable, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False)]
    else:
        # A traceback as text: with the values of every variable, one line was seen to take half a megabyte.
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_drop_meta, *last]))
    handler.addFilter(Repeated())
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    # What the client logs as errors it retries by itself; what matters comes up as an exception and is logged by us.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL if level > logging.DEBUG else logging.WARNING)


def _json(event: MutableMapping[str, Any], **_: object) -> str:
    return orjson.dumps(event, default=str).decode()


def _printable(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What fields quote of feeds and answers steers no terminal; tracebacks keep their lines."""
    tracebacks = ("exception", "stack")
    return {name: printable(value) if isinstance(value, str) and name not in tracebacks else value for name, value in event.items()}


def _drop_meta(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(None, "", event)
