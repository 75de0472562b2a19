"""A database holds each article once, its stories counted, whatever ends an exporter and whenever."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from dateline.errors import ConfigurationError, KafkaUnavailable, Moved, TransientError
from dateline.export import postgres
from dateline.export.match import parse
from dateline.export.postgres import open_postgres
from fakes import POINTS, FakeTopics, Fault, Killed
from following import deliveries, finish, news_log, task_of
from made_events import article_id, canceled, made, record

TOPIC = "t.news"


class Letters:
    """Where dead letters go."""

    def __init__(self):
        self.values, self.away = [], 0

    async def __call__(self, outputs):
        if self.away:
            self.away -= 1
            raise KafkaUnavailable("127.0.0.1:1")
        self.values += [output.value for output in outputs]


def opened(dsn, letters=None):
    return open_postgres(dsn, topic=TOPIC, publish=letters or Letters())


def log_of(entries, **options):
    return news_log(entries, service="export", **options)


async def export(dsn, entries, letters=None, **options):
    kind, log = opened(dsn, letters), log_of(entries)
    return log, await finish(lambda: task_of(kind, log, **options))


def found(dsn, query, *values):
    with psycopg.connect(dsn) as connection:
        return connection.execute(query, values).fetchall()


def counts(dsn):
    return found(dsn, "SELECT count(*), count(DISTINCT id), max(revision) FROM dateline.articles")


# --- what is there ---


async def test_an_event_is_rows_in_every_table(dsn):
    await export(dsn, [record(made(1))])
    assert found(
        dsn, "SELECT language, publisher_domain, relation, labels, story_role, images->0->>'credit', first_seen_at FROM dateline.articles"
    )[0][:6] == ("en", "harbour-lantern.example", "republication", ["coast", "english"], "first", "Joren Vale / Harbour Lantern")
    assert found(dsn, "SELECT number, origin_id, name, confidence FROM dateline.origins") == [
        (0, "demo-meridian-press", "Meridian Press", 0.95)
    ]
    assert found(dsn, "SELECT span_start, span_end, text FROM dateline.evidence") == [
        (386, 436, "This report was first published by Meridian Press.")
    ]
    assert found(dsn, "SELECT number, name, role FROM dateline.authors") == [(0, "Ida Ferrant", None)]
    assert found(dsn, "SELECT id::text, copies, origin_name, origin_article_id::text FROM dateline.stories") == [
        (article_id(1), 1, "Meridian Press", article_id(1))
    ]


async def test_articles_are_found_by_their_words_in_any_language(dsn):
    await export(dsn, [record(made(1)), record(made(2, headline="Fähre fährt wieder", summary=None, body=None))])
    assert found(dsn, "SELECT id::text FROM dateline.articles WHERE search @@ to_tsquery('simple', 'fähre')") == [(article_id(2),)]


async def test_the_newest_text_of_an_article_counts_within_a_batch_and_between_batches(dsn):
    entries = [record(made(1)), record(made(1, revision=2, headline="Second")), Fault("read"), record(made(1, revision=1, headline="Late"))]
    await export(dsn, entries)
    assert found(dsn, "SELECT revision, headline FROM dateline.articles") == [(2, "Second")]
    await export_more(dsn, entries, record(made(1, revision=2, headline="Corrected", authors=[], origins=[], origin=None)))
    assert found(dsn, "SELECT revision, headline FROM dateline.articles") == [(2, "Corrected")]
    assert found(dsn, "SELECT (SELECT count(*) FROM dateline.authors), (SELECT count(*) FROM dateline.evidence)") == [(0, 0)]


async def export_more(dsn, before, *more):
    return await export(dsn, [entry for entry in before if not isinstance(entry, Fault)] + list(more))


async def test_a_withdrawal_takes_text_and_people_away_and_is_final(dsn):
    entries = [record(made(1)), Fault("read"), record(canceled(1)), Fault("read"), record(made(1, revision=9))]
    await export(dsn, entries)
    assert found(dsn, "SELECT id::text, status, headline, summary, body, url IS NOT NULL FROM dateline.articles") == [
        (article_id(1), "canceled", None, None, None, True)
    ]
    for table in ("origins", "evidence", "authors"):
        assert found(dsn, f"SELECT count(*) FROM dateline.{table}") == [(0,)], table
    assert found(dsn, "SELECT copies, origin_name FROM dateline.stories") == [(0, None)]


async def test_stories_are_counted_from_the_articles_that_are_there(dsn):
    entries = [record(made(n, story=1)) for n in (1, 2, 3)] + [Fault("read"), record(made(3, story=3, revision=1)), record(canceled(2))]
    await export(dsn, entries)
    assert dict(found(dsn, "SELECT id::text, copies FROM dateline.stories")) == {article_id(1): 1, article_id(3): 1, article_id(2): 0}


async def test_the_earliest_date_of_a_story_is_an_exact_one(dsn):
    dated = {"2026-03-02T10:00:00Z": "minute", "2026-03-01T00:00:00Z": "day"}
    events = [made(n, story=0, published_at=at, published_precision=precision) for n, (at, precision) in enumerate(dated.items())]
    await export(dsn, map(record, [*events, made(7, story=0, published_at=None, published_precision=None)]))
    assert found(dsn, "SELECT copies, (earliest_published_at AT TIME ZONE 'UTC')::text FROM dateline.stories") == [
        (3, "2026-03-02 10:00:00")
    ]


async def test_only_what_is_wanted_is_written(dsn):
    await export(dsn, [record(made(1)), record(made(2, language="de"))], match=parse(["language=de"]))
    assert found(dsn, "SELECT id::text FROM dateline.articles") == [(article_id(2),)]


# --- deaths and faults ---


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kills", [False, True])
async def test_a_fault_of_the_log_loses_and_repeats_nothing(dsn, point, kills):
    await export(dsn, [record(made(1)), Fault(point, kills=kills), record(made(2)), record(made(3, story=2))])
    assert counts(dsn) == [(3, 3, 0)]


class Steps:
    """Ends the process, or the connection, before or after one statement of a run."""

    def __init__(self, monkeypatch):
        self.count, self.at, self.after, self.what = 0, -1, False, Killed
        execute = psycopg.AsyncConnection.execute

        async def step(connection, statement, *arguments, **options):
            number, self.count = self.count, self.count + 1
            if number == self.at and not self.after:
                await self.strike(connection)
            cursor = await execute(connection, statement, *arguments, **options)
            if number == self.at:
                await self.strike(connection)
            return cursor

        monkeypatch.setattr(psycopg.AsyncConnection, "execute", step)

    async def strike(self, connection):
        # The connection goes, as with a process that was killed: the server ends the session and rolls back.
        await connection.close()
        if self.what is Killed:
            raise Killed


FIRST, SECOND = [made(1), made(2, story=1)], [made(3, story=1), canceled(2), made(1, revision=1)]
SOME = [*map(record, FIRST), Fault("read"), *map(record, SECOND)]
WANTED = [(article_id(1), 1, "usable"), (article_id(2), 0, "canceled"), (article_id(3), 0, "usable")]


@pytest.mark.parametrize("what", [Killed, None], ids=["killed", "cut off"])
@pytest.mark.parametrize("after", [False, True])
async def test_struck_at_each_of_its_statements_it_loses_and_repeats_nothing(dsn, monkeypatch, what, after):
    steps = Steps(monkeypatch)
    await export(dsn, SOME)
    total = steps.count
    assert total > 20
    for number in range(total):
        with psycopg.connect(dsn) as connection:
            connection.execute("DROP SCHEMA dateline CASCADE")
        steps.count, steps.at, steps.after, steps.what = 0, number, after, what
        await export(dsn, SOME)
        assert found(dsn, "SELECT id::text, revision, status FROM dateline.articles ORDER BY id") == WANTED, number
        assert dict(found(dsn, "SELECT id::text, copies FROM dateline.stories"))[article_id(1)] == 2, number


async def test_a_database_that_goes_away_is_waited_for(own_server):
    dsn = own_server.create_database()
    kind, log = opened(dsn), log_of([record(made(1))])
    await finish(lambda: task_of(kind, log))
    own_server.stop()
    log.feed(record(made(2)))
    task = task_of(kind, log)
    running = asyncio.create_task(task.run())
    while task.status.restarts < 3:
        await asyncio.sleep(0.02)
    own_server.start()
    await asyncio.wait_for(task.finished.wait(), 20)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert counts(dsn) == [(2, 2, 0)]


def test_a_database_that_does_not_answer_is_named_and_the_password_is_not():
    with pytest.raises(TransientError, match="refused") as caught:
        opened("postgresql://dateline:tarn-ferry@127.0.0.1:9/news")
    assert "tarn-ferry" not in str(caught.value)


@pytest.mark.parametrize("state", ["53100", "53200", "57P03", "25006", "55P03", "58030", "XX000"])
def test_a_full_disk_and_a_server_in_trouble_are_waited_for(state):
    error = psycopg.errors.lookup(state)("could not extend file")
    assert isinstance(postgres._ours(error), TransientError)


async def test_a_disk_that_is_full_for_a_while_makes_it_wait_and_then_go_on(dsn):
    kind, log = opened(dsn), log_of([record(made(1)), record(made(2))])
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE disk_full; END $$")
        connection.execute("CREATE TRIGGER full_disk BEFORE INSERT ON dateline.articles FOR EACH ROW EXECUTE FUNCTION full_disk()")
        task = task_of(kind, log)
        running = asyncio.create_task(task.run())
        while task.status.restarts < 2:
            await asyncio.sleep(0.02)
        assert counts(dsn) == [(0, 0, None)]
        connection.execute("DROP TRIGGER full_disk ON dateline.articles")
    await asyncio.wait_for(task.finished.wait(), 20)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert counts(dsn) == [(2, 2, 0)]


# --- bad input ---


async def test_an_event_that_the_database_refuses_is_the_only_dead_letter(dsn):
    letters = Letters()
    opened(dsn)
    with psycopg.connect(dsn) as connection:
        connection.execute("ALTER TABLE dateline.articles ADD CHECK (headline <> 'Guilty')")
    guilty = record(made(2, headline="Guilty"))
    _, task = await export(dsn, [record(made(1)), guilty, record(b"{"), record(made(3))], letters)
    assert sorted(letters.values) == sorted([guilty.value, b"{"])
    assert counts(dsn) == [(2, 2, 0)]
    assert (task.status.records, task.status.dead_letters) == (2, 2)


async def test_while_dead_letters_cannot_be_written_nothing_passes(dsn):
    letters = Letters()
    letters.away = 3
    _, task = await export(dsn, [record(made(1)), record(b"{"), record(made(2))], letters)
    assert (letters.values, task.status.restarts) == ([b"{"], 3)
    assert counts(dsn) == [(2, 2, 0)]


async def test_texts_of_every_kind_fit(dsn):
    dice = random.Random(5)
    letters = Letters()
    hostile = [
        made(1, headline="a\0b", keywords=["\0"], body="\0" * 9),
        made(2, body="😀" * 200_000),
        made(3, body=" ".join(chr(dice.randrange(0x4E00, 0x9FFF)) for _ in range(250_000))),
        made(4, body=" ".join("".join(dice.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=3)) for _ in range(200_000))),
        made(5, headline="' \" \\ $$ {} % \u2028 \\u0000"),
        made(6, published_at="0001-01-01T00:00:00Z", updated_at="9999-12-31T23:59:59.999999Z", body="x" * 800_000),
        made(7, publisher=None, distributor={"id": None, "name": "n" * 9000}, authors=[{"name": "a" * 9000, "role": None}]),
    ]
    await export(dsn, map(record, hostile), letters)
    assert letters.values == []
    assert counts(dsn) == [(7, 7, 0)]
    rows = dict(found(dsn, "SELECT id::text, headline FROM dateline.articles"))
    assert rows[article_id(1)] == "a\ufffdb"
    assert rows[article_id(5)] == hostile[4]["headline"]


# --- whose it is ---


async def test_of_two_writers_of_one_partition_one_is_fenced_and_nothing_is_twice(dsn):
    kind, log = opened(dsn), log_of([record(made(n)) for n in range(4)])
    one, other = kind.open(log.open(), 0), kind.open(log.open(), 0)
    await one.fence()
    await one.add(deliveries(log, 0, 2))
    taking = asyncio.create_task(other.fence())
    await asyncio.sleep(0.1)
    assert not taking.done(), "it waits for the transaction that is under way"
    await one.commit(2, [])
    assert await taking == 2
    with pytest.raises(Moved):
        await one.add(deliveries(log, 2, 4))
    with pytest.raises(Moved):
        await one.commit(4, [])
    await other.add(deliveries(log, 2, 4))
    await other.commit(4, [])
    await one.close()
    await other.close()
    assert counts(dsn) == [(4, 4, 0)]


async def test_writers_that_race_for_a_partition_write_each_event_once(dsn):
    kind, log = opened(dsn), log_of([record(made(n, story=n % 3)) for n in range(300)])
    outcomes = {"fenced": 0, "committed": 0}

    async def race(dice):
        while True:
            output = kind.open(log.open(), 0)
            try:
                position = await output.fence() or 0
                while position < 300:
                    end = min(300, position + dice.randrange(1, 20))
                    await output.add(deliveries(log, position, end))
                    await asyncio.sleep(dice.random() / 50)
                    await output.commit(end, [])
                    outcomes["committed"] += 1
                    position = end
            except Moved:
                outcomes["fenced"] += 1
                await asyncio.sleep(dice.random() / 10)
            else:
                return
            finally:
                await output.close()

    await asyncio.wait_for(asyncio.gather(*[race(random.Random(seed)) for seed in range(3)]), 60)
    assert outcomes["fenced"] > 0
    assert counts(dsn) == [(300, 300, 0)]
    assert dict(found(dsn, "SELECT id::text, copies FROM dateline.stories")) == {article_id(n): 100 for n in range(3)}


ZOMBIE = """
import asyncio, sys
sys.path[:0] = {path!r}
from following import deliveries, news_log
from test_postgres_output import opened, log_of
from made_events import made, record

