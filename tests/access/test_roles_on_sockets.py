"""Roles on sockets of each contract: what is refused, and what holds at once."""

import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from algoroom.api.codes import CloseCode
from algoroom.api.sync import protocol
from algoroom.api.sync.protocol import SUBPROTOCOL, Entry, Kind, Reader
from tests.access.rooms import Headers, Hosted, hosted
from tests.contracts.wire import Socket, code_of, save, socket
from tests.serving import Server
from tests.sync.peer import Peer


@pytest.fixture
async def room(http: httpx2.AsyncClient) -> Hosted:
    made = await hosted(http, language="python")
    await save(http, made.id, "")
    return made


@asynccontextmanager
async def interviewed(
    server: Server, room: Hosted, headers: Headers | None = None, user_id: str = "ann"
) -> AsyncIterator[Socket]:
    """A joined socket of the Interview API."""
    async with socket(server, room.id, offers=["algoroom.interview.v1"], headers=headers) as opened:
        await opened.expect("welcome")
        await opened.join(user_id, user_id.title())
        yield opened


def access_events(peer: Peer) -> list[dict[str, object]]:
    return [event for event in peer.events if event["type"] == "access"]


async def role_becomes(peer: Peer, role: str) -> None:
    await peer.until(lambda: bool(found := access_events(peer)) and found[-1]["role"] == role)


async def person_of(room: Hosted, user_id: str) -> str:
    """The id of who goes by an id in the room."""
    return str(next(each["id"] for each in await room.people() if user_id in each["userIds"]))


async def seat(room: Hosted, person: str, role: str) -> None:
    answer = await room.http.patch(
        f"{room.path}/people/{person}", json={"role": role}, headers=room.host
    )
    assert answer.status_code == 200, answer.text


async def remove(room: Hosted, person: str, *, ban: bool = False) -> None:
    answer = await room.http.delete(
        f"{room.path}/people/{person}", params={"ban": ban}, headers=room.host
    )
    assert answer.status_code == 204, answer.text


# Viewers


async def test_a_viewer_who_sends_an_update_is_closed_and_nothing_is_changed(
    server: Server, room: Hosted
) -> None:
    viewer, ann = Peer(), Peer()
    async with ann.joined(server, room.id) as ann:
        await ann.write(0, "one")
        async with viewer.joined(server, room.id, headers=await room.guest("viewer")):
            await viewer.until(lambda: str(viewer.text) == "one")
            viewer.text.insert(0, "forged ")
            for update in viewer.take():
                await viewer.send(protocol.update(update))
            await viewer.until(lambda: viewer.closed is not None)
        assert viewer.closed is not None
        assert viewer.closed[0] == CloseCode.READ_ONLY
        assert await code_of(room.http, room.id) == "one"
        assert str(ann.text) == "one"


async def test_a_viewer_is_seen_and_speaks_for_nobody_else(server: Server, room: Hosted) -> None:
    viewer, ann = Peer(), Peer()
    headers = await room.guest("viewer")
    async with ann.joined(server, room.id), viewer.joined(server, room.id, headers=headers):
        await ann.show(user={"name": "Ann"})
        await viewer.show(user={"name": "Vera"})
        await viewer.until(lambda: ann.doc.client_id in viewer.awareness)
        for state in ('{"user":{"name":"Forged"}}', "null"):
            await viewer.send(protocol.awareness([Entry(ann.doc.client_id, 99, state)]))
        await viewer.show(user={"name": "Vera again"})
        await ann.until(
            lambda: ann.awareness.get(viewer.doc.client_id) == {"user": {"name": "Vera again"}}
        )
        assert ann.awareness[ann.doc.client_id]["user"] == {"name": "Ann"}


async def test_a_viewer_of_the_interview_api_is_refused_and_shown_the_present_text(
    server: Server, room: Hosted
) -> None:
    await save(room.http, room.id, "one")
    viewer = await room.guest("viewer")
    async with (
        interviewed(server, room, viewer) as ann,
        interviewed(server, room, user_id="bob") as bob,
    ):
        await ann.until("user-joined")
        await ann.write("forged")
        assert (await ann.expect("error"))["data"]["code"] == "NOT_ALLOWED"
        assert (await ann.expect("code-update"))["data"]["code"] == "one"
        await ann.send("language-change", {"language": "ruby"})
        assert (await ann.expect("error"))["data"]["code"] == "NOT_ALLOWED"
        assert (await ann.expect("language-changed"))["data"] == {"language": "python"}
        await ann.send("cursor-position", {"line": 1, "column": 0})
        assert (await bob.expect("cursor-position"))["userId"] == "ann"
        await bob.settle()
    assert await code_of(room.http, room.id) == "one"


