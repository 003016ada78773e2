"""What happened in a session, in order: the updates of its text and the notes between them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from algoroom.rooms import notes, reading
from algoroom.rooms.blocks import Entries
from algoroom.rooms.notes import Note
from algoroom.storage.database import Database

NOTES = 200


@dataclass(frozen=True, slots=True)
class Position:
    """A place in what happened: behind update `seq`, and behind note `note`."""

    seq: int = 0
    note: int = 0


class Playback:
    """At most `limit` updates and notes behind `after`, of those up to `until`.

    While it is iterated, `position` is behind what it has yielded, and it holds a page at most.
    What is added meanwhile comes behind `until`: who goes on from `position` misses nothing and
    gets nothing twice.
    """

    def __init__(
        self, database: Database, session_id: str, after: Position, until: Position, limit: int
    ) -> None:
        self._database = database
        self._session_id = session_id
        self._until = until
        self._left = limit
        self._notes: list[Note] = []
        self.position = after

    @property
    def is_at_the_end(self) -> bool:
        """Whether everything up to `until` has been yielded."""
        return self.position == self._until

    async def parts(self) -> AsyncGenerator[Entries | list[Note], None]:
        """What happened, some of it at a time. Raises `JournalDamaged`."""
        after, upto = self.position.seq, self._until.seq
        updates = reading.entries(self._database, self._session_id, after=after, upto=upto)
        async with aclosing(updates) as batches:
            async for batch in batches:
                async for part in self._among(batch):
                    yield part
                if not self._left:
                    return
        while self._left and (some := await self._notes_before(upto + 1)):
            yield some

    async def _among(self, batch: Entries) -> AsyncGenerator[Entries | list[Note], None]:
        """A batch of updates with the notes that stand between them."""
        seq = batch.first_seq
        while self._left and seq <= batch.last_seq:
            if some := await self._notes_before(seq):
                yield some
                continue
            last = min(batch.last_seq, seq + self._left - 1)
            if self._notes:
                last = min(last, self._notes[0].seq)
            self._left -= last - seq + 1
            self.position = Position(last, self.position.note)
            yield batch.between(seq, last)
            seq = last + 1

    async def _notes_before(self, seq: int) -> list[Note]:
        """Some of the next notes that stand before update `seq`, if there are any."""
        if not self._notes and self.position.note < self._until.note:
            async with self._database.connect() as connection:
                found = await notes.after(connection, self._session_id, self.position.note, NOTES)
            self._notes = [note for note in found if note.number <= self._until.note]
        count = next(
            (place for place, note in enumerate(self._notes) if note.seq >= seq), len(self._notes)
        )
        count = min(count, self._left)
        some, self._notes = self._notes[:count], self._notes[count:]
        if some:
            self._left -= count
            self.position = Position(self.position.seq, some[-1].number)
        return some
