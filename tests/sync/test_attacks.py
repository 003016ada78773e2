"""What hostile clients of the sync socket say is refused or has no effect, and nothing grows."""

import json

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidMessage

from algoroom.api.sync import protocol
from algoroom.api.sync.awareness import MOST_GONE, Awareness
from algoroom.api.sync.people import LARGEST_STATE
from algoroom.api.sync.protocol import MOST_ENTRIES, Entry
from algoroom.rooms.lib0 import write_number
from algoroom.rooms.presence import LONGEST_NAME
from algoroom.rooms.update import MOST_CHANGES
from tests.access.rooms import hosted
from tests.contracts.wire import code_of, interview_session, participants_of, save
from tests.serving import Server
from tests.sync.peer import Peer

NOT_STATES = {
    "no JSON": "{",
    "nothing": "",
    "a number that is none in JSON": '{"x":NaN}',
    "a list": "[]",
    "a text": '"hello"',
    "a control character": '{"user":{"name":"a\x00b"}}',
    "too deep": '{"x":' + "[" * 40 + "]" * 40 + "}",
    "very deep": '{"x":' + "[" * 8_000 + "]" * 8_000 + "}",
    "unclosed and deep": "[" * LARGEST_STATE,
    "giant": json.dumps({"user": {"name": "x" * LARGEST_STATE}}),
    "a giant number": '{"x":' + "9" * 10_000 + "}",
}


@pytest.fixture
async def session(http: httpx2.AsyncClient) -> str:
    """The id of a new session with a short text."""
    session = await interview_session(http, language="python")
    await save(http, session, "hello")
    return session


def said(*entries: tuple[int, int, str]) -> bytes:
    return protocol.awareness([Entry(*entry) for entry in entries])


def named(name: str) -> str:
    return json.dumps({"user": {"name": name}})


def names(peer: Peer) -> list[str]:
    return [state["user"]["name"] for state in peer.awareness.values() if "user" in state]


@pytest.mark.parametrize("state", NOT_STATES.values(), ids=NOT_STATES)
async def test_what_is_no_state_is_told_to_nobody(server: Server, session: str, state: str) -> None:
    ann, eve = Peer(), Peer()
    async with ann.joined(server, session), eve.joined(server, session):
        await eve.send(said((eve.doc.client_id, 1, state)))
        await eve.send(said((eve.doc.client_id, 2, named("Eve"))))
        await ann.until(lambda: "Eve" in names(ann))
        await eve.send(said((eve.doc.client_id, 3, state)))
        await eve.send(said((eve.doc.client_id, 4, named("Eve again"))))
        await ann.until(lambda: "Eve again" in names(ann))
        assert eve.closed is None


@pytest.mark.parametrize("entry", [(2**53, 1, "{}"), (7, 2**53, "{}"), (2**69, 2**69, "null")])
async def test_numbers_that_browsers_cannot_read_close_the_connection(
    server: Server, session: str, entry: tuple[int, int, str]
) -> None:
    ann, eve = Peer(), Peer()
    async with ann.joined(server, session), eve.joined(server, session):
        await eve.send(said(entry))
        await eve.until(lambda: eve.closed is not None)
        assert eve.closed == (4400, "a number beyond 2^53")
        assert not {entry[0]} & set(ann.awareness)


async def test_a_clock_near_the_largest_number_has_no_effect(server: Server, session: str) -> None:
    ann, eve = Peer(), Peer()
    async with ann.joined(server, session), eve.joined(server, session):
        await eve.send(said((eve.doc.client_id, 2**53 - 1, named("Last"))))
        await eve.send(said((eve.doc.client_id, 1, named("First"))))
        await ann.until(lambda: "First" in names(ann))
        assert "Last" not in names(ann)


