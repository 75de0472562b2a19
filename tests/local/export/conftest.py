"""Tasks on a log in memory start again at once."""

import pytest

from dateline.log import task


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting is measured on a real broker; here only its order matters."""
    monkeypatch.setattr(task, "FIRST_BACKOFF_SECONDS", 0.0)
    monkeypatch.setattr(task, "LAST_BACKOFF_SECONDS", 0.0)
