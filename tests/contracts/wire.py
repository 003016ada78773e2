"""What a client of either contract needs: requests, sockets that wait for frames, offsets."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NoReturn

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.serving import Server

Json = dict[str, Any]

PATIENCE_S = 10.0

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ENDS_IN_Z = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ENDS_IN_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")

INTERVIEW_ERROR_KEYS = {"detail", "error", "message", "statusCode"}
EVENTS_ERROR_KEYS = {"message", "code", "status"}


def client(server: Server, **options: Any) -> httpx2.AsyncClient:
    """An HTTP client of the server, patient enough for a run that waits for a compiler."""
    # Reading the certificates that plain HTTP never asks for takes longer than most tests.
    return httpx2.AsyncClient(
        base_url=server.url, timeout=60.0, trust_env=False, verify=False, **options
    )


def moment(text: str) -> datetime:
    """The aware datetime that a timestamp of the wire names."""
    return datetime.fromisoformat(text)


def strict_json(response: httpx2.Response) -> Any:
    """The body as JSON that browsers read too: `NaN` and `Infinity` are refused, UTF-8 is valid."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(response.content.decode("utf-8"), parse_constant=refuse)


def assert_interview_error(response: httpx2.Response, status: int, error: str | None) -> Json:
    """Assert the Interview API's error shape and return the body; `error` None: any code."""
    assert response.status_code == status, response.text[:2_000]
    body: Json = strict_json(response)
    assert set(body) == INTERVIEW_ERROR_KEYS
    assert body["statusCode"] == status
    assert isinstance(body["message"], str)
    assert body["message"]
    assert isinstance(body["error"], str)
    if error is not None:
        assert body["error"] == error
    if status == 422:
        assert isinstance(body["detail"], list)
        assert body["detail"]
        for complaint in body["detail"]:
            assert {"loc", "msg", "type"} <= set(complaint)
    else:
        assert isinstance(body["detail"], str)
    return body


def assert_events_error(response: httpx2.Response, status: int, code: str | None) -> Json:
    """Assert the Algoroom API's error shape and return the body; `code` None: any code."""
    assert response.status_code == status, response.text[:2_000]
    body: Json = strict_json(response)
    assert set(body) == EVENTS_ERROR_KEYS
    assert body["status"] == status
    assert isinstance(body["message"], str)
    assert body["message"]
    if code is not None:
        assert body["code"] == code
    return body


async def interview_session(http: httpx2.AsyncClient, **fields: Any) -> str:
    """The id of a new session of the Interview API."""
    response = await http.post("/api/sessions", json=fields)
    assert response.status_code == 201, response.text
    return str(response.json()["sessionId"])


async def events_session(http: httpx2.AsyncClient, **fields: Any) -> str:
    """The id of a new session of the Algoroom API; its code is empty."""
    response = await http.post("/sessions", json=fields)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def code_of(http: httpx2.AsyncClient, session: str) -> str:
    response = await http.get(f"/api/sessions/{session}/code")
    assert response.status_code == 200, response.text
    return str(response.json()["code"])


async def save(http: httpx2.AsyncClient, session: str, code: str, **fields: Any) -> Json:
    response = await http.post(f"/api/sessions/{session}/code", json={"code": code, **fields})
    assert response.status_code == 200, response.text
    body: Json = response.json()
    return body


async def put(http: httpx2.AsyncClient, session: str, code: str, **fields: Any) -> Json:
    response = await http.put(f"/sessions/{session}/code", json={"code": code, **fields})
    assert response.status_code == 200, response.text
    body: Json = response.json()
    return body


async def history_of(http: httpx2.AsyncClient, session: str, **query: Any) -> list[Json]:
    response = await http.get(f"/api/sessions/{session}/history", params=query)
    assert response.status_code == 200, response.text
    entries: list[Json] = response.json()["history"]
    return entries


async def participants_of(http: httpx2.AsyncClient, session: str) -> list[Json]:
    response = await http.get(f"/api/sessions/{session}/participants")
    assert response.status_code == 200, response.text
    people: list[Json] = response.json()["participants"]
    return people


async def run(http: httpx2.AsyncClient, code: str, language: str, **fields: Any) -> Json:
    """The ExecutionResult of the Interview API for this program."""
    response = await http.post("/api/execute", json={"code": code, "language": language, **fields})
    assert response.status_code == 200, response.text
    body: Json = response.json()
    return body


async def eventually(
    condition: Callable[[], Awaitable[bool]], within_s: float = PATIENCE_S
) -> None:
    """Ask until the answer is yes; `AssertionError` when it is not within the time."""
    deadline = time.monotonic() + within_s
    while not await condition():
        assert time.monotonic() < deadline, "did not come true in time"
        await asyncio.sleep(0.02)


