"""One person's data: found, exported whole, erased everywhere."""

from collections import Counter
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sql
from pycrdt import Text

from algoroom.access import audit
from algoroom.clock import utc_now
from algoroom.personal.erasure import erase, new_pseudonym
from algoroom.personal.export import Piece, export
from algoroom.personal.traces import IDS, traces
from algoroom.rooms import reading
from algoroom.rooms.blocks import unpack
from algoroom.rooms.replay import rebuild
from algoroom.rooms.update import TEXT_NAME
from algoroom.sessions import repository
from algoroom.storage.database import Database
from algoroom.storage.tables import metadata
from tests.personal.conftest import ADDRESS, BOB, NAME, Lives


async def exported(database: Database, lives: Lives) -> list[Piece]:
    return [piece async for piece in export(database, lives.ids)]


async def erased(database: Database, lives: Lives, *, with_sessions: bool = False) -> str:
    pseudonym = new_pseudonym()
    work = partial(
        erase,
        ids=lives.ids,
        pseudonym=pseudonym,
        at=utc_now(),
        with_sessions=with_sessions,
    )
    await database.write_alone(work)
    return pseudonym


async def everything(database: Database) -> list[tuple[str, object]]:
    """Every value in the database, those in packed blocks too, with its table."""
    values: list[tuple[str, object]] = []
    async with database.connect() as connection:
        for table in metadata.tables.values():
            for row in await connection.execute(sql.select(table)):
                values += [(table.name, value) for value in row]
                if table.name == "journal_blocks":
                    values += [(table.name, author) for author in unpack(row.data).authors]
    return values


async def text_of(database: Database, session_id: str) -> str:
    doc = (await rebuild(database, session_id)).doc
    return str(doc.get(TEXT_NAME, type=Text))


async def test_every_table_of_people_is_looked_at(database: Database, lives: Lives) -> None:
    """The person of the fixture is in each; a table that comes has to be thought of here."""
    found = (await traces(database, lives.ids)).counts
    assert set(found) == {*IDS, "keys", "sessions that they were in"}
    known = {column.table.name for column in IDS.values()} | {"api_keys", "journal_blocks"}
    assert set(metadata.tables) - known == {"audit_opened", "documents", "keyframes"}
    assert {name for name, value in await everything(database) if value in lives.ids} | {
        "api_keys"
    } == known


async def test_ids_that_are_perhaps_hers_are_told(database: Database, lives: Lives) -> None:
    found = await traces(database, {"annie"})
    assert set(found.also) == {id_ for id_ in lives.ids if id_.startswith("guest:")}


async def test_an_export_has_everything_and_no_secret(database: Database, lives: Lives) -> None:
    pieces = await exported(database, lives)
    kinds = Counter(piece.kind for piece in pieces)
    assert set(kinds) == set(metadata.tables) - {
        "audit_opened",
        "documents",
        "journal",
        "journal_blocks",
        "keyframes",
    } | {"texts", "insertions"}
    keys = {key for piece in pieces for key in piece.fields}
    assert keys.isdisjoint({"digest", "secret", "host_token"})
    [text] = [piece.fields for piece in pieces if piece.kind == "texts"]
    assert text == {"session_id": lives.own, "text": "her own text"}
    hers = [piece.fields["text"] for piece in pieces if piece.kind == "insertions"]
    assert hers[:50] == [f"{number} " for number in range(0, 100, 2)]
    assert hers[50] == ", hers at the end"
    assert kinds["runs"] == 1


async def test_an_export_tells_nothing_of_where_others_are(
    database: Database, lives: Lives
) -> None:
    rows = [piece.fields for piece in await exported(database, lives) if piece.kind == "audit"]
    assert {row["address"] for row in rows if row["actor"] == BOB.id} == {""}
    assert BOB.address not in {row["address"] for row in rows}
    assert ADDRESS in {row["address"] for row in rows}


async def test_pages_of_an_export_lack_nothing(
    database: Database, lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = await exported(database, lives)
    monkeypatch.setattr("algoroom.personal.export._ROWS", 2)
    assert await exported(database, lives) == at_once


async def test_an_erased_person_is_nowhere_and_one_and_the_same_everywhere(
    database: Database, lives: Lives
) -> None:
    before = await text_of(database, lives.shared)
    pseudonym = await erased(database, lives)
    values = await everything(database)
    wanted = {*lives.ids, NAME, ADDRESS, "ann@quartz", lives.key}
    assert [(table, value) for table, value in values if value in wanted] == []
    assert {table for table, value in values if value == pseudonym} == {
        column.table.name for column in IDS.values()
    } - {"people", "logins"} | {"journal_blocks"}
    if database.path is not None:
        assert not [each for each in wanted if each.encode() in _bytes_of(database.path)]
    assert await text_of(database, lives.shared) == before
    async for entries in reading.entries(database, lives.shared):
        assert {BOB.id, pseudonym, "server"} >= set(entries.authors)
    assert not (await traces(database, lives.ids)).counts


async def test_others_are_who_they_were(database: Database, lives: Lives) -> None:
    before = (await traces(database, {BOB.id})).counts
    await erased(database, lives)
    assert (await traces(database, {BOB.id})).counts == before


async def test_her_sessions_stay_as_nobodys_or_go(database: Database, lives: Lives) -> None:
    pseudonym = await erased(database, lives)
    async with database.connect() as connection:
        own = await repository.get(connection, lives.own)
    assert own is not None
    assert own.access.owner == pseudonym
    assert await text_of(database, lives.own) == "her own text"


async def test_her_sessions_are_removed_where_that_is_wanted(
    database: Database, lives: Lives
) -> None:
    await erased(database, lives, with_sessions=True)
    async with database.connect() as connection:
        assert await repository.get(connection, lives.own) is None
        assert await repository.get(connection, lives.shared) is not None
        rows = await audit.page(connection, audit.Wanted(session_id=lives.own), 100)
    assert [row.deed for row in rows] == ["created", "deleted"]


def _bytes_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
