"""The port and the task on a real broker: what the fakes promise is what Kafka does."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from itertools import pairwise

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from harness import create_topics, new_cluster, produce, read_all

from dateline.errors import ConfigurationError, KafkaUnavailable, Moved, NoCommittedOffset, TransientError
from dateline.log import contact, reading, topics
from dateline.log.client import CommittedOffsets, KafkaPartitionLog
from dateline.log.port import BATCH_BYTES, Committed, Output
from dateline.log.service import Service
from dateline.log.task import StreamTask
from dateline.log.topic_log import KafkaTopicLog, scan
from dateline.log.visit import follow

PARTITIONS = 2
# The shortest a broker allows.
SESSION_SECONDS = 6.0


async def relay(records, state):
    """Every record to `out`, in the partition it came from."""
    return [(Output("out", record.key, record.value, (), record.partition),) for record in records]


@contextlib.asynccontextmanager
async def opened(cluster, count=1, *, service="relay", partition=0):
    """As many incarnations of one partition's log as asked, all closed at the end."""
    offsets = CommittedOffsets(cluster)
    logs = [KafkaPartitionLog(cluster, offsets, service=service, topic="in", partition=partition) for _ in range(count)]
    try:
        yield logs
    finally:
        for log in logs:
            await log.close()
        await offsets.close()


@pytest.fixture
async def cluster(kafka_bootstrap):
    cluster = new_cluster(kafka_bootstrap)
    await create_topics(cluster, "in", "out", "dead-letters", partitions=PARTITIONS)
    await topics.set_offsets(cluster, "relay", "in", dict.fromkeys(range(PARTITIONS), 0))
    return cluster


@contextlib.asynccontextmanager
async def running(*tasks):
    handles = [asyncio.create_task(task.run()) for task in tasks]
    try:
        yield handles
    finally:
        for handle in handles:
            handle.cancel()
        await asyncio.gather(*handles, return_exceptions=True)


async def until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not await condition() if asyncio.iscoroutinefunction(condition) else not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)


def stream_task(cluster, offsets, *, handler=relay, state=None, partition=0, opens=None):
    def open_log():
        log = KafkaPartitionLog(cluster, offsets, service="relay", topic="in", partition=partition)
        if opens is not None:
            opens.append(log)
        return log

    return StreamTask(open_log, partition, service="relay", topic="in", handler=handler, state=state)


async def written(log, value, *, offset=None):
    """One transaction with one record."""
    await log.begin()
    ends = await log.send([Output("out", b"k", value, (), 0)])
    await log.commit(offset)
    return ends


# ── the lease ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_fenced_producer_can_neither_write_nor_commit(cluster):
    async with opened(cluster, 2) as (old, new):
        await old.fence()
        await old.begin()
        await old.send([Output("out", b"k", b"left open", (), 0)])
        await new.fence()
        with pytest.raises(Moved):
            await old.commit(7)
        assert (await new.committed()).offset == 0
        await written(new, b"mine", offset=1)
    assert [record.value for record in await read_all(cluster, "out", PARTITIONS)] == [b"mine"]


