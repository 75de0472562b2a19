"""Orders to withdraw, as the command line gives and lists them.

    1. search `news` for the articles that an order names, and show them
    2. write the rule, where it is one, and see that every reader finds it
    3. read on in `news`, to whatever had been sent by then: what was sent later, the guard of `news` has held against the rule
    4. order each article that was found

Ended in between, the command is simply given again: what is canceled already is not ordered twice.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from dateline.errors import BadInput
from dateline.events import UNREADABLE, NewsEvent, Withdrawal, decode
from dateline.links import is_home_page, is_public_suffix, normalize_link, parts_of
from dateline.log.reading import read_each
from dateline.log.topic_log import scan
from dateline.log.withdrawals import WITHDRAWALS, order_output
from dateline.withdrawn import Facts, Hashes, Order, Withdrawn, canceled, facts_of_news, order_key, publisher_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from dateline.log.client import Cluster
    from dateline.log.port import Output, Record, TopicLog

NEWS = "news"
# Articles that one command withdraws: of each about 2 kB are held until it is confirmed. The command is given again for the rest.
MOST_ARTICLES = 50_000
# Orders written with one producer.
WRITTEN_AT_ONCE = 5_000
# So many articles are shown before a person confirms.
SHOWN = 5
# Orders that a list holds; of more, the newest.
MOST_LISTED = 10_000


# ── what is asked for ────────────────────────────────────────────────────────────────────────────────────────────────


def order_of(name: str) -> Order:
    """An article's id or address as what is to be withdrawn; BadInput says why it is neither."""
    try:
        return Order("article", str(UUID(name)))
    except ValueError:
        parts = parts_of(name)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or any(map(str.isspace, parts.netloc)):
        raise BadInput(f"{name[:200]} is neither an article's id nor an address (https://…)")
    if is_home_page(normalize_link(name)):
        raise BadInput(f"{name[:200]} names a whole site; to withdraw all of a publisher: dateline withdraw --publisher {parts.hostname}")
    return Order("url", name)


def order_of_publisher(domain: str) -> Order:
    """A publisher's domain as what is to be withdrawn; BadInput where it is none, or where more would be withdrawn than it names."""
    address = domain if "//" in domain else f"//{domain}"
    parts = parts_of(address)
    if parts is None or not parts.hostname or any(sign.isspace() for sign in domain):
        raise BadInput(f"{domain[:200]!r} is no domain, such as gazette.example")
    key = publisher_key(domain)
    if is_public_suffix(key):
        raise BadInput(f"{domain[:200]!r} belongs to no publisher; give a publisher under it, such as gazette.{key}")
    if normalize_link(address) != normalize_link(f"//{key}"):
        raise BadInput(
            f"{domain[:200]!r} is a part of {key}, which is withdrawn as a whole or by article: "
            f"give --publisher {key} for all of it, or an article's address without --publisher"
        )
    return Order("publisher", key)


# ── what there is ────────────────────────────────────────────────────────────────────────────────────────────────────


class Shown(NamedTuple):
    """An article as a person recognises it."""

    headline: str | None
    publisher: str | None
    url: str | None


@dataclass
class Search:
    """What `news` has of what an order names, up to `positions`."""

    # By id, canceled, as the withdrawal will say it.
    articles: dict[str, NewsEvent] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)
    canceled: Hashes = field(default_factory=lambda: Hashes(16))
    positions: dict[int, int] = field(default_factory=dict)
    partitions: int = 0
    records: int = 0
    # Whether there are more articles than one command withdraws.
    more: bool = False


class News:
    """The topic `news`, searched as far as it goes and then further."""

    def __init__(self, log: TopicLog, order: Order, *, place_of: Callable[[bytes, int], int], now: datetime) -> None:
        """`place_of` says in which of so many partitions a key stands."""
        self._log, self._order, self._place_of = log, order, place_of
        self._named = Withdrawn()
        self._named.add(Withdrawal(subject=order.subject, kind=order.kind, reason="", at=now))
        self.found = Search()

    async def search(self, progress: Callable[[int, int], None]) -> None:
        """Read on to what is sent now; `progress` is told how many records were read, and of how many."""
        found = self.found
        if not found.positions:
            found.positions = await self._first()
        ends = await self._log.sent()
        total = found.records + sum(ends[number] - position for number, position in found.positions.items())
        async for batch in scan(self._log, found.positions):
            for record in batch.records:
                self._take(record)
            found.records += len(batch.records)
            found.positions = dict(batch.positions)
            progress(found.records, total)

    def read_to(self, article: str) -> int:
        """The offset up to which the article's partition has been read."""
        return self.found.positions[self._place_of(article.encode(), self.found.partitions)]

    async def _first(self) -> dict[int, int]:
        first = await self._log.first({})
        self.found.partitions = len(first)
        if self._order.kind != "article":
            return first
        number = self._place_of(self._order.subject.encode(), len(first))
        return {number: first[number]}

    def _is_named(self, facts: Facts) -> bool:
        """Whether it is named, or was by an earlier event: a revision may stand at another address."""
        return facts.id in self.found.articles or self._named.naming(facts) is not None

    def _take(self, record: Record) -> None:
        try:
            if record.value is None or not self._is_named(facts_of_news(record.value)):
                return
            event = decode(record.value, NewsEvent)
        except UNREADABLE:
            return  # written by none of ours
        found = self.found
        if event.status == "canceled":
            found.articles.pop(event.id, None)
            found.shown.pop(event.id, None)
            found.canceled.add(UUID(event.id).bytes)
        elif event.id in found.articles or len(found.articles) < MOST_ARTICLES:
            found.articles[event.id] = canceled(event)
            if event.id in found.shown or len(found.shown) < SHOWN:
                publisher = event.publisher and (event.publisher.name or event.publisher.domain)
                found.shown[event.id] = Shown(event.headline, publisher or event.feed.title, event.url)
        else:
            found.more = True


