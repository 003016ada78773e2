"""The audit: rows that come with what they tell of, and that nobody changes."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from algoroom.access import audit
from algoroom.access.acting import acting
from algoroom.access.audit import Wanted
from algoroom.access.audited import Audited
from algoroom.access.caller import Caller, Kind
from algoroom.access.retention import Retention
from algoroom.storage.database import Database, DatabaseUnavailable
from algoroom.storage.statement import Statement
from algoroom.storage.writer import Writer, WriteRefused
from tests.storage.sample import NOW, session

ANN = Caller("192.0.2.1", Kind.USER, id="user:ann")


async def rows(database: Database, **wanted: object) -> list[audit.Row]:
    async with database.connect() as connection:
        return await audit.page(connection, Wanted(**wanted), 100)  # type: ignore[arg-type]


async def test_a_row_names_who_acts_and_from_where(database: Database) -> None:
    with acting(ANN):
        row = audit.record(Audited.LOCKED, NOW, by="somebody", subject="editing")
    await Writer(database).write(row)
    [kept] = await rows(database)
    assert (kept.at, kept.deed, kept.subject) == (NOW, "locked", "editing")
    assert (kept.actor, kept.address, kept.session_id) == ("user:ann", "192.0.2.1", None)


async def test_who_shows_nothing_is_named_as_they_say_and_else_anonymous(
    database: Database,
) -> None:
    with acting(Caller("192.0.2.2")):
        said = audit.record(Audited.JOINED, NOW, by="bob")
        silent = audit.record(Audited.JOINED, NOW)
    nobody = audit.record(Audited.EXPIRED, NOW)
    await Writer(database).write(said, silent, nobody)
    actors = {(row.actor, row.address) for row in await rows(database)}
    assert actors == {("bob", "192.0.2.2"), ("anonymous", "192.0.2.2"), ("server", "")}


async def test_a_row_that_is_written_twice_is_there_once(database: Database) -> None:
    row = audit.record(Audited.CREATED, NOW)
    writer = Writer(database)
    await writer.write(row)
    await writer.write(row)
    assert len(await rows(database)) == 1


@pytest.mark.parametrize("change", ["UPDATE audit SET deed = 'left'", "DELETE FROM audit"])
async def test_the_database_refuses_to_change_a_row(database: Database, change: str) -> None:
    writer = Writer(database)
    await writer.write(audit.record(Audited.CREATED, NOW))
    with pytest.raises(WriteRefused, match="append-only"):
        await writer.write(Statement(text(change)))
    assert [row.deed for row in await rows(database)] == ["created"]


async def test_the_database_refuses_to_empty_it(reused_postgres_url: str) -> None:
    database = Database(reused_postgres_url)
    with pytest.raises(DatabaseUnavailable, match="append-only"):
        await database.alter(lambda connection: connection.execute(text("TRUNCATE audit")))
    await database.close()


async def test_it_outlives_the_session_that_it_tells_of(database: Database) -> None:
    made = session()
    await Writer(database).write(audit.record(Audited.RAN, NOW, session_id=made.id))
    assert len(await rows(database, session_id=made.id)) == 1


async def test_rows_are_found_by_session_actor_deed_and_time_and_page_by_page(
    database: Database,
) -> None:
    mine = [
        audit.record(deed, NOW + timedelta(seconds=second), by="ann", session_id="a" * 36)
        for second, deed in enumerate((Audited.JOINED, Audited.RAN, Audited.LEFT))
    ]
    other = audit.record(Audited.JOINED, NOW, by="bob", session_id="b" * 36)
    await Writer(database).write(*reversed(mine), other)
    assert [row.deed for row in await rows(database, actor="ann")] == ["joined", "ran", "left"]
    assert [row.actor for row in await rows(database, session_id="b" * 36)] == ["bob"]
    assert len(await rows(database, deed=Audited.JOINED)) == 2
    assert len(await rows(database, since=NOW + timedelta(seconds=1))) == 2
    async with database.connect() as connection:
        first = await audit.page(connection, Wanted(), 3)
        last = await audit.page(connection, Wanted(), 3, first[-1].place)
    assert [row.deed for row in last] == ["left"]


async def test_what_is_too_old_goes_and_the_rest_stays(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("algoroom.access.retention.MOST_AT_ONCE", 2)
    writer = Writer(database)
    ages = [timedelta(days=day) for day in range(6)]
    await writer.write(*(audit.record(Audited.CREATED, NOW - age) for age in ages))
    await Retention(database, writer, lambda: NOW, None).sweep(timedelta(days=2, hours=1))
    assert [NOW - row.at for row in await rows(database)] == ages[2::-1]
