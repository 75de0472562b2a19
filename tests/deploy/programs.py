"""Prometheus's own programs: those on PATH, else Debian's, unpacked into an ignored folder and not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "programs"
MISSING = (
    "this test needs promtool and prometheus: put Prometheus 2.42 or newer on PATH,"
    " or on Debian 12 or newer run `apt-get update` and then this test again, which fetches the package (19 MB) and installs nothing"
)


def program(name: str) -> str:
    """The path of promtool or prometheus; the test fails with what is missing where it cannot be had."""
    found = shutil.which(name)
    if found is not None:
        return found
    unpacked = FOLDER / "usr" / "bin" / name
    if not unpacked.exists():
        _fetch()
    if not unpacked.exists():
        pytest.fail(MISSING, pytrace=False)
    return str(unpacked)


def _fetch() -> None:
    """Unpack Debian's package. It appears under its name at once, so that one which was interrupted is fetched again."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        return
    FOLDER.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent, prefix=".programs-") as folder:
        # The user that apt fetches as elsewhere may not write here.
        sandbox = f"APT::Sandbox::User={'root' if os.getuid() == 0 else ''}"
        fetched = subprocess.run(
            ["apt-get", "-o", sandbox, "download", "prometheus"], cwd=folder, capture_output=True, text=True, check=False, timeout=100
        )
        packages = list(Path(folder).glob("*.deb"))
        if not packages:
            pytest.fail(f"{MISSING} ({fetched.stderr.strip()[-200:]})", pytrace=False)
        subprocess.run(["dpkg", "-x", packages[0].name, "unpacked"], cwd=folder, check=True, timeout=60)
        shutil.rmtree(FOLDER, ignore_errors=True)
        (Path(folder) / "unpacked").rename(FOLDER)
