"""A person who left traces in every table, and another beside her."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from algoroom.access import keys, logins
from algoroom.access.acting import acting
from algoroom.access.caller import Caller, Kind, Scope
from algoroom.access.model import Access
from algoroom.access.policy import person_id
from algoroom.access.roles import Role
from algoroom.clock import utc_now
from algoroom.rooms.execution import report_in
from algoroom.rooms.invitations import Invitations
from algoroom.rooms.limits import RoomLimits
from algoroom.rooms.past import Past
from algoroom.rooms.registry import Rooms
from algoroom.rooms.task import Task
from algoroom.rooms.tasks import Tasks
from algoroom.runs.languages.catalogue import Catalogue
from algoroom.sessions.model import Origin
from algoroom.storage.database import Database
from algoroom.storage.tables import api_keys
from algoroom.storage.tables import logins as stored_logins
from algoroom.storage.writer import Writer

LIMITS = RoomLimits(most_units=10_000, paste_units=200, tail_entries=64, is_language=str.islower)
ADDRESS = "192.0.2.77"
USER = Caller(ADDRESS, Kind.USER, id="user:ann")
GUEST = Caller(ADDRESS, guest_token="ann's")
BOB = Caller("192.0.2.99", Kind.USER, id="user:bob")
NAME = "Ann Quartz"


@dataclass(frozen=True, slots=True)
class Lives:
    """What the two did."""

    own: str
    """Her session."""
    shared: str
    """His session, in which she was too."""
    ids: frozenset[str]
    """Her ids."""
    key: str


@pytest.fixture
async def lives(database: Database) -> AsyncIterator[Lives]:
    writer = Writer(database)
    rooms = Rooms(database, writer, utc_now, limits=LIMITS, idle_s=0, sweep_s=60)
    invitations = Invitations(database, writer, rooms, utc_now)
    past = Past(database, writer, rooms, utc_now)
    hour, now = timedelta(hours=1), utc_now()
    _, login, login_kept = logins.make(USER.id, NAME, "ann@quartz", now, now + hour)
    _, key, key_kept = keys.make(NAME, [Scope.READ], now)
    await writer.write(login_kept, key_kept)
    del login
    with acting(USER):
        own = await rooms.create(
            Origin.INTERVIEW, "python", "Hers", hour, "her own text", Access(owner=USER.id)
        )
    with acting(BOB):
        shared = await rooms.create(Origin.EVENTS, "python", "His", hour, "", Access(owner=BOB.id))
        _, secret = await invitations.make(
            shared.id, Role.EDITOR, is_single_use=True, lifetime=None, by=BOB.id
        )
    await invitations.redeem(shared.id, secret, replace(GUEST), NAME)
    async with rooms.enter(shared.id) as room:
        for connection, caller, user_id, name in (
            ("hers", USER, USER.id, NAME),
            ("as a guest", GUEST, "annie", NAME),
            ("his", BOB, BOB.id, "Bob"),
        ):
            room.members.enter(connection, caller)
            room.join(connection, user_id, name)
        for number in range(100):
            room.rewrite(f"{room.text}{number} ", user_id=("annie", BOB.id)[number % 2])
        await room.saved()
    await rooms.unload_idle()
    async with rooms.enter(shared.id) as room:
        room.rewrite(f"{room.text}, hers at the end", user_id=USER.id)
        room.save("saved by her", user_id=USER.id)
        await report_in(
            room,
            success=True,
            output="ran",
            error=None,
            wall_ms=1,
            user_id="annie",
            clock=utc_now,
        )
        await past.name(shared.id, "a version", "annie")
        room.members.seat(USER.id, Role.HOST, by=BOB.id)
        await room.saved()
    with acting(USER):
        await invitations.make(
            shared.id, Role.VIEWER, is_single_use=False, lifetime=None, by=USER.id
        )
        await invitations.write_notes(shared.id, "notes of hers", USER.id)
        tasks = Tasks(database, writer, rooms, utc_now, Catalogue().is_untouched)
        await tasks.write(shared.id, Task("a task of hers"), by=USER.id, author=USER.id)
    await asyncio.gather(*rooms._packs.values())
    ids = frozenset({USER.id, person_id(GUEST), "annie", f"key:{key.id}"})
    yield Lives(own.id, shared.id, ids, key.id)
    await writer.close()
    await database.alter(_forget_credentials)


def _forget_credentials(connection: Connection) -> None:
    connection.execute(api_keys.delete())
    connection.execute(stored_logins.delete())
