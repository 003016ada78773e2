"""The journal: every update of a session's document, in order, kept as long as the session.

The newest entries are rows of their own; those before them are packed into blocks.
"""

import sys
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.storage.statement import Statement, insert_once
from algoroom.storage.tables import documents, journal, journal_blocks

# Another update under the same number would be another room's: it is refused.
_APPEND = insert_once(journal, telling="update")
# A state made earlier but committed later must not put the document back.
_SAVE_STATE = sql.text(
    "INSERT INTO documents (session_id, seq, state, checksum)"
    " VALUES (:session_id, :seq, :state, :checksum)"
    " ON CONFLICT (session_id) DO UPDATE"
    " SET seq = excluded.seq, state = excluded.state, checksum = excluded.checksum"
    " WHERE documents.seq < excluded.seq"
)
_INSERT_BLOCK = sql.insert(journal_blocks)
_REMOVE_BLOCK = sql.delete(journal_blocks).where(
    journal_blocks.c.session_id == sql.bindparam("of_session"),
    journal_blocks.c.first_seq == sql.bindparam("first"),
)
_REMOVE_ROWS = sql.delete(journal).where(
    journal.c.session_id == sql.bindparam("of_session"),
    journal.c.seq.between(sql.bindparam("first"), sql.bindparam("last")),
)


class Entry(NamedTuple):
    """One update of the document. `seq` is the room's own count: 1, 2, 3, without gaps; `pasted`
    the UTF-16 units that it inserted in one piece, where they are so many that they count."""

    seq: int
    at: datetime
    author: str
    update: bytes
    pasted: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """The entries from `first_seq` to `last_seq`, packed by `algoroom.rooms.blocks`."""

    first_seq: int
    last_seq: int
    first_at: datetime
    last_at: datetime
    data: bytes

    @property
    def count(self) -> int:
        return self.last_seq - self.first_seq + 1


@dataclass(frozen=True, slots=True)
class SavedState:
    """The whole document after update `seq`. `is_whole` is False where its bytes have changed."""

    seq: int
    state: bytes
    is_whole: bool


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
    values = {"seq": seq, "state": state, "checksum": zlib.crc32(state)}
    return Statement(_SAVE_STATE, {"session_id": session_id, **values})


def put_block(session_id: str, block: Block, replaced: Block | None) -> list[Statement]:
    """A block in the place of its entries' rows, and of the block that had the first of them."""
    removed = [] if replaced is None else [_remove_block(session_id, replaced)]
    return [
        *removed,
        Statement(
            _INSERT_BLOCK,
            {
                "session_id": session_id,
                "first_seq": block.first_seq,
                "last_seq": block.last_seq,
                "first_at": block.first_at,
                "last_at": block.last_at,
                "data": block.data,
            },
        ),
        Statement(
            _REMOVE_ROWS,
            {"of_session": session_id, "first": block.first_seq, "last": block.last_seq},
        ),
    ]


async def saved_state(connection: AsyncConnection, session_id: str) -> SavedState | None:
    """The last state that was saved, if there is one."""
    query = sql.select(documents.c.seq, documents.c.state, documents.c.checksum).where(
        documents.c.session_id == session_id
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    # States of earlier versions have no checksum.
    is_whole = row.checksum is None or row.checksum == zlib.crc32(row.state)
    return SavedState(row.seq, row.state, is_whole)


async def rows(
    connection: AsyncConnection,
    session_id: str,
    first: int,
    limit: int,
    limit_bytes: int = sys.maxsize,
) -> list[Entry]:
    """At most `limit` entries from number `first` on that are rows of their own, in order; no more
    of them than have `limit_bytes` together, but one."""
    entry = journal.c
    of_session = entry.session_id == session_id
    sizes = (
        sql.select(entry.seq, sql.func.length(entry.update))
        .where(of_session, entry.seq >= first)
        .order_by(entry.seq)
        .limit(limit)
    )
    last, left = first, limit_bytes
    for number, (seq, size) in enumerate(await connection.execute(sizes)):
        left -= size
        if number and left < 0:
            break
        last = seq
    query = (
        sql.select(entry.seq, entry.at, entry.author, entry.update, entry.pasted)
        .where(of_session, entry.seq.between(first, last))
        .order_by(entry.seq)
    )
    return [Entry(*row) for row in await connection.execute(query)]


async def block_up_to(connection: AsyncConnection, session_id: str, seq: int) -> Block | None:
    """The last block that begins at entry `seq` or before it."""
    block = journal_blocks.c
    query = (
        sql.select(block.first_seq, block.last_seq, block.first_at, block.last_at, block.data)
        .where(block.session_id == session_id, block.first_seq <= seq)
        .order_by(block.first_seq.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Block(*row)


async def last_packed(connection: AsyncConnection, session_id: str) -> int:
    """The number of the last entry that is in a block, 0 where none is."""
    query = sql.select(sql.func.max(journal_blocks.c.last_seq)).where(
        journal_blocks.c.session_id == session_id
    )
    return (await connection.scalar(query)) or 0


async def last_at(connection: AsyncConnection, session_id: str) -> datetime | None:
    """When the last entry was made, if there is one."""
    loose, packed = journal.c, journal_blocks.c
    for at, of_session, seq in (
        (loose.at, loose.session_id, loose.seq),
        (packed.last_at, packed.session_id, packed.first_seq),
    ):
        query = sql.select(at).where(of_session == session_id).order_by(seq.desc()).limit(1)
        found: datetime | None = await connection.scalar(query)
        if found is not None:
            return found
    return None


async def packed_after(connection: AsyncConnection, session_id: str, seq: int) -> tuple[int, int]:
    """How many entries are in the blocks that end behind entry `seq`, and how many bytes these
    blocks have."""
    block = journal_blocks.c
    query = sql.select(
        sql.func.sum(block.last_seq - block.first_seq + 1),
        sql.func.sum(sql.func.length(block.data)),
    ).where(block.session_id == session_id, block.last_seq > seq)
    count, size = (await connection.execute(query)).one()
    return int(count or 0), int(size or 0)


def _remove_block(session_id: str, block: Block) -> Statement:
    return Statement(_REMOVE_BLOCK, {"of_session": session_id, "first": block.first_seq})
