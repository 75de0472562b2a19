"""A variable that is no setting ends a command with 78, names the nearest one, and its value is not said, which may be a secret."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dateline.cli import run
from dateline.errors import ConfigurationError
from dateline.settings import PREFIX, SHORT_BOOTSTRAP, feed_secrets, load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.upper().startswith(PREFIX) or name == SHORT_BOOTSTRAP:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


MISTYPED = [
    ("DATELINE_KAFKA__SASL_PASWORD", "DATELINE_KAFKA__SASL_PASSWORD"),
    ("dateline_kafka__sasl_pasword", "DATELINE_KAFKA__SASL_PASSWORD"),
    ("DATELINE_POLER__REQUESTS_PER_SECOND", "DATELINE_POLLER__REQUESTS_PER_SECOND"),
    ("DATELINE_POLLER_REQUESTS_PER_SECOND", "DATELINE_POLLER__REQUESTS_PER_SECOND"),
    ("DATELINE_OPS_PORT", "DATELINE_OPS__PORT"),
    ("DATELINE_SECRET_DIR", "DATELINE_SECRETS_DIR"),
    ("DATELINE_FEED_SECRT_GAZETTE", "DATELINE_FEED_SECRET_"),
    ("DATELINE_KAFKA__SASL_PASSWORD__VALUE", "DATELINE_KAFKA__SASL_PASSWORD"),
]


@pytest.mark.parametrize(("mistyped", "meant"), MISTYPED)
def test_a_mistyped_variable_is_refused_with_the_name_that_was_meant_and_without_its_value(
    mistyped: str, meant: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(mistyped, "geheim")
    assert run(["config"]) == ConfigurationError.exit_code
    said = capsys.readouterr().err
    assert f"dateline: {mistyped.upper()}: " in said and f" {meant}" in said
    assert "geheim" not in said


@pytest.mark.parametrize(("mistyped", "meant"), MISTYPED)
def test_what_is_mistyped_in_a_file_is_refused_alike(mistyped: str, meant: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{mistyped}=geheim\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=meant) as refused:
        load_settings()
    assert "geheim" not in str(refused.value)
    (tmp_path / ".env").unlink()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / mistyped.lower()).write_text("geheim", encoding="utf-8")
    monkeypatch.setenv("DATELINE_SECRETS_DIR", str(tmp_path / "secrets"))
    with pytest.raises(ConfigurationError, match=meant) as refused:
        load_settings()
    assert "geheim" not in str(refused.value)


def test_a_name_like_no_other_is_refused_without_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_QX__JK", "geheim")
    with pytest.raises(ConfigurationError, match=r"DATELINE_QX__JK: .*OPERATIONS\.md"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATELINE_KAFKA", '{"sasl_password": ["geheim"]}'),
        ("DATELINE_KAFKA", '{"sasl_pasword": "geheim"}'),
        ("DATELINE_KAFKA", '"geheim"'),
        ("DATELINE_KAFKA", "geheim"),
        ("DATELINE_POLLER", '{"proxy": {"geheim": 1}}'),
    ],
)
def test_what_may_be_a_secret_is_not_said_where_it_is_wrong(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    assert "geheim" not in str(refused.value)


def test_what_is_no_secret_is_said_where_it_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_OPS__PORT", "many")
    with pytest.raises(ConfigurationError, match=r"DATELINE_OPS__PORT: .*\(got 'many'\)"):
        load_settings()


def test_variables_that_are_no_settings_and_have_a_meaning_are_let_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OTHER_PROGRAM=1\ndateline_ops__host=127.0.0.2\n", encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    for name, text in (("dateline_feed_secret_gazette", "geheim"), ("dateline_kafka__sasl_password", "tarn"), ("tls.crt", "x")):
        (tmp_path / "secrets" / name).write_text(text, encoding="utf-8")
    kept = {
        "DATELINE_SECRETS_DIR": str(tmp_path / "secrets"),
        "DATELINE_FEED_SECRET_OTHER": "other",
        "DATELINE_LOG": '{"level": "debug"}',
        "DATELINE_TEST_SEED": "folder",
        # What a compose file of one's own may be made of.
        "DATELINE_IMAGE": "registry.example/dateline",
        "DATELINE_VERSION": "0.1",
        "DATELINE_HOST": "news.example",
        "_DATELINE_COMPLETE": "bash_source",
        "KAFKA_BOOTSTRAP": "127.0.0.1:9093",
    }
    for name, value in kept.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.ops.host, settings.log.level, settings.kafka.bootstrap) == ("127.0.0.2", "debug", "127.0.0.1:9093")
    assert settings.kafka.sasl_password is not None
    assert feed_secrets() == {"GAZETTE": "geheim", "OTHER": "other"}


def test_what_kubernetes_puts_beside_a_service_called_dateline_is_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables."""
    for service in ("DATELINE", "DATELINE_OPS"):
        for name, value in (
            ("SERVICE_HOST", "10.0.0.11"),
            ("SERVICE_PORT", "8080"),
            ("SERVICE_PORT_OPS", "8080"),
            ("PORT", "tcp://10.0.0.11:8080"),
            ("PORT_8080_TCP", "tcp://10.0.0.11:8080"),
            ("PORT_8080_TCP_PROTO", "tcp"),
            ("PORT_8080_TCP_PORT", "8080"),
            ("PORT_8080_TCP_ADDR", "10.0.0.11"),
        ):
            monkeypatch.setenv(f"{service}_{name}", value)
    assert load_settings().ops.port == 8080
