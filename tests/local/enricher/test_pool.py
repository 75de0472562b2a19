"""Whatever happens to worker processes, each record of a batch has its outcome, in order. The workers are real: one starts in 0.3 s."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from articles import raw
from pools import AGENCIES, deadly_briefing

from dateline.enricher import endings
from dateline.enricher.pool import worker_pool
from dateline.enricher.record import enrich_record
from dateline.enricher.service import FUNCTION, handler
from dateline.errors import HandlerFailed, RecordError, TooLarge, Undecodable
from dateline.events import encode
from dateline.log.dead_letters import dead_letter
from dateline.log.movement import tell_movement_to
from dateline.log.task import StreamTask
from fakes import FakeLog, FakeTopics, drain, received
from fakes import raw as entry

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def seen(monkeypatch, tmp_path):
    """Workers find what tests inject, and write down what they handle."""
    services = Path(sys.modules["dateline"].__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (services, HERE))))
    monkeypatch.setenv("SEEN_FILE", str(tmp_path / "seen"))
    return tmp_path / "seen"


@asynccontextmanager
async def deadly_pool(*, size=1, **options):
    async with worker_pool(deadly_briefing(**options), size=size) as pool:
        yield pool


def children():
    return {child.pid for child in psutil.Process().children()}


def process_of(outcome):
    ((_, pid),) = outcome[0].headers
    return int(pid)


def values(outcomes):
    return [outcome if isinstance(outcome, RecordError) else outcome[0].value.decode() for outcome in outcomes]


async def written(path, line=0):
    """The process id that stands in a file's line, once it is there."""
    deadline = time.monotonic() + 20
    while not path.exists() or path.read_text().count("\n") <= line:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)
    return int(path.read_text().splitlines()[line])


# ── what comes out ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_pool_gives_what_the_function_gives_byte_for_byte_and_in_order():
    texts = [encode(raw(f"<p>Paragraph {number} of many.</p>" * 40, title=f"Title {number}")) for number in range(50)]
    batch = received(*texts[:30], b"{", *texts[30:], headers=[("traceparent", b"00-1"), ("empty", None)])
    async with worker_pool(deadly_briefing(FUNCTION), size=2) as pool:
        outcomes = await pool.decide(batch)
    expected = [enrich_record(record, AGENCIES, 6) for record in batch]
    assert [outcome for outcome in outcomes if not isinstance(outcome, RecordError)] == expected[:30] + expected[31:]
    letters = [dead_letter(batch[30], decided[30], service="enricher") for decided in (outcomes, expected)]
    assert isinstance(outcomes[30], Undecodable)
    assert [(name, text) for name, text in letters[0].headers if not name.endswith("stacktrace")] == [
        (name, text) for name, text in letters[1].headers if not name.endswith("stacktrace")
    ]
    assert b"DecodeError" in dict(letters[0].headers)["__connect.errors.exception.stacktrace"]


async def test_a_bug_and_a_refusal_are_the_records_own(seen):
    async with deadly_pool() as pool:
        first, bug, refused, last = await pool.decide(received("a", "bug", "refused", "b"))
    assert values([first, last]) == ["a", "b"]
    assert isinstance(bug, HandlerFailed)
    assert str(bug) == "KeyError: 'bug'"
    letter = dict(dead_letter(received("bug")[0], bug, service="enricher").headers)
    assert letter["__connect.errors.exception.class.name"] == b"builtins.KeyError"
    assert b"in bug" in letter["__connect.errors.exception.stacktrace"]
    assert isinstance(refused, TooLarge)
    assert seen.read_text().splitlines()[1:] == ["a", "bug", "refused", "b"]


