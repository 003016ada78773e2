"""Sessions in the database. What changes it is returned as a statement, for the writer."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.access.model import Access
from algoroom.access.roles import Strangers
from algoroom.sessions.model import Origin, Session
from algoroom.storage.statement import Statement
from algoroom.storage.tables import sessions
from algoroom.storage.types import could_be_id

_INSERT = sql.insert(sessions)
_UPDATE = sql.update(sessions).where(sessions.c.id == sql.bindparam("of_session"))
_DELETE = sql.delete(sessions).where(sessions.c.id == sql.bindparam("of_session"))


Place = tuple[datetime, str]
"""A place among sessions in the order of their creation: the time, and the id."""


def insert(session: Session) -> Statement:
    """A new session."""
    return Statement(
        _INSERT,
        {
            "id": session.id,
            "origin": session.origin.value,
            "created_at": session.created_at,
            **_mutable(session),
            **_access(session.access),
        },
    )


def set_access(session: Session) -> Statement:
    """Who may do what in a session, as it is now."""
    return Statement(_UPDATE, {"of_session": session.id, **_access(session.access)})


def update(session: Session) -> Statement:
    """Everything about a session that can change but its access, as it is now."""
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
    return None if row is None else session_of(row)


async def owned(
    connection: AsyncConnection, owner: str, now: datetime, limit: int, after: Place | None = None
) -> list[Session]:
    """At most `limit` sessions of one owner that are not over at `now`, the newest first; those
    behind a place in that order."""
    mine = (sessions.c.owner == owner) & (sessions.c.expires_at > now)
    query = sql.select(sessions).where(mine)
    if after is not None:
        at, session_id = after
        older = sessions.c.created_at < at
        query = query.where(older | ((sessions.c.created_at == at) & (sessions.c.id < session_id)))
    query = query.order_by(sessions.c.created_at.desc(), sessions.c.id.desc()).limit(limit)
    return [session_of(row) for row in await connection.execute(query)]


def session_of(row: sql.Row[Any]) -> Session:
    """The session of a row of its table."""
    return Session(
        id=row.id,
        origin=Origin(row.origin),
        language=row.language,
        title=row.title,
        created_at=row.created_at,
        expires_at=row.expires_at,
        lifetime=timedelta(seconds=row.lifetime_s),
        code_changed_at=row.code_changed_at,
        access=Access(
            owner=row.owner or "",
            host_token=row.host_token or "",
            strangers=None if row.strangers is None else Strangers(row.strangers),
            editing_locked=row.editing_locked,
            running_locked=row.running_locked,
            ended_at=row.ended_at,
            deletion_takes_host=row.deletion_takes_host,
        ),
    )


async def expired(
    connection: AsyncConnection, now: datetime, limit: int, born: datetime | None = None
) -> list[str]:
    """Ids of at most `limit` sessions whose time is up at `now`, or that were made at `born` or
    before, the longest expired first."""
    over = sessions.c.expires_at <= now
    if born is not None:
        over |= sessions.c.created_at <= born
    query = sql.select(sessions.c.id).where(over).order_by(sessions.c.expires_at).limit(limit)
    return list(await connection.scalars(query))


def _mutable(session: Session) -> dict[str, object]:
    return {
        "language": session.language,
        "title": session.title,
        "expires_at": session.expires_at,
        "lifetime_s": session.lifetime.total_seconds(),
        "code_changed_at": session.code_changed_at,
    }


def _access(access: Access) -> dict[str, object]:
    return {
        "owner": access.owner or None,
        "host_token": access.host_token or None,
        "strangers": None if access.strangers is None else access.strangers.value,
        "editing_locked": access.editing_locked,
        "running_locked": access.running_locked,
        "ended_at": access.ended_at,
        "deletion_takes_host": access.deletion_takes_host,
    }