async def test_a_log_whose_closing_is_cancelled_is_closed_all_the_same(cluster):
    """A producer left open would hold its connections until the process ends."""
    async with opened(cluster) as (log,):
        await log.fence()
        producer = log._producer
        closing = asyncio.create_task(log.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert producer._closed
        assert not any(connection.connected() for connection in producer.client._conns.values())


async def test_a_zombie_that_begins_anew_is_told_so(cluster):
    async with opened(cluster, 2) as (old, new):
        await old.fence()
        await new.fence()
        with pytest.raises(Moved):
            await written(old, b"zombie", offset=9)
        assert (await new.committed()).offset == 0
    assert await read_all(cluster, "out", PARTITIONS) == []


async def test_the_offset_read_after_fencing_says_whether_the_commit_before_it_happened(cluster):
    """Commit and fence race; whoever wins, offset and output agree."""
    dice, committed, position = random.Random(5), 0, 0
    offsets = CommittedOffsets(cluster)
    logs = [KafkaPartitionLog(cluster, offsets, service="relay", topic="in", partition=0) for _ in range(21)]
    await logs[0].fence()
    for old, new in pairwise(logs):

        async def commit(old=old, position=position):
            # A commit that meets a fence is refused, or answered with an error that says nothing of what happened.
            with contextlib.suppress(Moved, TransientError):
                await written(old, b"%d" % position, offset=position + 1)

        async def fence(new=new):
            await asyncio.sleep(dice.random() * 0.01)
            await new.fence()
            return (await new.committed()).offset

        _, found = await asyncio.gather(commit(), fence())
        assert found == (await new.committed()).offset, "the offset moved after the fence"
        committed += found - position
        position = found
    for log in logs:
        await log.close()
    await offsets.close()
    values = [int(record.value) for record in await read_all(cluster, "out", PARTITIONS)]
    assert values == list(range(committed))


async def test_attempts_stand_beside_the_offset(cluster):
    async with opened(cluster, 3) as (first, second, third):
        await first.fence()
        await first.begin()
        await first.commit(3, attempts=2)
        await second.fence()  # without it the broker may still answer with the offset before
        assert await second.committed() == Committed(3, attempts=2)
        await second.begin()
        await second.commit(4)
        await third.fence()
        assert await third.committed() == Committed(4)


async def test_a_word_stands_beside_the_offset(cluster):
    async with opened(cluster, 2) as (first, second):
        await first.fence()
        await first.begin()
        await first.commit(3, note="8d1e")
        await second.fence()
        assert await second.committed() == Committed(3, note="8d1e")


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_reading_goes_past_control_records_and_aborted_ones_to_the_stable_end(cluster):
    async with opened(cluster, 2) as (old, new):
        await old.fence()
        await written(old, b"a")
        await old.begin()
        await old.send([Output("out", b"k", b"aborted", (), 0)])
        open_bounds = await new.bounds("out")
        await new.fence()
        ends = await written(new, b"b")
        bounds = await new.bounds("out")
        position, values = bounds.first, []
        while position < bounds.stable:
            batch = await new.read("out", position, wait_seconds=1.0)
            values += [record.value for record in batch.records]
            position = batch.position
        assert values == [b"a", b"b"]
        assert position == bounds.stable
        assert open_bounds.stable < ends["out"] <= bounds.stable


async def test_bounds_since_a_time_begin_with_the_first_record_not_older(cluster):
    # Near enough to now that retention leaves them alone.
    hour_ago = int(time.time() * 1000) - 3_600_000
    async with opened(cluster) as (log,):
        await log.fence()
        await log.begin()
        await log.send([Output("out", b"k", b"%d" % number, (), 0, hour_ago + number) for number in range(10)])
        await log.commit(None)
        assert (await log.bounds("out", since_ms=hour_ago + 4)).first == 4
        beyond = await log.bounds("out", since_ms=hour_ago + 1_800_000)
        assert 10 <= beyond.first <= beyond.stable


async def test_a_batch_holds_at_most_so_many_bytes_and_nothing_is_skipped(cluster):
    big = BATCH_BYTES // 6
    await produce(cluster, "in", [(b"k", b"%02d" % number + b"x" * big) for number in range(14)], partition=0)
    async with opened(cluster) as (log,):
        position, sizes, seen = 0, [], []
        while len(seen) < 14:
            batch = await log.read("in", position, wait_seconds=2.0)
            sizes.append(sum(len(record.value) for record in batch.records))
            seen += [record.value[:2] for record in batch.records]
            position = batch.position
        assert seen == [b"%02d" % number for number in range(14)]
        assert max(sizes) <= BATCH_BYTES
        again = await log.read("in", 3, wait_seconds=2.0)
        assert again.records[0].offset == 3


# ── the task ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Remembering:
    """A state that notes what each restore had to read of `out`."""

    def __init__(self):
        self.position, self.restored, self.advanced = None, [], 0

    async def restore(self, log, offset, progress):
        bounds = await log.bounds("out")
        position, count = bounds.first if self.position is None else self.position, 0
        while position < bounds.stable:
            batch = await log.read("out", position, wait_seconds=1.0)
            count, position = count + len(batch.records), batch.position
        self.position = position
        self.restored.append(count)

    def advance(self, ends):
        self.position = ends.get("out", self.position)
        self.advanced += 1

    def discard(self):
        pass


async def test_a_task_that_fences_again_restores_only_what_it_has_not_applied(cluster):
    await produce(cluster, "in", [(b"k", b"%d" % number) for number in range(30)], partition=0)
    state, opens, offsets = Remembering(), [], CommittedOffsets(cluster)
    task = stream_task(cluster, offsets, state=state, opens=opens)
    async with running(task):
        await until(lambda: task.status.records == 30)
        await opens[-1].close()
        await produce(cluster, "in", [(b"k", b"more")], partition=0)
        await until(lambda: task.status.records == 31)
        fresh = Remembering()
        async with opened(cluster) as (log,):
            await fresh.restore(log, 0, lambda _: None)
    await offsets.close()
    assert task.status.restarts == 1
    assert state.restored == [0, 0]
    assert fresh.restored == [31]
    assert len(await read_all(cluster, "out", PARTITIONS)) == 31


async def test_a_record_that_the_broker_finds_too_large_ends_in_dead_letters_and_the_next_go_on(kafka_bootstrap):
    cluster = new_cluster(kafka_bootstrap)
    await create_topics(cluster, "in", "dead-letters", partitions=1)
    client = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await client.start()
    await client.create_topics([NewTopic(cluster.topic("out"), 1, 1, topic_configs={"max.message.bytes": "20000"})])
    await client.close()
    await topics.set_offsets(cluster, "relay", "in", {0: 0})
    noise = random.Random(2).randbytes(60_000)
    await produce(cluster, "in", [(b"1", b"a"), (b"2", noise), (b"3", b"c")], partition=0)
    offsets = CommittedOffsets(cluster)
    task = stream_task(cluster, offsets)
    async with running(task):
        await until(lambda: task.status.records == 3, seconds=40)
    await offsets.close()
    assert [record.value for record in await read_all(cluster, "out", 1)] == [b"a", b"c"]
    (dead,) = await read_all(cluster, "dead-letters", 1)
    assert (dead.key, dead.value) == (b"2", noise)
    assert dict(dead.headers)["__connect.errors.class.name"] == b"TooLarge"


async def test_a_task_without_a_committed_offset_ends_and_says_what_to_do(kafka_bootstrap):
    cluster = new_cluster(kafka_bootstrap)
    await create_topics(cluster, "in", "out", partitions=1)
    offsets = CommittedOffsets(cluster)
    with pytest.raises(NoCommittedOffset, match="dateline offsets set relay"):
        await asyncio.wait_for(stream_task(cluster, offsets).run(), 20)
    await offsets.close()


async def test_a_committed_offset_that_is_no_longer_kept_ends_the_task_loudly(cluster):
    await produce(cluster, "in", [(b"k", b"%d" % number) for number in range(10)], partition=0)
    client = AIOKafkaAdminClient(bootstrap_servers=cluster.settings.bootstrap)
    await client.start()
    await client.delete_records({TopicPartition(cluster.topic("in"), 0): RecordsToDelete(5)})
    await client.close()
    offsets = CommittedOffsets(cluster)
    with pytest.raises(ConfigurationError, match="no longer kept"):
        await asyncio.wait_for(stream_task(cluster, offsets).run(), 20)
    await offsets.close()


async def test_a_quiet_partition_shows_no_lag_for_the_control_record_at_its_end(cluster, monkeypatch):
    monkeypatch.setattr("dateline.log.task.IDLE_COMMIT_SECONDS", 0.2)
    async with opened(cluster, service="writer") as (log,):
        await log.fence()
        await log.begin()
        await log.send([Output("in", b"k", b"v", (), 0)])
        await log.commit(None)
        end = (await log.bounds("in")).stable
    offsets = CommittedOffsets(cluster)
    task = stream_task(cluster, offsets)

    async def without_lag():
        return (await topics.offsets(cluster, "relay", "in", [0]))[0] == end

    async with running(task):
        await until(without_lag)
    await offsets.close()


# ── the service ──────────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def service(cluster):
    """A member of the relay's group."""
    offsets = CommittedOffsets(cluster)
    member = Service(cluster, name="relay", topic="in", make_task=lambda part: stream_task(cluster, offsets, partition=part))
    handle = asyncio.create_task(member.run())
    try:
        yield member
    finally:
        handle.cancel()
        await asyncio.gather(handle, return_exceptions=True)
        await offsets.close()


@contextlib.asynccontextmanager
async def trickle(cluster):
    """A record to each partition every 50 ms; gives the list of what was written.

    It ends between two records: a client of aiokafka that is cancelled while it starts leaves its first connection open.
    """
    values: list[bytes] = []
    enough = asyncio.Event()

    async def write():
        while not enough.is_set():
            batch = [b"%d" % (len(values) + number) for number in range(PARTITIONS)]
            for number, value in enumerate(batch):
                await produce(cluster, "in", [(value, value)], partition=number)
            values.extend(batch)
            await asyncio.sleep(0.05)

    handle = asyncio.create_task(write())
    try:
        yield values
    finally:
        enough.set()
        await handle


async def relayed(cluster):
    return Counter(record.value for record in await read_all(cluster, "out", PARTITIONS))


async def test_partitions_move_to_a_second_member_and_back_and_kept_tasks_run_on(cluster):
    async with trickle(cluster) as values, service(cluster) as first:
        await until(lambda: len(first.tasks()) == PARTITIONS and all(task.status.commits for task in first.tasks()))
        before = {task.status.partition: task for task in first.tasks()}
        async with service(cluster) as second:
            await until(lambda: len(second.tasks()) == 1 and second.tasks()[0].status.commits > 0)
            (kept,) = first.tasks()
            assert kept is before[kept.status.partition]
            assert kept.status.restarts == 0
            left = time.monotonic()
        await until(lambda: len(first.tasks()) == PARTITIONS and all(task.status.commits for task in first.tasks()))
        print(f"\ntakeover after a clean leave: {time.monotonic() - left:.2f} s")
        written_until_now = list(values)
        await asyncio.sleep(1)
    found = await relayed(cluster)
    assert set(written_until_now) <= set(found)
    assert set(found.values()) == {1}


@pytest.mark.timeout(90)
async def test_a_task_fenced_by_a_stranger_waits_for_a_join_before_it_leads_again(cluster):
    """The stranger keeps its lease until the member has joined anew: a member that duelled would have fenced it at once."""
    async with service(cluster) as member, opened(cluster) as (stranger,):
        await until(lambda: len(member.tasks()) == PARTITIONS and all(task.status.phase == "running" for task in member.tasks()))
        await stranger.fence()
        await produce(cluster, "in", [(b"k", b"v")], partition=0)
        await until(lambda: len(member.tasks()) == PARTITIONS - 1)
        fenced = time.monotonic()
        while len(member.tasks()) < PARTITIONS and time.monotonic() - fenced < SESSION_SECONDS:
            await written(stranger, b"stranger")
            await asyncio.sleep(0.3)
        await until(lambda: len(member.tasks()) == PARTITIONS, seconds=40)
        assert time.monotonic() - fenced >= SESSION_SECONDS
        assert Counter(await relayed(cluster))[b"v"] <= 1

        async def led_again():
            return (await relayed(cluster))[b"v"] == 1

        await until(led_again)
        with pytest.raises(Moved):
            await written(stranger, b"late")


async def test_a_command_that_reads_is_told_when_the_broker_goes_away_and_waits_for_one_that_has_nothing(own_broker, monkeypatch):
    monkeypatch.setattr(contact, "SILENCE_SECONDS", 2.0)
    cluster = new_cluster(own_broker.bootstrap)
    await create_topics(cluster, "in", partitions=2)
    noise = random.Random(3)
    await produce(cluster, "in", [(b"%d" % number, noise.randbytes(20_000)) for number in range(500)], partition=0)
    assert len(await reading.read_whole(cluster, "in")) == 500
    assert [record async for record in follow(cluster, "in", None, seconds=5.0)] == []

    read_once = reading.read_each(cluster, "in")
    on_and_on = follow(cluster, "in", {0: 0, 1: 0})
    ranged = follow(cluster, "in", {0: 0, 1: 0}, ends={0: 500, 1: 0})
    log = KafkaTopicLog(cluster, "in", waits=False)
    searched = scan(log, {0: 0, 1: 0})
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(log.close)
        readers = [await stack.enter_async_context(contextlib.aclosing(records)) for records in (read_once, on_and_on, ranged, searched)]
        for records in readers:
            await anext(records)
        own_broker.kill()
        for records, error in zip(readers, [*[KafkaUnavailable] * 3, TransientError], strict=True):
            with pytest.raises(error, match="no broker has answered for 2 s"):
                await asyncio.wait_for(drained(records), 30)


async def drained(records):
    async for _ in records:
        pass


@pytest.mark.timeout(120)
async def test_services_wait_for_a_broker_that_goes_away_and_go_on_when_it_is_back(own_broker):
    cluster = new_cluster(own_broker.bootstrap)
    await create_topics(cluster, "in", "out", "dead-letters", partitions=PARTITIONS)
    await topics.set_offsets(cluster, "relay", "in", dict.fromkeys(range(PARTITIONS), 0))
    async with service(cluster) as member:
        await produce(cluster, "in", [(b"k", b"before")], partition=0)
        await until(lambda: any(task.status.records for task in member.tasks()))
        own_broker.kill()
        await asyncio.sleep(4)
        await asyncio.to_thread(own_broker.start)
        await produce(cluster, "in", [(b"k", b"after")], partition=1)

        async def both():
            return set(await relayed(cluster)) == {b"before", b"after"}

        back = time.monotonic()
        await until(both, seconds=60)
        print(f"\nfirst record after the broker was back: {time.monotonic() - back:.1f} s")
    assert set((await relayed(cluster)).values()) == {1}


# ── topics ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_apply_creates_what_is_missing_with_first_offsets_and_does_nothing_the_second_time(kafka_bootstrap):
    cluster = new_cluster(kafka_bootstrap, feeds_partitions=2, articles_partitions=3)
    created = await topics.apply(cluster)
    assert created == [topic.name for topic in topics.wanted_topics(cluster.settings)]
    assert await topics.offsets(cluster, "enricher", "articles.raw", range(3)) == {0: 0, 1: 0, 2: 0}
    assert await topics.offsets(cluster, "poller", "feeds", range(2)) == {0: 0, 1: 0}
    assert await topics.apply(cluster) == []
    await topics.require(cluster)


async def test_topics_whose_count_is_part_of_their_meaning_are_never_grown(kafka_bootstrap):
    cluster = new_cluster(kafka_bootstrap, feeds_partitions=2, articles_partitions=2)
    await topics.apply(cluster)
    larger = type(cluster)(cluster.settings.model_copy(update={"articles_partitions": 4}))
    with pytest.raises(ConfigurationError, match="set the partition count back to 2"):
        await topics.apply(larger)
    with pytest.raises(ConfigurationError, match=r"articles\.enriched has 2 partitions"):
        await topics.require(larger)