# ── workers that end ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_worker_killed_in_the_middle_of_a_chunk_costs_no_record_and_no_other_chunk(tmp_path, seen):
    async with deadly_pool(size=2) as pool:
        deciding = asyncio.create_task(pool.decide(received("a", f"wait {tmp_path / 'here'}", "b")))
        killed = await written(tmp_path / "here")
        other = asyncio.create_task(pool.decide(received("other", "slow 0.2", "others", partition=1)))
        await asyncio.sleep(0.1)
        os.kill(killed, signal.SIGKILL)
        outcomes = await deciding
        assert values(outcomes) == ["a", f"wait {tmp_path / 'here'}", "b"]
        assert values(await other) == ["other", "slow 0.2", "others"]
        assert killed not in {process_of(outcome) for outcome in outcomes}
    assert [word for word in seen.read_text().splitlines() if word.startswith("o")] == ["other", "others"]


async def test_a_record_whose_workers_are_killed_from_outside_five_times_comes_out_whole_and_so_does_its_company(tmp_path, monkeypatch):
    monkeypatch.setattr(endings, "FIRST_PAUSE_SECONDS", 0.01)
    innocent = f"wait {tmp_path / 'here'} 5"
    async with deadly_pool(size=2) as pool:
        deciding = asyncio.create_task(pool.decide(received("a", innocent, "b")))
        for number in range(5):
            os.kill(await written(tmp_path / "here", number), signal.SIGKILL)
        assert values(await deciding) == ["a", innocent, "b"]


async def test_between_kills_of_one_records_workers_pass_longer_and_longer_pauses(tmp_path, monkeypatch):
    monkeypatch.setattr(endings, "FIRST_PAUSE_SECONDS", 0.2)
    async with deadly_pool(size=2) as pool:
        deciding = asyncio.create_task(pool.decide(received(f"wait {tmp_path / 'here'} 3")))
        pauses = []
        for number in range(2):
            os.kill(await written(tmp_path / "here", number), signal.SIGKILL)
            killed = time.monotonic()
            await written(tmp_path / "here", number + 1)
            pauses.append(time.monotonic() - killed)
        deciding.cancel()
    assert pauses[0] >= 0.2
    assert pauses[1] >= 0.4


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("exit", "3 worker processes in turn ended at this record; the last one ended with 3"),
        ("segfault", "3 worker processes in turn ended at this record; the last one was killed by SIGSEGV"),
        ("killed", "9 worker processes in turn ended at this record; the last one was killed by SIGKILL"),
        ("memory", "the last one ran out of memory (DATELINE_ENRICHER__WORKER_MEMORY_BYTES)"),
        ("sleep", "2 worker processes in turn ended at this record; the last one gave no answer for 0.3 s"),
        ("babble", "the last one wrote a frame of 4294967295 bytes"),
    ],
)
async def test_a_record_that_ends_every_worker_is_the_only_dead_letter_and_order_is_kept(deed, reason, seen, monkeypatch):
    monkeypatch.setattr(endings, "FIRST_PAUSE_SECONDS", 0.001)
    topics = FakeTopics(partitions=2)
    log = FakeLog([entry(word) for word in ("a", "b", deed, "c", "d")], topics=topics)
    other = FakeLog([entry("other")] * 5, topics=topics, partition=1)
    async with deadly_pool(size=2, deadline_seconds=0.3 if deed == "sleep" else 30.0) as pool:
        decide = handler(pool.decide)
        await decide.start()
        tasks = [
            drain(each, lambda each=each, part=part: StreamTask(each.open, part, service="relay", topic="in", handler=decide))
            for part, each in enumerate((log, other))
        ]
        await asyncio.gather(*tasks)
    assert topics.records("out", 1) == []
    assert [value for value in log.values("out") if value != b"other"] == [b"a", b"b", b"c", b"d"]
    assert log.values("out").count(b"other") == 5
    (letter,) = topics.records("dead-letters", 0) + topics.records("dead-letters", 1)
    assert letter.value == deed.encode()
    told = dict(letter.headers)
    assert told["__connect.errors.class.name"] == b"WorkerEnded"
    assert reason in told["__connect.errors.exception.message"].decode()
    assert seen.read_text().splitlines().count("other") == 5


