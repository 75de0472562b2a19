"""`dateline withdraw`: take an article, an address or a publisher out of the news."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from dateline.cli.cluster import cluster_of_settings
from dateline.cli.show import json_option, say, show_json, show_table
from dateline.showable import counted

if TYPE_CHECKING:
    from dateline.sink.orders import News, Search
    from dateline.withdrawn import Order


@click.command()
@click.argument("name", required=False, metavar="ID|URL")
@click.option("--publisher", metavar="DOMAIN", help="Withdraw all of a publisher, and all that it publishes from now on.")
@click.option("--reason", help="Why; kept with the order.")
@click.option("--yes", is_flag=True, help="Do not ask; a withdrawal is final.")
@click.option("--list", "list_", is_flag=True, help="Show what was withdrawn, and whether it is carried out.")
@json_option
def withdraw(name: str | None, *, publisher: str | None, reason: str | None, yes: bool, list_: bool, as_json: bool) -> None:
    """Withdraw an article, an address or a publisher from the news; final.

    \b
    An article:   dateline withdraw 373da65f-8124-5844-94fc-d62d03b2ca06 --reason "names a victim"
    Its address:  dateline withdraw https://gazette.example/2026/tug --reason "court order 12/26" --yes
    A publisher:  dateline withdraw --publisher gazette.example --reason "asked to"
    What was:     dateline withdraw --list

    Subscribers get each article once more, as canceled and without its text, and never again: no revision and no new copy at that
    address or of that publisher passes.
    """  # noqa: D301 - click's mark for lines that stay as they are
    if list_:
        _list(as_json=as_json)
        return
    order = _order(name, publisher)
    if not (reason or "").strip():
        raise click.UsageError('say why, for those who ask later: --reason "…"')
    asyncio.run(_withdraw(order, str(reason).strip(), yes=yes, as_json=as_json))


def _order(name: str | None, publisher: str | None) -> Order:
    from dateline.errors import BadInput
    from dateline.sink.orders import order_of, order_of_publisher

    if (name is None) == (publisher is None):
        raise click.UsageError("name one thing to withdraw: an article's id, an address, or --publisher DOMAIN")
    if name is not None:
        return order_of(name)
    try:
        return order_of_publisher(str(publisher))
    except BadInput as error:
        raise click.BadParameter(str(error), param_hint="--publisher") from error


async def _withdraw(order: Order, reason: str, *, yes: bool, as_json: bool) -> None:
    from dateline.cli.progress import progress
    from dateline.errors import KafkaUnavailable, TransientError
    from dateline.log.topic_log import KafkaTopicLog
    from dateline.log.visit import partition_of, publish
    from dateline.log.withdrawals import WITHDRAWALS
    from dateline.sink.orders import NEWS, News, give

    cluster, now = cluster_of_settings(), datetime.now(UTC)
    topics = [KafkaTopicLog(cluster, topic, waits=False) for topic in (NEWS, WITHDRAWALS)]
    news = News(topics[0], order, place_of=partition_of, now=now)
    write = partial(publish, cluster)
    try:
        with progress(f"searching {cluster.topic(NEWS)}", "records") as shown:
            await news.search(shown.told)
        if not yes:
            _confirm(order, news.found)
        with progress(f"searching {cluster.topic(NEWS)} on", "records") as shown:
            articles = await give(order, news, topics[1], write, reason=reason, now=now, progress=shown.told)
    except TransientError as error:
        raise KafkaUnavailable(cluster.settings.bootstrap, str(error)) from error
    finally:
        await asyncio.gather(*(topic.close() for topic in topics))
    _tell(order, news, articles, reason=reason, now=now, as_json=as_json)


def _confirm(order: Order, found: Search) -> None:
    """Say what will be done and ask; UsageError where nobody can answer."""
    if not sys.stdin.isatty():
        raise click.UsageError("a withdrawal is final; with nobody to ask, add --yes")
    for line in described(order, found):
        say(line)
    click.confirm("Withdraw?", abort=True, err=True)


def described(order: Order, found: Search) -> list[str]:
    """What an order will do, in lines for a person."""
    count = len(found.articles)
    lines = [
        f"{counted(count, 'article')} in news, of {found.records:,} records:"
        if count
        else f"no article in news, of {found.records:,} records."
    ]
    lines += [
        f"  {article.publisher or '?'}: {article.headline or '(no headline)'}  {article.url or ''}".rstrip()
        for article in found.shown.values()
    ]
    lines += [f"  and {count - len(found.shown):,} more"] * (count > len(found.shown))
    lines += [f"{counted(len(found.canceled), 'article')} canceled already."] * bool(found.canceled)
    match order.kind:
        case "article":
            future = "no revision of it passes"
        case "url":
            future = f"nothing at {order.subject} passes"
        case "publisher":
            future = f"nothing that {order.subject} publishes passes"
    return [*lines, f"Subscribers are told to delete what they have; from now on {future}. This is final."]


def _tell(order: Order, news: News, articles: list[str], *, reason: str, now: datetime, as_json: bool) -> None:
    found = news.found
    if as_json:
        said = {"kind": order.kind, "subject": order.subject, "reason": reason, "at": now.isoformat().replace("+00:00", "Z")}
        show_json(said | {"articles": articles, "canceled_before": len(found.canceled), "complete": not found.more})
    else:
        known = f"{counted(len(articles), 'article')} ordered" if articles else "no article to order"
        say(f"withdrawn {order.kind} {order.subject}: {known}; see: dateline withdraw --list")
    if found.more:
        say(f"dateline: there are more than {len(articles):,} articles; give the command again once these are carried out")


def _list(*, as_json: bool) -> None:
    from dateline.sink.orders import list_orders

    listed = asyncio.run(list_orders(cluster_of_settings()))
    rows: list[dict[str, Any]] = [
        {
            "at": item.order.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "kind": item.order.kind,
            "subject": item.order.subject,
            "articles": item.articles,
            "waiting": item.waiting,
            "reason": item.order.reason,
        }
        for item in listed
    ]
    if as_json:
        show_json(rows)
    else:
        show_table(tuple(rows[0]) if rows else (), [tuple(row.values()) for row in rows], empty="nothing was withdrawn")
