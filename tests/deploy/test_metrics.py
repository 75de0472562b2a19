"""Prometheus has nothing to say against our metrics."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from programs import program

SCRIPT = Path(__file__).parents[1] / "contract" / "rendered_metrics.py"


@pytest.mark.foreign
def test_promtool_finds_nothing_wrong_with_the_metrics_of_all_services():
    text = subprocess.run([sys.executable, SCRIPT], capture_output=True, check=True, timeout=60).stdout
    assert text.count(b"\n# TYPE dateline_") > 30
    judged = subprocess.run([program("promtool"), "check", "metrics"], input=text, capture_output=True, timeout=60, check=False)
    assert (judged.returncode, judged.stdout, judged.stderr) == (0, b"", b"")


@pytest.mark.foreign
def test_promtool_would_say_so():
    text = b"# TYPE dateline_wrong counter\ndateline_wrong 1\n"
    assert (
        subprocess.run([program("promtool"), "check", "metrics"], input=text, capture_output=True, timeout=60, check=False).returncode != 0
    )
