"""Photographs the page of a running demo, light and dark, for the README: make screenshots."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

from tests.page.browser import NoBrowserError, chromium

FOLDER = Path(__file__).parents[2] / "deploy" / "screenshots"
VIEWPORT = {"width": 1200, "height": 1000}
# Until the charts have a few points; the demo's copied stories are among the latest events then.
WAIT_SECONDS = 55
PAGE = re.compile(rb"page: (http://\S+)")


async def main() -> int:
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dateline", "demo", "--ops-port", "0", stdout=asyncio.subprocess.PIPE, env=os.environ
    )
    try:
        address = await asyncio.wait_for(page_address(demo), 60)
        print(f"the demo runs at {address}; waiting {WAIT_SECONDS} s", file=sys.stderr)
        reading = asyncio.create_task(demo.stdout.read())
        await asyncio.sleep(WAIT_SECONDS)
        await photograph(address)
    except NoBrowserError as error:
        print(f"screenshots: {error}", file=sys.stderr)
        return 69
    finally:
        demo.send_signal(signal.SIGINT)
        await asyncio.wait_for(demo.wait(), 30)
    await reading
    return 0


async def page_address(demo) -> str:
    async for line in demo.stdout:
        if found := PAGE.search(line):
            return found[1].decode()
    raise SystemExit("the demo has ended without a page")


async def photograph(address: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    async with chromium() as browser:
        for scheme in ("light", "dark"):
            page = await browser.new_page(viewport=VIEWPORT, color_scheme=scheme)
            await page.goto(address)
            await page.check("#proved")
            await page.click("#events li.proved:visible summary >> nth=1")
            await page.wait_for_selector("#charts figure")
            await page.mouse.move(0, 0)
            await page.screenshot(path=FOLDER / f"page-{scheme}.png")
            print(FOLDER / f"page-{scheme}.png")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
