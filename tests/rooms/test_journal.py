"""What a journal holds is the same in rows and in blocks, and damage to it is told."""

import asyncio
import logging
import random

import pytest
import sqlalchemy as sql
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from algoroom.errors import JournalDamaged
from algoroom.rooms import journal, packing, reading
from algoroom.rooms.blocks import Entries, entries_of
from algoroom.rooms.journal import Entry
from algoroom.rooms.packing import Packing
from algoroom.rooms.registry import Rooms
from algoroom.rooms.replay import rebuild
from algoroom.rooms.room import Room
from algoroom.sessions import repository
from algoroom.sessions.model import Session
from algoroom.storage.database import Database
from algoroom.storage.tables import documents, journal_blocks
from algoroom.storage.tables import journal as journal_table
from algoroom.storage.writer import Writer
from tests.rooms.conftest import LIMITS
from tests.storage.sample import entry, session


async def read(database: Database, session_id: str, *, after: int = 0) -> list[Entries]:
    return [some async for some in reading.entries(database, session_id, after=after)]


def rows_of(batches: list[Entries]) -> list[tuple[int, int, str, bytes]]:
    return [
        (batch.first_seq + place, batch.times[place], batch.authors[place], update)
        for batch in batches
        for place, update in enumerate(batch.updates)
    ]


async def count(database: Database, table: sql.Table, session_id: str) -> int:
    async with database.connect() as connection:
        query = sql.select(sql.func.count()).where(table.c.session_id == session_id)
        return await connection.scalar(query) or 0


async def execute(database: Database, statement: sql.Executable) -> None:
    await database.alter(lambda connection: connection.execute(statement))


@settings(
    max_examples=10,
    # Each example has a session of its own; the database may be shared.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    updates=st.lists(st.binary(max_size=200), min_size=1, max_size=40),
    packs=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 10)), max_size=4),
    after=st.integers(0, 40),
)
async def test_entries_are_read_as_they_were_written_however_they_are_packed(
    database: Database, updates: list[bytes], packs: list[tuple[int, int]], after: int
) -> None:
    writer, owner = Writer(database), session()
    written = [entry(seq, update) for seq, update in enumerate(updates, start=1)]
    await writer.write(repository.insert(owner))
    await writer.write(*(journal.append(owner.id, one) for one in written))
    for upto, most in packs:
        await Packing(database, writer, most).pack(owner.id, upto=min(upto, len(written)), least=1)
    wanted = written[after:]
    assert rows_of(await read(database, owner.id, after=after)) == (
        rows_of([entries_of(wanted)]) if wanted else []
    )


async def test_an_update_of_a_megabyte_and_one_of_nothing_are_kept(database: Database) -> None:
    writer, owner = Writer(database), session()
    written = [entry(1, bytes(range(256)) * 4_096), entry(2, b""), entry(3, b"x" * 2**20)]
    await writer.write(
        repository.insert(owner), *(journal.append(owner.id, one) for one in written)
    )
    async with database.connect() as connection:
        assert await journal.rows(connection, owner.id, 1, 10) == written
    await Packing(database, writer, 100).pack(owner.id, upto=3, least=1)
    assert rows_of(await read(database, owner.id)) == rows_of([entries_of(written)])
    assert await count(database, journal_table, owner.id) == 0


async def test_large_updates_are_read_and_packed_few_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 10_000
    monkeypatch.setattr(reading, "MOST_BYTES", most)
    monkeypatch.setattr(packing, "MOST_BYTES", most)
    monkeypatch.setattr(reading, "LARGE", 0)
    writer, owner = Writer(database), session()
    sizes = [4_000] * 20 + [2 * most, 0, 1, most, 1, 1, 1]
    written = [entry(seq, random.randbytes(size)) for seq, size in enumerate(sizes, start=1)]
    await writer.write(repository.insert(owner))
    await writer.write(*(journal.append(owner.id, one) for one in written))

    def are_small(batches: list[Entries], bytes_: int) -> bool:
        return all(len(one) == 1 or sum(map(len, one.updates)) <= bytes_ for one in batches)

    loose = await read(database, owner.id)
    assert are_small(loose, most)
    await Packing(database, writer, 100).pack(owner.id, upto=len(written), least=1)
    packed = await read(database, owner.id)
    assert await count(database, journal_table, owner.id) == 0
    assert 5 <= len(packed) < len(loose)
    assert are_small(packed, 2 * most)
    assert rows_of(loose) == rows_of(packed) == rows_of([entries_of(written)])


async def test_a_short_block_is_filled_before_another_is_begun(database: Database) -> None:
    writer, owner = Writer(database), session()
    await writer.write(repository.insert(owner))
    packing = Packing(database, writer, 100)
    for seq in range(1, 121):
        await writer.write(journal.append(owner.id, entry(seq)))
        await packing.pack(owner.id, upto=seq, least=1)
    assert await count(database, journal_blocks, owner.id) <= 3
    assert len(rows_of(await read(database, owner.id))) == 120


