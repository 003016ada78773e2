"""Rooms in which clients of every kind do anything in any order, on a server that dies at times.

    python -m tests.sync.convergence [--cases N] [--seed N]

In the end all are connected, all have the same text, and each insertion is in it as often as it has
to be. Many rooms go on at once, on one server that dies for all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import NamedTuple

import httpx2
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from tests.contracts.wire import client, code_of, interview_session, save
from tests.serving import Server
from tests.sync.browsers import Browsers, browsers
from tests.sync.members import InBrowser, Member, OfAlgoroom, OfInterviews, Place, WithDocument
from tests.sync.peer import Peer

KINDS: tuple[type[Member], ...] = (InBrowser, WithDocument, OfInterviews, OfAlgoroom)


class Do(Enum):
    """What a member may be asked, as the name of its method."""

    INSERT = "insert"
    REMOVE = "remove"
    READ = "read"
    REPEAT = "repeat"
    SETTLE = "settle"
    COME = "come"
    LEAVE = "leave"
    LOSE = "lose"


class Break(Enum):
    """How a server ends before it is started again."""

    STOP = "SIGTERM"
    KILL = "SIGKILL"


class Step(NamedTuple):
    """What one member, by its number, is to do."""

    member: int
    do: Do


@dataclass(frozen=True, slots=True)
class Script:
    """What happens in one room: who is in it, and their steps in each round."""

    kinds: tuple[int, ...]
    rounds: tuple[tuple[Step, ...], ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Case:
    """Rooms of one server, and how it ends in each round but the last; it starts again then."""

    rooms: tuple[Script, ...]
    breaks: tuple[Break, ...]


OFTEN = (Do.INSERT,) * 8 + (Do.REMOVE, Do.REMOVE, Do.READ, Do.READ, Do.REPEAT, Do.SETTLE)
MOVES = (Do.COME, Do.COME, Do.LEAVE, Do.LOSE)


@st.composite
def scripts(draw: st.DrawFn, rounds: int) -> Script:
    kinds = tuple(draw(st.lists(st.integers(0, len(KINDS) - 1), min_size=2, max_size=5)))
    step = st.builds(
        Step, st.integers(0, len(kinds) - 1), st.sampled_from((*OFTEN, *OFTEN, *MOVES))
    )
    steps = st.lists(step, max_size=16).map(tuple)
    return Script(kinds, tuple(draw(steps) for _ in range(rounds)), draw(st.integers(0, 2**32 - 1)))


@st.composite
def cases(draw: st.DrawFn, rooms: int) -> Case:
    breaks = draw(st.lists(st.sampled_from(Break), min_size=1, max_size=2))
    script = scripts(len(breaks) + 1)
    return Case(tuple(draw(st.lists(script, min_size=rooms, max_size=rooms))), tuple(breaks))


class Room:
    """One room of a case while it goes on."""

    def __init__(self, place: Place, script: Script, gate: asyncio.Lock) -> None:
        self.place = place
        self._script = script
        self._gate = gate
        chance = Random(script.seed)
        self.members = [KINDS[kind](place, chance) for kind in script.kinds]

    async def open(self) -> None:
        for member in self.members:
            await member.come()

    async def play(self, number: int) -> None:
        """Go through one round."""
        for step in self._script.rounds[number]:
            member = self.members[step.member]
            if step.do is Do.INSERT and isinstance(member, OfAlgoroom):
                async with self._gate:
                    await self._settle()
                    await member.insert()
            else:
                await getattr(member, step.do.value)()

    async def break_off(self) -> None:
        """The server has gone, and with it all connections but those that come back themselves."""
        for member in self.members:
            if not isinstance(member, InBrowser):
                await member.leave()

    async def check(self) -> str:
        """Bring all together. Raises `AssertionError` where something is lost or doubled, and
        `TimeoutError` where somebody does not come to the text that the others have."""
        try:
            return await self._checked()
        except BaseException as error:
            error.add_note(f"session {self.place.session}, {self._script!r}")
            raise

    async def _checked(self) -> str:
        await self.open()
        await self._settle()
        # Whoever read may have been told of what came from those after it.
        await self._settle()
        text = await code_of(self.place.http, self.place.session)
        for member in self.members:
            try:
                await member.shows(text)
            except TimeoutError:
                raise AssertionError(
                    f"{type(member).__name__} shows {member.text!r}, others {text!r}"
                ) from None
        self.place.ledger.check(text)
        async with Peer().joined(self.place.server, self.place.session) as joiner:
            assert str(joiner.text) == text
        return text

    async def close(self) -> None:
        for member in self.members:
            await member.close()

    async def _settle(self) -> None:
        for member in self.members:
            await member.settle()


async def play(case: Case, server: Server, http: httpx2.AsyncClient, node: Browsers) -> None:
    """Go through a case. Raises as `Room.check` does."""
    gate = asyncio.Lock()
    rooms = []
    for script in case.rooms:
        session = await interview_session(http)
        await save(http, session, "")
        rooms.append(Room(Place(server, http, node, session), script, gate))
    try:
        await asyncio.gather(*(room.open() for room in rooms))
        for number in range(len(case.breaks) + 1):
            playing = [asyncio.create_task(room.play(number)) for room in rooms]
            how = case.breaks[number] if number < len(case.breaks) else None
            if how is not None:
                # In the middle of what the others do.
                await asyncio.wait(playing, return_when=asyncio.FIRST_COMPLETED)
                async with gate:
                    await asyncio.to_thread(server.kill if how is Break.KILL else server.terminate)
                    await asyncio.to_thread(server.start)
            await asyncio.gather(*playing)
            if how is not None:
                await asyncio.gather(*(room.break_off() for room in rooms))
        texts = await asyncio.gather(*(room.check() for room in rooms))
        await asyncio.to_thread(server.restart)
        for room, text in zip(rooms, texts, strict=True):
            assert await code_of(http, room.place.session) == text
    finally:
        await asyncio.gather(*(room.close() for room in rooms))


def run(count: int, *, rooms: int, starts_with: int | None = None) -> tuple[int, int]:
    """Play so many generated cases of so many rooms; how many rooms and restarts they had."""
    played = restarts = 0
    with Server() as server, asyncio.Runner() as runner, ExitStack() as stack:
        node = runner.run(entered(stack, runner))

        async def once(case: Case) -> None:
            async with client(server) as http:
                await play(case, server, http, node)

        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            # What failed says which room it was; the others would be a thousand lines.
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        )
        @given(cases(rooms))
        def each(case: Case) -> None:
            nonlocal played, restarts
            try:
                runner.run(once(case))
            except BaseException as error:
                error.add_note(f"server log:\n{server.log}")
                raise
            played += len(case.rooms)
            restarts += len(case.breaks) + 1
            report(played, restarts)

        (each if starts_with is None else seed(starts_with)(each))()
    return played, restarts


async def entered(stack: ExitStack, runner: asyncio.Runner) -> Browsers:
    """A Node process that ends with the stack."""
    process = AsyncExitStack()
    node = await process.enter_async_context(browsers())
    stack.callback(lambda: runner.run(process.aclose()))
    return node


started = time.monotonic()


def report(played: int, restarts: int) -> None:
    spent = time.monotonic() - started
    print(f"{played} rooms, {restarts} restarts, all equal, {spent:.0f} s", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.sync.convergence", description=__doc__)
    parser.add_argument("--cases", type=int, default=2_000, help="rooms, about")
    parser.add_argument("--seed", type=int, default=None)
    chosen = parser.parse_args(arguments)
    rooms = 24
    run(max(1, chosen.cases // rooms), rooms=rooms, starts_with=chosen.seed)


if __name__ == "__main__":
    main()
