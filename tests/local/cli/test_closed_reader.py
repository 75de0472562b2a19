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


def test_a_reader_who_was_never_there_and_outputs_that_take_nothing_leave_no_traceback(tmp_path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    dateline = f"{sys.executable} -m dateline"
    # The pause lets the reader go before the first byte; without it the test would hold all the same.
    command = (
        f"(sleep 0.1; {dateline} config; echo $? >&2) | true; {dateline} version > /dev/full; echo $?; {dateline} enrich <&- >&-; echo $?"
    )
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert done.stdout.splitlines() == ["1", "0"]
    assert done.stderr.splitlines() == ["0", "dateline: the output cannot be written: No space left on device"]
