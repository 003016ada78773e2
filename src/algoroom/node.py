"""One node: the parts of a server, made from its settings, started and stopped together."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace

from algoroom.assembly import engine_from, limits_from
from algoroom.clock import Clock, utc_now
from algoroom.rooms.execution import in_room
from algoroom.rooms.registry import Rooms
from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, RunRequest
from algoroom.runs.registry import Runs, Through
from algoroom.settings import Settings
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer


@dataclass(frozen=True, slots=True)
class Node:
    """What the API and the command line work with."""

    settings: Settings
    clock: Clock
    database: Database
    rooms: Rooms
    engine: Engine
    runs: Runs

    def run_limits(self, *, seconds: float, memory_bytes: int) -> Limits:
        """The limits of a run: its contract says time and memory, the operator the rest."""
        ceiling = limits_from(self.settings)
        return replace(
            ceiling,
            cpu_s=seconds,
            wall_s=seconds,
            memory_bytes=min(memory_bytes, ceiling.memory_bytes),
        )

    def limits(self, asked: Mapping[str, int], *, interactive: bool) -> Limits:
        """The limits of a run that asks for some itself, by their names; a time is in `cpu_ms` and
        `wall_ms`. None is more than the operator allows."""
        ceiling = limits_from(self.settings)
        wall_s = self.settings.interactive_seconds if interactive else ceiling.wall_s
        most = {**asdict(ceiling), "cpu_s": ceiling.wall_s, "wall_s": wall_s}
        wanted = {
            name.replace("_ms", "_s"): value / 1000 if name.endswith("_ms") else value
            for name, value in asked.items()
        }
        given = {name: min(value, most[name]) for name, value in wanted.items()}
        return replace(ceiling, **{"wall_s": wall_s, **given})

    def in_room(self, session_id: str, request: RunRequest) -> Through:
        """What shows a run of this request to the room of a session, and stores it."""
        return in_room(self.rooms, session_id, request, self.clock)

    async def close_rooms(self) -> None:
        """Tell every connection that the server stops, and store what is open."""
        await self.rooms.close()


@asynccontextmanager
async def running_node(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Node]:
    """A node from its migrated database to its last commit.

    Raises `DatabaseUnavailable` where the database cannot be used.
    """
    database = Database(settings.database_url)
    try:
        await database.migrate()
        writer = Writer(database)
        rooms = Rooms(
            database,
            writer,
            clock,
            most_units=settings.max_document_units,
            idle_s=settings.room_idle_seconds,
            sweep_s=settings.sweep_seconds,
        )
        engine = engine_from(settings)
        runs = Runs(
            engine,
            clock,
            most_kept=settings.runs_kept,
            most_kept_bytes=settings.runs_kept_bytes,
            kept_s=settings.runs_kept_seconds,
        )
        await engine.start()
        house = asyncio.create_task(rooms.keep_house(), name="rooms keep house")
        try:
            yield Node(settings, clock, database, rooms, engine, runs)
        finally:
            house.cancel()
            await asyncio.wait({house})
            # The runs that this ends are told to their rooms, and stored.
            await engine.drain(settings.runs_grace_seconds)
            await engine.close()
            await runs.close()
            await rooms.close()
            await writer.close()
    finally:
        await database.close()