async def test_a_worker_killed_while_it_has_nothing_to_do_is_replaced_and_nobody_notices():
    async with deadly_pool() as pool:
        (first,) = await pool.decide(received("a"))
        os.kill(process_of(first), signal.SIGKILL)
        for _ in range(3):
            (second,) = await pool.decide(received("b"))
        assert process_of(second) != process_of(first)


async def test_workers_that_cannot_even_start_are_tried_again_and_hold_up_no_stop(capfd):
    others = children()
    async with worker_pool(deadly_briefing("nowhere:nothing"), size=1) as pool:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pool.decide(received("a")), 1.0)
    assert children() == others
    lines = capfd.readouterr().err.splitlines()
    assert any('"event":"worker fails"' in line and "No module named 'nowhere'" in line for line in lines)
    assert [line for line in lines if not line.startswith("{")] == []


async def test_ctrl_c_and_a_stop_of_the_whole_group_are_the_parents_affair(capfd):
    async with deadly_pool() as pool:
        (first,) = await pool.decide(received("a"))
        assert os.getsid(process_of(first)) != os.getsid(0)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(process_of(first), number)
        (second,) = await pool.decide(received("b"))
        assert process_of(second) == process_of(first)
    assert capfd.readouterr().err == ""


# ── turns ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_slow_chunk_does_not_delay_another_partition_while_a_worker_is_free():
    async with deadly_pool(size=2) as pool:
        await pool.decide(received("warm") + received("warm"))
        slow = asyncio.create_task(pool.decide(received("slow 1")))
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await pool.decide(received("quick", partition=1))
        assert time.monotonic() - began < 0.5
        assert not slow.done()
        await slow


async def test_partitions_take_turns_at_one_worker(seen):
    """A batch of many chunks has one of them in the line at a time, so that another's waits for two at most."""
    async with deadly_pool() as pool:
        await pool.decide(received("warm"))
        many = asyncio.create_task(pool.decide(received(*["much"] * 160)))
        await asyncio.sleep(0)
        await pool.decide(received("little", partition=1))
        assert seen.read_text().splitlines().index("little") <= 2 + 2 * 16
        assert values(await many) == ["much"] * 160


async def test_who_no_longer_waits_gets_nobody_elses_answer(tmp_path):
    async with deadly_pool() as pool:
        await pool.decide(received("warm"))
        left = asyncio.create_task(pool.decide(received("slow 0.2", *["late"] * 40)))
        await asyncio.sleep(0.05)
        left.cancel()
        assert values(await pool.decide(received("a", "b"))) == ["a", "b"]


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_closed_pool_leaves_no_process_though_one_is_at_work(tmp_path):
    others = children()
    async with deadly_pool(size=2) as pool:
        busy = asyncio.create_task(pool.decide(received(f"wait {tmp_path / 'here'}")))
        await written(tmp_path / "here")
        assert len(children() - others) == 2
        busy.cancel()
        began = time.monotonic()
    assert children() == others
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_parent_that_is_killed_takes_its_workers_with_it_though_one_is_at_work(number, tmp_path):
    places = (*os.environ["PYTHONPATH"].split(os.pathsep), str(HERE.parents[1]))
    parent = subprocess.Popen(
        [sys.executable, HERE / "pool_parent.py", f"wait {tmp_path / 'here'}"],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(places)},
    )
    with parent:
        workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.send_signal(number)
    assert len(workers) == 2
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert [worker for worker in alive if worker.status() != psutil.STATUS_ZOMBIE] == []


async def test_each_answer_is_movement_to_the_task_that_is_worked_for_so_that_a_long_batch_is_no_stall():
    moves = []
    async with deadly_pool() as pool:
        tell_movement_to(lambda: moves.append(len(moves)))
        outcomes = await pool.decide(received(*[b"a"] * 41))
    assert len(outcomes) == 41
    assert len(moves) == 3  # a chunk has sixteen records
