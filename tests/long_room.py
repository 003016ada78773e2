"""A room in which people type for a day: how large its journal is, how quickly it loads.

    python -m tests.long_room [--updates 1000000] [--database sqlite|postgresql]

Time is simulated: a million updates of people who type, correct themselves and move about, in
turns and at once, go through a real room into a real database, are packed on the way, and come
back.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sql

from algoroom.rooms.limits import RoomLimits
from algoroom.rooms.past import NOW, Past, When
from algoroom.rooms.playback import Position
from algoroom.rooms.registry import Rooms
from algoroom.rooms.replay import rebuild
from algoroom.rooms.room import Room
from algoroom.sessions.model import Origin
from algoroom.storage.database import Database
from algoroom.storage.tables import journal, journal_blocks, keyframes
from algoroom.storage.writer import Writer
from tests.databases import own_cluster

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WORDS = [
    "for",
    "while",
    "return",
    "value",
    "index",
    "total",
    "print",
    "range",
    "left",
    "right",
    "None",
    "self",
    "data",
    "node",
]
LIMITS = RoomLimits(
    most_units=169_301, paste_units=200, tail_entries=2_048, is_language=str.islower
)
LARGEST_TEXT = 8_000
# Updates between two waits for the database, as a busy room has.
TOGETHER = 100


@dataclass(slots=True)
class Typist:
    """Somebody who writes words at a place, goes elsewhere, and takes back what was wrong."""

    name: str
    chance: random.Random
    place: int = 0
    pending: list[str] = field(default_factory=list)

    def type(self, room: Room) -> None:
        """One keystroke."""
        self.place = min(self.place, len(room.text))
        if self.chance.random() < 0.12 and self.place:
            room.write(_delta(self.place - 1, -1), user_id=self.name)
            self.place -= 1
            return
        if not self.pending:
            if self.chance.random() < 0.15:
                self.place = self.chance.randrange(len(room.text) + 1)
            end = self.chance.choice((" ", " ", " ", "\n    ", "(", ")", " = "))
            self.pending = list(self.chance.choice(WORDS) + end)
        letter = self.pending.pop(0)
        room.write(_delta(self.place, letter), user_id=self.name)
        self.place += 1


def _delta(start: int, step: int | str) -> tuple[int | str, ...]:
    return (start, step) if start else (step,)


class SimulatedDay:
    """A clock that keystrokes move on."""

    def __init__(self, chance: random.Random) -> None:
        self.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
        self._chance = chance

    def __call__(self) -> datetime:
        return self.now

    def move_on(self) -> None:
        self.now += timedelta(microseconds=int(self._chance.lognormvariate(-2.9, 0.9) * 1e6))


class Watch:
    """How long the loop was held at a time, in this thread's processor time."""

    longest_ms = 0.0

    async def watch(self) -> None:
        while True:
            last = time.thread_time()
            await asyncio.sleep(0)
            self.longest_ms = max(self.longest_ms, (time.thread_time() - last) * 1000)


@asynccontextmanager
async def watched() -> AsyncIterator[Watch]:
    watch = Watch()
    task = asyncio.create_task(watch.watch())
    await asyncio.sleep(0)
    try:
        yield watch
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@dataclass(slots=True)
class Figures:
    """What the room came to. Times are of this process, sizes in bytes."""

    updates: int = 0
    journal_bytes: int = 0
    one_go_bytes: int = 0
    raw_bytes: int = 0
    rows: int = 0
    blocks: int = 0
    state_bytes: int = 0
    typing_s: float = 0
    load_s: float = 0
    replay_s: float = 0
    replay_held_ms: float = 0
    keyframes: int = 0
    keyframe_bytes: int = 0
    late_moment_s: float = 0
    authors_s: float = 0
    authors_held_ms: float = 0
    playback_s: float = 0
    playback_held_ms: float = 0
    encode_ms: float = 0
    memory_mb: float = 0

    @property
    def ratio(self) -> float:
        return self.journal_bytes / self.one_go_bytes


async def measure(database_url: str, updates: int, seed: int = 1) -> Figures:
    """Type so many updates into a new room, then read all of it back. Raises `AssertionError`
    where something is not as it was."""
    figures = Figures(updates=updates)
    chance = random.Random(seed)
    day = SimulatedDay(chance)
    database = Database(database_url)
    await database.migrate()
    writer = Writer(database)
    rooms = Rooms(database, writer, day, limits=LIMITS, idle_s=0, sweep_s=60)
    session = await rooms.create(Origin.EVENTS, "python", None, timedelta(days=2), "")
    typists = [Typist(name, chance) for name in ("ann", "bob", "cat")]
    try:
        async with rooms.enter(session.id) as room:
            await _type(room, day, typists, chance, updates, figures)
            text, revision = room.text, room.revision
        await rooms.unload_idle()
        await _read_back(database, writer, rooms, session.id, text, revision, figures)
    finally:
        await rooms.close()
        await writer.close()
        await database.close()
    figures.memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


