"""Connections that say what no client says: bytes as they are, as many as one wants."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from collections.abc import AsyncIterator

from tests.serving import Server

WITHIN_S = 30


class Raw:
    """A connection to a server."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        """Send all of it, or as much as a server takes that closes the connection meanwhile."""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(WITHIN_S):
                await self._loop.sock_sendall(self._end, data)

    async def received(self, most: int = 65_536) -> bytes:
        """What comes next; nothing where the connection is closed."""
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._loop.sock_recv(self._end, most)
        except ConnectionError:
            return b""

    async def until(self, end: bytes) -> bytes:
        """All that comes up to this, or up to the end of the connection."""
        found = b""
        while end not in found and (piece := await self.received()):
            found += piece
        return found

    async def rest(self) -> bytes:
        """All that comes before the connection is closed."""
        found = b""
        while piece := await self.received():
            found += piece
        return found

    def close(self) -> None:
        self._end.close()


@contextlib.asynccontextmanager
async def raw(server: Server) -> AsyncIterator[Raw]:
    """One connection."""
    end = await _connect(server)
    try:
        yield Raw(end)
    finally:
        end.close()


@contextlib.asynccontextmanager
async def crowd(
    server: Server, size: int, *, saying: tuple[bytes, ...]
) -> AsyncIterator[list[Raw]]:
    """So many connections, each of which says one of these and no more."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = hard if hard != resource.RLIM_INFINITY else size + 1_024
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    ends: list[socket.socket] = []
    try:
        for number in range(size):
            end = await _connect(server)
            ends.append(end)
            await Raw(end).send(saying[number % len(saying)])
        yield [Raw(end) for end in ends]
    finally:
        for end in ends:
            end.close()


async def _connect(server: Server) -> socket.socket:
    end = socket.socket()
    end.setblocking(False)
    try:
        async with asyncio.timeout(WITHIN_S):
            await asyncio.get_running_loop().sock_connect(end, ("127.0.0.1", server.port))
    except BaseException:
        end.close()
        raise
    return end


def head(method: str, path: str, *lines: str) -> bytes:
    """The head of a request; the lines are headers."""
    text = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""])
    return text.encode("latin-1")
