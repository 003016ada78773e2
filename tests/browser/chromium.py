"""The Chromium of the system, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from playwright.async_api import Browser, async_playwright

BROWSERS = ("chromium", "google-chrome")
# The shell is the same engine without what draws windows: a third less time. It freezes no page.
QUICKEST = ("chromium-headless-shell", *BROWSERS)
ARGUMENTS = (
    # Nothing but this machine can be reached, by no proxy either.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-proxy-server",
)


def program(names: Sequence[str] = BROWSERS) -> str:
    """Where the first of these browsers is that is installed."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    assert found is not None, "Chromium is not installed: make test does it"
    return found


@asynccontextmanager
async def chromiums(count: int, names: Sequence[str] = QUICKEST) -> AsyncIterator[list[Browser]]:
    """So many processes of the browser, each without a window."""
    async with async_playwright() as playwright, AsyncExitStack() as stack:
        browsers = []
        for _ in range(count):
            browser = await playwright.chromium.launch(
                executable_path=program(names), args=ARGUMENTS
            )
            stack.push_async_callback(browser.close)
            browsers.append(browser)
        yield browsers
