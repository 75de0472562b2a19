"""Whatever error a broker answers with and however long it is away, a task reaches the end of its partition with every record sent."""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import asynccontextmanager, contextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from harness import new_cluster, produce, read_all
from mock_broker import Api, MockBroker

from dateline.errors import Moved, TransientError
from dateline.log import task
from dateline.log.client import KafkaPartitionLog
from dateline.log.port import Committed, Output
from dateline.log.task import StreamTask, transact

PARTITIONS = 110
RECORDS = [b"%d" % number for number in range(30)]
# After one of these records are tried one by one, and the second one would condemn a record.
TOO_LARGE = (10, 18)
# Names of the codes: https://kafka.apache.org/protocol.html#protocol_error_codes
CODES = {
    # -1 unknown, 14 coordinator loading, 15 not available, 16 moved, 51 concurrent transactions, 53 not authorized
    Api.INIT_PRODUCER_ID: (-1, 7, 14, 15, 16, 47, 50, 51, 53, 90),
    # 3 unknown topic, 29 topic not authorized, 48 invalid state, 49 unknown producer id, 52 coordinator fenced, 120 abortable
    Api.ADD_PARTITIONS_TO_TXN: (-1, 3, 14, 15, 16, 29, 47, 48, 49, 51, 52, 53, 90, 120),
    Api.ADD_OFFSETS_TO_TXN: (-1, 14, 15, 16, 30, 47, 48, 49, 51, 52, 53, 90, 120),
    # 2 corrupt, 6 not leader, 7 timed out, 19 and 20 too few replicas, 45 out of sequence, 59 unknown producer, 87 invalid record
    Api.PRODUCE: (-1, 2, 3, 6, 7, 13, 19, 20, 29, 45, 47, 48, 51, 56, 59, 87, 90, 120, *TOO_LARGE),
    # 13 is a network exception inside the broker, 22 and 25 are of the group, 12 metadata too large
    Api.TXN_OFFSET_COMMIT: (-1, 3, 7, 12, 13, 14, 15, 16, 22, 25, 30, 47, 48, 49, 51, 82, 90, 120),
    Api.END_TXN: (-1, 7, 14, 15, 16, 47, 48, 49, 51, 52, 53, 90, 120),
}


class HeldOffsets:
    """Committed offsets in place of those that the mock forgets."""

    def __init__(self):
        self.held = Committed(0)

    async def read(self, group, topic, partition):
        return self.held


class HeldLog(KafkaPartitionLog):
    """Notes an offset when its transaction is acknowledged."""

    async def commit(self, offset, **options):
        await super().commit(offset, **options)
        self._offsets.held = Committed(offset, **options)


class Relay:
    """A task that copies `in` to `out`, 10 records at a time, and whatever takes its place when it is fenced."""

    def __init__(self, mock, *, deadline_seconds=20.0):
        self.mock, self.cluster, self.offsets = mock, mock.names, HeldOffsets()
        self.partition = next(mock.unused)
        self.deadline_seconds = deadline_seconds
        self.before_batch = lambda: None

    async def fill(self):
        await produce(self.cluster, "in", [(value, value) for value in RECORDS], partition=self.partition)

    def log(self):
        return HeldLog(self.cluster, self.offsets, service="relay", topic="in", partition=self.partition)

    async def handler(self, records, state):
        self.before_batch()
        return [[Output("out", record.key, record.value, partition=self.partition)] for record in records]

    async def run(self):
        while True:
            leading = StreamTask(
                self.log, self.partition, service="relay", topic="in", handler=self.handler, deadline_seconds=self.deadline_seconds
            )
            try:
                await leading.run()
            except Moved:
                continue

    async def finish(self, count=len(RECORDS), *, budget_seconds=15.0):
        """Run until the offset after the last record is committed."""
        running = asyncio.create_task(self.run())
        deadline = time.monotonic() + budget_seconds
        try:
            while self.offsets.held.offset < count:
                assert time.monotonic() < deadline, f"stuck at {self.offsets.held}"
                assert not running.done(), running.exception()
                await asyncio.sleep(0.01)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def sent(self):
        """What is in `out`, once nothing is in `dead-letters`."""
        # The mock writes the ends of transactions without a checksum.
        letters, out = [await read_all(self.cluster, topic, PARTITIONS, check_crcs=False) for topic in ("dead-letters", "out")]
        assert not letters
        return {record.value for record in out if record.partition == self.partition}


