"""The canceler: orders to withdraw in, the withdrawal of what `news` last said of each article out, in one transaction.

ARCHITECTURE.md, "Withdrawals", says why nothing slips between this and the guard of `news`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from faststream import Context
from msgspec.structs import replace

from dateline.envelope import news_envelope
from dateline.errors import RecordError, Undecodable
from dateline.events import UNREADABLE, NewsEvent, Withdrawal, decode, encode
from dateline.log.handlers import Handler, Outcomes, batches, publishes, stream_broker
from dateline.log.lookup import LastRecords, ScannedTopic, Start
from dateline.log.port import Output
from dateline.log.service import Service
from dateline.log.task import Stateless, StreamTask
from dateline.log.topic_log import KafkaTopicLog
from dateline.log.visit import partition_of
from dateline.log.withdrawals import WITHDRAWALS, order_output
from dateline.withdrawn import article_key, canceled, order_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from dateline.log.client import Cluster
    from dateline.log.port import Record
    from dateline.log.service import OpenLog
    from dateline.settings import Settings

logger = structlog.get_logger()

NAME = "canceler"
NEWS = "news"
# `since` is the poller's clock and a record's time is the sink's: they may differ by so much.
CLOCKS_APART = timedelta(days=1)


class Searching(Stateless):
    """The state of a canceler: nothing to remember, and where to look for what `news` last said."""

    def __init__(self, news: LastRecords) -> None:
        self.news = news


def handler() -> Handler:
    """The batch handler over `withdrawals`."""
    broker = stream_broker()

    @publishes(broker, NEWS)
    @batches(broker, WITHDRAWALS)
    async def cancel_batch(records: Any, state: Any = Context("state")) -> Any:
        return Outcomes(await cancel(records, state.news))

    return Handler(broker)


async def cancel(records: Sequence[Record], news: LastRecords) -> list[Sequence[Output] | RecordError]:
    """One outcome per order: the withdrawal of what `news` last said of the article, and the order as carried out.

    Orders that name an address or a publisher have none: they hold for what is yet to come, and the command that gave them orders
    the articles that are there.
    """
    orders = [_order(record) for record in records]
    waiting = {article_key(order.subject).encode(): order for order in orders if isinstance(order, Withdrawal) and _is_open(order)}
    last = await news.find({key: _start(order) for key, order in waiting.items()}) if waiting else {}
    outcomes: list[Sequence[Output] | RecordError] = []
    for order in orders:
        if isinstance(order, RecordError):
            outcomes.append(order)
        elif not _is_open(order) or waiting.pop(key := article_key(order.subject).encode(), None) is None:
            outcomes.append(())
        else:
            outcomes.append(_carried_out(order, _last_event(order, last.get(key))))
    return outcomes


def _order(record: Record) -> Withdrawal | RecordError:
    try:
        order = decode(record.value, Withdrawal)
        order_key(order)
    except (*UNREADABLE, ValueError) as error:
        undecodable = Undecodable(f"not a Withdrawal: {error}")
        undecodable.__cause__ = error
        return undecodable
    return order


def _is_open(order: Withdrawal) -> bool:
    return order.kind == "article" and not order.carried_out


def _start(order: Withdrawal) -> Start:
    since = None if order.since is None else int((order.since - CLOCKS_APART).timestamp() * 1000)
    return Start(order.found_to, since)


def _last_event(order: Withdrawal, record: Record | None) -> NewsEvent | None:
    """What is to be withdrawn: the event that was found, else what the order brings along; null where there is none or it is canceled."""
    if record is None or record.value is None:
        return order.last
    try:
        event = decode(record.value, NewsEvent)
        return None if event.status == "canceled" else event
    except UNREADABLE as error:
        logger.error("event ignored", partition=record.partition, offset=record.offset, error=str(error))  # noqa: TRY400 - no bug of ours
        return order.last


def _carried_out(order: Withdrawal, event: NewsEvent | None) -> tuple[Output, ...]:
    """The withdrawal, where there is an event that is not withdrawn, and the order without what it takes no more."""
    done = replace(order, carried_out=True, since=None, last=None, found_to=None)
    outputs = (order_output(done),)
    if event is None:
        return outputs
    return (withdrawal_output(order, event), *outputs)


def withdrawal_output(order: Withdrawal, event: NewsEvent) -> Output:
    """The record that tells subscribers."""
    event = canceled(event)
    return Output(NEWS, event.id.encode(), encode(event), news_envelope(event, time=order.at))


@asynccontextmanager
async def canceler(settings: Settings, cluster: Cluster, open_log: OpenLog) -> AsyncIterator[Service]:
    """The service, ready to run."""
    batch_handler = handler()
    await batch_handler.start()
    news = ScannedTopic(lambda: KafkaTopicLog(cluster, NEWS), partition_of)

    def make_task(partition: int) -> StreamTask:
        return StreamTask(
            lambda: open_log(NAME, WITHDRAWALS, partition),
            partition,
            service=NAME,
            topic=WITHDRAWALS,
            handler=batch_handler,
            state=Searching(news),
            deadline_seconds=settings.kafka.transaction_deadline_seconds,
        )

    yield Service(cluster, name=NAME, topic=WITHDRAWALS, make_task=make_task)
