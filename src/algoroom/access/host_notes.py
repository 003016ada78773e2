"""What the hosts of a session write for themselves. No document, no playback has it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.storage.statement import Statement, insert_or_replace
from algoroom.storage.tables import host_notes

_KEEP = insert_or_replace(host_notes)


@dataclass(frozen=True, slots=True)
class HostNotes:
    """The hosts' text, and who wrote it last; nobody has where `changed_at` is None."""

    text: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""


def keep(session_id: str, text: str, at: datetime, user_id: str) -> Statement:
    """The whole text anew."""
    return Statement(
        _KEEP,
        {"session_id": session_id, "text": text, "changed_at": at, "changed_by": user_id},
    )


async def of_session(connection: AsyncConnection, session_id: str) -> HostNotes:
    """The notes of a session."""
    query = sql.select(host_notes).where(host_notes.c.session_id == session_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return HostNotes()
    return HostNotes(row.text, row.changed_at, row.changed_by)
