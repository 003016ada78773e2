"""Replays editing traces through real sockets: in the end everybody has the text of the trace.

    python -m bench.rooms.replay FOLDER [--server NAME]

A sequential trace is typed by one client and read by another. A concurrent one has a client for
each of its two authors: each types only when it knows just what the trace's author knew, for which
the other's later edits are held back, unsent, until somebody has to know them.
"""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from bench.rooms import servers, traces
from bench.rooms.member import Member, entered
from bench.rooms.plan import Address
from bench.rooms.traces import Trace

log = logging.getLogger("bench")
READER, OPENER, FIRST_AUTHOR = 1, 2, 10
AHEAD = 1_000
Version = tuple[int, ...]


class ReplayFailed(Exception):
    """Somebody has another text in the end."""


def versions(trace: Trace) -> Iterator[Version]:
    """How many edits of each author every edit builds upon. Raises ValueError."""
    known: list[Version] = []
    made = [0] * trace.authors
    for number, edit in enumerate(trace.transactions):
        parents = [known[parent] for parent in edit.parents]
        base = tuple(map(max, *parents)) if len(parents) > 1 else None
        base = base or (parents[0] if parents else (0,) * trace.authors)
        if base[edit.author] != made[edit.author]:
            raise ValueError(f"edit {number} of {trace.name} leaves out one of its own author")
        made[edit.author] += 1
        yield base
        known.append(tuple(n + (a == edit.author) for a, n in enumerate(base)))


class Author:
    """A member whose edits are sent when the others have to know them."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.member.holds_back = True
        self._made: list[bytes | None] = []
        self._sent = 0

    def make(self, patches: Sequence[traces.Patch]) -> None:
        self._made.append(self.member.editor.change(patches))

    async def send_until(self, count: int | None = None) -> bool:
        """Send the first `count` edits, or all; whether there was one to send."""
        due = self._made[self._sent : count]
        for update in due:
            if update is not None:
                await self.member.send(update)
        self._sent += len(due)
        return bool(due)


async def replay(trace: Trace, address: Address, port: int) -> None:
    """Raises ReplayFailed, and ValueError where a trace has more than two authors."""
    if trace.authors > 2:
        raise ValueError("with three authors one would be told what another may not know yet")
    async with AsyncExitStack() as here:

        async def enter(client: int) -> Member:
            return await here.enter_async_context(entered(client, address, port))

        opener = await enter(OPENER)
        old = opener.editor.content
        if (opening := opener.editor.change([(0, len(old), trace.start)])) is not None:
            await opener.send(opening)
        await opener.synchronise()
        reader = await enter(READER)
        authors = [Author(await enter(FIRST_AUTHOR + n)) for n in range(trace.authors)]
        members = [reader, opener, *(author.member for author in authors)]
        await type_all(trace, authors, members)
        for member in members:
            await _has(member, trace)
        await _has(await enter(READER), trace)


async def type_all(trace: Trace, authors: Sequence[Author], members: Sequence[Member]) -> None:
    """Type a trace, not faster than all `members` read it: who reads too slowly is closed."""
    told: list[list[int]] = [[0] * len(authors) for _ in authors]
    for number, (edit, base) in enumerate(zip(trace.transactions, versions(trace), strict=True)):
        if number % AHEAD == 0:
            for member in members:
                await member.synchronise()
        mine = authors[edit.author]
        for other, count in enumerate(base):
            if other == edit.author or count <= told[edit.author][other]:
                continue
            told[edit.author][other] = count
            await authors[other].send_until(count)
            await authors[other].member.synchronise()
            await mine.member.synchronise()
        mine.make(edit.patches)
        if len(authors) == 1:
            await mine.send_until()
    for author in authors:
        await author.send_until()


async def _has(member: Member, trace: Trace) -> None:
    try:
        await member.until(lambda: member.editor.content == trace.end)
    except TimeoutError:
        raise ReplayFailed(
            f"{trace.name}: client {member.editor.client} has {len(member.editor.content)} "
            f"characters, not the {len(trace.end)} of the trace"
        ) from None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rooms.replay", description=__doc__)
    parser.add_argument("folder", type=Path, help="has traces, *.json or *.json.gz")
    choices = [servers.OURS, *servers.PEERS]
    parser.add_argument("--server", choices=choices, default=servers.OURS)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    found = traces.find(arguments.folder)
    if not found:
        parser.error(f"{arguments.folder} has no trace")
    start = {servers.OURS: servers.ours, **servers.PEERS}[arguments.server]
    with start(None) as server:
        for path in found:
            trace = traces.read(path)
            began = time.monotonic()
            asyncio.run(replay(trace, server.room(trace.name), server.port))
            log.info(
                "%s: %d edits of %d authors, %d characters, as it should be, %.0f s",
                trace.name, len(trace.transactions), trace.authors, len(trace.end),
                time.monotonic() - began,
            )  # fmt: skip
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
