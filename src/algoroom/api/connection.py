"""One accepted socket: what it has yet to be sent, what comes from it, and whether it lives.

A client that reads slowly slows nobody, and costs bounded memory.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

from starlette.types import Receive, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected

from algoroom.api.codes import CloseCode
from algoroom.api.wire import wire_of

# Frames are shared by all listeners, so this is what one of them can hold back, in characters
# or bytes.
MOST_WAITING = 8 * 1024 * 1024
FAR_BEHIND = 256 * 1024
MOST_FRAMES = 16

Frame = str | bytes | Callable[[], str]
"""A frame as it goes out, or what makes it when its turn comes."""

Step = Callable[[], None]


class Connection:
    """A socket after its handshake. Frames go out in the order in which they were given."""

    def __init__(self, websocket: WebSocket, idle_s: float) -> None:
        self.wire = wire_of(websocket)
        # The socket itself would keep all that belonged to its handshake.
        socket = websocket if self.wire is None else self.wire
        self._receive = cast(Receive, socket.receive)
        self._send = cast(Send, socket.send)
        self._idle_s = idle_s
        self._frames: deque[tuple[Frame, Step | None, Step | None]] = deque()
        self._waiting = 0
        self._latest: set[str] = set()
        self._close_with: tuple[CloseCode, str] | None = None
        self._is_abandoned = False
        self._is_cut = False
        self._ready = asyncio.Event()

    @property
    def is_behind(self) -> bool:
        """Whether so much waits that whole texts had better be skipped for later ones."""
        return bool(self._latest) or len(self._frames) > MOST_FRAMES or self._waiting > FAR_BEHIND

    def send(
        self,
        frame: str | bytes,
        sent: Step | None = None,
        going: Step | None = None,
    ) -> None:
        """Queue a frame; `going` is called just before it goes out, `sent` when it has."""
        if self._is_abandoned:
            return
        self._waiting += len(frame)
        self._frames.append((frame, sent, going))
        self._ready.set()
        if self._waiting > MOST_WAITING:
            self._abandon(CloseCode.TOO_SLOW, "too slow")

    def send_latest(self, key: str, make: Callable[[], str], sent: Step | None = None) -> None:
        """Queue a frame that is made when its turn comes, once for all that are due until then."""
        if self._is_abandoned or key in self._latest:
            return
        self._latest.add(key)

        def made() -> str:
            self._latest.discard(key)
            return make()

        self._frames.append((made, sent, None))
        self._ready.set()

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Close once everything queued before has gone out."""
        if self._close_with is None:
            self._close_with = (code, reason)
            self._ready.set()

    def cut(self, code: CloseCode, reason: str) -> None:
        """Close at once: nothing more is sent, and what has come and was not read never is."""
        self._is_cut = True
        self._abandon(code, reason)

    async def serve(self, receive: Callable[[str | bytes], None]) -> None:
        """Send what is queued and pass on what comes, until the connection ends."""
        try:
            async with asyncio.TaskGroup() as tasks:
                drain = tasks.create_task(self._drain())
                if self.wire is not None:
                    self.wire.keep_alive(self._idle_s)
                await self._read(receive)
                drain.cancel()
        except* Exception:
            self._abandon(CloseCode.INTERNAL_ERROR, "internal error")
            raise

    async def _read(self, receive: Callable[[str | bytes], None]) -> None:
        while (message := await self._receive())["type"] == "websocket.receive":
            text = message.get("text")
            if not self._is_cut:
                receive(text if text is not None else message["bytes"])
            # A client that has sent much at once takes turns with everybody else.
            await asyncio.sleep(0)

    async def _drain(self) -> None:
        try:
            while True:
                while self._frames:
                    frame, sent, going = self._frames.popleft()
                    if going is not None:
                        going()
                    if not callable(frame):
                        self._waiting -= len(frame)
                    made = frame() if callable(frame) else frame
                    part = "bytes" if isinstance(made, bytes) else "text"
                    await self._send({"type": "websocket.send", part: made})
                    if sent is not None:
                        sent()
                if self._close_with is not None:
                    code, reason = self._close_with
                    await self._send({"type": "websocket.close", "code": code, "reason": reason})
                    return
                self._ready.clear()
                await self._ready.wait()
        except (WebSocketDisconnect, ClientDisconnected):
            # The connection is lost; the reading side is told the same and ends this one's life.
            return

    def _abandon(self, code: CloseCode, reason: str) -> None:
        """Close without waiting for what is queued; nothing is queued any more."""
        self._is_abandoned = True
        self._frames.clear()
        self._waiting = 0
        if self.wire is not None:
            self.wire.close(code, reason)
        else:
            self.close(code, reason)
