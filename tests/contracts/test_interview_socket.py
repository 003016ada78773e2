"""The Interview API's socket: who is there, what is said, and what is refused."""

from __future__ import annotations

import json

import httpx2
import pytest

from tests.contracts.wire import (
    ENDS_IN_UTC,
    Json,
    Socket,
    assert_interview_error,
    code_of,
    events_session,
    eventually,
    history_of,
    interview,
    interview_session,
    joined,
    participants_of,
    put,
    save,
    socket,
)
from tests.serving import Server

pytestmark = pytest.mark.both_databases


@pytest.mark.contract("I-48", "I-49", "I-63", "A-41")
async def test_welcome_is_the_first_frame(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http, language="cpp")
    async with joined(server, session, "ann", "Ann"), socket(server, session) as newcomer:
        welcome = await newcomer.next()
        assert welcome["type"] == "welcome"
        assert set(welcome) <= {"type", "timestamp", "userId", "data"}
        assert ENDS_IN_UTC.fullmatch(welcome["timestamp"])
        assert welcome["data"] == {
            "sessionId": session,
            "currentCode": "// Write your cpp code here\n",
            "language": "cpp",
            "participants": [{"userId": "ann", "name": "Ann"}],
        }


@pytest.mark.contract("I-49", "I-63")
async def test_a_newcomer_is_not_in_its_own_welcome(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with socket(server, session) as alone:
        welcome = await alone.expect("welcome")
        assert welcome["data"]["participants"] == []
        assert await participants_of(http, session) == []
        await alone.join("ann")
        assert [person["userId"] for person in await participants_of(http, session)] == ["ann"]


@pytest.mark.contract("I-50", "I-51", "I-66")
async def test_a_join_is_told_to_the_others(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann", "Ann") as ann, interview(server, session) as bob:
        await bob.send("join", {"name": "Bob"}, userId="bob")
        frame = await ann.expect("user-joined")
        assert frame["userId"] == "bob"
        assert frame["data"] == {"name": "Bob", "participantCount": 2}
        assert ENDS_IN_UTC.fullmatch(frame["timestamp"])
        await bob.settle()


@pytest.mark.contract("I-50")
@pytest.mark.parametrize("frame", [{"type": "join"}, {"type": "join", "data": {}}])
async def test_a_join_without_a_name_is_anonymous(
    server: Server, http: httpx2.AsyncClient, frame: Json
) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann, interview(server, session) as other:
        await other.send_text(json.dumps(frame))
        told = await ann.expect("user-joined")
        assert told["data"]["name"] == "Anonymous User"
        assert isinstance(told["userId"], str)
        assert told["userId"] not in ("", "ann")
        people = {
            person["userId"]: person["name"] for person in await participants_of(http, session)
        }
        assert people[told["userId"]] == "Anonymous User"


@pytest.mark.contract("I-50")
async def test_a_join_needs_no_data_beside_a_user_id(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with interview(server, session) as ann:
        await ann.send_text('{"type": "join", "userId": "ann"}')
        await ann.settle()
        people = await participants_of(http, session)
        assert [(person["userId"], person["name"]) for person in people] == [
            ("ann", "Anonymous User")
        ]


@pytest.mark.contract("I-48")
@pytest.mark.parametrize(
    "timestamp", [None, "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.123+00:00"]
)
async def test_a_client_may_leave_out_the_timestamp(
    server: Server, http: httpx2.AsyncClient, timestamp: str | None
) -> None:
    session = await interview_session(http)
    frame = {"type": "ping"} if timestamp is None else {"type": "ping", "timestamp": timestamp}
    async with interview(server, session) as ann:
        await ann.send_text(json.dumps(frame))
        await ann.expect("pong")


@pytest.mark.contract("I-52", "I-65")
async def test_a_leaver_is_told_to_the_others(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann:
        async with joined(server, session, "bob"):
            await ann.expect("user-joined")
        frame = await ann.expect("user-left")
        assert frame["userId"] == "bob"
        assert frame["data"] == {"participantCount": 1}
        assert [person["userId"] for person in await participants_of(http, session)] == ["ann"]


@pytest.mark.contract("I-65", "I-11")
async def test_a_second_connection_is_the_same_participant(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann:
        async with joined(server, session, "bob", "Bob") as first:
            await ann.expect("user-joined")
            async with joined(server, session, "bob", "Bob") as second:
                await ann.settle()
                people = [person["userId"] for person in await participants_of(http, session)]
                assert sorted(people) == ["ann", "bob"]
                await second.send("cursor-position", {"line": 1, "column": 1})
                assert (await ann.expect("cursor-position"))["userId"] == "bob"
            await first.until("cursor-position")
            await first.send("cursor-position", {"line": 1, "column": 2})
            assert (await ann.expect("cursor-position"))["userId"] == "bob"
        assert (await ann.expect("user-left"))["data"] == {"participantCount": 1}


@pytest.mark.contract("I-65")
async def test_who_comes_back_is_the_same_participant(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann:
        for _ in range(2):
            async with joined(server, session, "bob", "Bob"):
                told = await ann.expect("user-joined")
                assert told["userId"] == "bob"
                assert told["data"] == {"name": "Bob", "participantCount": 2}
                assert len(await participants_of(http, session)) == 2
            await ann.expect("user-left")


@pytest.mark.contract("I-65")
async def test_joining_twice_on_one_socket_announces_once(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        await bob.join("bob")
        await ann.settle()
        assert len(await participants_of(http, session)) == 2


@pytest.mark.contract("I-52", "I-63", "I-64")
async def test_who_never_joined_is_not_announced(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann:
        async with interview(server, session) as lurker:
            await lurker.settle()
            assert [person["userId"] for person in await participants_of(http, session)] == ["ann"]
        await save(http, session, "a marker")
        await ann.expect("code-update")


@pytest.mark.contract("I-64", "I-66")
async def test_who_never_joined_writes_under_an_id_of_its_own(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann, interview(server, session) as lurker:
        await lurker.write("one", userId="ann")
        first = await ann.expect("code-update")
        await lurker.write("two", userId="somebody")
        second = await ann.expect("code-update")
        assert first["userId"] == second["userId"]
        assert first["userId"] not in ("ann", "somebody", "anonymous", "server", "")
        async with interview(server, session) as another:
            await another.write("three")
            third = await ann.expect("code-update")
        assert third["userId"] not in ("ann", first["userId"])
        assert [person["userId"] for person in await participants_of(http, session)] == ["ann"]
        edits = [entry["userId"] for entry in await history_of(http, session)]
        assert edits == [first["userId"], third["userId"]]


@pytest.mark.contract("I-67")
async def test_a_claimed_user_id_is_ignored(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        await bob.write("x", userId="ann")
        assert (await ann.expect("code-update"))["userId"] == "bob"
        await bob.send("cursor-position", {"line": 1, "column": 0}, userId="eve")
        assert (await ann.expect("cursor-position"))["userId"] == "bob"
        await bob.send("language-change", {"language": "cpp"}, userId="eve")
        assert (await ann.expect("language-changed"))["userId"] == "bob"


@pytest.mark.contract("I-54", "I-66")
async def test_cursors_are_told_to_the_others(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        plain = {"line": 1, "column": 0}
        await bob.send("cursor-position", plain)
        assert (await ann.expect("cursor-position"))["data"] == plain
        chosen = {
            "line": 12,
            "column": 80,
            "selection": {"from": {"line": 1, "column": 0}, "to": {"line": 12, "column": 80}},
        }
        await bob.send("cursor-position", chosen)
        frame = await ann.expect("cursor-position")
        assert frame["data"] == chosen
        assert frame["userId"] == "bob"
        await bob.settle()


@pytest.mark.contract("I-55", "I-56", "I-66")
async def test_a_language_change_is_told_and_kept(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        await bob.send("language-change", {"language": "python"})
        frame = await ann.expect("language-changed")
        assert frame["data"] == {"language": "python"}
        assert frame["userId"] == "bob"
        await bob.settle()
    assert (await http.get(f"/api/sessions/{session}")).json()["language"] == "python"


@pytest.mark.contract("I-57", "I-58")
async def test_a_ping_is_answered_to_its_sender(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with interview(server, session) as ann, interview(server, session) as bob:
        await ann.send("ping")
        pong = await ann.next()
        assert set(pong) == {"type", "timestamp"}
        assert pong["type"] == "pong"
        assert ENDS_IN_UTC.fullmatch(pong["timestamp"])
        await bob.settle()


@pytest.mark.contract("I-33", "I-65")
async def test_writes_by_rest_reach_the_sockets(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann:
        await http.patch(f"/api/sessions/{session}", json={"language": "python"})
        frame = await ann.expect("language-changed")
        assert (frame["userId"], frame["data"]) == ("anonymous", {"language": "python"})
        await save(http, session, "saved", language="cpp")
        frames = {frame["type"]: frame for frame in [await ann.next(), await ann.next()]}
        assert set(frames) == {"code-update", "language-changed"}
        assert {frame["userId"] for frame in frames.values()} == {"anonymous"}
        assert frames["code-update"]["data"]["code"] == "saved"
        assert frames["language-changed"]["data"] == {"language": "cpp"}
        await put(http, session, "put", language="javascript")
        frames = {frame["type"]: frame for frame in [await ann.next(), await ann.next()]}
        assert frames["code-update"]["data"]["code"] == "put"
        assert frames["language-changed"]["data"] == {"language": "javascript"}
        await ann.settle()


@pytest.mark.contract("I-34")
async def test_what_changes_nothing_is_not_sent(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    code = await code_of(http, session)
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        await bob.write(code)
        await bob.send("language-change", {"language": "javascript"})
        await bob.settle()
        await http.patch(f"/api/sessions/{session}", json={"language": "javascript", "title": "x"})
        await save(http, session, code, language="javascript")
        await put(http, session, code)
        await ann.settle()
        await bob.settle()


WRONG_FRAMES = {
    "no json": "hello",
    "nothing": "",
    "cut off": '{"type": "ping"',
    "array": '["ping"]',
    "string": '"ping"',
    "number": "17",
    "null": "null",
    "no type": "{}",
    "null type": '{"type": null}',
    "unknown type": '{"type": "shutdown"}',
    "server's type": '{"type": "welcome", "data": {}}',
    "number type": '{"type": 1}',
    "list type": '{"type": ["ping"]}',
    "deep": "[" * 100_000,
    "deep data": '{"type": "code-update", "data": ' + '{"a":' * 50_000 + "1" + "}" * 50_001,
    "NaN": "NaN",
    "join with a number": '{"type": "join", "userId": 5, "data": {"name": "x"}}',
    "join with a wrong name": '{"type": "join", "userId": "eve", "data": {"name": 5}}',
    "join with NUL": '{"type": "join", "userId": "e\\u0000", "data": {"name": "x"}}',
    "join with a NUL name": '{"type": "join", "userId": "eve", "data": {"name": "\\u0000"}}',
    "join with a surrogate": '{"type": "join", "userId": "eve", "data": {"name": "\\ud800"}}',
    "data is a list": '{"type": "code-update", "data": []}',
    "data is missing": '{"type": "code-update"}',
    "data is empty": '{"type": "code-update", "data": {}}',
    "code is a number": '{"type": "code-update", "data": {"code": 1}}',
    "code is null": '{"type": "code-update", "data": {"code": null}}',
    "code with NUL": '{"type": "code-update", "data": {"code": "a\\u0000"}}',
    "code with a surrogate": '{"type": "code-update", "data": {"code": "\\udc00"}}',
    "changes is a string": '{"type": "code-update", "data": {"changes": "x"}}',
    "change without offsets": '{"type": "code-update", "data": {"changes": [{"insert": "x"}]}}',
    "change before the start": (
        '{"type": "code-update", "data": {"changes": [{"from": -1, "to": 0, "insert": "x"}]}}'
    ),
    "change past the end": (
        '{"type": "code-update", "data": {"changes": [{"from": 0, "to": 999, "insert": "x"}]}}'
    ),
    "change backwards": (
        '{"type": "code-update", "data": {"changes": [{"from": 3, "to": 1, "insert": "x"}]}}'
    ),
    "change at a fraction": (
        '{"type": "code-update", "data": {"changes": [{"from": 0.5, "to": 1, "insert": "x"}]}}'
    ),
    "change at NaN": (
        '{"type": "code-update", "data": {"changes": [{"from": NaN, "to": 1, "insert": "x"}]}}'
    ),
    "change at an absurd offset": (
        '{"type": "code-update", "data": {"changes": [{"from": 0, "to": '
        + "9" * 5_000
        + ', "insert": "x"}]}}'
    ),
    "change inserts a number": (
        '{"type": "code-update", "data": {"changes": [{"from": 0, "to": 0, "insert": 1}]}}'
    ),
    "change inserts NUL": (
        '{"type": "code-update", "data": {"changes": [{"from": 0, "to": 0, "insert": "\\u0000"}]}}'
    ),
    "change inserts a surrogate": (
        '{"type": "code-update", "data": {"changes": [{"from": 0, "to": 0, "insert": "\\ud800"}]}}'
    ),
    "one change of two is wrong": (
        '{"type": "code-update", "data": {"changes": [{"from": 0, "to": 0, "insert": "x"},'
        ' {"from": 0, "to": 999, "insert": "y"}]}}'
    ),
    "cursor without a line": '{"type": "cursor-position", "data": {"column": 1}}',
    "cursor at line 0": '{"type": "cursor-position", "data": {"line": 0, "column": 0}}',
    "cursor at a negative column": '{"type": "cursor-position", "data": {"line": 1, "column": -1}}',
    "cursor at text": '{"type": "cursor-position", "data": {"line": "a", "column": 1}}',
    "cursor with half a selection": (
        '{"type": "cursor-position", "data": {"line": 1, "column": 1, "selection": {"from": 1}}}'
    ),
    "language unknown": '{"type": "language-change", "data": {"language": "cobol"}}',
    "language is a number": '{"type": "language-change", "data": {"language": 5}}',
    "language missing": '{"type": "language-change", "data": {}}',
    "language null": '{"type": "language-change", "data": {"language": null}}',
}


async def assert_refused(sender: Socket) -> None:
    """One error frame and no other; the socket still answers."""
    error = await sender.expect("error")
    assert set(error["data"]) == {"code", "message"}
    assert error["data"]["code"] == "INVALID_MESSAGE"
    assert isinstance(error["data"]["message"], str)
    await sender.settle()


@pytest.mark.contract("I-59", "I-77", "I-69")
async def test_wrong_frames_are_refused_one_by_one_and_nothing_is_stored(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    before = (await http.get(f"/api/sessions/{session}/code")).json()
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        for name, frame in WRONG_FRAMES.items():
            await bob.send_text(frame)
            try:
                await assert_refused(bob)
            except AssertionError as error:
                error.add_note(f"the frame: {name}")
                raise
        await bob.connection.send(b'{"type": "ping"}')
        await assert_refused(bob)
        await ann.settle()
        assert len(await participants_of(http, session)) == 2
    assert (await http.get(f"/api/sessions/{session}/code")).json() == before
    assert (await http.get(f"/api/sessions/{session}")).status_code == 200
    assert await history_of(http, session) == []


@pytest.mark.contract("I-77")
async def test_wrong_joins_leave_nobody_behind(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with interview(server, session) as eve:
        for name, frame in WRONG_FRAMES.items():
            if name.startswith("join"):
                await eve.send_text(frame)
                await assert_refused(eve)
        assert await participants_of(http, session) == []


@pytest.mark.contract("I-53", "I-69")
async def test_a_cursor_in_an_empty_room_is_taken(server: Server, http: httpx2.AsyncClient) -> None:
    session = await events_session(http)
    async with joined(server, session, "ann") as ann:
        await ann.change((0, 0, ""))
        await ann.send("cursor-position", {"line": 1, "column": 0})
        await ann.settle()


@pytest.mark.contract("I-35", "I-76", "I-59")
async def test_deleting_a_session_tells_its_sockets(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann, interview(server, session) as lurker:
        assert (await http.delete(f"/api/sessions/{session}")).status_code == 204
        for listener in (ann, lurker):
            error = await listener.until("error")
            assert error["data"]["code"] == "SESSION_NOT_FOUND"
            assert await listener.closed() == (1008, "Session not found")
    assert_interview_error(
        await http.get(f"/api/sessions/{session}/participants"), 404, "SESSION_NOT_FOUND"
    )


@pytest.mark.contract("I-52")
async def test_a_lost_connection_leaves_too(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        bob.connection.transport.abort()
        assert (await ann.expect("user-left"))["userId"] == "bob"

    async def nobody() -> bool:
        return await participants_of(http, session) == []

    await eventually(nobody)
