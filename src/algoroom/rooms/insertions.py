"""What somebody wrote: the text that their updates inserted."""

from collections.abc import AsyncIterator, Collection
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pycrdt import Doc, Text, TextEvent

from algoroom.errors import JournalDamaged
from algoroom.rooms import reading
from algoroom.rooms.blocks import moment
from algoroom.rooms.update import TEXT_NAME
from algoroom.storage.database import Database


@dataclass(frozen=True, slots=True)
class Insertion:
    """The text that update `seq` inserted, its pieces in the order of their places."""

    seq: int
    at: datetime
    author: str
    text: str


async def insertions(
    database: Database, session_id: str, authors: Collection[str]
) -> AsyncIterator[Insertion]:
    """All that these authors inserted into the text of a session, in order, whether it is still
    there or not. Raises `JournalDamaged`."""
    doc: Doc[Any] = Doc()
    inserted: list[str] = []

    def note(event: TextEvent) -> None:
        steps: list[dict[str, Any]] = event.delta  # type: ignore[attr-defined]  # set in Rust
        inserted.extend(step["insert"] for step in steps if isinstance(step.get("insert"), str))

    shared: Text = doc.get(TEXT_NAME, type=Text)
    subscription = shared.observe(note)
    try:
        async with aclosing(reading.entries(database, session_id)) as batches:
            async for batch in batches:
                entries = zip(batch.times, batch.authors, batch.updates, strict=True)
                for seq, (time, author, update) in enumerate(entries, batch.first_seq):
                    inserted.clear()
                    try:
                        doc.apply_update(update)
                    except ValueError as error:
                        raise JournalDamaged(session_id, seq, str(error)) from error
                    if inserted and author in authors:
                        yield Insertion(seq, moment(time), author, "".join(inserted))
    finally:
        shared.unobserve(subscription)
