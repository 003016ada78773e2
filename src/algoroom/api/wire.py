"""The WebSocket protocol beneath the application: uvicorn's, with what ASGI has no words for.

ASGI tells an application nothing of pings and pongs, and makes a close wait behind a client that
does not read. Both matter here, so each connection's protocol object is offered to the application
in its scope, as the extension `algoroom.wire`. Under a server that does not offer it sockets work
too: the server's own keep-alive then ends connections that are dead.
"""

import asyncio
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

    _receive: Callable[[bytes], None] | None = None
    _resuming: asyncio.TimerHandle | None = None
    _looking: asyncio.TimerHandle | None = None

    def write(self, frames: bytes) -> int:
        """Send whole frames as they are, in turn with what is sent otherwise; returns how many
        bytes wait in this process for the client to read."""
        transport = self.transport
        if self.close_sent or self.disconnected or transport.is_closing():
            return 0
        transport.write(frames)
        return transport.get_write_buffer_size()

    def listen(self, receive: Callable[[bytes], None]) -> None:
        """Have binary messages passed on as they come, those included that came before."""
        self._receive = receive
        waiting = [self.queue.get_nowait() for _ in range(self.queue.qsize())]
        for message in waiting:
            data = message.get("bytes") if message["type"] == "websocket.receive" else None
            if data is not None:
                receive(data)
            else:
                self.queue.put_nowait(message)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def pause(self, seconds: float) -> None:
        """Read nothing for a time."""
        if self._is_open() and self._resuming is None:
            self.transport.pause_reading()
            self._resuming = self.loop.call_later(seconds, self._resume)

    def _resume(self) -> None:
        self._resuming = None
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def keep_alive(self, idle_s: float) -> None:
        """Ping a client that is silent for a third of a time, and give it up after the whole."""
        if not self._is_open():
            return
        silent_s = time.monotonic() - self.heard_at
        if silent_s >= idle_s:
            self.close(CloseCode.IDLE, "idle")
            return
        if silent_s >= idle_s / 3:
            self.ping(_unheard)
        pause_s = min(idle_s / 3, idle_s - silent_s)
        self._looking = self.loop.call_later(pause_s, self.keep_alive, idle_s)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

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

    def send_receive_event_to_app(self) -> None:
        if self._receive is None or self.curr_msg_data_type != "bytes":
            super().send_receive_event_to_app()
            return
        frames, self.frames = self.frames, []
        if not self.close_sent:
            self._receive(bytes(frames[0]) if len(frames) == 1 else b"".join(frames))

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


def _unheard() -> None:
    """A pong says no more than that the client is there."""