@pytest.fixture
def quick_restarts(monkeypatch):
    monkeypatch.setattr(task, "FIRST_BACKOFF_SECONDS", 0.005)


@contextmanager
def running_mock():
    with MockBroker() as broker:
        # Each test has a partition of its own: creating a topic takes the mock up to a second.
        broker.names, broker.unused = new_cluster(broker.bootstrap), iter(range(PARTITIONS))
        broker.create(*[broker.names.topic(name) for name in ("in", "out", "dead-letters")], partitions=PARTITIONS)
        yield broker


@pytest.fixture(scope="module")
def shared_mock():
    with running_mock() as broker:
        yield broker


@pytest.fixture
def mock(shared_mock):
    yield shared_mock
    shared_mock.forgive()


@pytest.fixture
def own_mock():
    with running_mock() as broker:
        yield broker


@asynccontextmanager
async def nothing_left_behind():
    """No client and no asyncio task outlives the body."""
    tasks = asyncio.all_tasks()
    yield
    deadline = time.monotonic() + 3
    while left := asyncio.all_tasks() - tasks:
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.01)
    clients = AIOKafkaProducer, AIOKafkaConsumer, AIOKafkaAdminClient
    open_still = [client for client in gc.get_objects() if isinstance(client, clients) and not client._closed]
    assert not open_still


@pytest.mark.parametrize(
    ("api", "code"), [pytest.param(api, code, id=f"{api.name}-{code}") for api, codes in CODES.items() for code in codes]
)
@pytest.mark.usefixtures("quick_restarts")
async def test_error_answers_lose_nothing(mock, api, code):
    relay = Relay(mock)
    await relay.fill()
    mock.fail(api, code)
    faults = [] if code in TOO_LARGE else [code]
    relay.before_batch = lambda: mock.fail(api, faults.pop()) if faults else None
    await relay.finish()
    assert await relay.sent() == set(RECORDS)


@pytest.mark.parametrize("api", CODES)
@pytest.mark.usefixtures("quick_restarts")
async def test_an_error_in_the_middle_of_a_partition_leaves_no_client_and_no_task_behind(mock, api):
    relay = Relay(mock)
    await relay.fill()
    faults = [api] * 3
    relay.before_batch = lambda: mock.fail(faults.pop(), 48) if faults else None
    async with nothing_left_behind():
        await relay.finish()
    assert await relay.sent() == set(RECORDS)


@pytest.mark.parametrize("deadline_seconds", [20.0, 1.0])
async def test_a_broker_that_is_away_for_three_seconds_is_waited_for(own_mock, deadline_seconds):
    relay = Relay(own_mock, deadline_seconds=deadline_seconds)
    await relay.fill()
    came_back = []

    def go_down():
        relay.before_batch = lambda: None
        own_mock.down()
        asyncio.get_running_loop().call_later(3.0, come_up)

    def come_up():
        own_mock.up()
        came_back.append(time.monotonic())

    relay.before_batch = go_down
    async with nothing_left_behind():
        await relay.finish()
    print(f"\ndeadline {deadline_seconds:g} s: recovered {time.monotonic() - came_back[0]:.1f} s after the broker came back")
    assert await relay.sent() == set(RECORDS)


async def test_a_record_that_was_refused_never_commits(mock):
    """aiokafka alone would commit the rest: a failed batch fails only its own future."""
    relay = Relay(mock)
    async with nothing_left_behind():
        log = relay.log()
        await log.fence()
        mock.fail(Api.PRODUCE, 87)
        with pytest.raises(TransientError, match=r"InvalidRecord|UnknownError|87"):
            await transact(log, [Output("out", b"k", b"v")], 7, deadline_seconds=5)
        await log.close()
    assert relay.offsets.held == Committed(0)


async def test_a_task_is_gone_within_seconds_when_it_is_stopped_while_the_broker_is_away(own_mock):
    relay = Relay(own_mock)
    await relay.fill()
    relay.before_batch = own_mock.down
    async with nothing_left_behind():
        running = asyncio.create_task(relay.run())
        while relay.before_batch is own_mock.down and relay.offsets.held.attempts == 0:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        started = time.monotonic()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert time.monotonic() - started < 5