# What hosts change while people are there


async def test_an_editor_who_becomes_a_viewer_writes_no_more_from_that_moment_on(
    server: Server, room: Hosted
) -> None:
    peer = Peer()
    async with (
        peer.joined(server, room.id, userId="yan", name="Yan"),
        interviewed(server, room) as ann,
    ):
        await peer.write(0, "mine")
        await ann.code_becomes("mine")
        for user_id in ("yan", "ann"):
            await seat(room, await person_of(room, user_id), "viewer")
        await role_becomes(peer, "viewer")
        await ann.write("forged")
        assert (await ann.expect("error"))["data"]["code"] == "NOT_ALLOWED"
        peer.text.insert(0, "forged ")
        await peer.push()
        await peer.until(lambda: peer.closed is not None)
        assert peer.closed is not None
        assert peer.closed[0] == CloseCode.READ_ONLY
    assert await code_of(room.http, room.id) == "mine"


async def test_a_viewer_who_becomes_an_editor_is_asked_what_they_have(
    server: Server, room: Hosted
) -> None:
    await room.rule(strangers="viewer")
    peer = Peer()
    async with peer.joined(server, room.id):
        peer.text.insert(0, "kept back")
        peer.take()
        await room.rule(strangers="editor")
        await role_becomes(peer, "editor")
        await peer.all_saved()
        await peer.write(0, "and ")
        await peer.all_saved()
    assert await code_of(room.http, room.id) == "and kept back"


async def test_an_ended_session_takes_nothing_on_any_socket_until_it_is_reopened(
    server: Server, room: Hosted
) -> None:
    peer = Peer()
    async with peer.joined(server, room.id, headers=room.host), interviewed(server, room) as ann:
        await room.rule(ended=True)
        await peer.until(lambda: access_events(peer)[-1]["endedAt"] is not None)
        assert "edit" not in json.dumps(access_events(peer)[-1]["deeds"])
        await ann.write("late")
        assert (await ann.expect("error"))["data"]["code"] == "SESSION_ENDED"
        await ann.expect("code-update")
        await room.rule(ended=False)
        await peer.until(lambda: access_events(peer)[-1]["endedAt"] is None)
        await peer.write(0, "again")
        await ann.code_becomes("again")


async def test_locked_editing_refuses_editors_and_not_hosts(server: Server, room: Hosted) -> None:
    host = Peer()
    async with host.joined(server, room.id, headers=room.host), interviewed(server, room) as ann:
        await room.rule(editingLocked=True)
        await ann.write("mine")
        assert (await ann.expect("error"))["data"]["code"] == "EDITING_LOCKED"
        await host.write(0, "from the host")
        await ann.code_becomes("from the host")


async def test_typing_to_a_run_is_refused_where_running_is_locked(
    server: Server, room: Hosted
) -> None:
    peer = Peer()
    async with peer.joined(server, room.id):
        body = {"code": "print(input())", "language": "python", "interactive": True}
        run = (await room.http.post(f"{room.path}/runs", json=body)).json()["id"]
        await room.rule(runningLocked=True)
        await peer.until(lambda: access_events(peer)[-1]["runningLocked"] is True)
        await peer.send(stdin(run, b"hello\n"))
        await peer.until(lambda: peer.events[-1]["type"] == "stdin-refused")
        await room.http.delete(f"/api/runs/{run}")


def stdin(run_id: str, data: bytes) -> bytes:
    parts = (run_id.encode(), data)
    return bytes((Kind.STDIN,)) + b"".join(bytes((len(part),)) + part for part in parts) + b"\0"


