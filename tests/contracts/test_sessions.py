"""Sessions through the REST routes of both contracts, over both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.contracts.wire import (
    ENDS_IN_Z,
    UUID,
    assert_events_error,
    assert_interview_error,
    client,
    code_of,
    events_session,
    interview_session,
    joined,
    listening,
    moment,
    participants_of,
    strict_json,
)
from tests.serving import Server

pytestmark = pytest.mark.both_databases

INTERVIEW_KEYS = {
    "sessionId", "title", "language", "createdAt", "expiresAt", "activeParticipants", "url",
}  # fmt: skip
EVENTS_KEYS = {"id", "code", "language", "createdAt", "participants"}

ODD_IDS = [
    "nothing-here",
    "00000000-0000-0000-0000-000000000000",
    "%00",
    "a%00b",
    "%F0%9F%98%80",
    "%FF%FE",
    "..%2F..%2Fetc%2Fpasswd",
    "x" * 5_000,
    "1",
    "null",
    "%20",
    "'%20OR%201=1--",
    "%ED%A0%80",
]


@pytest.mark.contract("I-01", "I-04", "I-18")
async def test_a_session_is_made_without_a_body(http: httpx2.AsyncClient) -> None:
    response = await http.post("/api/sessions")
    assert response.status_code == 201
    session = strict_json(response)
    assert set(session) == INTERVIEW_KEYS
    assert UUID.fullmatch(session["sessionId"])
    assert session["title"] is None
    assert session["language"] == "javascript"
    assert session["activeParticipants"] == 0


@pytest.mark.contract("I-04", "I-18")
async def test_a_session_is_made_with_all_fields(http: httpx2.AsyncClient) -> None:
    body = {"language": "cpp", "title": "Zwei Türme 😀", "expiresIn": 168}
    session = (await http.post("/api/sessions", json=body)).json()
    assert session["title"] == "Zwei Türme 😀"
    assert session["language"] == "cpp"
    life = moment(session["expiresAt"]) - moment(session["createdAt"])
    assert abs(life - timedelta(hours=168)) < timedelta(seconds=1)


@pytest.mark.contract("I-04")
@pytest.mark.parametrize("body", [{}, {"title": None}, {"expiresIn": 24}])
async def test_a_session_lives_for_a_day_by_default(
    http: httpx2.AsyncClient, body: dict[str, Any]
) -> None:
    response = await http.post("/api/sessions", json=body)
    assert response.status_code == 201
    session = response.json()
    life = moment(session["expiresAt"]) - moment(session["createdAt"])
    assert abs(life - timedelta(hours=24)) < timedelta(seconds=1)


@pytest.mark.contract("I-02")
async def test_a_moment_is_spelt_the_same_in_every_answer(http: httpx2.AsyncClient) -> None:
    made = (await http.post("/api/sessions")).json()
    session = made["sessionId"]
    read = (await http.get(f"/api/sessions/{session}")).json()
    code = (await http.get(f"/api/sessions/{session}/code")).json()
    for name in ("createdAt", "expiresAt"):
        assert ENDS_IN_Z.fullmatch(made[name])
    assert read["createdAt"] == made["createdAt"]
    assert ENDS_IN_Z.fullmatch(code["lastModified"])
    assert code["lastModified"] == made["createdAt"]
    saved = await http.post(f"/api/sessions/{session}/code", json={"code": "now"})
    assert ENDS_IN_Z.fullmatch(saved.json()["savedAt"])
    code = (await http.get(f"/api/sessions/{session}/code")).json()
    entries = (await http.get(f"/api/sessions/{session}/history")).json()["history"]
    assert code["lastModified"] == saved.json()["savedAt"] == entries[-1]["timestamp"]
    other = (await http.get(f"/sessions/{session}")).json()
    assert moment(other["createdAt"]) == moment(made["createdAt"])


@pytest.mark.contract("I-05", "I-18")
async def test_a_session_is_read_as_it_was_made(http: httpx2.AsyncClient) -> None:
    made = (await http.post("/api/sessions", json={"title": "One", "language": "java"})).json()
    response = await http.get(f"/api/sessions/{made['sessionId']}")
    assert response.status_code == 200
    read = strict_json(response)
    assert {**read, "expiresAt": None} == {**made, "expiresAt": None}


@pytest.mark.contract("I-18")
async def test_the_link_to_share_opens_the_room(http: httpx2.AsyncClient) -> None:
    made = (await http.post("/api/sessions")).json()
    assert made["url"].endswith(f"/interview/{made['sessionId']}")
    opened = await http.get(made["url"], headers={"Accept": "text/html"}, follow_redirects=True)
    assert opened.status_code == 200
    assert opened.headers["content-type"].startswith("text/html")


@pytest.mark.contract("I-18")
async def test_active_participants_are_those_in_the_room(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann"), joined(server, session, "bob"):
        read = (await http.get(f"/api/sessions/{session}")).json()
        assert read["activeParticipants"] == 2


@pytest.mark.contract("I-06")
async def test_a_patch_changes_what_it_names(http: httpx2.AsyncClient) -> None:
    made = (await http.post("/api/sessions", json={"title": "Old"})).json()
    route = f"/api/sessions/{made['sessionId']}"
    response = await http.patch(route, json={"language": "python"})
    assert response.status_code == 200
    assert set(response.json()) == INTERVIEW_KEYS
    assert (response.json()["language"], response.json()["title"]) == ("python", "Old")
    response = await http.patch(route, json={"title": "New", "language": None})
    assert (response.json()["language"], response.json()["title"]) == ("python", "New")
    response = await http.patch(route, json={"title": None})
    assert (response.json()["language"], response.json()["title"]) == ("python", "New")
    response = await http.patch(route, json={})
    assert response.status_code == 200
    read = (await http.get(route)).json()
    assert (read["language"], read["title"]) == ("python", "New")


@pytest.mark.contract("I-07", "I-35")
async def test_a_deleted_session_is_gone_from_both_contracts(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    response = await http.delete(f"/api/sessions/{session}")
    assert response.status_code == 204
    assert response.content == b""
    body = assert_interview_error(
        await http.get(f"/api/sessions/{session}"), 404, "SESSION_NOT_FOUND"
    )
    assert body["detail"] == "Session not found"
    assert_interview_error(await http.delete(f"/api/sessions/{session}"), 404, "SESSION_NOT_FOUND")
    assert_events_error(await http.get(f"/sessions/{session}"), 404, "SESSION_NOT_FOUND")


@pytest.mark.contract("I-19")
@pytest.mark.parametrize("language", ["javascript", "python", "java", "cpp"])
async def test_each_promised_language_is_taken(http: httpx2.AsyncClient, language: str) -> None:
    session = await interview_session(http, language=language)
    read = (await http.get(f"/api/sessions/{session}")).json()
    assert read["language"] == language


@pytest.mark.contract("I-19")
@pytest.mark.parametrize("language", ["", "brainfuck", "Python", " python", 7, ["python"], "\0"])
async def test_an_unknown_language_is_refused(http: httpx2.AsyncClient, language: object) -> None:
    made = await http.post("/api/sessions", json={"language": language})
    assert_interview_error(made, 422, "INVALID_REQUEST")
    session = await interview_session(http)
    patched = await http.patch(f"/api/sessions/{session}", json={"language": language})
    assert_interview_error(patched, 422, "INVALID_REQUEST")
    saved = await http.post(
        f"/api/sessions/{session}/code", json={"code": "x", "language": language}
    )
    assert_interview_error(saved, 422, "INVALID_REQUEST")
    ran = await http.post("/api/execute", json={"code": "x", "language": language})
    assert_interview_error(ran, 422, "INVALID_REQUEST")
    assert (await http.get(f"/api/sessions/{session}")).json()["language"] == "javascript"


@pytest.mark.contract("I-20")
@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("javascript", "// Write your javascript code here\n"),
        ("python", "# Write your python code here\n"),
        ("java", "// Write your java code here\n"),
        ("cpp", "// Write your cpp code here\n"),
    ],
)
async def test_a_new_session_invites_to_write(
    http: httpx2.AsyncClient, language: str, code: str
) -> None:
    session = await interview_session(http, language=language)
    assert await code_of(http, session) == code


@pytest.mark.contract("I-03", "I-35", "A-02", "A-16", "A-25")
@pytest.mark.parametrize("odd", ODD_IDS, ids=range(len(ODD_IDS)))
async def test_any_unknown_id_is_not_found(http: httpx2.AsyncClient, odd: str) -> None:
    below = f"/api/sessions/{odd}"
    for response in [
        await http.get(below),
        await http.patch(below, json={"title": "x"}),
        await http.delete(below),
        await http.get(f"{below}/code"),
        await http.post(f"{below}/code", json={"code": "x"}),
        await http.get(f"{below}/participants"),
        await http.get(f"{below}/history"),
        await http.get(f"{below}/snapshots/{odd}"),
    ]:
        assert_interview_error(response, 404, None)
    for response in [
        await http.get(f"/sessions/{odd}"),
        await http.put(f"/sessions/{odd}/code", json={"code": "x"}),
        await http.post(f"/sessions/{odd}/execute"),
        await http.post(
            f"/sessions/{odd}/execution-result", json={"success": True, "executionTime": 1}
        ),
    ]:
        assert_events_error(response, 404, None)


@pytest.mark.contract("I-35")
@pytest.mark.parametrize("route", ["", "/code", "/participants", "/history"])
async def test_the_interview_api_says_session_not_found(
    http: httpx2.AsyncClient, route: str
) -> None:
    response = await http.get(f"/api/sessions/nobody{route}")
    body = assert_interview_error(response, 404, "SESSION_NOT_FOUND")
    assert body["detail"] == "Session not found"


@pytest.mark.contract("A-16")
async def test_the_algoroom_api_names_the_id_that_it_did_not_find(
    http: httpx2.AsyncClient,
) -> None:
    for response in [
        await http.get("/sessions/nobody"),
        await http.put("/sessions/nobody/code", json={"code": "x"}),
        await http.post("/sessions/nobody/execute"),
        await http.post(
            "/sessions/nobody/execution-result", json={"success": True, "executionTime": 1}
        ),
    ]:
        body = assert_events_error(response, 404, "SESSION_NOT_FOUND")
        assert body["message"] == "Session with ID 'nobody' not found"


@pytest.mark.contract("I-11", "I-28")
async def test_participants_are_listed_with_their_cursors(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    response = await http.get(f"/api/sessions/{session}/participants")
    assert response.status_code == 200
    assert strict_json(response) == {"sessionId": session, "participants": []}
    async with joined(server, session, "ann", "Ann"), joined(server, session, "bob", "Bob") as bob:
        await bob.send("cursor-position", {"line": 3, "column": 7})
        await bob.settle()
        people = {person["userId"]: person for person in await participants_of(http, session)}
        assert set(people) == {"ann", "bob"}
        for person in people.values():
            assert set(person) == {"userId", "name", "joinedAt", "cursorPosition"}
            assert ENDS_IN_Z.fullmatch(person["joinedAt"])
        assert people["ann"]["name"] == "Ann"
        assert people["ann"]["cursorPosition"] is None
        assert people["bob"]["cursorPosition"] == {"line": 3, "column": 7}


@pytest.mark.contract("A-01", "A-03", "A-09")
async def test_a_session_of_the_algoroom_api_starts_empty(http: httpx2.AsyncClient) -> None:
    for response in [await http.post("/sessions"), await http.post("/sessions", json={})]:
        assert response.status_code == 201
        session = strict_json(response)
        assert set(session) == EVENTS_KEYS
        assert UUID.fullmatch(session["id"])
        assert session["code"] == ""
        assert session["language"] == "javascript"
        assert session["participants"] == 0
        assert moment(session["createdAt"]).utcoffset() == timedelta(0)


@pytest.mark.contract("A-03", "A-11")
async def test_the_algoroom_api_makes_python_sessions(http: httpx2.AsyncClient) -> None:
    response = await http.post("/sessions", json={"language": "python"})
    assert response.status_code == 201
    assert response.json()["language"] == "python"


@pytest.mark.contract("A-11", "A-17")
@pytest.mark.parametrize("language", ["rust", "java", "cpp", "", "PYTHON"])
async def test_other_languages_are_refused_by_the_algoroom_api(
    http: httpx2.AsyncClient, language: str
) -> None:
    made = await http.post("/sessions", json={"language": language})
    assert_events_error(made, 422, "INVALID_LANGUAGE")
    session = await events_session(http)
    response = await http.put(f"/sessions/{session}/code", json={"code": "x", "language": language})
    assert_events_error(response, 422, "INVALID_LANGUAGE")
    assert (await http.get(f"/sessions/{session}")).json()["code"] == ""


@pytest.mark.contract("A-11", "A-42")
async def test_a_session_of_the_other_contract_shows_its_language(
    http: httpx2.AsyncClient,
) -> None:
    session = await interview_session(http, language="java")
    read = (await http.get(f"/sessions/{session}")).json()
    assert set(read) == EVENTS_KEYS
    assert read["language"] == "java"
    assert read["code"] == "// Write your java code here\n"


@pytest.mark.contract("A-04", "A-05", "A-09")
async def test_code_is_put_and_read_back(http: httpx2.AsyncClient) -> None:
    made = (await http.post("/sessions")).json()
    code = "print('é 😀 e\u0301 \u2028 \\ \"')\r\n\tx\n"
    response = await http.put(
        f"/sessions/{made['id']}/code", json={"code": code, "language": "python"}
    )
    assert response.status_code == 200
    session = strict_json(response)
    assert session == {**made, "code": code, "language": "python"}
    read = await http.get(f"/sessions/{made['id']}")
    assert read.status_code == 200
    assert strict_json(read) == session
    await http.put(f"/sessions/{made['id']}/code", json={"code": ""})
    assert (await http.get(f"/sessions/{made['id']}")).json() == {
        **made, "code": "", "language": "python",
    }  # fmt: skip


@pytest.mark.contract("A-09")
async def test_participants_of_the_algoroom_api_are_its_connections(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await events_session(http)
    async with listening(server, session), listening(server, session):
        assert (await http.get(f"/sessions/{session}")).json()["participants"] == 2


@pytest.mark.contract("A-42")
async def test_a_session_is_one_in_both_contracts(http: httpx2.AsyncClient) -> None:
    session = await events_session(http, language="python")
    read = (await http.get(f"/api/sessions/{session}")).json()
    assert set(read) == INTERVIEW_KEYS
    assert read["language"] == "python"
    await http.post(f"/api/sessions/{session}/code", json={"code": "x = 1"})
    assert (await http.get(f"/sessions/{session}")).json()["code"] == "x = 1"
    await http.put(f"/sessions/{session}/code", json={"code": "x = 2", "language": "javascript"})
    code = (await http.get(f"/api/sessions/{session}/code")).json()
    assert (code["code"], code["language"]) == ("x = 2", "javascript")


@pytest.mark.contract("I-04", "A-03")
async def test_sessions_made_at_once_are_all_there(server: Server) -> None:
    async with client(server) as http:
        made = await asyncio.gather(*(interview_session(http) for _ in range(40)))
        assert len(set(made)) == 40
        read = await asyncio.gather(*(http.get(f"/sessions/{session}") for session in made))
        assert {response.status_code for response in read} == {200}
