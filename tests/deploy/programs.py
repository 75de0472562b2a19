"""Programs that only these tests need, put into an ignored folder: Prometheus's own, and a Python that has Helm.

Promtool and prometheus are taken from PATH where they are there, else from Debian's package, which is unpacked and not installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / ".programs"
PROMETHEUS = FOLDER / "prometheus"
CHART = FOLDER / "chart"
MISSING = (
    "this test needs promtool and prometheus: put Prometheus 2.42 or newer on PATH,"
    " or on Debian 12 or newer run `apt-get update` and then this test again, which fetches the package (19 MB) and installs nothing"
)


def program(name: str) -> str:
    """The path of promtool or prometheus; the test fails with what is missing where it cannot be had."""
    found = shutil.which(name)
    if found is not None:
        return found
    unpacked = PROMETHEUS / "usr" / "bin" / name
    if not unpacked.exists():
        _fetch()
    if not unpacked.exists():
        pytest.fail(MISSING, pytrace=False)
    return str(unpacked)


def _fetch() -> None:
    """Unpack Debian's package. It appears under its name at once, so that one which was interrupted is fetched again."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        return
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix=".new-") as folder:
        # The user that apt fetches as, when it is called by root, may not write here.
        command = ["apt-get", "-o", "APT::Sandbox::User=root", "download", "prometheus"]
        fetched = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=100)
        packages = list(Path(folder).glob("*.deb"))
        if not packages:
            pytest.fail(f"{MISSING} ({fetched.stderr.strip()[-200:]})", pytrace=False)
        subprocess.run(["dpkg", "-x", packages[0].name, "unpacked"], cwd=folder, check=True, timeout=60)
        shutil.rmtree(PROMETHEUS, ignore_errors=True)
        (Path(folder) / "unpacked").rename(PROMETHEUS)


def chart_python() -> str:
    """A Python that has Helm and Kubernetes's schemas, by the lock file chart.lock; made once, and again where that changes."""
    python, lock, made_of = CHART / "bin" / "python", HERE / "chart.lock", CHART / "made-of.lock"
    if not made_of.exists() or made_of.read_bytes() != lock.read_bytes():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, CHART], check=True, timeout=60)
        install = [uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "--requirements", lock]
        done = subprocess.run(install, capture_output=True, text=True, check=False, timeout=110)
        if done.returncode:
            pytest.fail(f"this test needs the packages of tests/deploy/chart.lock (90 MB): {done.stderr.strip()[-300:]}", pytrace=False)
        shutil.copy(lock, made_of)
    return str(python)
