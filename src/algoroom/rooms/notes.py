"""What happened in a session beside its text, in order: a part of the journal."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.storage.statement import Statement, insert_once
from algoroom.storage.tables import journal_notes

_INSERT = insert_once(journal_notes, telling="subject")


class Kind(StrEnum):
    """What a note tells of, and what its `subject` and its `detail` are."""

    JOINED = "joined"
    """Somebody came, called `subject`."""
    LEFT = "left"
    """Somebody's last connection is gone."""
    LANGUAGE = "language"
    """The language is `subject`, and was `detail`."""
    TITLE = "title"
    """The title is `subject`, and was `detail`; no title is an empty one."""
    RUN_STARTED = "run-started"
    """The run of the id `subject` has begun, in the language `detail`."""
    RUN_FINISHED = "run-finished"
    """The run of the id `subject` is over, with the verdict `detail`."""
    SNAPSHOT = "snapshot"
    """The text was saved as the snapshot of the id `subject`."""
    VERSION = "version"
    """The text has the name `detail`, as the version of the id `subject`."""
    RESTORED = "restored"
    """The text is again what it was after update `subject`."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that `author` did. It stands behind update `seq` and before the next.

    `number` is the session's own count of its notes: 1, 2, 3, without gaps.
    """

    number: int
    seq: int
    at: datetime
    author: str
    kind: Kind
    subject: str = ""
    detail: str = ""


def insert(session_id: str, note: Note) -> Statement:
    """A new note."""
    return Statement(
        _INSERT,
        {
            "session_id": session_id,
            "number": note.number,
            "seq": note.seq,
            "at": note.at,
            "author": note.author,
            "kind": note.kind.value,
            "subject": note.subject,
            "detail": note.detail,
        },
    )


async def after(
    connection: AsyncConnection, session_id: str, number: int, limit: int
) -> list[Note]:
    """The first `limit` notes behind `number`, in order."""
    query = (
        sql.select(journal_notes)
        .where(journal_notes.c.session_id == session_id, journal_notes.c.number > number)
        .order_by(journal_notes.c.number)
        .limit(limit)
    )
    return [
        Note(row.number, row.seq, row.at, row.author, Kind(row.kind), row.subject, row.detail)
        for row in await connection.execute(query)
    ]


async def last_number(connection: AsyncConnection, session_id: str) -> int:
    """The number of the session's newest note, 0 when there is none."""
    query = sql.select(sql.func.max(journal_notes.c.number)).where(
        journal_notes.c.session_id == session_id
    )
    return (await connection.scalar(query)) or 0
