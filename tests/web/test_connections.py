"""Clients that open connections and say nothing, or say it slowly, or do not read: they cost
little, and everybody else is served meanwhile."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import httpx2
import pytest

from tests.contracts.wire import client, code_of, interview_session, joined, run, save
from tests.serving import Server
from tests.web.raw import crowd, head, raw

HALF_OPEN = int(os.environ.get("HALF_OPEN", "2000"))

SLOW = (
    b"",
    b"GET /health HTTP/1.1\r\nHost: loc",
    head("POST", "/api/sessions", "Content-Length: 1000") + b"{",
    head("POST", "/api/sessions", "Transfer-Encoding: chunked") + b"5\r\n{",
    head("GET", "/health"),
)


@pytest.mark.timeout(300)
async def test_half_open_connections_keep_nobody_out() -> None:
    """Those before them that speak stay, and newcomers are let in."""
    async with Server({"ALGOROOM_MAX_CONNECTIONS": "200"}) as server, client(server) as http:
        session = await interview_session(http)
        async with joined(server, session, "ann") as ann, crowd(server, HALF_OPEN, saying=SLOW):
            async with client(server) as late, joined(server, session, "bob") as bob:
                await ann.until("user-joined")
                await bob.write("hello")
                await ann.code_becomes("hello")
                assert await code_of(late, session) == "hello"
                assert (await run(late, "print(1)", "python"))["stdout"] == "1\n"
            assert open_connections(server) <= 200


@pytest.mark.timeout(120)
async def test_one_who_is_served_is_not_sent_away_for_another() -> None:
    async with (
        Server({"ALGOROOM_MAX_CONNECTIONS": "16"}) as server,
        client(server) as http,
        raw(server) as follower,
    ):
        body = {"code": "input()", "language": "python", "interactive": True}
        started = (await http.post("/api/runs", json=body)).json()["id"]
        await follower.send(head("GET", f"/api/runs/{started}/events"))
        await follower.until(b"event: started")
        async with crowd(server, 40, saying=(b"", b"GET /")), client(server) as other:
            ending = await other.delete(f"/api/runs/{started}")
            assert ending.status_code == 204, ending.text
        assert b"event: ended" in await follower.until(b"event: ended")


async def test_clients_that_do_not_read_their_answers_keep_nobody_out() -> None:
    async with Server({"ALGOROOM_MAX_CONNECTIONS": "32"}) as server, client(server) as http:
        session = await interview_session(http)
        await save(http, session, "x" * 160_000)
        ask = head("GET", f"/api/sessions/{session}/code")
        async with crowd(server, 40, saying=(ask * 30,)), client(server) as other:
            assert (await other.get("/health")).status_code == 200


def open_connections(server: Server) -> int:
    """Those that are established, by the kernel's own list (`ESTABLISHED` is 1)."""
    rows = Path(f"/proc/{server.pid}/net/tcp").read_text("ascii").splitlines()[1:]
    fields = [row.split() for row in rows]
    return sum(int(row[1].split(":")[1], 16) == server.port and row[3] == "01" for row in fields)


FRAME = struct.Struct("!BBQ")


@pytest.mark.parametrize(("path", "code"), [("/ws/sessions", 1009), ("/ws/sync", 4413)])
async def test_a_frame_of_100_megabytes_is_refused_before_it_is_read(
    server: Server, http: httpx2.AsyncClient, path: str, code: int
) -> None:
    session = await interview_session(http)
    async with raw(server) as socket:
        await socket.send(
            head(
                "GET",
                f"{path}/{session}",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Extensions: permessage-deflate",
            )
        )
        answer = await socket.until(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101 ")
        # A small frame could become a large text then.
        assert b"permessage-deflate" not in answer
        before = memory(server)
        await socket.send(FRAME.pack(0x82, 0x80 | 127, 100 * 2**20) + bytes(4))
        await socket.send(bytes(2**20) * 8)
        said = await socket.rest()
        assert struct.pack("!H", code) in said[-200:]
        assert memory(server) < before + 20 * 2**20
    assert (await http.get("/health")).status_code == 200


def memory(server: Server) -> int:
    pages = Path(f"/proc/{server.pid}/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
