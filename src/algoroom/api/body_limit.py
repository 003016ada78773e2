"""Bodies of requests are taken whole or not at all, within a size and a time."""

import asyncio
from collections import OrderedDict
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from algoroom.api.problem import Problem
from algoroom.api.problems import respond

# A body somewhat too large is read to its end and forgotten: a client that is still writing
# would miss the answer if the connection closed beneath it.
_DRAINED_TIMES: Final = 8
_CLOSING: Final = {"Connection": "close"}
# As many bodies of the largest size may be on their way at once; smaller ones are more.
_MOST_HELD: Final = 64


class _TooLarge(Exception):
    """The body is larger than the limit. `unread`: more of it may be on its way."""

    def __init__(self, *, unread: bool) -> None:
        super().__init__()
        self.unread = unread


class _Gone(Exception):
    """The client left before its body was complete."""


class BodyLimit:
    """Reads the body before the application starts; holds at most `most_bytes` of it.

    A larger one is answered with 413, one that takes longer than `within_s` with 408. Where bodies
    that are not complete take too much memory together, the one that began first is late.
    """

    def __init__(self, app: ASGIApp, *, most_bytes: int, within_s: float = 60) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._within_s = within_s
        self._held = 0
        self._under_way: OrderedDict[asyncio.Timeout, int] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if "content-length" not in headers and "transfer-encoding" not in headers:
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._within_s) as time:
                self._under_way[time] = 0
                try:
                    body = await self._read(headers, receive, time)
                finally:
                    self._let_go(time)
        except _Gone:
            return
        except _TooLarge as error:
            message = f"The body is larger than {self._most_bytes:,} bytes"
            closing = _CLOSING if error.unread else {}
            problem = Problem(413, "PAYLOAD_TOO_LARGE", message, closing)
            await respond(scope["path"], problem)(scope, receive, send)
        except TimeoutError:
            message = f"The body took longer than {self._within_s:g} s to arrive"
            problem = Problem(408, "REQUEST_TIMEOUT", message, _CLOSING)
            await respond(scope["path"], problem)(scope, receive, send)
        else:
            await self._app(scope, _Replayed(body, receive), send)

    async def _read(self, headers: Headers, receive: Receive, time: asyncio.Timeout) -> bytes:
        declared = headers.get("content-length", "")
        size = int(declared) if declared.isdecimal() and len(declared) < 20 else 0
        waits = headers.get("expect", "").lower() == "100-continue"
        if size > self._most_bytes * (1 if waits else _DRAINED_TIMES):
            raise _TooLarge(unread=True)
        taken = 0
        chunks: list[bytes] = []
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            chunk = message.get("body", b"")
            more = message.get("more_body", False)
            taken += len(chunk)
            if taken <= self._most_bytes:
                chunks.append(chunk)
                self._hold(time, len(chunk))
            else:
                chunks.clear()
            if taken > self._most_bytes * _DRAINED_TIMES:
                raise _TooLarge(unread=True)
        if taken > self._most_bytes:
            raise _TooLarge(unread=False)
        return b"".join(chunks)

    def _hold(self, time: asyncio.Timeout, size: int) -> None:
        if time in self._under_way:
            self._under_way[time] += size
            self._held += size
        while self._held > _MOST_HELD * self._most_bytes:
            oldest = next(iter(self._under_way))
            self._let_go(oldest)
            oldest.reschedule(asyncio.get_running_loop().time())

    def _let_go(self, time: asyncio.Timeout) -> None:
        self._held -= self._under_way.pop(time, 0)


class _Replayed:
    """Gives the application the body in one piece, then what the connection says."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}
