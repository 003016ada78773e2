"""Long messages take a share of everybody's time, over all sockets of a client."""

import asyncio
import gc
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection

from algoroom.access.caller import Caller
from algoroom.api import shares
from algoroom.api.limits import RateLimits
from algoroom.api.shares import LONGEST_TURN_S, REST, Share
from algoroom.api.wire import EXTENSION, Protocol
from algoroom.settings import Settings
from tests.api.test_connection import Listening, client, frame, served

LONG_S = 0.03
LONG, SHORT = b"long", b"short"
# Timers count in milliseconds.
EARLY_S = 0.002


@dataclass(frozen=True)
class Work:
    """A message that was read: by which of the sockets it came, and when."""

    socket: int
    message: bytes
    began: float
    ended: float


@dataclass
class Working(Listening):
    """An application that is busy with each long message. `share` says whose a socket is, by its
    number."""

    share: Callable[[int], Share] = lambda _: Share()
    worked: list[Work] = field(default_factory=list)
    sockets: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        number, self.sockets = self.sockets, self.sockets + 1
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()

        def work(message: bytes) -> None:
            began = time.monotonic()
            while message == LONG and time.monotonic() - began < LONG_S:
                pass
            self.worked.append(Work(number, message, began, time.monotonic()))

        wire: Protocol = scope["extensions"][EXTENSION]
        wire.listen(work, self.share(number))
        while (await websocket.receive())["type"] == "websocket.receive":
            pass

    async def did(self, count: int) -> list[Work]:
        """What was read, once it is so much."""
        async with asyncio.timeout(20):
            while len(self.worked) < count:
                await asyncio.sleep(0)
        return self.worked


async def opened(stack: AsyncExitStack, app: Working, count: int) -> list[ClientConnection]:
    """So many sockets, numbered in this order."""
    return [await stack.enter_async_context(client(app)) for _ in range(count)]


async def test_who_sends_long_messages_leaves_the_most_of_the_time_to_others() -> None:
    async with served(Working()) as app, client(app) as one:
        assert isinstance(app, Working)
        one.transport.write(frame(LONG) * 6)
        for before, after in pairwise(await app.did(6)):
            took = before.ended - before.began
            assert after.began - before.ended >= REST * (took - LONGEST_TURN_S) - EARLY_S


async def test_many_sockets_of_one_client_have_one_share_and_take_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shares, "MOST_AT_ONCE_S", 0.0)
    theirs = Share()
    app = Working(share=lambda number: theirs if number < 3 else Share())
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(served(app))
        *many, other = await opened(stack, app, 4)
        for each in many:
            each.transport.write(frame(LONG) * 3)
        await app.did(1)
        await other.send(SHORT)
        worked = await app.did(10)
    long = [each for each in worked if each.message == LONG]
    for place, (before, after) in enumerate(pairwise(long), 1):
        assert after.began - before.ended >= REST * (before.ended - before.began) - EARLY_S
        are_waiting = {each.socket for each in long[place:]}
        assert after.socket != before.socket or are_waiting == {before.socket}
    assert [each.message for each in worked].index(SHORT) == 1


async def test_a_client_has_the_share_that_it_had_until_all_is_paid() -> None:
    limits = RateLimits(Settings())
    ann, bob = (Caller(address=f"10.0.0.{number}") for number in (1, 2))
    share = limits.share(ann)
    assert limits.share(ann) is share
    assert limits.share(bob) is not share
    share.charge(1.0)
    known = id(share)
    del share
    gc.collect()
    assert id(limits.share(ann)) == known
    unlimited = RateLimits(Settings(rate_limits=False))
    assert unlimited.share(ann) is not unlimited.share(ann)
