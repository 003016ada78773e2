"""Two browser clients of the Interview API type at once: nothing is lost, nothing is doubled."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.contracts.wire import (
    Socket,
    client,
    code_of,
    events_session,
    joined,
    put,
)
from tests.serving import Server

EDITS = 200
TOKEN = re.compile("⟨[^⟩]*⟩")

START = "".join(f"line {number} of the text both start from\n" for number in range(12))

Mark = Callable[[str, int], str]

# How an insertion looks. Each is unique, so that it can be found again, or missed, or found twice.
# All of a kind have one length: `⟨a12⟩` where `⟨a1⟩` just was might also be a `2` put into that.
MARKS: dict[str, Mark] = {
    "tokens": lambda who, number: f"⟨{who}{number:03}⟩",
    "single characters": lambda who, number: chr((0x4E00 if who == "a" else 0x6E00) + number),
    "characters of two units": lambda who, number: chr(
        (0x20000 if who == "a" else 0x21000) + number
    ),
    "emoji and marks": lambda who, number: f"⟨👩\u200d💻{who}{number:03}e\u0301\u0327⟩",
}


class BrowserClient:
    """What the original client does.

    After an edit it sends its editor's whole text without waiting; another user's `code-update`
    becomes its editor's text, whole.
    """

    def __init__(self, socket: Socket, user_id: str, text: str) -> None:
        self.socket = socket
        self.user_id = user_id
        self.text = text
        self.updated = asyncio.Event()

    async def listen(self) -> None:
        while True:
            frame = await self.socket.next()
            if frame["type"] == "code-update" and frame["userId"] != self.user_id:
                self.text = frame["data"]["code"]
                self.updated.set()

    async def insert(self, mark: str, places: random.Random) -> None:
        """Insert at any place that is not inside a token, then send the whole text."""
        inside = [range(match.start() + 1, match.end()) for match in TOKEN.finditer(self.text)]
        while True:
            at = places.randint(0, len(self.text))
            if not any(at in token for token in inside):
                break
        self.text = self.text[:at] + mark + self.text[at:]
        await self.socket.write(self.text, userId=self.user_id)

    async def type(self, mark: Mark, numbers: range, places: random.Random) -> None:
        """Insert one mark for each number; now and then a frame gets the time to come in."""
        for number in numbers:
            await self.insert(mark(self.user_id, number), places)
            for _ in range(places.choice((0, 0, 1, 1, 3, 10))):
                await asyncio.sleep(0)

    async def equals(self, expected: str) -> None:
        async with asyncio.timeout(30):
            while self.text != expected:
                self.updated.clear()
                await self.updated.wait()


async def settled(http: httpx2.AsyncClient, session: str, clients: list[BrowserClient]) -> str:
    """The text of the session, once every client shows it too."""
    reading = [asyncio.create_task(listener.listen()) for listener in clients]
    try:
        final = await code_of(http, session)
        for listener in clients:
            await listener.equals(final)
        return final
    finally:
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)


async def edit_at_once(clients: list[BrowserClient], mark: Mark, numbers: range, seed: int) -> None:
    """Both type all their insertions, reading as they go; returns when the server has read them."""
    answered = [asyncio.Event() for _ in clients]

    async def listen(listener: BrowserClient, pong: asyncio.Event) -> None:
        while not pong.is_set():
            frame = await listener.socket.next()
            if frame["type"] == "pong":
                pong.set()
            elif frame["type"] == "code-update" and frame["userId"] != listener.user_id:
                listener.text = frame["data"]["code"]

    async def write(listener: BrowserClient) -> None:
        places = random.Random(f"{seed} {listener.user_id}")
        await listener.type(mark, numbers, places)
        await listener.socket.send("ping")

    async with asyncio.TaskGroup() as group:
        for listener, pong in zip(clients, answered, strict=True):
            group.create_task(listen(listener, pong))
            group.create_task(write(listener))


def assert_once(text: str, marks: list[str]) -> None:
    counts = {mark: text.count(mark) for mark in marks}
    wrong = {mark: count for mark, count in counts.items() if count != 1}
    assert not wrong, f"{len(wrong)} of {len(marks)} are not there exactly once: {wrong}"


seeds = given(st.integers(0, 2**32))
few = settings(
    max_examples=1,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.contract("I-71", "I-72", "I-68", "I-66")
@pytest.mark.parametrize(
    ("kind", "start"),
    [
        *((kind, START) for kind in MARKS),
        # In a text of a few letters tokens that share letters can be as near to one base as to
        # another, so these start from nothing only where every insertion is unlike all others.
        ("single characters", ""),
        ("characters of two units", ""),
    ],
)
@few
@seeds
async def test_two_who_type_at_once_end_equal_with_every_insertion_once(
    server: Server, kind: str, start: str, seed: int
) -> None:
    async with client(server) as http:
        session = await events_session(http)
        await put(http, session, start)
        async with joined(server, session, "a") as first, joined(server, session, "b") as second:
            clients = [BrowserClient(first, "a", start), BrowserClient(second, "b", start)]
            mark = MARKS[kind]
            await edit_at_once(clients, mark, range(EDITS), seed)
            final = await settled(http, session, clients)
            assert_once(final, [mark(who, number) for who in "ab" for number in range(EDITS)])
            rest = final
            for who in "ab":
                for number in range(EDITS):
                    rest = rest.replace(mark(who, number), "", 1)
            assert rest == start


@pytest.mark.contract("I-71", "I-73", "A-05", "A-42")
@few
@seeds
async def test_a_put_in_between_replaces_the_text_and_all_follow(server: Server, seed: int) -> None:
    replaced = "★"
    async with client(server) as http:
        session = await events_session(http)
        await put(http, session, START)
        async with joined(server, session, "a") as first, joined(server, session, "b") as second:
            clients = [BrowserClient(first, "a", START), BrowserClient(second, "b", START)]
            # One character each: where it was inserted cannot be mistaken, so what was on its way
            # when the text was replaced comes through whole or not at all.
            mark = MARKS["characters of two units"]
            marks = [mark(who, number) for who in "ab" for number in range(EDITS)]
            late = [mark(who, number) for who in "ab" for number in range(EDITS // 2, EDITS)]
            async with asyncio.TaskGroup() as group:
                group.create_task(edit_at_once(clients, mark, range(EDITS // 2), seed))
                group.create_task(put(http, session, replaced))
            between = await settled(http, session, clients)
            assert set(between) <= {replaced, *marks}
            assert between.count(replaced) == 1
            await edit_at_once(clients, mark, range(EDITS // 2, EDITS), seed + 1)
            final = await settled(http, session, clients)
            assert set(final) <= {replaced, *marks}
            assert len(final) == len(set(final))
            assert replaced in final
            assert_once(final, late)
            last = "the last word"
            await put(http, session, last)
            assert await settled(http, session, clients) == last
