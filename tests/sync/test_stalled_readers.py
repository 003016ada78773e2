"""One of ten does not read: it costs little memory, is closed, and the others get everything."""

import asyncio
import os
import socket as sockets
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.wire import client, code_of, eventually, interview_session, save
from tests.serving import Server
from tests.sync.peer import Peer

MIB = 2**20
WRITTEN = 15 * MIB
PIECE = 128 * 1024
MOST_KEPT = 10 * MIB
OTHERS = 9
ENDS_WITHIN_S = 60.0
# A close frame with code 1013.
TOO_SLOW = b"\x03\xf5"
SETTINGS = {
    # What is freed goes back to the system, so that memory in use is memory that is needed.
    "MALLOC_TRIM_THRESHOLD_": "65536",
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_ARENA_MAX": "1",
    "ALGOROOM_SOCKET_IDLE_SECONDS": "5",
}
KINDS = {
    "sync": "/ws/sync/{}?userId=stalled&name=Stalled",
    "interview": "/ws/sessions/{}?contract=interview",
    "events": "/ws/sessions/{}?contract=events",
}


def memory_of(server: Server) -> int:
    """What a server's process has in memory, in bytes."""
    pages = int(Path(f"/proc/{server.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Stalled:
    """A socket of any contract with a small receive buffer, from which nothing is read."""

    async def open(self, server: Server, path: str) -> None:
        raw = sockets.socket()
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
        raw.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(raw, ("127.0.0.1", server.port))
        request = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n"
        )
        await loop.sock_sendall(raw, request.encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await loop.sock_recv(raw, 1)
        assert head.startswith(b"HTTP/1.1 101"), head
        self._raw = raw

    async def join(self) -> None:
        """Say who it is, as a client of the Interview API."""
        said = b'{"type":"join","userId":"stalled","data":{"name":"Stalled"}}'
        frame = bytes((0x81, 0x80 | len(said))) + bytes(4) + said
        await asyncio.get_running_loop().sock_sendall(self._raw, frame)

    async def end(self, other: Peer) -> bytes:
        """Once another is told that it has left, read to the end: the last bytes that came."""
        await other.until(lambda: has_left(other.events), ENDS_WITHIN_S)
        self._raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, MIB)
        loop = asyncio.get_running_loop()
        last = b""
        try:
            async with asyncio.timeout(ENDS_WITHIN_S):
                while received := await loop.sock_recv(self._raw, MIB):
                    last = (last + received)[-256:]
        finally:
            self._raw.close()
        return last


def has_left(events: list[dict[str, Any]]) -> bool:
    """The writer says who it is, and on the Algoroom API's socket nobody can."""
    return {event["userId"] for event in events if event["type"] == "left"} > {"writer"}


async def write_much(server: Server, session: str, size: int) -> str:
    """Replace the text again and again, so that much is sent and the text stays small."""
    writer = Peer()
    async with writer.joined(server, session, userId="writer", name="Writer"):
        for number in range(size // PIECE):
            with writer.doc.transaction():
                del writer.text[0 : len(writer.text)]
                writer.text.insert(0, f"{number:03}" + "x" * (PIECE - 3))
            await writer.push()
            if number % 16 == 15:
                await writer.all_saved()
        await writer.all_saved()
        return str(writer.text)


@pytest.mark.parametrize("kind", KINDS)
async def test_one_of_ten_that_does_not_read_costs_little_and_the_others_get_everything(
    kind: str,
) -> None:
    async with Server(SETTINGS) as server, client(server) as http:
        session = await interview_session(http, language="python")
        await save(http, session, "")
        async with AsyncExitStack() as readers:
            others = [Peer() for _ in range(OTHERS)]
            for other in others:
                await readers.enter_async_context(other.joined(server, session))
            # What a server keeps for such work is there when it is measured.
            await write_much(server, session, WRITTEN)
            before = memory_of(server)
            stalled = Stalled()
            await stalled.open(server, KINDS[kind].format(session))
            if kind == "interview":
                await stalled.join()
            async with asyncio.TaskGroup() as tasks:
                end = tasks.create_task(stalled.end(others[0]))
                text = await write_much(server, session, WRITTEN)
                for other in others:
                    await shows(other, text)
            assert TOO_SLOW in end.result()

            async def is_small_again() -> bool:
                return memory_of(server) - before <= MOST_KEPT

            await eventually(is_small_again)
            assert await code_of(http, session) == text


async def shows(peer: Peer, text: str) -> None:
    await peer.until(lambda: str(peer.text) == text)
