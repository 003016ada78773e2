"""A load of the journal is the saved state and what came after it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from algoroom.rooms import journal
from algoroom.sessions import repository
from algoroom.storage.database import Database
from algoroom.storage.tables import journal as journal_table
from algoroom.storage.writer import Writer
from tests.storage.sample import entry, session


@settings(
    max_examples=10,
    deadline=None,
    # Each example has a session of its own; the database may be shared.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    updates=st.lists(st.binary(max_size=200), max_size=20),
    saves=st.lists(st.integers(1, 20), max_size=4),
)
async def test_a_load_is_the_newest_state_and_the_tail_after_it(
    database: Database, updates: list[bytes], saves: list[int]
) -> None:
    writer, owner = Writer(database), session()
    entries = [entry(seq, update) for seq, update in enumerate(updates, start=1)]
    saved = [seq for seq in saves if seq <= len(entries)]
    await writer.write(repository.insert(owner))
    await writer.write(*(journal.append(owner.id, one) for one in entries))
    for seq in saved:
        await writer.write(journal.save_state(owner.id, seq, b"state %d" % seq))
    newest = max(saved, default=0)
    async with database.connect() as connection:
        loaded = await journal.load(connection, owner.id)
        kept = await connection.scalar(
            select(func.count()).where(journal_table.c.session_id == owner.id)
        )
    assert loaded.state == (b"state %d" % newest if newest else None)
    assert loaded.state_seq == newest
    assert loaded.tail == entries[newest:]
    assert kept == len(entries)


async def test_an_update_of_a_megabyte_and_one_of_nothing_are_kept(database: Database) -> None:
    writer, owner = Writer(database), session()
    large, empty = entry(1, bytes(range(256)) * 4_096), entry(2, b"")
    await writer.write(
        repository.insert(owner),
        journal.append(owner.id, large),
        journal.append(owner.id, empty),
    )
    async with database.connect() as connection:
        assert (await journal.load(connection, owner.id)).tail == [large, empty]
