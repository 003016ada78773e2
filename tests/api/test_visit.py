"""How an accepted socket is served when the application's layers have nothing more to do."""

import asyncio
import weakref
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from algoroom.access.acting import who_acts
from algoroom.access.caller import Caller
from algoroom.api import request_id
from algoroom.api.codes import CloseCode
from algoroom.api.connection import Connection
from algoroom.api.visit import stay
from algoroom.api.wire import Protocol
from algoroom.storage.database import DatabaseUnavailable
from tests.api.test_connection import WITHIN_S, Listening, client, close_of, served

ANN = Caller("192.0.2.1", id="ann")
BOTH = pytest.mark.parametrize("protocol", [Protocol, "websockets-sansio"], ids=["ours", "plain"])


class Layer:
    """What a layer of an application has for each socket."""


@dataclass
class Visited(Listening):
    """An application that has sockets stay."""

    error: Exception | None = None
    layers: list[weakref.ref[Layer]] = field(default_factory=list)
    returned: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    acted: list[tuple[Caller | None, str]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        layer = Layer()
        self.layers.append(weakref.ref(layer))
        scope["layer"] = layer
        token = request_id.current.set("the-name")
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        connection = Connection(websocket, self.idle_s)

        async def serve() -> None:
            self.acted.append((who_acts(), request_id.current.get()))
            if self.error is not None:
                raise self.error
            await connection.serve(connection.send)

        async with AsyncExitStack() as until_left:
            until_left.callback(self.left.set)
            await stay(websocket, ANN, until_left.pop_all(), serve)
        request_id.current.reset(token)
        self.returned.set()


@BOTH
async def test_a_socket_that_stays_is_served_and_left_when_its_client_goes(
    protocol: str | type,
) -> None:
    async with served(Visited(), protocol) as app, asyncio.timeout(WITHIN_S):
        assert isinstance(app, Visited)
        async with client(app) as opened:
            await opened.send("hello")
            assert await opened.recv() == "hello"
            assert not app.left.is_set()
            assert app.acted == [(ANN, "the-name")]
        await app.left.wait()


async def test_nothing_of_the_application_is_kept_for_a_socket_that_stays() -> None:
    async with served(Visited()) as app, client(app) as opened:
        assert isinstance(app, Visited)
        await app.returned.wait()
        await opened.send("hello")
        assert await opened.recv() == "hello"
        assert [layer() for layer in app.layers] == [None]
        assert not app.left.is_set()


async def test_whoever_cannot_be_served_is_told_why() -> None:
    async with served(Visited(error=DatabaseUnavailable("no"))) as app, client(app) as opened:
        assert isinstance(app, Visited)
        assert await close_of(opened) == (CloseCode.NOT_SAVED, CloseCode.NOT_SAVED.meaning)
        await app.left.wait()