async def test_who_is_sent_away_is_closed_on_every_socket_and_may_come_back_unless_banned(
    server: Server, room: Hosted
) -> None:
    guest = await room.guest("editor")
    person = (await room.people())[0]["id"]
    peer = Peer()
    async with (
        peer.joined(server, room.id, headers=guest),
        interviewed(server, room, guest) as ann,
        socket(server, room.id, offers=["algoroom.events.v1"], headers=guest) as listener,
        interviewed(server, room, user_id="bob") as bob,
    ):
        await remove(room, person)
        assert (await ann.until("error"))["data"]["code"] == "NOT_ADMITTED"
        for opened in (ann, listener):
            assert (await opened.closed())[0] == CloseCode.REMOVED
        await peer.until(lambda: peer.closed is not None)
        assert peer.closed is not None
        assert peer.closed[0] == CloseCode.REMOVED
        await bob.send("ping")
        await bob.until("pong")
        # Bob stays, whose leaving would be told to her in between.
        async with interviewed(server, room, guest):
            await remove(room, person, ban=True)
    with pytest.raises(InvalidStatus) as refused:
        async with interviewed(server, room, guest):
            pass
    assert refused.value.response.status_code == 403


async def test_who_is_anonymous_is_sent_away_by_the_id_they_go_by(
    server: Server, room: Hosted
) -> None:
    async with interviewed(server, room) as ann, interviewed(server, room, user_id="bob") as bob:
        await remove(room, "ann", ban=True)
        assert (await ann.closed())[0] == CloseCode.REMOVED
        await bob.until("user-left")


# The waiting room


async def test_who_waits_on_a_socket_is_let_in_on_it(server: Server, room: Hosted) -> None:
    await save(room.http, room.id, "secret")
    await room.rule(strangers="ask")
    host, ann = Peer(), Peer()
    async with host.joined(server, room.id, headers=room.host):
        async with waiting(server, room, "Ann") as connection:
            await host.until(lambda: any(event["type"] == "knocked" for event in host.events))
            [knocked] = [event for event in host.events if event["type"] == "knocked"]
            assert knocked["name"] == "Ann"
            # What it says while it waits is heard once it is let in.
            await connection.send(protocol.ask(ann.doc.get_state()))
            await seat(room, knocked["id"], "viewer")
            async for message in connection:
                assert isinstance(message, bytes)
                if message[0] == Kind.SYNC:
                    ann.doc.apply_update(Reader(message[2:]).block())
                    break
        assert str(ann.text) == "secret"
        await host.until(lambda: host.events[-1]["type"] == "left")


async def test_who_waits_is_refused_by_closing_and_forgotten_on_leaving(
    server: Server, room: Hosted
) -> None:
    await room.rule(strangers="ask")
    async with waiting(server, room, "Ann") as connection:
        [person] = await room.people()
        await remove(room, person["id"])
        assert await rest_of(connection) == []
        assert connection.close_code == CloseCode.NOT_ADMITTED
    host = Peer()
    async with host.joined(server, room.id, headers=room.host):
        async with waiting(server, room, "Bob"):
            await host.until(lambda: host.events[-1]["type"] == "knocked")
        await host.until(lambda: host.events[-1]["type"] == "removed")
        assert [each for each in await room.people() if each["outside"]] == []


async def test_nobody_else_is_told_anything_before_being_let_in(
    server: Server, room: Hosted
) -> None:
    await room.rule(strangers="ask")
    for offers in (["algoroom.interview.v1"], ["algoroom.events.v1"], []):
        with pytest.raises(InvalidStatus) as refused:
            async with socket(server, room.id, offers=offers):
                pass
        assert refused.value.response.status_code == 403
    async with connect(f"{server.socket_url}/ws/sync/{room.id}", proxy=None) as plain:
        assert await rest_of(plain) == []
    assert plain.close_code == CloseCode.NOT_ADMITTED
    async with waiting(server, room, "Ann") as connection:
        await connection.send(bytes((Kind.QUERY_AWARENESS,)))
        await room.rule(editingLocked=True)
        await remove(room, (await room.people())[0]["id"])
        kinds = {message[0] for message in await rest_of(connection)}
    assert kinds <= {Kind.EVENT}


async def test_strangers_are_closed_when_they_have_to_ask_from_now_on(
    server: Server, room: Hosted
) -> None:
    known, guest = await room.guest("viewer"), Peer()
    async with interviewed(server, room) as ann, guest.joined(server, room.id, headers=known):
        await room.rule(strangers="ask")
        assert (await ann.closed())[0] == CloseCode.REMOVED
        await guest.until(lambda: access_events(guest)[-1]["strangers"] == "ask")


async def rest_of(connection: ClientConnection) -> list[bytes]:
    """What comes until the server closes."""
    messages = []
    with contextlib.suppress(ConnectionClosed):
        while isinstance(message := await connection.recv(), bytes):
            messages.append(message)
    return messages


