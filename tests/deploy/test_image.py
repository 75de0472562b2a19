"""Image and compose file, read by their validators and against what they speak of; no Docker engine is asked."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from dotenv import dotenv_values

from dateline import __version__
from dateline.cli import cli
from dateline.demo.newsroom import options
from dateline.demo.show import DEMO_POLLER
from dateline.settings import OpsSettings, load_settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
SERVICES = ("poller", "enricher", "sink")
# What a process may take to stop, by its own promise.
STOP_SECONDS = 15


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their arguments, each on one line."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines) if name]


def said(name: str) -> list[str]:
    """The arguments of every instruction of that name."""
    return [rest for instruction, rest in instructions() if instruction == name]


def last(name: str) -> str:
    """The arguments of the last one, which is that of the final stage."""
    return said(name)[-1]


def compose() -> dict:
    """The compose file, its anchors followed."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def ours() -> dict[str, dict]:
    """The containers of our image, by name."""
    return {name: service for name, service in compose()["services"].items() if "build" in service}


# ── what validators say ──────────────────────────────────────────────────────────────────────────────────────────────


def test_hadolint_has_nothing_to_say_about_the_dockerfile():
    done = subprocess.run([BIN / "hadolint", DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_compose_file_is_one_by_the_specification():
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


# ── the image ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_image_runs_as_a_numbered_user_who_is_not_root():
    user, _, group = last("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0


def test_the_image_asks_itself_by_commands_that_exist():
    check = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    assert check[:2] == ["dateline", "health"]
    assert_command(check[1:])
    assert json.loads(last("ENTRYPOINT")) == ["dateline"]
    assert_command(json.loads(last("CMD")))


def test_whatever_the_image_copies_is_let_in_and_nothing_else():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    copied = {source for rest in said("COPY") if not rest.startswith("--from") for source in rest.split()[:-1]}
    assert copied == {line[1:] for line in ignored if line.startswith("!")}


def test_versions_are_pinned_and_agree():
    assert len({image.split()[0] for image in said("FROM")}) == 1, "both stages stand on one Python"
    python = re.search(r"python:(\d+\.\d+)\.\d+-", said("FROM")[0])[1]
    agencies = dotenv_values(DEPLOY / "demo.env")["DATELINE_ENRICHER__AGENCIES"]
    assert f"/opt/dateline/lib/python{python}/site-packages/dateline/demo/agencies.yaml" == agencies
    (uv,) = re.findall(r"uv:([\d.]+) ", " ".join(said("COPY")))
    assert f"\nuv=={uv} \\\n" in (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    kafka = re.search(r"<kafka.version>([\d.]+)<", (DEPLOY / "kafka" / "pom.xml").read_text(encoding="utf-8"))[1]
    images = {name: service["image"] for name, service in compose()["services"].items()}
    assert images["kafka"] == f"apache/kafka:{kafka}"
    assert {images[name] for name in ours()} == {f"dateline:{__version__}"}
    assert [image for image in images.values() if not re.search(r":v?\d+\.\d+\.\d+$", image)] == []


@pytest.mark.long
def test_what_the_dockerfile_does_gives_a_dateline_that_runs(tmp_path):
    """Its RUN lines, done in a folder instead of an image."""
    build, opt = tmp_path / "build", tmp_path / "opt"
    build.mkdir()
    set_in_image = dict(word.split("=", 1) for word in shlex.split(said("ENV")[0]))
    environment = os.environ | set_in_image | {"VIRTUAL_ENV": str(opt), "PATH": f"{BIN}:{os.environ['PATH']}"}
    for instruction, rest in instructions()[1:]:
        match instruction:
            case "FROM":
                break
            case "COPY" if not rest.startswith("--from"):
                *sources, target = rest.split()
                for source in sources:
                    copy(ROOT / source, build / target)
            case "RUN":
                subprocess.run(rest.replace("/opt/dateline", str(opt)), shell=True, cwd=build, env=environment, check=True, timeout=100)
    dateline, outside = opt / "bin" / "dateline", {"PATH": "/usr/bin:/bin", "DATELINE_OPS__PORT": "1"}
    version = subprocess.run([dateline, "version"], capture_output=True, text=True, check=True, env=outside)
    assert version.stdout == f"dateline {__version__}\n"
    assert (opt / Path(dotenv_values(DEPLOY / "demo.env")["DATELINE_ENRICHER__AGENCIES"]).relative_to("/opt/dateline")).exists()
    check = [dateline, *json.loads(last("HEALTHCHECK").partition("CMD ")[2])[1:]]
    assert subprocess.run(check, capture_output=True, check=False, env=outside).returncode == 1, "nothing runs that could be live"


def copy(source, target):
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    else:
        shutil.copy(source, target)


# ── the compose file ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_container_of_ours_runs_read_only_without_rights_and_a_command_that_exists():
    assert set(ours()) == {*SERVICES, "topics", "newsroom", "newsroom-feeds"}
    for name, service in ours().items():
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        if "command" in service:
            assert_command(service["command"])
    python, flag, module, *arguments = ours()["newsroom"]["entrypoint"]
    assert (python, flag, module) == ("python", "-m", "dateline.demo.newsroom")
    assert options().parse_args(arguments).port == 8800


def test_the_services_wait_for_topics_and_topics_for_an_answer_of_the_broker():
    for name in SERVICES:
        assert ours()[name]["command"] == ["run", name]
        assert ours()[name]["depends_on"] == {"topics": {"condition": "service_completed_successfully"}}
    assert ours()["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert "kafka-broker-api-versions" in compose()["services"]["kafka"]["healthcheck"]["test"][1]


def test_whatever_runs_on_has_longer_to_stop_than_it_takes_and_is_started_again():
    running = {name: service for name, service in compose()["services"].items() if service.get("restart") == "unless-stopped"}
    assert set(running) == {*SERVICES, "kafka", "prometheus", "grafana", "newsroom"}
    for service in running.values():
        assert int(service["stop_grace_period"].removesuffix("s")) > STOP_SECONDS


def test_profiles_hold_what_not_everybody_wants():
    profiles = {name: service["profiles"] for name, service in compose()["services"].items() if "profiles" in service}
    assert profiles == {"prometheus": ["ops"], "grafana": ["ops"], "newsroom": ["demo"], "newsroom-feeds": ["demo"]}


def test_whatever_is_mounted_is_there():
    mounts = [mount for service in compose()["services"].values() for mount in service.get("volumes", ())]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith(".")]
    assert len(files) == 4
    assert [file for file in files if not (DEPLOY / file).exists()] == []
    assert {mount.split(":")[0] for mount in mounts if not mount.startswith(".")} == set(compose()["volumes"])


def test_ports_are_open_to_this_machine_only():
    ports = [port for service in compose()["services"].values() for port in service.get("ports", ())]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_prometheus_looks_where_the_services_answer_and_keeps_more_than_the_week_that_alerts_look_back():
    scrape = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"][0]
    (names,) = scrape["dns_sd_configs"]
    assert names["names"] == list(SERVICES)
    assert names["port"] == OpsSettings().port == int(last("EXPOSE"))
    (kept,) = re.findall(r"retention\.time=(\d+)d", " ".join(compose()["services"]["prometheus"]["command"]))
    assert int(kept) > 7


def test_the_settings_of_the_demo_are_those_of_make_demo(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name, value in dotenv_values(DEPLOY / "demo.env").items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    wanted = load_settings(poller=DEMO_POLLER)
    assert settings.poller == wanted.poller
    assert settings.kafka.topic_prefix == "demo"
    assert set(dotenv_values(DEPLOY / "demo.env")) == {
        *(f"DATELINE_POLLER__{name.upper()}" for name in DEMO_POLLER),
        *("DATELINE_KAFKA__TOPIC_PREFIX", "DATELINE_ENRICHER__AGENCIES"),
    }


def assert_command(words):
    """Click reads it as one of our commands, with its arguments."""
    context, command = click.Context(cli), cli
    while isinstance(command, click.Group):
        command = command.get_command(context, words[0])
        assert command is not None, words
        words = words[1:]
    command.make_context(command.name, list(words))
