"""What a room writes down beside its text: the history that people read, the notes of playback."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import uuid4

from algoroom.rooms import history, notes
from algoroom.rooms.history import ChangeType, HistoryEntry
from algoroom.rooms.notes import Kind, Note
from algoroom.storage.statement import Statement

# One user's edits are one entry of the history while their pauses and all of it are no longer.
BURST_PAUSE = timedelta(seconds=30)
BURST_LENGTH = timedelta(minutes=5)
MOST_TURNS = 3


class How(Enum):
    """How a change is made: typed or put there, saved as a whole, or taken back from the past.

    Only an edit is an entry of the history by itself; what is restored is nobody's paste.
    """

    EDIT = auto()
    SAVE = auto()
    RESTORE = auto()


@dataclass(slots=True)
class _Burst:
    user_id: str
    begun: datetime
    last: datetime


class Logbook:
    """Numbers the entries of a session's history and the notes of its journal."""

    def __init__(self, session_id: str, *, history_seq: int, note_number: int) -> None:
        self._session_id = session_id
        self._history_seq = history_seq
        self._note_number = note_number
        self._bursts: list[_Burst] = []

    @property
    def last_note(self) -> int:
        """The number of the newest note."""
        return self._note_number

    def note(
        self, kind: Kind, seq: int, at: datetime, author: str, subject: str = "", detail: str = ""
    ) -> Statement:
        """Something happened after update `seq`."""
        self._note_number += 1
        note = Note(self._note_number, seq, at, author, kind, subject, detail)
        return notes.insert(self._session_id, note)

    def edited(self, user_id: str, at: datetime, pasted: int) -> list[Statement]:
        """The text was edited: an entry of its own for what was pasted, else one for each burst."""
        if pasted:
            return [self._history(user_id, at, f"Pasted {pasted:,} characters")]
        if self._continues_burst(user_id, at):
            return []
        return [self._history(user_id, at, "Code edited")]

    def restored(self, user_id: str, at: datetime, was_at: datetime) -> list[Statement]:
        """The text is again what it was at another time."""
        self._bursts.clear()
        return [self._history(user_id, at, f"Restored as of {was_at:%Y-%m-%d %H:%M:%S} UTC")]

    def language_changed(self, user_id: str, at: datetime, language: str) -> list[Statement]:
        """The language is another."""
        self._bursts.clear()
        entry = self._entry(
            user_id, at, ChangeType.LANGUAGE_CHANGE, f"Language changed to {language}"
        )
        return [history.insert(self._session_id, entry)]

    def saved(
        self, user_id: str, at: datetime, seq: int, text: str
    ) -> tuple[HistoryEntry, Sequence[Statement]]:
        """The text was kept as a snapshot."""
        self._bursts.clear()
        entry = self._entry(user_id, at, ChangeType.SNAPSHOT, "Snapshot saved", text)
        return entry, [
            history.insert(self._session_id, entry),
            self.note(Kind.SNAPSHOT, seq, at, user_id, entry.id),
        ]

    def _history(self, user_id: str, at: datetime, description: str) -> Statement:
        return history.insert(
            self._session_id, self._entry(user_id, at, ChangeType.EDIT, description)
        )

    def _entry(
        self,
        user_id: str,
        at: datetime,
        change_type: ChangeType,
        description: str,
        code: str | None = None,
    ) -> HistoryEntry:
        self._history_seq += 1
        return HistoryEntry(
            self._history_seq, str(uuid4()), at, user_id, change_type, description, code
        )

    def _continues_burst(self, user_id: str, at: datetime) -> bool:
        """Whether an edit belongs to an entry that is there. Who types in turn with others gets a
        new one for each turn at first; where they go on so, it would tell nothing more."""
        self._bursts = [
            burst
            for burst in self._bursts
            if at - burst.last <= BURST_PAUSE and at - burst.begun <= BURST_LENGTH
        ]
        mine = [burst for burst in self._bursts if burst.user_id == user_id]
        if mine and (mine[-1] is self._bursts[-1] or len(self._bursts) >= MOST_TURNS):
            mine[-1].last = at
            return True
        self._bursts.append(_Burst(user_id, at, at))
        return False
