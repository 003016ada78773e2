"""The journal: every update of a session's document, in order, kept as long as the session."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.storage.statement import Statement, insert_once
from algoroom.storage.tables import documents, journal

# Another update under the same number would be another room's: it is refused.
_APPEND = insert_once(journal, telling="update")
# A state made earlier but committed later must not put the document back.
_SAVE_STATE = sql.text(
    "INSERT INTO documents (session_id, seq, state) VALUES (:session_id, :seq, :state)"
    " ON CONFLICT (session_id) DO UPDATE SET seq = excluded.seq, state = excluded.state"
    " WHERE documents.seq < excluded.seq"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One update of the document. `seq` is the room's own count: 1, 2, 3, without gaps; `pasted`
    the UTF-16 units that it inserted in one piece, where they are so many that they count."""

    seq: int
    at: datetime
    author: str
    update: bytes
    pasted: int = 0


@dataclass(frozen=True, slots=True)
class Loaded:
    """What rebuilds a document: a state up to `state_seq`, then the `tail` after it, in order.

    Without a saved state, `state` is None, `state_seq` is 0 and the tail is the whole journal.
    """

    state: bytes | None
    state_seq: int
    tail: list[Entry]


def append(session_id: str, entry: Entry) -> Statement:
    """One more update."""
    return Statement(
        _APPEND,
        {
            "session_id": session_id,
            "seq": entry.seq,
            "at": entry.at,
            "author": entry.author,
            "update": entry.update,
            "pasted": entry.pasted,
        },
    )


def save_state(session_id: str, seq: int, state: bytes) -> Statement:
    """The document's whole state after update `seq`, for a faster load; the journal stays."""
    return Statement(_SAVE_STATE, {"session_id": session_id, "seq": seq, "state": state})


async def load(connection: AsyncConnection, session_id: str) -> Loaded:
    """The last saved state and every update since. An unknown session has neither."""
    saved = (
        await connection.execute(
            sql.select(documents.c.seq, documents.c.state).where(
                documents.c.session_id == session_id
            )
        )
    ).one_or_none()
    state_seq: int = 0 if saved is None else saved.seq
    rows = await connection.execute(
        sql.select(
            journal.c.seq, journal.c.at, journal.c.author, journal.c.update, journal.c.pasted
        )
        .where(journal.c.session_id == session_id, journal.c.seq > state_seq)
        .order_by(journal.c.seq)
    )
    tail = [Entry(*row) for row in rows]
    return Loaded(None if saved is None else saved.state, state_seq, tail)
