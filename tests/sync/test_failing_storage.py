"""What a client is told that cannot come in, as what is stored cannot be read."""

import asyncio
import sqlite3
from collections.abc import Iterator

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.contracts.wire import assert_events_error, client, interview, interview_session, save
from tests.serving import Server
from tests.sync.peer import Peer


@pytest.fixture
def server() -> Iterator[Server]:
    """A server whose data may be harmed."""
    with Server() as running:
        yield running


async def execute(server: Server, statement: str) -> None:
    """Do something to what a server has stored, behind its back."""

    def do() -> None:
        connection = sqlite3.connect(server.data_dir / "data" / "algoroom.db")
        with connection:
            connection.execute(statement)
        connection.close()

    await asyncio.to_thread(do)


async def told(server: Server, session: str) -> int | None:
    """The code with which a sync socket is closed."""
    async with connect(f"{server.socket_url}/ws/sync/{session}", proxy=None) as socket:
        await asyncio.wait_for(socket.wait_closed(), 10)
        return socket.close_code


async def test_a_damaged_session_is_refused_for_good_on_every_way_into_it(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    await save(http, session, "written")
    await asyncio.to_thread(server.kill)
    await execute(server, "UPDATE journal SET \"update\" = x'ffff'")
    await asyncio.to_thread(server.start)
    assert await told(server, session) == 4422
    with pytest.raises(InvalidStatus) as refused:
        async with interview(server, session):
            pass
    assert refused.value.response.status_code == 500
    async with client(server) as again:
        answer = await again.put(f"/sessions/{session}/code", json={"code": "new"})
    assert_events_error(answer, 500, "INTERNAL_SERVER_ERROR")
    assert f"session {session} is damaged at entry 1" in server.log
    assert "Traceback" not in server.log


async def test_who_comes_while_the_database_fails_is_told_to_come_back(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    await execute(server, "ALTER TABLE journal RENAME TO journal_away")
    assert await told(server, session) == 4503
    await execute(server, "ALTER TABLE journal_away RENAME TO journal")
    ann = Peer()
    async with ann.joined(server, session):
        await ann.write(0, "here")
        await ann.all_saved()
