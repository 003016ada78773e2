"""Texts of a session that were given names."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.storage.statement import Statement, insert_once
from algoroom.storage.tables import versions
from algoroom.storage.types import could_be_id

# What a session may have of them.
MOST = 1_000

_INSERT = insert_once(versions)
_DELETE = sql.delete(versions).where(versions.c.id == sql.bindparam("of_id"))


@dataclass(frozen=True, slots=True)
class Version:
    """The text after update `seq`, by a name that `author` gave it. `id` is a UUID."""

    id: str
    name: str
    at: datetime
    author: str
    seq: int


def insert(session_id: str, version: Version) -> Statement:
    """A new version."""
    values = {
        "id": version.id,
        "name": version.name,
        "at": version.at,
        "author": version.author,
        "seq": version.seq,
    }
    return Statement(_INSERT, {"session_id": session_id, **values})


def delete(version_id: str) -> Statement:
    """The version has no name any more; its text stays in the journal."""
    return Statement(_DELETE, {"of_id": version_id})


async def of_session(connection: AsyncConnection, session_id: str) -> list[Version]:
    """All versions of a session, the oldest first."""
    query = (
        sql.select(versions)
        .where(versions.c.session_id == session_id)
        .order_by(versions.c.at, versions.c.id)
    )
    return [
        Version(row.id, row.name, row.at, row.author, row.seq)
        for row in await connection.execute(query)
    ]


async def get(connection: AsyncConnection, session_id: str, version_id: str) -> Version | None:
    """The session's version of this id; any text may be asked for."""
    if not could_be_id(version_id):
        return None
    query = sql.select(versions).where(
        versions.c.session_id == session_id, versions.c.id == version_id
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Version(row.id, row.name, row.at, row.author, row.seq)
