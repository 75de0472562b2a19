"""A FastStream handler is called with a batch by a task, and publishes by itself where there is none."""

from __future__ import annotations

from typing import Any

import pytest
from faststream import Context
from faststream.kafka import KafkaBroker, KafkaMessage, TestKafkaBroker

from dateline.errors import TransientError, Undecodable
from dateline.log.handlers import Handler, Outcomes, batches, stream_broker
from dateline.log.port import Output
from dateline.log.task import StreamTask
from fakes import FakeLog, FakeRecord, drain, raw


def upper_broker() -> KafkaBroker:
    broker = stream_broker()

    @broker.publisher("out")
    @batches(broker, "in")
    async def upper(records: Any, state: Any = Context("state", default=None)) -> Any:
        outcomes = []
        for record in records:
            match record.value:
                case b"unreadable":
                    outcomes.append(Undecodable("no JSON"))
                case b"away":
                    raise TransientError("no answer")
                case b"bug":
                    raise KeyError("bug")
                case b"silent":
                    outcomes.append(())
                case b"lost":
                    pass
                case b"pair":
                    outcomes.append([Output("out", b"k1", b"1", (("ce_id", b"1"),)), Output("out", b"k2", b"2", (("ce_id", b"2"),))])
                case value:
                    outcomes.append([Output("out", record.key, value.upper(), (("ce_id", b"1"),))])
        if isinstance(state, list):
            state.append(len(records))
        return Outcomes(outcomes)

    return broker


@pytest.fixture
async def handler() -> Handler:
    handler = Handler(upper_broker())
    await handler.start()
    return handler


def batch(*values: bytes) -> list[FakeRecord]:
    return [FakeRecord("in", 0, offset, 0, b"key", value, ()) for offset, value in enumerate(values)]


async def test_one_outcome_comes_out_for_each_record_in_order(handler):
    first, second, third = await handler(batch(b"a", b"unreadable", b"silent"), [])
    assert first == [Output("out", b"key", b"A", (("ce_id", b"1"),))]
    assert isinstance(second, Undecodable)
    assert third == ()


async def test_the_partitions_state_reaches_the_handler_and_only_for_its_call(handler):
    ours, theirs = [], []
    await handler(batch(b"a", b"b"), ours)
    await handler(batch(b"c"), theirs)
    assert (ours, theirs) == ([2], [1])


@pytest.mark.parametrize(("value", "error"), [(b"away", TransientError), (b"bug", KeyError)])
async def test_what_a_handler_raises_comes_out_and_the_next_call_is_clean(handler, value, error):
    with pytest.raises(error):
        await handler(batch(b"a", value), [])
    assert len(await handler(batch(b"a"), [])) == 1


async def test_a_handler_that_leaves_out_a_record_is_a_bug(handler):
    with pytest.raises(AssertionError, match="1 outcomes for 2 records"):
        await handler(batch(b"a", b"lost"), [])


async def test_values_reach_a_handler_undecoded(handler):
    (outputs,) = await handler(batch(b'{"a": "\xff"}'), [])
    assert outputs[0].value == b'{"A": "\xff"}'


async def test_a_task_runs_a_handler_over_its_partition(handler):
    log = FakeLog([raw("a"), raw("unreadable"), raw("bug"), raw("b")])
    await drain(log, lambda: StreamTask(log.open, 0, service="relay", topic="in", handler=handler))
    assert log.values("out") == [b"A", b"B"]
    assert log.values("dead-letters") == [b"unreadable", b"bug"]


async def test_under_the_test_client_the_same_handler_publishes_its_outputs_one_by_one():
    broker = upper_broker()
    published = []

    @broker.subscriber("out")
    async def read(message: KafkaMessage) -> None:
        record = message.raw_message
        published.append((record.key, record.value, message.headers["ce_id"]))

    async with TestKafkaBroker(broker):
        await broker.publish(b"pair", topic="in")
        await broker.publish(b"silent", topic="in")
        await broker.publish(b"a", topic="in", key=b"key")
    assert published == [(b"k1", b"1", "1"), (b"k2", b"2", "2"), (b"key", b"A", "1")]


async def test_under_the_test_client_a_record_error_is_raised():
    async with TestKafkaBroker(broker := upper_broker()):
        with pytest.raises(Undecodable):
            await broker.publish(b"unreadable", topic="in", key=b"key")
