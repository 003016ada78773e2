"""What the hosts of a session write for themselves. No document, no playback has it."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.storage.statement import Statement, insert_or_replace
from algoroom.storage.tables import host_notes

_KEEP = insert_or_replace(host_notes)


@dataclass(frozen=True, slots=True)
class HostNotes:
    """The hosts' text, and who wrote it last; nobody has where `changed_at` is None. `revision`
    counts the changes."""

    text: str = ""
    revision: int = 0
    changed_at: datetime | None = None
    changed_by: str = ""


def keep(session_id: str, notes: HostNotes) -> Statement:
    """The whole text anew."""
    return Statement(_KEEP, {"session_id": session_id, **asdict(notes)})


async def of_session(connection: AsyncConnection, session_id: str) -> HostNotes:
    """The notes of a session."""
    query = sql.select(host_notes).where(host_notes.c.session_id == session_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return HostNotes()
    return HostNotes(row.text, row.revision, row.changed_at, row.changed_by)
