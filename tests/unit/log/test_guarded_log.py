"""Behind a guard, what counts as written is what the guard has let pass and what it has added."""

from __future__ import annotations

import pytest

from dateline.log.metrics import PUBLISHED, TRANSACTION_RECORDS
from dateline.log.port import Output
from dateline.log.task import StreamTask
from dateline.log.withdrawals import WITHDRAWALS, GuardedLog
from fakes import FakeLog, Fault, drain, raw


class Orders:
    """Holds back what is called "b", and orders in its place that it be withdrawn."""

    async def prepare(self):
        pass

    async def admit(self, outputs):
        return [Output(WITHDRAWALS, b"b", b"{}") if output.value == b"b" else output for output in outputs]

    async def confirm(self, sent):
        pass


async def copy(records, state):
    return [[Output("out", record.key, record.value)] for record in records]


def written():
    counts = {topic: PUBLISHED.labels(topic)._value.get() for topic in ("out", WITHDRAWALS)}
    return counts | {"records": TRANSACTION_RECORDS.labels("relay")._sum.get()}


@pytest.mark.parametrize("fault", [(), (Fault("before_commit"),), (Fault("send", kills=True),)], ids=["smoothly", "aborted", "killed"])
async def test_what_a_guard_holds_back_is_not_counted_as_written_and_what_it_orders_is(fault):
    log = FakeLog([raw("a"), raw("b"), raw("c"), *fault])
    before = written()
    await drain(log, lambda: StreamTask(lambda: GuardedLog(log.open(), Orders()), 0, service="relay", topic="in", handler=copy))
    assert (log.values("out"), log.values(WITHDRAWALS)) == ([b"a", b"c"], [b"{}"])
    assert {name: value - before[name] for name, value in written().items()} == {"out": 2, WITHDRAWALS: 1, "records": 3}
