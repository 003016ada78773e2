"""A page that its browser can freeze, as it does when a lid is closed.

Playwright emulates the focus of its pages, and a page that has it is never frozen. So this one is
driven by the protocol of Chromium's developer tools alone.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from tests.browser.chromium import ARGUMENTS, program
from tests.browser.people import PATIENCE_MS, SHOWN

LISTENING = b"DevTools listening on "
EDITOR = """document.querySelector('[role=textbox][aria-label="Code"]')"""


class Sleeper:
    """Somebody whose page can be frozen."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = count(1)

    async def open(self, url: str, name: str) -> None:
        """Open the link of a room, and join under this name."""
        await self._call("Page.navigate", url=url)
        await self.until("document.querySelector('[role=dialog] input, form input')")
        await self._evaluate("document.querySelector('[role=dialog] input, form input').focus()")
        await self._call("Input.insertText", text=name)
        join = "[...document.querySelectorAll('button')].find((one) => one.textContent === 'Join')"
        await self._evaluate(f"{join}.click()")
        await self.until(f"document.querySelector('header [role=status]') && {EDITOR}")
        await self._evaluate(
            "document.addEventListener('freeze', () => { window.hasFrozen = true })"
        )

    async def type(self, text: str) -> None:
        """Write before everything else."""
        await self._evaluate(f"{EDITOR}.focus()")
        await self._call("Input.insertText", text=text)

    async def sees(self, text: str) -> None:
        """Wait until the editor shows just this."""
        await self.until(f"{EDITOR} && ({SHOWN.strip()})({EDITOR}) === {json.dumps(text)}")

    async def freeze(self) -> None:
        """Stop the page: no timer of it runs, and nothing that comes is read."""
        await self._call("Page.setWebLifecycleState", state="frozen")

    async def thaw(self) -> None:
        """Let the page go on, in front of somebody; it has to have been frozen."""
        await self._call("Page.setWebLifecycleState", state="active")
        await self._call("Page.bringToFront")
        assert await self._evaluate("window.hasFrozen") is True

    async def until(self, condition: str) -> None:
        look = f"const look = () => ({condition}) ? done(true) : setTimeout(look, 50)"
        async with asyncio.timeout(PATIENCE_MS / 1_000):
            await self._evaluate(f"new Promise((done) => {{ {look}; look() }})")

    async def _evaluate(self, expression: str) -> Any:
        result = await self._call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        call = {"id": number, "method": method, "params": params}
        await self._connection.send(json.dumps(call))
        async for message in self._connection:
            answer: dict[str, Any] = json.loads(message)
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
        raise ConnectionError("the browser is gone")


@asynccontextmanager
async def sleeper() -> AsyncIterator[Sleeper]:
    """A browser of its own, with one page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = await asyncio.create_subprocess_exec(
            program(),
            *ARGUMENTS,
            "--headless=new",
            "--no-sandbox",
            "--remote-debugging-port=0",
            f"--user-data-dir={folder}",
            stderr=PIPE,
        )
        assert browser.stderr is not None
        try:
            line = b""
            while not line.startswith(LISTENING):
                line = await browser.stderr.readline()
                assert line, "Chromium ended"
            address = line.removeprefix(LISTENING).decode().strip().split("/")[2]
            async with httpx2.AsyncClient() as http:
                page = (await http.put(f"http://{address}/json/new?about:blank")).json()
            url = page["webSocketDebuggerUrl"]
            async with connect(url, max_size=None, proxy=None) as connection:
                yield Sleeper(connection)
        finally:
            browser.terminate()
            await browser.communicate()
