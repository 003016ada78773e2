"""One accepted socket over a real transport: order, slow readers, silent clients, endings."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from algoroom.api.codes import CloseCode
from algoroom.api.connection import MOST_WAITING, Connection
from algoroom.api.shares import Share
from algoroom.api.wire import EXTENSION, MOST_PIECES, Protocol

IDLE_S = 0.6
WITHIN_S = 20
FRAME = "x" * 100_000


@dataclass
class Listening:
    """An application that accepts sockets, and the connections that it made of them."""

    idle_s: float = 60.0
    port: int = 0
    heard: list[str | bytes] = field(default_factory=list)
    opened: asyncio.Queue[Connection] = field(default_factory=asyncio.Queue)
    ended: asyncio.Queue[Connection] = field(default_factory=asyncio.Queue)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        connection = Connection(websocket, self.idle_s)
        self.opened.put_nowait(connection)
        try:
            await connection.serve(self.heard.append)
        finally:
            self.ended.put_nowait(connection)


@asynccontextmanager
async def served(app: Listening, protocol: str | type = Protocol) -> AsyncIterator[Listening]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        app.port = listener.getsockname()[1]
        config = uvicorn.Config(
            app,
            ws=protocol,
            lifespan="off",
            log_config=None,
            ws_ping_interval=None,
            ws_per_message_deflate=False,
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve([listener]))
        try:
            yield app
        finally:
            server.should_exit = True
            await running


@asynccontextmanager
async def client(app: Listening, **options: object) -> AsyncIterator[ClientConnection]:
    async with asyncio.timeout(WITHIN_S):
        async with connect(
            f"ws://127.0.0.1:{app.port}/",
            ping_interval=None,
            max_size=None,
            compression=None,
            close_timeout=1,
            proxy=None,
            **options,  # type: ignore[arg-type]
        ) as opened:
            yield opened


async def close_of(opened: ClientConnection) -> tuple[int | None, str]:
    try:
        while True:
            await opened.recv()
    except ConnectionClosed as closed:
        received = closed.rcvd
        return (None, "") if received is None else (received.code, received.reason)


@pytest.mark.parametrize("protocol", [Protocol, "websockets-sansio"], ids=["ours", "plain"])
async def test_frames_go_out_in_order_and_then_the_close(protocol: str | type) -> None:
    async with served(Listening(), protocol) as app, client(app) as opened:
        connection = await app.opened.get()
        sent: list[int] = []
        for number in range(50):
            connection.send(str(number), lambda number=number: sent.append(number))  # type: ignore[misc]
        connection.close(CloseCode.SESSION_GONE, "Session not found")
        assert [await opened.recv() for _ in range(50)] == [str(number) for number in range(50)]
        assert await close_of(opened) == (1008, "Session not found")
        assert sent == list(range(50))
        assert await app.ended.get() is connection


async def test_what_comes_is_passed_on_in_order() -> None:
    async with served(Listening()) as app:
        async with client(app) as opened:
            for frame in ("one", b"two", "three"):
                await opened.send(frame)
        await app.ended.get()
        assert app.heard == ["one", b"two", "three"]


async def test_a_client_that_does_not_read_is_given_up_and_keeps_no_memory() -> None:
    async with served(Listening()) as app, client(app, max_queue=1) as opened:
        connection = await app.opened.get()
        for _ in range(3 * MOST_WAITING // len(FRAME)):
            connection.send(FRAME)
            await asyncio.sleep(0)
        assert not connection._frames
        assert await app.ended.get() is connection
        assert (await close_of(opened))[0] in (CloseCode.TOO_SLOW, None)


async def test_what_is_due_many_times_goes_out_once_when_its_turn_comes() -> None:
    async with served(Listening()) as app, client(app, max_queue=1) as opened:
        connection = await app.opened.get()
        made: list[int] = []
        newest = [0]

        def latest() -> str:
            made.extend(newest)
            return f"newest {newest[0]}"

        for _ in range(40):
            connection.send(FRAME)
        assert connection.is_behind
        for number in range(1, 101):
            newest[0] = number
            connection.send_latest("text", latest)
        for _ in range(40):
            assert await opened.recv() == FRAME
        assert await opened.recv() == "newest 100"
        assert made == [100]


async def test_a_client_that_answers_pings_stays_and_one_that_does_not_goes() -> None:
    async with served(Listening(idle_s=IDLE_S)) as app, client(app) as quiet:
        await app.opened.get()
        reader, writer = await asyncio.open_connection("127.0.0.1", app.port)
        writer.write(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        mute = await app.opened.get()
        received = await asyncio.wait_for(reader.read(), WITHIN_S)
        writer.close()
        assert received.endswith(CloseCode.IDLE.to_bytes(2, "big") + b"idle")
        assert await app.ended.get() is mute
        await quiet.send("still here")
        await (await quiet.ping())
        assert app.heard == ["still here"]


async def test_a_pong_is_told_after_what_came_before_it_and_before_what_came_behind_it() -> None:
    async with served(Listening()) as app, client(app) as opened:
        connection = await app.opened.get()
        wire = connection.wire
        assert wire is not None
        opened.transport.pause_reading()
        wire.ping(lambda: app.heard.append("pong"))
        text = [bytes((0x81, 0x81)) + bytes(4) + letter for letter in (b"a", b"b", b"c")]
        pong = bytes((0x8A, 0x88)) + bytes(4) + (1).to_bytes(8, "big")
        opened.transport.write(text[0] + text[1] + pong + text[2])
        await eventually(lambda: len(app.heard) == 4)
        assert app.heard == ["a", "b", "pong", "c"]
        opened.transport.resume_reading()


async def test_a_ping_with_the_next_frame_is_in_one_piece_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with served(Listening()) as app, client(app) as opened:
        connection = await app.opened.get()
        wire = connection.wire
        assert wire is not None
        pieces: list[bytes] = []
        write = wire.transport.write

        def written(piece: bytes) -> None:
            pieces.append(piece)
            write(piece)

        monkeypatch.setattr(wire.transport, "write", written)
        wire.ping(lambda: app.heard.append("pong"), with_next=True)
        connection.send("text")
        assert await opened.recv() == "text"
        await eventually(lambda: app.heard == ["pong"])
        ping = bytes((0x89, 8)) + (1).to_bytes(8, "big")
        assert pieces == [ping + bytes((0x81, 4)) + b"text"]


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not holds():
            await asyncio.sleep(0)


async def test_a_client_that_reads_nothing_and_is_silent_is_told_that_it_is_too_slow() -> None:
    async with served(Listening(idle_s=IDLE_S)) as app, client(app, max_queue=1) as opened:
        connection = await app.opened.get()
        for _ in range(MOST_WAITING // len(FRAME)):
            connection.send(FRAME)
        opened.transport.pause_reading()
        assert await app.ended.get() is connection
        opened.transport.resume_reading()
        assert (await close_of(opened))[0] == CloseCode.TOO_SLOW


async def test_a_client_that_pings_and_reads_nothing_is_given_up() -> None:
    async with served(Listening()) as app, client(app) as opened:
        connection = await app.opened.get()
        opened.transport.pause_reading()
        ping = bytes((0x89, 0x80 | 125)) + bytes(4) + b"x" * 125
        while connection.wire is not None and not connection.wire.close_sent:
            opened.transport.write(ping * 1_000)
            await asyncio.sleep(0)
        assert await app.ended.get() is connection


async def test_a_message_in_very_many_pieces_comes_whole_and_costs_what_is_in_it() -> None:
    async with served(Listening()) as app, client(app) as opened:
        connection = await app.opened.get()
        begun, piece, last = (bytes((head, 0x80)) + bytes(4) for head in (0x02, 0x00, 0x80))
        opened.transport.write(begun + piece * 50_000)
        await (await opened.ping())
        assert connection.wire is not None
        assert len(connection.wire.frames) <= MOST_PIECES
        opened.transport.write(bytes((0x00, 0x81)) + bytes(4) + b"x" + last)
        await opened.ping()
        async with asyncio.timeout(WITHIN_S):
            while app.heard != [b"x"]:
                await (await opened.ping())


async def test_an_error_in_the_application_closes_with_1011(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing(Listening):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            websocket = WebSocket(scope, receive, send)
            await websocket.accept()

            def fail(_: str | bytes) -> None:
                raise RuntimeError("broken on purpose")

            await Connection(websocket, self.idle_s).serve(fail)

    async with served(Failing()) as app, client(app) as opened:
        await opened.send("anything")
        assert (await close_of(opened))[0] == CloseCode.INTERNAL_ERROR
    assert "broken on purpose" in caplog.text


async def test_a_server_that_stops_says_so() -> None:
    app = Listening()
    async with client_of_stopping(app) as opened:
        assert (await close_of(opened))[0] == CloseCode.GOING_AWAY


@asynccontextmanager
async def client_of_stopping(app: Listening) -> AsyncIterator[ClientConnection]:
    """A client whose server stops while the context lasts."""
    async with asyncio.timeout(WITHIN_S):
        async with served(app):
            opened = await connect(f"ws://127.0.0.1:{app.port}/", proxy=None)
            await app.opened.get()
        yield opened
        await opened.close()


HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@dataclass
class Binary(Listening):
    """One that has binary messages passed on by the wire itself."""

    came: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        wire: Protocol = scope["extensions"][EXTENSION]
        wire.listen(self.came.put_nowait, Share())
        while (await websocket.receive())["type"] == "websocket.receive":
            pass


def frame(payload: bytes, first: int = 0x82) -> bytes:
    """A client's frame, masked with a mask that changes every byte."""
    length, mask = len(payload), b"\x11\x22\x44\x88"
    head = bytes((first, 0x80 | length)) if length < 126 else bytes((first, 0xFE))
    size = b"" if length < 126 else length.to_bytes(2, "big")
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    return head + size + mask + masked


