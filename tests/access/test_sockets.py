"""Sockets: who is let in, who they are in the room, and when they are closed."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from algoroom.api.handshake import SUBPROTOCOL
from algoroom.api.sync.protocol import SUBPROTOCOL as SYNC
from tests.access.people import as_ann, bearer, keys, new_key, token
from tests.contracts.wire import (
    Socket,
    client,
    code_of,
    events_session,
    interview,
    interview_session,
    participants_of,
    socket,
)
from tests.serving import Server
from tests.sync.peer import Peer

INTERVIEW = "algoroom.interview.v1"
EVENTS = "algoroom.events.v1"
NOT_SIGNED_IN = 4401


async def closing(
    server: Server,
    session: str,
    offers: Sequence[str],
    first: str | bytes | None = None,
    *,
    path: str = "sessions",
    headers: dict[str, str] | None = None,
) -> tuple[int, str, list[str | bytes]]:
    """How the server closes a socket that says this first, and what it said before."""
    heard: list[str | bytes] = []
    async with connect(
        f"{server.socket_url}/ws/{path}/{session}",
        subprotocols=[Subprotocol(name) for name in offers] or None,
        additional_headers=headers,
        proxy=None,
    ) as opened:
        if first is not None:
            await opened.send(first)
        with pytest.raises(ConnectionClosed) as caught:
            await hear(opened, heard)
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason, heard


async def hear(connection: ClientConnection, heard: list[str | bytes]) -> None:
    """Read to the end. Raises `ConnectionClosed`."""
    async with asyncio.timeout(10):
        while True:
            heard.append(await connection.recv())


def said(**fields: object) -> str:
    return json.dumps({"type": "authenticate", **fields})


@pytest.mark.parametrize("query", ["", "?token={}", "?access_token={}", "?contract=interview"])
async def test_without_a_credential_there_is_no_handshake(
    closed_server: Server, query: str
) -> None:
    async with as_ann(closed_server) as http:
        session = await interview_session(http)
    for one in (session, "unknown"):
        with pytest.raises(InvalidStatus) as caught:
            async with socket(closed_server, one, query=query.format(token())):
                pass
        assert caught.value.response.status_code == 401
        assert json.loads(caught.value.response.body)["status"] == 401


@pytest.mark.parametrize("headers", [{"X-API-Key": "algo_x"}, bearer(exp=1), bearer(scope="")])
async def test_a_credential_that_does_not_hold_gets_no_handshake(
    any_server: Server, headers: dict[str, str]
) -> None:
    async with as_ann(any_server) as http:
        session = await events_session(http)
    with pytest.raises(InvalidStatus) as caught:
        async with socket(any_server, session, headers=headers):
            pass
    assert caught.value.response.status_code in (401, 403)
    code, reason, heard = await closing(any_server, session, [SYNC], path="sync", headers=headers)
    assert (code, heard) == (NOT_SIGNED_IN, [])
    assert reason


async def test_a_header_lets_a_socket_in_under_its_own_name(any_server: Server) -> None:
    async with as_ann(any_server) as http:
        session = await interview_session(http)
        async with (
            socket(any_server, session, headers=bearer(name="Ann")) as ann,
            socket(any_server, session, headers=bearer(sub="bob")) as bob,
        ):
            await ann.expect("welcome")
            await bob.expect("welcome")
            await bob.join("user:ann", "Ann")
            assert (await ann.expect("user-joined"))["userId"] == "user:bob"
            await ann.join("user:bob", "Bob")
            joined = await bob.expect("user-joined")
            assert (joined["userId"], joined["data"]["name"]) == ("user:ann", "Ann")
            await ann.write("by ann", userId="user:bob")
            assert (await bob.expect("code-update"))["userId"] == "user:ann"
            people = await participants_of(http, session)
    assert [one["userId"] for one in people] == ["user:bob", "user:ann"]


async def test_nobody_joins_as_somebody_who_is_signed_in(open_server: Server) -> None:
    async with client(open_server) as http:
        session = await interview_session(http)
        async with (
            interview(open_server, session) as forger,
            interview(open_server, session) as ann,
        ):
            await forger.join("user:ann", "Ann")
            joined = await ann.expect("user-joined")
            assert joined["userId"].startswith("user-")
            peer = Peer()
            async with peer.joined(open_server, session, userId="user:ann", name="Ann"):
                joined = await ann.until("user-joined")
                assert joined["userId"].startswith("guest-")


async def test_a_person_is_one_however_many_sockets_listen(any_server: Server) -> None:
    async with as_ann(any_server) as http:
        session = await events_session(http)
        async with socket(any_server, session, headers=bearer()) as first:
            assert (await first.expect("participant_joined"))["participants"] == 1
            async with socket(any_server, session, headers=bearer()) as second:
                assert (await second.expect("participant_joined"))["participants"] == 1
            async with socket(any_server, session, headers=bearer(sub="bob")) as bob:
                assert (await bob.expect("participant_joined"))["participants"] == 2
                assert (await first.expect("participant_joined"))["participants"] == 2
                assert len((await http.get(f"/sessions/{session}")).json()) == 5


@asynccontextmanager
async def introduced(
    server: Server, session: str, offers: Sequence[str], path: str = "sessions", **said_of: object
) -> AsyncIterator[Socket]:
    """A socket whose first message says who it is, past nothing else."""
    names = [*map(Subprotocol, offers), Subprotocol(SUBPROTOCOL)]
    address = f"{server.socket_url}/ws/{path}/{session}"
    async with connect(address, subprotocols=names, proxy=None) as opened:
        assert opened.subprotocol == names[0]
        await opened.send(said(token=token(**said_of)))
        yield Socket(opened)


@pytest.mark.parametrize("offers", [[INTERVIEW], [EVENTS], []])
async def test_the_first_message_may_say_who_is_there(
    any_server: Server, offers: list[str]
) -> None:
    async with as_ann(any_server) as http:
        session = await interview_session(http)
        async with introduced(any_server, session, offers, name="Ann") as ann:
            if offers == [EVENTS]:
                assert (await ann.expect("participant_joined"))["participants"] == 1
            else:
                await ann.expect("welcome")
                await ann.join("somebody")
            (person,) = await participants_of(http, session)
    assert (person["userId"], person["name"]) == ("user:ann", "Ann")


async def test_a_yjs_client_may_say_who_it_is_first(any_server: Server) -> None:
    async with as_ann(any_server) as http:
        session = await interview_session(http)
        async with socket(any_server, session, headers=bearer(sub="bob")) as bob:
            await bob.expect("welcome")
            async with introduced(any_server, session, [SYNC], path="sync"):
                joined = await bob.expect("user-joined")
    assert (joined["userId"], joined["data"]["name"]) == ("user:ann", "ann")


WRONG = [
    said(token=token(exp=1)),
    said(token="wrong"),
    said(token=7),
    said(),
    said(token="x" * 20_000),
    json.dumps({"type": "join", "userId": "ann", "data": {}}),
    "[]",
    "{",
    "[" * 10_000,
    b"\x00\x00\x01\x00",
]


@pytest.mark.parametrize("first", WRONG)
@pytest.mark.parametrize(("path", "offer"), [("sessions", INTERVIEW), ("sync", SYNC)])
async def test_whoever_says_anything_else_first_hears_nothing(
    any_server: Server, first: str | bytes, path: str, offer: str
) -> None:
    async with as_ann(any_server) as http:
        session = await interview_session(http)
    code, reason, heard = await closing(any_server, session, [offer, SUBPROTOCOL], first, path=path)
    assert (code, heard) == (NOT_SIGNED_IN, [])
    assert reason


async def test_whoever_has_said_who_they_are_hears_that_a_session_is_unknown(
    any_server: Server,
) -> None:
    first = said(token=token())
    code, _, heard = await closing(any_server, "unknown", [INTERVIEW, SUBPROTOCOL], first)
    assert (code, heard) == (4404, [])


async def test_a_yjs_client_without_a_credential_is_told_for_good(closed_server: Server) -> None:
    async with as_ann(closed_server) as http:
        session = await interview_session(http)
    for one in (session, "unknown"):
        code, _, heard = await closing(closed_server, one, [SYNC], path="sync")
        assert (code, heard) == (NOT_SIGNED_IN, [])


async def test_a_first_message_without_a_token_leaves_who_the_handshake_showed(
    any_server: Server,
) -> None:
    async with as_ann(any_server) as http:
        session = await interview_session(http)
        offers = [INTERVIEW, SUBPROTOCOL]
        async with socket(any_server, session, headers=bearer(), offers=offers) as ann:
            await ann.send_text(said(guestToken="x" * 43))
            await ann.expect("welcome")
            await ann.join("somebody")
            (person,) = await participants_of(http, session)
    assert person["userId"] == "user:ann"


async def test_a_token_that_is_only_for_reading_writes_nothing(any_server: Server) -> None:
    async with as_ann(any_server) as http:
        session = await interview_session(http)
        before = await code_of(http, session)
        reading = bearer(scope="session:read")
        async with socket(any_server, session, headers=reading, offers=[INTERVIEW]) as reader:
            await reader.expect("welcome")
            await reader.write("written all the same")
            await reader.expect("error")
        assert await code_of(http, session) == before


async def test_a_token_that_is_only_for_reading_lets_a_yjs_client_read_only(
    any_server: Server,
) -> None:
    async with as_ann(any_server) as http:
        session = await interview_session(http)
    peer = Peer()
    async with peer.joined(any_server, session, headers=bearer(scope="session:read")):
        await peer.write(0, "x")
        with pytest.raises(ConnectionError, match="4403"):
            await peer.until(lambda: False)


@pytest.mark.parametrize("path", ["sessions", "sync"])
async def test_a_socket_is_closed_when_its_credential_expires(
    any_server: Server, path: str
) -> None:
    async with as_ann(any_server) as http:
        session = await interview_session(http)
    soon = datetime.now(UTC).timestamp() + 1
    code, reason, heard = await closing(
        any_server, session, [], path=path, headers=bearer(exp=soon)
    )
    assert (code, reason) == (NOT_SIGNED_IN, "The credential has expired")
    assert heard


async def test_sockets_are_closed_when_their_key_is_revoked(any_server: Server) -> None:
    secret, key_id = await new_key(any_server)
    headers = {"X-API-Key": secret}
    async with as_ann(any_server) as http:
        session = await interview_session(http)
        async with (
            socket(any_server, session, headers=headers, offers=[INTERVIEW]) as first,
            socket(any_server, session, headers=headers, offers=[EVENTS]) as second,
            socket(any_server, session, headers=bearer(), offers=[INTERVIEW]) as other,
        ):
            await other.expect("welcome")
            assert (await keys(any_server, "revoke", key_id)).code == 0
            for one in (first, second):
                assert await one.closed() == (NOT_SIGNED_IN, "The credential was revoked")
            await other.until("user-left")
            await other.settle()
