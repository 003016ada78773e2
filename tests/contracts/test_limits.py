"""The limits, on servers whose settings make them easy to reach, and what tells of them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import httpx2
import pytest
from websockets.exceptions import InvalidStatus

from tests.contracts.wire import (
    Json,
    assert_events_error,
    assert_interview_error,
    client,
    code_of,
    events_session,
    interview,
    interview_session,
    joined,
    listening,
    put,
    socket,
)
from tests.serving import Server
from tests.sync.peer import Peer

SPIN = "while True: pass"


@pytest.mark.contract("A-19")
@pytest.mark.parametrize("path", ["/sessions/x", "/api/sessions/x", "/health", "/nothing"])
async def test_a_request_id_is_echoed(http: httpx2.AsyncClient, path: str) -> None:
    response = await http.get(path, headers={"X-Request-ID": "trace-4711"})
    assert response.headers["x-request-id"] == "trace-4711"


@pytest.mark.contract("A-20")
async def test_answers_tell_the_limit(http: httpx2.AsyncClient) -> None:
    for response in [
        await http.post("/sessions"),
        await http.get("/sessions/x"),
        await http.post("/api/sessions"),
        await http.get("/api/sessions/x"),
    ]:
        limit = int(response.headers["x-ratelimit-limit"])
        assert 0 <= int(response.headers["x-ratelimit-remaining"]) < limit
        assert int(response.headers["x-ratelimit-reset"]) >= 0


@pytest.mark.contract("A-23")
async def test_the_defaults_fit_a_class() -> None:
    defaults = {
        "ALGOROOM_REQUESTS_PER_MINUTE": "1200",
        "ALGOROOM_RUNS_PER_MINUTE": "120",
        "ALGOROOM_SOCKETS_PER_CLIENT": "200",
    }
    server = Server()
    for name in defaults:
        del server.settings[name]
    async with server, client(server) as http:
        response = await http.post("/sessions")
        assert response.headers["x-ratelimit-limit"] == "1200"


@pytest.mark.contract("I-38", "A-18", "A-20", "I-46", "A-27")
async def test_too_many_requests_are_refused_in_both_shapes() -> None:
    async with Server({"ALGOROOM_REQUESTS_PER_MINUTE": "4"}) as server, client(server) as http:
        session = None
        for _ in range(4):
            response = await http.post("/sessions")
            assert response.status_code in (201, 429)
            session = session or response.json()["id"]
        for _ in range(4):  # A window may have ended meanwhile; its successor is full by now.
            await http.get(f"/sessions/{session}")
        response = await http.get(f"/sessions/{session}")
        assert_events_error(response, 429, "RATE_LIMIT_EXCEEDED")
        assert 1 <= int(response.headers["retry-after"]) <= 60
        assert response.headers["x-ratelimit-limit"] == "4"
        assert response.headers["x-ratelimit-remaining"] == "0"
        response = await http.get(f"/api/sessions/{session}")
        assert_interview_error(response, 429, "RATE_LIMIT_EXCEEDED")
        assert 1 <= int(response.headers["retry-after"]) <= 60
        origin = "http://localhost:3000"
        response = await http.get("/sessions/x", headers={"Origin": origin})
        assert response.status_code == 429
        assert response.headers["access-control-allow-origin"] == origin


@pytest.mark.contract("I-38", "A-18", "A-23")
async def test_too_many_runs_are_refused_in_both_shapes() -> None:
    async with Server({"ALGOROOM_RUNS_PER_MINUTE": "1"}) as server, client(server) as http:
        session = await events_session(http)
        for _ in range(2):  # Two, in case that a window ends after the first.
            await http.post(f"/sessions/{session}/execute")
        body = {"code": "print(1)", "language": "python"}
        response = await http.post("/api/execute", json=body)
        assert_interview_error(response, 429, "RATE_LIMIT_EXCEEDED")
        assert int(response.headers["retry-after"]) >= 1
        response = await http.post(f"/sessions/{session}/execute")
        assert_events_error(response, 429, "RATE_LIMIT_EXCEEDED")
        assert int(response.headers["retry-after"]) >= 1
        assert (await http.get(f"/sessions/{session}")).status_code == 200


@pytest.mark.contract("A-23")
async def test_too_many_sockets_are_refused_while_shaking_hands() -> None:
    async with Server({"ALGOROOM_SOCKETS_PER_CLIENT": "2"}) as server, client(server) as http:
        session = await events_session(http)
        async with listening(server, session):
            async with listening(server, session):
                with pytest.raises(InvalidStatus) as refusal:
                    async with socket(server, session):
                        pass
                assert refusal.value.response.status_code == 429

            async def a_place_is_free() -> bool:
                try:
                    async with listening(server, session):
                        return True
                except InvalidStatus:
                    return False

            async with asyncio.timeout(10):
                while not await a_place_is_free():
                    pass


async def test_a_room_has_so_many_connections_of_all_kinds_together() -> None:
    async with (
        Server({"ALGOROOM_MAX_ROOM_CONNECTIONS": "3"}) as server,
        client(server) as http,
        AsyncExitStack() as entered,
    ):
        session, ann = await events_session(http), Peer()
        await entered.enter_async_context(ann.joined(server, session))
        await entered.enter_async_context(interview(server, session))
        async with listening(server, session) as last:
            for offers in (["algoroom.interview.v1"], ["algoroom.events.v1"]):
                with pytest.raises(InvalidStatus) as refusal:
                    async with socket(server, session, offers=offers):
                        pass
                assert refusal.value.response.status_code == 503
            bob = Peer()
            async with bob.joined(server, session):
                await bob.until(lambda: bob.closed is not None)
                assert bob.closed is not None
                assert bob.closed[0] == 4504
            await put(http, session, "goes on")
            await last.until("code_update")
        async with listening(server, await events_session(http)):
            pass
        async with asyncio.timeout(10):
            while bob.closed is not None:
                async with bob.joined(server, session):
                    pass


@pytest.mark.contract("A-23")
async def test_limits_can_be_switched_off() -> None:
    settings = {"ALGOROOM_RATE_LIMITS": "off", "ALGOROOM_REQUESTS_PER_MINUTE": "1"}
    async with Server(settings) as server, client(server) as http:
        answers = [await http.post("/sessions") for _ in range(5)]
        assert {response.status_code for response in answers} == {201}


@pytest.mark.contract("I-39", "A-18")
async def test_a_run_that_cannot_be_taken_is_503_in_both_shapes() -> None:
    settings = {"ALGOROOM_RUNS_AT_ONCE": "1", "ALGOROOM_RUNS_WAITING": "0"}
    async with Server(settings) as server, client(server) as http:
        session = await interview_session(http, language="python")
        await put(http, session, "print(1)")
        async with joined(server, session, "ann") as ann:
            body = {"code": SPIN, "language": "python", "timeout": 3, "sessionId": session}
            async with asyncio.TaskGroup() as group:
                spinning = group.create_task(http.post("/api/execute", json=body))
                await ann.until("run-started")
                body = {"code": "print(1)", "language": "python"}
                response = await http.post("/api/execute", json=body)
                assert_interview_error(response, 503, "EXECUTION_SERVICE_ERROR")
                response = await http.post(f"/sessions/{session}/execute")
                assert_events_error(response, 503, "EXECUTION_SERVICE_ERROR")
            assert spinning.result().json()["success"] is False


@pytest.mark.contract("A-24")
@pytest.mark.parametrize(
    "headers", [{"X-API-Key": "anything"}, {"Authorization": "Bearer not.a.token"}]
)
async def test_credentials_change_nothing_without_access_control(
    http: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await http.post("/sessions", headers=headers)).status_code == 201


@pytest.mark.contract("I-78")
@pytest.mark.timeout(60)
async def test_too_many_frames_are_refused_and_the_present_text_follows() -> None:
    settings = {"ALGOROOM_FRAMES_PER_10_SECONDS": "50"}
    async with Server(settings) as server, client(server) as http:
        session = await interview_session(http)
        async with joined(server, session, "ann") as ann, joined(server, session, "bob"):
            await ann.expect("user-joined")
            for number in range(120):
                await ann.write(f"text {number}")
            frames: list[Json] = []
            while not frames or frames[-1]["type"] != "code-update":
                frames.append(await ann.next())
            refused = [frame["data"]["code"] for frame in frames if frame["type"] == "error"]
            assert set(refused) == {"RATE_LIMIT_EXCEEDED"}
            present = await code_of(http, session)
            assert frames[-1]["data"]["code"] == present
            assert frames[-1]["userId"] == "server"
            assert present.startswith("text ")
