"""The bounds on heads of requests, on real connections without a server around them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from algoroom.cli.crowd import Crowd
from algoroom.cli.heads import MOST_HEAD_BYTES, BoundedHeads

WITHIN_S = 20
LONG_S = 600.0
HEAD = b"GET / HTTP/1.1\r\nHost: rooms\r\n"


class Connected:
    """A client's end of a connection."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._end, data)

    async def received(self) -> bytes:
        """What comes next; nothing once the connection is closed."""
        async with asyncio.timeout(WITHIN_S):
            return await self._loop.sock_recv(self._end, 65_536)


def answering(when: asyncio.Event) -> Any:
    """An application that takes the body and answers nothing, but not before that."""

    async def application(_scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await when.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return application


@contextlib.asynccontextmanager
async def connected(
    within_s: float, application: Any, read_within_s: float = LONG_S
) -> AsyncIterator[Connected]:
    class Heads(BoundedHeads):
        pass

    Heads.within_s = within_s
    Heads.read_within_s = read_within_s
    config = uvicorn.Config(application, lifespan="off", log_config=None, timeout_keep_alive=600)
    protocol = Heads(config, ServerState(), {})
    theirs, ours = socket.socketpair()
    ours.setblocking(False)
    with ours:
        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: protocol, theirs
        )
        try:
            yield Connected(ours)
        finally:
            transport.close()


@pytest.fixture
def at_once() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


async def test_what_comes_before_a_head_does_not_count_as_part_of_it(
    at_once: asyncio.Event,
) -> None:
    body = b"x" * (MOST_HEAD_BYTES + 1)
    post = b"POST / HTTP/1.1\r\nHost: rooms\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with connected(LONG_S, answering(at_once)) as client:
        await client.send(post + body + HEAD)
        assert (await client.received()).startswith(b"HTTP/1.1 200 ")
        await client.send(b"\r\n")
        assert (await client.received()).startswith(b"HTTP/1.1 200 ")


async def test_a_head_that_does_not_end_is_refused_behind_another_request_too(
    at_once: asyncio.Event,
) -> None:
    async with connected(LONG_S, answering(at_once)) as client:
        await client.send(HEAD + b"\r\n" + HEAD + b"X-Long: ")
        assert (await client.received()).startswith(b"HTTP/1.1 200 ")
        await client.send(b"x" * (MOST_HEAD_BYTES + 1))
        assert (await client.received()).startswith(b"HTTP/1.1 431 ")
        assert await client.received() == b""


@pytest.mark.parametrize("start", [b"", b"\r\n", HEAD])
async def test_a_connection_whose_head_does_not_come_is_closed(
    start: bytes, at_once: asyncio.Event
) -> None:
    async with connected(0.05, answering(at_once)) as client:
        if start:
            await client.send(start)
        assert await client.received() == b""


@pytest.mark.parametrize("start", [b"\r\n", HEAD])
async def test_a_later_head_that_does_not_come_closes_the_connection_too(
    start: bytes, at_once: asyncio.Event
) -> None:
    async with connected(0.3, answering(at_once)) as client:
        await client.send(HEAD + b"\r\n")
        assert (await client.received()).startswith(b"HTTP/1.1 200 ")
        await client.send(start)
        assert await client.received() == b""


async def test_a_slow_answer_is_not_cut_by_the_head_behind_it() -> None:
    answer_when = asyncio.Event()
    async with connected(0.05, answering(answer_when)) as client:
        await client.send(HEAD + b"\r\n" + HEAD)
        asyncio.get_running_loop().call_later(0.2, answer_when.set)
        assert (await client.received()).startswith(b"HTTP/1.1 200 ")
        assert await client.received() == b""


async def test_an_answer_that_nobody_reads_is_not_kept_for_ever() -> None:
    sent = asyncio.Event()

    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(10_000):
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        sent.set()

    async with connected(LONG_S, application, read_within_s=0.05) as client:
        await client.send(HEAD + b"\r\n")
        async with asyncio.timeout(WITHIN_S):
            await sent.wait()


async def test_a_slow_reader_that_reads_gets_all_of_it() -> None:
    size = 40 * 65_536

    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-length", str(size).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for _ in range(40):
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async with connected(LONG_S, application, read_within_s=LONG_S) as client:
        await client.send(HEAD + b"\r\n")
        found = 0
        while found < size:
            found += len(await client.received())


class Guest:
    """A connection of which it is known whether it was ended."""

    is_ended = False

    def abort(self) -> None:
        self.is_ended = True


def test_the_one_goes_that_has_been_waited_for_the_longest() -> None:
    crowd, everybody = Crowd(3), set[Guest]()
    first, second, third, fourth, fifth, sixth = (Guest() for _ in range(6))

    def come(guest: Guest) -> None:
        everybody.add(guest)
        crowd.wait_for(guest, everybody)

    for guest in (first, second, third):
        come(guest)
    crowd.serve(first)
    come(fourth)
    assert [guest.is_ended for guest in (first, second, third, fourth)] == [False, True] + [
        False
    ] * 2
    assert everybody == {first, third, fourth}
    # Whoever has been served is waited for anew.
    crowd.wait_for(third, everybody)
    come(fifth)
    assert fourth.is_ended
    for guest in (first, third, fifth):
        crowd.serve(guest)
    come(sixth)
    assert sixth.is_ended
    assert everybody == {first, third, fifth}