@asynccontextmanager
async def raw(app: Listening) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(WITHIN_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", app.port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        yield reader, writer
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("piece", [1, 3, 1_000])
async def test_binary_messages_arrive_whole_however_they_are_cut(piece: int) -> None:
    messages = [b"", b"a", b"b" * 125, b"c" * 126, b"d" * 5_000]
    fragments = frame(b"in ", 0x02) + frame(b"ping", 0x89) + frame(b"two", 0x80)
    async with served(Binary()) as app, raw(app) as (reader, writer):
        assert isinstance(app, Binary)
        sent = b"".join(map(frame, messages)) + fragments + frame(b"end")
        for at in range(0, len(sent), piece):
            writer.write(sent[at : at + piece])
            await writer.drain()
        for message in [*messages, b"in two", b"end"]:
            assert await app.came.get() == message
        assert await reader.readexactly(6) == b"\x8a\x04ping"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x82\x01a", 1002),  # not masked
        (frame(b"a", 0x02) + frame(b"b"), 1002),  # amid another message
        (frame(b"a", 0xC2), 1002),  # compressed, though that was not agreed on
        (b"\x82\xff" + (2**40).to_bytes(8, "big") + b"mask", 4413),
    ],
)
async def test_a_frame_that_cannot_be_closes_the_connection(sent: bytes, code: int) -> None:
    async with served(Binary()) as app, raw(app) as (reader, writer):
        assert isinstance(app, Binary)
        writer.write(frame(b"first") + sent)
        assert await app.came.get() == b"first"
        head = await reader.readexactly(4)
        assert head[0] == 0x88
        assert int.from_bytes(head[2:4], "big") == code
        assert app.came.empty()
