"""Bounds on what a client makes a connection wait for: the head of a request, its first line and
headers, how long and how slow; an answer that it does not read; and how many such there are."""

import asyncio
from typing import Any, cast

from uvicorn.config import Config as AnyConfig
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from algoroom.cli.crowd import Config

# Twice what common proxies let through, and what h11 takes.
MOST_HEAD_BYTES = 65_536
HEAD_WITHIN_S = 30.0
# A client that reads 2 kB a second has made room by then for what comes next.
READ_WITHIN_S = 30.0
REFUSAL = b"The request's headers are too large."


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which would itself wait for a head that never ends, and collect it.

    A connection is refused with 431 once a head is not complete after `MOST_HEAD_BYTES`, and closed
    where one is not complete `within_s` seconds after it began, the first one after the
    connection did. A response that is under way is finished first, unless the client reads nothing
    of it for `read_within_s` seconds. Where the server's configuration bounds its crowd, those that
    wait for a client stand back for those that do not.
    """

    within_s: float = HEAD_WITHIN_S
    read_within_s: float = READ_WITHIN_S

    _head_bytes: int | None = None
    """How much of an incomplete head has come; None between heads."""

    _is_in_message = False
    """Whether a request has begun whose end has not come."""

    _begun = 0
    """How many requests have begun in this connection."""

    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def __init__(
        self,
        config: AnyConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._crowd = config.crowd if isinstance(config, Config) else None

    def abort(self) -> None:
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_client()
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._be_served()
        self.resume_writing()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        self._is_in_message = True
        self._begun += 1
        self._expect_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_bytes = None
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_message = False
        self._be_served()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._be_served()
        super().handle_websocket_upgrade()
        # It has this protocol, which nobody needs any more and which would be freed late.
        self.parser = None  # type: ignore[assignment]

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._is_in_message and not self.transport.is_closing():
            self._wait_for_client()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_client()
        self._unread = self.loop.call_later(self.read_within_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
            if not self._is_in_message and not self.cycle.response_complete:
                self._be_served()

    def data_received(self, data: bytes) -> None:
        was_between, begun = not self._is_in_message, self._begun
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._head_bytes is not None:
            # Of what came together with the end of another request nothing is counted: the parser
            # does not say where in it this head began.
            if begun == self._begun or (was_between and begun + 1 == self._begun):
                self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse()
        elif was_between and begun == self._begun:
            # Empty lines before a head are no part of it, and have no end either.
            self._expect_head()

    def _wait_for_client(self) -> None:
        if self._crowd is not None:
            self._crowd.wait_for(self, self.connections)

    def _be_served(self) -> None:
        if self._crowd is not None:
            self._crowd.serve(self)

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.within_s, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        # There is none before the first request.
        cycle = cast(RequestResponseCycle | None, self.cycle)
        if cycle is not None and not cycle.response_complete:
            self._expect_head()
        else:
            self.transport.close()

    def _refuse(self) -> None:
        self.transport.write(
            STATUS_LINE[431]
            + b"content-type: text/plain; charset=utf-8\r\n"
            + b"content-length: %d\r\n" % len(REFUSAL)
            + b"connection: close\r\n\r\n"
            + REFUSAL
        )
        self.transport.close()
