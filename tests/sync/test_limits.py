"""What a client of the sync socket may send: how much of it, and how large it may be."""

import time

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
