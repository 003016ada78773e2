"""Limits of rate on real connections, by a clock that the test holds: how exactly they hold while
many ask at once, and that a class behind one address does not meet them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.serving import Server
from tests.soak_api import new_key
from tests.web.inside import HeldClock, client, inside

CLIENTS = 50
WITHIN_S = 30


async def asked(
    address: str, times: int, headers: Callable[[int], dict[str, str]]
) -> list[Counter[int]]:
    """What 50 clients are answered that ask so many times each, all at once."""

    async def ask(number: int) -> Counter[int]:
        async with client(address, headers=headers(number)) as http:
            return Counter([(await http.get("/health")).status_code for _ in range(times)])

    return await asyncio.gather(*(ask(number) for number in range(CLIENTS)))


@pytest.mark.timeout(180)
async def test_a_limit_holds_while_fifty_ask_at_once(tmp_path: Path) -> None:
    clock = HeldClock()
    async with inside(clock, tmp_path, requests_per_minute=200) as address:
        for passed_s, left in [(0, 200), (59.9, 0), (0.1, 200), (30, 0)]:
            clock.now_s += passed_s
            answers = sum(await asked(address, 6, lambda _: {}), Counter())
            assert answers[200] + answers[429] == 6 * CLIENTS
            assert abs(answers[200] - left) <= 0.05 * 200


@pytest.mark.timeout(180)
async def test_each_client_behind_a_trusted_proxy_has_a_limit_of_its_own(tmp_path: Path) -> None:
    clock = HeldClock()

    def forwarded(number: int) -> dict[str, str]:
        # All of one IPv6 network are one client; what a client writes itself is not believed.
        by = {0: "2001:db8::1", 1: "2001:db8::2"}.get(number, f"203.0.113.{number}")
        return {"X-Forwarded-For": f"198.51.100.{number}, {by}"}

    settings = {"requests_per_minute": 10, "trusted_proxies": ("127.0.0.0/8",)}
    async with inside(clock, tmp_path, **settings) as address:
        one, other, *rest = await asked(address, 12, forwarded)
        assert one[200] + other[200] == 10
        assert [answers[200] for answers in rest] == [10] * (CLIENTS - 2)


@pytest.mark.timeout(120)
async def test_who_has_a_key_counts_for_itself_and_who_has_a_wrong_one_for_its_address() -> None:
    settings = {"ALGOROOM_REQUESTS_PER_MINUTE": "6", "ALGOROOM_REQUESTS_PER_MINUTE_SIGNED_IN": "8"}
    async with Server(settings) as server, AsyncExitStack() as held:
        address = server.url.removeprefix("http://")
        key = {"X-API-Key": new_key(server)}
        good = await held.enter_async_context(client(address, headers=key))
        wrong = {"X-API-Key": "algo_" + "x" * 43}
        bad = await held.enter_async_context(client(address, headers=wrong))
        answers = [(await good.get("/api/me")).status_code for _ in range(10)]
        assert answers == [200] * 8 + [429] * 2
        answers = [(await bad.get("/api/me")).status_code for _ in range(8)]
        assert answers[0] == 401
        assert set(answers[-2:]) == {429}


class Pupil:
    """Does in a lesson what a browser does for one pupil: the shared room, and one of their own."""

    def __init__(self, number: int, http: httpx2.AsyncClient, address: str, room: str) -> None:
        self._name = f"pupil-{number}"
        self._http = http
        self._address = address
        self._room = room
        self._own = ""
        self._sockets: dict[str, ClientConnection] = {}
        self._typed = ""
        self.least_left = 10**9

    async def _ask(self, method: str, path: str, **body: object) -> httpx2.Response:
        answer = await self._http.request(method, path, json=body or None)
        assert answer.status_code in (200, 201), (path, answer.status_code, answer.text)
        left = int(answer.headers["x-ratelimit-remaining"])
        self.least_left = min(self.least_left, left)
        return answer

    async def come(self) -> None:
        for path in (
            f"/interview/{self._room}",
            "/static/page.css",
            "/static/algoroom.svg",
            *["/static/redoc.js"] * 8,  # as many files as a client has
            "/api/languages",
            f"/api/sessions/{self._room}",
            f"/api/sessions/{self._room}/code",
            f"/api/sessions/{self._room}/participants",
        ):
            await self._ask("GET", path)
        made = await self._ask("POST", "/api/sessions", language="python")
        self._own = made.json()["sessionId"]
        await self.connect()

    async def connect(self) -> None:
        for session in (self._room, self._own):
            if session in self._sockets:
                await self._sockets.pop(session).close()
            await self._ask("GET", f"/api/sessions/{session}")
            address = f"ws://{self._address}/ws/sessions/{session}"
            socket = await connect(address, proxy=None, ping_interval=None, max_queue=None)
            join = {"type": "join", "userId": self._name, "data": {"name": self._name}}
            await socket.send(json.dumps(join))
            self._sockets[session] = socket

    async def type(self) -> None:
        socket = self._sockets[self._own]
        for _ in range(5):
            self._typed += f"print({len(self._typed)})\n"
            frame = {"type": "code-update", "data": {"code": self._typed, "changes": []}}
            await socket.send(json.dumps(frame))
        cursor = {"type": "cursor-position", "data": {"line": 1, "column": 0}}
        await self._sockets[self._room].send(json.dumps(cursor))
        await self.hear()

    async def hear(self) -> None:
        """Read up to the answer to a ping; nothing may be refused before."""
        for socket in self._sockets.values():
            await socket.send(json.dumps({"type": "ping"}))
            async with asyncio.timeout(WITHIN_S):
                while (frame := json.loads(await socket.recv()))["type"] != "pong":
                    assert frame["type"] != "error", frame

    async def save(self) -> None:
        await self._ask("POST", f"/api/sessions/{self._own}/code", code=self._typed)
        await self._ask("GET", f"/api/sessions/{self._room}/participants")

    async def run(self) -> None:
        body = {"code": "print('hello')", "language": "python", "sessionId": self._own}
        answer = await self._ask("POST", "/api/execute", **body)
        assert answer.json()["stdout"] == "hello\n"

    async def leave(self) -> None:
        for socket in self._sockets.values():
            await socket.close()


@pytest.mark.timeout(300)
async def test_a_class_of_forty_behind_one_address_has_a_lesson(tmp_path: Path) -> None:
    """Three minutes of one with the default limits, 15 seconds at a time: all come at once, type,
    save, run, press Run together, and lose their connections together."""
    clock = HeldClock()
    async with inside(clock, tmp_path) as address, AsyncExitStack() as held:
        teacher = await held.enter_async_context(client(address))
        room = (await teacher.post("/api/sessions")).json()["sessionId"]
        pupils = [
            Pupil(number, await held.enter_async_context(client(address)), address, room)
            for number in range(40)
        ]

        async def all_do(deed: Callable[[Pupil], Awaitable[None]]) -> None:
            await asyncio.gather(*map(deed, pupils))

        await all_do(Pupil.come)
        for tick in range(12):
            clock.now_s += 15
            await all_do(Pupil.type)
            if tick % 2 == 0:
                await all_do(Pupil.save)
            if tick % 4 == 2 or tick == 5:
                await all_do(Pupil.run)
            if tick == 8:
                await all_do(Pupil.connect)
        await all_do(Pupil.leave)
        assert min(pupil.least_left for pupil in pupils) > 100
