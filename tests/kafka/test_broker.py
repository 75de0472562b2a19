"""The broker that other tests stand on."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from broker import KAFKA, READY, Broker, free_ports

# Kills and removals take effect within milliseconds; a loaded machine may need more.
GONE_SECONDS = 20
# EX_UNAVAILABLE of sysexits.h.
PROGRAM_MISSING = 69


def is_ready(bootstrap: str, seconds: float = 1) -> bool:
    return subprocess.run([sys.executable, READY, bootstrap, str(seconds)], check=False).returncode == 0


def kafka(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([KAFKA, command], env=os.environ | environment, stderr=subprocess.PIPE, text=True, check=False, timeout=120)


def test_the_shared_broker_answers_requests(kafka_bootstrap: str) -> None:
    assert is_ready(kafka_bootstrap, seconds=10)


def test_an_open_port_that_answers_nothing_is_not_a_broker() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not is_ready(f"127.0.0.1:{silent.getsockname()[1]}")


def test_a_broker_comes_back_on_the_same_port_with_the_same_data(own_broker: Broker) -> None:
    identity = (own_broker.folder / "records" / "meta.properties").read_bytes()

    own_broker.stop()
    assert not is_ready(own_broker.bootstrap, seconds=0.3)
    own_broker.start()
    own_broker.kill()
    assert not is_ready(own_broker.bootstrap, seconds=0.3)
    own_broker.start()

    assert is_ready(own_broker.bootstrap)
    assert (own_broker.folder / "records" / "meta.properties").read_bytes() == identity


def test_a_broker_goes_with_its_folder_when_its_owner_is_killed() -> None:
    script = "import broker; b = broker.Broker(); b.start(); print(b.bootstrap, b.folder, flush=True); input()"
    owner = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        bootstrap, folder = owner.stdout.readline().split(maxsplit=1)
        assert is_ready(bootstrap)
        owner.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + GONE_SECONDS
    while Path(folder.strip()).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(folder.strip()).exists()
    assert not is_ready(bootstrap, seconds=0.3)


def test_starting_twice_starts_one_broker_and_stopping_twice_is_harmless(tmp_path: Path) -> None:
    port, controller_port = free_ports(2)
    place = {"KAFKA_DATA": str(tmp_path), "KAFKA_PORT": str(port), "KAFKA_CONTROLLER_PORT": str(controller_port)}
    try:
        first = kafka("start", **place)
        assert first.returncode == 0, first.stderr
        pid = (tmp_path / "kafka.pid").read_text()

        assert kafka("start", **place).returncode == 0
        assert (tmp_path / "kafka.pid").read_text() == pid
    finally:
        stopped = kafka("stop", **place)

    assert stopped.returncode == 0, stopped.stderr
    assert not is_ready(f"127.0.0.1:{port}", seconds=0.3)
    assert kafka("stop", **place).returncode == 0


def test_a_port_in_use_is_named_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = kafka("start", KAFKA_DATA=str(tmp_path), KAFKA_PORT=port)

    assert refused.returncode == 1
    assert f"Port {port} is in use" in refused.stderr
    assert not (tmp_path / "kafka.pid").exists()


def test_without_java_one_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    refused = kafka("jars", JAVA_HOME=str(tmp_path))

    assert refused.returncode == PROGRAM_MISSING
    assert refused.stderr.startswith("Kafka needs Java 17 or newer: on Debian `apt-get install")
    assert refused.stderr.count("\n") == 1
