"""What keeps events from `news` that an order to withdraw names: they pass as canceled.

ARCHITECTURE.md, "Withdrawals", says why nothing slips between this and the canceler.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dateline.envelope import news_envelope
from dateline.errors import TransientError
from dateline.events import NewsEvent, decode, encode
from dateline.log.withdrawals import order_output
from dateline.withdrawn import canceled, facts_of_news, under_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.log.port import Output
    from dateline.log.withdrawals import Withdrawals

NEWS = "news"


class NewsGuard:
    """The guard of `news`.

    1. what an order names is canceled before it is sent, and what a rule names is ordered by its id from then on
    2. everything is sent
    3. the orders are read to their stable end
    4. where a new one names something that was sent, the transaction is left to be aborted and the batch is decided again
    """

    def __init__(self, withdrawals: Withdrawals) -> None:
        """One for each incarnation: what it has ordered and not read back is forgotten with it."""
        self._withdrawals = withdrawals
        self._version = 0
        self._ordered: set[str] = set()

    async def prepare(self) -> None:
        await self._withdrawals.catch_up()

    async def admit(self, outputs: Sequence[Output]) -> Sequence[Output]:
        orders = self._withdrawals.orders
        self._version = orders.version
        self._ordered = {article for article in self._ordered if not orders.names_id(article)}
        return [passed for output in outputs for passed in self._passed(output)] if orders else outputs  # 1

    async def confirm(self, sent: Sequence[Output]) -> None:
        if not any(output.topic == NEWS for output in sent):
            return
        await self._withdrawals.catch_up()  # 3
        if self._withdrawals.orders.version == self._version:
            return
        named = sum(output.topic == NEWS and self._must_not_pass(output) for output in sent)
        if named:  # 4
            raise TransientError(f"{named} articles were withdrawn while their events were written; they are decided again")

    def _passed(self, output: Output) -> tuple[Output, ...]:
        if output.topic != NEWS:
            return (output,)
        facts = facts_of_news(output.value or b"")
        order = self._withdrawals.orders.naming(facts)
        if order is None:
            return (canceled_output(output) if facts.id in self._ordered else output,)
        if order.kind == "article" or facts.id in self._ordered:
            return (canceled_output(output),)
        self._ordered.add(facts.id)
        return canceled_output(output), order_output(under_rule(facts, order, at=datetime.now(UTC)))

    def _must_not_pass(self, output: Output) -> bool:
        named = self._withdrawals.orders.naming(facts_of_news(output.value or b"")) is not None
        return named and decode(output.value, NewsEvent).status != "canceled"


def canceled_output(output: Output) -> Output:
    """The record of an event as that of its withdrawal."""
    event = canceled(decode(output.value, NewsEvent))
    time = datetime.fromisoformat(dict(output.headers)["ce_time"].decode())
    return output._replace(value=encode(event), headers=news_envelope(event, time=time, received=output.headers))
