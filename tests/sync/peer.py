"""A Yjs client of the sync socket, as small as it can be: a document, a socket, and events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from pycrdt import Doc, Map, Text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from algoroom.api.sync import protocol
from algoroom.api.sync.protocol import SUBPROTOCOL, Entry, Kind, Reader, Step
from tests.serving import Server

PATIENCE_S = 10.0


class Peer:
    """What `y-websocket` does. Its document outlives its connections."""

    def __init__(self, doc: Doc[Any] | None = None) -> None:
        self.doc: Doc[Any] = Doc() if doc is None else doc
        self.text: Text = self.doc.get("code", type=Text)
        self.record: Map[Any] = self.doc.get("session", type=Map)
        self.awareness: dict[int, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.output = b""
        self.sent = 0
        self.saved = 0
        self.acknowledged: list[int] = []
        self.closed: tuple[int, str] | None = None
        self._clock = 0
        self._made: list[bytes] = []
        self._connection: ClientConnection | None = None
        self._changed = asyncio.Event()
        self._remote = False
        self._subscription = self.doc.observe(self._note)

    def _note(self, event: Any) -> None:
        if not self._remote:
            self._made.append(event.update)

    @asynccontextmanager
    async def joined(
        self,
        server: Server,
        session: str,
        *,
        ours: bool = True,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> AsyncIterator[Peer]:
        """Connected, and in step with the server."""
        asked = "&".join(f"{key}={value}" for key, value in query.items())
        address = f"{server.socket_url}/ws/sync/{session}?{asked}"
        offered = [Subprotocol(SUBPROTOCOL)] if ours else None
        async with connect(
            address,
            subprotocols=offered,
            additional_headers=headers,
            proxy=None,
            max_size=None,
            close_timeout=1,
        ) as connection:
            self._connection = connection
            self.sent = self.saved = 0
            self.closed = None
            synced = asyncio.Event()
            reading = asyncio.create_task(self._read(connection, synced))
            with suppress(ConnectionClosed):  # who is refused reads why
                await connection.send(protocol.ask(self.doc.get_state()))
            self._made.clear()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    done = asyncio.create_task(synced.wait())
                    await asyncio.wait({done, reading}, return_when=asyncio.FIRST_COMPLETED)
                    done.cancel()
                yield self
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
                self._connection = None

    async def send(self, message: bytes | list[bytes]) -> None:
        """Send any bytes, in one piece or in several."""
        assert self._connection is not None
        await self._connection.send(message)

    async def push(self) -> None:
        """Send what was changed here since the last time."""
        for update in self.take():
            await self.send_update(update)

    def take(self) -> list[bytes]:
        """What was changed here since the last time, update by update."""
        made, self._made = self._made, []
        return made

    async def send_update(self, update: bytes) -> None:
        self.sent += 1
        await self.send(protocol.update(update))

    def abort(self) -> None:
        """Lose the connection."""
        assert self._connection is not None
        self._connection.transport.abort()

    async def write(self, offset: int, text: str) -> None:
        """Insert, at an offset in code points, and send."""
        self.text.insert(len(str(self.text)[:offset].encode()), text)
        await self.push()

    async def show(self, **fields: Any) -> None:
        """Tell the others where one is."""
        self._clock += 1
        entry = Entry(self.doc.client_id, self._clock, json.dumps(fields))
        await self.send(protocol.awareness([entry]))

    async def until(self, holds: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
        """Wait for the moment in which something holds. Raises `ConnectionError` where it does not
        and the connection is gone."""
        async with asyncio.timeout(within_s):
            while not holds():
                if self.closed is not None:
                    raise ConnectionError(f"closed with {self.closed}")
                self._changed.clear()
                await self._changed.wait()

    async def all_saved(self) -> None:
        await self.until(lambda: self.saved >= self.sent)

    async def _read(self, connection: ClientConnection, synced: asyncio.Event) -> None:
        try:
            async for message in connection:
                assert isinstance(message, bytes)
                await self._take(connection, message, synced)
                self._changed.set()
        except ConnectionClosed:
            pass
        assert connection.close_code is not None
        self.closed = connection.close_code, connection.close_reason or ""
        self._changed.set()

    async def _take(
        self, connection: ClientConnection, message: bytes, synced: asyncio.Event
    ) -> None:
        reader = Reader(message)
        match reader.number():
            case Kind.SYNC:
                step, block = reader.number(), reader.block()
                if step == Step.ASK:
                    self.sent += 1
                    await connection.send(protocol.answer(self.doc.get_update(block)))
                    return
                self._remote = True
                self.doc.apply_update(block)
                self._remote = False
                if step == Step.ANSWER:
                    synced.set()
            case Kind.AWARENESS:
                for entry in protocol.read_entries(reader.block()):
                    state = json.loads(entry.state)
                    if state is None:
                        self.awareness.pop(entry.client, None)
                    else:
                        self.awareness[entry.client] = state
            case Kind.SAVED:
                self.saved = reader.number()
                self.acknowledged.append(self.saved)
            case Kind.EVENT:
                self.events.append(json.loads(reader.text()))
            case Kind.OUTPUT:
                reader.text()
                reader.number()
                self.output += reader.block()
            case kind:
                raise AssertionError(f"a message of kind {kind}")
