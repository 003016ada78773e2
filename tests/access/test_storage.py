"""What is stored of people, invites and notes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from algoroom.access import host_notes, invites, people
from algoroom.access.host_notes import HostNotes
from algoroom.access.model import Access, Invite, Person
from algoroom.access.roles import Outside, Role, Strangers
from algoroom.access.secrets import new_secret
from algoroom.sessions import repository
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer, WriteRefused
from tests.storage.sample import session

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ANN = Person("guest:ann", "Änn\0", Role.VIEWER, NOW)


@pytest.fixture
async def session_id(database: Database) -> str:
    made = session()
    await Writer(database).write(repository.insert(made))
    return made.id


def invite(role: Role = Role.EDITOR, *, is_single_use: bool = True) -> Invite:
    return Invite(str(uuid4()), role, is_single_use, NOW, "user:ann", NOW + timedelta(hours=1))


async def test_the_access_of_a_session_comes_back_and_changes(database: Database) -> None:
    access = Access("user:ann", "0" * 64, Strangers.ASK, True, True, NOW, True)
    made = session(access=access)
    writer = Writer(database)
    await writer.write(repository.insert(made))
    async with database.connect() as connection:
        assert await repository.get(connection, made.id) == made
    changed = replace(made, access=Access(owner="user:ann"))
    await writer.write(repository.set_access(changed))
    async with database.connect() as connection:
        assert await repository.get(connection, made.id) == changed


async def test_an_edit_does_not_touch_the_access(database: Database) -> None:
    made = session(access=Access(ended_at=NOW))
    writer = Writer(database)
    await writer.write(repository.insert(made))
    await writer.write(repository.update(replace(made, access=Access())))
    async with database.connect() as connection:
        assert await repository.get(connection, made.id) == made


async def test_a_person_is_kept_changed_and_forgotten(database: Database, session_id: str) -> None:
    writer = Writer(database)
    banned = replace(ANN, seat=Outside.BANNED)
    bob = Person("user:bob", "Bob", Role.HOST, NOW + timedelta(seconds=1))
    await writer.write(*(people.keep(session_id, each) for each in (bob, ANN, banned)))
    async with database.connect() as connection:
        assert await people.of_session(connection, session_id) == [banned, bob]
        assert await people.get(connection, session_id, ANN.id) == banned
        assert await people.get(connection, session_id, "nobody\0") is None
    await writer.write(people.forget(session_id, ANN.id))
    async with database.connect() as connection:
        assert await people.of_session(connection, session_id) == [bob]


async def test_an_invite_is_found_by_its_secret_in_its_session_only(
    database: Database, session_id: str
) -> None:
    made, secret = invite(), new_secret()
    writer = Writer(database)
    await writer.write(invites.insert(session_id, made, secret))
    async with database.connect() as connection:
        assert await invites.by_secret(connection, session_id, secret) == made
        assert await invites.by_secret(connection, str(uuid4()), secret) is None
        assert await invites.by_secret(connection, session_id, made.id) is None
        assert await invites.of_session(connection, session_id) == [made]
    await writer.write(invites.revoke(made.id))
    async with database.connect() as connection:
        assert await invites.by_secret(connection, session_id, secret) is None


async def test_an_invite_for_a_single_use_is_used_by_one_person(
    database: Database, session_id: str
) -> None:
    made, secret = invite(), new_secret()
    writer = Writer(database)
    await writer.write(invites.insert(session_id, made, secret))
    await writer.write(invites.use(made, "user:ann", NOW))
    await writer.write(invites.use(made, "user:ann", NOW))
    with pytest.raises(WriteRefused):
        await writer.write(invites.use(made, "user:bob", NOW), people.keep(session_id, ANN))
    async with database.connect() as connection:
        assert await invites.of_session(connection, session_id) == [
            replace(made, used_by="user:ann")
        ]
        assert await people.of_session(connection, session_id) == []


async def test_notes_of_hosts_are_replaced_as_a_whole(database: Database, session_id: str) -> None:
    writer = Writer(database)
    async with database.connect() as connection:
        assert await host_notes.of_session(connection, session_id) == HostNotes()
    await writer.write(host_notes.keep(session_id, HostNotes("one", 1, NOW, "user:ann")))
    await writer.write(host_notes.keep(session_id, HostNotes("two\0", 2, NOW, "user:bob")))
    async with database.connect() as connection:
        found = await host_notes.of_session(connection, session_id)
    assert found == HostNotes("two\0", 2, NOW, "user:bob")


async def test_all_of_it_goes_with_the_session(database: Database, session_id: str) -> None:
    made, secret = invite(), new_secret()
    writer = Writer(database)
    await writer.write(
        people.keep(session_id, ANN),
        invites.insert(session_id, made, secret),
        invites.use(made, "user:ann", NOW),
        host_notes.keep(session_id, HostNotes("one", 1, NOW, "user:ann")),
    )
    await writer.write(repository.delete(session_id))
    async with database.connect() as connection:
        assert await people.of_session(connection, session_id) == []
        assert await invites.of_session(connection, session_id) == []
        assert await host_notes.of_session(connection, session_id) == HostNotes()
