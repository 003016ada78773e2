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
