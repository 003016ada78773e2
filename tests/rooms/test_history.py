"""The history as it is kept."""

from datetime import timedelta
from uuid import uuid4

import pytest

from algoroom.rooms import history
from algoroom.rooms.history import ChangeType, HistoryEntry
from algoroom.sessions import repository
from algoroom.sessions.model import Session
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer
from tests.storage.sample import NOW, session


def told(seq: int, change_type: ChangeType = ChangeType.EDIT) -> HistoryEntry:
    return HistoryEntry(
        seq=seq,
        id=str(uuid4()),
        at=NOW + timedelta(seconds=seq),
        user_id="ann",
        change_type=change_type,
        description=f"Change {seq}",
        code=None if change_type is ChangeType.LANGUAGE_CHANGE else f"print('\0 \N{SNAKE}', {seq})",
    )


@pytest.fixture
async def owner(database: Database) -> Session:
    owner = session()
    await Writer(database).write(repository.insert(owner))
    return owner


async def test_the_last_entries_come_oldest_first(database: Database, owner: Session) -> None:
    writer = Writer(database)
    entries = [told(seq, list(ChangeType)[seq % 3]) for seq in range(1, 8)]
    await writer.write(*(history.insert(owner.id, one) for one in entries))
    async with database.connect() as connection:
        assert await history.latest(connection, owner.id, 100) == entries
        assert await history.latest(connection, owner.id, 3) == entries[-3:]
        assert await history.last_seq(connection, owner.id) == 7


async def test_a_session_without_entries_has_none(database: Database, owner: Session) -> None:
    async with database.connect() as connection:
        assert await history.latest(connection, owner.id, 50) == []
        assert await history.last_seq(connection, owner.id) == 0


async def test_only_a_snapshot_of_the_session_is_found_by_its_id(
    database: Database, owner: Session
) -> None:
    writer, other = Writer(database), session()
    edit, saved = told(1), told(2, ChangeType.SNAPSHOT)
    await writer.write(
        repository.insert(other), history.insert(owner.id, edit), history.insert(owner.id, saved)
    )
    async with database.connect() as connection:
        assert await history.snapshot(connection, owner.id, saved.id) == saved
        assert await history.snapshot(connection, owner.id, edit.id) is None
        assert await history.snapshot(connection, other.id, saved.id) is None
        for unknown in ("", "\0" * 36, "\ud800", str(uuid4())):
            assert await history.snapshot(connection, owner.id, unknown) is None
