"""The sync socket: documents in step, awareness, what is saved, and what is refused."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect

from algoroom.api.sync import protocol
from algoroom.api.sync.protocol import Entry
from tests.contracts.wire import (
    client,
    code_of,
    interview_session,
    joined,
    participants_of,
    save,
)
from tests.serving import Server
from tests.sync.peer import Peer


@pytest.fixture
async def session(http: httpx2.AsyncClient) -> str:
    """The id of a new session without text."""
    return await blank(http)


async def blank(http: httpx2.AsyncClient) -> str:
    """A new session without text."""
    session = await interview_session(http, language="python")
    await save(http, session, "")
    return session


async def test_two_clients_edit_one_text(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann, bob = Peer(), Peer()
    async with ann.joined(server, session, ours=False), bob.joined(server, session):
        await ann.write(0, "é👩 hello")
        await bob.until(lambda: str(bob.text) == "é👩 hello")
        await asyncio.gather(ann.write(9, "!"), bob.write(0, ">"))
        await ann.until(lambda: len(str(ann.text)) == 10)
        await bob.until(lambda: str(bob.text) == str(ann.text))
        assert await code_of(http, session) == str(ann.text)


async def test_edits_made_without_a_connection_are_not_lost(server: Server, session: str) -> None:
    ann, bob = Peer(), Peer()
    async with bob.joined(server, session):
        async with ann.joined(server, session):
            await ann.write(0, "one ")
            await ann.all_saved()
        ann.text.insert(0, "offline ")
        await bob.until(lambda: str(bob.text) == "one ")
        await bob.write(4, "two")
        async with ann.joined(server, session):
            await bob.until(lambda: str(bob.text) == "offline one two")
            await ann.until(lambda: str(ann.text) == "offline one two")


async def test_saved_is_told_to_those_who_ask_and_survives_a_crash(
    http: httpx2.AsyncClient,
) -> None:
    del http
    with Server() as own:
        async with httpx2.AsyncClient(base_url=own.url) as other:
            session = await blank(other)
        ann = Peer()
        async with ann.joined(own, session):
            for number in range(20):
                await ann.write(0, f"{number} ")
            await ann.all_saved()
            own.kill()
        own.start()
        bob = Peer()
        async with bob.joined(own, session):
            assert str(bob.text) == str(ann.text)


async def test_language_and_title_are_values_of_the_document(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann, bob = Peer(), Peer()
    async with ann.joined(server, session), bob.joined(server, session):
        ann.record["language"] = "ruby"
        await ann.push()
        await bob.until(lambda: bob.record.get("language") == "ruby")
        assert (await http.get(f"/api/sessions/{session}")).json()["language"] == "ruby"
        bob.record["language"] = "no such"
        await bob.push()
        await bob.until(lambda: bob.record.get("language") == "ruby")
        await ann.until(lambda: ann.record.get("language") == "ruby")


async def test_a_joiner_is_told_who_is_there_and_a_leaver_is_gone_at_once(
    server: Server, session: str
) -> None:
    ann, bob = Peer(), Peer()
    async with bob.joined(server, session):
        async with ann.joined(server, session):
            await ann.show(user={"name": "Ann"})
            await ann.until(lambda: ann.doc.client_id in ann.awareness)
            cid = Peer()
            async with cid.joined(server, session):
                await cid.until(lambda: ann.doc.client_id in cid.awareness)
                assert cid.awareness[ann.doc.client_id]["user"] == {"name": "Ann"}
        await bob.until(lambda: ann.doc.client_id not in bob.awareness)


async def test_who_comes_back_is_seen_again(server: Server, session: str) -> None:
    ann, bob = Peer(), Peer()
    async with bob.joined(server, session):
        for _ in range(2):
            async with ann.joined(server, session):
                ann._clock = 0  # as one that does not know that it was gone
                await ann.show(user={"name": "Ann"})
                await bob.until(lambda: ann.doc.client_id in bob.awareness)
            await bob.until(lambda: ann.doc.client_id not in bob.awareness)


async def test_who_comes_back_is_seen_once_the_connection_before_says_that_it_goes(
    server: Server, session: str
) -> None:
    ann, before, bob = Peer(), Peer(), Peer()
    client = ann.doc.client_id
    async with (
        bob.joined(server, session),
        before.joined(server, session, userId="before"),
        ann.joined(server, session, userId="ann"),
    ):
        await before.send(said(client, 1, {"user": {"name": "Ann, before"}}))
        await bob.until(lambda: names(others(bob)) == ["Ann, before"])
        await ann.send(said(client, 2, {"user": {"name": "Ann"}}))
        await ann.write(0, "here")
        await ann.all_saved()
        await before.send(said(client, 3, None))
        await bob.until(lambda: names(others(bob)) == ["Ann"])
        await ann.send(said(client, 5, {"user": {"name": "Anna"}}))
        await bob.until(lambda: names(others(bob)) == ["Anna"])
        await ann.send(said(client, 6, None))
        await bob.until(lambda: names(others(bob)) == [])
        await ann.send(said(client, 7, {"user": {"name": "Ann again"}}))
        await bob.until(lambda: names(others(bob)) == ["Ann again"])


def said(client: int, clock: int, state: object) -> bytes:
    return protocol.awareness([Entry(client, clock, json.dumps(state))])


async def test_nobody_speaks_for_another(server: Server, session: str) -> None:
    ann, eve = Peer(), Peer()
    async with ann.joined(server, session), eve.joined(server, session):
        await ann.show(user={"name": "Ann"})
        await eve.show(user={"name": "Eve"})
        await eve.until(lambda: ann.doc.client_id in eve.awareness)
        for state in ('{"user":{"name":"Forged"}}', "null"):
            await eve.send(protocol.awareness([Entry(ann.doc.client_id, 99, state)]))
        await eve.show(user={"name": "Eve again"})
        await ann.until(
            lambda: ann.awareness.get(eve.doc.client_id, {}).get("user") == {"name": "Eve again"}
        )
        assert ann.awareness[ann.doc.client_id]["user"] == {"name": "Ann"}


async def test_who_comes_with_a_name_may_take_another(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann = Peer()
    async with ann.joined(server, session, name="Ann"):
        await ann.until(lambda: any(event["type"] == "joined" for event in ann.events))
        [person] = await participants_of(http, session)
        assert person["name"] == "Ann"
        await ann.show(user={"name": "Anna"})
        await ann.until(lambda: ann.doc.client_id in ann.awareness)
        [person] = await participants_of(http, session)
        assert person["name"] == "Anna"


async def test_json_and_yjs_clients_see_each_other(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann = Peer()
    async with ann.joined(server, session), joined(server, session, "bob", "Bob") as bob:
        await ann.until(
            lambda: any(state["user"]["name"] == "Bob" for state in ann.awareness.values())
        )
        await ann.write(0, "é👩 one\ntwo")
        assert (await bob.until("code-update"))["data"]["code"] == "é👩 one\ntwo"
        await ann.show(
            user={"name": "Ann"},
            cursor={
                "anchor": {"type": None, "tname": "code", "item": None, "assoc": 0},
                "head": {"type": None, "tname": "code", "item": None, "assoc": 0},
            },
        )
        frame = await bob.until("cursor-position")
        assert (frame["data"]["line"], frame["data"]["column"]) == (2, 3)
        await bob.send("cursor-position", {"line": 2, "column": 0})
        await ann.until(lambda: bool(cursors(ann)))
        [cursor] = cursors(ann)
        clocks_before_two = len("é👩 one\n".encode("utf-16-le")) // 2
        assert cursor["head"]["item"] == {"client": ann.doc.client_id, "clock": clocks_before_two}
        people = (await http.get(f"/api/sessions/{session}/participants")).json()
        assert sorted(person["name"] for person in people["participants"]) == ["Ann", "Bob"]


async def test_cursors_cost_little_in_a_text_of_very_many_lines(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    await save(http, session, "\n" * 150_000)
    ann = Peer()
    async with ann.joined(server, session), joined(server, session, "bob", "Bob") as bob:
        selection = {"from": {"line": 1, "column": 0}, "to": {"line": 150_000, "column": 0}}
        for line in range(149_000, 150_000):
            data = {"line": line, "column": 0, "selection": selection}
            await bob.send("cursor-position", data)
        await bob.send("cursor-position", {"line": 150_001, "column": 0})
        await bob.settle()
        at_the_end = {"type": None, "tname": "code", "item": None, "assoc": 0}
        await ann.until(lambda: cursors(ann) == [{"anchor": at_the_end, "head": at_the_end}])


def cursors(peer: Peer) -> list[dict[str, Any]]:
    """Where everybody else is."""
    return [state["cursor"] for state in others(peer) if "cursor" in state]


def others(peer: Peer) -> list[dict[str, Any]]:
    """The states of everybody else."""
    return [state for client, state in peer.awareness.items() if client != peer.doc.client_id]


def names(states: list[dict[str, Any]]) -> list[str]:
    return [state["user"]["name"] for state in states]


async def test_who_is_there_by_json_and_then_by_yjs_too_is_shown_once(
    server: Server, session: str
) -> None:
    ann, bob = Peer(), Peer()
    async with bob.joined(server, session), joined(server, session, "ann", "Ann"):
        await bob.until(lambda: names(others(bob)) == ["Ann"])
        async with ann.joined(server, session, userId="ann"):
            await ann.show(user={"name": "Ann in her editor"})
            await bob.until(lambda: names(others(bob)) == ["Ann in her editor"])


async def test_who_leaves_by_yjs_and_is_there_by_json_is_shown_still(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann, bob = Peer(), Peer()
    async with bob.joined(server, session), AsyncExitStack() as hers:
        async with ann.joined(server, session, userId="ann"):
            await ann.show(user={"name": "Ann"})
            await bob.until(lambda: names(others(bob)) == ["Ann"])
            await hers.enter_async_context(joined(server, session, "ann", "Ann"))
        await bob.until(lambda: ann.doc.client_id not in bob.awareness)
        assert names(others(bob)) == ["Ann"]
        assert "Ann" in [person["name"] for person in await participants_of(http, session)]
        await hers.aclose()
        await bob.until(lambda: names(others(bob)) == [])


async def test_a_person_with_two_connections_is_one_participant(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    one, two = Peer(), Peer()
    async with (
        one.joined(server, session, userId="ann", name="Ann"),
        two.joined(server, session, userId="ann", name="Ann"),
    ):
        people = (await http.get(f"/api/sessions/{session}/participants")).json()
        assert [person["userId"] for person in people["participants"]] == ["ann"]


async def test_a_run_is_shown_with_its_output(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann = Peer()
    async with ann.joined(server, session):
        body = {"code": "print('live')", "language": "python", "sessionId": session}
        await http.post("/api/execute", json=body)
        await ann.until(lambda: any(event["type"] == "run-finished" for event in ann.events))
        assert ann.output == b"live\n"
        [ended] = [event for event in ann.events if event["type"] == "run-finished"]
        assert (ended["verdict"], ended["exitCode"]) == ("ok", 0)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x00",
        b"\x07",
        b"\x64\x01",
        b"\x00\x02\xff\x01",
        protocol.update(b"nonsense"),
        protocol.update(b"\x01\x01\x05\x00\x04\x01\x05other\x01x\x00"),
        b"\x01\x01\x05",
        b"\x80" * 20,
    ],
)
async def test_what_is_no_message_closes_the_connection_and_changes_nothing(
    server: Server, http: httpx2.AsyncClient, message: bytes, session: str
) -> None:
    ann, eve = Peer(), Peer()
    async with ann.joined(server, session), eve.joined(server, session):
        await ann.write(0, "kept")
        await eve.send(message)
        await eve.until(lambda: eve.closed is not None)
        assert eve.closed is not None
        assert eve.closed[0] in (4400, 4500)
        assert eve.closed[1]
        await ann.write(0, "still ")
        await ann.all_saved()
    assert await code_of(http, session) == "still kept"


async def test_a_reader_is_let_read_and_not_write(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann, reader = Peer(), Peer()
    async with ann.joined(server, session), reader.joined(server, session, readonly="1"):
        await ann.write(0, "hello")
        await reader.until(lambda: str(reader.text) == "hello")
        await reader.write(0, "not ")
        await reader.until(lambda: reader.closed is not None)
        assert reader.closed is not None
        assert reader.closed[0] == 4403
    assert await code_of(http, session) == "hello"


async def test_a_reader_whose_edit_builds_on_what_the_server_lacks_is_told_that_it_only_reads(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    reader = Peer()
    async with reader.joined(server, session, readonly="1"):
        reader.text.insert(0, "never sent ")
        reader.take()
        await reader.write(0, "not ")
        await reader.until(lambda: reader.closed is not None)
        assert reader.closed is not None
        assert reader.closed[0] == 4403
    assert await code_of(http, session) == ""


async def test_a_session_that_is_not_there_is_said_after_the_handshake(server: Server) -> None:
    async with connect(f"{server.socket_url}/ws/sync/nothing", proxy=None) as socket:
        await socket.wait_closed()
        assert socket.close_code == 4404


async def test_a_deleted_session_disconnects_everybody(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann = Peer()
    async with ann.joined(server, session):
        assert (await http.delete(f"/api/sessions/{session}")).status_code in (200, 204)
        await ann.until(lambda: ann.closed is not None)
        assert ann.closed == (4404, "The session is deleted")


async def test_an_update_on_top_of_what_is_missing_is_asked_for(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann = Peer()
    async with ann.joined(server, session):
        ann.text.insert(0, "first ")
        ann._made.clear()
        await ann.write(6, "second")
        await ann.until(lambda: ann.saved >= 3)
    assert await code_of(http, session) == "first second"


async def test_saved_covers_nothing_that_came_too_early(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann = Peer()
    async with ann.joined(server, session):
        await ann.all_saved()
        ann.acknowledged.clear()
        for number in range(30):
            ann.text.insert(0, f"{number} ")
        for update in reversed(ann.take()):
            await ann.send_update(update)
        await ann.all_saved()
    # Of the reversed ones only the last can be taken as it comes; the answer has the others.
    [count] = set(ann.acknowledged)
    assert count == ann.sent
    assert await code_of(http, session) == str(ann.text)


async def test_who_lacks_what_it_builds_on_is_told_to_sync_again(
    server: Server, session: str
) -> None:
    ann = Peer()
    async with ann.joined(server, session):
        early = bytes([1, 1, 5, 7, 0x84, 5, 6, 1]) + b"x" + bytes([0])
        for _ in range(6):
            await ann.send(protocol.update(early))
            await ann.send(protocol.answer(b"\x00\x00"))
            await ann.send(protocol.answer(b"\x00\x00"))
        await ann.until(lambda: ann.closed is not None)
        assert ann.closed is not None
        assert ann.closed[0] == 4500


async def test_a_frame_of_text_is_refused(server: Server, session: str) -> None:
    async with connect(f"{server.socket_url}/ws/sync/{session}", proxy=None) as socket:
        await socket.send(json.dumps({"type": "ping"}))
        await socket.wait_closed()
        assert socket.close_code == 4400


def framed(message: bytes) -> bytes:
    """A client's binary frame of less than 126 bytes."""
    return bytes((0x82, 0x80 | len(message))) + bytes(4) + message


