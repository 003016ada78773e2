"""Every error is answered in the shape of the contract that was spoken to."""

import json
import logging
from typing import Any

import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from algoroom.api.limits import RateLimitExceeded
from algoroom.api.problem import complaints_of, tame
from algoroom.errors import (
    InvalidChange,
    JournalDamaged,
    LanguageUnavailable,
    PartyBusy,
    RunsBusy,
    SandboxUnavailable,
    SessionNotFound,
    SnapshotNotFound,
    TextTooLong,
)
from algoroom.storage.database import DatabaseUnavailable
from tests.api.asking import application, client

FORESEEN: list[tuple[Exception, int, str, str]] = [
    (SessionNotFound("x"), 404, "SESSION_NOT_FOUND", "SESSION_NOT_FOUND"),
    (SnapshotNotFound("x"), 404, "SNAPSHOT_NOT_FOUND", "HTTP_ERROR"),
    (TextTooLong(10, 5), 413, "PAYLOAD_TOO_LARGE", "PAYLOAD_TOO_LARGE"),
    (
        LanguageUnavailable("java", "gone"),
        503,
        "EXECUTION_SERVICE_ERROR",
        "EXECUTION_SERVICE_ERROR",
    ),
    (SandboxUnavailable("no"), 503, "EXECUTION_SERVICE_ERROR", "EXECUTION_SERVICE_ERROR"),
    (RunsBusy(3), 503, "EXECUTION_SERVICE_ERROR", "EXECUTION_SERVICE_ERROR"),
    (PartyBusy(3), 429, "RATE_LIMIT_EXCEEDED", "RATE_LIMIT_EXCEEDED"),
    (RateLimitExceeded("runs", 3), 429, "RATE_LIMIT_EXCEEDED", "RATE_LIMIT_EXCEEDED"),
    (InvalidChange("beyond the end"), 422, "INVALID_REQUEST", "INVALID_REQUEST"),
    (HTTPException(403), 403, "FORBIDDEN", "HTTP_ERROR"),
    (DatabaseUnavailable("secret"), 503, "STORAGE_UNAVAILABLE", "HTTP_ERROR"),
    (JournalDamaged("x", 7, "no"), 500, "JOURNAL_DAMAGED", "INTERNAL_SERVER_ERROR"),
    (RuntimeError("secret"), 500, "INTERNAL_SERVER_ERROR", "INTERNAL_SERVER_ERROR"),
]


def raising(error: Exception) -> APIRouter:
    router = APIRouter()

    @router.get("/fail")
    @router.get("/api/fail")
    async def fail() -> None:
        raise error

    return router


@pytest.mark.parametrize(("error", "status", "interview", "events"), FORESEEN, ids=str)
async def test_an_error_has_its_status_and_code_in_both_shapes(
    error: Exception, status: int, interview: str, events: str
) -> None:
    async with client(application(raising(error))) as http:
        answer = await http.get("/api/fail")
        assert (answer.status_code, answer.json()["error"]) == (status, interview)
        assert answer.json().keys() == {"detail", "error", "message", "statusCode"}
        assert answer.json()["statusCode"] == status
        answer = await http.get("/fail")
        assert (answer.status_code, answer.json()["code"]) == (status, events)
        assert answer.json().keys() == {"message", "code", "status"}
        assert "secret" not in answer.text


async def test_an_unknown_session_is_told_as_clients_know_it() -> None:
    async with client(application(raising(SessionNotFound("a<b")))) as http:
        assert (await http.get("/api/fail")).json()["detail"] == "Session not found"
        assert (await http.get("/fail")).json()["message"] == "Session with ID 'a<b' not found"


@pytest.mark.parametrize(
    "error", [RunsBusy(7), PartyBusy(7), RateLimitExceeded("runs", 7)], ids=str
)
async def test_who_has_to_wait_is_told_how_long(error: Exception) -> None:
    async with client(application(raising(error))) as http:
        assert (await http.get("/api/fail")).headers["retry-after"] == "7"


async def test_what_nobody_foresaw_is_logged_by_the_id_of_the_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = application(raising(RuntimeError("secret")))
    with caplog.at_level(logging.ERROR, logger="algoroom"):
        async with client(app) as http:
            headers = {"X-Request-ID": "trace-1", "Origin": "http://localhost:3000"}
            answer = await http.get("/api/fail", headers=headers)
    assert "trace-1" in caplog.text
    assert "RuntimeError: secret" in caplog.text
    assert answer.headers["x-request-id"] == "trace-1"
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"


async def test_what_nobody_foresaw_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async with client(application(raising(RuntimeError("secret")))) as http:
        await http.get("/fail")
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


async def test_unknown_routes_and_methods_have_the_shape_of_their_path() -> None:
    async with client(application(raising(RuntimeError()))) as http:
        for path in ("/api", "/api/", "/api/nothing", "/api/%00"):
            assert (await http.get(path)).json()["error"] == "NOT_FOUND"
        for path in ("/nothing", "/apis", "/%00"):
            assert (await http.get(path)).json()["code"] == "HTTP_ERROR"
        answer = await http.post("/api/fail")
        assert (answer.status_code, answer.json()["error"]) == (405, "METHOD_NOT_ALLOWED")
        assert answer.headers["allow"] == "GET"
        assert (await http.post("/fail")).json()["code"] == "HTTP_ERROR"


async def test_a_word_that_stands_in_a_route_is_no_id_of_another() -> None:
    router = APIRouter()

    @router.post("/things/use")
    async def use() -> None:
        raise AssertionError

    @router.delete("/things/{name}")
    async def remove(name: str) -> None:
        raise AssertionError

    async with client(application(router)) as http:
        assert (await http.get("/things/use")).headers["allow"] == "POST"
        assert (await http.get("/things/other")).headers["allow"] == "DELETE"


async def test_a_long_and_broken_id_makes_a_short_and_whole_message() -> None:
    async with client(application(raising(SessionNotFound("\ud800" * 100_000)))) as http:
        answer = await http.get("/fail")
        assert answer.json()["code"] == "SESSION_NOT_FOUND"
        assert len(answer.content) < 10_000


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**4_400, max_value=10**4_401)
    | st.floats()
    | st.text(st.characters(), max_size=400)
    | st.binary(max_size=400)
    | st.builds(ValueError, st.text(st.characters(), max_size=400))
)
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=15)
        | st.dictionaries(st.text(st.characters()) | st.integers(), inner, max_size=15)
        | st.tuples(inner)
    ),
    max_leaves=40,
)


@given(anything)
def test_an_echo_is_json_for_every_reader_whatever_was_sent(value: Any) -> None:
    complaint = {"type": "x", "loc": ("body", "y"), "msg": "z", "input": value, "ctx": {"e": value}}
    text = json.dumps(complaints_of([complaint]), allow_nan=False, ensure_ascii=False)
    assert json.loads(text.encode())[0]["loc"] == ["body", "y"]


def test_an_echo_is_short_whatever_was_sent() -> None:
    nested: Any = "x"
    for _ in range(10_000):
        nested = [nested]
    for value in ("x" * 10**6, [["y" * 1_000] * 1_000] * 1_000, 10**9_000, nested):
        assert len(json.dumps(tame(value))) < 25_000


def test_the_number_of_complaints_is_bounded() -> None:
    assert len(complaints_of([{"type": "x", "loc": (), "msg": "y"}] * 10_000)) == 50