async def test_one_connection_has_one_state_however_many_clients_it_speaks_for(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    ann, eve = Peer(), Peer()
    async with ann.joined(server, session), eve.joined(server, session):
        await eve.send(said(*((client, 1, named(f"{client}")) for client in range(5_000))))
        for client in range(5_000, 6_000):
            await eve.send(said((client, 1, named(f"{client}"))))
        await eve.send(said((0, 2, named("Eve"))))
        await ann.until(lambda: "Eve" in names(ann))
        assert len(ann.awareness) <= 2
        late = Peer()
        async with late.joined(server, session):
            await late.until(lambda: "Eve" in names(late))
            assert len(late.awareness) <= 3
        assert len(await participants_of(http, session)) == 2


def test_what_is_kept_of_clients_that_come_and_go_is_bounded() -> None:
    awareness = Awareness()
    for client in range(3 * MOST_GONE):
        awareness.take("eve", [Entry(client, 1, "{}"), Entry(client, 2, "null")])
    assert awareness.everyone() == []
    assert len(awareness._gone) == MOST_GONE
    awareness.leave("eve")
    assert [awareness._ids, awareness._heard, awareness._heirs] == [{}, set(), {}]


def test_of_those_who_wait_for_a_client_id_nothing_is_kept_once_they_are_gone() -> None:
    awareness = Awareness()
    awareness.take("ann", [Entry(7, 1, "{}")])
    awareness.take("bob", [Entry(7, 2, "{}")])
    awareness.take("eve", [Entry(7, 3, "{}")])
    awareness.take("eve", [Entry(7, 4, "null")])
    assert awareness.take("ann", [Entry(7, 5, "null")]) == [Entry(7, 5, "null")]
    assert awareness.take("bob", [Entry(7, 6, "{}")]) == [Entry(7, 6, "{}")]
    for owner in ("ann", "bob", "eve"):
        awareness.leave(owner)
    assert [awareness._ids, awareness._states, awareness._heirs] == [{}, {}, {}]


def test_of_a_message_with_very_many_clients_the_first_are_read() -> None:
    entries = [Entry(client, 1, "{}") for client in range(2 * MOST_ENTRIES)]
    block = protocol.Reader(protocol.awareness(entries)[1:]).block()
    assert protocol.read_entries(block) == entries[:MOST_ENTRIES]


async def test_who_took_the_client_id_of_another_first_hides_them_only_while_there(
    server: Server, session: str
) -> None:
    ann, bob, eve = Peer(), Peer(), Peer()
    async with bob.joined(server, session):
        async with eve.joined(server, session):
            await eve.send(said((ann.doc.client_id, 2**40, named("Eve"))))
            await bob.until(lambda: "Eve" in names(bob))
            async with ann.joined(server, session, userId="ann"):
                await ann.show(user={"name": "Ann"})
                await ann.until(lambda: "Eve" in names(ann))
                eve.abort()
                await bob.until(lambda: names(bob) == ["Ann"])
        await bob.until(lambda: names(bob) == [])


@pytest.mark.parametrize(
    "cursor",
    [
        {"anchor": {"item": {"client": True, "clock": False}}, "head": {"tname": "code"}},
        {"anchor": {"item": {"client": 2**70, "clock": -1}}, "head": None},
        {"anchor": {"item": [], "tname": "session"}, "head": {"tname": "code", "assoc": 2**70}},
        {"anchor": [], "head": "x"},
    ],
)
async def test_a_cursor_that_is_nowhere_harms_nobody(
    server: Server, session: str, cursor: object
) -> None:
    ann, eve = Peer(), Peer()
    async with ann.joined(server, session), eve.joined(server, session):
        await eve.show(user={"name": "Eve"}, cursor=cursor)
        await eve.show(user={"name": "Eve again"})
        await ann.until(lambda: "Eve again" in names(ann))
        assert eve.closed is None


async def test_names_are_cut_and_hold_no_null(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    eve = Peer()
    async with eve.joined(server, session):
        await eve.show(user={"name": "\x00\x1b\u202e" + "x" * 5_000})
        await eve.until(lambda: bool(names(eve)))
        [person] = await participants_of(http, session)
        assert person["name"] == ("\x1b\u202e" + "x" * 5_000)[:LONGEST_NAME]


async def test_a_name_of_a_mebibyte_gets_no_handshake(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    address = f"{server.socket_url}/ws/sync/{session}?name={'x' * 2**20}"
    with pytest.raises((InvalidHandshake, InvalidMessage, OSError)):
        async with connect(address, proxy=None):
            pass
    assert await participants_of(http, session) == []


async def test_what_means_nothing_has_no_effect_however_often_it_comes(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    auth = bytes((protocol.Kind.AUTH,)) + b"x" * 1_000
    everybody = bytes((protocol.Kind.QUERY_AWARENESS,))
    eve = Peer()
    async with eve.joined(server, session):
        for message in (auth, said(), everybody):
            for _ in range(300):
                await eve.send(message)
        await eve.write(0, "still ")
        await eve.all_saved()
    assert await code_of(http, session) == "still hello"


async def test_an_update_that_would_hold_up_everybody_closes_its_connection(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    eve = Peer()
    clients = range(MOST_CHANGES + 1)
    one = b"\x04\x01\x04code\x01x"
    update = b"".join(b"\x01" + write_number(client) + b"\x00" + one for client in clients)
    async with eve.joined(server, session):
        await eve.send_update(write_number(len(clients)) + update + b"\x00")
        await eve.until(lambda: eve.closed is not None)
        assert eve.closed == (4413, "An update has at most 20,000 changes")
    assert await code_of(http, session) == "hello"


def forged(size: int) -> tuple[bytes, bytes]:
    """A text, and an update that puts as many changes between its first letter and each other: the
    library walks over all that stands between."""
    text = b"\x01\x01\x05\x00\x04\x01\x04code" + write_number(size) + b"x" * size + b"\x00"
    places = map(write_number, range(1, size))
    changes = b"".join(b"\xc4\x05\x00\x05" + place + b"\x01z" for place in places)
    return text, b"\x01" + write_number(size - 1) + b"\x09\x00" + changes + b"\x00"


async def test_others_are_served_while_a_forged_update_is_taken(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    text, update = forged(5_000)
    eve = Peer()
    async with eve.joined(server, session):
        await eve.send_update(text)
        await eve.all_saved()
        await eve.send_update(update)
        seen = set()
        while eve.saved < eve.sent:
            seen.add((await code_of(http, session)).count("z"))
            assert eve.closed is None
        assert len(seen) > 10
    assert (await code_of(http, session)).count("z") == 4_999


async def test_a_forged_update_that_takes_the_processor_for_seconds_is_taken_no_further(
    server: Server, http: httpx2.AsyncClient, session: str
) -> None:
    text, update = forged(19_999)
    eve = Peer()
    async with eve.joined(server, session):
        await eve.send_update(text)
        await eve.all_saved()
        await eve.send_update(update)
        await eve.until(lambda: eve.closed is not None, within_s=60)
        assert eve.closed == (4413, "An update takes too long")
    assert 0 < (await code_of(http, session)).count("z") < 19_998


async def test_of_an_update_in_parts_no_more_is_taken_once_its_client_may_write_no_more(
    server: Server, http: httpx2.AsyncClient
) -> None:
    room = await hosted(http, language="python")
    text, update = forged(19_999)
    eve = Peer()
    async with eve.joined(server, room.id):
        await eve.send_update(text)
        await eve.all_saved()
        await eve.send_update(update)
        while not (await code_of(http, room.id)).count("z"):
            assert eve.closed is None
        await room.rule(strangers="viewer")
        await eve.until(lambda: eve.closed is not None)
        assert eve.closed is not None
        assert eve.closed[0] == 4403
