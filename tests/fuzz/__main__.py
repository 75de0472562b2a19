"""`python -m tests.fuzz [SECONDS] [FOLDER]`: look for bodies that break the parser; FOLDER holds real feeds to start from too."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from .search import keep, search

seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
folder = Path(sys.argv[2]) if len(sys.argv) > 2 else None
seed = time.time_ns()
report = search(seconds, seed, folder)
print(
    f"{report.bodies} bodies in {seconds:g} s, {report.read} of them read as feeds, {len(report.findings)} kinds of findings, seed {seed}"
)
for finding in report.findings:
    print(f"{finding.signature}: {len(finding.body)} bytes in {keep(finding)}")
sys.exit(bool(report.findings))
