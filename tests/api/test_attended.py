"""A route that is attended works for whoever still waits for it."""

import asyncio

import pytest
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.types import Message

from algoroom.api.attended import AttendedRoute
from algoroom.errors import SessionNotFound
from tests.api.asking import application, client

router = APIRouter(route_class=AttendedRoute)
started, gone = asyncio.Event(), asyncio.Event()


class Named(BaseModel):
    name: str


@router.post("/name")
async def name(body: Named) -> Named:
    if body.name == "nobody":
        raise SessionNotFound("nobody")
    return body


@router.post("/wait")
async def wait(body: Named) -> Named:
    started.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        gone.set()
        raise
    return body


async def test_whoever_stays_has_the_answer_or_the_error() -> None:
    async with client(application(router)) as http:
        assert (await http.post("/name", json={"name": "ann"})).json() == {"name": "ann"}
        assert (await http.post("/name", json={"name": "nobody"})).status_code == 404
        assert (await http.post("/name", json={"nam": "ann"})).status_code == 422


@pytest.mark.timeout(10)
async def test_work_for_whoever_has_left_ends() -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"name": ', "more_body": True},
        {"type": "http.request", "body": b'"ann"}', "more_body": False},
    ]

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await started.wait()
        return {"type": "http.disconnect"}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/wait",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
        "scheme": "http",
        "http_version": "1.1",
        "extensions": {},
    }
    await application(router)(scope, receive, send)
    assert gone.is_set()
    assert sent[0]["status"] == 499
