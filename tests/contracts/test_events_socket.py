"""The Algoroom API's socket: the server speaks, clients listen, everyone hears everything."""

from __future__ import annotations

import json

import httpx2
import pytest

from tests.contracts.wire import (
    Json,
    events_session,
    listening,
    moment,
    put,
    socket,
)
from tests.serving import Server

pytestmark = pytest.mark.both_databases

KEYS = {"type", "sessionId", "code", "language", "participants", "executionResult", "timestamp"}


def assert_frame(frame: Json, type_: str, session: str, **filled: object) -> None:
    """Assert that all keys are there, and that all but the filled ones are null."""
    assert set(frame) == KEYS
    expected = dict.fromkeys(KEYS) | {"type": type_, "sessionId": session, **filled}
    assert {**frame, "timestamp": None} == expected
    offset = moment(frame["timestamp"]).utcoffset()
    assert offset is not None
    assert not offset


@pytest.mark.contract("A-29", "A-30", "A-34", "A-41", "A-01")
async def test_the_first_frame_is_its_own_joining(server: Server, http: httpx2.AsyncClient) -> None:
    session = await events_session(http)
    async with socket(server, session) as first:
        assert_frame(await first.next(), "participant_joined", session, participants=1)
        assert (await http.get(f"/sessions/{session}")).json()["participants"] == 1
        async with socket(server, session) as second:
            assert_frame(await second.next(), "participant_joined", session, participants=2)
            assert_frame(await first.next(), "participant_joined", session, participants=2)


@pytest.mark.contract("A-31", "A-29")
async def test_leaving_is_told_with_the_count(server: Server, http: httpx2.AsyncClient) -> None:
    session = await events_session(http)
    async with listening(server, session) as first:
        async with listening(server, session):
            await first.expect("participant_joined")
        assert_frame(await first.next(), "participant_left", session, participants=1)
        assert (await http.get(f"/sessions/{session}")).json()["participants"] == 1


@pytest.mark.contract("A-32", "A-35", "A-05", "A-29")
async def test_a_put_reaches_everyone_also_when_nothing_changed(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await events_session(http)
    async with listening(server, session) as first, listening(server, session) as second:
        await first.expect("participant_joined")
        for code, language in [("x = '😀'", "python"), ("x = '😀'", "python"), ("", "javascript")]:
            await put(http, session, code, language=language)
            for listener in (first, second):
                frame = await listener.next()
                assert_frame(frame, "code_update", session, code=code, language=language)
        await put(http, session, "without a language")
        for listener in (first, second):
            frame = await listener.next()
            assert (frame["code"], frame["language"]) == ("without a language", "javascript")


@pytest.mark.contract("A-28")
async def test_what_clients_send_has_no_effect(server: Server, http: httpx2.AsyncClient) -> None:
    session = await events_session(http)
    async with listening(server, session) as first, listening(server, session) as second:
        await first.expect("participant_joined")
        for text in (
            "hello",
            "{",
            "[" * 50_000,
            json.dumps({"type": "code_update", "code": "x", "sessionId": session}),
            json.dumps({"type": "code-update", "data": {"code": "x"}}),
            json.dumps({"type": "join", "userId": "eve", "data": {"name": "Eve"}}),
            json.dumps({"type": "ping"}),
        ):
            await second.send_text(text)
        await second.connection.send(b"\x00\xff binary")
        # The protocol's own ping is answered in order: all before it has been read.
        await (await second.connection.ping())
        read = (await http.get(f"/sessions/{session}")).json()
        assert (read["code"], read["participants"]) == ("", 2)
        await put(http, session, "the next thing to hear")
        for listener in (first, second):
            assert (await listener.expect("code_update"))["code"] == "the next thing to hear"
