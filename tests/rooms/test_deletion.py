"""A session that is deleted is gone, with everything that was said and run in it."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sql

from algoroom.access.roles import Role
from algoroom.clock import utc_now
from algoroom.rooms import packing
from algoroom.rooms.execution import report_in
from algoroom.rooms.invitations import Invitations
from algoroom.rooms.past import NOW, Past
from algoroom.rooms.registry import Rooms
from algoroom.rooms.task import Task
from algoroom.rooms.tasks import Tasks
from algoroom.runs.languages.catalogue import Catalogue
from algoroom.sessions.model import Origin
from algoroom.storage.database import Database
from algoroom.storage.tables import metadata
from algoroom.storage.writer import Writer

SECRET = "zebra-quartz"
OF_NO_SESSION = {"audit", "audit_opened"}


def bytes_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


async def filled(database: Database) -> set[str]:
    """The tables that have rows."""
    async with database.connect() as connection:
        return {
            table.name
            for table in metadata.tables.values()
            if await connection.scalar(sql.select(sql.func.count()).select_from(table))
        }


async def lived_in(database: Database, writer: Writer, rooms: Rooms) -> str:
    """A session in which everything was done that is stored; its journal is packed in part."""
    session = await rooms.create(
        Origin.INTERVIEW, "python", SECRET, timedelta(hours=1), f"# {SECRET}\n"
    )
    past = Past(database, writer, rooms, utc_now)
    invitations = Invitations(database, writer, rooms, utc_now)
    async with rooms.enter(session.id) as room:
        room.join("connection", "ann", SECRET)
        for number in range(150):
            room.rewrite(f"{room.text}{number}, ", user_id="ann")
        room.save(f"print('{SECRET}')", user_id="ann")
        await report_in(
            room,
            success=True,
            output=SECRET * 500,
            error=None,
            wall_ms=1,
            user_id="ann",
            clock=utc_now,
        )
        await past.name(session.id, SECRET, "ann")
        await past.authors(session.id, NOW)
        await invitations.make(
            session.id, Role.EDITOR, is_single_use=False, lifetime=None, by="ann"
        )
        await invitations.write_notes(session.id, SECRET, "ann")
        tasks = Tasks(database, writer, rooms, utc_now, Catalogue().is_untouched)
        await tasks.write(session.id, Task(SECRET), by="ann", author="ann")
        room.members.seat("guest:ann", Role.EDITOR, by="ann")
        await room.saved()
    await rooms.unload_idle()
    return session.id


async def test_nothing_of_a_deleted_session_is_left(
    database: Database, writer: Writer, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "STRETCH", 1)
    session_id = await lived_in(database, writer, rooms)
    everything = set(metadata.tables) - OF_NO_SESSION - {"invite_uses", "api_keys", "logins"}
    assert await filled(database) >= everything
    if database.path is not None:
        assert SECRET.encode() in bytes_of(database.path)
    await rooms.delete(session_id)
    await rooms.scrub()
    assert await filled(database) == {"audit"}
    if database.path is not None:
        # The name by which somebody joined is in the audit.
        assert bytes_of(database.path).count(SECRET.encode()) == 1