async def test_few_entries_stay_rows(database: Database) -> None:
    writer, owner = Writer(database), session()
    await writer.write(
        repository.insert(owner), *(journal.append(owner.id, entry(seq)) for seq in (1, 2, 3))
    )
    await Packing(database, writer, 100).pack(owner.id, upto=3, least=4)
    assert await count(database, journal_table, owner.id) == 3


async def type_(room: Room, times: int) -> None:
    for number in range(times):
        room.rewrite(f"{number % 10}" + room.text[:500], user_id="ann")
    await room.saved()


async def test_a_room_that_is_used_for_long_packs_its_journal_and_stores_its_state(
    rooms: Rooms, room: Room, session: Session, database: Database
) -> None:
    await type_(room, LIMITS.tail_entries + 20)
    await asyncio.gather(*rooms._packs.values())
    async with database.connect() as connection:
        state = await journal.saved_state(connection, session.id)
    assert state is not None
    assert state.seq >= LIMITS.tail_entries
    assert await count(database, journal_blocks, session.id) == 1
    assert await count(database, journal_table, session.id) <= 22
    rebuilt = await rebuild(database, session.id)
    assert (rebuilt.seq, rebuilt.state_seq) == (room.revision, state.seq)


async def test_a_room_that_is_unloaded_leaves_its_journal_packed(
    rooms: Rooms, session: Session, database: Database
) -> None:
    async with rooms.enter(session.id) as room:
        await type_(room, 80)
    await rooms.unload_idle()
    assert await count(database, journal_table, session.id) == 0
    async with rooms.enter(session.id) as again:
        assert (again.text, again.revision) == (room.text, room.revision)


@pytest.mark.parametrize("damage", [b"\xff" * 20, b"", b"\x00\x00"])
async def test_a_saved_state_that_is_damaged_is_rebuilt_from_the_journal_and_the_log_says_so(
    rooms: Rooms,
    session: Session,
    database: Database,
    damage: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with rooms.enter(session.id) as room:
        await type_(room, 150)
    await rooms.unload_idle()
    await execute(
        database,
        sql.update(documents).where(documents.c.session_id == session.id).values(state=damage),
    )
    with caplog.at_level(logging.ERROR):
        async with rooms.enter(session.id) as again:
            assert (again.text, again.revision) == (room.text, room.revision)
    assert f"session {session.id}: the state saved after update 151 is damaged" in caplog.text


async def test_a_damaged_row_is_told_by_session_and_number(
    rooms: Rooms, room: Room, session: Session, database: Database
) -> None:
    await type_(room, 10)
    await execute(
        database,
        sql.update(journal_table)
        .where(journal_table.c.session_id == session.id, journal_table.c.seq == 7)
        .values(update=b"\xff\xff"),
    )
    with pytest.raises(JournalDamaged, match=f"{session.id} is damaged at entry 7: Cannot decode"):
        await rebuild(database, session.id)


async def test_a_damaged_block_is_told_by_session_and_number(
    rooms: Rooms, session: Session, database: Database
) -> None:
    async with rooms.enter(session.id) as room:
        await type_(room, 90)
    await rooms.unload_idle()
    await execute(
        database,
        sql.update(journal_blocks)
        .where(journal_blocks.c.session_id == session.id)
        .values(data=b"not a block"),
    )
    with pytest.raises(JournalDamaged, match=f"{session.id} is damaged at entry 1: the block"):
        await read(database, session.id)


@pytest.mark.parametrize("upto", [None, 11])
async def test_a_missing_row_is_told_by_session_and_number(
    room: Room, session: Session, database: Database, upto: int | None
) -> None:
    await type_(room, 10)
    gone = sql.delete(journal_table).where(journal_table.c.session_id == session.id)
    await execute(database, gone.where(journal_table.c.seq == 7))
    found = reading.entries(database, session.id, upto=upto)
    assert (await anext(found)).last_seq == 6
    with pytest.raises(JournalDamaged, match="damaged at entry 7: it is missing"):
        await anext(found)


async def test_packing_beside_readers_loses_and_doubles_nothing(
    room: Room, rooms: Rooms, session: Session, database: Database
) -> None:
    await type_(room, 90)
    packing = Packing(database, rooms._writer, 40)
    done = asyncio.Event()

    async def look() -> None:
        while not done.is_set():
            found = rows_of(await read(database, session.id))
            assert [seq for seq, *_ in found] == list(range(1, 92))

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(look())
        for upto in range(5, 92, 10):
            await packing.pack(session.id, upto=upto, least=1)
        done.set()


def test_an_entry_counts_as_pasted_only_where_that_is_said() -> None:
    one: Entry = entry(1)
    assert one.pasted == 0
