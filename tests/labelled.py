"""Labelled data to measure on: real articles and feeds, which are their publishers' and therefore no part of this repository."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "DATELINE_TEST_DATA"
# Beside the checkout, where those who work on dateline keep it.
FOLDER = Path(os.environ.get(VARIABLE) or "../shared/data")
# As everywhere in make: something that is needed is not there.
NOT_HERE = 69


class NotHereError(Exception):
    """What is wanted of it is not there; the sentence says how to name it."""


def data_at(*parts: str) -> Path:
    """A file or folder of it; NotHereError where there is none."""
    path = FOLDER.joinpath(*parts)
    if not path.exists():
        raise NotHereError(f"{path} is not there: it is labelled data that is no part of this repository; {VARIABLE}=FOLDER names yours")
    return path


if __name__ == "__main__":
    # For make, which asks for feeds to measure on where there are any.
    path = FOLDER.joinpath(*sys.argv[1:])
    print(path if path.exists() else "")
