"""A real PostgreSQL for the tests in this folder. Where there is none they fail with the sentence that says how to get it."""

from collections.abc import Iterator

import psycopg
import pytest

from dateline.log import task
from postgres_server import PostgresMissing, Server, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server that the whole run shares."""
    try:
        with running_server() as server:
            yield server
    except PostgresMissing as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server for one test alone, which may stop it."""
    try:
        with running_server() as server:
            yield server
    except PostgresMissing as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture
def dsn(server: Server) -> str:
    """The address of a database without our tables; to make a fresh one takes longer than most tests."""
    address = server.dsn("postgres")
    with psycopg.connect(address) as connection:
        connection.execute("DROP SCHEMA IF EXISTS dateline CASCADE")
    return address


@pytest.fixture(autouse=True)
def short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks start again soon."""
    monkeypatch.setattr(task, "FIRST_BACKOFF_SECONDS", 0.0)
    monkeypatch.setattr(task, "LAST_BACKOFF_SECONDS", 0.1)
