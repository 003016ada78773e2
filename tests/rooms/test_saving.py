"""A room whose database fails, and comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from algoroom.errors import AlgoroomError
from algoroom.rooms.registry import Rooms
from algoroom.rooms.room import Room
from algoroom.sessions.model import Session
from algoroom.storage.database import Database

WITHIN_S = 10


async def rename(database: Database, old: str, new: str) -> None:
    async with database.writing() as connection:
        await connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
        await connection.commit()


@asynccontextmanager
async def without(database: Database, table: str) -> AsyncIterator[None]:
    """While this lasts, the database refuses what belongs in the table."""
    await rename(database, table, f"{table}_away")
    try:
        yield
    finally:
        await rename(database, f"{table}_away", table)


async def text_after_a_restart(rooms: Rooms, session: Session, database: Database) -> str:
    """What a server finds that knows nothing but the database."""
    another = Rooms(database, rooms._writer, rooms._clock, most_units=1_000, idle_s=0, sweep_s=60)
    async with another.enter(session.id) as room:
        return room.text


async def test_a_write_that_failed_is_told_and_stored_with_the_next(
    rooms: Rooms, room: Room, session: Session, database: Database
) -> None:
    async with without(database, "journal"):
        room.rewrite("one\n", user_id="ann")
        with pytest.raises(AlgoroomError):
            await room.saved()
    room.rewrite("one\ntwo\n", user_id="ann")
    await room.saved()
    assert await text_after_a_restart(rooms, session, database) == "one\ntwo\n"


async def test_a_write_is_not_called_stored_on_top_of_one_that_is_not(
    rooms: Rooms, room: Room, session: Session, database: Database
) -> None:
    async with without(database, "journal"):
        room.rewrite("one\n", user_id="ann")
        room.join("connection", "bob", "Bob")
        await room.saved()
    assert await text_after_a_restart(rooms, session, database) == "one\n"


async def test_the_same_write_again_succeeds_once_the_database_is_back(
    rooms: Rooms, room: Room, session: Session, database: Database
) -> None:
    async with without(database, "journal"):
        room.rewrite("one\n", language="java", user_id="ann")
        with pytest.raises(AlgoroomError):
            await room.saved()
    room.rewrite("one\n", language="java", user_id="ann")
    await room.saved()
    assert await text_after_a_restart(rooms, session, database) == "one\n"
    assert (await rooms.session(session.id))[0].language == "java"


async def test_what_nobody_waits_for_is_stored_by_itself(
    rooms: Rooms, room: Room, session: Session, database: Database
) -> None:
    async with without(database, "journal"):
        room.rewrite("typed in a socket", user_id="ann")
        with pytest.raises(AlgoroomError):
            await room.saved()
    async with asyncio.timeout(WITHIN_S):
        while await text_after_a_restart(rooms, session, database) != "typed in a socket":
            await asyncio.sleep(0.05)


async def test_one_room_that_cannot_be_stored_keeps_no_other_from_leaving(
    rooms: Rooms, session: Session, database: Database
) -> None:
    async with rooms.enter(session.id) as room:
        pass
    async with without(database, "documents"):
        room.rewrite("not stored as a whole", user_id="ann")
        await rooms.unload_idle()
        assert session.id in rooms._loaded
        await rooms.close()
    await rooms.unload_idle()
    assert session.id not in rooms._loaded
    assert await text_after_a_restart(rooms, session, database) == "not stored as a whole"


async def test_who_stops_waiting_cancels_nothing_for_others(room: Room) -> None:
    room.rewrite("one", user_id="ann")
    impatient = asyncio.create_task(room.saved())
    patient = asyncio.create_task(room.saved())
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    assert impatient.cancelled()
