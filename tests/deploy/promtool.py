"""Prometheus's own checker, from the system's packages: nothing is installed and no service is started."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

# Ignored by git.
FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus" / "tools"
MISSING = (
    "promtool is missing: on Debian or Ubuntu it is fetched by apt-get into deploy/prometheus/tools, "
    "which needs apt-get, dpkg and their package lists (`apt-get update`); elsewhere install Prometheus"
)


def promtool() -> str:
    """Where promtool is; fetched once where it is not. The test fails with a sentence where that cannot be done."""
    unpacked = FOLDER / "usr" / "bin" / "promtool"
    if found := shutil.which("promtool"):
        return found
    if not unpacked.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["apt-get", "download", "prometheus"], cwd=FOLDER, check=True, capture_output=True, timeout=100)
            for package in FOLDER.glob("*.deb"):
                subprocess.run(["dpkg", "-x", package, FOLDER], check=True, capture_output=True, timeout=60)
                package.unlink()
        except (OSError, subprocess.SubprocessError) as error:
            raise pytest.fail.Exception(f"{MISSING} ({error})", pytrace=False) from None
    return str(unpacked)
