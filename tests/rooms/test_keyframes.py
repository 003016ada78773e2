"""A moment of the past is found from the last state before it that was kept."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sql

from algoroom.clock import utc_now
from algoroom.rooms import keyframes, packing, reading
from algoroom.rooms.limits import RoomLimits
from algoroom.rooms.past import Past, When
from algoroom.rooms.registry import Rooms
from algoroom.sessions.model import Origin, Session
from algoroom.storage.database import Database
from algoroom.storage.tables import journal_blocks
from algoroom.storage.tables import keyframes as table
from algoroom.storage.writer import Writer, WriterClosed
from tests.rooms.test_journal import count, execute, type_

TAIL = 10
LIMITS = RoomLimits(most_units=1_000, paste_units=200, tail_entries=TAIL, is_language=str.islower)


@pytest.fixture
async def rooms(database: Database, writer: Writer) -> AsyncIterator[Rooms]:
    opened = Rooms(database, writer, utc_now, limits=LIMITS, idle_s=0, sweep_s=60)
    yield opened
    await asyncio.gather(*opened._packs.values())


async def new(rooms: Rooms) -> Session:
    return await rooms.create(Origin.EVENTS, "python", None, timedelta(hours=1), "")


async def typed(rooms: Rooms, session: Session, times: int) -> dict[int, str]:
    """The text after each update; packed on the way as a busy room is."""
    texts = {1: ""}
    async with rooms.enter(session.id) as room:
        for _ in range(times):
            await type_(room, 1)
            texts[room.revision] = room.text
            await asyncio.gather(*rooms._packs.values())
    await rooms.unload_idle()
    return texts


async def typed_more(rooms: Rooms, session: Session) -> None:
    async with rooms.enter(session.id) as room:
        await type_(room, 2 * TAIL)
    await rooms.unload_idle()


def past_of(rooms: Rooms, database: Database) -> Past:
    return Past(database, rooms._writer, rooms, utc_now)


async def begun(past: Past, session: Session, seq: int) -> int:
    """After which update a replay up to another begins."""
    return (await past._begun(session.id, seq, None))[1]


async def test_no_moment_is_further_than_two_stretches_from_where_its_replay_begins(
    rooms: Rooms, database: Database
) -> None:
    session, past = await new(rooms), past_of(rooms, database)
    texts = await typed(rooms, session, 6 * packing.STRETCH * TAIL)
    assert await count(database, table, session.id) >= 3
    for seq in range(1, len(texts) + 1, 7):
        assert seq - await begun(past, session, seq) <= 2 * packing.STRETCH * TAIL
        was = await past.at(session.id, When(seq=seq))
        assert (was.seq, was.text) == (seq, texts[seq])
        by_time = await past.at(session.id, When(time=was.at))
        assert (by_time.seq, by_time.text) == (seq, texts[seq])


async def test_keyframes_take_no_more_than_the_blocks(rooms: Rooms, database: Database) -> None:
    session = await new(rooms)
    await typed(rooms, session, 3 * packing.STRETCH * TAIL)
    async with database.connect() as connection:
        sizes = [
            await connection.scalar(
                sql.select(sql.func.sum(sql.func.length(each.c.data))).where(
                    each.c.session_id == session.id
                )
            )
            for each in (table, journal_blocks)
        ]
    assert 0 < sizes[0] <= sizes[1]


async def test_a_keyframe_that_would_be_too_large_waits(
    rooms: Rooms, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyframes, "pack", lambda state: state * 1_000)
    session = await new(rooms)
    await typed(rooms, session, 2 * packing.STRETCH * TAIL)
    assert await count(database, table, session.id) == 0


async def test_a_session_from_before_there_were_keyframes_is_read_and_gets_them(
    rooms: Rooms, database: Database
) -> None:
    session, past = await new(rooms), past_of(rooms, database)
    texts = await typed(rooms, session, 2 * packing.STRETCH * TAIL)
    await execute(database, sql.delete(table))
    middle = len(texts) // 2
    assert (await past.at(session.id, When(seq=middle))).text == texts[middle]
    await typed_more(rooms, session)
    assert await count(database, table, session.id) == 1
    assert (await past.at(session.id, When(seq=middle))).text == texts[middle]
    async with database.connect() as connection:
        assert await keyframes.last_seq(connection, session.id) > len(texts)


async def test_packing_that_ends_before_a_keyframe_leaves_all_as_it_was(
    rooms: Rooms, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, past = await new(rooms), past_of(rooms, database)

    def end(session_id: str, _: keyframes.Keyframe) -> None:
        raise WriterClosed(session_id)

    with monkeypatch.context() as patched:
        patched.setattr(keyframes, "insert", end)
        texts = await typed(rooms, session, packing.STRETCH * TAIL + TAIL)
    assert await count(database, table, session.id) == 0
    async with rooms.enter(session.id) as room:
        assert room.text == texts[len(texts)]
    for seq in (1, len(texts) // 2, len(texts)):
        assert (await past.at(session.id, When(seq=seq))).text == texts[seq]
    await typed_more(rooms, session)
    assert await count(database, table, session.id) == 1


async def test_a_damaged_keyframe_is_told_in_the_log_and_the_journal_is_replayed(
    rooms: Rooms, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    session, past = await new(rooms), past_of(rooms, database)
    texts = await typed(rooms, session, 2 * packing.STRETCH * TAIL)
    await execute(database, sql.update(table).values(data=b"not a keyframe"))
    seq = len(texts) - TAIL
    with caplog.at_level(logging.ERROR):
        assert (await past.at(session.id, When(seq=seq))).text == texts[seq]
    assert f"session {session.id}: the keyframe of update" in caplog.text


async def test_a_session_that_is_deleted_leaves_no_keyframe(
    rooms: Rooms, database: Database
) -> None:
    session = await new(rooms)
    await typed(rooms, session, packing.STRETCH * TAIL + TAIL)
    assert await count(database, table, session.id) == 1
    await rooms.delete(session.id)
    assert await count(database, table, session.id) == 0
    assert [some async for some in reading.entries(database, session.id)] == []
