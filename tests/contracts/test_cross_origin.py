"""Other origins: who may read answers, who may write, and the headers on every answer."""

from __future__ import annotations

import httpx2
import pytest
from websockets.exceptions import InvalidStatus

from tests.contracts.wire import (
    assert_events_error,
    assert_interview_error,
    client,
    code_of,
    interview_session,
    socket,
)
from tests.serving import Server

EVIL = "https://evil.example"

INTERVIEW_ORIGINS = [
    "http://localhost:3000",
    "http://localhost:3001",
    "https://room.github.dev",
    "https://a-b.c.d.github.dev",
    "https://x.githubpreview.dev",
    "https://x.y.z.githubpreview.dev",
]
EVENTS_ORIGINS = [
    "http://localhost:5173",
    "http://localhost:3000",
    "http://127.0.0.1:5173",
    "http://127.0.0.1:3000",
]
FOREIGN = [
    EVIL,
    "https://github.dev.evil.example",
    "https://evilgithub.dev",
    "http://room.github.dev",
    "https://room.github.dev:8443",
    "http://localhost:3002",
    "http://localhost",
    "https://localhost:3000",
    "null",
    "https://a/b.github.dev",
]


@pytest.mark.contract("I-44", "I-45", "A-27")
@pytest.mark.parametrize("origin", [*INTERVIEW_ORIGINS, *EVENTS_ORIGINS])
async def test_a_known_origin_may_do_everything(http: httpx2.AsyncClient, origin: str) -> None:
    for method, path in (("DELETE", "/api/sessions/x"), ("PUT", "/sessions/x/code")):
        response = await http.options(
            path,
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "Content-Type, X-Anything",
            },
        )
        assert response.status_code in (200, 204)
        assert response.headers["access-control-allow-origin"] == origin
        assert response.headers["access-control-allow-credentials"] == "true"
        allowed = response.headers["access-control-allow-methods"]
        assert method in allowed or allowed == "*"
        assert "x-anything" in response.headers["access-control-allow-headers"].lower()
    response = await http.post("/api/sessions", headers={"Origin": origin})
    assert response.status_code == 201
    assert response.headers["access-control-allow-origin"] == origin
    assert response.headers["access-control-allow-credentials"] == "true"
    assert "origin" in response.headers["vary"].lower()


@pytest.mark.contract("I-46", "A-27")
@pytest.mark.parametrize("prefix", ["/api", ""])
async def test_errors_carry_the_headers_too(http: httpx2.AsyncClient, prefix: str) -> None:
    origin = {"Origin": "http://localhost:3000"}
    session = await interview_session(http)
    route = f"{prefix}/sessions/{session}/code"
    too_large = b'{"code": "' + b"x" * 1_048_577 + b'"}'
    answers = [
        await http.get(f"{prefix}/sessions/x", headers=origin),
        await http.get(f"{prefix}/nothing", headers=origin),
        await http.request("POST" if prefix else "PUT", route, content=b"{", headers=origin),
        await http.request("POST" if prefix else "PUT", route, content=too_large, headers=origin),
        await http.patch(route, headers=origin),
    ]
    assert [response.status_code for response in answers] == [404, 404, 422, 413, 405]
    for response in answers:
        assert response.headers["access-control-allow-origin"] == "http://localhost:3000"
        assert response.headers["access-control-allow-credentials"] == "true"


@pytest.mark.contract("I-43", "I-44")
@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_write_from_a_foreign_origin_is_refused(
    http: httpx2.AsyncClient, origin: str
) -> None:
    session = await interview_session(http)
    before = await code_of(http, session)
    foreign = {"Origin": origin}
    body = {"code": "print('owned')"}
    run = {"code": "1", "language": "python"}
    for response in [
        await http.post("/api/sessions", headers=foreign),
        await http.post(f"/api/sessions/{session}/code", json=body, headers=foreign),
        await http.patch(f"/api/sessions/{session}", json={"title": "x"}, headers=foreign),
        await http.delete(f"/api/sessions/{session}", headers=foreign),
        await http.post("/api/execute", json=run, headers=foreign),
    ]:
        assert_interview_error(response, 403, None)
        assert "access-control-allow-origin" not in response.headers
    for response in [
        await http.post("/sessions", headers=foreign),
        await http.put(f"/sessions/{session}/code", json=body, headers=foreign),
        await http.post(f"/sessions/{session}/execute", headers=foreign),
    ]:
        assert_events_error(response, 403, "HTTP_ERROR")
    assert await code_of(http, session) == before
    read = await http.get(f"/api/sessions/{session}", headers=foreign)
    assert "access-control-allow-origin" not in read.headers


@pytest.mark.contract("I-43")
async def test_the_servers_own_origin_may_write(server: Server, http: httpx2.AsyncClient) -> None:
    response = await http.post("/api/sessions", headers={"Origin": server.url})
    assert response.status_code == 201


@pytest.mark.contract("I-47")
async def test_the_list_of_origins_is_a_setting() -> None:
    settings = {"ALGOROOM_CORS_ORIGINS": "https://one.example,https://*.two.example"}
    async with Server(settings) as server, client(server) as http:
        for origin, status in [
            ("https://one.example", 201),
            ("https://deep.er.two.example", 201),
            ("http://localhost:3000", 403),
        ]:
            response = await http.post("/api/sessions", headers={"Origin": origin})
            assert response.status_code == status
            assert (response.headers.get("access-control-allow-origin") == origin) == (
                status == 201
            )


@pytest.mark.contract("I-43")
async def test_a_page_of_another_origin_gets_no_socket(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    for origin in (EVIL, "null"):
        with pytest.raises(InvalidStatus) as refusal:
            async with socket(server, session, origin=origin):
                pass
        assert refusal.value.response.status_code == 403
    welcome: list[str | None] = [server.url, INTERVIEW_ORIGINS[0], None]
    for let_in in welcome:
        async with socket(server, session, origin=let_in) as opened:
            await opened.expect("welcome")
