"""Who was in a session, from when to when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.storage.statement import Statement, insert_once
from algoroom.storage.tables import attendance

_JOINED = insert_once(attendance)
_LEFT = (
    sql.update(attendance)
    .where(attendance.c.id == sql.bindparam("of_id"))
    .values(left_at=sql.bindparam("at"))
)
_CLOSE_OPEN = (
    sql.update(attendance)
    .where(
        attendance.c.session_id == sql.bindparam("of_session"),
        attendance.c.left_at.is_(None),
    )
    .values(left_at=sql.bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class Attendance:
    """One stay of one participant. `left_at` is None while it lasts."""

    id: str
    user_id: str
    name: str
    joined_at: datetime
    left_at: datetime | None


def joined(stay_id: str, session_id: str, user_id: str, name: str, at: datetime) -> Statement:
    """A participant came. `stay_id` is a UUID."""
    return Statement(
        _JOINED,
        {
            "id": stay_id,
            "session_id": session_id,
            "user_id": user_id,
            "name": name,
            "joined_at": at,
            "left_at": None,
        },
    )


def left(stay_id: str, at: datetime) -> Statement:
    """The stay of this id is over."""
    return Statement(_LEFT, {"of_id": stay_id, "at": at})


def close_open(session_id: str, at: datetime) -> Statement:
    """Ends every stay that a server left open when it died."""
    return Statement(_CLOSE_OPEN, {"of_session": session_id, "at": at})


async def is_left_open(connection: AsyncConnection, session_id: str) -> bool:
    """Whether the session has a stay that is not over."""
    query = sql.select(
        sql.exists().where(attendance.c.session_id == session_id, attendance.c.left_at.is_(None))
    )
    return bool(await connection.scalar(query))


async def of_session(connection: AsyncConnection, session_id: str) -> list[Attendance]:
    """Every stay in the session, in the order of joining."""
    query = (
        sql.select(attendance)
        .where(attendance.c.session_id == session_id)
        .order_by(attendance.c.joined_at, attendance.c.id)
    )
    return [
        Attendance(row.id, row.user_id, row.name, row.joined_at, row.left_at)
        for row in await connection.execute(query)
    ]


async def names(
    connection: AsyncConnection, session_id: str, user_ids: Collection[str]
) -> dict[str, str]:
    """What these were called in the session when they came last; those who never came have none."""
    query = (
        sql.select(attendance.c.user_id, attendance.c.name)
        .where(attendance.c.session_id == session_id, attendance.c.user_id.in_(user_ids))
        .order_by(attendance.c.joined_at, attendance.c.id)
    )
    return {row.user_id: row.name for row in await connection.execute(query)}
