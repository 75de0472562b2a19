"""PostgreSQL as an output: rows and position in one transaction, so that the row of the position is the fence.

    1. fence: raise the epoch in the partition's row of `positions`, and read from it which offset comes next
    2. begin; lock that row, if epoch and offset are still ours (else another owner has it: Moved)
    3. lock the stories that are touched, in the order of their ids; write articles, origins, evidence and authors
    4. count those stories anew from the articles, which nobody else can be changing
    5. dead letters go to Kafka (once, or again after a crash)
    6. move the offset on, and commit

A process that stood still finds its epoch passed at 2 and writes nothing. One that stands still inside a transaction holds the lock: the
database ends its session after IDLE_SECONDS, or its successor does after FENCE_SECONDS. To the database nobody is idle who stands still
in the middle of a message, or after a round of psycopg's pipeline mode, which therefore is not used. Kafka holds no position of this
output.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import structlog

from dateline.errors import ConfigurationError, DatelineError, KafkaUnavailable, Moved, Refused, TransientError
from dateline.export.extras import needed
from dateline.export.output import OutputKind
from dateline.export.rows import Known, Tables, as_json, tables

with needed("postgres", "psycopg"):
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from dateline.export.output import Delivery
    from dateline.log.port import Output, PartitionLog

    Publish = Callable[[Sequence[Output]], Awaitable[None]]

logger = structlog.get_logger()

# gen_random_uuid without an extension.
SERVER_AT_LEAST = 130_000
# A session of ours never thinks for long inside a transaction; one that stands still must not hold its locks.
IDLE_SECONDS = 15
# How long a successor waits for the lock; past this it ends the session that holds it.
FENCE_SECONDS = IDLE_SECONDS + 5
# A batch takes some 50 ms; this is for locks that somebody else holds, an administrator's change of a table for instance.
STATEMENT_SECONDS = 60
CONNECT_SECONDS = 10
CLOSE_SECONDS = 2.0
# Two exporters that touch the same stories meet at most now and then; what goes on deadlocking is left to the task's backoff.
DEADLOCK_TRIES = 5
# An arbitrary number that all our migrations lock.
MIGRATION_LOCK = 0x646174656C696E65
SETTINGS = {
    "connect_timeout": str(CONNECT_SECONDS),
    "application_name": "dateline export",
    "keepalives_idle": "10",
    "tcp_user_timeout": "20000",
    "options": f"-c idle_in_transaction_session_timeout={IDLE_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s",
}

FENCE = """
    INSERT INTO dateline.positions AS p (topic, partition, epoch, owner) VALUES (%s, %s, 1, pg_backend_pid())
    ON CONFLICT (topic, partition) DO UPDATE SET epoch = p.epoch + 1, owner = excluded.owner RETURNING epoch, next_offset"""
END_OWNER = """
    SELECT pg_terminate_backend(a.pid, 1000) FROM pg_stat_activity a JOIN dateline.positions p ON p.owner = a.pid
    WHERE p.topic = %s AND p.partition = %s AND a.datname = current_database() AND a.usename = current_user
    AND a.application_name = current_setting('application_name') AND a.pid <> pg_backend_pid()"""
LOCK = """
    SELECT 1 FROM dateline.positions
    WHERE topic = %s AND partition = %s AND epoch = %s AND next_offset IS NOT DISTINCT FROM %s FOR UPDATE"""
KNOWN = "SELECT id::text, revision, status, story_id::text FROM dateline.articles WHERE id = ANY(%s::uuid[])"
NEW_STORIES = "INSERT INTO dateline.stories (id) SELECT unnest(%s::uuid[]) ON CONFLICT DO NOTHING"
LOCK_STORIES = "SELECT FROM dateline.stories WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE"
FORGET = (
    "DELETE FROM dateline.origins WHERE article_id = ANY(%s::uuid[])",
    "DELETE FROM dateline.authors WHERE article_id = ANY(%s::uuid[])",
)
DETAILS = "INSERT INTO dateline.{0} SELECT * FROM json_populate_recordset(NULL::dateline.{0}, %s::json)"
COUNT = """
    UPDATE dateline.stories s
    SET copies = counted.copies, earliest_published_at = counted.earliest, origin_id = origin.origin_id, origin_name = origin.name,
        origin_kind = origin.kind, origin_article_id = origin.article_id
    FROM unnest(%s::uuid[]) AS touched (id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS copies,
            min(published_at) FILTER (WHERE published_precision <> 'day' AND published_at <= first_seen_at) AS earliest
        FROM dateline.articles a WHERE a.story_id = touched.id AND a.status <> 'canceled'
    ) counted
    LEFT JOIN LATERAL (
        SELECT o.* FROM dateline.articles a JOIN dateline.origins o ON o.article_id = a.id AND o.number = 0
        WHERE a.story_id = touched.id AND a.attribution_status = 'attributed'
        ORDER BY o.confidence DESC, o.article_id LIMIT 1
    ) origin ON true
    WHERE s.id = touched.id"""
MOVE_ON = "UPDATE dateline.positions SET next_offset = %s WHERE topic = %s AND partition = %s"


class Rows:
    """One partition's place in a database."""

    patience_seconds = 0.0
    full = behind = False

    def __init__(self, conninfo: str, topic: str, partition: int, publish: Publish) -> None:
        self._conninfo, self._topic, self._partition, self._publish = conninfo, topic, partition, publish
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._epoch = 0
        self._position: int | None = None
        self._in_transaction = False

    async def fence(self) -> int | None:
        with translated():
            connection = self._connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
            await connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{FENCE_SECONDS}s",))
            try:
                row = await self._raised_epoch(connection)  # 1
            except psycopg.errors.LockNotAvailable:
                logger.warning("the session of a former owner is ended", partition=self._partition)
                await connection.execute(END_OWNER, (self._topic, self._partition))
                row = await self._raised_epoch(connection)
            await connection.execute("SET lock_timeout = 0")
        self._epoch, self._position = row or (0, None)
        return self._position

    async def _raised_epoch(self, connection: psycopg.AsyncConnection[Any]) -> Any:
        cursor = await connection.execute(FENCE, (self._topic, self._partition))
        return await cursor.fetchone()

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        with translated():
            await self._begin()
            await self._retried(deliveries)

    async def commit(self, position: int, letters: Sequence[Output]) -> None:
        if letters:
            try:
                await self._publish(letters)  # 5
            except KafkaUnavailable as error:
                raise TransientError(str(error)) from error
        with translated():
            await self._begin()
            await self._open.execute(MOVE_ON, (position, self._topic, self._partition))
            await self._open.execute("COMMIT")  # 6
        self._position, self._in_transaction = position, False

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await asyncio.wait_for(connection.close(), CLOSE_SECONDS)
            except (psycopg.Error, OSError, TimeoutError) as error:
                logger.debug("connection dropped", error=str(error))

    @property
    def _open(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None:
            raise AssertionError("fence comes first")
        return self._connection

    async def _begin(self) -> None:
        """Open a transaction that holds the lease, unless one is open."""
        if self._in_transaction:
            return
        await self._open.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        cursor = await self._open.execute(LOCK, (self._topic, self._partition, self._epoch, self._position))  # 2
        if await cursor.fetchone() is None:
            raise Moved("another exporter has taken the partition's row")
        self._in_transaction = True

    async def _retried(self, deliveries: Sequence[Delivery]) -> None:
        """Write events, again where we met another exporter in a deadlock; all or none of them."""
        for left in reversed(range(DEADLOCK_TRIES)):
            await self._open.execute("SAVEPOINT events")
            try:
                await self._write(deliveries)
            except psycopg.Error as error:
                if self._open.broken:
                    raise
                await self._open.execute("ROLLBACK TO SAVEPOINT events")
                if not left or not isinstance(error, psycopg.errors.DeadlockDetected):
                    raise
            else:
                await self._open.execute("RELEASE SAVEPOINT events")
                return

    async def _write(self, deliveries: Sequence[Delivery]) -> None:
        cursor = await self._open.execute(KNOWN, ([delivery.event.id for delivery in deliveries],))
        known = {article: Known(*rest) for article, *rest in await cursor.fetchall()}
        rows = tables([delivery.event for delivery in deliveries], known)
        if rows.articles:
            await self._write_tables(rows)

    async def _write_tables(self, rows: Tables) -> None:
        execute = self._open.execute
        await execute(NEW_STORIES, (rows.stories,))  # 3
        await execute(LOCK_STORIES, (rows.stories,))
        await execute(_upsert(tuple(rows.articles[0])), (as_json(rows.articles),))
        if rows.replaced:
            for statement in FORGET:
                await execute(statement, (rows.replaced,))
        for table, details in (("origins", rows.origins), ("evidence", rows.evidence), ("authors", rows.authors)):
            if details:
                await execute(DETAILS.format(table), (as_json(details),))
        await execute(COUNT, (rows.stories,))  # 4


@cache
def _upsert(columns: tuple[str, ...]) -> str:
    """Writes articles, each in place of what is there of it; columns are named, since one of the table's is made by the database."""
    names, fresh = ", ".join(columns), ", ".join(f"{name} = excluded.{name}" for name in columns)
    return (
        f"INSERT INTO dateline.articles ({names}) SELECT {names} "  # noqa: S608 - names of ours
        f"FROM json_populate_recordset(NULL::dateline.articles, %s::json) ON CONFLICT (id) DO UPDATE SET {fresh}"
    )


# --- what goes wrong ---

# Classes of SQLSTATE (PostgreSQL, appendix A). An event's fault: data, cardinality, integrity, check option, limits, raised by a trigger.
_REFUSED = ("22", "21", "23", "44", "54", "P0")
# Not allowed in; no such database; no such table, or not allowed to.
_WRONG = ("28", "3D", "3F", "42")


@contextmanager
def translated() -> Iterator[None]:
    """What the database says, as ours."""
    try:
        yield
    except DatelineError:
        raise
    except psycopg.Error as error:
        raise _ours(error) from error
    except OSError as error:
        raise TransientError(f"the database cannot be reached: {error.strerror or error}") from error


def _ours(error: psycopg.Error) -> DatelineError:
    """Whose fault it is. What is neither an event's nor the administrator's is waited for: nothing is set aside because a disk is full."""
    state = error.sqlstate or ""
    said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if state.startswith(_WRONG):
        return ConfigurationError(f"the database refuses: {said}")
    if state.startswith(_REFUSED) or (not state and isinstance(error, psycopg.DataError)):
        return Refused(f"the database takes no such row: {said}")
    return TransientError(f"the database: {said}")


# --- opening ---


def open_postgres(dsn: str, *, topic: str, publish: Publish) -> OutputKind:
    """A database as an output, its tables made or brought up to date.

    ConfigurationError where it is none of ours to write to, TransientError where it does not answer.
    """
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.Error as error:
        raise ConfigurationError(f"the address of the database cannot be read: {str(error).strip()}") from error
    options = " ".join(str(part) for part in (SETTINGS["options"], given.pop("options", None)) if part)
    wanted = SETTINGS | {name: str(value) for name, value in given.items() if value is not None} | {"options": options}
    conninfo = make_conninfo("", **wanted)
    with translated(), psycopg.connect(conninfo, autocommit=True) as connection:
        output = migrated(connection)
        name = f"postgres {connection.info.host}:{connection.info.port}/{connection.info.dbname}"

    def open_rows(_: PartitionLog, partition: int) -> Rows:
        return Rows(conninfo, topic, partition, publish)

    return OutputKind(output, name, open_rows)


def migrated(connection: psycopg.Connection[Any]) -> str:
    """Bring the tables up to date, once whoever else begins at the same time; the output's id."""
    version = connection.info.server_version
    if version < SERVER_AT_LEAST:
        raise ConfigurationError(f"PostgreSQL {SERVER_AT_LEAST // 10_000} or newer is needed; this is {version // 10_000}")
    if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
        raise ConfigurationError(f"the database holds {encoding} text, and articles are in every script: create one with ENCODING 'UTF8'")
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
        applied = _applied(connection)
        known = _migrations()
        if applied > len(known):
            raise ConfigurationError(f"the tables are those of a newer dateline (migration {applied}); this one knows {len(known)}")
        for number, statements in enumerate(known[applied:], start=applied + 1):
            connection.execute(statements)
            connection.execute("INSERT INTO dateline.migrations (number) VALUES (%s)", (number,))
            logger.info("tables brought up to date", migration=number)
        row = connection.execute("SELECT id::text FROM dateline.output").fetchone()
    return str(row[0]) if row else ""


def _applied(connection: psycopg.Connection[Any]) -> int:
    there = connection.execute("SELECT to_regclass('dateline.migrations') IS NOT NULL").fetchone()
    if not there or not there[0]:
        connection.execute("CREATE SCHEMA IF NOT EXISTS dateline")
        connection.execute("CREATE TABLE dateline.migrations (number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())")
        return 0
    row = connection.execute("SELECT coalesce(max(number), 0) FROM dateline.migrations").fetchone()
    return int(row[0]) if row else 0


def _migrations() -> list[bytes]:
    """The statements of each migration, in order; the first is number 1."""
    folder = resources.files("dateline.export") / "migrations"
    return [file.read_bytes() for file in sorted(folder.iterdir(), key=lambda file: file.name) if file.name.endswith(".sql")]
