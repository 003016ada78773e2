"""One person's data, piece by piece."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import sqlalchemy as sql
from pycrdt import Text

from algoroom.personal.traces import IDS, KEY, of_person, sessions_with
from algoroom.rooms.insertions import insertions
from algoroom.rooms.replay import rebuild
from algoroom.rooms.update import TEXT_NAME
from algoroom.storage import tables
from algoroom.storage.database import Database

# Digests of secrets.
_WITHHELD: Final = frozenset({"host_token", "secret", "digest", "update"})
_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class Piece:
    """A thing that is kept: `kind` is the table that has it, or `insertions` for text that the
    person wrote, and `texts` for that of their own sessions."""

    kind: str
    fields: Mapping[str, Any]


async def export(database: Database, ids: Collection[str]) -> AsyncIterator[Piece]:
    """All that is kept of the person who has these ids. Raises `DatabaseUnavailable` and
    `JournalDamaged`."""
    by_table: dict[sql.Table, list[sql.ColumnElement[bool]]] = {}
    for column in IDS.values():
        if column.table is not tables.journal:
            by_table.setdefault(column.table, []).append(of_person(column, ids))
    keys = [id_.removeprefix(KEY) for id_ in ids if id_.startswith(KEY)]
    by_table[tables.api_keys] = [tables.api_keys.c.id.in_(keys)]
    for table, conditions in by_table.items():
        async for piece in _rows(database, table, sql.or_(*conditions), ids):
            yield piece
    async for piece in _texts(database, ids):
        yield piece


async def _rows(
    database: Database, table: sql.Table, mine: sql.ColumnElement[bool], ids: Collection[str]
) -> AsyncIterator[Piece]:
    key = list(table.primary_key)
    wanted = [column for column in table.columns if column.name not in _WITHHELD]
    last: tuple[Any, ...] | None = None
    while True:
        query = sql.select(*wanted).where(mine).order_by(*key).limit(_ROWS)
        if last is not None:
            query = query.where(sql.tuple_(*key) > sql.tuple_(*last, types=[c.type for c in key]))
        async with database.connect() as connection:
            rows = (await connection.execute(query)).all()
        for row in rows:
            yield Piece(table.name, _without_others(table, row._asdict(), ids))
        if len(rows) < _ROWS:
            return
        last = tuple(rows[-1]._mapping[column] for column in key)


def _without_others(
    table: sql.Table, fields: dict[str, Any], ids: Collection[str]
) -> dict[str, Any]:
    """What somebody else did to a person is that person's to know, but not from where."""
    if table is tables.audit and fields["actor"] not in ids:
        return fields | {"address": ""}
    return fields


async def _texts(database: Database, ids: Collection[str]) -> AsyncIterator[Piece]:
    own = sql.select(tables.sessions.c.id).where(of_person(tables.sessions.c.owner, ids))
    async with database.connect() as connection:
        owned = list(await connection.scalars(own))
        session_ids = sorted(await connection.scalars(sessions_with(ids)))
    for session_id in owned:
        doc = (await rebuild(database, session_id)).doc
        text = str(doc.get(TEXT_NAME, type=Text))
        yield Piece("texts", {"session_id": session_id, "text": text})
    for session_id in session_ids:
        async for insertion in insertions(database, session_id, ids):
            yield Piece("insertions", {"session_id": session_id, **asdict(insertion)})
