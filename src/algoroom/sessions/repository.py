"""Sessions in the database. What changes it is returned as a statement, for the writer."""

from datetime import datetime, timedelta

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.sessions.model import Origin, Session
from algoroom.storage.statement import Statement
from algoroom.storage.tables import sessions
from algoroom.storage.types import could_be_id

_INSERT = sql.insert(sessions)
_UPDATE = sql.update(sessions).where(sessions.c.id == sql.bindparam("of_session"))
_DELETE = sql.delete(sessions).where(sessions.c.id == sql.bindparam("of_session"))


def insert(session: Session) -> Statement:
    """A new session."""
    return Statement(
        _INSERT,
        {
            "id": session.id,
            "origin": session.origin.value,
            "created_at": session.created_at,
            **_mutable(session),
        },
    )


def update(session: Session) -> Statement:
    """Everything about a session that can change, as it is now."""
    return Statement(_UPDATE, {"of_session": session.id, **_mutable(session)})


def delete(session_id: str) -> Statement:
    """The session and all that was said and run in it, gone."""
    return Statement(_DELETE, {"of_session": session_id})


async def get(connection: AsyncConnection, session_id: str) -> Session | None:
    """The session of this id, expired or not; any text may be asked for."""
    if not could_be_id(session_id):
        return None
    query = sql.select(sessions).where(sessions.c.id == session_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return Session(
        id=row.id,
        origin=Origin(row.origin),
        language=row.language,
        title=row.title,
        created_at=row.created_at,
        expires_at=row.expires_at,
        lifetime=timedelta(seconds=row.lifetime_s),
        code_changed_at=row.code_changed_at,
    )


async def expired(connection: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Ids of at most `limit` sessions whose time is up at `now`, the longest expired first."""
    query = (
        sql.select(sessions.c.id)
        .where(sessions.c.expires_at <= now)
        .order_by(sessions.c.expires_at)
        .limit(limit)
    )
    return list(await connection.scalars(query))


def _mutable(session: Session) -> dict[str, object]:
    return {
        "language": session.language,
        "title": session.title,
        "expires_at": session.expires_at,
        "lifetime_s": session.lifetime.total_seconds(),
        "code_changed_at": session.code_changed_at,
    }
