"""Signing in over HTTP: who gets in with which credential, in both modes."""

import re
from collections.abc import Iterator

import pytest

from algoroom.api.documents import default_settings
from algoroom.api.gate import is_free
from algoroom.main import create_app
from tests.access.people import as_ann, bearer, keys, new_key
from tests.contracts.wire import (
    assert_events_error,
    assert_interview_error,
    client,
    events_session,
    history_of,
    interview_session,
    put,
    save,
)
from tests.serving import Server


def routes() -> Iterator[tuple[str, str]]:
    for path, operations in create_app(default_settings()).openapi()["paths"].items():
        for method in operations:
            yield method.upper(), re.sub(r"\{[^}]+\}", "x", path)
    yield from (
        ("GET", path) for path in ("/interview/x", "/session/x", "/nothing", "/api/nothing")
    )


async def test_without_a_credential_every_route_answers_401_in_its_shape(
    closed_server: Server,
) -> None:
    tried = 0
    async with client(closed_server) as http:
        for method, path in routes():
            if is_free(path):
                continue
            answer = await http.request(method, path)
            assert answer.headers["www-authenticate"] == "Bearer", (method, path)
            if path.startswith("/api"):
                assert_interview_error(answer, 401, "UNAUTHORIZED")
            else:
                assert_events_error(answer, 401, "HTTP_ERROR")
            tried += 1
    assert tried > 30


async def test_what_tells_nothing_of_anybody_takes_no_credential(closed_server: Server) -> None:
    paths = (
        "/", "/health", "/api/health", "/docs", "/redoc", "/openapi.json", "/asyncapi.json",
        "/auth/providers",
    )  # fmt: skip
    async with client(closed_server, headers={"X-API-Key": "wrong"}) as http:
        for path in paths:
            assert (await http.get(path)).status_code == 200, path


