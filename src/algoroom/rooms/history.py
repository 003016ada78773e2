"""The history of a session as people read it: bursts of typing, languages, saved states."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.storage.statement import Statement, insert_once
from algoroom.storage.tables import history
from algoroom.storage.types import could_be_id

_INSERT = insert_once(history, telling="id")


class ChangeType(StrEnum):
    """What an entry tells of."""

    EDIT = "edit"
    LANGUAGE_CHANGE = "language-change"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry. `seq` orders a session's entries; `id` (a UUID) names one to the outside."""

    seq: int
    id: str
    at: datetime
    user_id: str
    change_type: ChangeType
    description: str
    code: str | None


def insert(session_id: str, entry: HistoryEntry) -> Statement:
    """A new entry."""
    return Statement(
        _INSERT,
        {
            "session_id": session_id,
            "seq": entry.seq,
            "id": entry.id,
            "at": entry.at,
            "user_id": entry.user_id,
            "change_type": entry.change_type.value,
            "description": entry.description,
            "code": entry.code,
        },
    )


async def latest(connection: AsyncConnection, session_id: str, limit: int) -> list[HistoryEntry]:
    """The last `limit` entries, oldest first."""
    query = (
        sql.select(history)
        .where(history.c.session_id == session_id)
        .order_by(history.c.seq.desc())
        .limit(limit)
    )
    rows = (await connection.execute(query)).all()
    return [_entry(row) for row in reversed(rows)]


async def snapshot(
    connection: AsyncConnection, session_id: str, snapshot_id: str
) -> HistoryEntry | None:
    """The session's saved state of this id; any text may be asked for."""
    if not could_be_id(snapshot_id):
        return None
    query = sql.select(history).where(
        history.c.session_id == session_id,
        history.c.id == snapshot_id,
        history.c.change_type == ChangeType.SNAPSHOT.value,
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _entry(row)


async def last_seq(connection: AsyncConnection, session_id: str) -> int:
    """The `seq` of the session's newest entry, 0 when there is none."""
    query = sql.select(sql.func.max(history.c.seq)).where(history.c.session_id == session_id)
    return (await connection.scalar(query)) or 0


def _entry(row: sql.Row[Any]) -> HistoryEntry:
    return HistoryEntry(
        seq=row.seq,
        id=row.id,
        at=row.at,
        user_id=row.user_id,
        change_type=ChangeType(row.change_type),
        description=row.description,
        code=row.code,
    )
