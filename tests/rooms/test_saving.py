"""A room whose database fails, and comes back."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import timedelta
from types import ModuleType

import pytest
from sqlalchemy import text

from algoroom.clock import utc_now
from algoroom.errors import AlgoroomError
from algoroom.rooms import attendance, journal, saving
from algoroom.rooms.events import Event, SavedAgain, SavingFailed
from algoroom.rooms.registry import Rooms
from algoroom.rooms.room import Room
from algoroom.sessions.model import Origin, Session
from algoroom.storage import writer
from algoroom.storage.database import Database, DatabaseUnavailable
from algoroom.storage.writer import WriteRefused
from tests.rooms.conftest import LIMITS

WITHIN_S = 10


async def rename(database: Database, old: str, new: str) -> None:
    statement = text(f"ALTER TABLE {old} RENAME TO {new}")
    await database.alter(lambda connection: connection.execute(statement))


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
    another = Rooms(database, rooms._writer, rooms._clock, limits=LIMITS, idle_s=0, sweep_s=60)
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
        with pytest.raises(AlgoroomError):
            await room.saved()
        room.join("connection", "bob", "Bob")
        with pytest.raises(AlgoroomError):
            await room.saved()
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


async def test_the_journal_has_no_gap_whatever_the_database_went_through(
    rooms: Rooms, room: Room, session: Session, database: Database
) -> None:
    heard = Heard(room)
    async with without(database, "journal"):
        for count in range(1, 4):
            room.rewrite("a" * count, user_id="ann")
        with pytest.raises(DatabaseUnavailable):
            await room.saved()
        room.join("connection", "bob", "Bob")
    room.rewrite("b", user_id="bob")
    await room.saved()
    async with database.connect() as connection:
        kept = await journal.rows(connection, session.id, 1, 100_000)
        stays = await attendance.of_session(connection, session.id)
    assert [(entry.seq, entry.author) for entry in kept[1:]] == [
        (2, "ann"),
        (3, "ann"),
        (4, "ann"),
        (5, "bob"),
    ]
    assert [stay.user_id for stay in stays] == ["bob"]
    assert [
        type(event) for event in heard.events if isinstance(event, SavingFailed | SavedAgain)
    ] == [
        SavingFailed,
        SavedAgain,
    ]


def until_refused(room: Room) -> int:
    """Write into a room until it takes nothing more; how often it did."""
    for count in range(1_000):
        try:
            room.rewrite(f"{count}" * 300, user_id="ann")
        except DatabaseUnavailable:
            return count
    pytest.fail("everything is taken")


async def test_no_more_is_taken_than_fits_while_the_database_fails(
    rooms: Rooms, room: Room, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MOST_BYTES", 10_000)
    async with without(database, "journal"):
        room.rewrite("a", user_id="ann")
        with pytest.raises(DatabaseUnavailable):
            await room.saved()
        assert until_refused(room) > 2
        with pytest.raises(DatabaseUnavailable, match="nothing more is taken"):
            room.rewrite("one too many", user_id="ann")
    await room.saved()
    room.rewrite("taken again", user_id="ann")
    await room.saved()


@asynccontextmanager
async def held_up(database: Database) -> AsyncIterator[None]:
    """While this lasts, whoever writes into the database waits, and is told nothing."""
    async with AsyncExitStack() as stack:
        if database.path is not None:
            file = stack.enter_context(closing(sqlite3.connect(database.path)))
            file.execute("BEGIN IMMEDIATE")
        else:
            server = await stack.enter_async_context(database.connect())
            await server.execute(text("LOCK TABLE journal, sessions IN EXCLUSIVE MODE"))
        yield


@pytest.mark.parametrize("bounded", [saving, writer], ids=["room", "node"])
async def test_what_waits_for_a_database_that_is_slow_is_bounded_and_nothing_of_it_is_lost(
    rooms: Rooms,
    room: Room,
    session: Session,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    bounded: ModuleType,
) -> None:
    most = 50_000
    monkeypatch.setattr(bounded, "MOST_BYTES", most)
    backlog = rooms._writer.backlog
    second = await rooms.create(Origin.INTERVIEW, "python", None, timedelta(hours=1), "")
    async with rooms.enter(second.id) as other:
        await other.saved()
        async with held_up(database):
            taken = until_refused(room)
            saved = asyncio.create_task(room.saved())
            assert taken > 10
            assert most <= backlog.bytes < most + 5_000
            if bounded is writer:
                assert until_refused(other) == 0
                with pytest.raises(DatabaseUnavailable):
                    await rooms.create(Origin.INTERVIEW, "python", None, timedelta(hours=1), "")
            else:
                other.rewrite("there is room for others", user_id="bob")
            assert not saved.done()
        await saved
        await other.saved()
        assert backlog.bytes == 0
        assert await text_after_a_restart(rooms, session, database) == room.text
        room.rewrite("taken again", user_id="ann")
        await room.saved()
        assert room.revision == taken + 2


async def test_another_update_under_a_number_that_is_taken_is_refused(
    room: Room, session: Session, rooms: Rooms
) -> None:
    room.rewrite("mine", user_id="ann")
    await room.saved()
    other = journal.Entry(room.revision, utc_now(), "ann", b"another room's")
    with pytest.raises(WriteRefused):
        await rooms._writer.write(journal.append(session.id, other))


class Heard:
    """An audience that keeps what it is told."""

    def __init__(self, room: Room) -> None:
        self.events: list[Event] = []
        room.audience(Heard, lambda: self)

    reads_text = True

    def tell(self, event: Event, source: object) -> None:  # noqa: ARG002
        self.events.append(event)


async def test_who_stops_waiting_cancels_nothing_for_others(room: Room) -> None:
    room.rewrite("one", user_id="ann")
    impatient = asyncio.create_task(room.saved())
    patient = asyncio.create_task(room.saved())
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    assert impatient.cancelled()


async def test_whoever_waits_for_what_is_saved_is_told_after_the_commit_and_not_before(
    rooms: Rooms, room: Room, session: Session, database: Database
) -> None:
    told = asyncio.Event()
    room.rewrite("one\n", user_id="ann")
    async with without(database, "journal"):
        room.rewrite("two\n", user_id="ann")
        with pytest.raises(AlgoroomError):
            await room.saved()
        room.when_saved(told.set)
        assert not told.is_set()
    async with asyncio.timeout(WITHIN_S):
        await told.wait()
    assert await text_after_a_restart(rooms, session, database) == "two\n"
    at_once = asyncio.Event()
    room.when_saved(at_once.set)
    assert at_once.is_set()
