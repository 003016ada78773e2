"""The line between a browser and a server, which can be lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.serving import Server

BLOCK_BYTES = 65_536


class Line:
    """Passes TCP connections on to a server, as long as it is whole."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._port = 0
        self._is_cut = False
        self._whole = asyncio.Event()
        self._whole.set()
        self._calls: set[Call] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def cut(self) -> None:
        """End every connection, and refuse new ones, so that both sides know."""
        self._is_cut = True
        for call in self._calls:
            call.end()

    def lose(self) -> None:
        """Swallow what is said from now on, and say nothing of it to either side."""
        self._whole.clear()
        for call in self._calls:
            call.is_lost = True

    def mend(self) -> None:
        """Take new connections; those that were lost stay so."""
        self._is_cut = False
        self._whole.set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        call = Call(reader, writer)
        self._calls.add(call)
        try:
            await self._whole.wait()
            await call.pass_on(self._server.port)
        finally:
            call.end()
            self._calls.discard(call)

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[Line]:
        listening = await asyncio.start_server(self.take, "127.0.0.1", 0)
        self._port = listening.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listening.close()
            self.mend()
            self.cut()
            await listening.wait_closed()


class Call:
    """One connection through the line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.is_lost = False
        self._near = reader, writer
        self._writers = [writer]

    async def pass_on(self, port: int) -> None:
        with suppress(OSError):
            far = await asyncio.open_connection("127.0.0.1", port)
            self._writers.append(far[1])
            await asyncio.gather(
                self._pump(self._near[0], far[1]), self._pump(far[0], self._near[1])
            )

    def end(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(BLOCK_BYTES):
            if not self.is_lost:
                writer.write(block)
                await writer.drain()
        if not self.is_lost:
            # Either side's end ends both: no client here closes one half.
            self.end()
