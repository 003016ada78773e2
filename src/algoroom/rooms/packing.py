"""Packs the rows of a journal into blocks, and keeps keyframes beside them. It may be ended at any
instant: a block comes, and what it holds goes, in one transaction; nothing needs a keyframe."""

import asyncio
from contextlib import aclosing

from algoroom.errors import JournalDamaged
from algoroom.rooms import journal, keyframes, reading
from algoroom.rooms.blocks import BlockDamaged, Entries, moment, pack_checked
from algoroom.rooms.journal import Block
from algoroom.rooms.keyframes import Keyframe
from algoroom.rooms.reading import unpacked
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer

# A block that holds fewer than this part of what one may is packed anew with what comes after it.
SHORT = 0.5
# From one keyframe to the next there are as many entries as fill so many blocks, and more where
# keyframes are large: all of them take no more than all of the blocks.
STRETCH = 8
MOST_BYTES = 2**20


class Packing:
    """What packs the journals of a node, one at a time; `most_entries` go into one block."""

    def __init__(self, database: Database, writer: Writer, most_entries: int) -> None:
        self._database = database
        self._writer = writer
        self._most_entries = most_entries
        self._alone = asyncio.Lock()

    async def pack(self, session_id: str, *, upto: int, least: int) -> None:
        """Pack the rows of a session up to number `upto`, where there are at least `least`.

        All of them have to be stored, and none of them may be written again. Raises
        `JournalDamaged`, `DatabaseUnavailable`, `WriteRefused` and `WriterClosed`.
        """
        async with self._alone:
            while await self._pack_some(session_id, upto, least):
                pass
            await self._keep_frame(session_id)

    async def _pack_some(self, session_id: str, upto: int, least: int) -> bool:
        async with self._database.connect() as connection:
            packed = await journal.last_packed(connection, session_id)
            if upto - packed < max(least, 1):
                return False
            last = await journal.block_up_to(connection, session_id, packed)
        begun = None if last is None else self._short(session_id, last)
        entries = await self._filled(session_id, packed, upto, begun)
        try:
            # A thread, since compression lets others go on.
            data = await asyncio.to_thread(pack_checked, entries)
        except BlockDamaged as error:
            raise JournalDamaged(session_id, entries.first_seq, str(error)) from error
        first_at, last_at = moment(entries.times[0]), moment(entries.times[-1])
        block = Block(entries.first_seq, entries.last_seq, first_at, last_at, data)
        replaced = None if begun is None else last
        await self._writer.write(*journal.put_block(session_id, block, replaced))
        return True

    async def _keep_frame(self, session_id: str) -> None:
        """Keep the saved state for the past, where enough came since one was kept."""
        async with self._database.connect() as connection:
            last = await keyframes.last_seq(connection, session_id)
            count, size = await journal.packed_after(connection, session_id, last)
            if count < STRETCH * self._most_entries:
                return
            saved = await journal.saved_state(connection, session_id)
        if saved is None or not saved.is_whole or saved.seq <= last:
            return
        data = await asyncio.to_thread(keyframes.pack, saved.state)
        if len(data) <= size:
            at = await reading.made_at(self._database, session_id, saved.seq)
            frame = Keyframe(saved.seq, at, data)
            await self._writer.write(keyframes.insert(session_id, frame))

    def _short(self, session_id: str, block: Block) -> Entries | None:
        """The entries of a block that has room for more."""
        if block.count >= SHORT * self._most_entries or len(block.data) >= SHORT * MOST_BYTES:
            return None
        entries = unpacked(session_id, block)
        return entries if _size(entries) < SHORT * MOST_BYTES else None

    async def _filled(
        self, session_id: str, packed: int, upto: int, begun: Entries | None
    ) -> Entries:
        """As many entries as go into one block, those that it has begun with first; what is read
        at once may be more than it would have."""
        entries, room = begun, self._most_entries - (0 if begun is None else len(begun))
        upto = min(upto, packed + room)
        rows = reading.entries(self._database, session_id, after=packed, upto=upto)
        async with aclosing(rows) as batches:
            async for batch in batches:
                entries = batch if entries is None else entries.followed_by(batch)
                if _size(entries) >= MOST_BYTES:
                    break
        assert entries is not None
        return entries


def _size(entries: Entries) -> int:
    return sum(map(len, entries.updates))
