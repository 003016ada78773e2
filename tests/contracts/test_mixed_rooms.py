"""One path for two contracts: which one a socket speaks, and rooms in which both are spoken."""

from __future__ import annotations

import httpx2
import pytest

from tests.contracts.wire import (
    Socket,
    events_session,
    interview,
    interview_session,
    joined,
    listening,
    participants_of,
    put,
    save,
    socket,
)
from tests.serving import Server

pytestmark = pytest.mark.both_databases

INTERVIEW, EVENTS = "algoroom.interview.v1", "algoroom.events.v1"


async def speaks(opened: Socket) -> str:
    """The contract that the first frame belongs to."""
    first = (await opened.next())["type"]
    return {"welcome": "interview", "participant_joined": "events"}[str(first)]


@pytest.mark.contract("A-39")
async def test_the_subprotocol_decides_first(server: Server, http: httpx2.AsyncClient) -> None:
    for session in (await interview_session(http), await events_session(http)):
        for query in ("", "?contract=interview", "?contract=events"):
            for offered, contract in ((INTERVIEW, "interview"), (EVENTS, "events")):
                async with socket(server, session, query=query, offers=[offered]) as opened:
                    assert await speaks(opened) == contract
                    assert opened.connection.subprotocol == offered


@pytest.mark.contract("A-39")
async def test_a_known_subprotocol_is_found_among_others(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with socket(server, session, offers=["graphql-ws", EVENTS]) as opened:
        assert await speaks(opened) == "events"
        assert opened.connection.subprotocol == EVENTS


@pytest.mark.contract("A-40")
async def test_the_query_decides_next(server: Server, http: httpx2.AsyncClient) -> None:
    for session in (await interview_session(http), await events_session(http)):
        for contract in ("interview", "events"):
            async with socket(server, session, query=f"?contract={contract}") as opened:
                assert await speaks(opened) == contract
                assert opened.connection.subprotocol is None


@pytest.mark.contract("A-41")
async def test_the_contract_of_the_session_decides_last(
    server: Server, http: httpx2.AsyncClient
) -> None:
    async with socket(server, await interview_session(http)) as opened:
        assert await speaks(opened) == "interview"
    async with socket(server, await events_session(http)) as opened:
        assert await speaks(opened) == "events"


@pytest.mark.contract("A-42", "A-41")
async def test_the_contract_of_a_session_outlives_its_use_by_the_other(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    await put(http, session, "by the other")
    async with socket(server, session) as opened:
        assert await speaks(opened) == "interview"
    session = await events_session(http)
    await save(http, session, "by the other", language="java")
    async with socket(server, session) as opened:
        assert await speaks(opened) == "events"


@pytest.mark.contract("A-43", "A-44", "A-30", "A-31", "I-51", "I-52")
async def test_both_kinds_of_people_see_each_other(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann", "Ann") as ann:
        async with listening(server, session) as listener:
            told = await ann.expect("user-joined")
            assert told["userId"].startswith("guest-")
            assert told["data"] == {"name": "Guest", "participantCount": 2}
            assert (await http.get(f"/sessions/{session}")).json()["participants"] == 2
            read = (await http.get(f"/api/sessions/{session}")).json()
            assert read["activeParticipants"] == 2
            people = {
                person["userId"]: person["name"] for person in await participants_of(http, session)
            }
            assert people == {"ann": "Ann", told["userId"]: "Guest"}
            async with socket(server, session, offers=[INTERVIEW]) as bob:
                welcome = await bob.expect("welcome")
                shown = {
                    person["userId"]: person["name"] for person in welcome["data"]["participants"]
                }
                assert shown == people
                await bob.join("bob", "Bob")
                assert (await listener.expect("participant_joined"))["participants"] == 3
                assert (await ann.expect("user-joined"))["data"]["participantCount"] == 3
            assert (await listener.expect("participant_left"))["participants"] == 2
            await ann.expect("user-left")
        left = await ann.expect("user-left")
        assert left["userId"] == told["userId"]
        assert left["data"] == {"participantCount": 1}


@pytest.mark.contract("A-43")
async def test_each_connection_of_the_algoroom_api_counts(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await events_session(http)
    async with (
        listening(server, session) as first,
        listening(server, session),
        joined(server, session, "ann"),
        joined(server, session, "ann"),
        interview(server, session),
    ):
        assert [(await first.next())["participants"] for _ in range(2)] == [2, 3]
        assert (await http.get(f"/sessions/{session}")).json()["participants"] == 3
        guests = [person["userId"] for person in await participants_of(http, session)]
        assert len(set(guests)) == 3
        await put(http, session, "the next frame")
        await first.expect("code_update")


@pytest.mark.contract("A-42", "A-32", "A-35", "I-33")
async def test_code_written_through_either_reaches_both(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http, language="python")
    async with joined(server, session, "ann") as ann, listening(server, session) as listener:
        await ann.expect("user-joined")
        await ann.write("typed")
        frame = await listener.expect("code_update")
        assert (frame["code"], frame["language"]) == ("typed", "python")
        await save(http, session, "saved")
        assert (await listener.expect("code_update"))["code"] == "saved"
        assert (await ann.expect("code-update"))["data"]["code"] == "saved"
        await put(http, session, "put")
        assert (await listener.expect("code_update"))["code"] == "put"
        assert (await ann.expect("code-update"))["data"]["code"] == "put"
        await ann.change((3, 3, "!"))
        assert (await listener.expect("code_update"))["code"] == "put!"