async def test_who_asks_for_much_at_once_takes_turns_with_everybody_else(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann, eve = Peer(), Peer()
    async with ann.joined(server, session), eve.joined(server, session):
        for number in range(200):
            await ann.write(0, f"{number} ")
        await ann.all_saved()
        assert eve._connection is not None
        question = framed(protocol.ask(ann.doc.get_state()))
        eve._connection.transport.write(question * 4_000)
        await ann.write(0, "not behind all that ")
        await ann.all_saved()
        assert eve.closed is None
        assert await code_of(http, session) == str(ann.text)


async def test_who_is_read_later_is_not_taken_for_silent() -> None:
    settings = {"ALGOROOM_MESSAGES_PER_SECOND": "10", "ALGOROOM_SOCKET_IDLE_SECONDS": "1"}
    async with Server(settings) as server, client(server) as http:
        ann = Peer()
        async with ann.joined(server, await blank(http)):
            for number in range(30):
                ann.text.insert(0, f"{number} ")
            updates = ann.take()
            ann.sent += len(updates)
            assert ann._connection is not None
            ann._connection.transport.write(
                b"".join(framed(protocol.update(update)) for update in updates)
            )
            await ann.all_saved()
            assert ann.closed is None


async def test_what_was_sent_before_a_goodbye_is_taken_however_much_it_is(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann, bob = Peer(), Peer()
    async with bob.joined(server, session), ann.joined(server, session):
        for number in range(2_000):
            ann.text.insert(0, f"{number} ")
        assert ann._connection is not None
        goodbye = bytes((0x88, 0x80)) + bytes(4)
        updates = b"".join(framed(protocol.update(update)) for update in ann.take())
        ann._connection.transport.write(updates + goodbye)
        await ann.until(lambda: ann.closed is not None)
        await bob.until(lambda: len(bob.text) == len(ann.text))
    assert await code_of(http, session) == str(ann.text)
