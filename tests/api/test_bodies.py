"""Bodies are JSON of UTF-8, and texts what a database can hold; anything else is a 422."""

import contextlib
import json
from typing import Annotated, Any

import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from algoroom.api.bodies import (
    DEEPEST,
    MOST_VALUES,
    Code,
    JsonRoute,
    Name,
    Title,
    UserId,
    Whole,
    strict_json,
)
from tests.api.asking import application, client

BROKEN = {
    "cut off": b'{"code": "x"',
    "trailing": b'{"code": "x"} x',
    "not utf-8": b'{"code": "\xff"}',
    "utf-8 surrogate": b'{"code": "\xed\xa0\x80"}',
    "utf-16": '{"code": "x"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"code": "x"}',
    "deep arrays": b"[" * 100_000,
    "deep and closed": b'{"code":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "huge integer": b'{"code": "x", "count": ' + b"9" * 10_000 + b"}",
    "NaN": b'{"code": "x", "other": NaN}',
    "infinity": b'{"code": "x", "other": -Infinity}',
}
WRONG = {
    "empty": b"",
    "array": b'["x"]',
    "null": b"null",
    "lone surrogate": b'{"code": "\\ud800"}',
    "reversed pair": b'{"code": "\\udc00\\ud800"}',
    "null character": b'{"code": "a\\u0000b"}',
    "number as text": b'{"code": 1}',
    "null as text": b'{"code": null}',
    "missing": b"{}",
    "text as number": b'{"code": "x", "count": "1"}',
    "true as number": b'{"code": "x", "count": true}',
    "fraction": b'{"code": "x", "count": 1.5}',
    "infinite float": b'{"code": "x", "count": 1e99999}',
    "long title": json.dumps({"code": "x", "title": "x" * 201}).encode(),
    "long name": json.dumps({"code": "x", "name": "x" * 101}).encode(),
    "long user id": json.dumps({"code": "x", "user_id": "x" * 129}).encode(),
    "empty user id": b'{"code": "x", "user_id": ""}',
}


class Body(BaseModel):
    code: Code
    count: Annotated[int, Field(strict=True), Whole] = 0
    title: Title = ""
    name: Name = ""
    user_id: UserId = "x"


router = APIRouter(route_class=JsonRoute)


@router.post("/code")
@router.post("/api/code")
async def post(body: Body) -> Body:
    return body


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
async def test_what_is_no_json_is_refused_as_such(body: bytes) -> None:
    async with client(application(router)) as http:
        answer = await http.post("/code", content=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_JSON")
        answer = await http.post("/api/code", content=body)
        assert (answer.status_code, answer.json()["error"]) == (422, "INVALID_REQUEST")
        assert answer.json()["detail"][0]["type"] == "json_invalid"


async def test_an_integer_may_be_written_with_a_point() -> None:
    async with client(application(router)) as http:
        answer = await http.post("/api/code", content=b'{"code": "x", "count": 5.0}')
        assert answer.status_code == 200


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG.keys())
async def test_what_does_not_validate_is_refused_with_its_place(body: bytes) -> None:
    async with client(application(router)) as http:
        answer = await http.post("/api/code", content=body)
        assert (answer.status_code, answer.json()["error"]) == (422, "INVALID_REQUEST")
        assert answer.json()["detail"][0]["loc"][0] == "body"
        assert (await http.post("/code", content=body)).status_code == 422


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "MISSING_FIELD"),
        (b"{}", "MISSING_FIELD"),
        (b'{"code": 1}', "INVALID_REQUEST"),
        (b"[]", "INVALID_REQUEST"),
        (b"{", "INVALID_JSON"),
    ],
)
async def test_the_algoroom_api_has_a_code_for_each_kind(body: bytes, code: str) -> None:
    async with client(application(router)) as http:
        assert (await http.post("/code", content=body)).json()["code"] == code


async def test_a_body_of_another_type_is_refused() -> None:
    async with client(application(router)) as http:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            answer = await http.post(
                "/api/code", content=b'{"code": "\xff"}', headers={"Content-Type": kind}
            )
            assert answer.status_code == 422


async def test_json_needs_no_content_type_and_keeps_every_character() -> None:
    text = "\U0001f469‍\U0001f4bb e\u0301 \u2028 \ufeff\r\n\t\x7f"
    async with client(application(router)) as http:
        answer = await http.post("/api/code", content=json.dumps({"code": text}).encode())
        assert answer.json()["code"] == text


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values)
def test_all_json_is_read(value: Any) -> None:
    assert strict_json(json.dumps(value).encode()) == value


def test_values_are_nested_so_deep_and_no_deeper() -> None:
    for start, end in (("[", "]"), ('{"a":', "}")):
        inner = "0" if start == '{"a":' else ""
        assert strict_json(start * DEEPEST + inner + end * DEEPEST)
        for closed in (end * (DEEPEST + 1), "", end * 100_000):
            with pytest.raises(json.JSONDecodeError, match="Nested too deeply"):
                strict_json(start * (DEEPEST + 1) + inner + closed)


def test_brackets_in_a_text_are_no_structure() -> None:
    for text in ("[{" * 100_000, '\\"[' * 100_000, "\\" * 5 + '"' + "[" * 1_000, ",{" * 100_000):
        assert strict_json(json.dumps({"code": text}))["code"] == text


def test_a_body_of_countless_values_is_refused_before_it_is_read() -> None:
    assert len(strict_json(json.dumps([0] * (MOST_VALUES - 1)))) == MOST_VALUES - 1
    for bomb in ("[" + "[]," * 300_000 + "0]", "[" + '{"a":1},' * 100_000 + "0]", "," * 100_000):
        with pytest.raises(json.JSONDecodeError, match="Too many values"):
            strict_json(bomb)


@pytest.mark.parametrize("start", ['"', '{"a":"', "[" * 33 + '"'])
@pytest.mark.parametrize("piece", ['\\"', "\\", '"', '"\\'])
def test_a_text_without_end_is_read_once(start: str, piece: str) -> None:
    """A pattern that tries again at every quote would take hours for it."""
    with pytest.raises(json.JSONDecodeError):
        strict_json(start + "," * 40 + piece * 300_000)


@given(st.binary())
def test_bytes_that_are_no_json_raise_one_kind_of_error(text: bytes) -> None:
    with contextlib.suppress(json.JSONDecodeError):
        assert json.dumps(strict_json(text), allow_nan=False)
