"""What is done in rooms is in the audit, together with who did it."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import Context
from datetime import datetime, timedelta

import pytest

from algoroom.access import audit
from algoroom.access.acting import acting
from algoroom.access.audit import Row, Wanted
from algoroom.access.caller import Caller, Kind
from algoroom.access.model import Access
from algoroom.access.roles import Role, Strangers
from algoroom.clock import utc_now
from algoroom.rooms.invitations import Invitations
from algoroom.rooms.past import Past, When
from algoroom.rooms.registry import Rooms
from algoroom.rooms.room import Room
from algoroom.sessions.model import Origin, Session
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer
from tests.rooms.conftest import LIMITS

ANN = Caller("192.0.2.1", Kind.USER, id="user:ann")
BOB = Caller("192.0.2.2", guest_token="bob's")


@pytest.fixture
async def session(rooms: Rooms) -> AsyncIterator[Session]:
    with acting(ANN):
        access = Access(owner=ANN.id, strangers=Strangers.ASK)
        yield await rooms.create(
            Origin.INTERVIEW, "python", None, timedelta(hours=1), "hello", access
        )


async def done(database: Database, session_id: str) -> list[Row]:
    """What was done in the session, without what its fixture did."""
    async with database.connect() as connection:
        rows = await audit.page(connection, Wanted(session_id=session_id), 100)
    assert rows[0].deed == "created"
    assert (rows[0].actor, rows[0].address, rows[0].detail) == (ANN.id, ANN.address, "python")
    return rows[1:]


def in_short(rows: list[Row]) -> list[tuple[str, str, str, str]]:
    return [(row.actor, row.deed, row.subject, row.detail) for row in rows]


async def test_whoever_comes_and_goes_is_named_by_what_their_connection_showed(
    database: Database, room: Room
) -> None:
    # Messages of a socket may be passed on by a task that serves nobody in particular.
    connection = object()
    room.members.enter(connection, BOB)
    room.join(connection, "bobby", "Bob")
    room.leave(connection)
    await room.saved()
    rows = await done(database, room.session.id)
    assert [(row.deed, row.subject, row.detail, row.address) for row in rows] == [
        ("joined", "bobby", "Bob", BOB.address),
        ("left", "bobby", "", BOB.address),
    ]
    assert all(row.actor.startswith("guest:") for row in rows)


async def test_who_is_let_in_seated_sent_away_and_banned(database: Database, room: Room) -> None:
    members = room.members
    members.knock(BOB, "Bob")
    [bob] = [person.id for person, _ in members.everyone()]
    with acting(ANN):
        members.seat(bob, Role.VIEWER, by="ann")
        members.seat(bob, Role.EDITOR, by="ann")
        members.remove(bob, for_good=False, by="ann")
        members.remove(bob, for_good=True, by="ann")
    await room.saved()
    assert in_short(await done(database, room.session.id)) == [
        (bob, "knocked", "", "Bob"),
        (ANN.id, "admitted", bob, "viewer"),
        (ANN.id, "seated", bob, "editor"),
        (ANN.id, "removed", bob, ""),
        (ANN.id, "banned", bob, ""),
    ]


async def test_what_holds_for_everybody(database: Database, room: Room) -> None:
    members = room.members
    members.rule(by="ann", editing_locked=True, running_locked=True)
    members.rule(by="ann", ended=True)
    members.rule(by="ann", ended=False, running_locked=False)
    members.rule(by="ann", strangers=Strangers.VIEWER, deletion_takes_host=True)
    members.rule(by="ann", strangers=Strangers.VIEWER)
    await room.saved()
    rows = await done(database, room.session.id)
    assert sorted(in_short(rows)) == sorted(
        [
            (ANN.id, "locked", "editing", ""),
            (ANN.id, "locked", "running", ""),
            (ANN.id, "ended", "", ""),
            (ANN.id, "reopened", "", ""),
            (ANN.id, "unlocked", "running", ""),
            (ANN.id, "ruled", "strangers", "viewer"),
            (ANN.id, "ruled", "deletion", "hosts"),
        ]
    )


async def test_invites_are_made_used_and_taken_back(
    database: Database, writer: Writer, rooms: Rooms, session: Session
) -> None:
    invitations = Invitations(database, writer, rooms, utc_now)
    invite, secret = await invitations.make(
        session.id, Role.EDITOR, is_single_use=True, lifetime=None, by="ann"
    )
    with acting(BOB):
        await invitations.redeem(session.id, secret, BOB, "Bob")
    await invitations.revoke(session.id, invite.id)
    rows = await done(database, session.id)
    assert [(row.deed, row.subject, row.detail) for row in rows] == [
        ("invited", invite.id, "editor"),
        ("redeemed", invite.id, "editor"),
        ("revoked", invite.id, ""),
    ]
    assert not any(secret in str(row) for row in rows)


async def test_forks_and_what_is_restored(
    database: Database, writer: Writer, rooms: Rooms, session: Session
) -> None:
    past = Past(database, writer, rooms, utc_now)
    async with rooms.enter(session.id) as room:
        room.rewrite("another", user_id="ann")
        await room.saved()
    with acting(BOB):
        made, _ = await past.fork(session.id, When(seq=1), None)
    await past.restore(session.id, When(seq=1), "ann")
    rows = await done(database, session.id)
    assert [(row.deed, row.subject, row.detail) for row in rows] == [
        ("forked", made.id, "1"),
        ("restored", "1", ""),
    ]
    assert rows[0].address == BOB.address


async def test_what_is_deleted_and_what_expires(
    database: Database, writer: Writer, session: Session
) -> None:
    now = utc_now()

    def clock() -> datetime:
        return now

    rooms = Rooms(database, writer, clock, limits=LIMITS, idle_s=0, sweep_s=60)
    with acting(ANN):
        other = await rooms.create(Origin.EVENTS, "python", None, timedelta(hours=2), "")
        await rooms.delete(session.id)
    assert in_short(await done(database, session.id)) == [(ANN.id, "deleted", "", "")]
    now += timedelta(hours=3)
    await asyncio.create_task(rooms.sweep(), context=Context())
    [expired] = await done(database, other.id)
    assert (expired.deed, expired.actor, expired.address) == ("expired", "server", "")


async def test_edits_leave_no_trace(database: Database, room: Room) -> None:
    room.rewrite("another", user_id="ann")
    await room.saved()
    assert await done(database, room.session.id) == []
