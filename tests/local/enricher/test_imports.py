"""What a process loads that only imports the enricher."""

from __future__ import annotations

import subprocess
import sys


def test_no_detector_is_loaded_by_importing_the_enricher() -> None:
    code = "import sys, dateline.enricher.enrich; print([name for name in ('eldc', 'pycld2', 'py3langid') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
