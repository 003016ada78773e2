"""Where the ids of a person are.

A person is known by the ids under which they came: `user:…` or `key:…` of who signed in, `guest:…`
of a browser, and whatever they called themselves, which others may have called themselves too.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sql
from sqlalchemy import Column
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.access.audited import Audited
from algoroom.storage import tables
from algoroom.storage.database import Database

KEY: Final = "key:"

IDS: Final[Mapping[str, Column[Any]]] = {
    "sessions that are theirs": tables.sessions.c.owner,
    "roles": tables.people.c.id,
    "invites that they made": tables.invites.c.made_by,
    "invites that they used": tables.invite_uses.c.person,
    "notes for hosts": tables.host_notes.c.changed_by,
    "tasks": tables.tasks.c.changed_by,
    "updates that are not packed": tables.journal.c.author,
    "events": tables.journal_notes.c.author,
    "entries of histories": tables.history.c.user_id,
    "versions": tables.versions.c.author,
    "stays": tables.attendance.c.user_id,
    "runs": tables.runs.c.author,
    "logins": tables.logins.c.user_id,
    "rows of the audit": tables.audit.c.actor,
    "rows of the audit about them": tables.audit.c.subject,
}
"""Every column that has ids of people, in the words of what its rows are."""

NAMES: Final = (
    (
        tables.journal_notes.c.subject,
        tables.journal_notes.c.author,
        tables.journal_notes.c.kind.in_(["joined"]),
    ),
    (tables.attendance.c.name, tables.attendance.c.user_id, sql.true()),
    (
        tables.audit.c.detail,
        tables.audit.c.actor,
        tables.audit.c.deed.in_([Audited.JOINED.value, Audited.KNOCKED.value]),
    ),
    (
        tables.audit.c.detail,
        tables.audit.c.subject,
        tables.audit.c.deed.in_([Audited.JOINED.value, Audited.KEY_MADE.value]),
    ),
)
"""Columns with names that people gave themselves, each with the id of whom it names, and where."""


@dataclass(frozen=True, slots=True)
class Traces:
    """How much there is of a person: rows by what they are, and ids that are perhaps theirs."""

    counts: Mapping[str, int]
    also: Collection[str]
    """By which they came to a session together with one of their ids."""


def of_person(column: Column[Any], ids: Collection[str]) -> sql.ColumnElement[bool]:
    """Whether a column has one of a person's ids."""
    found: sql.ColumnElement[bool] = column.in_(list(ids))
    if column is tables.audit.c.subject:
        # There a key has no kind before its id.
        found |= column.in_([id_.removeprefix(KEY) for id_ in ids if id_.startswith(KEY)])
    return found


def sessions_with(ids: Collection[str]) -> sql.CompoundSelect[Any]:
    """The ids of the sessions in which a person did something. Whoever writes in a session joins
    it, or leaves an entry in its history or an event, so packed updates need not be looked at."""
    columns = (
        tables.journal.c.author,
        tables.journal_notes.c.author,
        tables.history.c.user_id,
        tables.versions.c.author,
        tables.attendance.c.user_id,
        tables.runs.c.author,
        tables.people.c.id,
    )
    own = sql.select(tables.sessions.c.id).where(tables.sessions.c.owner.in_(list(ids)))
    return sql.union(
        own,
        *(sql.select(column.table.c.session_id).where(column.in_(list(ids))) for column in columns),
    )


async def traces(database: Database, ids: Collection[str]) -> Traces:
    """What there is of a person. Updates that are packed are not counted, their sessions are."""
    counts: Counter[str] = Counter()
    async with database.connect() as connection:
        for words, column in IDS.items():
            query = sql.select(sql.func.count()).where(of_person(column, ids))
            counts[words] = await connection.scalar(query) or 0
        keys = [id_.removeprefix(KEY) for id_ in ids if id_.startswith(KEY)]
        mine = tables.api_keys.c.id.in_(keys)
        counts["keys"] = await connection.scalar(sql.select(sql.func.count()).where(mine)) or 0
        in_sessions = sessions_with(ids).subquery()
        query = sql.select(sql.func.count()).select_from(in_sessions)
        counts["sessions that they were in"] = await connection.scalar(query) or 0
        return Traces({word: n for word, n in counts.items() if n}, await _also(connection, ids))


async def _also(connection: AsyncConnection, ids: Collection[str]) -> Collection[str]:
    actor, subject = tables.audit.c.actor, tables.audit.c.subject
    query = (
        sql.select(actor, subject)
        .distinct()
        .where(
            tables.audit.c.deed == Audited.JOINED.value,
            actor.in_(list(ids)) | subject.in_(list(ids)),
        )
    )
    found = {id_ for row in await connection.execute(query) for id_ in row}
    return sorted(found - set(ids))
