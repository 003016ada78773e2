"""uvicorn's WebSocket protocol for many connections of which most do nothing.

What ASGI keeps for each of them to the end, the application's layers with their scopes and stacks,
is half of what a connection takes of memory, and nothing needs it once a socket is accepted: it can
be served when the application has returned. What the protocol has of its own is small here while it
is empty.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, cast

from uvicorn._types import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    WebSocketScope,
)
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from algoroom.line import Line

Visit = Callable[[], Awaitable[None]]
"""All that is done with a socket once it is accepted."""

# Of all connections that may be written to; one that may not has its own.
_WRITABLE: Final = asyncio.Event()
_WRITABLE.set()


class Inbox:
    """What has come for the application, as in a queue of asyncio, for one that takes it."""

    __slots__ = ("_messages", "_taker")

    def __init__(self) -> None:
        self._messages: Line[ASGIReceiveEvent] = Line()
        self._taker: asyncio.Future[None] | None = None

    def put_nowait(self, message: ASGIReceiveEvent) -> None:
        self._messages.append(message)
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)

    async def get(self) -> ASGIReceiveEvent:
        """The oldest, as soon as there is one."""
        while not self._messages:
            self._taker = asyncio.get_running_loop().create_future()
            try:
                await self._taker
            finally:
                self._taker = None
        return self._messages.popleft()

    def get_nowait(self) -> ASGIReceiveEvent:
        """The oldest of those that are there."""
        return self._messages.popleft()

    def qsize(self) -> int:
        return len(self._messages)

    def empty(self) -> bool:
        return not self._messages


class LeanProtocol(WebSocketsSansIOProtocol):
    """uvicorn's sans-IO protocol; see the module."""

    _visit: Visit | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue = cast("asyncio.Queue[ASGIReceiveEvent]", Inbox())
        self.writable = _WRITABLE

    def stay(self, visit: Visit) -> None:
        """Have an accepted socket served when the application has returned."""
        self._visit = visit

    def pause_writing(self) -> None:
        self.writable = asyncio.Event()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.writable = _WRITABLE

    async def run_asgi(self) -> None:
        self.app = cast(ASGI3Application, partial(self._serve, self.app))
        await super().run_asgi()

    async def _serve(
        self,
        app: ASGI3Application,
        scope: WebSocketScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
    ) -> None:
        self.app = app  # without what leads back to this object
        try:
            await app(scope, receive, send)
        finally:
            # Whatever became of the layers: only the visit leaves what was entered for it.
            visit, self._visit = self._visit, None
            if visit is not None:
                if self.handshake_complete:
                    self.scope = cast(WebSocketScope, {})
                    # The library's parser has the request to the end.
                    self.request.headers.clear()
                    self.response.headers.clear()
                del app, scope, receive, send
                await visit()
