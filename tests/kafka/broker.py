"""A real Kafka broker for one test run, which never outlives its owner.

The owner (pytest) holds a pipe to a guard, this file run as a script; the guard is the parent of the broker:

1. the owner starts the guard, in a session of its own, so that Ctrl-C reaches only the owner
2. the guard obeys orders of one byte: up, down, kill, end; it answers the first three with a line
3. at the end of input, or when its parent is no longer the owner, the guard kills the broker
4. and removes the broker's folder

The end of input comes however the owner ends, by kill -9 too. Standard library only.
"""

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from secrets import randbelow
from typing import NoReturn

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "kafka"
KAFKA, READY = DEPLOY / "kafka.sh", DEPLOY / "ready.py"

# Below every system's range for outgoing connections (Linux from 32768, macOS from 49152): a client that reconnects to
# a stopped broker's port inside that range can be given the very port as its own, meet itself, and keep the broker out.
PORTS = range(20_000, 32_000)
# Starting takes 2.5 s on two idle cores.
START_SECONDS = 60
# A clean stop takes 0.3 s.
STOP_SECONDS = 30
# How soon a broker that died by itself is reaped, so that those who wait for it see it gone.
TICK_SECONDS = 0.1


class Order(StrEnum):
    """What the owner asks of the guard; the end of input means END as well."""

    UP = "u"
    DOWN = "d"
    KILL = "k"
    END = "e"


class BrokerError(Exception):
    """The broker could not be started; the message says what to do."""


class Broker:
    """A broker on free ports with a folder of its own, down until `start`. `close` leaves nothing behind."""

    def __init__(self) -> None:
        """Start the guard. Raises `BrokerError` when Java or Maven is missing or the jars cannot be fetched."""
        fetch_jars()
        port, controller_port = free_ports(2)
        self.bootstrap = f"127.0.0.1:{port}"
        self.folder = Path(tempfile.mkdtemp(prefix="dateline-kafka-"))
        self._guard = subprocess.Popen(
            [sys.executable, "-I", __file__, str(self.folder), str(port), str(controller_port), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )

    def start(self) -> None:
        """Return when the broker answers requests, on the same ports and data as before. Harmless when it is up."""
        pid = self._order(Order.UP)
        waited = subprocess.run([sys.executable, "-I", READY, self.bootstrap, str(START_SECONDS), pid], check=False)
        if waited.returncode:
            tail = (self.folder / "kafka.log").read_text(errors="replace").splitlines()[-30:]
            raise BrokerError("\n".join(["Kafka did not start; its last lines:", *tail]))

    def stop(self) -> None:
        """Shut the broker down in order (SIGTERM) and keep its data. Harmless when it is down."""
        self._order(Order.DOWN)

    def kill(self) -> None:
        """End the broker with SIGKILL and keep its data. Harmless when it is down."""
        self._order(Order.KILL)

    def close(self) -> None:
        """End the broker and the guard, and remove the data."""
        assert self._guard.stdin is not None
        # Said aloud, because a forked child that is still there would hold the pipe open.
        self._guard.stdin.write(Order.END.encode())
        self._guard.communicate(timeout=STOP_SECONDS)

    def _order(self, order: str) -> str:
        assert self._guard.stdin is not None
        assert self._guard.stdout is not None
        self._guard.stdin.write(order.encode())
        return self._guard.stdout.readline().decode().strip()


def fetch_jars() -> None:
    """Make sure that the jars are there; `BrokerError` carries the sentence that kafka.sh gives."""
    fetched = subprocess.run([KAFKA, "jars"], stderr=subprocess.PIPE, text=True, check=False)
    if fetched.returncode:
        raise BrokerError(fetched.stderr.strip())


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on, held together while looking so that they differ."""
    held: list[socket.socket] = []
    try:
        while len(held) < count:
            probe = socket.socket()
            try:
                probe.bind(("127.0.0.1", PORTS[randbelow(len(PORTS))]))
            except OSError:
                probe.close()
                continue
            held.append(probe)
        return [probe.getsockname()[1] for probe in held]
    finally:
        for probe in held:
            probe.close()


# --- the guard ---


def guard(folder: Path, port: str, controller_port: str, owner: int) -> None:
    """Obey the owner until it is gone, then leave nothing behind."""
    environment = os.environ | {
        "KAFKA_DATA": str(folder),
        "KAFKA_PORT": port,
        "KAFKA_CONTROLLER_PORT": controller_port,
    }
    broker: subprocess.Popen[bytes] | None = None
    try:
        while True:
            match next_order(owner, broker):
                case Order.END:
                    return
                case Order.UP if broker is None or broker.poll() is not None:
                    broker = launch(folder, environment)
                case Order.DOWN:
                    end(broker, signal.SIGTERM)
                case Order.KILL:
                    end(broker, signal.SIGKILL)
            print(broker.pid if broker else "", flush=True)
    finally:
        end(broker, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def next_order(owner: int, broker: subprocess.Popen[bytes] | None) -> Order:
    """What to do next; END when the owner is gone.

    A child that the owner forked may hold the pipe open after the owner's death, so the parent is looked at as well.
    """
    while os.getppid() == owner:
        if broker is not None:
            broker.poll()
        if select.select([sys.stdin.fileno()], [], [], TICK_SECONDS)[0]:
            return Order(os.read(sys.stdin.fileno(), 1).decode() or Order.END)
    return Order.END


def launch(folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """The broker in a process group of its own; kafka.sh replaces itself by Java, so the pid is the broker's."""
    with (folder / "kafka.log").open("ab") as log:
        return subprocess.Popen([KAFKA, "run"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True)


def end(broker: subprocess.Popen[bytes] | None, how: signal.Signals) -> None:
    """Signal the broker's group and wait; SIGKILL when it does not end."""
    if broker is None or broker.poll() is not None:
        return
    os.killpg(broker.pid, how)
    try:
        broker.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(broker.pid, signal.SIGKILL)
        broker.wait()


def leave(*_: object) -> NoReturn:
    """Turn a signal into an exit that runs `finally`."""
    sys.exit(1)


if __name__ == "__main__":
    for stop_signal in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop_signal, leave)
    guard(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
