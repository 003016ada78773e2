"""A session's journal from any entry on, packed or not, while it grows and is packed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from itertools import count, takewhile

from algoroom.errors import JournalDamaged
from algoroom.rooms import journal
from algoroom.rooms.blocks import BlockDamaged, Entries, entries_of, moment, unpack
from algoroom.storage.database import Database

# What is read at once: so many rows as take a few milliseconds, and of large ones fewer.
ROWS = 500
MOST_BYTES = 2**20
# Larger blocks are unpacked beside everything else.
LARGE = 64 * 1024


async def entries(
    database: Database, session_id: str, *, after: int = 0, upto: int | None = None
) -> AsyncGenerator[Entries, None]:
    """The entries behind number `after` in order, some at a time; `upto` is the last one wanted.

    No connection is held between two of them. Raises `JournalDamaged` where one is missing or
    cannot be read; up to `upto` all have to be there.
    """
    last = after
    while upto is None or last < upto:
        found = await _from(database, session_id, last + 1)
        if found is None:
            if upto is not None:
                raise JournalDamaged(session_id, last + 1, "it is missing")
            return
        wanted = found.between(last + 1, found.last_seq if upto is None else upto)
        last = wanted.last_seq
        yield wanted


async def made_at(database: Database, session_id: str, seq: int) -> datetime:
    """When an entry was made. Raises `JournalDamaged`."""
    async with aclosing(entries(database, session_id, after=seq - 1, upto=seq)) as found:
        return moment((await anext(found)).times[0])


async def _from(database: Database, session_id: str, seq: int) -> Entries | None:
    """Some entries that have number `seq` among them, or None where the journal ends before it."""
    async with database.connect() as connection:
        block = await journal.block_up_to(connection, session_id, seq)
        if block is None or block.last_seq < seq:
            rows = await journal.rows(connection, session_id, seq, ROWS, MOST_BYTES)
            if rows and rows[0].seq == seq:
                neighbours = takewhile(lambda pair: pair[0].seq == pair[1], zip(rows, count(seq)))
                return entries_of([row for row, _ in neighbours])
            # Where the rows were packed between the two questions, there is a block now.
            block = await journal.block_up_to(connection, session_id, seq)
            if block is None or block.last_seq < seq:
                if rows:
                    raise JournalDamaged(session_id, seq, "it is missing")
                return None
    if len(block.data) < LARGE:
        return unpacked(session_id, block)
    return await asyncio.to_thread(unpacked, session_id, block)


def unpacked(session_id: str, block: journal.Block) -> Entries:
    """The entries of a block. Raises `JournalDamaged`."""
    try:
        found = unpack(block.data)
    except BlockDamaged as error:
        raise JournalDamaged(
            session_id, block.first_seq, f"the block that it begins cannot be read: {error}"
        ) from error
    if (found.first_seq, found.last_seq) != (block.first_seq, block.last_seq):
        raise JournalDamaged(session_id, block.first_seq, "the block that it begins is another's")
    return found
