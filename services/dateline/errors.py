"""Everything that can go wrong on purpose, as one tree; what a caller does next follows from the branch.

DatelineError                    exit code
├── ConfigurationError               78     a setting or a topic is not as it must be; the sentence names it
│   └── NoCommittedOffset            78     a group has no offset for a partition; nothing guesses where to start
├── BadInput                         65     what was handed in cannot be read
│   └── NotAFeed                     65     a body that is no feed, sitemap or article page; says what it was
│       ├── CutOff                   65     a feed that ends before its first whole entry
│       └── HtmlPage                 65     a page, which may say where the feed went
├── KafkaUnavailable                 69     no broker answered in time
├── Stalled                          70     work waits and nothing has moved
├── FetchError                        1     one visit to a publisher failed; the feed backs off, others go on
│   └── AddressRefused                1     the address is private, loopback or otherwise not ours to call
├── TransientError                    1     broker or output away: the partition waits and tries again, in order
│   └── NoLongerKept                  1     what is to be read was deleted: state is read anew, a reader's own place is lost
├── Moved                             1     the partition has another owner now; not a fault
└── RecordError                       1     one record cannot be handled: it goes to dead-letters, the next one goes on
    ├── Undecodable                         not JSON, or not of the type its topic carries
    ├── Unmatchable                         a condition's pattern takes too long at it
    ├── Refused                             an output does not take it, whatever comes with it
    ├── TooLarge                            does not fit a record even after cutting
    ├── HandlerFailed                       a bug in our code met this record
    ├── ProcessKilled                       the process died three times while handling it
    └── WorkerEnded                         a worker process of the enricher died, or gave no answer, whenever it met this record
"""

from __future__ import annotations


class DatelineError(Exception):
    """The root; its text is a sentence for a person that says what to do."""

    exit_code = 1


class ConfigurationError(DatelineError):
    """A setting, a file of ours or a topic is not as it must be."""

    exit_code = 78


class NoCommittedOffset(ConfigurationError):
    """A task found no committed offset for its partition and must not guess one."""

    def __init__(self, service: str, topic: str, partition: int, *, reason: str = "has no committed offset") -> None:
        super().__init__(
            f"the {service} {reason} for {topic}/{partition}; choose where it goes on: "
            f"dateline offsets set {service} --to earliest|latest|TIME"
        )


class BadInput(DatelineError):
    """What was handed in cannot be read; the sentence says where and why."""

    exit_code = 65


class NotAFeed(BadInput):
    """A body that is no feed, sitemap or article page."""


class CutOff(NotAFeed):
    """A feed that ends before its first whole entry: there is nothing to read, and nothing to guess."""


class HtmlPage(NotAFeed):
    """An HTML page where a feed was asked for; it may name one."""


class KafkaUnavailable(DatelineError):
    """No broker answered within the time a command may take."""

    exit_code = 69

    def __init__(self, bootstrap: str, reason: str = "") -> None:
        because = f" ({reason})" if reason else ""
        super().__init__(
            f"no Kafka broker answers at {bootstrap}{because}; is one running there, and is that what DATELINE_KAFKA__BOOTSTRAP "
            "(or KAFKA_BOOTSTRAP) is to name? In a checkout `make kafka` starts one"
        )


class Stalled(DatelineError):
    """Work waits, nothing has moved, and no task is in a recorded backoff."""

    exit_code = 70


class FetchError(DatelineError):
    """One visit to a publisher failed; `kind` is a short class for counting (dns, connect, timeout, status, size, parse).

    `retry_after_seconds` is what the publisher asked for with 429 or 503, null where it asked for nothing.
    """

    def __init__(self, kind: str, reason: str, *, status: int | None = None, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class AddressRefused(FetchError):
    """The address is private, loopback or otherwise not ours to call."""

    def __init__(self, address: str) -> None:
        super().__init__("refused", f"address {address} is not public; allow it with DATELINE_POLLER__ALLOW_NETWORKS")


class TransientError(DatelineError):
    """A broker or an output is away: the partition waits with backoff and order is kept."""


class NoLongerKept(TransientError):
    """The records at a position were deleted before they were read."""

    def __init__(self, topic: str, partition: int, position: int) -> None:
        super().__init__(f"offset {position} of {topic}/{partition} is no longer kept")


class Moved(DatelineError):
    """The broker fenced our producer: the partition has another owner now."""


class RecordError(DatelineError):
    """One record cannot be handled; it goes to dead-letters in the same transaction and the next one goes on."""

    stage = "handle"


class Undecodable(RecordError):
    """The value is not JSON or not of the type its topic carries."""

    stage = "decode"


class TooLarge(RecordError):
    """An output does not fit a record even after cutting."""

    stage = "encode"


class Unmatchable(RecordError):
    """A condition of an exporter takes too long at this event, so nobody knows whether it is wanted."""

    stage = "match"


class Refused(RecordError):
    """An output refuses what is written to it; alone it is the event's fault."""

    stage = "write"


class HandlerFailed(RecordError):
    """An exception nobody foresaw, kept with its traceback as the cause."""


class ProcessKilled(RecordError):
    """The process died three times while this record was being handled, so it is set aside unhandled."""


class WorkerEnded(RecordError):
    """Worker processes died or gave no answer while this record was being handled, the last of them with nothing else to do."""


class RaisedElsewhere(Exception):
    """The cause of a RecordError as another process met it: the full name of its class, and its traceback as text."""

    def __init__(self, name: str, trace: str) -> None:
        super().__init__(name)
        self.name = name
        self.trace = trace
