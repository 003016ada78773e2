"""Requests that are wrong: each is refused in its contract's shape, and nothing of it is stored."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.contracts.wire import (
    assert_events_error,
    assert_interview_error,
    code_of,
    events_session,
    history_of,
    interview_session,
)

# Byte bodies that are no text a request may hold, whatever fields the route wants.
BROKEN = {
    "empty": b"",
    "cut off": b'{"code": "x"',
    "bare word": b"code",
    "trailing": b'{"code": "x"} x',
    "not utf-8": b'{"code": "\xff\xfe"}',
    "utf-8 surrogate": b'{"code": "\xed\xa0\x80"}',
    "array": b'["code"]',
    "string": b'"code"',
    "number": b"1",
    "null": b"null",
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"code":' * 50_000,
    "deep and closed": b'{"code":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "huge integer": b'{"code": ' + b"9" * 10_000 + b"}",
    "huge float": b'{"code": 1e99999}',
    "NaN": b'{"code": NaN}',
    "infinity": b'{"code": -Infinity}',
    "lone surrogate": b'{"code": "\\ud800"}',
    "reversed pair": b'{"code": "\\udc00\\ud800"}',
    "NUL": b'{"code": "a\\u0000b"}',
    "number as code": b'{"code": 1}',
    "null as code": b'{"code": null}',
    "list as code": b'{"code": ["x"]}',
    "no code": b'{"kode": "x"}',
    "NaN key": b'{"code": "x", "language": NaN}',
    "surrogate language": b'{"code": "x", "language": "\\udfff"}',
}


@pytest.mark.contract("I-36", "I-40")
@pytest.mark.both_databases
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_save_is_refused(http: httpx2.AsyncClient, body: bytes) -> None:
    session = await interview_session(http)
    before = await code_of(http, session)
    response = await http.post(
        f"/api/sessions/{session}/code",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert_interview_error(response, 422, "INVALID_REQUEST")
    assert await code_of(http, session) == before
    assert await history_of(http, session) == []


@pytest.mark.contract("A-17", "A-18")
@pytest.mark.both_databases
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_put_is_refused(http: httpx2.AsyncClient, body: bytes) -> None:
    session = await events_session(http)
    response = await http.put(
        f"/sessions/{session}/code", content=body, headers={"Content-Type": "application/json"}
    )
    assert_events_error(response, 422, None)
    assert (await http.get(f"/sessions/{session}")).json()["code"] == ""


@pytest.mark.contract("A-17")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"code": "x"', "INVALID_JSON"),
        (b"[" * 100_000, "INVALID_JSON"),
        (b"{}", "MISSING_FIELD"),
        (b'{"language": "python"}', "MISSING_FIELD"),
        (b'{"code": "x", "language": "rust"}', "INVALID_LANGUAGE"),
        (b'{"code": 1}', "INVALID_REQUEST"),
        (b'["x"]', "INVALID_REQUEST"),
    ],
)
async def test_the_code_of_a_422_says_what_is_wrong(
    http: httpx2.AsyncClient, body: bytes, code: str
) -> None:
    session = await events_session(http)
    response = await http.put(
        f"/sessions/{session}/code", content=body, headers={"Content-Type": "application/json"}
    )
    assert_events_error(response, 422, code)


@pytest.mark.contract("I-04", "I-36")
@pytest.mark.parametrize(
    "body",
    [
        '{"expiresIn": 0}',
        '{"expiresIn": 169}',
        '{"expiresIn": -1}',
        '{"expiresIn": 1.5}',
        '{"expiresIn": "soon"}',
        '{"expiresIn": NaN}',
        '{"expiresIn": Infinity}',
        '{"expiresIn": 1e400}',
        '{"expiresIn": ' + "9" * 5_000 + "}",
        '{"title": 1}',
        '{"title": ["x"]}',
        '{"title": "\\u0000"}',
        '{"title": "\\ud83d"}',
        '{"language": null, "expiresIn": []}',
        "[]",
        "{",
    ],
)
async def test_a_wrong_field_makes_no_session(http: httpx2.AsyncClient, body: str) -> None:
    response = await http.post(
        "/api/sessions", content=body, headers={"Content-Type": "application/json"}
    )
    assert_interview_error(response, 422, "INVALID_REQUEST")


@pytest.mark.contract("I-10", "I-36", "I-22")
@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"code": "1"}',
        '{"language": "python"}',
        '{"code": "1", "language": "python", "timeout": 0}',
        '{"code": "1", "language": "python", "timeout": 11}',
        '{"code": "1", "language": "python", "timeout": 1.5}',
        '{"code": "1", "language": "python", "timeout": NaN}',
        '{"code": "1", "language": "python", "timeout": ' + "1" * 5_000 + "}",
        '{"code": "1", "language": "python", "stdin": 1}',
        '{"code": "1", "language": "python", "stdin": "\\udc80"}',
        '{"code": "\\ud800", "language": "python"}',
        '{"code": "1", "language": "cobol"}',
        '{"code": "1", "language": "python", "sessionId": 5}',
    ],
)
async def test_a_wrong_run_is_refused(http: httpx2.AsyncClient, body: str) -> None:
    response = await http.post(
        "/api/execute", content=body, headers={"Content-Type": "application/json"}
    )
    assert_interview_error(response, 422, "INVALID_REQUEST")


@pytest.mark.contract("I-26", "I-35")
async def test_a_run_for_a_room_that_does_not_exist_is_not_found(http: httpx2.AsyncClient) -> None:
    body = {"code": "1", "language": "python", "sessionId": "nobody"}
    response = await http.post("/api/execute", json=body)
    assert_interview_error(response, 404, "SESSION_NOT_FOUND")


@pytest.mark.contract("A-07", "A-17")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{}", "MISSING_FIELD"),
        ('{"success": true}', "MISSING_FIELD"),
        ('{"executionTime": 1}', "MISSING_FIELD"),
        ('{"success": "perhaps", "executionTime": 1}', "INVALID_REQUEST"),
        ('{"success": true, "executionTime": -1}', "INVALID_REQUEST"),
        ('{"success": true, "executionTime": "long"}', "INVALID_REQUEST"),
        ('{"success": true, "executionTime": NaN}', None),
        ('{"success": true, "executionTime": 1, "output": 5}', "INVALID_REQUEST"),
        ('{"success": true, "executionTime": 1, "output": "\\ud800"}', None),
        ('{"success": true, "executionTime": 1, "error": []}', "INVALID_REQUEST"),
        ("{", "INVALID_JSON"),
    ],
)
async def test_a_wrong_execution_result_is_refused(
    http: httpx2.AsyncClient, body: str, code: str | None
) -> None:
    session = await events_session(http)
    response = await http.post(
        f"/sessions/{session}/execution-result",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert_events_error(response, 422, code)


@pytest.mark.contract("I-42")
async def test_json_without_a_content_type_is_json(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    response = await http.post(f"/api/sessions/{session}/code", content=b'{"code": "typeless"}')
    assert "content-type" not in response.request.headers
    assert response.status_code == 200
    assert await code_of(http, session) == "typeless"
    response = await http.put(f"/sessions/{session}/code", content=b'{"code": "again"}')
    assert response.status_code == 200


async def pieces(total: int) -> AsyncIterator[bytes]:
    yield b'{"code": "'
    for _ in range(total // 65_536 + 1):
        yield b"x" * 65_536
    yield b'"}'


@pytest.mark.contract("I-37", "A-18", "A-21")
@pytest.mark.parametrize("chunked", [False, True], ids=["with length", "chunked"])
async def test_a_body_above_one_megabyte_is_refused(
    http: httpx2.AsyncClient, chunked: bool
) -> None:
    session = await events_session(http)

    def body() -> bytes | AsyncIterator[bytes]:
        return pieces(1_048_577) if chunked else b'{"code": "' + b"x" * 1_048_577 + b'"}'

    headers = {"Content-Type": "application/json"}
    response = await http.post(f"/api/sessions/{session}/code", content=body(), headers=headers)
    assert_interview_error(response, 413, "PAYLOAD_TOO_LARGE")
    response = await http.put(f"/sessions/{session}/code", content=body(), headers=headers)
    assert_events_error(response, 413, "PAYLOAD_TOO_LARGE")
    assert await code_of(http, session) == ""


# Six bytes for each UTF-16 unit when every one is escaped, and room for what stands around them.
MOST_UNITS = (1_048_576 - 32_768) // 6


@pytest.mark.contract("I-37", "A-18", "A-21")
@pytest.mark.both_databases
@pytest.mark.parametrize("unit", ["\x01", "é", "\u2028"])
async def test_the_longest_text_fits_a_request_and_a_longer_one_is_refused(
    http: httpx2.AsyncClient, unit: str
) -> None:
    session = await events_session(http)
    longest = unit * MOST_UNITS
    save = f"/api/sessions/{session}/code"
    put = f"/sessions/{session}/code"
    assert (await http.post(save, json={"code": longest})).status_code == 200
    escaped = json.dumps({"code": longest}, ensure_ascii=True)
    assert (await http.put(put, content=escaped)).status_code == 200
    response = await http.post(save, json={"code": longest + "x"})
    assert_interview_error(response, 413, "PAYLOAD_TOO_LARGE")
    response = await http.put(put, json={"code": longest + "x"})
    assert_events_error(response, 413, "PAYLOAD_TOO_LARGE")
    assert await code_of(http, session) == longest


@pytest.mark.contract("I-41")
@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nothing", "/api/sessions/a/b/c/d", "/api/%00"]
)
async def test_unknown_routes_below_api_have_the_interview_shape(
    http: httpx2.AsyncClient, path: str
) -> None:
    assert_interview_error(await http.get(path), 404, None)


@pytest.mark.contract("I-41", "A-18")
@pytest.mark.parametrize(
    "path", ["/nothing", "/apis", "/sessions/a/b/c", "/%00", "/ws/sessions/x/y"]
)
async def test_other_unknown_routes_have_the_algoroom_shape(
    http: httpx2.AsyncClient, path: str
) -> None:
    assert_events_error(await http.get(path), 404, "HTTP_ERROR")


@pytest.mark.contract("I-41", "A-18")
@pytest.mark.both_databases
async def test_a_method_that_a_route_does_not_know_is_405(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    for path in ("/api/sessions", "/api/execute", f"/api/sessions/{session}"):
        assert_interview_error(await http.put(path), 405, None)
    for path in ("/sessions", f"/sessions/{session}", f"/sessions/{session}/code"):
        assert_events_error(await http.delete(path), 405, "HTTP_ERROR")
