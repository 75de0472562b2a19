"""A task hands on each record once and in order, whatever crashes, and sets aside what cannot be handled."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.errors import Moved, NoCommittedOffset, NoLongerKept, RecordError, TransientError, Undecodable
from dateline.log.port import RECORD_BYTES, Committed, Output
from dateline.log.task import StreamTask, transact
from examples import examples
from fakes import CRASH, KILL, POINTS, FakeLog, FakeTopics, Fault, Killed, drain, raw


async def copy(records, state):
    return [[Output("out", record.key, record.value)] for record in records]


def task_on(log, handler=copy, **options):
    return StreamTask(log.open, 0, service="relay", topic="in", handler=handler, **options)


async def run(log, handler=copy):
    return await drain(log, lambda: task_on(log, handler))


class Total:
    """State: how many bytes and records went by, kept as a journal on the log beside the outputs."""

    def __init__(self):
        self.count = self.pending = self.applied = 0
        self.read_from = []

    async def restore(self, log, offset, progress):
        stable = (await log.bounds("journal")).stable
        self.read_from.append(self.applied)
        while self.applied < stable:
            batch = await log.read("journal", self.applied, wait_seconds=0)
            self.applied = batch.position
            for record in batch.records:
                self.count = int(record.value)
        self.pending = self.count

    def advance(self, ends):
        self.count, self.applied = self.pending, ends["journal"]

    def discard(self):
        self.pending = self.count


async def number(records, state):
    """Gives each record the number it has in the partition."""
    outcomes = []
    for record in records:
        state.pending += 1
        outcomes.append(
            [Output("out", record.key, b"%d %s" % (state.pending, record.value)), Output("journal", b"total", b"%d" % state.pending)]
        )
    return outcomes


# --- crashes ---

ENTRIES = st.lists(
    st.one_of(st.integers(0, 99).map(lambda n: raw(str(n))), st.builds(Fault, st.sampled_from(POINTS), st.booleans())), max_size=14
)


@given(ENTRIES)
@examples(150)
async def test_each_record_comes_out_once_and_in_order_and_the_state_is_their_fold_whatever_crashes(entries):
    log = FakeLog(entries)
    states = []

    def make_task():
        states.append(Total())
        return task_on(log, number, state=states[-1])

    await drain(log, make_task)
    values = [entry.value for entry in entries if isinstance(entry, Output)]
    set_aside = [int(record.headers[2][1]) for record in log.topics.records("dead-letters")]
    handled = [value for offset, value in enumerate(values) if offset not in set_aside]
    assert log.values("out") == [b"%d %s" % (count, value) for count, value in enumerate(handled, 1)]
    assert set_aside == sorted(set(set_aside))
    assert not set_aside or sum(isinstance(entry, Fault) and entry.kills for entry in entries) >= 3
    assert states[-1].count == len(handled)


async def test_a_crash_between_two_records_shows_nowhere():
    log = FakeLog([raw("a"), CRASH, raw("b")])
    (task,) = await run(log)
    assert log.values("out") == [b"a", b"b"]
    assert task.status.restarts == 1


async def test_nothing_is_seen_of_a_transaction_that_was_left_open():
    log = FakeLog([raw("a"), Fault("before_commit", kills=True), raw("b"), raw("c")])
    with pytest.raises(Killed):
        await task_on(log).run()
    assert log.values("out") == [b"a"]
    await run(log)
    assert log.values("out") == [b"a", b"b", b"c"]


async def test_a_commit_whose_reply_is_lost_is_settled_by_fencing_again():
    log = FakeLog([raw("a"), Fault("after_commit"), raw("b"), raw("c")])
    batches = []

    async def handler(records, state):
        batches.append([record.value for record in records])
        return await copy(records, state)

    await run(log, handler)
    assert batches == [[b"a"], [b"b", b"c"]]
    assert log.values("out") == [b"a", b"b", b"c"]


async def test_a_transaction_that_takes_too_long_is_given_up():
    class Hanging:
        async def begin(self):
            await asyncio.sleep(60)

    with pytest.raises(TransientError, match=r"longer than 0\.01 s"):
        await transact(Hanging(), [], 1, deadline_seconds=0.01)


async def test_a_task_that_was_fenced_ends_and_has_written_nothing():
    log = FakeLog([raw("a")])

    async def taken_over(records, state):
        await log.open().fence()
        return await copy(records, state)

    with pytest.raises(Moved):
        await task_on(log, taken_over).run()
    assert log.values("out") == []
    assert log.committed.offset == 0


async def test_without_a_committed_offset_nobody_guesses_where_to_start():
    with pytest.raises(NoCommittedOffset, match="dateline offsets set relay --to earliest") as caught:
        await run(FakeLog([raw("a")], start=None))
    assert caught.value.exit_code == 78


async def test_a_committed_offset_whose_records_were_deleted_is_the_operators_to_replace(monkeypatch):
    log = FakeLog([raw("a")])

    async def gone(*_, **__):
        raise NoLongerKept("in", 0, 0)

    monkeypatch.setattr(type(log.open()), "read", gone)
    with pytest.raises(NoCommittedOffset, match="the relay stands at 0, which is no longer kept, for in/0; choose where it goes on"):
        await asyncio.wait_for(task_on(log).run(), 5)


# --- state ---


async def test_state_that_is_deleted_while_it_is_read_is_read_again():
    """Nobody committed an offset in it, so no operator can help: what is kept now is where it begins."""

    class DeletedOnce(Total):
        async def restore(self, log, offset, progress):
            if not self.read_from:
                self.read_from.append(0)
                raise NoLongerKept("journal", 0, 0)
            await super().restore(log, offset, progress)

    log, state = FakeLog([raw("a"), raw("b")]), DeletedOnce()
    await drain(log, lambda: task_on(log, number, state=state))
    assert log.values("out") == [b"1 a", b"2 b"]


async def test_a_task_that_fences_again_reads_only_what_its_state_has_not_applied():
    log = FakeLog([raw("a"), raw("b"), CRASH, raw("c"), Fault("after_commit"), raw("d"), CRASH])
    state = Total()
    await drain(log, lambda: task_on(log, number, state=state))
    # After 2 records; after 1 more behind their marker; what the lost reply hid is read back, with its marker.
    assert state.read_from == [0, 2, 4, 7]
    assert state.count == 4


async def test_a_fresh_task_restores_everything():
    log = FakeLog([raw("a"), raw("b"), KILL, raw("c")])
    states = []

    def make_task():
        states.append(Total())
        return task_on(log, number, state=states[-1])

    await drain(log, make_task)
    assert [state.read_from for state in states] == [[0], [0]]
    assert log.values("out") == [b"1 a", b"2 b", b"3 c"]


# --- records that cannot be handled ---


async def test_a_record_error_goes_to_dead_letters_in_the_transaction_of_its_batch():
    async def decode(records, state):
        return [Undecodable("no JSON") if record.value == b"b" else [Output("out", record.key, record.value)] for record in records]

    log = FakeLog([raw("a"), raw("b", key="k", headers={"ce_id": "7"}), raw("c")])
    (task,) = await run(log, decode)
    assert log.values("out") == [b"a", b"c"]
    (letter,) = log.topics.records("dead-letters")
    assert (letter.key, letter.value, letter.headers[0]) == (b"k", b"b", ("ce_id", b"7"))
    assert log.commits == [Committed(0, attempts=1), Committed(3)]
    assert task.status.dead_letters == 1


async def test_a_bug_in_a_handler_condemns_only_the_record_that_meets_it():
    async def buggy(records, state):
        if any(record.value == b"c" for record in records):
            raise KeyError("language")
        return await number(records, state)

    log = FakeLog([raw(letter) for letter in "abcde"])
    state = Total()
    await drain(log, lambda: task_on(log, buggy, state=state))
    assert log.values("out") == [b"1 a", b"2 b", b"3 d", b"4 e"]
    (letter,) = log.topics.records("dead-letters")
    reason = dict(letter.headers)
    assert letter.value == b"c"
    assert reason["__connect.errors.class.name"] == b"HandlerFailed"
    assert reason["__connect.errors.exception.class.name"] == b"builtins.KeyError"
    assert b"in buggy" in reason["__connect.errors.exception.stacktrace"]


async def test_after_a_guilty_record_batches_are_whole_again():
    sizes = []

    async def buggy(records, state):
        sizes.append(len(records))
        if any(record.value == b"c" for record in records):
            raise KeyError
        return await copy(records, state)

    log = FakeLog([raw(letter) for letter in "abcde"])
    await run(log, buggy)
    log.feed(*[raw(letter) for letter in "fgh"])
    await run(log, buggy)
    assert sizes == [5, 1, 1, 1, 1, 1, 3]


async def test_while_something_is_away_the_partition_waits_and_keeps_its_order():
    away = [True] * 4

    async def handler(records, state):
        if any(record.value == b"b" for record in records) and away and away.pop():
            raise TransientError("no answer")
        return await number(records, state)

    log = FakeLog([raw("a"), CRASH, raw("b"), raw("c")])
    (task,) = await drain(log, lambda: task_on(log, handler, state=Total()))
    assert log.values("out") == [b"1 a", b"2 b", b"3 c"]
    assert log.values("dead-letters") == []
    assert task.status.restarts == 5


async def test_processes_that_are_replaced_while_something_is_away_condemn_nobody():
    log = FakeLog([raw("a")])

    async def away(records, state):
        raise TransientError("no answer")

    for _ in range(5):
        task = task_on(log, away)
        running = asyncio.create_task(task.run())
        while task.status.restarts < 2:
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await run(log)
    assert (log.values("out"), log.values("dead-letters")) == ([b"a"], [])


async def test_lost_replies_are_no_deaths():
    log = FakeLog([Fault("after_commit")] * 4 + [raw("a")])
    await run(log)
    assert (log.values("out"), log.values("dead-letters")) == ([b"a"], [])


async def test_a_record_that_kills_the_process_is_set_aside_after_three_attempts_and_counting_begins_anew():
    tries = Counter()

    async def deadly(records, state):
        for record in records:
            tries[record.value] += 1
            if record.value in {b"bomb", b"mine"}:
                raise Killed
        return await copy(records, state)

    log = FakeLog([raw("bomb"), raw("a"), raw("b"), raw("mine"), raw("c")])
    tasks = await run(log, deadly)
    assert log.values("out") == [b"a", b"b", b"c"]
    assert [letter.value for letter in log.topics.records("dead-letters")] == [b"bomb", b"mine"]
    assert tries[b"bomb"] == tries[b"mine"] == 3
    assert len(tasks) == 7
    assert log.committed == Committed(5, attempts=1)


async def test_an_attempt_is_written_down_before_it_is_made():
    log = FakeLog([raw("bomb")])

    async def deadly(records, state):
        assert log.committed == Committed(0, attempts=1)
        raise Killed

    with pytest.raises(Killed):
        await task_on(log, deadly).run()


@pytest.mark.parametrize("limit", ["ours", "the broker's"])
async def test_an_output_that_is_too_large_ends_in_dead_letters_and_the_others_go_on(limit):
    async def grow(records, state):
        size = RECORD_BYTES + 1 if limit == "ours" else 2000
        return [[Output("out", record.key, b"x" * size if record.value == b"b" else record.value)] for record in records]

    log = FakeLog([raw("a"), raw("b"), raw("c")], topics=FakeTopics(largest={"out": 1000}))
    await run(log, grow)
    assert log.values("out") == [b"a", b"c"]
    (letter,) = log.topics.records("dead-letters")
    assert letter.value == b"b"
    assert dict(letter.headers)["__connect.errors.class.name"] == b"TooLarge"


async def test_a_handler_that_answers_for_too_few_records_is_a_bug_and_loses_none():
    async def lazy(records, state):
        return (await copy(records, state))[:-1]

    log = FakeLog([raw("a"), raw("b")])
    await run(log, lazy)
    assert log.values("out") == []
    assert log.values("dead-letters") == [b"a", b"b"]


def test_every_record_error_names_its_stage():
    assert {error.stage for error in (RecordError, *RecordError.__subclasses__())} == {"handle", "decode", "encode", "match", "write"}
