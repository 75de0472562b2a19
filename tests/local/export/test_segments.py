"""A folder holds each event once, whatever ends an exporter and whenever, and readers see whole segments only."""

from __future__ import annotations

import asyncio
import errno
import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.errors import ConfigurationError, Moved
from dateline.export.files import LocalFiles
from dateline.export.jsonl import JsonLinesFormat
from dateline.export.manifest import new_note
from dateline.export.match import parse
from dateline.export.segments import Limits
from dateline.log.port import Committed
from fakes import CRASH, POINTS, FakeTopics, Fault
from following import Counter, MortalFiles, deliveries, finish, folder, news_log, task_of
from made_events import article_id, canceled, encoded, made, record

JSONL = JsonLinesFormat()


def published(tmp_path):
    """What a reader of *.jsonl finds."""
    lines = [line for path in sorted(tmp_path.rglob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def ids(tmp_path):
    return [event["id"] for event in published(tmp_path)]


def staged(tmp_path):
    kept = {tmp_path / "_dateline/output.json", *(tmp_path / "_dateline/published").glob("*")}
    return [path.name for path in (tmp_path / "_dateline").rglob("*") if path.is_file() and path not in kept]


async def export(tmp_path, entries, **options):
    kind = folder(tmp_path, JSONL)
    log = news_log(entries, service=f"export.{kind.id}")
    return log, await finish(lambda: task_of(kind, log, **options))


async def test_events_are_written_as_they_came_by_day_and_nothing_is_left_over(tmp_path):
    events = [made(1, day=3), made(2, day=4), made(3, day=3)]
    log, task = await export(tmp_path, map(record, events))
    assert sorted(path.parent.name for path in tmp_path.rglob("*.jsonl")) == ["day=2026-03-03", "day=2026-03-04"]
    assert sorted(published(tmp_path), key=lambda event: event["id"]) == events
    assert staged(tmp_path) == []
    assert task.status.records == 3
    assert log.committed.offset == len(log.topics.places["news", 0])


async def test_line_breaks_inside_a_value_do_not_break_the_line(tmp_path):
    await export(tmp_path, [record(json.dumps(made(1), indent=1).encode())])
    assert published(tmp_path) == [made(1)]


# --- deaths and faults ---


def some_events():
    """Events of two days with withdrawals among them, in two segments."""
    first = [made(1), made(2, day=4)]
    second = [made(3), canceled(2, day=4), made(4), made(5), canceled(5)]
    return [*map(record, first), CRASH, *map(record, second)]


WANTED = sorted(article_id(n) for n in range(1, 6))


async def steps_of_a_run(tmp_path):
    counter = Counter()
    kind = folder(tmp_path, JSONL, files=MortalFiles(LocalFiles(tmp_path), counter))
    before = counter.count
    log = news_log(some_events(), service=f"export.{kind.id}")
    await finish(lambda: task_of(kind, log))
    return before, counter.count


@pytest.mark.parametrize("after", [False, True])
async def test_killed_at_each_of_its_steps_with_files_it_loses_and_repeats_nothing(tmp_path, after):
    first, last = await steps_of_a_run(tmp_path / "counted")
    assert last - first > 30
    for number in range(first, last):
        place = tmp_path / str(number)
        counter, log = Counter(kill_at=number, after=after), None

        def make_task(place=place, counter=counter):
            nonlocal log
            kind = folder(place, JSONL, files=MortalFiles(LocalFiles(place), counter))
            log = log or news_log(some_events(), service=f"export.{kind.id}")
            return task_of(kind, log)

        await finish(make_task)
        assert sorted(ids(place)) == WANTED, f"step {number}"
        assert staged(place) == [], f"step {number}"
        assert [event["status"] for event in published(place) if event["id"] == article_id(2)] == ["canceled"]


ENTRIES = st.lists(
    st.one_of(st.integers(0, 9).map(lambda n: record(made(n))), st.builds(Fault, st.sampled_from(POINTS), st.booleans())), max_size=12
)


@given(ENTRIES)
@settings(max_examples=40)
async def test_each_event_is_in_the_folder_once_and_in_order_whatever_crashes(tmp_path_factory, entries):
    place = tmp_path_factory.mktemp("out")
    events = [entry for entry in entries if not isinstance(entry, Fault)]
    await export(place, entries)
    assert ids(place) == [json.loads(event.value)["id"] for event in events]


async def test_a_commit_whose_publication_was_prevented_is_published_by_the_next_owner(tmp_path):
    await export(tmp_path, [record(made(1)), Fault("after_commit", kills=True)])
    assert ids(tmp_path) == [article_id(1)]


async def test_a_process_that_stood_still_after_its_commit_changes_nothing_when_it_wakes(tmp_path):
    kind = folder(tmp_path, JSONL)
    log = news_log([record(made(1)), record(made(2))], service=f"export.{kind.id}")
    sleeper = kind.open(log.open(), 0)
    await sleeper.fence()
    await sleeper.add(deliveries(log, 0, 1))
    note = new_note()
    manifest = sleeper._write_manifest(note, sleeper._sealed(1))
    await sleeper._log.begin()
    await sleeper._log.commit(1, note=note)
    await finish(lambda: task_of(kind, log))
    log.feed(record(canceled(1)))
    await finish(lambda: task_of(kind, log))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    sleeper._publish(note, manifest)
    with pytest.raises(Moved):
        await sleeper.commit(1, [])
    await sleeper.close()
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    await finish(lambda: task_of(kind, log))
    assert sorted((event["id"], event["status"]) for event in published(tmp_path)) == [
        (article_id(1), "canceled"),
        (article_id(2), "usable"),
    ]


async def test_one_that_stood_still_before_it_tidied_removes_nothing_of_its_successors(tmp_path):
    kind = folder(tmp_path, JSONL)
    log = news_log([record(made(1))], service=f"export.{kind.id}")
    sleeper = kind.open(log.open(), 0)
    noted = sleeper._noted()
    await sleeper._log.fence()
    successor = kind.open(log.open(), 0)
    await successor.fence()
    await successor.add(deliveries(log, 0, 1))
    sleeper._remove(noted)
    await successor.commit(1, [])
    assert ids(tmp_path) == [article_id(1)]


async def test_of_two_writers_of_one_partition_one_is_fenced_and_nothing_is_twice(tmp_path):
    kind = folder(tmp_path, JSONL)
    log = news_log([record(made(1)), record(made(2))], service=f"export.{kind.id}")
    one, other = kind.open(log.open(), 0), kind.open(log.open(), 0)
    await one.fence()
    await one.add(deliveries(log, 0, 2))
    await other.fence()
    await other.add(deliveries(log, 0, 2))
    with pytest.raises(Moved):
        await one.commit(2, [])
    await other.commit(2, [])
    await one.close()
    assert ids(tmp_path) == [article_id(1), article_id(2)]


async def test_a_full_disk_makes_it_wait_and_then_go_on(tmp_path):
    first, last = await steps_of_a_run(tmp_path / "counted")
    for number in range(first, last):
        place = tmp_path / str(number)
        counter = Counter(kill_at=number, error=OSError(errno.ENOSPC, "No space left on device"))
        kind = folder(place, JSONL, files=MortalFiles(LocalFiles(place), counter))
        log = news_log(some_events(), service=f"export.{kind.id}")
        task = await finish(lambda kind=kind, log=log: task_of(kind, log))
        assert sorted(ids(place)) == WANTED
        assert task.status.restarts == 2, "a crash of the log, and the disk"


# --- what is asked ---


async def test_only_what_is_wanted_is_written_and_a_withdrawal_always(tmp_path):
    events = [made(1), made(2, language="de"), canceled(1), canceled(2, language="de")]
    await export(tmp_path, map(record, events), match=parse(["language=en"]))
    assert [(event["id"], event["status"]) for event in published(tmp_path)] == [
        (article_id(1), "canceled"),
        (article_id(2), "canceled"),
    ]


async def test_what_was_withdrawn_is_taken_out_of_files_that_were_published_before(tmp_path):
    secret = "A line that must not be kept."
    kind = folder(tmp_path, JSONL)
    log = news_log([record(made(1, body=secret)), record(made(2))], service=f"export.{kind.id}")
    await finish(lambda: task_of(kind, log))
    assert secret in "".join(path.read_text() for path in tmp_path.rglob("*.jsonl"))
    log.feed(record(canceled(1)))
    await finish(lambda: task_of(kind, log))
    assert secret not in "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert sorted(ids(tmp_path)) == [article_id(1), article_id(2)]


async def test_a_withdrawal_finds_the_copies_of_every_day_and_leaves_other_partitions_alone(tmp_path):
    kind, topics = folder(tmp_path, JSONL), FakeTopics()
    twice = [record(made(0, day=3)), CRASH, record(made(0, day=12))]
    log = news_log(twice, service=f"export.{kind.id}", topics=topics)
    other = news_log([record(made(5, day=3))], service=f"export.{kind.id}", partition=1, topics=topics)
    await finish(lambda: task_of(kind, log))
    await finish(lambda: task_of(kind, other, partition=1))
    assert len(list(tmp_path.rglob("*.jsonl"))) == 3
    log.feed(record(made(0, day=7)), record(canceled(0, day=12)))
    await finish(lambda: task_of(kind, log))
    assert sorted((event["id"], event["status"]) for event in published(tmp_path)) == [
        (article_id(0), "canceled"),
        (article_id(5), "usable"),
    ]
    assert staged(tmp_path) == []


async def test_what_was_withdrawn_before_its_segment_was_published_is_nowhere(tmp_path):
    secret = "A line that must not be kept."
    await export(tmp_path, [record(made(1, body=secret)), record(made(2)), record(canceled(1))])
    assert secret not in "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert sorted(ids(tmp_path)) == [article_id(1), article_id(2)]
    assert staged(tmp_path) == []


async def test_an_event_that_cannot_be_read_is_a_dead_letter_and_the_next_one_comes_out(tmp_path):
    log, task = await export(tmp_path, [record(made(1)), record(b"{"), record(b""), record(made(2))])
    assert ids(tmp_path) == [article_id(1), article_id(2)]
    assert log.values("dead-letters") == [b"{", b""]
    assert task.status.dead_letters == 2


async def test_a_topic_full_of_what_is_no_event_does_not_fill_the_memory(tmp_path):
    kind = folder(tmp_path, JSONL, Limits(segment_seconds=600))
    log = news_log([record(b"%d" % n) for n in range(1000)], service=f"export.{kind.id}")
    task = task_of(kind, log)
    task._once = False
    running = asyncio.create_task(task.run())
    while task.status.dead_letters < 1000:
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(log.commits) == 5
    assert len(log.values("dead-letters")) == 1000


async def test_a_dead_letter_is_written_once_whatever_crashes(tmp_path):
    for point in POINTS:
        place = tmp_path / point
        log, _ = await export(place, [record(made(1)), record(b"{"), Fault(point, kills=True), Fault(point)])
        assert log.values("dead-letters") == [b"{"], point
        assert ids(place) == [article_id(1)], point


async def test_a_segment_waits_for_company_until_it_is_large_or_old(tmp_path):
    size = len(encoded(made(1)))
    kind = folder(tmp_path, JSONL, Limits(segment_bytes=3 * size - 10, segment_seconds=60))
    log = news_log([record(made(1)) for _ in range(3)], service=f"export.{kind.id}")
    output = kind.open(log.open(), 0)
    await output.fence()
    await output.add(deliveries(log, 0, 2))
    assert (output.full, output.patience_seconds) == (False, 60)
    await output.add(deliveries(log, 2, 3))
    assert output.full
    await output.close()
    assert staged(tmp_path) == []


# --- where it stands ---


async def test_it_goes_on_where_the_folder_stands_when_the_group_has_forgotten(tmp_path):
    kind = folder(tmp_path, JSONL)
    log = news_log([record(made(n)) for n in range(3)], service=f"export.{kind.id}")
    await finish(lambda: task_of(kind, log))
    log.topics.committed.clear()
    log.feed(record(made(3)))
    await finish(lambda: task_of(kind, log))
    assert ids(tmp_path) == [article_id(n) for n in range(4)]


async def test_partitions_share_a_folder_and_mind_only_their_own_files(tmp_path):
    kind, topics = folder(tmp_path, JSONL), FakeTopics()
    logs = [news_log([record(made(n))], service=f"export.{kind.id}", partition=n, topics=topics) for n in (0, 1)]
    waiting = kind.open(logs[0].open(), 0)
    await waiting.fence()
    await waiting.add(deliveries(logs[0], 0, 1))
    await finish(lambda: task_of(kind, logs[1], partition=1))
    await waiting.commit(1, [])
    assert sorted(ids(tmp_path)) == [article_id(0), article_id(1)]


async def test_events_that_are_no_longer_kept_are_not_passed_over_in_silence(tmp_path):
    kind = folder(tmp_path, JSONL)
    log = news_log([record(made(1))], service=f"export.{kind.id}", start=Committed(7))
    with pytest.raises(ConfigurationError, match="--accept-gap"):
        await finish(lambda: task_of(kind, log))
    await finish(lambda: task_of(kind, log, accept_gap=True))
    assert ids(tmp_path) == [article_id(1)]


def bring_back(older, tmp_path):
    """Put a copy of the folder in its place, as it is brought back from a backup."""
    shutil.rmtree(tmp_path / "out")
    shutil.copytree(older, tmp_path / "out")


@pytest.mark.parametrize("idle", [False, True])
async def test_a_folder_that_was_brought_back_from_a_backup_is_not_gone_on_with_in_silence(tmp_path, idle):
    place, older = tmp_path / "out", tmp_path / "older"
    kind = folder(place, JSONL)
    log = news_log([record(made(1))], service=f"export.{kind.id}")
    await finish(lambda: task_of(kind, log))
    shutil.copytree(place, older)
    log.feed(record(made(2)))
    await finish(lambda: task_of(kind, log))
    if idle:
        log.feed(record(made(3, language="de")))
        await finish(lambda: task_of(kind, log, match=parse(["language=en"])))
    bring_back(older, tmp_path)
    log.feed(record(made(4)))
    with pytest.raises(ConfigurationError, match=r"its files do not reach.*--accept-gap"):
        await finish(lambda: task_of(kind, log))
    await finish(lambda: task_of(kind, log, accept_gap=True))
    await finish(lambda: task_of(kind, log))
    assert ids(place) == [article_id(1), article_id(4)]


async def test_a_gap_that_was_accepted_stays_accepted_though_nothing_was_published_since(tmp_path):
    place, older = tmp_path / "out", tmp_path / "older"
    kind = folder(place, JSONL)
    shutil.copytree(place, older)
    log = news_log([record(made(1))], service=f"export.{kind.id}")
    await finish(lambda: task_of(kind, log))
    bring_back(older, tmp_path)
    log.feed(record(made(2, language="de")))
    with pytest.raises(ConfigurationError, match="--accept-gap"):
        await finish(lambda: task_of(kind, log))
    await finish(lambda: task_of(kind, log, accept_gap=True, match=parse(["language=en"])))
    await finish(lambda: task_of(kind, log))
    assert ids(place) == []


async def test_files_that_a_reader_has_taken_away_are_not_missed(tmp_path):
    kind = folder(tmp_path, JSONL)
    log = news_log([record(made(1))], service=f"export.{kind.id}")
    await finish(lambda: task_of(kind, log))
    shutil.rmtree(tmp_path / "day=2026-03-03")
    log.feed(record(made(2)))
    await finish(lambda: task_of(kind, log))
    assert ids(tmp_path) == [article_id(2)]


@pytest.mark.parametrize("note", ["", "0" * 32])
async def test_a_folder_whose_last_files_were_published_before_that_was_noted_goes_on(tmp_path, note):
    kind = folder(tmp_path, JSONL)
    log = news_log([record(made(1)), record(made(2))], service=f"export.{kind.id}", start=Committed(1, note=note))
    await finish(lambda: task_of(kind, log))
    log.feed(record(made(3)))
    await finish(lambda: task_of(kind, log))
    assert ids(tmp_path) == [article_id(2), article_id(3)]


def test_a_folder_keeps_its_id_and_its_format(tmp_path):
    one, other = folder(tmp_path, JSONL), folder(tmp_path, JSONL)
    assert one.id == other.id
    assert folder(tmp_path / "elsewhere", JSONL).id != one.id

    class Other(JsonLinesFormat):
        suffix = "other"

    with pytest.raises(ConfigurationError, match="a folder of its own"):
        folder(tmp_path, Other())
    (tmp_path / "_dateline" / "output.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="another folder"):
        folder(tmp_path, JSONL)


def test_a_place_that_is_no_folder_is_refused_with_its_name(tmp_path):
    place = tmp_path / "file"
    place.write_text("")
    with pytest.raises(ConfigurationError, match="file"):
        LocalFiles(place)
