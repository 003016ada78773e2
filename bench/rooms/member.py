"""A client with a document of its own on a real socket, as an editor in a browser is one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bench.rooms import wire
from bench.rooms.editor import Editor
from bench.rooms.plan import Address

LONGEST_FRAME_BYTES = 64 * 1024 * 1024
SILENCE_S = 60.0


class MemberLost(Exception):
    """The server closed the connection of somebody who should be in the room."""


class Member:
    """An editor that is in step with a room, and stays so."""

    def __init__(self, client: int, socket: ClientConnection, prefix: bytes) -> None:
        self.editor = Editor(client)
        self._socket = socket
        self._prefix = prefix
        self._news = asyncio.Condition()
        self._answers = 0
        self._ended: str | None = None
        # Asked for what the server lacks, one that holds edits back says nothing of them.
        self.holds_back = False

    async def send(self, update: bytes) -> None:
        await self._say(wire.update(update))

    async def synchronise(self) -> None:
        """Have all that the server has; what was sent before is there by then."""
        wanted = self._answers + 1
        await self._say(wire.step_1(self.editor.state))
        await self.until(lambda: self._answers >= wanted)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something that messages bring about.

        Raises TimeoutError when none come, and MemberLost when none can come any more.
        """
        async with self._news:
            while not true():
                if self._ended is not None:
                    raise MemberLost(self._ended)
                async with asyncio.timeout(SILENCE_S):
                    await self._news.wait()

    async def listen(self) -> None:
        """Take what comes, until the socket is closed."""
        try:
            async for message in self._socket:
                assert isinstance(message, bytes)
                await self._take(message.removeprefix(self._prefix))
        except ConnectionClosed:
            pass
        async with self._news:
            self._ended = f"closed: {self._socket.close_code} {self._socket.close_reason}"
            self._news.notify_all()

    async def _take(self, message: bytes) -> None:
        kind, at = wire.read_number(message)
        if kind not in (wire.SYNC, wire.SYNC_REPLY):
            return
        step, at = wire.read_number(message, at)
        length, at = wire.read_number(message, at)
        body = message[at : at + length]
        if step == wire.STEP_1:
            lacking = wire.NO_CHANGE if self.holds_back else self.editor.missing(body)
            await self._say(wire.step_2(lacking))
            return
        self.editor.receive(body)
        async with self._news:
            self._answers += step == wire.STEP_2
            self._news.notify_all()

    async def _say(self, message: bytes) -> None:
        await self._socket.send(self._prefix + message)


@asynccontextmanager
async def entered(client: int, address: Address, port: int) -> AsyncIterator[Member]:
    """A member of a room, in step with it."""
    async with connect(
        f"ws://127.0.0.1:{port}{address.path}",
        max_size=LONGEST_FRAME_BYTES,
        compression=None,
        ping_interval=None,
    ) as socket:
        member = Member(client, socket, address.prefix)
        if address.greeting:
            await socket.send(address.prefix + address.greeting)
        listening = asyncio.create_task(member.listen())
        try:
            await member.synchronise()
            yield member
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
