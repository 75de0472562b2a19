"""A PostgreSQL server of one's own for tests, from the system's packages: on a free port, in a folder that goes away, by no superuser.

It ends with its owner, however that ends (on Linux).
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from secrets import randbelow
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING = "these tests need PostgreSQL 13 or newer: on Debian and Ubuntu `apt-get install postgresql`, on macOS `brew install postgresql`"
# Below every system's range for outgoing connections, as for the broker's.
PORTS = range(20_000, 32_000)
START_SECONDS = 30
PR_SET_PDEATHSIG = 1
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # A test's machine does not lose its power; what is tested is the death of processes.
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "log_min_messages": "warning",
    "deadlock_timeout": "100ms",
}


class PostgresMissing(Exception):
    """There is no PostgreSQL here; the message says how to get it."""


def programs() -> Path:
    """The folder of initdb and postgres, the newest there is. Raises PostgresMissing."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not versions:
        raise PostgresMissing(MISSING)
    return versions[-1].parent


def _somebody() -> str | None:
    """Whom to run as: PostgreSQL refuses to be run by root."""
    if os.getuid() != 0:
        return None
    return next(user.pw_name for user in pwd.getpwall() if user.pw_name in ("postgres", "nobody"))


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


class Server:
    """A server on a free port, down until `start`. `close` leaves nothing behind."""

    def __init__(self) -> None:
        self._programs, self._user = programs(), _somebody()
        self._folder = Path(tempfile.mkdtemp(prefix="dateline-postgres-"))
        if self._user:
            shutil.chown(self._folder, self._user)
        self.port = _free_port()
        self._process: subprocess.Popen | None = None
        self._run("initdb", "--auth=trust", "--username=dateline", "--encoding=UTF8", "--locale=C", "--no-sync", f"{self._folder}/data")

    def start(self) -> None:
        """Return when it answers. Harmless when it is up."""
        if self._process is None:
            options = [f"--{name}={value}" for name, value in OPTIONS.items()]
            with (self._folder / "log").open("ab") as log:
                self._process = subprocess.Popen(
                    [self._programs / "postgres", "-D", self._folder / "data", "-p", str(self.port), *options],
                    user=self._user,
                    stdout=log,
                    stderr=log,
                    cwd=self._folder,
                    preexec_fn=_end_with_parent,  # noqa: PLW1509 - it calls the system once and takes no lock
                )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.dsn("postgres")).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self._folder / "log").read_text()
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """End it at once, as a crash would (SIGQUIT), and keep its data."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End it and remove its data."""
        self.stop()
        shutil.rmtree(self._folder)

    @property
    def pid(self) -> int:
        """The server's process, whose children the sessions are."""
        assert self._process is not None
        return self._process.pid

    def dsn(self, database: str) -> str:
        return f"postgresql://dateline@127.0.0.1:{self.port}/{database}"

    def create_database(self, options: str = "") -> str:
        """The address of a fresh database."""
        name = f"t{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} {options}")
        return self.dsn(name)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments], user=self._user, capture_output=True, text=True, check=False, cwd=self._folder
        )
        assert done.returncode == 0, done.stderr


def _free_port() -> int:
    while True:
        port = PORTS[randbelow(len(PORTS))]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@contextmanager
def running_server() -> Iterator[Server]:
    """A server that answers, gone afterwards."""
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.close()
