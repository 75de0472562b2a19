"""What is withdrawn: the table of all orders, which articles it names, and what is left of an event that it names."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads it at run time
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple
from uuid import UUID

import msgspec

from dateline.events import Withdrawal
from dateline.links import link_hash, normalize_link, scope_of

if TYPE_CHECKING:
    from dateline.events import NewsEvent

__all__ = [
    "Facts",
    "Hashes",
    "Order",
    "Withdrawn",
    "article_key",
    "canceled",
    "facts_of_news",
    "facts_of_raw",
    "order_key",
    "publisher_key",
    "under_rule",
]

# Leading bytes by which hashes are put into buckets: a million of them makes 65,536 buckets of 15.
_PREFIX_BYTES = 2


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Hashes:
    """A set of hashes of one width, packed: of a million, each of 16 bytes takes 21 where a set of Python's takes 83."""

    __slots__ = ("_buckets", "_rest")

    def __init__(self, width: int) -> None:
        self._rest = width - _PREFIX_BYTES
        self._buckets: dict[bytes, bytes] = {}

    def add(self, digest: bytes) -> bool:
        """Take it in; whether it was not there yet."""
        if digest in self:
            return False
        prefix = digest[:_PREFIX_BYTES]
        self._buckets[prefix] = self._buckets.get(prefix, b"") + digest[_PREFIX_BYTES:]
        return True

    def __contains__(self, digest: bytes) -> bool:
        bucket = self._buckets.get(digest[:_PREFIX_BYTES])
        if bucket is None:
            return False
        rest, place = digest[_PREFIX_BYTES:], -1
        while (place := bucket.find(rest, place + 1)) >= 0:
            if place % self._rest == 0:
                return True
        return False

    def __bool__(self) -> bool:
        return bool(self._buckets)

    def __len__(self) -> int:
        return sum(len(bucket) for bucket in self._buckets.values()) // self._rest


class Facts(NamedTuple):
    """By what an article is withdrawn: its id, its addresses, and addresses or domains of who publishes it."""

    id: str
    first_seen_at: datetime
    links: tuple[str | None, ...]
    publishers: tuple[str | None, ...]


class Order(NamedTuple):
    """What an article is named by: itself, an address or a publisher."""

    kind: Literal["article", "url", "publisher"]
    subject: str


class Withdrawn:
    """Every order there is. It only grows: `canceled` is final, and a rule holds for what is yet to come."""

    def __init__(self) -> None:
        """Start empty; `version` counts what has been added."""
        self.version = 0
        self._articles = Hashes(16)
        self._links = Hashes(8)
        self._publishers: set[str] = set()

    def add(self, order: Withdrawal) -> None:
        """Take over an order; one that is here already changes nothing. ValueError where it names no article."""
        match order.kind:
            case "article":
                added = self._articles.add(UUID(order.subject).bytes)
            case "url":
                added = self._links.add(_link(order.subject))
            case "publisher":
                key = publisher_key(order.subject)
                added = key not in self._publishers
                self._publishers.add(key)
        self.version += added

    def naming(self, facts: Facts) -> Order | None:
        """The order that names this article, before all others the one that names it by itself; null where none does."""
        if self.names_id(facts.id):
            return Order("article", facts.id)
        if self._links and (link := next((link for link in facts.links if link and _link(link) in self._links), None)):
            return Order("url", link)
        if not self._publishers:
            return None
        keys = (publisher_key(name) for name in facts.publishers if name)
        publisher = next((key for key in keys if key in self._publishers), None)
        return Order("publisher", publisher) if publisher else None

    def names_id(self, article: str) -> bool:
        """Whether an order names this article itself."""
        return bool(self._articles) and _bytes_of(article) in self._articles

    def __bool__(self) -> bool:
        return self.version > 0


def order_key(order: Withdrawal) -> str:
    """The key of an order: one for all orders that name the same."""
    match order.kind:
        case "article":
            return article_key(order.subject)
        case "url":
            return normalize_link(order.subject)
        case "publisher":
            return publisher_key(order.subject)


def article_key(article: str) -> str:
    """An article's id in its one spelling. ValueError where it is none."""
    return str(UUID(article))


def under_rule(facts: Facts, rule: Order, *, at: datetime) -> Withdrawal:
    """The order for an article that a rule has named, so that it stays named when its address or its publisher changes."""
    return Withdrawal(
        subject=facts.id,
        kind="article",
        reason=f"falls under the withdrawal of {rule.subject}",
        at=at,
        rule=rule.subject,
        since=facts.first_seen_at,
    )


# A deployment has far fewer publishers than articles, and finding a registrable domain costs microseconds.
@lru_cache(maxsize=4096)
def publisher_key(name: str) -> str:
    """The registrable domain of a publisher's domain or address; host:port of a literal address."""
    return scope_of(name if "//" in name else f"//{name}")


def _link(url: str) -> bytes:
    return link_hash(normalize_link(url))


def _bytes_of(article: str) -> bytes:
    try:
        return UUID(article).bytes
    except ValueError:
        return b""


# ── what it names ────────────────────────────────────────────────────────────────────────────────────────────────────
# Of a record's value only these fields are decoded; the same holds for whole messages, which have them too.


class _Publisher(msgspec.Struct):
    domain: str | None = None


class _Source(msgspec.Struct):
    url: str | None = None


class _Feed(msgspec.Struct):
    url: str
    kind: str = "publisher"
    publisher: _Publisher | None = None


class _Entry(msgspec.Struct):
    link: str | None = None
    source: _Source | None = None


class _News(msgspec.Struct):
    id: str
    first_seen_at: datetime
    url: str | None
    canonical_url: str | None
    publisher: _Publisher | None
    feed: _Feed


class _Raw(msgspec.Struct):
    id: str
    first_seen_at: datetime
    feed: _Feed
    entry: _Entry


_news, _raw = msgspec.json.Decoder(_News), msgspec.json.Decoder(_Raw)


def facts_of_news(value: bytes) -> Facts:
    """Of a NewsEvent's JSON; one of UNREADABLE where it is none."""
    news = _news.decode(value)
    return Facts(news.id, news.first_seen_at, (news.url, news.canonical_url), (_domain(news.publisher), news.feed.url))


def facts_of_raw(value: bytes) -> Facts:
    """Of a RawArticle's JSON, as far as it is known before the article is enriched; one of UNREADABLE where it is none."""
    raw = _raw.decode(value)
    source = raw.entry.source.url if raw.feed.kind == "aggregator" and raw.entry.source else None
    return Facts(raw.id, raw.first_seen_at, (raw.entry.link,), (raw.feed.url, _domain(raw.feed.publisher), source))


def _domain(publisher: _Publisher | None) -> str | None:
    return None if publisher is None else publisher.domain


# ── what is left of it ───────────────────────────────────────────────────────────────────────────────────────────────


def canceled(event: NewsEvent) -> NewsEvent:
    """The event that withdraws another: nothing of the text, of people or of what was said about it; it stays in its story."""
    return msgspec.structs.replace(
        event,
        status="canceled",
        headline=None,
        summary=None,
        body=None,
        attribution_status="unattributed",
        origin=None,
        origins=[],
        distributor=None,
        relation="unknown",
        authors=[],
        dateline_place=None,
        keywords=[],
        categories=[],
        images=[],
        media=[],
        translation=None,
        # A notice is free text and may name people; what may be done with the article stays said.
        rights=msgspec.structs.replace(event.rights, notice=None),
        copyright=None,
        story=msgspec.structs.replace(event.story, origin=None),
    )