# ── giving orders ────────────────────────────────────────────────────────────────────────────────────────────────────


async def give(
    order: Order,
    news: News,
    withdrawals: TopicLog,
    write: Callable[[Sequence[Output]], Awaitable[None]],
    *,
    reason: str,
    now: datetime,
    progress: Callable[[int, int], None],
) -> list[str]:
    """Steps 2 to 4; the ids of the articles that are ordered. `news` has been searched; `now` is aware UTC."""
    if order.kind == "article":
        articles = [order.subject] if news.found.articles or not news.found.canceled else []
    else:
        await _write_rule(Withdrawal(subject=order.subject, kind=order.kind, reason=reason, at=now), withdrawals, write)  # 2
        await news.search(progress)  # 3
        articles = list(news.found.articles)
    rule = None if order.kind == "article" else order.subject
    outputs = [order_output(_order_for(article, news, reason=reason, rule=rule, now=now)) for article in articles]
    for start in range(0, len(outputs), WRITTEN_AT_ONCE):  # 4
        await write(outputs[start : start + WRITTEN_AT_ONCE])
    return articles


def _order_for(article: str, news: News, *, reason: str, rule: str | None, now: datetime) -> Withdrawal:
    return Withdrawal(
        subject=article,
        kind="article",
        reason=reason,
        at=now,
        rule=rule,
        last=news.found.articles.get(article),
        found_to=news.read_to(article),
    )


async def _write_rule(rule: Withdrawal, withdrawals: TopicLog, write: Callable[[Sequence[Output]], Awaitable[None]]) -> None:
    """Return when the rule is stable: an open transaction before it would hide it from those who read now."""
    before = await withdrawals.stable()
    await write([order_output(rule)])
    async for _ in scan(withdrawals, before):
        pass


# ── listing them ─────────────────────────────────────────────────────────────────────────────────────────────────────


class ListedOrder(NamedTuple):
    """An order, and of a rule how many articles were ordered under it; `waiting` are those that are not carried out."""

    order: Withdrawal
    articles: int
    waiting: int


class _Under:
    """The articles that are ordered under one rule."""

    def __init__(self) -> None:
        self.ordered, self.carried_out = Hashes(16), Hashes(16)

    def add(self, article: bytes, *, carried_out: bool) -> None:
        self.ordered.add(article)
        if carried_out:
            self.carried_out.add(article)


async def list_orders(cluster: Cluster) -> list[ListedOrder]:
    """Orders, the newest first; articles under a rule are counted there. Of many, the newest."""
    orders: dict[str, Withdrawal] = {}
    under: defaultdict[str, _Under] = defaultdict(_Under)
    async for record in read_each(cluster, WITHDRAWALS):
        try:
            order = decode(record.value, Withdrawal)
            key = order_key(order)
        except (*UNREADABLE, ValueError):
            continue  # the services report it
        if order.rule is None:
            orders[key] = replace(order, last=None)
            orders = _newest(orders) if len(orders) > 2 * MOST_LISTED else orders
        else:
            under[_rule_key(order.rule)].add(UUID(key).bytes, carried_out=order.carried_out)
    return [_listed(order, under) for order in _newest(orders).values()]


def _newest(orders: Mapping[str, Withdrawal]) -> dict[str, Withdrawal]:
    return dict(sorted(orders.items(), key=lambda item: item[1].at, reverse=True)[:MOST_LISTED])


def _rule_key(rule: str) -> str:
    return normalize_link(rule) if "//" in rule else rule


def _listed(order: Withdrawal, under: Mapping[str, _Under]) -> ListedOrder:
    if order.kind == "article":
        return ListedOrder(order, 1, int(not order.carried_out))
    articles = under[order_key(order)]
    return ListedOrder(order, len(articles.ordered), len(articles.ordered) - len(articles.carried_out))