async def test_a_page_of_another_origin_may_read_why_it_is_refused(closed_server: Server) -> None:
    async with client(closed_server) as http:
        answer = await http.get("/sessions/x", headers={"Origin": "http://localhost:5173"})
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == "http://localhost:5173"
        asked = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "PUT"}
        assert (await http.options("/sessions/x/code", headers=asked)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": "bearer"},
        {"Authorization": "Bearer " + "x" * 20_000},
        {"X-API-Key": "algo_wrong"},
        {"Cookie": "algoroom-login=wrong"},
        bearer(exp=1),
        {**bearer(), "X-API-Key": "algo_wrong"},
    ],
)
async def test_a_credential_that_does_not_hold_makes_nobody_anonymous(
    any_server: Server, headers: dict[str, str]
) -> None:
    async with client(any_server, headers=headers) as http:
        answer = await http.post("/api/sessions")
        assert_interview_error(answer, 401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        assert_events_error(await http.get("/sessions/x"), 401, "HTTP_ERROR")
        assert ("set-cookie" in answer.headers) == ("Cookie" in headers)
        if "Cookie" in headers:
            assert answer.headers["set-cookie"].startswith("algoroom-login=;")
            assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_where_signing_in_is_needed_anything_shown_is_taken_for_a_credential(
    closed_server: Server,
) -> None:
    async with client(closed_server) as http:
        for key in ("", "anything"):
            answer = await http.get("/api/me", headers={"X-API-Key": key})
            assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_what_a_proxy_before_the_server_asks_for_is_not_looked_at(
    open_server: Server,
) -> None:
    async with client(open_server, headers={"Authorization": "Basic YW5uOmFubg=="}) as http:
        assert (await http.get("/api/me")).json()["kind"] == "anonymous"


async def test_whoever_is_signed_in_is_the_author_of_what_they_write(any_server: Server) -> None:
    async with as_ann(any_server) as http:
        session = await interview_session(http)
        await save(http, session, "print(1)\n")
        await put(http, session, "print(2)\n")
        await http.patch(f"/api/sessions/{session}", json={"language": "python"})
        await http.post(f"/sessions/{session}/execute")
        (run,) = (await http.get(f"/api/sessions/{session}/runs")).json()["runs"]
        version = await http.post(
            f"/api/sessions/{session}/versions", json={"name": "one", "userId": "bob"}
        )
        history = await history_of(http, session)
    assert {entry["userId"] for entry in history} == {"user:ann"}
    assert run["userId"] == version.json()["userId"] == "user:ann"


async def test_nobody_may_claim_to_be_who_is_signed_in(open_server: Server) -> None:
    async with client(open_server) as http:
        session = await events_session(http)
        made = await http.post(
            f"/api/sessions/{session}/versions", json={"name": "one", "userId": "user:ann"}
        )
    assert made.json()["userId"] == "server"


SCOPED = [
    ("POST", "/api/sessions", "session:create"),
    ("POST", "/sessions", "session:create"),
    ("POST", "/api/sessions/x/fork", "session:create"),
    ("GET", "/api/sessions/x", "session:read"),
    ("GET", "/sessions/x", "session:read"),
    ("GET", "/api/sessions/x/playback", "session:read"),
    ("GET", "/api/runs/x", "session:read"),
    ("GET", "/api/me/sessions", "session:read"),
    ("PUT", "/sessions/x/code", "session:write"),
    ("PATCH", "/api/sessions/x", "session:write"),
    ("DELETE", "/api/sessions/x", "session:write"),
    ("POST", "/api/execute", "session:write"),
    ("POST", "/api/runs", "session:write"),
]


@pytest.mark.parametrize(("method", "path", "scope"), SCOPED)
async def test_a_credential_is_only_for_the_scopes_that_it_has(
    any_server: Server, method: str, path: str, scope: str
) -> None:
    others = {"session:create", "session:read", "session:write"} - {scope}
    async with client(any_server) as http:
        answer = await http.request(method, path, headers=bearer(scope=" ".join(others)))
        allowed = await http.request(method, path, headers=bearer(scope=scope))
    challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
    assert (answer.status_code, answer.headers["www-authenticate"]) == (403, challenge)
    if path.startswith("/api"):
        assert_interview_error(answer, 403, "INSUFFICIENT_SCOPE")
    assert allowed.status_code not in (401, 403)


async def test_a_token_without_a_scope_opens_nothing_but_oneself(any_server: Server) -> None:
    async with as_ann(any_server, scope=None) as http:
        assert (await http.get("/api/me")).json()["scopes"] == []
        assert (await http.get("/api/languages")).status_code == 403


async def test_everybody_can_ask_who_they_are(open_server: Server) -> None:
    async with client(open_server) as http:
        nobody = (await http.get("/api/me")).json()
        told = await http.get("/api/me", headers=bearer(name="Ann", exp=4_102_444_800))
    assert nobody == {
        "kind": "anonymous",
        "userId": "anonymous",
        "name": None,
        "email": None,
        "scopes": ["session:create", "session:read", "session:write"],
        "expiresAt": None,
    }
    assert told.json() == {
        "kind": "user",
        "userId": "user:ann",
        "name": "Ann",
        "email": "ann@example.org",
        "scopes": ["session:create", "session:read", "session:write"],
        "expiresAt": "2100-01-01T00:00:00.000000Z",
    }


async def test_whoever_creates_a_session_finds_it_again(any_server: Server) -> None:
    async with as_ann(any_server, sub="cleo") as http, as_ann(any_server, sub="dan") as other:
        first = await interview_session(http, title="First")
        second = await events_session(http)
        forked = await http.post(f"/api/sessions/{first}/fork", json={})
        await interview_session(other)
        whole = (await http.get("/api/me/sessions")).json()
        pages: list[str] = []
        after: dict[str, str] = {}
        while True:
            answer = await http.get("/api/me/sessions", params={"limit": 2, **after})
            page = answer.json()
            pages += [one["sessionId"] for one in page["sessions"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        wrong = await http.get("/api/me/sessions", params={"after": "nothing"})
    newest_first = [forked.json()["id"], second, first]
    assert [one["sessionId"] for one in whole["sessions"]] == pages == newest_first
    oldest = whole["sessions"][-1]
    assert (oldest["title"], oldest["activeParticipants"]) == ("First", 0)
    assert oldest["url"].endswith(f"/interview/{first}")
    assert_interview_error(wrong, 422, "INVALID_REQUEST")


async def test_nobody_in_particular_has_no_sessions(open_server: Server) -> None:
    async with client(open_server) as http:
        assert_interview_error(await http.get("/api/me/sessions"), 401, "UNAUTHORIZED")


async def test_a_key_opens_what_it_is_for_until_it_is_revoked(any_server: Server) -> None:
    secret, key_id = await new_key(any_server)
    async with client(any_server, headers={"X-API-Key": secret}) as http:
        me = (await http.get("/api/me")).json()
        assert (me["kind"], me["userId"]) == ("key", f"key:{key_id}")
        await events_session(http)
        assert (await keys(any_server, "revoke", key_id)).code == 0
        assert_events_error(await http.post("/sessions"), 401, "HTTP_ERROR")
    secret, _ = await new_key(any_server, "--scope", "session:read", "--days", "1")
    async with client(any_server, headers={"X-API-Key": secret}) as http:
        assert (await http.post("/sessions")).status_code == 403
        assert (await http.get("/api/me")).json()["expiresAt"] is not None


async def test_no_credential_is_in_the_log(any_server: Server) -> None:
    secret, _ = await new_key(any_server)
    token = bearer(exp=1)["Authorization"]
    async with client(any_server) as http:
        for headers in (
            {"X-API-Key": secret},
            {"Authorization": token},
            {"Cookie": "algoroom-login=kept"},
        ):
            await http.post("/api/execute", headers=headers, json={"language": "nope", "code": ""})
    log = any_server.log_path.read_text()
    for part in (secret, token.rpartition(".")[2], "algoroom-login"):
        assert part not in log