async def _type(
    room: Room,
    day: SimulatedDay,
    typists: list[Typist],
    chance: random.Random,
    updates: int,
    figures: Figures,
) -> None:
    started = time.perf_counter()
    busy = typists[0]
    for number in range(updates):
        if chance.random() < 0.05:
            busy = chance.choice(typists)
        day.move_on()
        if len(room.text) > LARGEST_TEXT and busy.place:
            first = max(0, busy.place - 2_000)
            room.write(_delta(first, first - busy.place), user_id=busy.name)
            busy.place = first
        else:
            busy.type(room)
        if number % TOGETHER == 0:
            await room.saved()
    await room.saved()
    figures.typing_s = time.perf_counter() - started
    started = time.perf_counter()
    figures.state_bytes = len(room.document.state())
    figures.encode_ms = (time.perf_counter() - started) * 1000


async def _read_back(
    database: Database,
    writer: Writer,
    rooms: Rooms,
    session_id: str,
    text: str,
    revision: int,
    figures: Figures,
) -> None:
    started = time.perf_counter()
    rebuilt = await rebuild(database, session_id)
    async with rooms.enter(session_id) as room:
        assert (room.text, room.revision, rebuilt.seq) == (text, revision, revision)
        figures.load_s = (time.perf_counter() - started) / 2  # it was loaded twice
    past = Past(database, writer, rooms, rooms._clock)
    async with watched() as watch:
        started = time.perf_counter()
        half = await past.at(session_id, When(seq=revision // 2))
        figures.replay_s = time.perf_counter() - started
    assert half.seq == revision // 2
    figures.replay_held_ms = watch.longest_ms
    # Shortly before the last saved state, which is too new.
    late = revision - LIMITS.tail_entries - 1
    started = time.perf_counter()
    assert (await past.at(session_id, When(seq=late))).seq == late
    figures.late_moment_s = time.perf_counter() - started
    async with watched() as watch:
        started = time.perf_counter()
        found = await past.authors(session_id, NOW)
        figures.authors_s = time.perf_counter() - started
    assert sum(found.shares.values()) == len(text)
    figures.authors_held_ms = watch.longest_ms
    packer = zstd.ZstdCompressor()
    async with watched() as watch:
        started = time.perf_counter()
        playback = await past.playback(session_id, Position(), revision)
        seq = 0
        async for part in playback.parts():
            assert not isinstance(part, list)
            assert part.first_seq == seq + 1
            seq = part.last_seq
            for update in part.updates:
                figures.raw_bytes += len(update)
                figures.one_go_bytes += len(packer.compress(update))
        figures.playback_s = time.perf_counter() - started
    figures.one_go_bytes += len(packer.flush())
    figures.playback_held_ms = watch.longest_ms
    assert seq == revision
    async with database.connect() as connection:
        block = sql.select(sql.func.count(), sql.func.sum(sql.func.length(journal_blocks.c.data)))
        figures.blocks, packed = (await connection.execute(block)).one()
        row = sql.func.length(journal.c.update) + sql.func.length(journal.c.author) + 8
        figures.rows, loose = (
            await connection.execute(sql.select(sql.func.count(), sql.func.sum(row)))
        ).one()
        frame = sql.select(sql.func.count(), sql.func.sum(sql.func.length(keyframes.c.data)))
        figures.keyframes, framed = (await connection.execute(frame)).one()
    figures.keyframe_bytes = framed or 0
    figures.journal_bytes = (packed or 0) + (loose or 0) + figures.keyframe_bytes


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.long_room", description=__doc__)
    parser.add_argument("--updates", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    asked = parser.parse_args()
    with ExitStack() as owned:
        if asked.database == "sqlite":
            directory = owned.enter_context(tempfile.TemporaryDirectory(prefix="algoroom-long-"))
            url = f"sqlite:///{Path(directory) / 'algoroom.db'}"
        else:
            url = owned.enter_context(owned.enter_context(own_cluster()).database(migrated=False))
        figures = asyncio.run(measure(url, asked.updates))
    for name in figures.__slots__:
        value = getattr(figures, name)
        print(f"{name:18} {value:,}" if isinstance(value, int) else f"{name:18} {value:,.2f}")
    print(f"{'ratio':18} {figures.ratio:.2f}")


if __name__ == "__main__":
    main()
