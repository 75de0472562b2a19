"""Libraries that only some outputs need, and how to get one that is missing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from dateline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def needed(extra: str, library: str) -> Iterator[None]:
    """Around an import: ConfigurationError says how the library is installed where it is missing."""
    try:
        yield
    except ImportError as error:
        missing = f"this output needs {library}, which is not installed: pip install 'dateline[{extra}]'"
        raise ConfigurationError(f"{missing} ({error})") from error
