"""Chromium, as the system's packages bring it."""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager

from playwright.async_api import async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "the page is looked at with Chromium: put it on PATH; on Debian or Ubuntu `apt-get install chromium`"


class NoBrowserError(RuntimeError):
    """There is no Chromium on this machine."""


@asynccontextmanager
async def chromium():
    """A headless browser. NoBrowserError says what is missing."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise NoBrowserError(MISSING)
    # Its sandbox cannot be had by root, who runs tests in containers.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=options)
        try:
            yield browser
        finally:
            await browser.close()
