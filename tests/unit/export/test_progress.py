"""What an exporter says of itself on a terminal, and what it says where a library is missing."""

from __future__ import annotations

import io

import pytest

from dateline.errors import ConfigurationError
from dateline.export.extras import needed
from dateline.export.progress import Progress, sentence, showing


def test_the_line_says_how_many_how_fast_and_how_old():
    assert sentence(Progress(1234, 0, 6, 1000.0, None), 56.4, 1004.2) == "1,234 events written · 56/s · 6 partitions · newest 4 s old"


def test_an_exporter_that_catches_up_shows_a_bar_and_how_many_are_to_read():
    said = sentence(Progress(30_000, 0, 6, 1000.0, None, passed=60_000, left=20_000), 12_000, 1004.2)
    assert said == f"{'█' * 18}{' ' * 6} 20,000 to read · 30,000 events written · 12,000/s · 6 partitions"
    nearly = Progress(30_000, 0, 6, 1000.0, None, passed=60_000, left=12)
    assert "█" not in sentence(nearly, 12_000, 1004.2), "the last batch is no catching up"


async def test_an_exporter_that_fails_says_how_many_events_it_has_written():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()

    async def fail():
        async with showing(lambda: Progress(1234, 2, 6, None, None), stream, alone=True):
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert stream.getvalue().endswith("1,234 events written, 2 dead letters\n")


def test_the_line_says_what_is_wrong():
    said = sentence(Progress(0, 2, 1, None, "the database: connection refused"), 0.0, 0.0)
    assert said.endswith("2 dead letters · waiting: the database: connection refused")


def test_a_missing_library_is_named_with_how_to_get_it():
    with pytest.raises(ConfigurationError, match=r"needs pyarrow.*pip install 'dateline\[parquet\]'"), needed("parquet", "pyarrow"):
        raise ImportError("No module named 'pyarrow'")
