"""FastStream owns the handler, we own the log: a batch goes in by `process_message`, one outcome per record comes out.

A handler is an ordinary FastStream batch subscriber with a publisher over it. It returns `Outcomes`; inside a task the publish
middleware hands them to the task, which sends them in its transaction. Under FastStream's test client, or any plain FastStream
broker, the same middleware publishes them one by one. FastStream's own consuming loop is not used: it swallows exceptions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from faststream import AckPolicy, BaseMiddleware
from faststream._internal.endpoint.subscriber.usecase import SubscriberUsecase
from faststream.kafka import KafkaBroker, KafkaMessage

from dateline.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.log.port import Output, Record

# What FastStream calls with a batch and its state; it must not cast them, so they are Any.
BatchFunction = Callable[[Any, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One outcome per record of a batch, in the batch's order."""

    items: Sequence[Sequence[Output] | RecordError]


_collected: ContextVar[list[Outcomes] | None] = ContextVar("collected", default=None)


class CollectOutcomes(BaseMiddleware[Any, Any]):
    """Hands what a handler publishes to the task that called it; without a task, publishes it."""

    async def publish_scope(self, call_next: Callable[[Any], Awaitable[Any]], cmd: Any) -> Any:
        outcomes = cmd.body
        collected = _collected.get()
        if not isinstance(outcomes, Outcomes):
            return await call_next(cmd)
        if collected is not None:
            collected.append(outcomes)
            return None
        for outputs in outcomes.items:
            if isinstance(outputs, RecordError):
                raise outputs
            for output in outputs:
                cmd.body, cmd.key, cmd.partition = output.value, output.key, output.partition
                cmd.destination = output.topic
                cmd.headers = {name: (value or b"").decode("utf-8", "replace") for name, value in output.headers}
                await call_next(cmd)
        return None


async def _whole_batch(records: Sequence[Any]) -> KafkaMessage:
    first, last = records[0], records[-1]
    return KafkaMessage(
        raw_message=tuple(records),
        body=b"",
        consumer=None,  # type: ignore[arg-type]  # the log commits, so no consumer is ever touched
        message_id=f"{first.offset}-{last.offset}",
        correlation_id=f"{first.topic}-{first.partition}-{first.offset}",
    )


async def _raw(message: KafkaMessage) -> Any:
    return message.raw_message


def stream_broker() -> KafkaBroker:
    """A broker that is never connected: the place handlers are registered at."""
    return KafkaBroker("unused:0", logger=None, middlewares=(CollectOutcomes,))


def batches(broker: KafkaBroker, topic: str) -> Callable[[BatchFunction], BatchFunction]:
    """Subscribe a handler to whole batches of undecoded records of `topic` (a short name)."""
    subscriber: Any = broker.subscriber(topic, batch=True, ack_policy=AckPolicy.MANUAL, parser=_whole_batch, decoder=_raw)
    return cast("Callable[[BatchFunction], BatchFunction]", subscriber)


def publishes(broker: KafkaBroker, topic: str) -> Callable[[BatchFunction], BatchFunction]:
    """Say that a handler publishes to `topic`, before anything else it may write to."""
    publisher: Any = broker.publisher(topic)
    return cast("Callable[[BatchFunction], BatchFunction]", publisher)


class Handler:
    """One FastStream subscriber, callable with a batch and the partition's state."""

    def __init__(self, broker: KafkaBroker) -> None:
        self._broker = broker
        (self._subscriber,) = broker.subscribers

    async def start(self) -> None:
        """Build the subscriber's call model without connecting anything (the two private hooks; see pyproject.toml)."""
        config = self._subscriber._outer_config  # noqa: SLF001
        config.logger._setup(config.context)  # noqa: SLF001
        await SubscriberUsecase.start(self._subscriber)
        self._subscriber._post_start()  # noqa: SLF001

    async def __call__(self, records: Sequence[Record], state: object) -> Sequence[Sequence[Output] | RecordError]:
        """One outcome per record; whatever the handler raises comes out here."""
        collected: list[Outcomes] = []
        token = _collected.set(collected)
        try:
            with self._broker.context.scope("state", state):
                await self._subscriber.process_message(tuple(records))
        finally:
            _collected.reset(token)
        (outcomes,) = collected
        if len(outcomes.items) != len(records):
            raise AssertionError(f"handler gave {len(outcomes.items)} outcomes for {len(records)} records")
        return outcomes.items
