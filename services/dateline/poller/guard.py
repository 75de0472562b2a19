"""What the poller holds back: raw articles that an order to withdraw names. Its feeds remember them as seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from dateline.log.withdrawals import order_output
from dateline.poller.topics import RAW
from dateline.withdrawn import facts_of_raw, under_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.log.port import Output
    from dateline.log.withdrawals import Withdrawals

logger = structlog.get_logger()

# The sink looks behind every event, so that the poller may know an order a moment later; it asks at most so often.
BEHIND_SECONDS = 1.0


class RawGuard:
    """The guard of `articles.raw`."""

    def __init__(self, withdrawals: Withdrawals) -> None:
        self._withdrawals = withdrawals

    async def prepare(self) -> None:
        await self._withdrawals.catch_up()

    async def admit(self, outputs: Sequence[Output]) -> Sequence[Output]:
        if not any(output.topic == RAW for output in outputs):
            return outputs
        await self._withdrawals.catch_up(within_seconds=BEHIND_SECONDS)
        return [passed for output in outputs for passed in self._passed(output)] if self._withdrawals.orders else outputs

    async def confirm(self, sent: Sequence[Output]) -> None:
        """Nothing: see BEHIND_SECONDS."""

    def _passed(self, output: Output) -> tuple[Output, ...]:
        if output.topic != RAW:
            return (output,)
        facts = facts_of_raw(output.value or b"")
        order = self._withdrawals.orders.naming(facts)
        if order is None:
            return (output,)
        logger.info("withdrawn article held back", article=facts.id, by=order.kind)
        # A feed's publisher holds for whatever it serves, but the next revision may stand at another address.
        return (order_output(under_rule(facts, order, at=datetime.now(UTC))),) if order.kind == "url" else ()
