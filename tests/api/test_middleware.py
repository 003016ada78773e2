"""What surrounds every answer: ids, limits, origins, and bodies of a bearable size."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import APIRouter, Request, WebSocket
from starlette.requests import Request as PlainRequest
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.types import Message, Receive, Scope, Send

from algoroom.api import request_id
from algoroom.api.body_limit import BodyLimit
from tests.api.asking import URL, application, client

router = APIRouter()


@router.get("/id")
async def read_id() -> dict[str, str]:
    return {"id": request_id.current.get()}


@router.post("/api/size")
@router.post("/size")
@router.put("/size")
@router.patch("/size")
@router.delete("/size")
async def read_size(request: Request) -> dict[str, int]:
    return {"size": len(await request.body())}


@router.get("/torn")
async def tear() -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"begun"
        raise RuntimeError("torn")

    return StreamingResponse(pieces())


@router.websocket("/socket")
async def speak(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


@pytest.mark.parametrize("sent", ["trace-4711", "x", "!" * 128, '"~"'])
async def test_a_request_id_comes_back_and_is_known_to_the_log(sent: str) -> None:
    async with client(application(router)) as http:
        answer = await http.get("/id", headers={"X-Request-ID": sent})
        assert answer.headers.get_list("x-request-id") == [sent]
        assert answer.json() == {"id": sent}


@pytest.mark.parametrize("sent", [b"", b"x" * 129, b"two words", b"\xff", b"a\tb", b" "])
async def test_an_id_that_fits_no_log_line_is_replaced(sent: bytes) -> None:
    async with client(application(router)) as http:
        answer = await http.get("/id", headers=[(b"X-Request-ID", sent)])
        assert answer.headers["x-request-id"] == answer.json()["id"]
        assert len(answer.json()["id"]) == 32


async def test_every_answer_has_an_id_and_tells_the_limit() -> None:
    preflight = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "PUT"}
    async with client(application(router, requests_per_minute=6)) as http:
        answers = [
            await http.get("/id"),
            await http.get("/nothing"),
            await http.put("/id"),
            await http.post("/size", headers={"Origin": "https://evil.example"}),
            await http.post("/size", content=b"x" * 2_000_000),
            await http.options("/size", headers=preflight),
            await http.get("/id"),
        ]
    assert [answer.status_code for answer in answers] == [200, 404, 405, 403, 413, 200, 429]
    for left, answer in zip([5, 4, 3, 2, 1, 0, 0], answers, strict=True):
        assert answer.headers["x-ratelimit-limit"] == "6"
        assert answer.headers["x-ratelimit-remaining"] == str(left)
        assert answer.headers["x-ratelimit-reset"] == "60"
        assert answer.headers["x-request-id"]
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_request_too_many_is_refused_in_the_shape_of_its_path() -> None:
    origin = {"Origin": "http://localhost:3000"}
    async with client(application(router, requests_per_minute=1)) as http:
        await http.get("/id")
        answer = await http.get("/id", headers=origin)
        assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
        assert answer.headers["retry-after"] == "60"
        assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
        assert (await http.get("/api/id")).json()["error"] == "RATE_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "origin",
    [
        URL,
        "http://ROOMS.example:8000",
        "http://localhost:3000",
        "https://a.b.github.dev",
        "https://public.example",
        "https://public.example:443",
    ],
)
async def test_pages_of_known_origins_may_write(origin: str) -> None:
    app = application(router, public_url="https://public.example/rooms")
    async with client(app) as http:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await http.request(method, "/size", headers={"Origin": origin})
            assert answer.status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://rooms.example:8000",
        "http://rooms.example",
        "http://public.example",
        "http://rooms.example:8000.evil.example",
        "http://rooms.example:8000@evil.example",
        "http://rooms.example:8000/",
        "http://[",
        "http://rooms.example:port",
        "null",
        "",
    ],
)
async def test_pages_of_other_origins_may_not_write_but_read(origin: str) -> None:
    app = application(router, public_url="https://public.example")
    async with client(app) as http:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await http.request(method, "/size", headers={"Origin": origin})
            assert (answer.status_code, answer.json()["code"]) == (403, "HTTP_ERROR")
            assert "access-control-allow-origin" not in answer.headers
        answer = await http.post("/api/size", headers={"Origin": origin})
        assert (answer.status_code, answer.json()["error"]) == (403, "FORBIDDEN")
        assert (await http.get("/id", headers={"Origin": origin})).status_code == 200


async def test_two_origins_are_none() -> None:
    async with client(application(router)) as http:
        headers = [("Origin", URL), ("Origin", "https://evil.example")]
        assert (await http.post("/size", headers=headers)).status_code == 403


async def test_pages_may_read_the_headers_that_they_need() -> None:
    async with client(application(router)) as http:
        answer = await http.get("/id", headers={"Origin": "http://localhost:5173"})
    exposed = answer.headers["access-control-expose-headers"].lower().split(", ")
    assert {"x-request-id", "x-ratelimit-remaining", "retry-after"} <= set(exposed)
    assert answer.headers["access-control-allow-credentials"] == "true"


async def sent_in_pieces(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 10_000):
        yield b"x" * min(10_000, size - start)


@pytest.mark.parametrize("size", [0, 1, 70_000])
async def test_a_body_up_to_the_limit_arrives_whole(size: int) -> None:
    async with client(application(router, max_body_bytes=70_000)) as http:
        assert (await http.post("/size", content=b"x" * size)).json() == {"size": size}
        assert (await http.post("/size", content=sent_in_pieces(size))).json() == {"size": size}


@pytest.mark.parametrize("size", [70_001, 700_000])
async def test_a_body_above_the_limit_is_refused(size: int) -> None:
    async with client(application(router, max_body_bytes=70_000)) as http:
        for content in (b"x" * size, sent_in_pieces(size)):
            answer = await http.post("/size", content=content)
            assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
        answer = await http.post("/api/size", content=b"x" * size)
        assert answer.json()["error"] == "PAYLOAD_TOO_LARGE"


class Wire:
    """The two ends of one request, for what no client does."""

    def __init__(self, *messages: Message, headers: dict[str, str] | None = None) -> None:
        self.messages = list(messages)
        self.received = 0
        self.answer: list[Message] = []
        sent = {"transfer-encoding": "chunked"} if headers is None else headers
        self.scope: Scope = {
            "type": "http",
            "path": "/size",
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        }

    async def receive(self) -> Message:
        self.received += 1
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)

    async def send(self, message: Message) -> None:
        self.answer.append(message)

    async def ask(self, app: BodyLimit) -> None:
        async with asyncio.timeout(5):
            await app(self.scope, self.receive, self.send)


async def count_body(scope: Scope, receive: Receive, send: Send) -> None:
    body = await PlainRequest(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


def piece(size: int) -> Message:
    return {"type": "http.request", "body": b"x" * size, "more_body": True}


async def test_a_body_that_never_ends_is_given_up() -> None:
    wire = Wire(*[piece(10)] * 100)
    await wire.ask(BodyLimit(count_body, most_bytes=20))
    assert wire.answer[0]["status"] == 413
    assert (b"connection", b"close") in wire.answer[0]["headers"]
    assert wire.received < 20


async def test_a_body_announced_as_far_too_large_is_not_read() -> None:
    for headers in (
        {"content-length": "999999999999"},
        {"content-length": "21", "expect": "100-continue"},
    ):
        wire = Wire(headers=headers)
        await wire.ask(BodyLimit(count_body, most_bytes=20))
        assert wire.answer[0]["status"] == 413
        assert wire.received == 0


async def test_a_body_that_stops_arriving_times_out() -> None:
    wire = Wire(piece(10))
    await wire.ask(BodyLimit(count_body, most_bytes=20, within_s=0.01))
    assert wire.answer[0]["status"] == 408
    assert (b"connection", b"close") in wire.answer[0]["headers"]


async def test_bodies_that_are_held_back_take_bounded_memory() -> None:
    limit = BodyLimit(count_body, most_bytes=20)
    held = [Wire(piece(20)) for _ in range(70)]
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(wire.ask(limit)) for wire in held]
        async with asyncio.timeout(5):
            await asyncio.wait(asking[:6])
        whole = Wire({"type": "http.request", "body": b"x" * 20})
        await whole.ask(limit)
        assert whole.answer[0]["status"] == 200
        async with asyncio.timeout(5):
            await asking[6]
        for task in asking:
            task.cancel()
    assert [wire.answer[0]["status"] for wire in held[:7]] == [408] * 7
    assert not any(wire.answer for wire in held[7:])


async def test_a_client_that_leaves_in_the_middle_is_not_answered() -> None:
    wire = Wire(piece(10), {"type": "http.disconnect"})
    await wire.ask(BodyLimit(count_body, most_bytes=20))
    assert wire.answer == []


async def test_an_answer_that_breaks_off_is_not_finished() -> None:
    async with client(application(router)) as http:
        with pytest.raises(RuntimeError, match="torn"):
            await http.get("/torn")


def test_sockets_come_from_known_pages_and_from_programs() -> None:
    with TestClient(application(router)) as http:
        for headers in ({}, {"Origin": "http://testserver"}, {"Origin": "http://localhost:3000"}):
            with http.websocket_connect("/socket", headers=headers) as socket:
                assert socket.receive_text() == "hello"
        for origin in ("https://evil.example", "null", "https://testserver"):
            with (
                pytest.raises(WebSocketDenialResponse) as refusal,
                http.websocket_connect("/socket", headers={"Origin": origin}),
            ):
                pass
            assert refusal.value.status_code == 403
            assert refusal.value.json()["code"] == "HTTP_ERROR"
            assert refusal.value.headers["x-request-id"]


def test_a_handshake_is_a_request() -> None:
    with TestClient(application(router, requests_per_minute=1)) as http:
        with http.websocket_connect("/socket") as socket:
            assert socket.receive_text() == "hello"
        with (
            pytest.raises(WebSocketDenialResponse) as refusal,
            http.websocket_connect("/socket"),
        ):
            pass
        assert refusal.value.status_code == 429
        assert refusal.value.headers["retry-after"] == "60"
