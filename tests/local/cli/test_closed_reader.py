"""A command whose reader leaves early, as `head` does."""

from __future__ import annotations

import os
import subprocess
import sys

TEXT = "Storm gate held its first surge.\n\n" + "Many towns on the sound had no gate of their own until last year.\n\n" * 2000


def test_a_reader_who_leaves_is_no_failure(tmp_path) -> None:
    (tmp_path / "twin.txt").write_text(TEXT, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = f"{sys.executable} -m dateline explain twin.txt --full | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert done.stdout.splitlines() == ["Storm gate held its first surge.", "0"]
    assert done.stderr == ""
