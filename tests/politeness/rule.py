"""What a rule of politeness is: what it serves, poll after poll, and what it says of the requests it saw.

A rule decides and never acts: it is asked for replies and for a verdict, and holds no state. The server does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import format_datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

FEED = "/feed.xml"
ROBOTS = "/robots.txt"
RSS = "application/rss+xml"


class Pace(NamedTuple):
    """What the poller was told, so that rules can be stated in its own units."""

    # How long the run takes; what is asked for in seconds (Retry-After, max-age) is half of it.
    seconds: float = 30.0
    interval_seconds: float = 1.0
    spacing_seconds: float = 0.5
    timeout_seconds: float = 3.0
    most_bytes: int = 128 << 10
    contact: str | None = "https://poller.example/about"

    @property
    def rest_seconds(self) -> int:
        """How long a publisher asks to be left alone: long enough to show, short enough to end within the run."""
        return max(1, int(self.seconds / 2))


class Kept(NamedTuple):
    """The poller kept the rule."""

    seen: str


class Broken(NamedTuple):
    """The poller broke the rule."""

    seen: str


class NotShown(NamedTuple):
    """The poller did too little for a verdict."""

    seen: str


Verdict = Kept | Broken | NotShown


class Drip(NamedTuple):
    """A body in equal pieces with a pause before each."""

    piece: bytes
    pieces: int
    pause_seconds: float


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server answers. `drip`, where there is one, follows the body; nothing is said of its length."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay_seconds: float = 0.0
    drip: Drip | None = None


@dataclass(kw_only=True)
class Asked:
    """One request as it arrived, and what became of it. Times are seconds of one monotonic clock; `moment` is aware UTC."""

    at: float
    moment: datetime
    address: str
    port: int
    method: str
    # Path and query as they stood in the request line.
    target: str
    # Names in lower case.
    headers: Mapping[str, str]
    reply: Reply = field(default_factory=Reply)
    # When the answer was complete or the poller gone; null while it lasts.
    ended: float | None = None
    # The poller closed the connection before the answer was complete.
    given_up: bool = False

    @property
    def origin(self) -> str:
        """Scheme, address and port that were called."""
        return f"http://{self.address}:{self.port}"


class Rule:
    """One rule. A subclass has a name, a sentence and a source, serves one site (or two) and judges what it was asked there."""

    name: str
    says: str
    source: str
    # Feeds of the first site, as they are given to the poller.
    feeds: tuple[str, ...] = (FEED,)
    # Sites of its own, each an address.
    sites = 1
    # Written into the feed's address in front of the host.
    userinfo = ""
    # The poller is asked to fetch the linked pages too.
    pages = False
    # What robots.txt answers, which is not the rule's affair otherwise.
    robots = Reply(status=404)
    # Judges what was asked anywhere, not only at its own sites.
    everywhere = False
    # A poller that never comes into the situation loses nothing.
    optional = False

    def reply(self, ask: Asked, earlier: Sequence[Asked], pace: Pace) -> Reply:
        """The answer to a request, robots.txt apart; `earlier` are those at the same address before it, oldest first."""
        return ok(document(ask))

    def judge(self, asked: Sequence[Asked], pace: Pace) -> Verdict:
        """The verdict about all requests of a run, oldest first; robots.txt is among them."""
        raise NotImplementedError


def ok(body: bytes, **headers: str) -> Reply:
    """A feed's body, with headers named in Python's way: `etag`, `last_modified`."""
    return Reply(headers={"Content-Type": RSS} | {name.replace("_", "-").title(): value for name, value in headers.items()}, body=body)


def document(ask: Asked, entries: int = 2, *, head: str = "", paths: Sequence[str] = ()) -> bytes:
    """An RSS document with so many entries, or one for each path; `head` stands in its channel."""
    links = [ask.origin + path for path in (paths or [f"/story/{number}" for number in range(entries)])]
    items = [f"<item><title>Ferry {escape(link)}</title><link>{escape(link)}</link><guid>{escape(link)}</guid></item>" for link in links]
    channel = f"<title>Tarn Ferry News</title><link>{ask.origin}/</link><description>Invented.</description>{head}{''.join(items)}"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{channel}</channel></rss>'.encode()


def http_date(moment: datetime) -> str:
    """RFC 9110 §5.6.7."""
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


def at_path(asked: Sequence[Asked], path: str = FEED) -> list[Asked]:
    """The requests for one path, whatever their query."""
    return [ask for ask in asked if ask.target.partition("?")[0].partition("#")[0] == path]


def gaps(asked: Sequence[Asked]) -> list[float]:
    """Seconds from the end of each answer to the next request."""
    return [after.at - (before.ended or before.at) for before, after in pairwise(asked)]


def times(count: int, what: str = "request") -> str:
    """A count in words."""
    return f"{count} {what}" + ("" if count == 1 else "s")


def too_few(asked: Sequence[Asked], needed: int) -> NotShown | None:
    """The verdict where the feed was asked for less often than the rule needs."""
    if len(asked) >= needed:
        return None
    return NotShown(f"{times(len(asked))} of the {needed} that it takes to tell")