async def main():
    kind, log = opened({dsn!r}), log_of([record(made(n)) for n in range(4)])
    output = kind.open(log.open(), 0)
    await output.fence()
    if {inside}:
        await output.add(deliveries(log, 0, 2))
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        if not {inside}:
            await output.add(deliveries(log, 0, 2))
        await output.commit(2, [])
    except Exception as error:
        print(type(error).__name__, flush=True)
    else:
        print("written", flush=True)

asyncio.run(main())
"""


IDLE_SECONDS = 2


@pytest.mark.parametrize("inside", [False, True], ids=["between transactions", "inside one"])
async def test_a_stopped_process_that_wakes_after_its_successor_has_published_writes_nothing(dsn, inside):
    opened(dsn)
    folders = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    its_dsn = f"{dsn}?options=-c%20idle_in_transaction_session_timeout%3D{IDLE_SECONDS}s"
    script = ZOMBIE.format(path=folders, dsn=its_dsn, inside=inside)
    zombie = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert zombie.stdout.readline() == "ready\n"
        zombie.send_signal(signal.SIGSTOP)
        started = time.monotonic()
        await export(dsn, [record(made(n)) for n in range(4)])
        assert time.monotonic() - started < IDLE_SECONDS + 5
        before = found(dsn, "SELECT a.*, a.xmin FROM dateline.articles a ORDER BY id")
        zombie.send_signal(signal.SIGCONT)
        zombie.stdin.write("go on\n")
        zombie.stdin.flush()
        said = zombie.stdout.readline().strip()
        assert said == ("TransientError" if inside else "Moved")
        assert found(dsn, "SELECT a.*, a.xmin FROM dateline.articles a ORDER BY id") == before
        assert len(before) == 4
    finally:
        zombie.kill()
        zombie.communicate()


async def test_a_session_that_holds_the_row_and_is_not_idle_to_the_database_is_ended_by_the_successor(dsn, monkeypatch):
    monkeypatch.setattr(postgres, "FENCE_SECONDS", 1)
    kind, log = opened(f"{dsn}?options=-c%20idle_in_transaction_session_timeout%3D0"), log_of([record(made(n)) for n in range(4)])
    sleeper = kind.open(log.open(), 0)
    await sleeper.fence()
    await sleeper.add(deliveries(log, 0, 2))
    await asyncio.wait_for(export(dsn, [record(made(n)) for n in range(4)]), 10)
    with pytest.raises(TransientError):
        await sleeper.commit(2, [])
    await sleeper.close()
    assert counts(dsn) == [(4, 4, 0)]


async def test_partitions_that_share_stories_count_them_right_and_end_no_deadlock_in_a_loss(dsn):
    kind, topics, dice = opened(dsn), FakeTopics(), random.Random(2)
    numbers = list(range(400))
    logs = []
    for partition in range(4):
        mine = [n for n in numbers if n % 4 == partition]
        dice.shuffle(mine)
        entries = [entry for n in mine for entry in ([record(made(n, story=n % 7))] + ([Fault("read")] if n % 5 == 0 else []))]
        logs.append(log_of(entries, partition=partition, topics=topics))
    await asyncio.gather(*[finish(lambda log=log, part=part: task_of(kind, log, partition=part)) for part, log in enumerate(logs)])
    assert counts(dsn) == [(400, 400, 0)]
    stories = dict(found(dsn, "SELECT id::text, copies FROM dateline.stories"))
    assert stories == {article_id(story): sum(n % 7 == story for n in numbers) for story in range(7)}


# --- opening ---


def test_tables_are_made_once_and_the_id_stays(dsn):
    one = opened(dsn)
    assert opened(dsn).id == one.id
    assert found(dsn, "SELECT number FROM dateline.migrations") == [(1,)]


async def test_first_exporters_that_start_at_once_agree(dsn):
    kinds = await asyncio.gather(*[asyncio.to_thread(opened, dsn) for _ in range(5)])
    assert len({kind.id for kind in kinds}) == 1


async def test_two_databases_that_follow_one_topic_are_apart(server):
    staging, production = server.create_database(), server.create_database()
    log = log_of([record(made(1))])
    kinds = [opened(dsn) for dsn in (staging, production)]
    assert kinds[0].id != kinds[1].id
    for kind in kinds:
        await finish(lambda kind=kind: task_of(kind, log))
    assert counts(staging) == counts(production) == [(1, 1, 0)]


def test_tables_of_a_newer_version_are_left_alone(dsn):
    opened(dsn)
    with psycopg.connect(dsn) as connection:
        connection.execute("INSERT INTO dateline.migrations (number) VALUES (99)")
    with pytest.raises(ConfigurationError, match="newer dateline"):
        opened(dsn)


def test_a_database_that_is_not_ours_to_write_to_is_refused_with_what_is_wrong(server):
    with pytest.raises(TransientError, match='"nowhere" does not exist'):
        opened(server.dsn("nowhere"))
    with pytest.raises(ConfigurationError, match="address of the database"):
        opened("a database")
    with pytest.raises(ConfigurationError, match="UTF8"):
        opened(server.create_database("ENCODING 'SQL_ASCII' TEMPLATE template0"))


async def test_tables_that_go_away_end_it_with_the_reason(dsn):
    kind, log = opened(dsn), log_of([record(made(1))])
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP SCHEMA dateline CASCADE")
    with pytest.raises(ConfigurationError, match="positions"):
        await finish(lambda: task_of(kind, log))
