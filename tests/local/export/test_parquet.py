"""Parquet files hold every field of every event, and foreign readers find whole files only."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import duckdb
import msgspec
import pyarrow.parquet as pq
import pytest
from pyarrow.fs import FileSelector, FileSystemHandler, LocalFileSystem, PyFileSystem, SubTreeFileSystem

from dateline.errors import ConfigurationError, Refused
from dateline.events import NewsEvent, decode
from dateline.export import arrow_files, parquet
from dateline.export.arrow_files import ArrowFiles, open_address
from dateline.export.output import Delivery
from dateline.export.parquet import COLUMNS, ParquetFormat
from dateline.export.segments import Limits
from fakes import CRASH, Fault
from following import Counter, MortalFiles, finish, folder, news_log, task_of
from made_events import article_id, canceled, encoded, made, record

PARQUET = ParquetFormat()


async def export(place, entries, *, files=None, **options):
    kind = folder(place, PARQUET, files=files)
    log = news_log(entries, service=f"export.{kind.id}")
    return log, await finish(lambda: task_of(kind, log, **options))


def found(place, query):
    with duckdb.connect() as connection:
        connection.execute("SET timezone = 'UTC'")
        return connection.execute(query.format(f"read_parquet('{place}/**/*.parquet', hive_partitioning = true)")).fetchall()


# --- columns ---


def test_every_field_of_an_event_is_a_column():
    assert COLUMNS.names == [field.encode_name for field in msgspec.structs.fields(NewsEvent)]
    assert str(COLUMNS.field("first_seen_at").type) == "timestamp[us, tz=UTC]"
    assert str(COLUMNS.field("feed").type) == "struct<id: string, url: string, title: string, labels: list<item: string>>"


async def test_duckdb_reads_what_was_written(tmp_path):
    events = [made(1), made(2, day=4, language=None), made(3, body="Zwölf 渡轮 \u2028 😀")]
    await export(tmp_path, map(record, events))
    assert found(tmp_path, "select count(*), count(distinct id), count(language) from {}") == [(3, 3, 2)]
    (row,) = found(
        tmp_path,
        f"select day, origin.evidence[1].text, feed.labels, story.role, first_seen_at, body from {{}} where id = '{article_id(3)}'",
    )
    assert row == (
        datetime(2026, 3, 3, tzinfo=UTC).date(),
        "This report was first published by Meridian Press.",
        ["coast", "english"],
        "first",
        datetime(2026, 3, 3, 7, 19, 42, 381000, tzinfo=UTC),
        "Zwölf 渡轮 \u2028 😀",
    )


async def test_a_row_says_what_the_event_says(tmp_path):
    await export(tmp_path, [record(made(1))])
    (file,) = tmp_path.rglob("*.parquet")
    (row,) = pq.ParquetFile(file).read().to_pylist()
    assert decode(msgspec.json.encode(row), NewsEvent) == decode(encoded(made(1)), NewsEvent)


async def test_row_groups_are_sized_by_bytes_and_compressed_with_zstd(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROW_GROUP_BYTES", 60_000)
    dice = random.Random(3)
    events = [made(n, body="".join(dice.choices("abcdefgh ", k=6000))) for n in range(40)]
    log = [entry for n, event in enumerate(events) for entry in ([record(event), CRASH] if n % 4 == 3 else [record(event)])]
    kind = folder(tmp_path, PARQUET, Limits(segment_seconds=60))
    fake = news_log(log, service=f"export.{kind.id}")
    output = kind.open(fake.open(), 0)
    await output.fence()
    for start in range(0, 40, 4):
        await output.add([Delivery(n, encoded(events[n]), decode(encoded(events[n]), NewsEvent)) for n in range(start, start + 4)])
    await output.commit(40, [])
    (file,) = tmp_path.rglob("*.parquet")
    metadata = pq.ParquetFile(file).metadata
    sizes = [metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)]
    assert metadata.num_rows == 40
    assert len(sizes) > 2
    assert max(sizes) < 90_000
    assert metadata.row_group(0).column(0).compression == "ZSTD"


# --- bad input ---


async def test_an_event_that_fits_no_column_is_the_only_dead_letter(tmp_path):
    twice = encoded(made(2)).replace(b'"revision":0', b'"revision":0,"revision":0')
    log, _ = await export(tmp_path, [record(made(1)), record(twice), record(made(3, day=4))])
    assert sorted(found(tmp_path, "select id from {}")) == [(article_id(1),), (article_id(3),)]
    (letter,) = log.topics.records("dead-letters")
    assert letter.value == twice
    assert dict(letter.headers)["__connect.errors.class.name"] == Refused.__name__.encode()


async def test_withdrawn_text_is_taken_out_of_published_files(tmp_path):
    kind = folder(tmp_path, PARQUET)
    log = news_log([record(made(1)), record(made(2))], service=f"export.{kind.id}")
    await finish(lambda: task_of(kind, log))
    log.feed(record(canceled(1)), record(made(3)))
    await finish(lambda: task_of(kind, log))
    assert sorted(found(tmp_path, "select id, status, body is null from {}")) == [
        (article_id(1), "canceled", True),
        (article_id(2), "usable", False),
        (article_id(3), "usable", False),
    ]


@pytest.mark.parametrize("far", [False, True])
async def test_a_withdrawal_finds_the_copies_of_every_day(tmp_path, store, far):
    kind = folder(tmp_path / "bucket/news", PARQUET, files=store if far else None)
    log = news_log([record(made(0, day=3)), record(made(1, day=3)), CRASH, record(made(0, day=12))], service=f"export.{kind.id}")
    await finish(lambda: task_of(kind, log))
    log.feed(record(canceled(0, day=12)))
    await finish(lambda: task_of(kind, log))
    assert sorted(found(tmp_path, "select id, status, body is null from {}")) == [
        (article_id(0), "canceled", True),
        (article_id(1), "usable", False),
    ]


async def test_what_is_staged_or_left_over_is_no_parquet_file(tmp_path):
    kind = folder(tmp_path, PARQUET, Limits(segment_seconds=60))
    log = news_log([record(made(1))], service=f"export.{kind.id}")
    output = kind.open(log.open(), 0)
    await output.fence()
    await output.add([Delivery(0, encoded(made(1)), decode(encoded(made(1)), NewsEvent))])
    output._sealed(1)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(left) == 2
    assert list(tmp_path.rglob("*.parquet")) == []


# --- other places than a folder ---


class WithoutRename(FileSystemHandler):
    """A file system like an object store: it can write, copy and delete, and rename nothing."""

    def __init__(self, place):
        self._inner = SubTreeFileSystem(str(place), LocalFileSystem())

    def move(self, src, dest):
        raise NotImplementedError("no renaming here")

    def get_type_name(self):
        return "store"

    def normalize_path(self, path):
        return path

    def get_file_info(self, paths):
        return self._inner.get_file_info(paths)

    def get_file_info_selector(self, selector):
        return self._inner.get_file_info(FileSelector(selector.base_dir, selector.allow_not_found, selector.recursive))

    def create_dir(self, path, recursive):
        self._inner.create_dir(path, recursive=recursive)

    def copy_file(self, src, dest):
        self._inner.copy_file(src, dest)

    def delete_file(self, path):
        self._inner.delete_file(path)

    def open_input_stream(self, path):
        return self._inner.open_input_stream(path)

    def open_output_stream(self, path, metadata):
        return self._inner.open_output_stream(path)

    def open_input_file(self, path):
        return self._inner.open_input_file(path)

    delete_dir = delete_dir_contents = delete_root_dir_contents = move
    open_append_stream = move


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_files, "MARKER_SETTLES_SECONDS", 0.0)
    (tmp_path / "bucket").mkdir()
    return ArrowFiles(PyFileSystem(WithoutRename(tmp_path)), "bucket/news")


def left_over(place):
    """What stands beside the published files."""
    ours = place / "_dateline"
    return sorted(str(path.relative_to(ours)) for path in ours.rglob("*") if path.is_file())


def some_events():
    return [record(made(1)), record(made(2, day=4)), Fault("after_commit", kills=True), record(canceled(2, day=4)), record(made(3))]


async def test_a_place_without_renaming_holds_each_event_once_too(store, tmp_path):
    await export(tmp_path, some_events(), files=store)
    assert found(tmp_path, "select count(*), count(distinct id) from {}") == [(3, 3)]
    assert left_over(tmp_path / "bucket/news") == ["output.json", "published/00000"]


async def test_killed_at_each_of_its_steps_there_it_loses_and_repeats_nothing(store, tmp_path):
    counter = Counter(writes=False)
    files = MortalFiles(ArrowFiles(LocalFileSystem(), str(tmp_path / "counted")), counter)
    await export(tmp_path / "counted", some_events(), files=files)
    for number in range(counter.count):
        place = tmp_path / str(number)
        mortal, log = Counter(kill_at=number, after=number % 2 == 0, writes=False), None

        def make_task(place=place, mortal=mortal):
            nonlocal log
            kind = folder(place, PARQUET, files=MortalFiles(ArrowFiles(LocalFileSystem(), str(place)), mortal))
            log = log or news_log(some_events(), service=f"export.{kind.id}")
            return task_of(kind, log)

        await finish(make_task)
        assert found(place, "select count(*), count(distinct id) from {}") == [(3, 3)], f"step {number}"
        assert left_over(place) == ["output.json", "published/00000"], f"step {number}"


def test_a_folder_may_be_an_address_and_a_wrong_one_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_files, "MARKER_SETTLES_SECONDS", 0.0)
    marker = json.dumps({"id": "a", "format": "parquet"}).encode()
    assert open_address(f"file://{tmp_path}/out").claim("_dateline/output.json", marker) == marker
    assert (tmp_path / "out/_dateline/output.json").read_bytes() == marker
    with pytest.raises(ConfigurationError, match="gopher"):
        open_address("gopher://harbour/out")
