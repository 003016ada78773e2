"""The WebSocket protocol beneath the application: uvicorn's, with what ASGI has no words for.

ASGI tells an application nothing of pings and pongs, and makes a close wait behind a client that
does not read. Both matter here, so each connection's protocol object is offered to the application
in its scope, as the extension `algoroom.wire`. Under a server that does not offer it sockets work
too: the server's own keep-alive then ends connections that are dead.

Binary messages in one piece are read here, all else is passed to the library frame by frame: its
parser takes several times as long as applying what the message says.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from starlette.websockets import WebSocket
from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

try:
    from websockets.speedups import apply_mask
except ImportError:  # no compiled one for this platform
    from websockets.utils import apply_mask

from algoroom.api.codes import CloseCode
from algoroom.api.lean import LeanProtocol
from algoroom.api.shares import LONGEST_TURN_S, Share
from algoroom.line import Line

EXTENSION = "algoroom.wire"

# How long a connection that is closed from here may take to read what is still buffered.
LINGER_S = 5.0

# What one client may leave unread before it costs too much, in bytes.
MOST_UNREAD = 4 * 2**20

# A message may come in many pieces, and be small even so.
MOST_PIECES = 1_024

# The head of a frame (RFC 6455, 5.2): one of a whole binary message, whose length may take more.
_WHOLE_BINARY: Final = 0x82
_MASKED, _IN_TWO_BYTES, _IN_EIGHT_BYTES = 0x80, 126, 127
_LEAST_HEAD, _MASK = 2, 4
_REQUEST_ENDS: Final = b"\r\n\r\n"


class Protocol(LeanProtocol):
    """uvicorn's sans-IO protocol; see the module for what it adds."""

    heard_at = 0.0
    """When anything last came from the client, or could not as nothing was read, on the monotonic
    clock."""

    _receive: Callable[[bytes], None] | None = None
    _share: Share | None = None
    _largest = 0
    """How many bytes a message may have."""
    _left_out = 0
    """How many bytes are still to come of a message that is larger."""
    _rest: bytes | None = None
    """The start of a frame that is not all here; None where the library reads all by itself."""
    _resuming: asyncio.TimerHandle | None = None
    _resumes_at = 0.0
    _turn_began = 0.0
    _passed_on_at = 0.0
    """When this turn began, or its latest message was passed on."""
    _looking: asyncio.TimerHandle | None = None
    _pings_sent = 0
    _taken = 0
    """How many messages the application has taken."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answers: dict[int, Callable[[], None]] = {}
        # Pongs, with how many messages came before them.
        self._pongs: Line[tuple[int, int]] = Line()
        self._held: Line[Callable[[], None]] = Line()

    def write(self, frames: bytes) -> int:
        """Send whole frames as they are, in turn with what is sent otherwise; returns how many
        bytes wait in this process for the client to read."""
        transport = self.transport
        if self.close_sent or self.disconnected or transport.is_closing():
            return 0
        transport.write(frames)
        return transport.get_write_buffer_size()

    def listen(self, receive: Callable[[bytes], None], share: Share, largest: int = 0) -> None:
        """Have binary messages passed on as they come, those included that came before, within
        their client's share of the time. They may have `largest` bytes, where that is more than
        others may have; a larger one closes the connection for good, because a client that comes
        back would send it again."""
        self._receive, self._share = receive, share
        self._largest = self.conn.max_message_size = max(largest, self.config.ws_max_size)
        self._begin_turn()
        waiting = [self.queue.get_nowait() for _ in range(self.queue.qsize())]
        for message in waiting:
            data = message.get("bytes") if message["type"] == "websocket.receive" else None
            if data is not None:
                self.in_turn(partial(self._pass_on, data))
            else:
                self.queue.put_nowait(message)
        if self.read_paused:
            self.read_paused = False
            if not self._is_paused:
                self.transport.resume_reading()

    def pause(self, seconds: float) -> None:
        """Read nothing for a time. What has come already, even the end of the connection, waits for
        its turn too. Of two pauses the longer one holds."""
        if self.close_sent:
            return
        resumes_at = time.monotonic() + seconds
        if self._resuming is not None:
            if resumes_at <= self._resumes_at:
                return
            self._resuming.cancel()
        elif not self.transport.is_closing():
            self.transport.pause_reading()
        self._resumes_at = resumes_at
        self._resuming = self.loop.call_later(seconds, self._resume)

    def _resume(self) -> None:
        self._resuming = None
        self.heard_at = self._begin_turn()
        self._rest_with_others(self.heard_at)
        while self._held and not self._is_paused:
            self._held.popleft()()
        if not self._is_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def _rest_with_others(self, now: float) -> None:
        """Read nothing while no socket of this client is to be read."""
        if self._share is not None and (rest_s := self._share.rest_s(now)) > 0:
            self.pause(rest_s)

    def _begin_turn(self) -> float:
        now = self._turn_began = self._passed_on_at = time.monotonic()
        return now

    @property
    def _is_paused(self) -> bool:
        return self._resuming is not None

    def in_turn(self, step: Callable[[], None]) -> None:
        """Do something now, or after what waits for its turn."""
        if self._is_paused:
            self._held.append(step)
        else:
            step()

    def _pass_on(self, message: bytes) -> None:
        if self.close_sent or self._receive is None:
            return
        self._receive(message)
        self._end_turn()

    def defer(self, step: Callable[[], None]) -> None:
        """Do something in the next turn, before all that came meanwhile."""
        self._held.appendleft(partial(self._go_on, step))
        self.pause(0)

    def _go_on(self, step: Callable[[], None]) -> None:
        if not self.close_sent:
            step()
            self._end_turn()

    def _end_turn(self) -> None:
        """See whether everybody else has a turn before the next message of this client."""
        began = self._passed_on_at
        now = self._passed_on_at = time.monotonic()
        if now - began > LONGEST_TURN_S and self._share is not None:
            self.pause(self._share.charge(now - began))
        elif now - self._turn_began > LONGEST_TURN_S:
            self.pause(0)

    def keep_alive(self, idle_s: float) -> None:
        """Ping a client that is silent for a third of a time, and give it up after the whole."""
        if not self._is_open():
            return
        if self._is_paused or self.read_paused:
            self.heard_at = time.monotonic()
        silent_s = time.monotonic() - self.heard_at
        if silent_s >= idle_s:
            if self.transport.get_write_buffer_size():
                # It may well be there: the ping is behind what it does not read.
                self.close(CloseCode.TOO_SLOW, CloseCode.TOO_SLOW.meaning)
            else:
                self.close(CloseCode.IDLE, "idle")
            return
        if silent_s >= idle_s / 3:
            self.ping(_unheard)
        pause_s = min(idle_s / 3, idle_s - silent_s)
        self._looking = self.loop.call_later(pause_s, self.keep_alive, idle_s)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._looking is not None:
            self._looking.cancel()
        self.in_turn(partial(super().connection_lost, exc))

    def ping(self, answered: Callable[[], None], *, with_next: bool = False) -> None:
        """Send a ping, now or in one piece `with_next` what is sent; `answered` is called when its
        pong has come. Pongs come in order."""
        if not self._is_open():
            return
        self._pings_sent += 1
        self._answers[self._pings_sent] = answered
        self.conn.send_ping(self._pings_sent.to_bytes(8, "big"))
        if not with_next:
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
        self._largest = self.config.ws_max_size
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions = cast(dict[str, Any], self.scope["extensions"])
            extensions[EXTENSION] = self

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._begin_turn()
        if self._rest is None:
            was_asked = self.handshake_initiated
            super().data_received(data)
            is_request = data.find(_REQUEST_ENDS) + len(_REQUEST_ENDS) == len(data)
            if is_request and self.handshake_initiated and not was_asked:
                self._rest = b""
            return
        self._rest_with_others(self.heard_at)
        if self._left_out:
            data, self._left_out = data[self._left_out :], max(0, self._left_out - len(data))
        if self._rest:
            data, self._rest = self._rest + data, b""
        at, size = 0, len(data)
        while size - at >= _LEAST_HEAD:
            start, end = _payload_at(data, at)
            is_short = end - start <= self._largest - (self.conn.current_size or 0)
            if start > size or (end > size and is_short):
                break
            if is_short and self._takes(data[at], data[at + 1]) and self._receive is not None:
                message = apply_mask(data[start:end], data[start - _MASK : start])
                if self._resuming is not None:
                    self._held.append(partial(self._pass_on, message))
                else:
                    self._pass_on(message)
            elif is_short or self._receive is None:
                super().data_received(data[at:end])
            else:
                self.close(CloseCode.TOO_LARGE, CloseCode.TOO_LARGE.meaning)
                self._left_out = max(0, end - size)
            at = end
        self._rest = data[at:]

    def _takes(self, first: int, second: int) -> bool:
        """Whether a frame of these first bytes is a message for who listens: binary, in one piece,
        masked, not compressed, and nothing is wrong with the connection."""
        return (
            first == _WHOLE_BINARY
            and second >= _MASKED
            and not self.close_sent
            and not self.disconnected
            and self.conn.current_size is None
            and self.conn.state is State.OPEN
        )

    def handle_ping(self) -> None:
        super().handle_ping()
        if self.transport.get_write_buffer_size() > MOST_UNREAD:
            # Whoever pings and reads no pongs would have them pile up here.
            self.close(CloseCode.TOO_SLOW, CloseCode.TOO_SLOW.meaning)

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= MOST_PIECES:
            self.frames = [b"".join(self.frames)]
        super().handle_cont(event)

    def handle_pong(self, event: Frame) -> None:
        number = int.from_bytes(bytes(event.data)[:8], "big")
        if any(sent <= number for sent in self._answers):
            self._pongs.append((self._taken + self.queue.qsize(), number))
            self._tell_pongs()

    def _tell_pongs(self) -> None:
        """Tell of pongs, each after the messages that came before it: the application takes those
        one at a time, and what it knows of a client has to be from when that wrote them."""
        while self._pongs and self._pongs[0][0] <= self._taken:
            _, number = self._pongs.popleft()
            # A pong answers all pings up to its own (RFC 6455, 5.5.3).
            for sent in [sent for sent in self._answers if sent <= number]:
                self._answers.pop(sent)()

    async def receive(self) -> ASGIReceiveEvent:
        self._tell_pongs()
        was_paused = self.read_paused
        message = await super().receive()
        if was_paused and not self.read_paused:
            self.heard_at = time.monotonic()
        self._taken += 1
        return message

    def send_receive_event_to_app(self) -> None:
        if self._receive is None or self.curr_msg_data_type != "bytes":
            super().send_receive_event_to_app()
            return
        frames, self.frames = self.frames, []
        message = bytes(frames[0]) if len(frames) == 1 else b"".join(frames)
        self.in_turn(partial(self._pass_on, message))

    def handle_close(self, event: Frame) -> None:
        self.in_turn(partial(super().handle_close, event))

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


def wire_of(websocket: WebSocket) -> Protocol | None:
    """The wire of a socket, where the server offers it."""
    return cast(Protocol | None, websocket.scope.get("extensions", {}).get(EXTENSION))


def _payload_at(data: bytes, at: int) -> tuple[int, int]:
    """Where the payload of a client's frame starts and ends, which may be behind the data's end.

    A start behind the end says only that the head is not all there.
    """
    short = data[at + 1] - _MASKED
    if 0 <= short < _IN_TWO_BYTES:  # nearly all are
        start = at + _LEAST_HEAD + _MASK
        return start, start + short
    length = data[at + 1] & ~_MASKED
    start = at + 2
    if length == _IN_TWO_BYTES:
        start += 2
        length = int.from_bytes(data[at + 2 : start], "big")
    elif length == _IN_EIGHT_BYTES:
        start += 8
        length = int.from_bytes(data[at + 2 : start], "big")
    if data[at + 1] >= _MASKED:
        start += _MASK
    return start, start + length


def _unheard() -> None:
    """A pong says no more than that the client is there."""
