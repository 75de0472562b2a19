"""The article this project began with, where it is there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labelled import NotHereError, data_at


@pytest.fixture(scope="session")
def beginning() -> tuple[str, dict[str, Any]]:
    """Its text and what is expected of it."""
    try:
        expected = data_at("seed", "expected.json")
    except NotHereError as error:
        pytest.skip(str(error))
    (file,) = expected.parent.glob("*.txt")
    return file.read_text(encoding="utf-8"), json.loads(expected.read_text(encoding="utf-8"))
