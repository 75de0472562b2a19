"""Settings that cannot work are refused before anything runs, by the name of their variable and without a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dateline.cli import run
from dateline.errors import ConfigurationError
from dateline.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

MIN, MAX = "DATELINE_POLLER__MIN_INTERVAL_SECONDS", "DATELINE_POLLER__MAX_INTERVAL_SECONDS"
CAFILE = "DATELINE_KAFKA__SSL_CAFILE"
PROTOCOL, USER, PASSWORD = "DATELINE_KAFKA__SECURITY_PROTOCOL", "DATELINE_KAFKA__SASL_USERNAME", "DATELINE_KAFKA__SASL_PASSWORD"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def refused(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    return str(caught.value)


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, USER),
        ({USER: "news"}, PASSWORD),
        ({PASSWORD: "hush-hush"}, USER),
        ({USER: "", PASSWORD: "hush-hush"}, USER),
        ({USER: "news", PASSWORD: ""}, PASSWORD),
    ],
)
def test_who_logs_in_names_a_user_and_a_password(
    monkeypatch: pytest.MonkeyPatch, protocol: str, given: dict[str, str], missing: str
) -> None:
    said = refused(monkeypatch, {PROTOCOL: protocol} | given)
    assert said.startswith(f"{missing}: ")
    assert protocol in said
    assert "hush-hush" not in said


def test_who_does_not_log_in_needs_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROTOCOL, "SSL")
    assert load_settings().kafka.sasl_username is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATELINE_KAFKA__BOOTSTRAP", "a:99999"),
        ("DATELINE_KAFKA__BOOTSTRAP", "a:0"),
        ("DATELINE_KAFKA__BOOTSTRAP", "a:9092,[::1]:65536"),
        ("DATELINE_POLLER__REQUESTS_PER_SECOND", "inf"),
        ("DATELINE_POLLER__HOST_REQUESTS_PER_SECOND", "nan"),
        ("DATELINE_POLLER__CONTACT", "rédaction@gazette.example"),
        ("DATELINE_POLLER__CONTACT", "news@gazette.example\nX: y"),
        ("DATELINE_POLLER__PROXY", "foo"),
        ("DATELINE_POLLER__PROXY", "socks5://proxy.example:1080"),
        ("DATELINE_POLLER__PROXY", "http://"),
        ("DATELINE_POLLER__PROXY", "http://proxy.example:99999"),
        ("DATELINE_OPS__HOST", ""),
        ("DATELINE_OPS__HOST", "not a host"),
    ],
)
def test_what_cannot_work_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    assert refused(monkeypatch, {name: value}).startswith(f"{name}: ")


@pytest.mark.parametrize("broker", ["kafka", "kafka:9092", "[::1]:65535", "::1", "a:9092, b:9092"])
def test_brokers_may_be_written_as_before(monkeypatch: pytest.MonkeyPatch, broker: str) -> None:
    monkeypatch.setenv("DATELINE_KAFKA__BOOTSTRAP", broker)
    assert load_settings().kafka.bootstrap == broker


def test_the_password_of_a_proxy_that_is_none_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hush-hush" not in refused(monkeypatch, {"DATELINE_POLLER__PROXY": "ftp://news:hush-hush@proxy.example"})


@pytest.mark.parametrize("proxy", ["http://proxy.example", "https://news:hush-hush@proxy.example:3128/", "http://[::1]:3128/path"])
def test_a_proxy_may_have_a_user_a_port_and_a_path(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("DATELINE_POLLER__PROXY", proxy)
    assert load_settings().poller.proxy is not None


@pytest.mark.parametrize("given", [{MIN: "100000"}, {MIN: "600", MAX: "599"}])
def test_the_shortest_interval_is_no_longer_than_the_longest(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    said = refused(monkeypatch, given)
    assert MIN in said
    assert MAX in said


def test_equal_intervals_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIN, "600")
    monkeypatch.setenv(MAX, "600")
    assert load_settings().poller.max_interval_seconds == 600


def test_a_folder_of_secrets_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "DATELINE_SECRETS_DIR" in refused(monkeypatch, {"DATELINE_SECRETS_DIR": str(tmp_path / "none")})


@pytest.mark.parametrize("name", [CAFILE, "DATELINE_KAFKA__SSL_CERTFILE", "DATELINE_KAFKA__SSL_KEYFILE"])
@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_check_looks_for_the_files_that_settings_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, protocol: str
) -> None:
    monkeypatch.setenv(PROTOCOL, protocol)
    monkeypatch.setenv(name, "/nope")
    assert run(["check", "--offline"]) == 78
    said = capsys.readouterr().out
    assert f"{name}: /nope" in said


def test_check_reads_certificates_where_they_are_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text("no certificate", encoding="ascii")
    monkeypatch.setenv(PROTOCOL, "SSL")
    monkeypatch.setenv(CAFILE, str(tmp_path / "ca.pem"))
    assert run(["check", "--offline"]) == 78
    assert "DATELINE_KAFKA__SSL_*" in capsys.readouterr().out


def test_check_says_that_a_folder_of_secrets_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DATELINE_SECRETS_DIR", str(tmp_path / "none"))
    assert run(["check", "--offline"]) == 78
    assert "DATELINE_SECRETS_DIR" in capsys.readouterr().out


def test_a_longest_interval_below_the_shortest_that_nobody_has_set_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MAX, "10")
    assert load_settings().poller.max_interval_seconds == 10
