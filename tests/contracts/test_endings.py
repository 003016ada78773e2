"""How sockets are refused and how they end: status codes, close codes, silence, expiry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import httpx2
import pytest
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from tests.contracts.wire import (
    PATIENCE_S,
    assert_events_error,
    assert_interview_error,
    client,
    code_of,
    events_session,
    history_of,
    interview,
    interview_session,
    joined,
    listening,
    moment,
    put,
    save,
    socket,
)
from tests.serving import Server

INTERVIEW, EVENTS = "algoroom.interview.v1", "algoroom.events.v1"


class RawSocket:
    """A client that sends what it is told to and nothing by itself: no pong, no close."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, protocol: ClientProtocol
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._protocol = protocol

    async def opened(self) -> None:
        self._protocol.send_request(self._protocol.connect())
        self.flush()
        while self._protocol.state is State.CONNECTING:
            data = await self._reader.read(65_536)
            assert data, "closed while shaking hands"
            self._protocol.receive_data(data)
        assert self._protocol.handshake_exc is None

    def flush(self) -> None:
        """Send what the protocol has queued, its own answers included."""
        for piece in self._protocol.data_to_send():
            self._writer.write(piece)

    def send_frame(self, opcode: Opcode, payload: bytes) -> None:
        """Send one masked frame with this payload, whatever it holds."""
        length = len(payload)
        head = bytes([0x80 | opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65_536:
            head += bytes([0x80 | 126]) + length.to_bytes(2, "big")
        else:
            head += bytes([0x80 | 127]) + length.to_bytes(8, "big")
        self._writer.write(head + b"\0\0\0\0" + payload)

    async def closed(self) -> tuple[int | None, str]:
        """Read without a word until the server closes; its close code and reason."""
        async with asyncio.timeout(PATIENCE_S):
            while self._protocol.close_rcvd is None:
                data = await self._reader.read(65_536)
                if not data:
                    return None, ""
                self._protocol.receive_data(data)
                self._protocol.events_received()
        return self._protocol.close_rcvd.code, self._protocol.close_rcvd.reason


@asynccontextmanager
async def raw_socket(server: Server, session: str, offers: str) -> AsyncIterator[RawSocket]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        protocol = ClientProtocol(
            parse_uri(f"{server.socket_url}/ws/sessions/{session}"),
            subprotocols=[Subprotocol(offers)],
            max_size=None,
        )
        raw = RawSocket(reader, writer, protocol)
        await raw.opened()
        yield raw
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@pytest.mark.contract("I-75", "A-36", "I-03", "A-02")
@pytest.mark.both_databases
@pytest.mark.parametrize("offers", [[], [INTERVIEW], [EVENTS]])
@pytest.mark.parametrize("odd", ["nobody", "%00", "x" * 2_000, "%F0%9F%98%80", "%FF", "%20"])
async def test_an_unknown_session_is_refused_while_shaking_hands(
    server: Server, odd: str, offers: list[str]
) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with socket(server, odd, offers=offers):
            pass
    assert refusal.value.response.status_code == 403


@pytest.mark.contract("I-75", "A-36")
async def test_a_deleted_session_is_refused_while_shaking_hands(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    await http.delete(f"/api/sessions/{session}")
    with pytest.raises(InvalidStatus) as refusal:
        async with socket(server, session):
            pass
    assert refusal.value.response.status_code == 403


@pytest.mark.contract("A-37")
@pytest.mark.both_databases
async def test_deleting_a_session_closes_the_sockets_of_the_algoroom_api(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await events_session(http)
    async with listening(server, session) as listener:
        await http.delete(f"/api/sessions/{session}")
        code, _ = await listener.closed()
        assert code == 1008


@pytest.mark.contract("I-79")
async def test_text_that_is_no_utf8_closes_with_1007(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with joined(server, session, "bob") as bob:
        for wrong in (b'{"type": "\xff"}', b"\xed\xa0\x80", b"\xf0\x9f\x98"):
            async with raw_socket(server, session, INTERVIEW) as raw:
                raw.send_frame(Opcode.TEXT, wrong)
                assert (await raw.closed())[0] == 1007
        await bob.settle()


@pytest.mark.contract("I-79")
@pytest.mark.parametrize("offers", [INTERVIEW, EVENTS])
async def test_an_oversized_frame_closes_with_1009(
    server: Server, http: httpx2.AsyncClient, offers: str
) -> None:
    session = await interview_session(http)
    before = await code_of(http, session)
    async with raw_socket(server, session, offers) as raw:
        text = b'{"type": "code-update", "data": {"code": "' + b"x" * 1_048_577 + b'"}}'
        raw.send_frame(Opcode.TEXT, text)
        assert (await raw.closed())[0] == 1009
    assert await code_of(http, session) == before


@pytest.mark.contract("A-37")
async def test_a_server_that_stops_closes_with_1001_and_keeps_what_was_typed() -> None:
    async with Server() as server:
        async with client(server) as http:
            session = await interview_session(http)
            async with (
                joined(server, session, "ann") as ann,
                listening(server, session) as listener,
            ):
                await ann.expect("user-joined")
                await ann.write("typed before the end")
                await listener.expect("code_update")
                stopping = asyncio.create_task(asyncio.to_thread(server.terminate))
                assert (await ann.closed())[0] == 1001
                assert (await listener.closed())[0] == 1001
                await stopping
        await asyncio.to_thread(server.start)
        async with client(server) as http:
            assert await code_of(http, session) == "typed before the end"
            people = await http.get(f"/api/sessions/{session}/participants")
            assert people.json()["participants"] == []


@pytest.mark.contract("I-80", "A-25", "A-38")
async def test_only_a_client_without_any_sign_of_life_is_closed() -> None:
    async with Server({"ALGOROOM_SOCKET_IDLE_SECONDS": "1"}) as server, client(server) as http:
        session = await interview_session(http)
        # These two say nothing, but their library answers the protocol's pings.
        async with (
            listening(server, session) as listener,
            interview(server, session) as quiet,
        ):
            for _ in range(3):  # Each of these takes the whole idle time.
                async with raw_socket(server, session, INTERVIEW) as mute:
                    assert await mute.closed() == (4508, "idle")
            await quiet.settle()
            await put(http, session, "still listening")
            assert (await listener.expect("code_update"))["code"] == "still listening"


@pytest.mark.contract("A-10", "I-04", "I-05", "I-76", "I-63")
async def test_a_session_expires_unless_somebody_is_in_it() -> None:
    settings = {"ALGOROOM_SESSION_HOURS": "0.0006", "ALGOROOM_SWEEP_SECONDS": "0.2"}
    async with Server(settings) as server, client(server) as http:
        left = await events_session(http)
        listened = await events_session(http)
        typed = await events_session(http)
        watched = await events_session(http)
        async with (
            listening(server, listened) as listener,
            joined(server, typed, "ann") as ann,
            interview(server, watched) as lurker,
        ):
            expiry = moment((await http.get(f"/api/sessions/{left}")).json()["expiresAt"])
            await until(expiry)
            assert_events_error(await http.get(f"/sessions/{left}"), 404, "SESSION_NOT_FOUND")
            assert_interview_error(
                await http.get(f"/api/sessions/{left}"), 404, "SESSION_NOT_FOUND"
            )
            assert (await http.put(f"/sessions/{left}/code", json={"code": "x"})).status_code == 404
            with pytest.raises(InvalidStatus) as refusal:
                async with socket(server, left):
                    pass
            assert refusal.value.response.status_code == 403
            # Who has not joined is not in the room, and learns that it has ended.
            error = await lurker.expect("error")
            assert error["data"]["code"] == "SESSION_NOT_FOUND"
            assert await lurker.closed() == (1008, "Session not found")
            assert (await http.get(f"/sessions/{listened}")).status_code == 200
            await put(http, listened, "still here")
            await listener.expect("code_update")
            assert (await http.get(f"/sessions/{typed}")).status_code == 200
            await ann.settle()
        await put(http, typed, "activity")
        extended = (await http.get(f"/api/sessions/{typed}")).json()
        assert moment(extended["expiresAt"]) > expiry
        await until(moment(extended["expiresAt"]))
        assert (await http.get(f"/sessions/{typed}")).status_code == 404


@pytest.mark.contract("I-08", "I-12", "A-04")
@pytest.mark.both_databases
async def test_a_room_that_everybody_left_is_as_it_was(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann:
        await ann.write("typed")
        await ann.settle()
    await save(http, session, "typed and saved")
    assert await code_of(http, session) == "typed and saved"
    kinds = [entry["changeType"] for entry in await history_of(http, session)]
    assert kinds == ["edit", "snapshot"]


async def until(instant: datetime) -> None:
    """Wait for a moment of real time, and a little more: the time itself is what is tested."""
    await asyncio.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds()) + 0.05)
