"""The Chromium of the system, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "google-chrome")
ARGUMENTS = (
    # Nothing but this machine can be reached, by no proxy either.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-proxy-server",
)


def program() -> str:
    """Where the browser is."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found is not None, "Chromium is not installed: make test does it"
    return found


@asynccontextmanager
async def chromiums(count: int) -> AsyncIterator[list[Browser]]:
    """So many processes of the browser, each without a window."""
    async with async_playwright() as playwright, AsyncExitStack() as stack:
        browsers = []
        for _ in range(count):
            browser = await playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)
            stack.push_async_callback(browser.close)
            browsers.append(browser)
        yield browsers
