"""Fetchers of one run share what they read of the system's certificates."""

import functools
from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> Iterator[None]:
    """Reading them takes longer than most of these tests, and none of them is about certificates."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx, "create_ssl_context", functools.cache(httpx.create_ssl_context))
        yield