class Socket:
    """One open socket; frames are read in order, and waiting for one has a deadline."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, type_: str, data: Json | None = None, **fields: Any) -> None:
        """Send a frame of the Interview API; `fields` stand beside `type`, such as `userId`."""
        frame: Json = {"type": type_, **fields}
        if data is not None:
            frame["data"] = data
        await self.send_text(json.dumps(frame))

    async def send_text(self, text: str) -> None:
        await self.connection.send(text)

    async def next(self) -> Json:
        """The next frame, whatever it is."""
        async with asyncio.timeout(PATIENCE_S):
            text = await self.connection.recv()
        assert isinstance(text, str), "a binary frame"
        frame: Json = json.loads(text)
        return frame

    async def expect(self, type_: str) -> Json:
        """The next frame, which has to be of this type."""
        frame = await self.next()
        assert frame["type"] == type_, frame
        return frame

    async def until(self, type_: str) -> Json:
        """The next frame of this type; others before it are dropped."""
        while (frame := await self.next())["type"] != type_:
            pass
        return frame

    async def code_becomes(self, code: str) -> Json:
        """The next frame that carries this whole text."""
        while True:
            frame = await self.next()
            payload = frame.get("data", frame)
            if frame["type"] in ("code-update", "code_update") and payload["code"] == code:
                return frame

    async def join(self, user_id: str | None, name: str | None = None) -> None:
        """Join and wait until the server has taken it."""
        fields = {} if user_id is None else {"userId": user_id}
        await self.send("join", {} if name is None else {"name": name}, **fields)
        await self.settle()

    async def settle(self) -> None:
        """Wait until the server has read all that was sent; nothing may come meanwhile."""
        await self.send("ping")
        await self.expect("pong")

    async def write(self, code: str, **fields: Any) -> None:
        """Send a whole text as the browser client does."""
        await self.send("code-update", {"code": code, "changes": []}, **fields)

    async def change(self, *changes: tuple[int, int, str], **fields: Any) -> None:
        """Send changes `(from, to, insert)`; `version` goes into the data."""
        data: Json = {
            "changes": [{"from": start, "to": end, "insert": text} for start, end, text in changes]
        }
        if "version" in fields:
            data["version"] = fields.pop("version")
        await self.send("code-update", data, **fields)

    async def closed(self) -> tuple[int | None, str]:
        """Read to the end; the close code and reason that the server gave."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    await self.connection.recv()
        except ConnectionClosed as closing:
            received = closing.rcvd
            return (None, "") if received is None else (received.code, received.reason)


@asynccontextmanager
async def socket(
    server: Server,
    session: str,
    *,
    query: str = "",
    offers: Sequence[str] = (),
    origin: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> AsyncIterator[Socket]:
    """A socket as its client opens it, whichever contract the server takes it for."""
    async with connect(
        f"{server.socket_url}/ws/sessions/{session}{query}",
        subprotocols=[Subprotocol(name) for name in offers] or None,
        origin=None if origin is None else Origin(origin),
        additional_headers=headers,
        compression=None,
        ping_interval=None,
        close_timeout=2,
        max_size=None,
        max_queue=None,
        proxy=None,
    ) as connection:
        yield Socket(connection)


@asynccontextmanager
async def interview(server: Server, session: str) -> AsyncIterator[Socket]:
    """A socket of the Interview API past its `welcome`, not joined."""
    async with socket(server, session, offers=["algoroom.interview.v1"]) as opened:
        await opened.expect("welcome")
        yield opened


@asynccontextmanager
async def joined(
    server: Server, session: str, user_id: str, name: str = "Somebody"
) -> AsyncIterator[Socket]:
    """A socket of the Interview API that has joined."""
    async with interview(server, session) as opened:
        await opened.join(user_id, name)
        yield opened


@asynccontextmanager
async def listening(server: Server, session: str) -> AsyncIterator[Socket]:
    """A socket of the Algoroom API past its own `participant_joined`."""
    async with socket(server, session, offers=["algoroom.events.v1"]) as opened:
        await opened.expect("participant_joined")
        yield opened


def utf16(text: str) -> int:
    """How many UTF-16 code units a browser counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def changed(text: str, changes: Sequence[Mapping[str, Any]]) -> str:
    """`text` with the changes of a frame; all offsets are UTF-16 and refer to `text`."""
    units = text.encode("utf-16-le")
    pieces: list[bytes] = []
    position = 0
    for change in sorted(changes, key=lambda change: (change["from"], change["to"])):
        start, end = 2 * change["from"], 2 * change["to"]
        assert position <= start <= end <= len(units), changes
        pieces += [units[position:start], str(change["insert"]).encode("utf-16-le")]
        position = end
    return (b"".join(pieces) + units[position:]).decode("utf-16-le")
