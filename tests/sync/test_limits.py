"""What a client of the sync socket may send: how much of it, and how large it may be."""

import time
from contextlib import suppress

import httpx2
from websockets.exceptions import ConnectionClosed

from algoroom.api.sync import protocol
from tests.contracts.wire import client, code_of, interview_session
from tests.serving import Server
from tests.sync.peer import Peer


async def test_a_large_message_counts_as_many() -> None:
    server = Server({"ALGOROOM_MESSAGES_PER_SECOND": "10"})
    async with server, client(server) as http:
        session = await interview_session(http, language="python")
        eve = Peer()
        async with eve.joined(server, session):
            began = time.monotonic()
            for _ in range(5):
                await eve.write(0, "x" * 2 * 16_384)
            await eve.all_saved()
            # Five are fewer than ten; each counts as three, so the last are read later.
            assert time.monotonic() - began >= 0.25
        assert (await code_of(http, session)).count("x") == 5 * 2 * 16_384


async def test_the_largest_update_is_read_and_a_larger_one_is_refused_for_good(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http, language="python")
    eve = Peer()
    largest = 2**20
    over = protocol.update(bytes(largest + 1))
    refusals = []
    for message in (protocol.update(bytes(largest)), over, over + bytes(2**21)):
        for pieces in (message, [message[:700_000], message[700_000:]]):
            async with eve.joined(server, session):
                with suppress(ConnectionClosed):
                    await eve.send(pieces)
                await eve.until(lambda: eve.closed is not None)
                refusals.append(eve.closed and eve.closed[0])
    assert refusals == [4400, 4400, 4413, 4413, 4413, 4413]


async def test_a_document_that_has_grown_too_large_takes_no_more_and_can_be_forked() -> None:
    server = Server({"ALGOROOM_MAX_STATE_BYTES": "65536"})
    async with server, client(server) as http:
        session = await interview_session(http, language="python")
        ann = Peer()
        async with ann.joined(server, session):
            # Each stands in front of the one before: nothing of it can be put together.
            for _ in range(2):
                with ann.doc.transaction():
                    for _ in range(4_000):
                        ann.text.insert(0, "x")
                await ann.push()
                await ann.until(lambda: ann.saved >= ann.sent or ann.closed is not None)
        assert ann.closed is not None
        assert ann.closed[0] == 4413
        assert "A fork of the session begins anew" in ann.closed[1]
        text = await code_of(http, session)
        refused = await http.put(f"/sessions/{session}/code", json={"code": "z" * 60_000 + text})
        assert refused.status_code == 413, refused.text
        forked = await http.post(f"/api/sessions/{session}/fork", json={})
        assert forked.status_code == 201, forked.text
        assert text.count("x") == 4_000
        assert await code_of(http, forked.json()["id"]) == text
