"""The WebSocket protocol beneath the application: uvicorn's, with what ASGI has no words for.

ASGI tells an application nothing of pings and pongs, and makes a close wait behind a client that
does not read. Both matter here, so each connection's protocol object is offered to the application
in its scope, as the extension `algoroom.wire`. Under a server that does not offer it sockets work
too: the server's own keep-alive then ends connections that are dead.
"""

import time
from collections.abc import Callable
from typing import Any, cast

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from algoroom.api.codes import CloseCode

EXTENSION = "algoroom.wire"

# How long a connection that is closed from here may take to read what is still buffered.
LINGER_S = 5.0


class Protocol(WebSocketsSansIOProtocol):
    """uvicorn's sans-IO protocol; see the module for what it adds."""

    heard_at = 0.0
    """When anything last came from the client, on the monotonic clock."""

    def ping(self, answered: Callable[[], None]) -> None:
        """Send a ping; `answered` is called when its pong has come. Pongs come in order."""
        if not self._is_open():
            return
        self._pings_sent += 1
        self._answers[self._pings_sent] = answered
        self.conn.send_ping(self._pings_sent.to_bytes(8, "big"))
        self.transport.write(b"".join(self.conn.data_to_send()))

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Close at once, however much the client has left unread."""
        if not self._is_open():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.resume_reading()
        self.close_timer = self.loop.call_later(LINGER_S, self.transport.abort)
        # A send that waits for the client to read will wait no more.
        self.disconnected = True
        self.writable.set()

    def handle_connect(self, event: Request) -> None:
        self.heard_at = time.monotonic()
        self._pings_sent = 0
        self._answers: dict[int, Callable[[], None]] = {}
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions = cast(dict[str, Any], self.scope["extensions"])
            extensions[EXTENSION] = self

    def data_received(self, data: bytes) -> None:
        self.heard_at = time.monotonic()
        super().data_received(data)

    def handle_pong(self, event: Frame) -> None:
        number = int.from_bytes(bytes(event.data)[:8], "big")
        # A pong answers all pings up to its own (RFC 6455, 5.5.3).
        for sent in [sent for sent in self._answers if sent <= number]:
            self._answers.pop(sent)()

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            # A refusal completes the handshake as well; without this it is logged as an error.
            self.handshake_complete = True

    def shutdown(self) -> None:
        if self.handshake_complete and self._is_open():
            self.close(CloseCode.GOING_AWAY)
        else:
            super().shutdown()

    def _is_open(self) -> bool:
        return (
            self.handshake_complete
            and not self.close_sent
            and not self.disconnected
            and not self.transport.is_closing()
        )
