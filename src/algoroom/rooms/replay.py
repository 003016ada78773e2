"""Documents from their journals, a little at a time: nobody else waits while one is rebuilt."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from pycrdt import Doc

from algoroom.errors import JournalDamaged
from algoroom.rooms import journal, reading
from algoroom.rooms.blocks import Entries
from algoroom.rooms.lib0 import Malformed
from algoroom.rooms.marks import Marks
from algoroom.rooms.parts import parts
from algoroom.rooms.update import mark
from algoroom.storage.database import Database

logger = logging.getLogger(__name__)

# How long the loop is held at a time, but for an update that takes longer by itself: then others
# have this many times as long.
SLICE_S = 0.004
LONG_S = 0.02
REST = 4
# A state that is larger is taken in parts.
LARGEST_WHOLE = 16_384


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
        if saved.is_whole and await _took(doc, saved.state):
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
    left = iter(entries.updates)
    try:
        await _apply(doc, left)
    except ValueError as error:
        seq = entries.first_seq + len(entries) - 1 - sum(1 for _ in left)
        raise JournalDamaged(session_id, seq, str(error)) from error


async def apply_state(doc: Doc[Any], state: bytes) -> None:
    """Apply the whole state of a document, in slices. Raises `ValueError` or `Malformed`."""
    if len(state) <= LARGEST_WHOLE:
        pieces = [state]
    else:
        # To find them takes longer than to apply them, nearly always.
        pieces = await asyncio.to_thread(lambda: list(parts(state, {})))
    await _apply(doc, iter(pieces))


async def _apply(doc: Doc[Any], left: Iterator[bytes]) -> None:
    is_over = False
    while not is_over:
        began = time.perf_counter()
        with doc.transaction():
            is_over = True
            for update in left:
                doc.apply_update(update)
                if time.perf_counter() >= began + SLICE_S:
                    is_over = False
                    break
        took = time.perf_counter() - began
        await asyncio.sleep(REST * took if took > LONG_S else 0)


async def _took(doc: Doc[Any], state: bytes) -> bool:
    try:
        await apply_state(doc, state)
    except (ValueError, Malformed):
        return False
    return True
