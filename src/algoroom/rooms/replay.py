"""Documents from their journals, a little at a time: nobody else waits while one is rebuilt."""

import asyncio
import logging
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from pycrdt import Doc

from algoroom.errors import JournalDamaged
from algoroom.rooms import journal, reading
from algoroom.rooms.blocks import Entries
from algoroom.rooms.marks import Marks
from algoroom.rooms.update import mark
from algoroom.storage.database import Database

logger = logging.getLogger(__name__)

# How long the loop is held at a time.
SLICE_S = 0.004
# How often the clock is read.
UPDATES = 16


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A document after update `seq`; the saved state that it began with was that after
    `state_seq`, 0 where there was none."""

    doc: Doc[Any]
    seq: int
    state_seq: int
    marks: Marks


async def rebuild(database: Database, session_id: str) -> Rebuilt:
    """The present document, from its saved state and what came after it.

    Where that state cannot be read, the log says so, and the whole journal is replayed. Raises
    `JournalDamaged`.
    """
    async with database.connect() as connection:
        saved = await journal.saved_state(connection, session_id)
    doc: Doc[Any] = Doc()
    state_seq = 0
    marks = Marks()
    if saved is not None:
        if saved.is_whole and _took(doc, saved.state):
            state_seq = saved.seq
            mark(marks, saved.state)
        else:
            logger.error(
                "session %s: the state saved after update %d is damaged; the journal is replayed",
                session_id,
                saved.seq,
            )
            doc = Doc()
    seq = state_seq
    async with aclosing(reading.entries(database, session_id, after=state_seq)) as batches:
        async for batch in batches:
            await apply(doc, session_id, batch)
            for update in batch.updates:
                mark(marks, update)
            seq = batch.last_seq
    if saved is not None and seq < saved.seq:
        raise JournalDamaged(session_id, seq + 1, "it is missing")
    return Rebuilt(doc, seq, state_seq, marks)


async def apply(doc: Doc[Any], session_id: str, entries: Entries) -> None:
    """Apply entries to a document, in slices. Raises `JournalDamaged`."""
    position = 0
    while position < len(entries):
        ends = time.perf_counter() + SLICE_S
        with doc.transaction():
            while position < len(entries):
                for update in entries.updates[position : position + UPDATES]:
                    try:
                        doc.apply_update(update)
                    except ValueError as error:
                        seq = entries.first_seq + position
                        raise JournalDamaged(session_id, seq, str(error)) from error
                    position += 1
                if time.perf_counter() >= ends:
                    break
        await asyncio.sleep(0)


def _took(doc: Doc[Any], state: bytes) -> bool:
    try:
        doc.apply_update(state)
    except ValueError:
        return False
    return True
