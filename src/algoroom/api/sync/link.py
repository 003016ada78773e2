"""What a sync socket writes to and hears from: the wire itself where the server offers it.

What all listeners are sent is made into frames once, and written as it is to each of them. A
client that does not read what it is sent is closed before that costs more than a bounded buffer.
"""

from collections.abc import Callable

from starlette.websockets import WebSocket

from algoroom.api.codes import CloseCode
from algoroom.api.connection import Connection
from algoroom.api.shares import Share
from algoroom.api.sync.protocol import Batch
from algoroom.api.wire import MOST_UNREAD, wire_of

Receive = Callable[[bytes], None]


class Link:
    """One accepted socket for binary messages."""

    def __init__(self, websocket: WebSocket, idle_s: float, share: Share) -> None:
        self._idle_s = idle_s
        self._share = share
        self._wire = wire_of(websocket)
        self._connection = Connection(websocket, idle_s) if self._wire is None else None

    def write(self, batch: Batch) -> None:
        """Send messages, unless too much is unread already."""
        wire = self._wire
        if wire is None:
            assert self._connection is not None
            for message in batch.messages:
                self._connection.send(message)
            return
        unread = wire.write(batch.framed)
        # The first messages may be large; whoever reads on has read them when the next ones come.
        if unread > MOST_UNREAD and unread > MOST_UNREAD + len(batch.framed):
            wire.close(CloseCode.TOO_SLOW, CloseCode.TOO_SLOW.meaning)

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Close after what was written before."""
        reason = reason or code.meaning
        if self._wire is not None:
            self._wire.close(code, reason)
        elif self._connection is not None:
            self._connection.close(code, reason)

    def pause(self, seconds: float) -> None:
        """Read nothing for a time, so that the client has to slow down."""
        if self._wire is not None:
            self._wire.pause(seconds)

    def in_turn(self, step: Callable[[], None]) -> None:
        """Do something now, or after what waits for its turn."""
        if self._wire is not None:
            self._wire.in_turn(step)
        else:
            step()

    def defer(self, step: Callable[[], None]) -> bool:
        """Do something in the next turn, before all else that comes; whether that can be."""
        if self._wire is not None:
            self._wire.defer(step)
        return self._wire is not None

    async def serve(self, receive: Receive, largest: int) -> None:
        """Pass on the messages that come, which may have `largest` bytes at least, until the
        connection ends."""
        if self._wire is None:
            assert self._connection is not None
            await self._connection.serve(
                lambda message: receive(
                    message.encode(errors="replace") if isinstance(message, str) else message
                )
            )
            return
        self._wire.listen(receive, self._share, largest)
        self._wire.keep_alive(self._idle_s)
        while (await self._wire.receive())["type"] == "websocket.receive":
            self.close(CloseCode.BAD_MESSAGE, "Messages are binary")