@asynccontextmanager
async def waiting(server: Server, room: Hosted, name: str) -> AsyncIterator[ClientConnection]:
    """A sync socket that has been told that it waits."""
    async with connect(
        f"{server.socket_url}/ws/sync/{room.id}?name={name}",
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        proxy=None,
    ) as connection:
        message = await connection.recv()
        assert isinstance(message, bytes)
        assert message[0] == Kind.EVENT
        told = json.loads(Reader(message[1:]).text())
        assert (told["type"], told["role"], told["outside"]) == ("access", None, "waiting")
        yield connection


# Who is who


async def test_a_token_of_another_room_is_worth_nothing_on_a_socket(
    server: Server, room: Hosted
) -> None:
    other = await hosted(room.http)
    peer = Peer()
    async with peer.joined(server, room.id, headers=other.host):
        assert access_events(peer)[-1]["role"] == "editor"


async def test_a_client_that_can_set_no_header_shows_its_token_first(
    server: Server, room: Hosted
) -> None:
    guest = (await room.guest("viewer"))["X-Guest-Token"]
    names = [Subprotocol("algoroom.sync.v1"), Subprotocol("algoroom.authenticate.v1")]
    for shown, role in (
        ({"hostToken": room.token}, "host"),
        ({"guestToken": guest}, "viewer"),
        ({"hostToken": guest}, "editor"),
    ):
        address = f"{server.socket_url}/ws/sync/{room.id}"
        async with connect(address, subprotocols=names, proxy=None) as connection:
            await connection.send(json.dumps({"type": "authenticate", **shown}))
            told = await access_told(connection)
        assert told["role"] == role


async def access_told(connection: ClientConnection) -> dict[str, object]:
    """What a client is told first of what it may do."""
    async for message in connection:
        if isinstance(message, bytes) and message[0] == Kind.EVENT:
            told: dict[str, object] = json.loads(Reader(message[1:]).text())
            return told
    raise AssertionError("it was told nothing")


async def test_nobody_takes_the_id_of_somebody_known(server: Server, room: Hosted) -> None:
    guest = await room.guest("editor")
    async with interviewed(server, room, guest) as ann, interviewed(server, room) as eve:
        joined = await ann.expect("user-joined")
        assert joined["userId"] != "ann"
        await eve.write("forged", userId="ann")
        assert (await ann.code_becomes("forged"))["userId"] == joined["userId"]
        for claimed in ("user:sam", "guest:0123"):
            await eve.send("join", {"name": "Sam"}, userId=claimed)
            assert (await ann.until("user-joined"))["userId"] != claimed


async def test_a_yjs_client_takes_nobodys_id_either(server: Server, room: Hosted) -> None:
    guest, eve, bob = await room.guest("editor"), Peer(), Peer()
    async with (
        interviewed(server, room, guest),
        eve.joined(server, room.id, userId="ann", name="Ann"),
        bob.joined(server, room.id),
    ):
        people = await room.people()
        assert next(each["userIds"] for each in people if each["role"] == "editor") == ["ann"]
        assert len([each for each in people if "ann" in each["userIds"]]) == 1
        await eve.show(user={"name": "Ann", "id": "ann"})
        spelled = '{"user": {"name": "Ann", "\\u0069d": "ann"}}'
        await eve.send(protocol.awareness([Entry(eve.doc.client_id, 2**20, spelled)]))
        await eve.show(user={"name": "Eve", "id": "eve"})
        await bob.until(lambda: eve.doc.client_id in bob.awareness)
        assert bob.awareness[eve.doc.client_id]["user"]["name"] == "Eve"


async def test_a_browser_that_was_banned_stays_banned_by_its_cookie(
    server: Server, room: Hosted
) -> None:
    address = f"{server.socket_url}/ws/sync/{room.id}?name=Ann&userId=ann"
    options = {"proxy": None, "subprotocols": [Subprotocol(SUBPROTOCOL)], "origin": server.url}
    async with connect(address, **options) as connection:  # type: ignore[arg-type]
        assert connection.response is not None
        kept = connection.response.headers["Set-Cookie"].partition(";")[0]
        await connection.recv()
        await remove(room, await person_of(room, "ann"), ban=True)
        await connection.wait_closed()
    again = {**options, "additional_headers": {"Cookie": kept}}
    async with connect(address, **again) as connection:  # type: ignore[arg-type]
        await connection.wait_closed()
    assert connection.close_code == CloseCode.NOT_ADMITTED
